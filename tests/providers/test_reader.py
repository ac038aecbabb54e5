"""Every trigger in both payload versions, and every way in which a body can be of no use."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_tui.domain.booking import Answer, Booking, BookingStatus, Payment
from booking_tui.domain.instants import to_second_text
from booking_tui.providers.calcom.events import TRIGGERS
from booking_tui.providers.calcom.reader import dedup_key, interpret, trigger_of
from tests.domain.world import MemoryWorld
from tests.providers.payloads import at, body, booking, flat, made, no_show, person, play, wire, without
from tests.providers.stories import LATER, OLD_TIMES, cancel, create, move, pay, relocate, request, seat

ICS = {"attendeeIcsContent": "BEGIN:VCALENDAR\nEND:VCALENDAR", "organizerIcsContent": "BEGIN:VCALENDAR\nEND:VCALENDAR"}


@pytest.fixture
def world() -> MemoryWorld:
    return MemoryWorld()


def known(world: MemoryWorld, uid: str = "A") -> Booking:
    found = world.booking(uid)
    assert found is not None
    return found


@pytest.mark.parametrize("extra", [{}, ICS], ids=["2021-10-20", "2026-07-27"])
@pytest.mark.parametrize(
    ("trigger", "said", "status", "action"),
    [
        ("BOOKING_CREATED", "ACCEPTED", "accepted", "created"),
        ("BOOKING_CREATED", "PENDING", "pending", "requested"),
        ("BOOKING_REQUESTED", "PENDING", "pending", "requested"),
        ("BOOKING_REQUESTED", "ACCEPTED", "pending", "requested"),
        ("BOOKING_REJECTED", "REJECTED", "rejected", "rejected"),
        ("BOOKING_CANCELLED", "CANCELLED", "cancelled", "cancelled"),
        ("BOOKING_CANCELLED", "ACCEPTED", "cancelled", "cancelled"),
        ("BOOKING_RESCHEDULED", "ACCEPTED", "accepted", "moved"),
        ("BOOKING_LOCATION_UPDATED", "ACCEPTED", "accepted", "created"),
        ("BOOKING_REASSIGNED", "ACCEPTED", "accepted", "created"),
        ("MEETING_STARTED", "ACCEPTED", "accepted", "created"),
    ],
)
def test_a_first_event_makes_the_booking(
    world: MemoryWorld, trigger: str, said: str, status: str, action: str, extra: dict[str, str]
) -> None:
    decision = play(world, body(trigger, booking("A", status=said, **extra)))
    found = known(world)
    assert found.status == status
    assert found.start is not None
    assert to_second_text(found.start) == "2026-03-04T14:00:00Z"
    assert [a.email for a in found.attendees] == ["eli@example.com"]
    assert (found.title, found.event_type, found.event_title, found.event_type_id) == (
        "Therapy between Ada Host and Eli Marsh",
        "therapy",
        "Therapy",
        7,
    )
    assert (found.organizer_email, found.ical_uid, found.ical_sequence) == (
        "ada@example.com",
        "series-1@Cal.example",
        0,
    )
    assert world.told()[0] == action
    assert (decision.booking_uid, decision.trigger) == ("A", trigger)


def test_details_of_a_full_payload(world: MemoryWorld) -> None:
    answers = {
        "name": {"label": "your_name", "value": "Eli Marsh"},
        "topic": {"label": "reason_for_visit", "value": "sleep"},
        "first": {"label": "First time?", "value": True},
        "tags": {"label": "Tags", "value": ["a", 2, None, "b"]},
        "place": {"label": "Where", "value": {"value": "x", "optionValue": "Room 2"}},
        "empty": {"label": "Nothing"},
    }
    play(
        world,
        create(
            "A",
            0,
            additionalNotes="  I am late\u0000 sometimes ",
            responses=answers,
            attendees=[person(phoneNumber="+44 20"), person("Gus Ito", timeZone="../etc/passwd"), "junk", {}],
            metadata={"videoCallUrl": "https://video.example.com/A"},
            appsStatus=[
                {"appName": "Google Calendar", "success": 0, "failures": 1},
                {"appName": "Cal Video", "success": 1, "failures": 0},
            ],
        ),
    )
    found = known(world)
    assert found.notes == "I am late\ufffd sometimes"
    assert found.answers == (
        Answer("topic", "Reason for visit", "sleep"),
        Answer("first", "First time?", "yes"),
        Answer("tags", "Tags", "a, 2, b"),
        Answer("place", "Where", "Room 2"),
    )
    assert [(a.name, a.zone, a.phone, a.locale) for a in found.attendees] == [
        ("Eli Marsh", "Europe/London", "+44 20", "en"),
        ("Gus Ito", None, None, "en"),
    ]
    assert (found.zone, found.location, found.meeting_url) == (
        "Europe/London",
        "Cal Video",
        "https://video.example.com/A",
    )
    assert found.failed_apps == ("Google Calendar",)
    assert found.booking_page == "https://app.example.com/booking/A"


@pytest.mark.parametrize(
    ("fields", "words", "link"),
    [
        ({"location": "integrations:google:meet"}, "Google Meet", None),
        ({"location": "integrations:some-new_tool"}, "Some new tool", None),
        ({"location": "Main Street 1"}, "Main Street 1", None),
        ({"location": "inPerson"}, "in person", None),
        ({"location": "https://us02.zoom.us/j/1"}, "Zoom", "https://us02.zoom.us/j/1"),
        ({"location": "https://[broken"}, "video call", "https://[broken"),
        ({"location": "javascript:alert(1)"}, "javascript:alert(1)", None),
        (
            {"location": "integrations:daily", "videoCallData": {"url": "https://v.example.com/r", "password": "p"}},
            "Cal Video",
            "https://v.example.com/r",
        ),
        ({"location": None, "metadata": {"videoCallUrl": "ftp://x"}}, None, None),
    ],
)
def test_places_are_put_in_words(world: MemoryWorld, fields: dict[str, Any], words: str, link: str) -> None:
    play(world, create("A", 0, **fields))
    assert (known(world).location, known(world).meeting_url) == (words, link)


def test_a_move_closes_the_old_booking_and_links_both(world: MemoryWorld) -> None:
    play(world, create("A", 0), move("B", "A", 9, **LATER))
    old, new = known(world), known(world, "B")
    assert (old.status, old.rescheduled_to) == (BookingStatus.RESCHEDULED, "B")
    assert (new.status, new.rescheduled_from) == (BookingStatus.ACCEPTED, "A")
    moved = world.changes[-1]
    assert world.told() == ["created", "moved"]
    assert moved.changes["start"] == ("2026-03-04T14:00:00.000Z", "2026-03-04T16:00:00.000Z")


def test_a_move_tells_what_it_knows_of_a_booking_never_seen(world: MemoryWorld) -> None:
    play(world, move("B", "A", 9, **LATER))
    old = known(world)
    assert (old.status, old.title, old.attendees[0].email) == (
        BookingStatus.RESCHEDULED,
        "Therapy between Ada Host and Eli Marsh",
        "eli@example.com",
    )
    assert old.start is not None
    assert to_second_text(old.start) == "2026-03-04T14:00:00Z"
    play(world, create("A", 0, title="The true title"))
    assert known(world).title == "The true title"
    assert world.told("A") == ["created"]


def test_a_move_without_hints_leaves_a_shell(world: MemoryWorld) -> None:
    payload = booking("B", iCalSequence=1, rescheduleUid="A", rescheduleStartTime="soon", **LATER)
    play(world, body("BOOKING_RESCHEDULED", payload))
    assert known(world).is_shell
    assert known(world).status is BookingStatus.RESCHEDULED


def test_a_booking_cannot_follow_itself(world: MemoryWorld) -> None:
    play(world, move("A", "A", 0))
    assert (known(world).rescheduled_from, known(world).status) == (None, BookingStatus.ACCEPTED)


def test_a_middle_booking_that_comes_late_is_linked_in(world: MemoryWorld) -> None:
    play(world, create("A", 0), move("C", None, 20, 2, **LATER))
    assert known(world, "C").rescheduled_from == "A"
    play(world, move("B", None, 10, 1))
    assert [known(world, uid).rescheduled_from for uid in "ABC"] == [None, "A", "B"]
    assert [known(world, uid).rescheduled_to for uid in "ABC"] == ["B", "C", None]


def test_two_bookings_of_one_number_are_not_guessed_between(world: MemoryWorld) -> None:
    play(world, create("A", 0), create("X", 1), move("B", None, 9))
    assert known(world, "B").rescheduled_from is None
    assert known(world).status is BookingStatus.ACCEPTED


def test_a_move_that_waits_for_a_yes(world: MemoryWorld) -> None:
    asked = request("B", 9, rescheduleUid="A", iCalSequence=1, **OLD_TIMES, **LATER)
    play(world, create("A", 0), asked)
    assert (known(world).status, known(world, "B").status) == (BookingStatus.RESCHEDULED, BookingStatus.PENDING)
    play(world, create("B", 12, iCalSequence=1, **LATER))
    assert known(world, "B").status is BookingStatus.ACCEPTED
    assert world.told() == ["created", "requested", "confirmed"]


def test_a_started_payment_confirms_nothing(world: MemoryWorld) -> None:
    play(world, request("A", 0), pay("BOOKING_PAYMENT_INITIATED", "A", 1))
    assert known(world).status is BookingStatus.PENDING
    assert known(world).payment == Payment("initiated", 9000, "EUR")
    play(world, pay("BOOKING_PAID", "A", 3))
    assert (known(world).status, known(world).payment) == (BookingStatus.ACCEPTED, Payment("paid", 9000, "EUR"))
    assert world.told() == ["requested", "payment_started", "confirmed", "paid"]


def test_a_payment_of_an_unknown_booking_is_kept(world: MemoryWorld) -> None:
    play(world, body("BOOKING_PAID", {"bookingUid": "A", "price": 500, "currency": "usd"}, made(5)))
    assert known(world).is_shell
    play(world, request("A", 0))
    assert known(world).payment == Payment("paid", 500, "USD")


def test_no_show_before_the_booking_and_cleared_later(world: MemoryWorld) -> None:
    play(world, no_show("A", "ELI@Example.com", True, made(60)))
    assert known(world).is_shell
    play(world, create("A", 0))
    assert known(world).attendees[0].absent
    play(world, no_show("A", "eli@example.com", False, made(70)), no_show("A", "eli@example.com", True, made(65)))
    assert not known(world).attendees[0].absent
    assert world.told() == ["no_show_set", "created", "no_show_cleared"]


@pytest.mark.parametrize("mark", [1, "true", None, []])
def test_a_mark_that_is_no_yes_or_no_is_skipped(world: MemoryWorld, mark: Any) -> None:
    play(world, create("A", 0), no_show("A", "eli@example.com", mark, made(60)))
    assert not known(world).attendees[0].absent


@pytest.mark.parametrize(
    ("more", "standing", "left"),
    [
        ({"attendees": [person("Fay Nguyen", id=4, bookingId=9)]}, True, True),
        ({"attendees": [person("Fay Nguyen")], "attendeeSeatId": "s-9"}, True, True),
        ({"attendees": [person("Fay Nguyen")]}, True, False),
        ({"attendees": [person("Fay Nguyen", id=4)], "cancelledBy": "ada@example.com"}, False, False),
        ({"attendees": [person(), person("Fay Nguyen")], "attendeeSeatId": "s-9"}, True, False),
    ],
)
def test_what_a_cancelled_seat_means(world: MemoryWorld, more: dict[str, Any], standing: bool, left: bool) -> None:
    play(world, seat("G", "Eli Marsh", 0), seat("G", "Fay Nguyen", 1), cancel("G", 9, seatsPerTimeSlot=6, **more))
    found = known(world, "G")
    assert (found.status is BookingStatus.ACCEPTED) is standing
    assert found.needs_reread is standing
    assert ("fay@example.com" not in [a.email for a in found.attendees]) is left


def test_a_seat_that_left_is_not_brought_back_by_its_late_arrival(world: MemoryWorld) -> None:
    gone = cancel("G", 9, seatsPerTimeSlot=6, attendees=[person("Fay Nguyen", id=1)])
    play(world, seat("G", "Eli Marsh", 0), gone, seat("G", "Fay Nguyen", 1))
    assert [a.email for a in known(world, "G").attendees] == ["eli@example.com"]
    play(world, seat("G", "Fay Nguyen", 15))
    assert [a.email for a in known(world, "G").attendees] == ["eli@example.com", "fay@example.com"]


def test_a_seat_that_moves_leaves_the_old_group_standing(world: MemoryWorld) -> None:
    taken = {"attendees": [person("Fay Nguyen")], "attendeeSeatId": "s-1", "iCalUID": "other"}
    play(world, seat("G", "Eli Marsh", 0), seat("G", "Fay Nguyen", 1))
    play(world, seat("H", "Gus Ito", 2, iCalUID="other"), move("H", "G", 9, seatsPerTimeSlot=6, **taken))
    old, new = known(world, "G"), known(world, "H")
    assert (old.status, old.rescheduled_to, old.needs_reread) == (BookingStatus.ACCEPTED, None, True)
    assert [a.name for a in old.attendees] == ["Eli Marsh"]
    assert [a.name for a in new.attendees] == ["Gus Ito", "Fay Nguyen"]
    assert world.told("G") == ["created", "seat_joined", "seat_left"]
    assert world.told("H") == ["created", "seat_joined"]


def test_what_a_newcomer_answered_is_told_with_their_joining(world: MemoryWorld) -> None:
    answers = {"topic": {"label": "Topic", "value": "sleep"}}
    play(world, seat("G", "Eli Marsh", 0), seat("G", "Fay Nguyen", 1, responses=answers, additionalNotes="hi"))
    assert world.told() == ["created", "seat_joined"]
    assert list(world.changes[-1].changes) == ["attendees", "notes", "answers"]


def test_the_host_asks_for_another_time(world: MemoryWorld) -> None:
    play(world, create("A", 0), cancel("A", 5, requestReschedule=True, cancellationReason="Please reschedule. Ill"))
    found = known(world)
    assert (found.status, found.reschedule_requested) == (BookingStatus.CANCELLED, True)
    assert found.cancellation_reason == "Please reschedule. Ill"
    assert world.told() == ["created", "reschedule_requested"]


def test_a_new_place_takes_the_old_link_away(world: MemoryWorld) -> None:
    meta = {"videoCallUrl": "https://video.example.com/A"}
    play(world, create("A", 0, metadata=meta), relocate("A", 5, 1, location="Main Street 1", metadata=meta))
    assert (known(world).location, known(world).meeting_url) == ("Main Street 1", None)
    assert world.told() == ["created", "location_changed"]
    play(world, cancel("A", 9, iCalSequence=2, location="Main Street 1"))
    assert world.told()[-1] == "cancelled"


@pytest.mark.parametrize("trigger", ["MEETING_STARTED", "MEETING_ENDED"])
def test_meetings_flat_and_wrapped(world: MemoryWorld, trigger: str) -> None:
    play(world, create("A", 0, title="As booked"), flat(trigger, "A"))
    play(world, create("B", 0, iCalUID="x"), body(trigger, booking("B", title="Other", iCalUID="x"), made(99)))
    for uid in "AB":
        assert getattr(known(world, uid), trigger.lower())
        assert world.told(uid) == ["created", trigger.lower()]
    assert known(world).title == "As booked"


def test_recordings_are_kept_by_kind(world: MemoryWorld) -> None:
    ready = body("RECORDING_READY", {"uid": "A", "downloadLink": "https://x.example.com/r?token=1"}, made(9))
    links = {"transcription": [{"format": "srt", "link": "https://x.example.com/t"}, {"link": 3}, 7]}
    play(world, create("A", 0), ready, body("RECORDING_TRANSCRIPTION_GENERATED", {"uid": "A", "downloadLinks": links}))
    assert [recording.kind for recording in known(world).recordings] == ["recording", "transcript_srt"]
    assert world.told() == ["created", "recording_ready", "recording_ready"]


@pytest.mark.parametrize(
    ("trigger", "who"), [("AFTER_HOSTS_CAL_VIDEO_NO_SHOW", "host"), ("AFTER_GUESTS_CAL_VIDEO_NO_SHOW", "guest")]
)
def test_a_missed_call_is_history_only(world: MemoryWorld, trigger: str, who: str) -> None:
    missed = body(trigger, {"bookingUid": "A", "attendees": [{"email": "eli@example.com", "noShow": True}]}, made(60))
    play(world, create("A", 0), missed, missed)
    assert not known(world).attendees[0].absent
    assert world.told() == ["created", "video_no_show"]
    assert world.changes[-1].changes == {"missed_by": (None, who)}


def test_out_of_office_blocks_time_once(world: MemoryWorld) -> None:
    entry = {"id": 4, "uuid": "u-1", "start": "2026-03-05T00:00:00+01:00", "end": "2026-03-07T23:59:59+01:00"}
    said = {"notes": "Lisbon", "reason": {"emoji": "x", "reason": "ooo_reasons_vacation"}}
    away = body("OOO_CREATED", {"oooEntry": {**entry, **said}})
    play(world, away, away)
    block = world.blocks["ooo:u-1"]
    assert (to_second_text(block.start), to_second_text(block.end)) == ("2026-03-04T23:00:00Z", "2026-03-07T23:00:00Z")
    assert block.summary == "Vacation: Lisbon"
    assert world.told() == ["out_of_office"]


@pytest.mark.parametrize(
    "entry", [None, {}, {"id": 1, "start": at("10:00")}, {"id": 1, "start": at("11:00"), "end": at("10:00")}]
)
def test_out_of_office_without_sense_is_parked(world: MemoryWorld, entry: Any) -> None:
    decision = play(world, body("OOO_CREATED", {"oooEntry": entry}))
    assert decision.parked
    assert not world.blocks


def test_a_cancelled_occurrence_casts_doubt_on_the_later_ones(world: MemoryWorld) -> None:
    series = {"recurringEvent": {"freq": 2, "count": 3, "interval": 1}}
    days = ("2026-03-04", "2026-03-11", "2026-03-18")
    times = [{"start": at("14:00", day), "end": at("14:50", day)} for day in days]
    play(world, create("S1", 0, iCalUID="1", **series, **times[0]), create("S3", 0, iCalUID="3", **series, **times[2]))
    play(world, cancel("S2", 5, iCalUID="2", **series, **times[1]))
    assert [known(world, uid).needs_reread for uid in ("S1", "S2", "S3")] == [False, False, True]
    assert world.told("S3") == ["created", "needs_reread"]


# What changes nothing


@pytest.mark.parametrize(
    "trigger", ["PING", "FORM_SUBMITTED", "INSTANT_MEETING", "DELEGATION_CREDENTIAL_ERROR", "SOMETHING_NEW"]
)
def test_events_without_effect_are_ignored_with_words(world: MemoryWorld, trigger: str) -> None:
    decision = play(world, body(trigger, {"uid": "A"}))
    assert decision.ignored
    assert decision.trigger == trigger
    assert not world.bookings
    assert ("unknown" in decision.ignored) is (trigger not in TRIGGERS)


def test_answers_copied_to_the_root_cannot_pose_as_an_event(world: MemoryWorld) -> None:
    form = {"triggerEvent": "FORM_SUBMITTED", "createdAt": made(0), "payload": {}, "uid": "A", "status": "ACCEPTED"}
    assert play(world, wire(form)).ignored


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b"false", "template"),
        (b"null", "not an object"),
        (b"[]", "not an object"),
        (b"{}", "no triggerEvent"),
        (b'{"triggerEvent": 7}', "no triggerEvent"),
        (b'{"triggerEvent": "BOOKING_CREATED"', "line 1"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a": "\xff"}', "not UTF-8"),
        ("{}".encode("utf-16"), "not UTF-8"),
        ("{}".encode("utf-16-le"), "not JSON"),
        (b'{"a": NaN}', "NaN"),
        (b"[" * 100_000, "deeper than 32"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "deeper than 32"),
        (b'"' + b'\\"' * 100_000, "not JSON"),
    ],
    ids=range(15),
)
def test_unusable_bodies_are_parked_with_a_reason(world: MemoryWorld, raw: bytes, reason: str) -> None:
    decision = play(world, raw)
    assert reason in (decision.parked or "")
    assert not decision.bookings


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (None, "names no booking"),
        ({}, "names no booking"),
        ({"uid": 5}, "names no booking"),
        (booking("A", startTime="tomorrow"), "startTime cannot be read: “tomorrow”"),
        (booking("A", startTime="2026-03-04T14:00:00"), "startTime cannot be read"),
        (booking("A", startTime="0001-01-01T00:00:00+14:00"), "startTime cannot be read"),
        (booking("A", endTime=17), "endTime is not a text"),
        (without(booking("A"), "startTime"), "no startTime"),
        (without(booking("A"), "endTime", "length"), "no endTime"),
        (booking("A", start=at("15:00"), end=at("14:00")), "is before startTime"),
        (without(booking("A", startTime="9999-12-31T23:59:00Z"), "endTime"), "startTime is not between 1900 and 3000"),
        (booking("A", startTime="0001-01-01T00:00:00Z"), "startTime is not between 1900 and 3000"),
        (booking("A", endTime="9999-12-30T00:00:00Z"), "endTime is not between 1900 and 3000"),
    ],
    ids=range(13),
)
def test_unusable_bookings_are_parked_with_a_reason(world: MemoryWorld, payload: Any, reason: str) -> None:
    decision = play(world, body("BOOKING_CREATED", payload))
    assert reason in (decision.parked or "")
    assert not world.bookings


def test_an_end_may_follow_from_the_length(world: MemoryWorld) -> None:
    play(world, body("BOOKING_CREATED", without(booking("A"), "endTime")))
    end = known(world).end
    assert end is not None
    assert to_second_text(end) == "2026-03-04T14:50:00Z"


@pytest.mark.parametrize(
    "junk", [7, -1.5, True, "x" * 100_000, [], {}, [[]], {"a": None}, "\ud800\u0000", 2**63, 10**400], ids=range(11)
)
def test_fields_of_odd_types_are_never_fatal(world: MemoryWorld, junk: Any) -> None:
    names = set(booking("A")) - {"uid", "startTime", "endTime"} | {
        *(
            "responses",
            "metadata",
            "videoCallData",
            "recurringEvent",
            "appsStatus",
            "price",
            "currency",
            "rescheduleUid",
        ),
        *("additionalNotes", "userFieldsResponses", "cancellationReason", "attendeeSeatId"),
    }
    for trigger in ("BOOKING_CREATED", "BOOKING_CANCELLED", "BOOKING_PAID", "MEETING_STARTED"):
        for name in sorted(names):
            raw = json.dumps({"triggerEvent": trigger, "createdAt": made(0), "payload": {**booking("A"), name: junk}})
            decision = play(world, raw.encode())
            assert decision.parked is None
    for found in world.bookings.values():
        text = repr(found)
        assert "\\ud800" not in text
        assert "\\x00" not in text
        assert len(found.title) <= 1000


def test_whole_numbers_may_come_as_decimals_and_links_have_a_limit(world: MemoryWorld) -> None:
    play(world, create("A", 0, eventTypeId=12.0, metadata={"videoCallUrl": "https://x.example.com/" + "a" * 5000}))
    assert (known(world).event_type_id, known(world).meeting_url) == (12, None)


class _BrokenWorld(MemoryWorld):
    def booking(self, uid: str) -> Booking | None:
        raise OSError("disk gone")


def test_trouble_of_the_world_is_not_blamed_on_the_event() -> None:
    with pytest.raises(OSError, match="disk gone"):
        interpret(create("A", 0), {}, _BrokenWorld(), False)


def test_of_a_key_given_twice_the_last_counts(world: MemoryWorld) -> None:
    raw = body("BOOKING_CREATED", booking("A")).replace(b'"length":50', b'"title":"Second","length":50')
    play(world, raw)
    assert known(world).title == "Second"


# Tests on a real home


def test_a_test_event_marks_its_booking_and_a_real_one_clears_the_mark(world: MemoryWorld) -> None:
    play(world, request("A", 0), test=True)
    assert known(world).test
    play(world, create("A", 5))
    assert not known(world).test


def test_a_test_event_never_touches_a_real_booking(world: MemoryWorld) -> None:
    play(world, create("A", 0))
    before = dict(world.bookings)
    for raw in (cancel("A", 5), move("B", "A", 6, **LATER)):
        decision = play(world, raw, test=True)
        assert "real booking" in (decision.parked or "")
    assert world.bookings == before
    play(world, move("B", None, 6, **LATER), test=True)
    assert (known(world).status, known(world, "B").rescheduled_from) == (BookingStatus.ACCEPTED, None)


def test_a_test_absence_blocks_no_time(world: MemoryWorld) -> None:
    entry = {"id": 4, "start": at("10:00"), "end": at("12:00")}
    assert play(world, body("OOO_CREATED", {"oooEntry": entry}), test=True).ignored
    assert not world.blocks


# Labels and keys


@pytest.mark.parametrize(
    ("raw", "label"),
    [
        (create("A", 0), "BOOKING_CREATED"),
        (b' {\n "triggerEvent" : "PING" }', "PING"),
        (b'{"createdAt":"x","triggerEvent":"A B"}', "A B"),
        (b'{"triggerEvent":""}', None),
        (b'{"triggerEvent":5}', None),
        (b"false", None),
        (b"\xff", None),
        (b"[" * 70_000, None),
    ],
    ids=range(8),
)
def test_the_trigger_is_told_cheaply(raw: bytes, label: str | None) -> None:
    assert trigger_of(raw) == label


def test_the_same_bytes_have_the_same_key() -> None:
    assert dedup_key(create("A", 0)) == dedup_key(create("A", 0)) != dedup_key(create("A", 1))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(raw=st.binary(max_size=200))
def test_reading_never_raises_on_bytes(raw: bytes) -> None:
    decision = interpret(raw, {}, MemoryWorld(), False)
    assert decision.parked or decision.ignored
    trigger_of(raw)


@settings(max_examples=250, deadline=None)
@given(
    trigger=st.sampled_from(sorted(TRIGGERS)),
    fields=st.dictionaries(
        st.sampled_from([*booking("A"), "oooEntry", "responses", "downloadLinks"]), JUNK, max_size=5
    ),
    wrapped=st.booleans(),
)
def test_reading_never_raises_on_json(trigger: str, fields: dict[str, Any], wrapped: bool) -> None:
    payload = {**booking("A"), **fields}
    envelope = {"triggerEvent": trigger, "createdAt": fields.get("title", made(0))}
    raw = json.dumps({**envelope, "payload": payload} if wrapped else {**payload, **envelope}).encode()
    world = MemoryWorld()
    first = play(world, raw)
    assert first.trigger in {trigger, None}
    second = play(world, raw)
    assert not second.changes
    json.dumps([[c.booking_uid, c.action, c.changes] for c in first.changes], allow_nan=False).encode()


def test_a_payment_that_names_the_type_does_not_take_the_slug_away(world: MemoryWorld) -> None:
    paid = body("BOOKING_PAID", booking("A", type="Therapy Session", iCalSequence=9))
    play(world, body("BOOKING_CREATED", booking("A")), paid)
    assert (known(world).event_type, known(world).event_title) == ("therapy", "Therapy")
