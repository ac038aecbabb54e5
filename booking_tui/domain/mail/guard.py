"""Whether an email that waits is still wanted: asked in the transaction that claims it, right before it goes."""

from __future__ import annotations

from datetime import datetime

from booking_tui.domain.booking import Booking, BookingStatus
from booking_tui.domain.mail.addresses import address_key
from booking_tui.domain.mail.email import CANCELLED, DECLINED, FOLLOW_UP, NOTICES, REMINDER, REQUESTED
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.timing import MailPolicy, reminder_kinds, useful_until

_WANTED_WHILE: dict[str, BookingStatus] = {
    REQUESTED: BookingStatus.PENDING,
    DECLINED: BookingStatus.REJECTED,
    CANCELLED: BookingStatus.CANCELLED,
}
"""The status of which a kind tells; all other kinds belong to an accepted booking."""
_OFF = frozenset({CANCELLED, DECLINED})
"""That a booking is off has to be told, whichever start the guest has in mind."""


def is_kind_of_booking(kind: str) -> bool:
    """Say whether a kind speaks of a booking, and is called off with it."""
    return kind in NOTICES or kind == FOLLOW_UP or kind.startswith(REMINDER)


def tells_the_same(kind: str, starts: datetime | None, other: str, others_start: datetime | None) -> bool:
    """Say whether two notices of one booking leave a guest with the same news, by their kinds and starts.

    A confirmation and a move do; that a booking is off is the same news whenever it would have been.
    """
    told = _WANTED_WHILE.get(kind, BookingStatus.ACCEPTED)
    if told is not _WANTED_WHILE.get(other, BookingStatus.ACCEPTED):
        return False
    return kind in _OFF or starts == others_start


def still_wanted(  # noqa: PLR0917 - they are what identifies an email, in the order of the outbox
    kind: str,
    starts: datetime | None,
    recipient_address: str,
    booking: Booking | None,
    policy: MailPolicy,
    now: datetime,
    *,
    chosen_address: bool = False,
) -> MailReason | None:
    """Say why an email is not to be sent any more; None: it still is. Asked in the transaction that claims it.

    ``starts`` is the start of which it speaks. ``chosen_address`` is whether a person put the address in: it need not
    be a guest's.
    """
    if not is_kind_of_booking(kind):
        return None
    if booking is None or booking.start is None:
        return MailReason.BOOKING_CHANGED
    return (
        outdated(kind, starts, booking)
        or _unwished(kind, policy)
        or _misdirected(kind, recipient_address, booking, chosen=chosen_address)
        or _overdue(kind, booking.start, booking.end or booking.start, now)
    )


def outdated(kind: str, starts: datetime | None, booking: Booking) -> MailReason | None:
    """Give why what an email tells is no longer so; None while it is. For kinds that belong to a booking."""
    if booking.status is not _WANTED_WHILE.get(kind, BookingStatus.ACCEPTED):
        if booking.status is BookingStatus.CANCELLED:
            return MailReason.BOOKING_CANCELLED
        moved = booking.status is BookingStatus.RESCHEDULED
        return MailReason.BOOKING_MOVED if moved else MailReason.BOOKING_CHANGED
    if kind not in _OFF and starts is not None and starts != booking.start:
        return MailReason.BOOKING_MOVED
    return None


def _unwished(kind: str, policy: MailPolicy) -> MailReason | None:
    if kind.startswith(REMINDER):
        wished = kind in reminder_kinds(policy.reminders)
    else:
        wished = policy.follow_up if kind == FOLLOW_UP else policy.notices
    return None if wished else MailReason.SWITCHED_OFF


def _misdirected(kind: str, address: str, booking: Booking, *, chosen: bool) -> MailReason | None:
    """Give why this guest is not to get it."""
    guests = [person for person in booking.attendees if address_key(person.email) == address_key(address)]
    if not guests:
        return None if chosen else MailReason.BOOKING_CHANGED
    return MailReason.GUEST_ABSENT if kind == FOLLOW_UP and all(person.absent for person in guests) else None


def _overdue(kind: str, start: datetime, end: datetime, now: datetime) -> MailReason | None:
    if kind != FOLLOW_UP and end <= now:
        return MailReason.MEETING_OVER
    until = useful_until(kind, start, end)
    return MailReason.TOO_LATE if until is not None and until <= now else None
