"""In a real terminal: what a killed dashboard leaves behind."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import time
from fcntl import ioctl
from termios import TIOCSWINSZ

import pytest

ALTERNATE_ON, ALTERNATE_OFF = b"\x1b[?1049h", b"\x1b[?1049l"


@pytest.mark.e2e
def test_a_signal_leaves_the_terminal_as_it_was() -> None:
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    command = [sys.executable, "-m", "booking_tui", "demo"]
    environ = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True)
    os.close(theirs)
    try:
        seen = _read_until(ours, b"Agenda", 30)
        assert ALTERNATE_ON in seen
        process.send_signal(signal.SIGTERM)
        seen = _read_until(ours, ALTERNATE_OFF, 15)
        assert ALTERNATE_OFF in seen
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _read_until(terminal: int, wanted: bytes, within_s: float) -> bytes:
    """Give what the program wrote until something wanted came, or the time was up."""
    seen, deadline = b"", time.monotonic() + within_s
    while wanted not in seen and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:
                break
    return seen
