"""Which bookings stand at the same time although they are not the same appointment."""

from __future__ import annotations

from collections.abc import Iterable

from booking_tui.domain.booking import Booking
from booking_tui.domain.rows import BookingRow


def overlapping(rows: Iterable[BookingRow]) -> list[tuple[BookingRow, BookingRow]]:
    """Give every pair that overlaps, the one that begins first before the other; by the start of the latter."""
    found: list[tuple[BookingRow, BookingRow]] = []
    running: list[BookingRow] = []
    for row in sorted(rows, key=lambda each: (each.start, each.uid)):
        running = [each for each in running if each.end > row.start]
        if row.end > row.start:
            found += [(each, row) for each in running]
            running.append(row)
    return found


def same_appointment(one: Booking, other: Booking) -> bool:
    """Say whether two that overlap are no double booking: one group, versions of one, or of different people."""
    if one.ical_uid is not None and one.ical_uid == other.ical_uid:
        return True
    if other.uid in {one.rescheduled_from, one.rescheduled_to} or one.uid in {
        other.rescheduled_from,
        other.rescheduled_to,
    }:
        return True
    if one.seats and other.seats and (one.event_type, one.start) == (other.event_type, other.start):
        return True
    hosts = {one.organizer_email, other.organizer_email} - {None}
    return len({host.lower() for host in hosts if host}) > 1
