"""A pseudo-terminal of a given size with a program inside, and what that program has written so far."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

CHUNK = 65536


class Terminal:
    """Runs one program in a pty of its own. Use it as a context manager: leaving ends the program for certain."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (120, 36),
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """``size`` is columns, rows."""
        self.started = time.perf_counter()
        self.written = bytearray()
        self.status: int | None = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(cwd or Path.cwd())
                # The size must stand before the program asks for it.
                fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
                os.execvpe(command[0], list(command), {**(env or dict(os.environ)), "TERM": "xterm-256color"})  # noqa: S606
            finally:
                os._exit(127)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.end()

    def resize(self, columns: int, rows: int) -> None:
        """Give the pty another size; the program gets SIGWINCH."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Send keys as a keyboard would."""
        os.write(self.fd, keys.encode())

    def read(self, wait_s: float = 0.05) -> bytes:
        """Read what is there, waiting at most ``wait_s`` for the first byte; empty when nothing came or it ended."""
        if not select.select([self.fd], [], [], wait_s)[0]:
            return b""
        try:
            chunk = os.read(self.fd, CHUNK)
        except OSError:
            return b""
        self.written += chunk
        return chunk

    def wait_for(self, found: Callable[[bytes], bool], *, deadline_s: float = 20) -> float:
        """Read until ``found`` holds for all that was written; give seconds since the start of the program.

        Raises TimeoutError with the end of what was written.
        """
        end = time.perf_counter() + deadline_s
        while not found(bytes(self.written)):
            if time.perf_counter() > end:
                last = bytes(self.written[-2000:])
                raise TimeoutError(f"not on the screen within {deadline_s} s; last output: {last!r}")
            self.read()
        return time.perf_counter() - self.started

    def wait_exit(self, *, deadline_s: float = 20) -> int:
        """Read on until the program has ended; give its exit code (negative: the signal that ended it).

        Raises TimeoutError when it has not ended by then.
        """
        end = time.perf_counter() + deadline_s
        while self.status is None:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.perf_counter() > end:
                raise TimeoutError(f"process {self.pid} has not ended within {deadline_s} s")
        while self.read(0.2):
            continue
        return self.status

    def end(self) -> None:
        """End the program if it still runs, and close the pty."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
            try:
                self.wait_exit(deadline_s=8)
            except TimeoutError:
                os.kill(self.pid, signal.SIGKILL)
                _, status = os.waitpid(self.pid, 0)
                self.status = os.waitstatus_to_exitcode(status)
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
