"""What all parts of the simulator share: its clock, one lock, its dice, and what shall happen later."""

from __future__ import annotations

import heapq
import logging
import random
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

logger = logging.getLogger(__name__)

_NOTHING: Callable[[], None] = lambda: None  # noqa: E731 (a default that does nothing)


class SandboxClock:
    """An injected clock, and how far it was moved ahead of that. Thread-safe."""

    def __init__(self, base: Callable[[], datetime]) -> None:
        self._base = base
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            return self._base().astimezone(UTC) + self._ahead

    def move_to(self, at: datetime) -> None:
        """Go forward to that instant; what lies behind is left alone."""
        with self._lock:
            self._ahead += max(timedelta(), at - (self._base().astimezone(UTC) + self._ahead))


@dataclass(order=True, slots=True)
class Appointment:
    """One thing that shall happen."""

    at: datetime
    number: int
    deed: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)


class World:
    """The lock is held while anything is read or changed; deeds are performed under it and are short."""

    def __init__(self, clock: Callable[[], datetime], seed: int) -> None:
        self.clock = SandboxClock(clock)
        self.lock = threading.RLock()
        self.random = random.Random(seed)
        self.woken: Callable[[], None] = _NOTHING
        """Called when something new may be due; the engine sets it."""
        self._agenda: list[Appointment] = []
        self._count = 0

    def new_id(self) -> str:
        """Give a UUID; the same seed gives the same ones."""
        with self.lock:
            return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def later(self, seconds: float, deed: Callable[[], None]) -> Appointment:
        """Let something happen in so many seconds."""
        return self.at(self.clock() + timedelta(seconds=seconds), deed)

    def at(self, when: datetime, deed: Callable[[], None]) -> Appointment:
        """Let something happen at an instant; what is past happens as soon as anybody looks."""
        with self.lock:
            self._count += 1
            appointment = Appointment(when, self._count, deed)
            heapq.heappush(self._agenda, appointment)
        self.woken()
        return appointment

    def next_due(self) -> datetime | None:
        """Say when the next thing happens."""
        with self.lock:
            while self._agenda and self._agenda[0].cancelled:
                heapq.heappop(self._agenda)
            return self._agenda[0].at if self._agenda else None

    def perform_due(self) -> None:
        """Do all that is due by now, in order."""
        with self.lock:
            while (due := self.next_due()) is not None and due <= self.clock():
                deed = heapq.heappop(self._agenda).deed
                try:
                    deed()
                except Exception:
                    logger.exception("something in the simulated Resend could not happen")
