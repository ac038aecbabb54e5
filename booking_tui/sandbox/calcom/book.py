"""The simulated Cal.com account: keeps bookings by Cal.com's rules and says which webhooks each deed sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from booking_tui.sandbox.calcom import wire, wire_more
from booking_tui.sandbox.calcom.ledger import Ledger, RefusedError
from booking_tui.sandbox.calcom.model import VIDEO_LOCATION, Booking, EventType, Person, Series, Status
from booking_tui.sandbox.calcom.signing import Message


@dataclass(frozen=True, slots=True)
class Deed:
    """What a deed left behind: the booking as it stands now, and the webhooks it sends, in order."""

    booking: Booking
    messages: tuple[Message, ...]


class CalcomSimulator(Ledger):
    """One host's account as Cal.com runs it."""

    def book(
        self,
        kind: EventType,
        start: datetime,
        guest: Person,
        *,
        guests: Sequence[Person] = (),
        notes: str = "",
        answers: Sequence[tuple[str, str, str]] = (),
        metadata: Sequence[tuple[str, str]] = (),
    ) -> Deed:
        """Book a time; by its type it stands at once, waits for the host, waits for money, or takes a seat."""
        if kind.seats is not None:
            group = self._group(kind, start)
            if group is not None:
                return self._join(group, guest)
        self.require_free(start, start + kind.length)
        status: Status = "PENDING" if kind.needs_confirmation or kind.price_minor else "ACCEPTED"
        booking = self.draft(
            kind, start, [guest, *guests], notes=notes, answers=answers, metadata=metadata, status=status
        )
        if kind.price_minor:
            booking = self.keep(replace(booking, payment_id=booking.id + 500))
            return Deed(booking, (wire_more.payment_initiated(booking, self.clock()),))
        self.keep(booking)
        return Deed(booking, (self._announce(booking),))

    def book_series(self, kind: EventType, start: datetime, guest: Person, *, count: int, interval: int = 1) -> Deed:
        """Book every `interval` weeks: each occurrence has its own uid and sends its own webhook; gives the first."""
        series = Series(self.new_uid(), count, interval)
        made: list[Booking] = []
        # The guest keeps the time of day, so the weeks are counted on the wall clock.
        first = start.astimezone(ZoneInfo(self.host.zone))
        for turn in range(count):
            at = (first + timedelta(weeks=turn * interval)).astimezone(UTC)
            self.require_free(at, at + kind.length)
            made.append(self.keep(replace(self.draft(kind, at, [guest]), series=series)))
        return Deed(made[0], tuple(wire.created(booking, self.clock()) for booking in made))

    def _announce(self, booking: Booking, old: Booking | None = None) -> Message:
        if booking.status == "PENDING":
            return wire.requested(booking, self.clock(), self.password(), old)
        return wire.rescheduled(booking, old, self.clock()) if old else wire.created(booking, self.clock())

    def _group(self, kind: EventType, start: datetime) -> Booking | None:
        same = (b for b in self._bookings.values() if b.event_type.id == kind.id and b.start == start)
        return next((b for b in same if b.status == "ACCEPTED"), None)

    def _join(self, group: Booking, guest: Person) -> Deed:
        if group.seat_of(guest.email):
            raise RefusedError("Already signed up for this booking.")
        if len(group.seats) >= (group.event_type.seats or 0):
            raise RefusedError("Booking seats are full")
        seat = self.seat(guest)
        group = self.update(group, seats=(*group.seats, seat))
        return Deed(group, (wire.created(group, self.clock(), (seat,)),))

    # -- deciding ------------------------------------------------------------------------------------------------

    def confirm(self, uid: str) -> Deed:
        """Accept a request: CREATED under the same uid."""
        booking = self.update(self.standing(uid, "PENDING"), status="ACCEPTED")
        return Deed(booking, (wire.confirmed(booking, self.clock()),))

    def reject(self, uid: str, reason: str = "") -> Deed:
        """Decline a request."""
        booking = self.update(self.standing(uid, "PENDING"), status="REJECTED", rejection_reason=reason)
        return Deed(booking, (wire.rejected(booking, self.clock()),))

    def pay(self, uid: str) -> Deed:
        """Take the money: PAID, then CREATED, or REQUESTED when the host still has to agree."""
        booking = self.standing(uid, "PENDING")
        if booking.payment_id is None or booking.paid:
            raise RefusedError("Nothing is to be paid for this booking")
        status: Status = "PENDING" if booking.event_type.needs_confirmation else "ACCEPTED"
        booking = self.update(booking, status=status, paid=True)
        receipt = wire_more.paid(booking, self.clock())
        follow = self._announce(booking) if status == "PENDING" else wire.confirmed(booking, self.clock())
        return Deed(booking, (receipt, follow))

    # -- changing ------------------------------------------------------------------------------------------------

    def reschedule(self, uid: str, start: datetime, *, reason: str | None = None, by: str | None = None) -> Deed:
        """Move a booking: the old row closes, a new uid opens, which by its type may have to be confirmed again."""
        old = self.booking(uid)
        if old.rescheduled_to:
            raise RefusedError(f"Can't reschedule booking with uid={uid} because it was moved to {old.rescheduled_to}")
        if old.status not in {"ACCEPTED", "PENDING"}:
            raise RefusedError(f"Can't reschedule booking with uid={uid} because it is {old.status.lower()}")
        self.require_free(start, start + old.event_type.length, but=(uid,))
        status: Status = "PENDING" if old.event_type.needs_confirmation else "ACCEPTED"
        people = [seat.person for seat in old.seats]
        fresh = self.draft(old.event_type, start, people, notes=old.notes, answers=old.answers, status=status)
        fresh = replace(
            fresh,
            title=old.title,
            location=old.location,
            metadata=old.metadata,
            ical_uid=old.ical_uid,
            ical_sequence=old.ical_sequence + 1,
            rescheduled_from=old.uid,
            rescheduling_reason=reason,
            rescheduled_by=by,
            payment_id=old.payment_id,
            paid=old.paid,
            series=old.series,
        )
        self.update(old, status="CANCELLED", rescheduled_to=fresh.uid)
        self.keep(fresh)
        return Deed(fresh, (self._announce(fresh, old),))

    def move_place(self, uid: str, location: str) -> Deed:
        """Change where it happens, under the same uid."""
        old = self.standing(uid, "ACCEPTED")
        video = self.room(old.uid) if location == VIDEO_LOCATION else None
        booking = self.update(old, location=location, video=video, ical_sequence=old.ical_sequence + 1)
        return Deed(booking, (wire_more.location_updated(booking, old.location, self.clock()),))

    def mark_absent(self, uid: str, email: str, *, absent: bool = True) -> Deed:
        """Mark a guest as absent, or take the mark back; refused before the start."""
        booking = self._started(uid)
        if booking.seat_of(email) is None:
            raise RefusedError(f"{email} is not an attendee of this booking")
        booking = self.keep(replace(booking.marked(email, absent=absent), updated_at=self.clock()))
        return Deed(booking, (wire_more.no_show(booking, email, self.clock(), absent=absent),))

    def mark_host_absent(self, uid: str, *, absent: bool = True) -> Deed:
        """Mark the host as absent, which sends nothing; refused before the start."""
        return Deed(self.update(self._started(uid), host_absent=absent), ())

    def _started(self, uid: str) -> Booking:
        booking = self.standing(uid, "ACCEPTED")
        if self.clock() < booking.start:
            raise RefusedError(f"Can't mark booking with uid={uid} as absent before it has started")
        return booking

    def cancel(self, uid: str, reason: str = "", *, by: str | None = None) -> Deed:
        """Cancel the whole booking; `by` is an e-mail address, often unknown."""
        booking = self.close(self.standing(uid, "ACCEPTED", "PENDING"), reason, by)
        return Deed(booking, (wire.cancelled(booking, self.clock()),))

    def ask_to_reschedule(self, uid: str, text: str) -> Deed:
        """Ask the guest to choose another time, in the host's name: a cancellation that says so."""
        booking = self.standing(uid, "ACCEPTED", "PENDING")
        booking = self.close(booking, f"Please reschedule. {text}", self.host.email)
        return Deed(booking, (wire.cancelled(booking, self.clock(), ask_again=True),))

    def leave_seat(self, uid: str, email: str, reason: str = "") -> Deed:
        """One person leaves a group; the last one leaving cancels it."""
        booking = self.standing(uid, "ACCEPTED")
        leaver = booking.seat_of(email)
        if leaver is None:
            raise RefusedError(f"{email} has no seat in this booking")
        if len(booking.seats) == 1:
            return self.cancel(uid, reason)
        booking = self.update(booking, seats=tuple(seat for seat in booking.seats if seat is not leaver))
        return Deed(booking, (wire.seat_left(booking, leaver, reason, self.clock()),))

    def cancel_series(self, uid: str, reason: str = "", *, all_remaining: bool) -> Deed:
        """Cancel the future of a series, from now or from this one on: a single webhook, the others go silently."""
        clicked = self.standing(uid, "ACCEPTED", "PENDING")
        if clicked.series is None:
            raise RefusedError("This booking is not part of a series")
        since = self.clock() if all_remaining else clicked.start
        for other in self.bookings():
            standing = other.status in {"ACCEPTED", "PENDING"}
            if standing and other.series == clicked.series and other.start >= since:
                self.close(other, reason, None)
        booking = self.booking(uid)
        if booking.status != "CANCELLED":
            booking = self.close(booking, reason, None)
        return Deed(booking, (wire.cancelled(booking, self.clock(), all_remaining=all_remaining),))
