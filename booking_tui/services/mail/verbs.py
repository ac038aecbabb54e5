"""What each deed does to one email, by the state it is in. Refusals are sentences; nothing goes out twice by a deed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from booking_tui.domain.mail.addresses import address_key
from booking_tui.domain.mail.email import TAKEN, Email, EmailState, Settled
from booking_tui.domain.mail.outcome import key_alive
from booking_tui.domain.mail.reasons import NEVER_THE_SAME, MailReason
from booking_tui.ports.mail_desk import MailOrder
from booking_tui.services.mail.freezing import as_never_handed_over, unwritten
from booking_tui.services.mail.planning import called_off
from booking_tui.store.email_rows import StoredEmail

_ON_ITS_WAY = "it is on its way this very moment; look again in a few seconds"
_HAS_IT = "the provider has it already; edit it to send it once more"
_SENT_ALREADY = "the provider has it already: give another address, subject or text to send it once more"
_OVER = "it was never sent because it no longer makes sense"
_MAY_BE_TWICE = (
    "it may have arrived, and it is too old to be tried again safely: look in the provider's list,"
    " then keep it as it is or send it even so, though it may arrive twice"
)
_ON_TOP = (
    "it may have arrived already, and the edited one would come on top of it:"
    " change its address, keep it as it is, or send it even so"
)
_DEAD_ADDRESS = frozenset({MailReason.MAILBOX_UNKNOWN, MailReason.BOUNCED})
_NOBODY_THERE = "nothing arrives at this address: correct it first, or send it even so"
_NEVER_AGAIN: Mapping[EmailState, str] = {
    EmailState.SENDING: _ON_ITS_WAY,
    EmailState.COMPLAINED: "this person marked your email as spam: do not write to this address again",
    EmailState.SUPPRESSED: (
        "the provider does not send to this address: take it off its list first, or edit the address"
    ),
    EmailState.SKIPPED: _OVER,
    EmailState.CANCELLED: _OVER,
    EmailState.ACCEPTED: _HAS_IT,
    EmailState.DELIVERED: _HAS_IT,
    EmailState.DELAYED: _HAS_IT,
}
_NOT_WAITING = "only what waits can be"
_KEEP_IT = "it may have been sent already; keep it as it is, and nothing more happens"


class Refused(Exception):  # noqa: N818 - it names what happened
    """This email stays as it is; the text says why."""


class Step(NamedTuple):
    """What a deed does to one email: columns to set, or a new revision in its place (``anew``)."""

    values: Mapping[str, object]
    anew: bool = False


def retry(stored: StoredEmail, order: MailOrder, now: datetime) -> Step:
    """Send again, or now."""
    by_you = stored.state is EmailState.CANCELLED and stored.email.reason == MailReason.BY_YOU
    if by_you and (stored.certain or stored.email.handed_over):
        due = max(stored.email.send_at, now + timedelta(seconds=order.grace_s))
        anew = as_never_handed_over(stored) if stored.email.handed_over else {}
        return Step({**anew, "state": EmailState.SCHEDULED, "reason": None, "next_at": due})
    why_not = _not_again(stored, order)
    if why_not is not None:
        raise Refused(why_not)
    leaves = now + timedelta(seconds=order.grace_s)
    match stored.state:
        case EmailState.SCHEDULED:
            return Step({"send_at": min(stored.email.send_at, now), "next_at": leaves})
        case EmailState.RETRYING:
            return Step({"next_at": leaves})
        case EmailState.HELD if stored.email.reason == MailReason.CANCEL_FAILED:
            return Step({"state": EmailState.SCHEDULED, "call_off": True, "next_at": leaves})
        case EmailState.HELD:
            return Step({"state": _afresh(stored), "reason": None, "next_at": leaves})
        case EmailState.UNKNOWN:
            return _retry_unknown(stored, order, now)
        case EmailState.DEAD if stored.certain:
            again = {"state": EmailState.SCHEDULED, "reason": None, "next_at": leaves, "attempts": 0}
            return Step({**again, **unwritten(stored)})
        case _:
            return Step({}, anew=True)


def _not_again(stored: StoredEmail, order: MailOrder) -> str | None:
    if stored.email.handed_over and stored.state is EmailState.SCHEDULED:
        return "it is scheduled at the provider, which sends it at its time"
    if stored.state is EmailState.BOUNCED and stored.email.reason in _DEAD_ADDRESS and not order.even_so:
        return _NOBODY_THERE
    return _NEVER_AGAIN.get(stored.state)


def _retry_unknown(stored: StoredEmail, order: MailOrder, now: datetime) -> Step:
    drifted = stored.email.reason in NEVER_THE_SAME
    if key_alive(stored.email.first_attempt_at, now) and not drifted:
        return Step({"next_at": now + timedelta(seconds=order.grace_s), "reason": stored.email.reason})
    if order.even_so:
        return Step({}, anew=True)
    raise Refused(_MAY_BE_TWICE)


def hold(stored: StoredEmail, order: MailOrder, now: datetime) -> Step:
    """Send nothing until it is released."""
    del order, now
    if stored.state is EmailState.HELD:
        raise Refused("it is held already")
    if stored.state not in {EmailState.SCHEDULED, EmailState.RETRYING} or stored.email.handed_over:
        raise Refused(f"{_NOT_WAITING} held")
    return Step({"state": EmailState.HELD, "reason": MailReason.HELD_BY_YOU, "next_at": None})


def release(stored: StoredEmail, order: MailOrder, now: datetime) -> Step:
    """Let what is held go out at its time."""
    if stored.state is not EmailState.HELD:
        raise Refused("it is not held")
    if stored.email.reason == MailReason.CANCEL_FAILED:
        raise Refused("it could not be cancelled at the provider: try again, or keep it as it is")
    leaves = max(stored.email.send_at, now + timedelta(seconds=order.grace_s))
    return Step({"state": _afresh(stored), "reason": None, "next_at": leaves})


def cancel(stored: StoredEmail, order: MailOrder, now: datetime) -> Step:
    """Never send it."""
    leaves = now + timedelta(seconds=order.grace_s)
    if stored.state is EmailState.SENDING:
        raise Refused(_ON_ITS_WAY)
    waits = stored.state in {EmailState.SCHEDULED, EmailState.RETRYING, EmailState.HELD}
    if not waits:
        raise Refused("there is nothing left to cancel" if stored.state is not EmailState.UNKNOWN else _KEEP_IT)
    return Step(called_off(stored, MailReason.BY_YOU, leaves))


def keep(stored: StoredEmail, order: MailOrder, now: datetime) -> Step:
    """Leave a failed email as it is and stop asking."""
    del order
    if not stored.email.failed:
        raise Refused("it does not ask for anything")
    return Step({"settled": Settled.KEPT, "settled_at": now, "next_at": None})


def snooze(stored: StoredEmail, order: MailOrder, now: datetime) -> Step:
    """Send it later than planned."""
    until = order.until
    if until is None or until <= now:
        raise Refused("give a time that is still to come")
    if stored.email.useful_until is not None and until >= stored.email.useful_until:
        raise Refused("by then it would no longer make sense")
    waits = stored.state in {EmailState.SCHEDULED, EmailState.RETRYING, EmailState.HELD}
    if not waits or stored.email.handed_over:
        raise Refused(f"{_NOT_WAITING} put off")
    if until <= stored.email.send_at:
        raise Refused("it is planned for later than that already; a retry sends it now")
    if _held_by_a_person(stored):
        # It goes at that time if it is let go by then, and not because a time was chosen.
        return Step({"send_at": until})
    return Step({"state": _afresh(stored), "reason": None, "send_at": until, "next_at": until})


def edit(stored: StoredEmail, order: MailOrder, now: datetime) -> Step:
    """Change address, subject or text; what the provider had (or may have had) is sent anew."""
    email = stored.email
    if stored.state is EmailState.SENDING:
        raise Refused(_ON_ITS_WAY)
    if stored.state in {EmailState.SKIPPED, EmailState.CANCELLED}:
        raise Refused(_OVER)
    if email.handed_over and stored.state is EmailState.SCHEDULED:
        raise Refused("it is scheduled at the provider: cancel it, and write anew")
    if not _changes(email, order):
        raise Refused(f"nothing is changed; {_as_it_is(stored, order, now)}")
    if may_arrive_beside(stored) and not order.even_so and not _goes_elsewhere(stored, order):
        raise Refused(_ON_TOP)
    if not stored.certain or stored.state in TAKEN:
        return Step({}, anew=True)
    early = email.next_at if stored.state is EmailState.SCHEDULED else None  # for the provider, to be sent later on
    due = max(early or email.send_at, now + timedelta(seconds=order.grace_s))
    values: dict[str, object] = {**unwritten(stored), "revision": email.revision + 1, "attempts": 0}
    if not _held_by_a_person(stored):
        values |= {"state": EmailState.SCHEDULED, "reason": None, "next_at": due}
    return Step(values)


def _held_by_a_person(stored: StoredEmail) -> bool:
    return stored.state is EmailState.HELD and stored.email.reason == MailReason.HELD_BY_YOU


def may_arrive_beside(stored: StoredEmail) -> bool:
    """Say whether an email may still arrive, or have arrived, that nobody knows of as sent."""
    return not stored.certain and stored.state not in TAKEN and stored.state is not EmailState.DEAD


def _changes(email: Email, order: MailOrder) -> bool:
    """Say whether an edit makes another email of it; an empty subject or text takes the template's again."""
    to = order.to is not None and address_key(order.to) != address_key(email.to)
    shown = email.own_subject or email.subject
    subject = order.subject is not None and order.subject not in {email.own_subject or "", shown}
    return to or subject or (order.text is not None and order.text != (email.own_text or ""))


def _as_it_is(stored: StoredEmail, order: MailOrder, now: datetime) -> str:
    """Say what becomes of an email that is left as it is."""
    if stored.state is EmailState.SCHEDULED:
        return "it goes out at its time as it is"
    if stored.state is EmailState.SUPPRESSED:
        return "retry sends it as it is once the address is off the provider's list"
    try:
        retry(stored, order, now)
    except Refused as error:
        return _SENT_ALREADY if str(error) == _HAS_IT else str(error)
    return "retry sends it as it is"


def _goes_elsewhere(stored: StoredEmail, order: MailOrder) -> bool:
    return order.to is not None and address_key(order.to) != address_key(stored.email.to)


def _afresh(stored: StoredEmail) -> EmailState:
    return EmailState.SCHEDULED if stored.certain else EmailState.UNKNOWN


def base_of(email: Email) -> str:
    """Give the reason key that all revisions of an email share."""
    return email.reason_key.partition("#")[0]
