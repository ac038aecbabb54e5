"""Facts: what has just become true, told to whoever wants to read it again.

The bus never blocks the one who tells. A reader that falls behind loses the single facts and is told once to read
everything again.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from threading import Lock
from typing import NamedTuple

logger = logging.getLogger(__name__)

EVENT = "event"
BOOKING = "booking"
HISTORY = "history"
NOTE = "note"
MAIL = "mail"
FORGOT = "forgot"
HEALTH = "health"
REFRESH = "refresh"


class Fact(NamedTuple):
    """Something became true at ``at`` (UTC); ``key`` names the thing: an event id, a booking uid, or nothing."""

    kind: str
    key: str
    at: datetime


class Subscription:
    """One reader's queue. ``wake`` is called, on the teller's thread, when the queue stops being empty."""

    def __init__(self, bus: FactBus, wake: Callable[[], None], limit: int) -> None:
        self._bus = bus
        self._wake = wake
        self._limit = limit
        self._lock = Lock()
        self._facts: deque[Fact] = deque()
        self._closed = False

    def drain(self) -> list[Fact]:
        """Take everything that was told since the last call."""
        with self._lock:
            facts = list(self._facts)
            self._facts.clear()
        return facts

    def close(self) -> None:
        """Hear nothing more; what is still queued is dropped."""
        self._bus.leave(self)
        with self._lock:
            self._closed = True
            self._facts.clear()

    def hear(self, facts: Iterable[Fact]) -> None:
        """Queue facts; beyond the limit they collapse into one ``refresh``."""
        with self._lock:
            if self._closed:
                return
            was_empty = not self._facts
            self._facts.extend(facts)
            if len(self._facts) > self._limit:
                last = self._facts[-1]
                self._facts.clear()
                self._facts.append(Fact(REFRESH, "", last.at))
            wanted = was_empty and bool(self._facts)
        if wanted:
            self._ring()

    def _ring(self) -> None:
        try:
            self._wake()
        except Exception:  # a reader that is going away must not stop the one who tells
            logger.warning("a reader of facts could not be woken", exc_info=True)


class FactBus:
    """Tells facts to all subscriptions, each with its own bounded queue."""

    def __init__(self, limit: int = 2000) -> None:
        self._limit = limit
        self._lock = Lock()
        self._subscriptions: tuple[Subscription, ...] = ()

    def publish(self, *facts: Fact) -> None:
        """Tell facts. Never blocks and never raises."""
        for subscription in self._subscriptions:
            subscription.hear(facts)

    def subscribe(self, wake: Callable[[], None]) -> Subscription:
        """Begin to hear; ``wake`` may be called from any thread and must return at once."""
        subscription = Subscription(self, wake, self._limit)
        with self._lock:
            self._subscriptions = (*self._subscriptions, subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Take a subscription off the bus; one that left already is no error."""
        with self._lock:
            self._subscriptions = tuple(kept for kept in self._subscriptions if kept is not subscription)
