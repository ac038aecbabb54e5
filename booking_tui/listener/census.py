"""How many connections a port holds, and which one goes when there are too many."""

from __future__ import annotations

from typing import Protocol

from booking_tui.listener.metrics import Counters


class Guest(Protocol):
    """One open connection."""

    def evict(self) -> None:
        """Cut the connection off at once."""
        ...


class Census:
    """Counts a port's connections. Over the cap, the one that has gone longest without a complete request is cut."""

    def __init__(self, port: str, most: int, counters: Counters) -> None:
        self._port = port
        self._most = most
        self._counters = counters
        self._present: set[Guest] = set()
        self._waiting: dict[Guest, None] = {}
        counters.connections[port] = 0

    def came(self, guest: Guest) -> bool:
        """Take a new connection in; False when it is the one that had to go, all others being at work."""
        self._present.add(guest)
        self._waiting[guest] = None
        if len(self._present) > self._most:
            oldest = next(iter(self._waiting))
            self._counters.refused_connections += 1
            self.left(oldest)
            oldest.evict()
            return oldest is not guest
        self._counters.connections[self._port] = len(self._present)
        return True

    def works(self, guest: Guest) -> None:
        """Note that a complete request came in: from now until its answer the connection stays."""
        self._waiting.pop(guest, None)

    def waits(self, guest: Guest) -> None:
        """Note that the answer is out: the connection is the youngest of those without a request."""
        if guest in self._present:
            self._waiting[guest] = None

    def left(self, guest: Guest) -> None:
        """Forget a connection; a second call does nothing."""
        self._present.discard(guest)
        self._waiting.pop(guest, None)
        self._counters.connections[self._port] = len(self._present)
