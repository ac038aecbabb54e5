"""What guests have heard of a meeting, under whichever of its bookings: one that is moved is often made anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from booking_tui.domain.booking import Booking
from booking_tui.domain.mail.email import MOVED, TAKEN, EmailState
from booking_tui.domain.mail.guard import tells_the_same
from booking_tui.services.mail.freezing import moved_from, told_by
from booking_tui.services.mail.last_told import by_hand, last_told, to_guest, told_at
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail

_NEWS = ("start", "end", "location", "meeting_url", "event_title")
"""What the notice of a move is for: it shows nothing else that could be another."""
_REACHED = TAKEN - {EmailState.BOUNCED, EmailState.SUPPRESSED}


class Heard(NamedTuple):
    """A meeting's emails, and its bookings, the latest first.

    ``attempts`` number the last attempt of each email: a later one has a greater number.
    """

    bookings: tuple[Booking, ...]
    emails: tuple[StoredEmail, ...]
    attempts: Mapping[str, int]

    def for_sure(self, address: str) -> StoredEmail | None:
        """Give the notice that says what a guest knows; None when there is none, or none can be sure of it.

        One that may have gone out since leaves that open, and so does one that had to be told another way: it could
        not be delivered, or a person cancelled it.
        """
        last = last_told(self.emails, address, self.attempts)
        if last is None or last.state not in _REACHED:
            return None
        others = (each for each in to_guest(self.emails, address) if each.state is EmailState.DEAD or by_hand(each))
        return None if any(each.email.updated_at >= told_at(last) for each in others) else last

    def as_heard(self, address: str) -> Booking | None:
        """Give the booking of which a guest heard last, at the time that they were told; None when that is not sure."""
        last = self.for_sure(address)
        if last is None or last.email.starts is None:
            return None
        booking = next((each for each in self.bookings if each.uid == last.email.booking_uid), None)
        if booking is None or booking.start == last.email.starts:
            return booking
        # How long it was to last is not kept.
        return replace(booking, start=last.email.starts, end=None)

    def knows(self, address: str) -> bool:
        """Say whether a guest knows already what the notice of a move would say."""
        last, booking = self.for_sure(address), self.as_heard(address)
        now = self.bookings[0]
        if last is None or booking is None or last.told != told_by(booking):
            return False
        if booking.uid != now.uid:
            # A booking that was made anew is changed and cancelled by links of its own.
            return False
        same = tells_the_same(MOVED, now.start, last.email.kind, last.email.starts)
        return same and all(getattr(booking, name) == getattr(now, name) for name in _NEWS)


def heard(records: Records, transaction: Transaction, booking: Booking) -> Heard:
    """Read the emails of a booking and of those that it stands for now."""
    chain = (booking, *moved_from(booking, records.bookings.world(transaction)))
    emails = tuple(stored for each in chain for stored in records.outbox.of_booking(transaction, each.uid))
    return Heard(chain, emails, records.claims.last_attempts(transaction, [stored.id for stored in emails]))
