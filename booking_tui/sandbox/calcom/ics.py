"""The iCalendar texts that payload version 2026-07-27 carries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from booking_tui.sandbox.calcom.model import Booking
from booking_tui.sandbox.calcom.signing import JsonObject


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _name(value: str) -> str:
    """Write a parameter value in quotes, without the signs that quotes cannot hold."""
    return '"' + "".join(" " if ord(char) < 32 or char == '"' else char for char in value) + '"'


def _fold(line: str) -> str:
    """Cut a line after 75 octets, never inside a character (RFC 5545, 3.1)."""
    if len(line) <= 75 and line.isascii():
        return line
    pieces: list[str] = []
    piece, size, limit = "", 0, 75
    for char in line:
        width = len(char.encode())
        if size + width > limit:
            pieces.append(piece)
            piece, size, limit = "", 0, 74
        piece += char
        size += width
    return "\r\n ".join([*pieces, piece])


def calendar_text(booking: Booking, *, method: str, for_host: bool) -> str:
    """Write the invitation (METHOD REQUEST) or its withdrawal (METHOD CANCEL) as one VEVENT."""
    host = booking.host
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "PRODID:calcom/sandbox",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{booking.ical_uid}",
        f"SEQUENCE:{booking.ical_sequence}",
        f"DTSTAMP:{_stamp(booking.updated_at)}",
        f"DTSTART:{_stamp(booking.start)}",
        f"DTEND:{_stamp(booking.end)}",
        f"SUMMARY:{_text(booking.title)}",
        f"ORGANIZER;CN={_name(host.name)}:mailto:{host.email}",
    ]
    if for_host:
        lines.append(
            f"ATTENDEE;CN={_name(host.name)};ROLE=CHAIR;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:{host.email}",
        )
    lines += [
        f"ATTENDEE;CN={_name(seat.person.name)};ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE"
        f":mailto:{seat.person.email}"
        for seat in booking.seats
    ]
    where = booking.video.url if booking.video else booking.location
    if where:
        lines.append(f"LOCATION:{_text(where)}")
    lines += [f"STATUS:{'CANCELLED' if method == 'CANCEL' else 'CONFIRMED'}", "END:VEVENT", "END:VCALENDAR"]
    return "\r\n".join(_fold(line) for line in lines) + "\r\n"


def ics_extras(booking: Booking, method: str = "REQUEST") -> Callable[[], JsonObject]:
    """Give a maker of the two fields that payload version 2026-07-27 adds: most subscribers never need them."""
    return lambda: {
        "attendeeIcsContent": calendar_text(booking, method=method, for_host=False),
        "organizerIcsContent": calendar_text(booking, method=method, for_host=True),
    }
