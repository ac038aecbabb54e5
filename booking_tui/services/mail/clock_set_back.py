"""What a clock that ran ahead has left behind, once it is set right: ages nobody knows, and times that never were."""

from __future__ import annotations

from datetime import datetime

from booking_tui.domain.mail.email import FOLLOW_UP, EmailState
from booking_tui.domain.mail.outcome import KEY_LIFE
from booking_tui.domain.mail.timing import shifted
from booking_tui.services.mail.pauses import Pauses
from booking_tui.services.mail.planning import MailChoice, next_look
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail


def make_up_for(records: Records, transaction: Transaction, choice: MailChoice, now: datetime) -> list[str]:
    """Go by the clock as it is now; gives the ids of the emails that changed.

    What was due at once is due now: a notice, another try, a calling-off, the end of a pause. What is due by the start
    of a meeting stays: that time did not come from this clock.
    """
    touched: list[str] = []

    def put(stored: StoredEmail, **values: object) -> None:
        records.outbox.put(transaction, stored.id, values, at=now)
        touched.append(stored.id)

    used_up = shifted(now, -KEY_LIFE)
    for stored in records.claims.in_doubt(transaction, used_up):
        # The provider may know its key, and nobody knows the key's age.
        put(stored, first_attempt_at=used_up)
    for stored in records.claims.made_after(transaction, now):
        put(stored, created_at=now, **({"send_at": now} if _was_due_at_once(stored, now) else {}))
    for stored in records.claims.waits_by_the_clock(transaction, now):
        due = _due(stored, choice, now)
        if stored.email.next_at is not None and due < stored.email.next_at:
            put(stored, next_at=due)
    Pauses(records).clock_set_back(transaction, now)
    return touched


def _was_due_at_once(stored: StoredEmail, now: datetime) -> bool:
    """Say whether an email was to go out as soon as it was made; one that a person put off since was not."""
    email = stored.email
    by_the_meeting = email.is_reminder or email.kind == FOLLOW_UP
    return not by_the_meeting and now < email.send_at <= email.created_at


def _due(stored: StoredEmail, choice: MailChoice, now: datetime) -> datetime:
    """Give when an email is looked at next; whatever else it waits for is asked then."""
    email = stored.email
    if email.handed_over or stored.state is not EmailState.SCHEDULED:
        return now
    return max(now, next_look(choice, email.kind, email.send_at, now))
