"""Calling emails off, and taking that back: what each costs an email, by where it stands."""

from __future__ import annotations

from datetime import datetime

from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.reasons import CONFIGURATION, RECALLED, MailReason
from booking_tui.services.mail.freezing import as_never_handed_over
from booking_tui.store.email_rows import StoredEmail


def is_open(stored: StoredEmail, now: datetime) -> bool:
    """Say whether something may still go out."""
    if stored.state is EmailState.SENDING:
        return not stored.call_off
    if stored.state is EmailState.UNKNOWN:
        return stored.email.next_at is not None
    if stored.email.handed_over:
        return stored.state is EmailState.SCHEDULED and stored.email.send_at > now and not stored.call_off
    return stored.state in {EmailState.SCHEDULED, EmailState.RETRYING, EmailState.HELD}


def called_off(stored: StoredEmail, reason: MailReason, now: datetime) -> dict[str, object]:
    """Give the columns that call an email off; what may have gone out already stays ``unknown``."""
    if stored.email.handed_over:
        return {"call_off": True, "next_at": now, "reason": reason}
    if stored.state is EmailState.SENDING:
        return {"call_off": True, "reason": reason}
    if not stored.certain and stored.email.provider_id is not None:
        # No answer came, and yet it is known that the provider has it, for later.
        there = {"state": EmailState.SCHEDULED, "handed_over": True}
        return {**there, "call_off": True, "next_at": now, "reason": reason}
    if not stored.certain:
        return {"state": EmailState.UNKNOWN, "reason": reason, "next_at": None}
    before = stored.email.reason if stored.state is EmailState.HELD else None
    return {
        "state": EmailState.CANCELLED,
        "reason": reason,
        "next_at": None,
        # What waited for a person still does when it comes back.
        "reason_before": None if before in CONFIGURATION else before,
    }


def comes_back(stored: StoredEmail) -> bool:
    """Say whether an email that was called off may be planned again: nobody has it, nor will get it."""
    dropped = stored.state is EmailState.CANCELLED and stored.email.reason in RECALLED
    return dropped and (stored.certain or stored.email.handed_over)


def back(stored: StoredEmail, next_at: datetime) -> dict[str, object]:
    """Give the columns of an email that comes back: written anew, and held if it was held."""
    anew = as_never_handed_over(stored) if stored.tries else {}
    if stored.reason_before is not None:
        held = {"state": EmailState.HELD, "reason": stored.reason_before, "next_at": None}
        return {**anew, **held, "reason_before": None}
    return {**anew, "state": EmailState.SCHEDULED, "reason": None, "next_at": next_at}


def taken_back(stored: StoredEmail, told: str | None, now: datetime) -> dict[str, object]:
    """Give the columns that take a calling-off back which is not done yet; none when there is none, or it has to be.

    ``told`` stands for what the booking says now: what says something else has to be replaced all the same.
    """
    email = stored.email
    if email.reason not in RECALLED or email.settled is not None:
        return {}
    if stored.state is EmailState.SENDING:
        # While it is called off, what follows from that is asked when the answer is there.
        return {"call_off": False, "reason": None} if stored.call_off and not email.handed_over else {}
    if stored.told not in {None, told}:
        return {}
    if stored.call_off and email.handed_over and stored.state is EmailState.SCHEDULED:
        if stored.reason_before is not None:
            # A request for that has gone out: only its answer says whether it is still there.
            return {}
        return {"call_off": False, "reason": None, "next_at": None}
    if stored.state is EmailState.UNKNOWN and email.next_at is None:
        # The same with the same key: whether it may still be asked about is looked at before.
        return {"reason": MailReason.NO_ANSWER, "next_at": now}
    return {}
