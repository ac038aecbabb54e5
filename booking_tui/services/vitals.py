"""How a running engine is doing: for the health strip, for ``/readyz`` and for ``/metrics``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

from booking_tui.domain.filter import Filter, Term
from booking_tui.domain.webhook import EventState
from booking_tui.ports import Clock
from booking_tui.services.facts import FactBus
from booking_tui.services.health import Health
from booking_tui.services.ingest import Ingest
from booking_tui.services.records import Records
from booking_tui.services.status import Lamp, clockwork_lamp, database_lamp, delivery_lamp
from booking_tui.services.ticker import TICK_S, Job, Ticker
from booking_tui.store.errors import StoreUnavailable

CAP_EVERY = timedelta(minutes=5)
FOLD_EVERY = timedelta(minutes=1)
PURGE_EVERY = timedelta(hours=1)
_DELIVERIES = (
    # What the sender of emails says of them is no delivery of bookings.
    Term("kind", "resend", negated=True, instant=None),
    Term("state", EventState.QUARANTINED.value, negated=True, instant=None),
    Term("has", "test", negated=True, instant=None),
    Term("has", "replay", negated=True, instant=None),
)


class Vitals:
    """Watches the working parts. The clockwork in it also does the regular housekeeping."""

    def __init__(self, records: Records, ingest: Ingest, clock: Clock, bus: FactBus, retention_days: int) -> None:
        self._records = records
        self._ingest = ingest
        self._clock = clock
        self._keep = timedelta(days=retention_days)
        self.health = Health(records.database, clock, bus)
        self.ticker = Ticker(
            clock,
            (
                Job("checking the database", timedelta(seconds=TICK_S), self.health.watch),
                Job("folding the log into the database", FOLD_EVERY, records.database.fold),
                Job("capping refused requests", CAP_EVERY, self._cap),
                Job("deleting old requests", PURGE_EVERY, self._purge),
                Job("letting go of old recording links", PURGE_EVERY, self._drop_recordings),
            ),
        )
        self._last_delivery: datetime | None = None
        self._outdated = True

    def delivered(self) -> None:
        """Something came in: look anew for the last delivery when the lamps are next read."""
        self._outdated = True

    @property
    def last_delivery(self) -> datetime | None:
        """When the last authentic delivery came that was neither a test nor a replay."""
        if self._outdated:
            self._outdated = False
            try:
                newest = self._records.inbox.page(Filter(_DELIVERIES, ""), limit=1)
            except StoreUnavailable:
                self._outdated = True
            else:
                self._last_delivery = newest[0].received_at if newest else None
        return self._last_delivery

    def lamps(self) -> tuple[Lamp, ...]:
        """Give the lamps of database and deliveries, and of the clockwork when it fails. Asks little."""
        ticker = self.ticker
        lamps = (
            database_lamp(self.health.trouble, self.health.since),
            delivery_lamp(self.last_delivery, self._ingest.waiting, self._ingest.trouble),
            clockwork_lamp(ticker.failing(), ticker.last_tick, alive=ticker.alive),
        )
        return tuple(lamp for lamp in lamps if lamp is not None)

    def failing(self) -> dict[str, str] | None:
        """Give the parts that do not work and why, or None; writes to the database to find out."""
        failing: dict[str, str] = {}
        if trouble := self.health.look():
            failing["database"] = trouble
        if not self.ticker.alive:
            failing["scheduler"] = "regular work has stopped"
        return failing or None

    def gauges(self, gauge: Callable[[str, str, float], str]) -> str:
        """Give the services' own figures as Prometheus text."""
        counts = self._ingest.counts
        values = (
            ("applied_events", "Deliveries applied since the start.", counts.processed),
            ("ignored_events", "Deliveries that concerned nothing here, since the start.", counts.ignored),
            ("parked_events", "Deliveries that could not be applied, since the start.", counts.parked),
            ("waiting_events", "Deliveries that wait to be applied.", self._ingest.waiting),
            ("ingest_retries", "Failed attempts to reach the database, since the start.", counts.retries),
            ("apply_lag_p95_seconds", "From arrival to applied, of the latest ones.", _p95(self._ingest.lags())),
            ("scheduler_alive", "1 while regular work runs in time.", int(self.ticker.alive)),
            ("database_writable", "1 while the database can be written.", int(self.health.trouble is None)),
        )
        return "".join(gauge(name, about, value) for name, about, value in values)

    def _cap(self) -> None:
        self._records.inbox.cap_quarantine()

    def _purge(self) -> None:
        self._records.inbox.purge(self._clock.now() - self._keep)

    def _drop_recordings(self) -> None:
        """Keep links that open recordings for whoever has them no longer than the requests that brought them."""
        self._records.bookings.drop_recordings(self._clock.now() - self._keep)


def _p95(values: list[float]) -> float:
    return sorted(values)[ceil(len(values) * 0.95) - 1] if values else 0.0
