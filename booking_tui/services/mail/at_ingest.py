"""What a delivery means for emails, in the transaction that applies it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from booking_tui.domain.booking import Booking
from booking_tui.domain.decision import Decision
from booking_tui.domain.webhook import Verdict, WebhookEvent
from booking_tui.services.mail.following import Following
from booking_tui.services.mail.planning import Planner
from booking_tui.store.database import Transaction

_LIVE = frozenset({Verdict.VALID, Verdict.UNSIGNED_ALLOWED})


class MailAtIngest:
    """Plans the emails of changed bookings, and takes in what the provider says of those that were sent."""

    def __init__(self, planner: Planner, following: Following) -> None:
        self._planner = planner
        self._following = following

    def __call__(
        self,
        transaction: Transaction,
        event: WebhookEvent,
        decision: Decision,
        before: Mapping[str, Booking | None],
        at: datetime,
    ) -> list[str]:
        """Give the ids of the emails that changed."""
        touched: list[str] = []
        if decision.mail:
            touched += self._following.take(transaction, decision.mail, at=at, event_id=event.id)
        live = event.verdict in _LIVE and event.replay_of is None
        changed_at = min(decision.at or event.received_at, event.received_at)
        for booking in decision.bookings:
            touched += self._planner.booking_changed(
                transaction,
                before.get(booking.uid),
                booking,
                live=live,
                changed_at=changed_at,
                at=at,
                event_id=event.id,
            )
        return touched
