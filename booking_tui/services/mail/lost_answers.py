"""Emails whose answer was lost, found again by reading what the provider has."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from booking_tui.domain.mail.answer import RemoteEmail
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.domain.mail.email import Email

_NAMES = {"opened": "delivered", "clicked": "delivered"}


def event_of(remote: RemoteEmail, now: datetime, *, email_id: str | None = None) -> MailEvent:
    """Give what reading an email says, as an event."""
    name = _NAMES.get(remote.last_event, remote.last_event)
    recipient = remote.to[0] if remote.to else None
    return MailEvent(f"email.{name}", now, remote.id, email_id, recipient, source="read")


def matched(emails: list[Email], latest: list[RemoteEmail], now: datetime) -> list[MailEvent]:
    """Find emails whose answer was lost: same address, same subject, made after the first attempt.

    Only where one fits the other and nothing else: of two that look alike nobody can say which is which.
    """
    fitting = [(email, remote) for email in emails for remote in latest if _fits(email, remote)]
    of_email = Counter(email.id for email, _ in fitting)
    of_remote = Counter(remote.id for _, remote in fitting)
    return [
        event_of(remote, now, email_id=email.id)
        for email, remote in fitting
        if of_email[email.id] == of_remote[remote.id] == 1
    ]


def _fits(email: Email, remote: RemoteEmail) -> bool:
    begun = (email.first_attempt_at or email.created_at) - timedelta(minutes=1)
    to = {address.strip().casefold() for address in remote.to}
    return remote.created_at >= begun and remote.subject == email.subject and email.to.casefold() in to
