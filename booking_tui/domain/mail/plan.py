"""Which emails a booking wants, and until when they still make sense. Pure: the same change gives the same keys.

Notices follow a change; reminders and the follow-up follow from the booking as it is. What is planned twice has the
same key, so that the outbox, which takes each key once for ever, needs to know nothing of replays and arrival order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.mail.addresses import address_key, stands_for_nobody, usable
from booking_tui.domain.mail.email import CANCELLED, CONFIRMATION, DECLINED, FOLLOW_UP, MOVED, REQUESTED
from booking_tui.domain.mail.guard import still_wanted
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.timing import (
    FOLLOW_UP_AFTER,
    MailPolicy,
    coalesce,
    offset_of,
    offset_words,
    reminder_kind,
    reminder_kinds,
    shifted,
    useful_until,
)

__all__ = [
    "NEWS_FOR",
    "MailPolicy",
    "Plan",
    "Skipped",
    "Wanted",
    "base_key",
    "coalesce",
    "offset_of",
    "plan",
    "reminder_kind",
    "still_wanted",
    "useful_until",
]

NEWS_FOR = timedelta(hours=24)
"""A change that is learnt later than this is history, and history mails nobody."""


class Wanted(NamedTuple):
    """An email that is to be sent at its time, unless ``still_wanted`` knows better by then."""

    kind: str
    reason_key: str
    recipient: Attendee
    send_at: datetime
    useful_until: datetime | None
    starts: datetime
    """The start of the meeting it speaks of."""
    why: str
    """For the history: ``the booking was confirmed``, ``24 h before the start``."""
    again: bool = False
    """It tells of another start of the same booking: the same start may have to be told more than once."""


class Skipped(NamedTuple):
    """An email that somebody could miss, and why it is not sent."""

    kind: str
    reason_key: str
    recipient: Attendee
    send_at: datetime
    starts: datetime
    reason: MailReason


class Plan(NamedTuple):
    """What one change of a booking wants mailed."""

    wanted: tuple[Wanted, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unreachable: tuple[Wanted, ...] = ()
    """Wanted by guests whose address cannot be used; they wait for a better one."""


class _Notice(NamedTuple):
    """A kind of notice for one guest; ``again`` when it tells of another start of the same booking."""

    kind: str
    again: bool = False


class _Meeting(NamedTuple):
    """A booking that has a time, and what is known of the moment of planning."""

    booking: Booking
    start: datetime
    end: datetime
    now: datetime
    live: bool
    changed_at: datetime


_REVISION = re.compile(r"#[0-9]+\Z")
"""An address, which ends a key, may hold such a mark as well."""
_TOLD: dict[BookingStatus, str] = {
    BookingStatus.PENDING: REQUESTED,
    BookingStatus.ACCEPTED: CONFIRMATION,
    BookingStatus.REJECTED: DECLINED,
    BookingStatus.CANCELLED: CANCELLED,
}
_WHY: dict[str, str] = {
    REQUESTED: "the booking was asked for",
    CONFIRMATION: "the booking was confirmed",
    MOVED: "the meeting was moved",
    CANCELLED: "the booking was cancelled",
    DECLINED: "the booking was declined",
}


def plan(
    before: Booking | None,
    booking: Booking,
    policy: MailPolicy,
    now: datetime,
    *,
    live: bool,
    changed_at: datetime,
) -> Plan:
    """Say which emails are wanted after a change, and which are not sent that somebody could miss.

    ``live`` is whether the change was told as it happened (a webhook, a deed at the desk) and not read from history;
    ``changed_at`` is when it happened. Repeating a change, or planning anew after another one, gives the same keys.
    """
    if booking.start is None:
        return Plan()
    meeting = _Meeting(booking, booking.start, booking.end or booking.start, now, live, changed_at)
    emails: list[Wanted | Skipped] = []
    unreachable: list[Wanted] = []
    for person in _recipients(booking.attendees):
        theirs: list[Wanted | Skipped] = []
        if policy.notices:
            theirs += _notices(before, person, meeting)
        if booking.status is BookingStatus.ACCEPTED:
            theirs += _reminders(person, policy, meeting)
            theirs += _follow_up(person, meeting) if policy.follow_up else ()
        if usable(person.email):
            emails += theirs
        else:
            unreachable += [email for email in theirs if isinstance(email, Wanted)]
    return Plan(
        tuple(email for email in emails if isinstance(email, Wanted)),
        tuple(email for email in emails if isinstance(email, Skipped)),
        tuple(unreachable),
    )


def _recipients(attendees: Iterable[Attendee]) -> Iterator[Attendee]:
    """Give the guests who have an address, or should have one, each address once."""
    seen: set[str] = set()
    for person in attendees:
        key = address_key(person.email)
        if key not in seen and not (stands_for_nobody(person.email) or (not key and person.phone)):
            seen.add(key)
            yield person


def _notices(before: Booking | None, person: Attendee, meeting: _Meeting) -> Iterator[Wanted | Skipped]:
    notice = _notice_of(before, meeting.booking, address_key(person.email))
    is_news = meeting.live and meeting.now - meeting.changed_at < NEWS_FOR
    if notice is None or not is_news or meeting.end <= meeting.now:
        return
    kind = notice.kind
    key = _key(kind, meeting, person, of_start=notice.again)
    until = useful_until(kind, meeting.start, meeting.end)
    if until is not None and until <= meeting.now:
        yield Skipped(kind, key, person, meeting.now, meeting.start, MailReason.TOO_LATE)
    else:
        yield Wanted(kind, key, person, meeting.now, until, meeting.start, _WHY[kind], notice.again)


def _notice_of(before: Booking | None, booking: Booking, address: str) -> _Notice | None:
    """Give what a change tells the guest with this address.

    Someone who joins a booking is told what it is by now, not that it once was another. Who leaves is told nothing.
    """
    kind = _TOLD.get(booking.status)
    if kind is None:  # rescheduled: its successor tells
        return None
    if before is None or before.is_shell:
        return _Notice(MOVED if kind == CONFIRMATION and booking.rescheduled_from else kind)
    if before.status is not booking.status:
        return _Notice(MOVED if kind == CONFIRMATION and booking.rescheduled_from else kind)
    if kind in {CANCELLED, DECLINED}:
        return None
    if _joined(before, booking, address):
        return _Notice(kind)
    if before.start != booking.start:
        return _Notice(MOVED if kind == CONFIRMATION else kind, again=True)
    return None


def _joined(before: Booking, booking: Booking, address: str) -> bool:
    """Say whether this guest is new. In the place of one who left stands the same person, with a corrected address."""
    old, new = ({address_key(person.email) for person in each.attendees} for each in (before, booking))
    return address not in old and old <= new


def _reminders(person: Attendee, policy: MailPolicy, meeting: _Meeting) -> Iterator[Wanted | Skipped]:
    if meeting.start <= meeting.now:
        return
    for kind in reminder_kinds(policy.reminders):
        send_at = shifted(meeting.start, -offset_of(kind))
        until = useful_until(kind, meeting.start, meeting.end)
        key = _key(kind, meeting, person, of_start=True)
        reason = _missed(send_at, until, meeting)
        if reason is None:
            why = f"{offset_words(kind)} before the start"
            yield Wanted(kind, key, person, send_at, until, meeting.start, why)
        else:
            yield Skipped(kind, key, person, send_at, meeting.start, reason)


def _missed(send_at: datetime, until: datetime | None, meeting: _Meeting) -> MailReason | None:
    """Give why a reminder is not sent at all; None when it is."""
    if send_at < meeting.changed_at:
        return MailReason.BOOKED_TOO_LATE
    if send_at > meeting.now:
        return None
    if not meeting.live:
        return MailReason.IMPORTED
    return MailReason.TOO_LATE if until is not None and until <= meeting.now else None


def _follow_up(person: Attendee, meeting: _Meeting) -> Iterator[Wanted]:
    """Give the question after the meeting; what was learnt only after its end counts while it is fresh."""
    until = useful_until(FOLLOW_UP, meeting.start, meeting.end)
    in_time = meeting.now < meeting.end or (meeting.live and until is not None and meeting.now < until)
    if meeting.booking.end is None or person.absent or not in_time:
        return
    send_at = shifted(meeting.end, FOLLOW_UP_AFTER)
    key = _key(FOLLOW_UP, meeting, person, of_start=True)
    yield Wanted(FOLLOW_UP, key, person, send_at, until, meeting.start, "1 h after the end")


def base_key(reason_key: str) -> str:
    """Give the key that an email was planned with: a revision of it may have one with a mark at its end."""
    return _REVISION.sub("", reason_key)


def _key(kind: str, meeting: _Meeting, person: Attendee, *, of_start: bool) -> str:
    """Give the one reason for an email, for ever: a meeting that gets another start has other reminders."""
    uid, address = meeting.booking.uid, address_key(person.email)
    start = meeting.start.astimezone(UTC)
    return f"{kind}:{uid}:{start:%Y%m%dT%H%MZ}:{address}" if of_start else f"{kind}:{uid}:{address}"
