"""A world in memory: what deciding reads, and what it decided, kept in dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from booking_tui.domain.booking import Booking, BookingStatus
from booking_tui.domain.decision import BusyBlock, Decision
from booking_tui.domain.history import Change


class MemoryWorld:
    """Keeps bookings by uid, busy blocks by id, and every change in order."""

    def __init__(self, *bookings: Booking) -> None:
        self.bookings = {booking.uid: booking for booking in bookings}
        self.blocks: dict[str, BusyBlock] = {}
        self.changes: list[Change] = []
        self.corrections: dict[tuple[str, str], str] = {}

    def booking(self, uid: str) -> Booking | None:
        return self.bookings.get(uid)

    def bookings_by_ical_uid(self, ical_uid: str) -> Sequence[Booking]:
        return [booking for booking in self.bookings.values() if booking.ical_uid == ical_uid]

    def bookings_of_series(
        self, event_type_id: int, booker_email: str, *, cancelled_only: bool = False
    ) -> Sequence[Booking]:
        return [
            booking
            for booking in self.bookings.values()
            if booking.recurring
            and (booking.status is BookingStatus.CANCELLED or not cancelled_only)
            and booking.event_type_id == event_type_id
            and booking.attendees
            and booking.attendees[0].email.casefold() == booker_email
        ]

    def has_busy_block(self, block_id: str) -> bool:
        return block_id in self.blocks

    def corrected(self, email: str, name: str) -> str:
        return self.corrections.get((email.casefold(), name.casefold()), email)

    def apply(self, decision: Decision) -> Decision:
        self.bookings |= {booking.uid: booking for booking in decision.bookings}
        self.blocks |= {block.id: block for block in decision.busy_blocks}
        self.changes += decision.changes
        return decision

    def visible(self) -> dict[str, Booking]:
        """Give the bookings without what decide remembers for itself."""
        return {uid: replace(booking, memory=()) for uid, booking in sorted(self.bookings.items())}

    def told(self, uid: str | None = None) -> list[str]:
        """Give the actions of the history so far, of one booking or of all."""
        return [change.action for change in self.changes if uid is None or change.booking_uid == uid]
