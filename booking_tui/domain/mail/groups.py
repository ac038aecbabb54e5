"""The lists into which a person sorts emails. The outbox keeps the same rule in its table."""

from __future__ import annotations

from booking_tui.domain.mail.email import Email, EmailState
from booking_tui.domain.mail.reasons import WAITS_ON_PURPOSE

FAILED = "failed"
RETRYING = "retrying"
PLANNED = "planned"
SENT = "sent"
SETTLED = "settled"
"""Failed, and nothing more to be done about: a new revision took its place, or it is left as it is."""
SKIPPED = "skipped"
GROUPS = (FAILED, RETRYING, PLANNED, SENT, SETTLED, SKIPPED)
_BY_STATE = {
    EmailState.SCHEDULED: PLANNED,
    EmailState.SENDING: PLANNED,
    EmailState.RETRYING: RETRYING,
    EmailState.ACCEPTED: SENT,
    EmailState.DELIVERED: SENT,
    EmailState.DELAYED: SENT,
    EmailState.SKIPPED: SKIPPED,
    EmailState.CANCELLED: SKIPPED,
}


def group_of(email: Email) -> str:
    """Give the list in which an email stands."""
    if email.state in _BY_STATE:
        return _BY_STATE[email.state]
    if email.settled is not None:
        return SETTLED
    held = email.state is EmailState.HELD and email.reason in WAITS_ON_PURPOSE
    return PLANNED if held else FAILED
