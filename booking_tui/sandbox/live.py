"""A practice that goes on living: simulated clients keep booking, moving and cancelling at a set pace."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from booking_tui.sandbox.calcom import wire_more
from booking_tui.sandbox.calcom.book import Deed
from booking_tui.sandbox.calcom.model import VIDEO_LOCATION, Booking, EventType
from booking_tui.sandbox.calcom.signing import Message, WireRequest
from booking_tui.sandbox.faults import Chaos, Mishap
from booking_tui.sandbox.people import (
    CANCEL_REASONS,
    FIRST_TALK,
    GUEST_NOTES,
    HEARD_OF,
    MOVE_REASONS,
    ONLINE,
    OTHER_ROOM,
    THERAPY,
    WHAT_BRINGS,
)
from booking_tui.sandbox.practice import Practice
from booking_tui.sandbox.timetable import Timetable

_LOOK_AHEAD = timedelta(days=21)
_CROWDED = 90
"""From so many sessions ahead on, more people cancel than book: the calendar neither fills up nor runs dry."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One thing that happens: what it is in words, the webhooks that arrive, and what chaos did to them."""

    note: str
    requests: tuple[WireRequest, ...]
    mishaps: tuple[Mishap, ...] = ()


class LivePractice:
    """Goes on from a practice. `clock` gives the instant in UTC; nothing here waits or sends."""

    def __init__(
        self,
        practice: Practice,
        *,
        seed: int,
        clock: Callable[[], datetime],
        mean_wait_s: float = 12.0,
        chaos: Chaos | None = None,
    ) -> None:
        self._practice = practice
        self._account = practice.account
        self._account.clock = clock
        self._clock = clock
        self._since = clock()
        self._random = random.Random(f"live {seed}")
        self._mean_wait_s = mean_wait_s
        self._chaos = chaos
        self._table = Timetable(practice.zone)

    def next_wait(self) -> float:
        """Give the seconds until the next beat: one third to two and a half times the mean."""
        return min(max(self._random.expovariate(1 / self._mean_wait_s), self._mean_wait_s / 3), self._mean_wait_s * 2.5)

    def step(self) -> Beat:
        """Let one thing happen. First come meetings that have begun or ended; else a client does something."""
        note, messages = self._meetings() or self._somebody()
        requests = [replace(message.signed(self._practice.secret), note=note) for message in messages]
        if self._chaos is None:
            return Beat(note, tuple(requests))
        arriving, mishaps = self._chaos.apply(requests, self._practice.secret)
        return Beat(note, tuple(arriving), tuple(mishaps))

    def _meetings(self) -> tuple[str, tuple[Message, ...]] | None:
        since, now = self._since, self._clock()
        self._since = now
        messages: list[Message] = []
        for booking in self._account.bookings():
            if booking.status == "ACCEPTED" and since < booking.start <= now:
                messages.append(wire_more.meeting("MEETING_STARTED", booking))
            if booking.status == "ACCEPTED" and since < booking.end <= now:
                messages.append(wire_more.meeting("MEETING_ENDED", booking))
        return ("the clock: a session begins or ends", tuple(messages)) if messages else None

    def _somebody(self) -> tuple[str, tuple[Message, ...]]:
        crowded = len(self._ahead()) > _CROWDED
        deeds: tuple[tuple[Callable[[], tuple[str, Deed] | None], int], ...] = (
            (self._book, 10 if crowded else 40),
            (self._ask, 16),
            (self._move, 18),
            (self._cancel, 40 if crowded else 10),
            (self._decide, 10),
            (self._elsewhere, 6),
        )
        for _ in range(4):
            act = self._random.choices([deed for deed, _ in deeds], [weight for _, weight in deeds])[0]
            done = act()
            if done is not None:
                note, deed = done
                return note, deed.messages
        # Nothing found a place: the calendar is full, or empty, which still leaves Cal.com's test button.
        return "the test button", (wire_more.ping(self._clock()),)

    def _book(self) -> tuple[str, Deed] | None:
        kind = self._random.choice((THERAPY, ONLINE))
        start = self._free_start(kind)
        if start is None:
            return None
        guest = self._random.choice(self._practice.people)
        notes = self._random.choice((*GUEST_NOTES, "", "", ""))
        return f"{guest.name} books {kind.title}", self._account.book(kind, start, guest, notes=notes)

    def _ask(self) -> tuple[str, Deed] | None:
        waiting = [booking for booking in self._ahead() if booking.status == "PENDING"]
        start = self._free_start(FIRST_TALK)
        if start is None or len(waiting) >= 5:
            return None
        guest = self._random.choice(self._practice.people)
        said = (self._random.choice(WHAT_BRINGS), self._random.choice(HEARD_OF))
        answers = [(q.slug, q.label, text) for q, text in zip(FIRST_TALK.questions, said, strict=True)]
        return f"{guest.name} asks for a first talk", self._account.book(FIRST_TALK, start, guest, answers=answers)

    def _move(self) -> tuple[str, Deed] | None:
        booking = self._someones_session()
        start = self._free_start(booking.event_type) if booking else None
        if booking is None or start is None:
            return None
        reason = self._random.choice(MOVE_REASONS)
        deed = self._account.reschedule(booking.uid, start, reason=reason, by=booking.booker.email)
        return f"{booking.booker.name} moves a session", deed

    def _cancel(self) -> tuple[str, Deed] | None:
        booking = self._someones_session()
        if booking is None:
            return None
        reason = self._random.choice(CANCEL_REASONS)
        return f"{booking.booker.name} cancels", self._account.cancel(booking.uid, reason, by=booking.booker.email)

    def _decide(self) -> tuple[str, Deed] | None:
        waiting = [b for b in self._ahead() if b.status == "PENDING" and b.payment_id is None]
        if len(waiting) < 2:
            return None
        return f"you confirm {waiting[0].booker.name}", self._account.confirm(waiting[0].uid)

    def _elsewhere(self) -> tuple[str, Deed] | None:
        booking = self._someones_session()
        if booking is None:
            return None
        place = OTHER_ROOM if booking.location == VIDEO_LOCATION else VIDEO_LOCATION
        return f"{booking.booker.name}'s session takes place elsewhere", self._account.move_place(booking.uid, place)

    def _ahead(self) -> list[Booking]:
        now = self._clock()
        return [b for b in self._account.bookings() if b.start > now and b.status in {"ACCEPTED", "PENDING"}]

    def _someones_session(self) -> Booking | None:
        """Choose a single session that is more than three hours away."""
        soon = self._clock() + timedelta(hours=3)
        found = [b for b in self._ahead() if b.status == "ACCEPTED" and b.start > soon and b.event_type.seats is None]
        return self._random.choice(found) if found else None

    def _free_start(self, kind: EventType) -> datetime | None:
        """Choose a full hour on a working day of the next three weeks at which nothing is."""
        now = self._clock() + timedelta(hours=2)
        first = self._table.day_of(now)
        slots = [
            slot
            for slot in self._table.slots(first, first + _LOOK_AHEAD)
            if slot > now and not self._is_away(slot) and self._account.free(slot, slot + kind.length)
        ]
        return self._random.choice(slots) if slots else None

    def _is_away(self, slot: datetime) -> bool:
        return self._table.day_of(slot) == self._practice.away
