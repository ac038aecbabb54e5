"""What guests have heard of a meeting, under whichever of its bookings: one that is moved is often made anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from booking_tui.domain.booking import Booking
from booking_tui.services.mail.freezing import moved_from
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail


class Heard(NamedTuple):
    """The emails of a meeting. ``attempts`` number the last attempt of each: a later one has a greater number."""

    emails: tuple[StoredEmail, ...]
    attempts: Mapping[str, int]


def heard(records: Records, transaction: Transaction, booking: Booking) -> Heard:
    """Read the emails of a booking and of those that it stands for now."""
    chain = (booking, *moved_from(booking, records.bookings.world(transaction)))
    emails = tuple(stored for each in chain for stored in records.outbox.of_booking(transaction, each.uid))
    return Heard(emails, records.claims.last_attempts(transaction, [stored.id for stored in emails]))
