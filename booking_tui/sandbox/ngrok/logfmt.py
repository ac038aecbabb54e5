"""The agent's log on stdout: one logfmt record a line, written at once."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable

_ERROR = "eror"  # codespell:ignore eror
"""How the agent spells the level, so that all are four letters long."""
_READER_TRIES, _READER_LOOK_S, _READER_GRACE_S = 100, 0.01, 0.1
_NEEDS_QUOTES = frozenset('="')
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def value(text: str) -> str:
    """Write one value as the agent's logger does: in quotes when it holds blanks, quotes or equals signs."""
    if text and not any(char <= " " or char in _NEEDS_QUOTES for char in text):
        return text
    return f'"{text.translate(_ESCAPES)}"'


def record(level: str, message: str, at: float, **fields: str) -> str:
    """Write one line of the log."""
    when = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(at))
    pairs = {"t": when, "lvl": level, "msg": message, **fields}
    return " ".join(f"{name}={value(text)}" for name, text in pairs.items())


class Log:
    """Writes straight to the descriptors: no buffer and no lock can be held when the process must end."""

    def __init__(
        self, *, clock: Callable[[], float], silent: Callable[[], bool], broken: Callable[[], None], out: int = 1
    ) -> None:
        self._out = out
        self._clock = clock
        self._silent = silent
        self._broken = broken

    def info(self, message: str, **fields: str) -> None:
        self.raw(record("info", message, self._clock(), **fields))

    def warning(self, message: str, **fields: str) -> None:
        self.raw(record("warn", message, self._clock(), **fields))

    def error(self, message: str, **fields: str) -> None:
        self.raw(record(_ERROR, message, self._clock(), **fields))

    def critical(self, message: str, **fields: str) -> None:
        self.raw(record("crit", message, self._clock(), **fields))

    def raw(self, line: str) -> None:
        """Write a line as it stands; who no longer reads it ends the agent, as it does the real one."""
        if self._silent():
            return
        data = line.encode("utf-8", "surrogateescape") + b"\n"
        try:
            while data:
                data = data[os.write(self._out, data) :]
        except OSError:
            self._broken()

    def wait_for_reader(self) -> None:
        """Give who reads the last lines the time to do so, a second at most.

        pyngrok looks after every line whether we still live, and forgets the lines that it has not looked at yet.
        The real agent takes its time to end.
        """
        import fcntl
        import termios

        if stat.S_ISFIFO(os.fstat(self._out).st_mode):
            for _ in range(_READER_TRIES):
                if not any(fcntl.ioctl(self._out, termios.FIONREAD, bytes(4))):
                    break
                time.sleep(_READER_LOOK_S)
        time.sleep(_READER_GRACE_S)

    def complaint(self, text: str) -> None:
        """Write the `ERROR:` lines that the agent leaves on stderr when a command fails."""
        self.stderr("".join(f"ERROR:  {line}".rstrip() + "\n" for line in [*text.splitlines(), ""]))

    def stderr(self, text: str) -> None:
        """Write to stderr as it stands."""
        try:
            os.write(2, text.encode("utf-8", "surrogateescape"))
        except OSError:
            # Nobody looks at stderr: the agent itself goes on.
            return
