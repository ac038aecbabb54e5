"""What a guest was told last of a booking, and whether an email that was called off would still be news."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from booking_tui.domain.mail.addresses import address_key
from booking_tui.domain.mail.email import NOTICES, TAKEN, EmailState
from booking_tui.domain.mail.guard import tells_the_same
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.services.mail.recalling import is_open
from booking_tui.store.email_rows import StoredEmail


def was_told(stored: StoredEmail) -> bool:
    """Say whether an email went out, or may have."""
    return stored.state in TAKEN or not stored.certain


def last_told(emails: Iterable[StoredEmail], address: str, attempts: Mapping[str, int]) -> StoredEmail | None:
    """Give the notice that a guest got last, or may have got; None when there is none.

    ``attempts`` number the last attempt of each. It counts, and not when a notice was planned: one that had been called
    off and came back is older than what was told in between.
    """
    told = [stored for stored in to_guest(emails, address) if was_told(stored)]
    return max(told, key=lambda stored: (attempts.get(stored.id, 0), stored.email.seq), default=None)


def is_past(stored: StoredEmail, emails: Iterable[StoredEmail], attempts: Mapping[str, int]) -> bool:
    """Say whether a guest was told another start since a notice of theirs was done with, and would need it anew.

    It went out, or failed to for good, or a person cancelled it, who may have told the guest themselves: that holds
    until something else was told.
    """
    if not (was_told(stored) or stored.state is EmailState.DEAD or by_hand(stored)):
        return False
    mine = to_guest(emails, stored.email.to)
    last = last_told(mine, stored.email.to, attempts)
    if last is None or last.email.starts == stored.email.starts:
        return False
    alike = [each for each in mine if each.email.starts == stored.email.starts and by_hand(each)]
    return not any(each.email.updated_at > told_at(last) for each in alike)


def by_hand(stored: StoredEmail) -> bool:
    """Say whether a person cancelled an email."""
    return stored.state is EmailState.CANCELLED and stored.email.reason == MailReason.BY_YOU


def told_at(stored: StoredEmail) -> datetime:
    """Give when an email went out, at the earliest."""
    return stored.email.first_attempt_at or stored.email.created_at


def to_guest(emails: Iterable[StoredEmail], address: str) -> list[StoredEmail]:
    """Give the notices to a guest."""
    guest = address_key(address)
    return [each for each in emails if each.email.kind in NOTICES and address_key(each.email.to) == guest]


def is_news(stored: StoredEmail, emails: Iterable[StoredEmail], attempts: Mapping[str, int], now: datetime) -> bool:
    """Say whether the guest would learn nothing of what an email tells if it stayed called off.

    ``emails`` are the booking's. It is told already by another that waits or is on its way, since what waits is true,
    and by the last notice that the guest got, if it left them with the same news.
    """
    email = stored.email
    guest = address_key(email.to)
    others = [each for each in emails if each.id != stored.id and address_key(each.email.to) == guest]
    if email.kind not in NOTICES:
        return not any(_stands_for(each, stored, now) for each in others)
    if any(each.email.kind in NOTICES and is_open(each, now) for each in others):
        return False
    last = last_told([*others, stored], email.to, attempts)
    if last is None or last.id == stored.id:
        return True
    # In doubt, another try with the same key would not be a later word than the one that was told since.
    return stored.certain and not tells_the_same(email.kind, email.starts, last.email.kind, last.email.starts)


def _stands_for(other: StoredEmail, stored: StoredEmail, now: datetime) -> bool:
    """Say whether another email tells a guest what a reminder would: it is out, or is a later revision that waits."""
    one, two = other.email, stored.email
    superseded = one.settled is not None and one.settled.superseded
    if superseded or (one.kind, one.starts) != (two.kind, two.starts):
        return False
    return was_told(other) or (is_open(other, now) and one.revision > two.revision)
