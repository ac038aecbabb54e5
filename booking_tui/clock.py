"""The real time and real identifiers."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from typing import Protocol

from booking_tui.domain.instants import cut

_RANDOM_BITS = 74
"""What UUIDv7 leaves after its 48 bits of milliseconds, 4 of version and 2 of variant."""
_POOL_BYTES = 1024


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the instant in UTC, cut to milliseconds."""
        return cut(datetime.now(UTC))

    def monotonic(self) -> float:
        """Give seconds that never go backwards."""
        return time.monotonic()


class TellsTime(Protocol):
    """All that identifiers need of a clock."""

    def now(self) -> datetime:
        """Give the instant in UTC."""
        ...


class TimeOrderedIds:
    """UUIDv7 (RFC 9562) whose text order is the order of making, even when the clock stands still or goes back."""

    def __init__(self, clock: TellsTime) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0
        self._pool = b""

    def new(self) -> str:
        """Give a fresh identifier; safe to call from any thread."""
        milliseconds = int(self._clock.now().timestamp() * 1000 + 0.5)
        with self._lock:
            fresh = milliseconds << _RANDOM_BITS | self._random(10) >> 80 - _RANDOM_BITS
            if fresh >> _RANDOM_BITS <= self._last >> _RANDOM_BITS:
                fresh = self._last + 1 + self._random(4)
            self._last = fresh
        return _uuid_text(fresh)

    def _random(self, size: int) -> int:
        """Take so many random bytes from a pool: each asking of the system lets other threads in between."""
        if len(self._pool) < size:
            self._pool = os.urandom(_POOL_BYTES)
        taken, self._pool = self._pool[:size], self._pool[size:]
        return int.from_bytes(taken)


def _uuid_text(value: int) -> str:
    """Set version 7 and the variant between the time and the 12 + 62 bits that follow it."""
    low = value & (1 << 62) - 1
    middle = value >> 62 & 0xFFF
    digits = f"{(value >> _RANDOM_BITS) << 80 | 7 << 76 | middle << 64 | 2 << 62 | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
