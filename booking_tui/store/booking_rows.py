"""Bookings between their domain shape and their rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from peewee import SqliteDatabase, fn

from booking_tui.domain.booking import Answer, Attendee, Booking, BookingStatus, Payment, Recording
from booking_tui.domain.rows import BookingRow
from booking_tui.store.filtering import Condition
from booking_tui.store.folding import fold, storable
from booking_tui.store.models import AttendeeTable, BookingTable

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
    "recurring",
    "meeting_started",
    "meeting_ended",
    "reschedule_requested",
    "booking_page",
    "needs_reread",
    "test",
    "calendar_event_id",
)
"""Columns that hold a booking's field of the same name as it is."""

ROW_FIELDS = (
    BookingTable.uid,
    BookingTable.starts,
    BookingTable.ends,
    BookingTable.status,
    BookingTable.who,
    BookingTable.email,
    BookingTable.guests,
    BookingTable.seats,
    BookingTable.title,
    fn.COALESCE(BookingTable.event_title, BookingTable.event_type, ""),
    BookingTable.location,
    BookingTable.meeting_url,
    BookingTable.absent,
    BookingTable.rescheduled_from,
    BookingTable.needs_reread,
    BookingTable.payment_state,
    BookingTable.private_note.is_null(is_null=False),
    BookingTable.notes.is_null(is_null=False),
    BookingTable.test,
)


@dataclass(frozen=True, slots=True)
class BookingRecord:
    """A booking with what only the store knows of it."""

    booking: Booking
    private_note: str | None
    created_at: datetime
    updated_at: datetime


def list_row(row: Sequence[Any]) -> BookingRow:
    """Make a list row from the values of ``ROW_FIELDS``."""
    return BookingRow._make(
        (*row[:3], BookingStatus(row[3]), *row[4:9], row[9], *row[10:16], bool(row[16]), bool(row[17]), row[18])
    )


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def values_of(booking: Booking) -> dict[str, Any]:
    """Give a booking's columns. Raises ValueError when its times make no sense."""
    start, end = booking.start, booking.end
    if (start is None) != (end is None):
        raise ValueError(f"booking {booking.uid} has only one of start and end")
    length = timedelta() if start is None or end is None else end - start
    if length < timedelta():
        raise ValueError(f"booking {booking.uid} ends before it starts")
    booker = booking.attendees[0] if booking.attendees else Attendee("", "")
    payment = booking.payment
    values: dict[str, Any] = {name: getattr(booking, name) for name in _SAME}
    values.update(
        status=booking.status.value,
        starts=start,
        ends=end,
        length_s=ceil(length / timedelta(seconds=1)),
        who=booker.name or booker.email,
        email=booker.email,
        guests=len(booking.attendees),
        absent=booker.absent,
        answers=_dumps([[answer.slug, answer.label, answer.value] for answer in booking.answers]),
        payment_state=None if payment is None else payment.state,
        payment_amount_minor=None if payment is None else payment.amount_minor,
        payment_currency=None if payment is None else payment.currency,
        recordings=_dumps([[recording.kind, recording.url] for recording in booking.recordings]),
        failed_apps=_dumps(booking.failed_apps),
        memory=_dumps(booking.memory),
    )
    return {name: storable(value) if isinstance(value, str) else value for name, value in values.items()}


def attendee_values(booking_id: int, attendees: Iterable[Attendee]) -> list[dict[str, Any]]:
    """Give the rows of a booking's guests, in order."""
    return [
        {
            "booking_id": booking_id,
            "position": position,
            "name": storable(guest.name),
            "email": storable(guest.email),
            "zone": None if guest.zone is None else storable(guest.zone),
            "phone": None if guest.phone is None else storable(guest.phone),
            "locale": None if guest.locale is None else storable(guest.locale),
            "absent": guest.absent,
        }
        for position, guest in enumerate(attendees)
    ]


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
        private_note,
    )
    return fold(people), fold("\n".join(part for part in parts if part))


def load(database: SqliteDatabase, condition: Condition) -> list[BookingRecord]:
    """Read the bookings for which a Peewee condition holds, shells included, by start and uid."""
    query = BookingTable.select().where(condition).order_by(BookingTable.starts, BookingTable.uid)
    rows: list[dict[str, Any]] = list(query.dicts().execute(database))
    guests: dict[int, list[Attendee]] = {row["id"]: [] for row in rows}
    found = (
        AttendeeTable.select()
        .where(AttendeeTable.booking_id.in_(list(guests)))
        .order_by(AttendeeTable.booking_id, AttendeeTable.position)
    )
    for row in found.dicts().execute(database) if rows else ():
        guests[row["booking_id"]].append(
            Attendee(row["name"], row["email"], row["zone"], row["phone"], row["locale"], row["absent"])
        )
    return [_record(row, guests[row["id"]]) for row in rows]


def _record(row: dict[str, Any], guests: Sequence[Attendee]) -> BookingRecord:
    state = row["payment_state"]
    payment = None if state is None else Payment(state, row["payment_amount_minor"], row["payment_currency"])
    booking = Booking(
        **{name: row[name] for name in _SAME},
        status=BookingStatus(row["status"]),
        start=row["starts"],
        end=row["ends"],
        attendees=tuple(guests),
        answers=tuple(Answer(*answer) for answer in json.loads(row["answers"])),
        payment=payment,
        recordings=tuple(Recording(*recording) for recording in json.loads(row["recordings"])),
        failed_apps=tuple(json.loads(row["failed_apps"])),
        memory=tuple((register, stamp) for register, stamp in json.loads(row["memory"])),
    )
    return BookingRecord(booking, row["private_note"], row["created_at"], row["updated_at"])
