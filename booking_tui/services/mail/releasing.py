"""Letting go what other settings were needed for."""

from __future__ import annotations

from datetime import datetime

from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.reasons import CONFIGURATION
from booking_tui.services.mail.verbs import thawed
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction


def settings_changed(records: Records, transaction: Transaction, now: datetime) -> list[str]:
    """Try again what was held for the settings; gives the ids of the emails that changed.

    What is written and surely not sent is written anew: its bytes hold the sender of before.
    """
    changed: list[str] = []
    held = {stored.id for stored in records.outbox.held_for(transaction, [reason.value for reason in CONFIGURATION])}
    for stored in records.outbox.waiting(transaction, held):
        values: dict[str, object] = {}
        if stored.certain and stored.email.frozen and not stored.email.handed_over:
            values |= {**thawed(stored), "subject": None}
        if stored.id in held:
            state = EmailState.SCHEDULED if stored.certain else EmailState.UNKNOWN
            values |= {"state": state, "reason": None, "next_at": now}
        if values:
            records.outbox.put(transaction, stored.id, values, at=now)
            changed.append(stored.id)
    return changed
