"""Starts a client in such a way that it cannot outlive this process, see our secrets or write on the screen.

The client is started through a small shell script that becomes the client (``exec``), so that its pid and its group
are known. A watcher in the same process group reads a FIFO of which this process alone holds the writing end: the
system closes that end however this process dies, and the watcher then ends the group. As long as the watcher lives,
the group exists, and a group's number is not given to anybody else (POSIX, "process ID reuse").
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from booking_tui.providers.tunnel.private_files import remove_file, replace_file

SECRET_NAMES: Final = ("NGROK_AUTHTOKEN", "NGROK_API_KEY", "DATABASE_URL")
SECRET_PREFIXES: Final = ("BOOKING_TUI_", "CALCOM_", "RESEND_", "GOOGLE_CLIENT_")
"""Variables that carry our secrets, by the names the settings know."""
GRACE_S: Final = 0.7
KILL: Final[int] = getattr(signal, "SIGKILL", signal.SIGTERM)
_KILL_WAIT_S: Final = 0.5
_WATCHER_WAIT_S: Final = 0.3
_SECRET = re.compile(rf"(?:{'|'.join(SECRET_PREFIXES)}).*|{'|'.join(SECRET_NAMES)}")

_WATCHER = """trap "" HUP INT TERM
read -r line
if kill -s 0 "$1" 2>/dev/null; then
  kill -s TERM -- "-$1"
  sleep 1
fi
kill -s KILL -- "-$1"
"""
_SCRIPT = """#!/bin/sh
# Written by booking_tui. It becomes the program in its last line; a watcher ends that program with booking_tui.
unset {names}
for name in $(env | sed -nE 's/^(({prefixes})[A-Za-z0-9_]*)=.*/\\1/p'); do unset "$name"; done
{redirection}
case "{when}" in {watched})
  # Opened for both directions first: an open for reading alone would wait for ever once booking_tui is gone.
  {check}
  {greeting}
  if [ -p {fifo} ] && kill -s 0 -- "-$$" 2>/dev/null; then
    exec 8<>{fifo} 9<{fifo} 8>&-
    /bin/sh -c {watcher} booking-tui-watcher "$$" <&9 9<&- >/dev/null 2>&1 &
    exec 9<&-
  fi
esac
exec {command}
"""


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Give the environment for a child: without our secrets and settings."""
    return {name: value for name, value in environ.items() if not _SECRET.fullmatch(name)}


class Guard:
    """The script and the FIFO in a private folder, under names made of ``name``. POSIX only, see ``supported``."""

    def __init__(self, folder: Path, name: str) -> None:
        self.script = folder / f"{name}-start.sh"
        self._old_errors = folder / f"{name}-errors.log"
        """Where stderr went once, with whatever the client quoted there."""
        self._fifo = folder / f"{name}-alive"
        self._spent = folder / f"{name}-alive-before"
        self._held: int | None = None
        self._lock = threading.Lock()
        """A number of a descriptor must not be closed twice: it may be another's by then."""

    @staticmethod
    def supported() -> bool:
        """Say whether this system can run clients under a guard."""
        return sys.platform != "win32"

    def arm(
        self, command: Sequence[str], *, subcommand: str | None = None, greeting: str = "", merge: bool = False
    ) -> None:
        """Write the script that becomes ``command`` and whatever arguments it is given, and hold the FIFO open.

        With ``subcommand`` only that first argument gets a watcher and says the ``greeting`` on stdout: other calls
        of the program end by themselves. ``merge`` sends stderr where stdout goes: into a pipe to this process, never
        into a file, for a client may quote its secrets there. Otherwise it stays where it is. Raises OSError.
        """
        self.disarm()
        remove_file(self._old_errors)
        self._hold()
        text = _SCRIPT.format(
            names=" ".join(SECRET_NAMES),
            prefixes="|".join(SECRET_PREFIXES),
            redirection="exec 2>&1" if merge else ":",
            when="${1-}" if subcommand else "always",
            watched=subcommand or "always",
            # Once the FIFO is gone nothing may start any more: nobody would end it.
            check=":" if self._held is None else f"[ -p {shlex.quote(str(self._fifo))} ] || exit 1",
            greeting=f"echo {shlex.quote(greeting)}" if greeting else ":",
            fifo=shlex.quote(str(self._fifo)),
            watcher=shlex.quote(_WATCHER),
            command=f'{shlex.join(command)} "$@"',
        )
        replace_file(self.script, text.encode("utf-8", "surrogateescape"), 0o700)

    def _hold(self) -> None:
        """Make the FIFO and keep its writing end; a file system without FIFOs means no watcher, which is no error."""
        for path in (self._fifo, self._spent):
            remove_file(path)
        with contextlib.suppress(OSError):
            os.mkfifo(self._fifo, 0o600)
            # Opening for writing needs a reader for a moment. Python's descriptors are not inherited.
            reader = os.open(self._fifo, os.O_RDONLY | os.O_NONBLOCK)
            try:
                self._held = os.open(self._fifo, os.O_WRONLY)
            finally:
                os.close(reader)

    @property
    def watched(self) -> bool:
        """Whether a watcher reads the FIFO now; while it does, the group of its client exists."""
        return self._held is not None and self._has_reader()

    def _has_reader(self) -> bool:
        path = self._spent if self._spent.exists() else self._fifo
        try:
            if not stat.S_ISFIFO(path.stat().st_mode):
                return False
            # Opening for writing without waiting fails where nobody reads.
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            return False
        return True

    def forbid(self) -> None:
        """Let no program start through the script from now on, until it is armed again; what runs goes on."""
        if self._held is not None:
            with contextlib.suppress(OSError):
                self._fifo.replace(self._spent)

    def disarm(self) -> None:
        """Let go of the FIFO: a watcher that still waits ends its group and itself, within about a second."""
        with self._lock:
            if self._held is None:
                return
            os.close(self._held)
            self._held = None
            deadline = time.monotonic() + _WATCHER_WAIT_S
            while self._has_reader() and time.monotonic() < deadline:
                time.sleep(0.005)
            for path in (self._fifo, self._spent):
                remove_file(path)

    def end(self, process: subprocess.Popen[str] | subprocess.Popen[bytes], *, grace_s: float = GRACE_S) -> None:
        """End the process and all of its group, politely for ``grace_s``, and wait for it; then ``disarm``.

        The process must lead its own group (``start_new_session``). Never raises.
        """
        if process.poll() is None:
            signal_group(process.pid, signal.SIGTERM)
            wait_for(process, grace_s)
        if process.poll() is None or self.watched:
            signal_group(process.pid, KILL)
            wait_for(process, _KILL_WAIT_S)
        self.disarm()


def signal_group(pid: int, number: int) -> None:
    """Send a signal to the group that a process leads; nothing happens when it is gone."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            os.kill(pid, number)
        else:
            os.killpg(pid, number)


def wait_for(process: subprocess.Popen[str] | subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for a child of ours to end, for so long at most."""
    # Not Popen.wait(timeout): it backs off to 50 ms steps, and pyngrok's threads may be reaping the same child.
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
