"""Keeps a client that talks without an end from taking this process's memory and processor with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import IO, Final, Self

from booking_tui.domain.allowance import Allowance

LINE_MOST: Final = 8192
"""What a line has beyond this is dropped."""
READ_PER_S: Final = 1_000_000
READ_AT_ONCE: Final = 1_000_000
"""Bytes that are read without a pause. A client that says more waits at its pipe, which stops none that is well."""
HEARD_PER_S: Final = 32_768
HEARD_AT_ONCE: Final = 262_144
"""Characters that are looked at; each costs a hundred times as much as reading it does."""
_PAUSE_MOST_S: Final = 0.2
"""Whoever waits for the end of the reading must not wait long."""


class Flow:
    """How much one client said lately. For the one thread that reads it; ``pause`` is ``time.sleep`` but for tests."""

    def __init__(
        self,
        *,
        pause: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause = pause
        self._monotonic = monotonic
        self._read = Allowance(READ_AT_ONCE, READ_PER_S)
        self._heard = Allowance(HEARD_AT_ONCE, HEARD_PER_S)

    def read(self, count: int) -> None:
        """Note that so much was read, and wait a little when that is too much for the time."""
        wait_s = self._read.owe(count, self._monotonic())
        if wait_s > 0:
            self._pause(min(wait_s, _PAUSE_MOST_S))

    def hears(self, length: int) -> bool:
        """Whether a line of this length may be looked at; in a flood most are passed over."""
        return self._heard.take(min(length, LINE_MOST), self._monotonic())


class CappedLines:
    """Stands in for the stream from which pyngrok reads an agent's lines, of any length and as many as it likes.

    pyngrok would keep a line without an end in memory for ever, and take each one apart letter by letter. Here a line
    ends at ``LINE_MOST``, and of a flood only some lines are given out; the others are read and dropped.
    """

    def __init__(self, stream: IO[str], flow: Flow | None = None) -> None:
        self._stream = stream
        self._flow = flow or Flow()
        self._torn = False

    def readline(self) -> str:
        """Give the next line that may be heard; an empty text is the end."""
        while line := self._stream.readline(LINE_MOST):
            self._flow.read(len(line))
            rest, self._torn = self._torn, not line.endswith("\n")
            # The rest of a line is none: it may begin with whatever its sender likes.
            if not rest and self._flow.hears(len(line)):
                return line
        return ""

    def fileno(self) -> int:
        """Give the descriptor, to read what pyngrok does not."""
        return self._stream.fileno()

    @property
    def closed(self) -> bool:
        """Whether nothing can be read any more."""
        return self._stream.closed

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[str]:
        return iter(self.readline, "")
