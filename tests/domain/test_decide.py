"""Deciding on bookings that have no memory yet, and the rules that no provider's wording touches."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.decide import as_brought, decide, readdress
from booking_tui.domain.event import BookingEvent, Details, EventKind, Origin
from booking_tui.domain.registers import Stamper, plain
from tests.domain.world import MemoryWorld

START = datetime(2026, 3, 4, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
ELI = Attendee("Eli Marsh", "Eli@Example.com", "Europe/London")


def event(kind: EventKind, uid: str = "A", minute: int = 0, **more: object) -> BookingEvent:
    made = datetime(2026, 3, 1, 9, minute, tzinfo=UTC)
    return replace(BookingEvent(kind=kind, uid=uid, trigger=kind.upper(), at=made), **more)


def details(start: datetime = START, **more: object) -> Details:
    return replace(Details(title="Therapy", start=start, end=start + HOUR, attendees=(ELI,)), **more)


def test_a_booking_that_came_with_fields_alone_keeps_them() -> None:
    stored = Booking(
        "A",
        status=BookingStatus.ACCEPTED,
        title="Therapy",
        start=START,
        end=START + HOUR,
        attendees=(replace(ELI, absent=True),),
        zone="Europe/London",
        needs_reread=True,
        ical_sequence=1,
    )
    world = MemoryWorld(stored)
    world.apply(decide(world, event(EventKind.MEETING_STARTED)))
    assert world.visible()["A"] == replace(stored, meeting_started=True)
    assert world.told() == ["meeting_started"]


@pytest.mark.parametrize("status", [BookingStatus.CANCELLED, BookingStatus.REJECTED, BookingStatus.RESCHEDULED])
def test_a_closed_booking_without_memory_stays_closed(status: BookingStatus) -> None:
    followed = "B" if status is BookingStatus.RESCHEDULED else None
    stored = Booking("A", status=status, start=START, end=START + HOUR, rescheduled_to=followed, rescheduled_from="0")
    world = MemoryWorld(stored)
    world.apply(decide(world, event(EventKind.CREATED, status=BookingStatus.ACCEPTED, details=details())))
    found = world.visible()["A"]
    assert (found.status, found.rescheduled_from, found.rescheduled_to) == (status, "0", followed)
    assert found.title == "Therapy"


def test_status_only_climbs() -> None:
    world = MemoryWorld()
    order = [BookingStatus.CANCELLED, BookingStatus.ACCEPTED, BookingStatus.PENDING, BookingStatus.REJECTED]
    for minute, status in enumerate(order):
        world.apply(decide(world, event(EventKind.DETAILS, minute=minute, status=status, details=details())))
    assert world.bookings["A"].status is BookingStatus.CANCELLED
    assert world.told() == ["cancelled"]


def test_absent_fields_erase_nothing() -> None:
    full = details(notes="n", location="here", meeting_url="https://x.example.com", organizer_email="ada@example.com")
    world = MemoryWorld()
    world.apply(decide(world, event(EventKind.CREATED, status=BookingStatus.ACCEPTED, details=full)))
    before = world.visible()
    world.apply(decide(world, event(EventKind.DETAILS, minute=9)))
    assert world.visible() == before
    assert world.told() == ["created"]


def test_a_higher_sequence_number_wins_over_a_later_time() -> None:
    world = MemoryWorld()
    for minute, sequence, title in ((1, 2, "second change"), (9, 1, "first change")):
        said = event(EventKind.DETAILS, minute=minute, sequence=sequence, details=details(title=title))
        world.apply(decide(world, said))
    assert world.bookings["A"].title == "second change"
    assert world.bookings["A"].ical_sequence == 2


def test_moves_in_a_ring_end() -> None:
    world = MemoryWorld()
    for uid, origin in (("A", "B"), ("B", "A")):
        said = event(EventKind.MOVED, uid, status=BookingStatus.ACCEPTED, details=details(), origin=Origin(origin))
        world.apply(decide(world, said))
    assert {booking.status for booking in world.bookings.values()} == {BookingStatus.RESCHEDULED}


def test_addresses_are_compared_without_case() -> None:
    world = MemoryWorld()
    world.apply(decide(world, event(EventKind.CREATED, details=details(), status=BookingStatus.ACCEPTED)))
    world.apply(decide(world, event(EventKind.ATTENDANCE, minute=5, attendance=(("ELI@example.COM", True),))))
    assert world.bookings["A"].attendees == (replace(ELI, absent=True),)
    assert world.changes[-1].changes == {"no_shows": ([], ["Eli Marsh <Eli@Example.com>"])}


def test_a_guest_without_an_address_is_known_by_phone_or_name() -> None:
    people = (Attendee("Kim", "", phone="+1"), Attendee("Lou", ""))
    world = MemoryWorld()
    world.apply(
        decide(world, event(EventKind.CREATED, details=details(attendees=people), status=BookingStatus.ACCEPTED))
    )
    assert world.bookings["A"].attendees == people


def test_a_corrected_address_is_one_guests() -> None:
    eli, ann, other = ELI, replace(ELI, name="Ann"), replace(ELI, name="Eli Marsh", email="else@example.com")
    world = MemoryWorld()
    for uid, guest in (("A", eli), ("B", ann), ("C", other)):
        known = event(EventKind.CREATED, uid, details=details(attendees=(guest,)), status=BookingStatus.ACCEPTED)
        world.apply(decide(world, known))
    world.corrections["eli@example.com", "eli marsh"] = "eli@right.example"
    found = {uid: readdress(world, booking).attendees[0].email for uid, booking in world.bookings.items()}
    assert found == {"A": "eli@right.example", "B": ELI.email, "C": "else@example.com"}
    corrected = readdress(world, world.bookings["A"])
    assert as_brought(corrected) == (ELI,)
    # What Cal.com says later is corrected as well.
    world.apply(decide(world, event(EventKind.MEETING_STARTED, "A", minute=1)))
    assert world.bookings["A"].attendees[0].email == "eli@right.example"


def test_a_late_seat_event_makes_a_group_of_all_who_came() -> None:
    fay = Attendee("Fay", "fay@example.com")
    world = MemoryWorld()
    world.apply(decide(world, event(EventKind.CREATED, details=details(), status=BookingStatus.ACCEPTED)))
    joined = event(
        EventKind.CREATED, minute=3, details=details(attendees=(fay,), seats=4), status=BookingStatus.ACCEPTED
    )
    world.apply(decide(world, joined))
    assert world.bookings["A"].attendees == (ELI, fay)
    assert world.told() == ["created", "seat_joined", "details_changed"]


def test_stamps_order_by_strength_then_sequence_then_time_then_value() -> None:
    early, late = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    ordered = [
        Stamper.of(late, 9, weak=True),
        Stamper.of(None, None, weak=False),
        Stamper.of(early, 0, weak=False),
        Stamper.of(late, 0, weak=False),
        Stamper.of(early, 1, weak=False),
        Stamper.of(early, 2**62, weak=False),
    ]
    stamps = [stamper.stamp("x") for stamper in ordered]
    assert stamps == sorted(stamps)
    assert len({len(stamp) for stamp in stamps}) == 1
    assert ordered[0].stamp("x") != ordered[0].stamp("y")


def test_what_has_no_plain_form_is_an_error() -> None:
    with pytest.raises(TypeError):
        plain(object())
