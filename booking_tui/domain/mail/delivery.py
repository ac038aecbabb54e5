"""What the provider's webhooks say of emails, and which word wins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from booking_tui.domain.mail.addresses import address_key
from booking_tui.domain.mail.email import Email, EmailState
from booking_tui.domain.mail.reasons import MailReason

_REPORTED = re.compile(r"(?P<before>.+?)\s*\b(?:smtp|x-unix|dns)\s*;\s*(?P<again>.+)", re.IGNORECASE | re.DOTALL)
"""A bounce's message, and behind it the same as a delivery report writes it."""


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One event about one email or about an address, read from a webhook, from its log, or by reading the email.

    ``kind`` is the provider's word (``email.delivered``, ``suppression.added``). ``email_tag`` is our own id that the
    email carried as a tag; None when it was not ours.
    """

    kind: str
    at: datetime
    provider_id: str | None = None
    email_tag: str | None = None
    recipient: str | None = None
    bounce_type: str | None = None
    """``Permanent``, ``Transient`` or ``Undetermined``."""
    bounce_subtype: str | None = None
    """``NoEmail``, ``MailboxFull``, ``MessageTooLarge``, ``ContentRejected``, ``AttachmentRejected``, ``General``…"""
    detail: str | None = None
    """The provider's or the receiving server's own sentence."""
    origin: str | None = None
    """Of a suppression: ``bounce``, ``complaint`` or ``manual``."""
    source: str = "webhook"


_STATES: dict[str, EmailState] = {
    "email.sent": EmailState.ACCEPTED,
    "email.queued": EmailState.ACCEPTED,
    "email.delivery_delayed": EmailState.DELAYED,
    "email.delivered": EmailState.DELIVERED,
    "email.opened": EmailState.DELIVERED,
    "email.clicked": EmailState.DELIVERED,
    "email.bounced": EmailState.BOUNCED,
    "email.failed": EmailState.DEAD,
    "email.suppressed": EmailState.SUPPRESSED,
    "email.complained": EmailState.COMPLAINED,
    "email.canceled": EmailState.CANCELLED,
}
_RANK: dict[EmailState, int] = {
    EmailState.ACCEPTED: 1,
    EmailState.DELAYED: 2,
    EmailState.CANCELLED: 3,
    EmailState.DEAD: 4,
    EmailState.DELIVERED: 5,
    EmailState.SUPPRESSED: 6,
    EmailState.BOUNCED: 7,
    EmailState.COMPLAINED: 8,
}
_BOUNCES: dict[str, MailReason] = {
    "NoEmail": MailReason.MAILBOX_UNKNOWN,
    "MailboxFull": MailReason.MAILBOX_FULL,
    "MessageTooLarge": MailReason.MESSAGE_TOO_LARGE,
    "ContentRejected": MailReason.CONTENT_REJECTED,
    "AttachmentRejected": MailReason.CONTENT_REJECTED,
    "Suppressed": MailReason.SUPPRESSED,
}


def concerns(event: MailEvent, email: Email, *, tried: bool) -> bool:
    """Say whether an event that carries an email's tag is about it: a tag alone may stand in another email, too.

    ``tried`` is whether the email was handed over at all.
    """
    if event.provider_id is not None and email.provider_id is not None:
        return event.provider_id == email.provider_id
    return tried and (event.recipient is None or _on_the_wire(event.recipient) == _on_the_wire(email.to))


def _on_the_wire(address: str) -> str:
    """Give an address as mail servers compare it: a domain with umlauts has a form of its own there."""
    local, _, domain = address_key(address).rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}@{domain}"


def is_told(state: EmailState, reason: str | None) -> bool:
    """Say whether a state is the provider's word: it may be dead by our own, and have been taken all the same."""
    return state in _RANK and (state is not EmailState.DEAD or reason == MailReason.PROVIDER_FAILED)


def state_of(kind: str) -> EmailState | None:
    """Give the state that an event's kind says; None for what says nothing of its way (``email.scheduled``, too)."""
    return _STATES.get(kind)


def after(known: EmailState, said: EmailState) -> EmailState:
    """Give the state after an event. Monotone: events come in any order and repeatedly, the highest rank stays.

    A late bounce or complaint follows a delivery; nothing takes a bounce back. A state of our own (waiting, unknown,
    dead before it was taken) gives way to anything the provider says.
    """
    return said if _RANK.get(said, 0) > _RANK.get(known, 0) or known not in _RANK else known


def reason_of(event: MailEvent) -> MailReason | None:
    """Give why an email did not arrive, as an event says; None for good news."""
    match event.kind:
        case "email.bounced":
            found = _BOUNCES.get(event.bounce_subtype or "")
            if found is None:
                soft = event.bounce_type == "Transient"
                found = MailReason.BOUNCED_SOFT if soft else MailReason.BOUNCED
            return found
        case "email.complained":
            return MailReason.COMPLAINED
        case "email.suppressed":
            return MailReason.SUPPRESSED
        case "email.failed":
            return MailReason.PROVIDER_FAILED
        case "email.delivery_delayed":
            return MailReason.DELAYED
        case _:
            return None


def said_once(text: str) -> str:
    """Give a server's sentence once where a report repeats it: ``452 4.2.2 mailbox full smtp; 452 4.2.2 …``."""
    found = _REPORTED.fullmatch(text)
    if found is None:
        return text
    before, again = found["before"].rstrip(" ·;,"), found["again"].strip()
    return before if again and again in before else text
