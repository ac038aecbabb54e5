"""Settings that want other emails count for the bookings that are known already, too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from booking_tui.domain.filter import Filter
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.rows import Scope
from booking_tui.ports import Clock
from booking_tui.services.facts import MAIL, Fact, FactBus
from booking_tui.services.mail.planning import MailChoice, Planner
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction

PORTION = 50
"""Bookings in one transaction: deliveries get their turn in between."""
_POLICY = "policy"
_SCOPES = (Scope.UPCOMING, Scope.WAITING)
_EVERYTHING = Filter((), "")


class Replanning:
    """Plans the coming bookings anew when the settings are others than those it was last done by."""

    def __init__(
        self, records: Records, planner: Planner, choice: Callable[[], MailChoice], clock: Clock, bus: FactBus
    ) -> None:
        self._records = records
        self._planner = planner
        self._choice = choice
        self._clock = clock
        self._bus = bus
        self._done: str | None = None

    def run(self) -> None:
        """Do so if it is wanted; nearly free otherwise."""
        wanted = repr(self._choice())
        if wanted == self._done:
            return
        if self._records.mail_log.remembered(_POLICY) != wanted:
            for scope in _SCOPES:
                self._all(scope)
            self._switched_off()
            self._records.database.write(lambda tx: self._records.mail_log.remember(tx, _POLICY, wanted))
        self._done = wanted

    def _all(self, scope: Scope) -> None:
        after = None
        while True:
            now = self._clock.now()
            rows = self._records.bookings.page(scope, _EVERYTHING, now, after=after, limit=PORTION)
            if not rows:
                return
            self._portion([row.uid for row in rows], now)
            after = self._records.bookings.key_of(rows[-1], now)

    def _switched_off(self) -> None:
        """Do so for the others, too, an email of which the settings had called off: cancelled, or over since."""
        now, outbox = self._clock.now(), self._records.outbox
        uids = self._records.database.write(lambda tx: outbox.bookings_without(tx, MailReason.SWITCHED_OFF, now))
        for first in range(0, len(uids), PORTION):
            self._portion(uids[first : first + PORTION], now)

    def _portion(self, uids: list[str], now: datetime) -> None:
        touched = self._records.database.write(lambda tx: self._plan(tx, uids))
        self._bus.publish(*(Fact(MAIL, email_id, now) for email_id in touched))

    def _plan(self, transaction: Transaction, uids: list[str]) -> list[str]:
        now = self._clock.now()
        world = self._records.bookings.world(transaction)
        touched: list[str] = []
        for uid in uids:
            booking = world.booking(uid)
            if booking is not None:
                touched += self._planner.booking_changed(
                    transaction, booking, booking, live=False, changed_at=now, at=now
                )
        return touched
