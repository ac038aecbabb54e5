"""What came in through the tunnel: when last, and how much of the plan's month it took."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock

from booking_tui.ports import Clock
from booking_tui.services.records import Records
from booking_tui.store.errors import StoreUnavailable

Earlier = Callable[[datetime], tuple[datetime | None, int]]
"""Reads, for the first instant of a month, when the last delivery came through and how many did since then."""


def earlier_traffic(records: Records, month: datetime) -> tuple[datetime | None, int]:
    """Ask the inbox; while it cannot be read, nothing is known."""
    try:
        return records.inbox.through_tunnel(month)
    except StoreUnavailable:
        return None, 0


class TunnelTraffic:
    """Counts requests that came through the tunnel; what earlier runs saw is read once from the inbox."""

    def __init__(self, clock: Clock, earlier: Earlier) -> None:
        self._clock = clock
        self._earlier = earlier
        self._lock = Lock()
        self._month: datetime | None = None
        self._last: datetime | None = None
        self._last_monotonic: float | None = None
        self._requests = 0
        self._seen = 0

    def requested(self) -> None:
        """Count a request that came through now, whatever it was. From any thread."""
        now = self._clock.now()
        with self._lock:
            self._roll(now)
            self._requests += 1
            self._seen += 1

    def delivered(self) -> None:
        """Note that an authentic delivery came through now. From any thread."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        with self._lock:
            self._roll(now)
            self._last, self._last_monotonic = now, monotonic

    def delivered_since(self, monotonic: float) -> bool:
        """Say whether an authentic delivery came through after this monotonic instant."""
        with self._lock:
            return self._last_monotonic is not None and self._last_monotonic > monotonic

    @property
    def seen(self) -> int:
        """How many requests came through since the start: only compared with itself."""
        with self._lock:
            return self._seen

    @property
    def last_delivery_at(self) -> datetime | None:
        """When an authentic delivery last came through."""
        with self._lock:
            self._roll(self._clock.now())
            return self._last

    @property
    def requests_this_month(self) -> int:
        """How many requests came through since the month began (UTC), as far as this home knows."""
        with self._lock:
            self._roll(self._clock.now())
            return self._requests

    def _roll(self, now: datetime) -> None:
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        if month == self._month:
            return
        first = self._month is None
        self._month = month
        last, count = self._earlier(month) if first else (self._last, 0)
        self._last = self._last or last
        self._requests = count
