"""Where emails meet the applying of deliveries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from booking_tui.domain.booking import Booking
from booking_tui.domain.decision import Decision
from booking_tui.domain.webhook import WebhookEvent
from booking_tui.store.database import Transaction

MailHook = Callable[[Transaction, WebhookEvent, Decision, Mapping[str, Booking | None], datetime], Sequence[str]]
"""Told, in the transaction that applies a delivery, what it decided and the bookings as they were before.

Gives the ids of the emails that changed.
"""


def no_mail(*_: object) -> Sequence[str]:
    """Plan no emails."""
    return ()
