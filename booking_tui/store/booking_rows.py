"""Bookings between their domain shape and their rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from operator import attrgetter
from typing import Any

from booking_tui.domain.booking import Answer, Attendee, Booking, BookingStatus, Payment, Recording
from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.rows import BookingRow
from booking_tui.store.folding import fold, storable

_SAME = (
    "uid",
    "source",
    "title",
    "event_type",
    "event_title",
    "event_type_id",
    "zone",
    "organizer_email",
    "location",
    "meeting_url",
    "notes",
    "rescheduled_from",
    "rescheduled_to",
    "cancellation_reason",
    "ical_uid",
    "ical_sequence",
    "seats",
    "booking_page",
    "calendar_event_id",
)
"""Columns that hold a booking's field of the same name as it is."""
_FLAGS = (
    "recurring",
    "meeting_started",
    "meeting_ended",
    "reschedule_requested",
    "needs_reread",
    "test",
)
"""The same, kept as 0 or 1."""
_MADE = (
    "status",
    "starts",
    "ends",
    "length_s",
    "who",
    "email",
    "guests",
    "absent",
    "answers",
    "payment_state",
    "payment_amount_minor",
    "payment_currency",
    "recordings",
    "failed_apps",
    "memory",
)
COLUMNS = (*_SAME, *_FLAGS, *_MADE)
"""What of a row comes from the booking, ``uid`` first; the rest is the store's own."""
SEARCHED = frozenset({"uid", "title", "event_type", "event_title", "notes", "location"})
"""Columns that searches look through, beside the guests and the private note."""
_MADE_FROM = len(_SAME) + len(_FLAGS)
_EMPTY = "[]"
_same_of = attrgetter(*_SAME)
_flags_of = attrgetter(*_FLAGS)

LIST_COLUMNS = (
    "uid, starts, ends, status, who, email, guests, seats, title, coalesce(event_title, event_type, ''), location,"
    " meeting_url, absent, rescheduled_from, needs_reread, payment_state, private_note IS NOT NULL, notes IS NOT NULL,"
    " test, CASE WHEN status IN ('cancelled', 'rejected') THEN (SELECT max(at) FROM booking_history"
    " WHERE booking_uid = uid AND action IN ('cancelled', 'rejected', 'reschedule_requested')) END"
)
"""What a list shows of a booking that has a time, as one text: taken apart, Peewee takes longer than SQLite."""


@dataclass(frozen=True, slots=True)
class BookingRecord:
    """A booking with what only the store knows of it."""

    booking: Booking
    private_note: str | None
    created_at: datetime
    updated_at: datetime


def list_row(row: Sequence[Any]) -> BookingRow:
    """Make a list row from the values of ``LIST_COLUMNS``."""
    uid, starts, ends, status, *same, absent, origin, reread, payment, noted, notes, test, off = row
    times = (from_text(starts), from_text(ends))
    flags = (bool(noted), bool(notes), bool(test))
    return BookingRow._make(
        (
            uid,
            *times,
            BookingStatus(status),
            *same,
            bool(absent),
            origin,
            bool(reread),
            payment,
            *flags,
            off and from_text(off),
        )
    )


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")) if value else _EMPTY


def row_of(booking: Booking) -> tuple[Any, ...]:
    """Give a booking's values in the order of ``COLUMNS``. Raises ValueError when its times make no sense."""
    start, end = booking.start, booking.end
    if (start is None) != (end is None):
        raise ValueError(f"booking {booking.uid} has only one of start and end")
    length = timedelta() if start is None or end is None else end - start
    if length < timedelta():
        raise ValueError(f"booking {booking.uid} ends before it starts")
    booker = booking.attendees[0] if booking.attendees else Attendee("", "")
    payment = booking.payment or Payment("")
    values = (
        *_same_of(booking),
        *_flags_of(booking),
        booking.status.value,
        start and to_text(start),
        end and to_text(end),
        ceil(length / timedelta(seconds=1)),
        booker.name or booker.email,
        booker.email,
        len(booking.attendees),
        booker.absent,
        _dumps([[answer.slug, answer.label, answer.value] for answer in booking.answers]),
        None if booking.payment is None else payment.state,
        payment.amount_minor,
        payment.currency,
        _dumps([[recording.kind, recording.url] for recording in booking.recordings]),
        _dumps(booking.failed_apps),
        _dumps(booking.memory),
    )
    return tuple([storable(value) if isinstance(value, str) else value for value in values])


def record_of(
    columns: Sequence[Any], guests: Sequence[Attendee], private_note: str | None, created_at: str, updated_at: str
) -> BookingRecord:
    """Make a booking from values in the order of ``COLUMNS``, and what the store knows besides."""
    made = columns[_MADE_FROM:]
    status, starts, ends, _, _, _, _, _, answers, state, amount, currency, recordings, failed, memory = made
    same: dict[str, Any] = dict(zip(_SAME, columns, strict=False))
    flags: dict[str, Any] = {name: bool(value) for name, value in zip(_FLAGS, columns[len(_SAME) :], strict=False)}
    booking = Booking(
        **same,
        **flags,
        status=BookingStatus(status),
        start=starts and from_text(starts),
        end=ends and from_text(ends),
        attendees=tuple(guests),
        answers=() if answers == _EMPTY else tuple(Answer(*answer) for answer in json.loads(answers)),
        payment=None if state is None else Payment(state, amount, currency),
        recordings=() if recordings == _EMPTY else tuple(Recording(*each) for each in json.loads(recordings)),
        failed_apps=() if failed == _EMPTY else tuple(json.loads(failed)),
        memory=() if memory == _EMPTY else tuple((register, stamp) for register, stamp in json.loads(memory)),
    )
    return BookingRecord(booking, private_note, from_text(created_at), from_text(updated_at))


def guest_rows(attendees: Iterable[Attendee]) -> list[tuple[Any, ...]]:
    """Give the values of a booking's guests, in order: name, email, zone, phone, locale, absent."""
    return [
        (
            storable(guest.name),
            storable(guest.email),
            guest.zone and storable(guest.zone),
            guest.phone and storable(guest.phone),
            guest.locale and storable(guest.locale),
            guest.absent,
        )
        for guest in attendees
    ]


def guest_of(row: Sequence[Any]) -> Attendee:
    """Make a guest from the values that ``guest_rows`` gave."""
    return Attendee(*row[:5], absent=bool(row[5]))


def search_text(booking: Booking, private_note: str | None) -> tuple[str, str]:
    """Give the folded (people, words) of a booking that searches look through."""
    people = "\n".join(f"{guest.name}\n{guest.email}" for guest in booking.attendees)
    parts = (
        booking.uid,
        booking.title,
        booking.event_type,
        booking.event_title,
        booking.notes,
        booking.location,
        booking.cancellation_reason,
        private_note,
    )
    return fold(people), fold("\n".join(part for part in parts if part))
