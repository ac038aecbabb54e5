"""Tests never change what is real, whichever comes first; and a series is worked out without reading all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from booking_tui.domain.booking import Booking, BookingStatus
from booking_tui.domain.decide import decide
from booking_tui.domain.event import BookingEvent, EventKind, Origin
from tests.domain.test_decide import HOUR, START, details, event
from tests.domain.world import MemoryWorld

EVENTS = (
    event(EventKind.CREATED, "A", 0, status=BookingStatus.ACCEPTED, details=details(ical_uid="one")),
    event(EventKind.CANCELLED, "A", 5, status=BookingStatus.CANCELLED, details=details(ical_uid="one")),
    event(
        EventKind.MOVED,
        "B",
        3,
        status=BookingStatus.ACCEPTED,
        sequence=1,
        origin=Origin("A", START, START + HOUR),
        details=details(START + 24 * HOUR, ical_uid="one"),
    ),
    event(EventKind.CREATED, "C", 1, status=BookingStatus.PENDING, details=details(START + 2 * HOUR)),
    event(EventKind.MEETING_STARTED, "C", 7),
)


def real(world: MemoryWorld) -> dict[str, Booking]:
    return {uid: booking for uid, booking in world.visible().items() if not booking.test}


@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.booleans()), max_size=9))
def test_what_tests_said_before_or_after_leaves_no_trace_on_what_is_real(
    told: list[tuple[BookingEvent, bool]],
) -> None:
    mixed, alone = MemoryWorld(), MemoryWorld()
    for said, test in told:
        mixed.apply(decide(mixed, said, test=test))
        if not test:
            alone.apply(decide(alone, said))
    assert real(mixed) == real(alone)


def test_a_real_booking_begins_anew_where_a_test_had_cancelled_it() -> None:
    world = MemoryWorld()
    world.apply(decide(world, EVENTS[1], test=True))
    world.apply(decide(world, EVENTS[0]))
    found = world.visible()["A"]
    assert (found.status, found.test) == (BookingStatus.ACCEPTED, False)
    assert world.told("A")[-1] == "created"


def test_a_test_move_does_not_lead_a_real_booking_away() -> None:
    world = MemoryWorld()
    world.apply(decide(world, EVENTS[2], test=True))
    world.apply(decide(world, EVENTS[0]))
    found = world.visible()["A"]
    assert (found.status, found.rescheduled_to) == (BookingStatus.ACCEPTED, None)


# -- series


class CountingWorld(MemoryWorld):
    """Counts how many occurrences were read."""

    read = 0

    def bookings_of_series(
        self, event_type_id: int, booker_email: str, *, cancelled_only: bool = False
    ) -> Sequence[Booking]:
        found = super().bookings_of_series(event_type_id, booker_email, cancelled_only=cancelled_only)
        self.read += len(found)
        return found


def occurrence(number: int, *, cancelled: bool = False, minute: int = 0) -> BookingEvent:
    what = details(START + number * 24 * HOUR, event_type_id=7, recurring=True)
    if cancelled:
        return event(EventKind.CANCELLED, f"s{number}", minute, status=BookingStatus.CANCELLED, details=what)
    return event(EventKind.CREATED, f"s{number}", minute, status=BookingStatus.ACCEPTED, details=what)


def test_a_new_occurrence_reads_only_the_cancelled_ones() -> None:
    world = CountingWorld()
    for number in range(40):
        world.apply(decide(world, occurrence(number)))
    assert world.read == 0
    world.apply(decide(world, occurrence(5, cancelled=True, minute=9)))
    assert world.read == 40
    world.read = 0
    world.apply(decide(world, occurrence(50)))
    assert world.read == 1
    doubtful = {uid for uid, booking in world.visible().items() if booking.needs_reread}
    assert doubtful == {f"s{number}" for number in [*range(6, 40), 50]}


@given(data=st.data())
def test_the_order_within_a_series_does_not_matter(data: st.DataObject) -> None:
    told = [occurrence(number) for number in range(4)]
    told += [occurrence(1, cancelled=True, minute=9), replace(occurrence(3), at=datetime(2026, 3, 2, tzinfo=UTC))]
    told += data.draw(st.lists(st.sampled_from(told), max_size=3))
    ends = []
    for order in (told, data.draw(st.permutations(told))):
        world = MemoryWorld()
        for said in order:
            world.apply(decide(world, said))
        ends.append(world.visible())
    assert ends[0] == ends[1]
