"""Letting go what other settings, or something at the provider, had to be mended for."""

from __future__ import annotations

from datetime import datetime

from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.reasons import CONFIGURATION, REFUSED_THERE, MailReason
from booking_tui.ports.mail import MailAccount
from booking_tui.services.mail.freezing import unwritten
from booking_tui.services.mail.pauses import Pauses
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction


def mended_there(records: Records, transaction: Transaction, now: datetime) -> list[str]:
    """Go on with everything that the provider refused until something was mended; gives the emails that changed."""
    Pauses(records).lift(transaction)
    held = records.outbox.held_for(transaction, [reason.value for reason in REFUSED_THERE])
    for stored in held:
        state = EmailState.SCHEDULED if stored.certain else EmailState.UNKNOWN
        records.outbox.put(transaction, stored.id, {"state": state, "reason": None, "next_at": now}, at=now)
    return [stored.id for stored in held]


def settings_changed(records: Records, transaction: Transaction, account: MailAccount, now: datetime) -> list[str]:
    """Try again what was held for the settings; gives the ids of the emails that changed.

    What is written and surely not sent is written anew: its bytes hold the sender of before.
    """
    changed: list[str] = []
    held = {stored.id for stored in records.outbox.held_for(transaction, [reason.value for reason in CONFIGURATION])}
    for stored in records.outbox.waiting(transaction, held):
        values: dict[str, object] = {}
        if stored.certain and stored.email.frozen and not stored.email.handed_over:
            values |= unwritten(stored)
        if stored.id in held:
            state = EmailState.SCHEDULED if stored.certain else EmailState.UNKNOWN
            values |= {"state": state, "reason": None, "next_at": now}
        if values:
            records.outbox.put(transaction, stored.id, values, at=now)
            changed.append(stored.id)
    return [*changed, *_tried_again(records, transaction, account, now)]


def _tried_again(records: Records, transaction: Transaction, account: MailAccount, now: datetime) -> list[str]:
    """Call off what could not be for want of a right, and ask about what this very account was handed."""
    refused = [each for each in records.outbox.held_for(transaction, [MailReason.CANCEL_FAILED]) if each.call_off]
    doubtful = records.outbox.doubtful_for(transaction, MailReason.OTHER_ACCOUNT)
    asked = [each for each in doubtful if each.account == account.account]
    for stored in refused:
        values = {"state": EmailState.SCHEDULED, "next_at": now}
        records.outbox.put(transaction, stored.id, values, at=now)
    for stored in asked:
        values = {"reason": MailReason.NO_ANSWER, "next_at": now}
        records.outbox.put(transaction, stored.id, values, at=now)
    return [stored.id for stored in (*refused, *asked)]
