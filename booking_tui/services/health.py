"""Whether the database can be written: found out by writing."""

from __future__ import annotations

import time
from datetime import datetime
from threading import Lock

from booking_tui.ports import Clock
from booking_tui.services.facts import HEALTH, Fact, FactBus
from booking_tui.store.database import Database

FRESH_S = 1.0
"""A look younger than this is answer enough for the next one who asks."""
FAULT_S = 20.0
"""For so long a delivery that could not be stored counts as trouble, whatever the trial says."""
CALM_S = 60.0
"""While all is well, the clockwork looks this often: each look is a durable write."""


class Health:
    """The last finding about the database, and the way to a new one. Safe to use from any thread."""

    def __init__(self, database: Database, clock: Clock, bus: FactBus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._lock = Lock()
        self._looked: float | None = None
        self._trouble: str | None = None
        self._since: datetime | None = None

    @property
    def trouble(self) -> str | None:
        """Why the last look could not write; None when it could."""
        return self._trouble

    @property
    def since(self) -> datetime | None:
        """Since when it cannot."""
        return self._since

    def look(self, max_age_s: float = FRESH_S) -> str | None:
        """Write something tiny unless the last finding is young enough; gives why that failed, or None."""
        with self._lock:
            now = self._clock.monotonic()
            if self._looked is None or now - self._looked > max_age_s:
                self._find()
                self._looked = self._clock.monotonic()
            return self._trouble

    def watch(self) -> None:
        """Look as often as it is worth: seldom while all is well."""
        calm = self._trouble is None and self._recent_loss() is None
        self.look(CALM_S if calm else FRESH_S)

    def _recent_loss(self) -> str | None:
        """Say why a delivery could not be stored a moment ago: the tiny trial may fit where a delivery does not."""
        lost = self._database.lost
        return lost[1] if lost is not None and time.monotonic() - lost[0] <= FAULT_S else None

    def _find(self) -> None:
        before, self._trouble = self._trouble, self._database.healthy() or self._recent_loss()
        if (before is None) != (self._trouble is None):
            now = self._clock.now()
            self._since = None if self._trouble is None else now
            self._bus.publish(Fact(HEALTH, "database", now))
