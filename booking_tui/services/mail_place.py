"""The place of the emails in an engine: put together when first worked on, so that the first frame does without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from booking_tui.domain.booking import Booking
from booking_tui.domain.decision import Decision
from booking_tui.domain.webhook import WebhookEvent
from booking_tui.services.status import Lamp
from booking_tui.store.database import Transaction

if TYPE_CHECKING:
    from booking_tui.ports.mail_desk import MailDone, MailOrder
    from booking_tui.services.mail.mailroom import Mailroom


class MailPlace:
    """Makes the mailroom once. Everything but ``lamps`` and ``gauges`` may be what makes it."""

    def __init__(self, make: Callable[[], Mailroom]) -> None:
        self._make = make
        self.wake_ingest: Callable[[], None] = lambda: None
        self._lock = Lock()
        self._made: Mailroom | None = None
        self._started = False

    @property
    def room(self) -> Mailroom:
        """The mailroom."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
                self._made.wake_ingest = self.wake_ingest
            return self._made

    def start(self) -> None:
        """Begin to send; a second call does nothing."""
        room = self.room
        with self._lock:
            begun, self._started = self._started, True
        if not begun:
            room.start()

    def stop(self, deadline_s: float) -> None:
        """End sending, if it was begun."""
        if self._made is not None and self._started:
            self._made.stop(deadline_s)

    def at_ingest(
        self,
        transaction: Transaction,
        event: WebhookEvent,
        decision: Decision,
        before: Mapping[str, Booking | None],
        at: datetime,
    ) -> Sequence[str]:
        """Plan the emails of what was decided."""
        if not decision.bookings and not decision.mail:
            return ()
        return self.room.at_ingest(transaction, event, decision, before, at)

    def changed(self) -> None:
        """Have the sender look at what may be due."""
        if self._made is not None:
            self._made.sender.wake()

    def do(self, order: MailOrder) -> MailDone:
        """Do a person's order."""
        return self.room.deeds(order)

    def lamps(self) -> tuple[Lamp, ...]:
        """Give the lamps of the emails, once they are worked on."""
        if self._made is None or not self._started:
            return ()
        from booking_tui.services.mail.lamp import mail_lamp, template_lamp

        health = self._made.health
        return (mail_lamp(health), *((template_lamp(health.broken),) if health.broken else ()))

    def gauges(self, gauge: Callable[[str, str, float], str]) -> str:
        """Give the figures of the emails as Prometheus text."""
        if self._made is None:
            return ""
        from booking_tui.services.mail.lamp import mail_gauges

        counts = self._made.sender.counts
        return mail_gauges(self._made.health, counts.requests, counts.accepted, gauge)
