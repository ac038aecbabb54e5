"""The .ics: what a calendar makes of it, and what strangers' text cannot make of it."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from booking_tui.domain.booking import Attendee, BookingStatus
from booking_tui.ports.mail import MailSubjectMatter
from booking_tui.services.mail.calendar_file import calendar_file
from booking_tui.services.mail.samples import SAMPLE_NOW, SAMPLE_PRACTICE, SAMPLE_START, preview
from booking_tui.services.mail.view import Place, Practice
from booking_tui.services.mail.writing import MailWriter
from tests.services.mail.house import IN_30_H, House

WRITER = MailWriter(SAMPLE_PRACTICE)
UID = "8Kd2hVq7mLpXw3tRz5nBcY"


def about(matter: MailSubjectMatter, **changes: object) -> MailSubjectMatter:
    assert matter.booking is not None
    return replace(matter, booking=replace(matter.booking, **changes))  # type: ignore[arg-type]


def file_of(matter: MailSubjectMatter) -> bytes:
    raw = WRITER.write(matter).calendar_file
    assert raw is not None
    return raw


def lines_of(raw: bytes) -> list[str]:
    """Give the unfolded lines, by the letter of RFC 5545."""
    return raw.decode().replace("\r\n ", "").split("\r\n")


def event_of(raw: bytes) -> Any:
    (event,) = Calendar.from_ical(raw).events
    return event


def test_a_confirmation_by_the_letter() -> None:
    assert lines_of(file_of(preview("confirmation", "en"))) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//booking_tui//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "SUMMARY;LANGUAGE=en:Appointment with Practice Example",
        "DTSTART:20270304T140000Z",
        "DTEND:20270304T145000Z",
        "DTSTAMP:20270303T093000Z",
        f"UID:{UID}@Cal.com",
        "SEQUENCE:0",
        "CLASS:PRIVATE",
        "LOCATION:https://meet.google.com/abc-defg-hij",
        'ORGANIZER;CN="Practice Example":mailto:desk@example.com',
        "STATUS:CONFIRMED",
        "URL:https://meet.google.com/abc-defg-hij",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_move_is_the_same_event_with_a_higher_sequence() -> None:
    confirmed, moved = preview("confirmation", "en"), preview("moved", "en")
    first, second = lines_of(file_of(confirmed)), lines_of(file_of(moved))
    assert f"UID:{UID}@Cal.com" in first and f"UID:{UID}@Cal.com" in second
    assert "SEQUENCE:0" in first and "SEQUENCE:1" in second


@pytest.mark.parametrize(
    ("ical_uid", "before_uid", "expected"),
    [
        ("known@Google.com", "known@Google.com", "known@Google.com"),
        (None, "older@Cal.com", "older@Cal.com"),
        (None, None, "3Zq9@Cal.com"),
        ("evil\r\nATTENDEE:mailto:x@y", None, "evil ATTENDEE:mailto:x@y"),
    ],
)
def test_the_uid_is_the_one_that_calendars_know(ical_uid: str | None, before_uid: str | None, expected: str) -> None:
    matter = about(preview("moved", "en"), ical_uid=ical_uid)
    assert matter.before is not None
    matter = replace(matter, before=replace(matter.before, ical_uid=before_uid))
    assert f"UID:{expected}" in lines_of(file_of(matter))


def test_without_anything_known_the_uid_is_made_as_cal_com_makes_it() -> None:
    assert f"UID:{UID}@Cal.com" in lines_of(file_of(about(preview("confirmation", "en"), ical_uid=None)))


def test_what_is_cancelled_says_so() -> None:
    assert "STATUS:CANCELLED" in lines_of(file_of(preview("cancelled", "de")))
    assert "METHOD:PUBLISH" in lines_of(file_of(preview("cancelled", "de")))
    late = about(preview("confirmation", "en"), status=BookingStatus.CANCELLED)
    assert "STATUS:CANCELLED" in lines_of(file_of(late))


def test_it_is_in_the_guests_language_and_holds_no_alarm() -> None:
    lines = lines_of(file_of(preview("confirmation", "de")))
    assert "SUMMARY;LANGUAGE=de:Termin bei Practice Example" in lines
    assert not any("VALARM" in line or "VTIMEZONE" in line for line in lines)


def test_the_end_may_be_unknown_and_the_practice_without_address() -> None:
    matter = about(preview("confirmation", "en"), end=None, location=None, meeting_url=None)
    raw = calendar_file(matter, Practice("P"), title="T", place=None)
    assert raw is not None
    text = raw.decode()
    assert "DTEND" not in text and "ORGANIZER" not in text and "LOCATION" not in text
    assert calendar_file(about(matter, start=None), Practice("P"), title="T", place=None) is None
    assert calendar_file(replace(matter, booking=None), Practice("P"), title="T", place=None) is None


def test_the_stamp_is_now_and_a_negative_sequence_is_none() -> None:
    matter = replace(about(preview("confirmation", "en"), ical_sequence=-3), now=SAMPLE_NOW + timedelta(seconds=1.5))
    lines = lines_of(file_of(matter))
    assert "DTSTAMP:20270303T093001Z" in lines and "SEQUENCE:0" in lines


def test_what_is_published_asks_nobody_and_names_no_guest() -> None:
    assert not [line for line in lines_of(file_of(preview("confirmation", "en"))) if line.startswith("ATTENDEE")]


strange = st.text(max_size=200) | st.sampled_from(
    [
        "x\r\nATTENDEE:mailto:evil@example.com",
        "a\nBEGIN:VEVENT",
        'q"uo;te,s\\n',
        "\u202eabc",
        "ü" * 90,
        "👩‍💻" * 40,
        "\x00\x07",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    name=strange,
    practice=strange,
    place=strange,
    uid=st.text(min_size=1, max_size=100),
    start=st.integers(0, 7_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    minutes=st.integers(1, 3000),
)
def test_whatever_people_write_the_file_holds_one_event(
    name: str, practice: str, place: str, uid: str, start: datetime, minutes: int
) -> None:
    matter = about(
        preview("confirmation", "en"), start=start, end=start + timedelta(minutes=minutes), uid=uid, ical_uid=uid
    )
    matter = replace(matter, recipient=Attendee(name, "ada@example.com"))
    raw = calendar_file(
        matter, Practice(practice, "desk@example.com"), title=f"Appointment with {practice}", place=Place(place, "")
    )
    assert raw is not None
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert b"\r" not in raw.replace(b"\r\n", b"") and b"\n" not in raw.replace(b"\r\n", b"")
    names = [line.split(":")[0].split(";")[0] for line in lines_of(raw)]
    for once in ("BEGIN", "END"):
        assert names.count(once) == 2
    for once in ("UID", "SUMMARY", "ORGANIZER", "DTSTART", "METHOD", "STATUS"):
        assert names.count(once) == 1, once
    event = event_of(raw)
    assert event.decoded("dtstart") == start


@pytest.mark.parametrize(("name", "shown"), [('Ada "C" L', "Ada 'C' L"), ("Ada\\", "Ada/"), ("a^'b^n", "a^'b^n")])
def test_what_no_calendar_can_read_in_a_name_is_replaced(name: str, shown: str) -> None:
    raw = calendar_file(preview("confirmation", "en"), Practice(name, "desk@example.com"), title="T", place=None)
    assert raw is not None
    assert event_of(raw)["organizer"].params["cn"] == shown


def test_plain_names_come_back_as_they_were() -> None:
    for name in ("Zoë Ångström", "Ada 'Countess' Lovelace", "Müller; Söhne, & Co", "山田 太郎", "a: b"):
        matter = preview("confirmation", "en")
        matter = replace(matter, recipient=replace(matter.recipient, name=name))
        raw = calendar_file(matter, Practice(name, "desk@example.com"), title=name, place=Place(name, ""))
        assert raw is not None
        event = event_of(raw)
        assert event["organizer"].params["cn"] == name
        assert str(event["location"]) == name and str(event["summary"]) == name
        assert event.decoded("dtstart") == SAMPLE_START


# -- a meeting that moves from booking to booking --------------------------------------------------------------------


def told(house: House, uid: str, kind: str) -> tuple[str, int]:
    """The UID and the SEQUENCE of the file that an email carried."""
    [attached] = house.body(house.email(kind, uid))["attachments"]
    event = event_of(base64.b64decode(attached["content"]))
    return str(event["uid"]), int(event["sequence"])


def chain_of(house: House, *calendars: tuple[str | None, int | None]) -> list[tuple[str, int]]:
    """Book, and move as often as there are more iCalUIDs and iCalSequences; gives what each email told."""
    house.want(reminders=())
    for number, (uid, sequence) in enumerate(calendars, start=1):
        moved = {"trigger": "BOOKING_RESCHEDULED", "rescheduleUid": f"bk-{number - 1}"} if number > 1 else {}
        start = IN_30_H + number * timedelta(days=1)
        house.book(f"bk-{number}", start=start, iCalUID=uid, iCalSequence=sequence, **moved)
        house.send()
        house.later(minutes=5)
    return [told(house, f"bk-{n}", "moved" if n > 1 else "confirmation") for n in range(1, len(calendars) + 1)]


def test_however_often_it_moves_it_is_one_event_in_calendars(house: House) -> None:
    first = "bk-1@Cal.com"
    assert chain_of(house, *[(None, None)] * 4) == [(first, 0), (first, 1), (first, 2), (first, 3)]


def test_what_cal_com_leaves_out_is_taken_from_the_moves_before(house: House) -> None:
    first = "known@example.com"
    assert chain_of(house, (first, 2), (None, None), (None, None), (None, 7), (None, 3)) == [
        *((first, 2), (first, 3), (first, 4), (first, 7), (first, 7)),
    ]


@pytest.mark.parametrize("sequence", [2**31, 2**40, 2**63, 2**70])
def test_a_sequence_that_no_calendar_can_read_says_nothing(house: House, sequence: int) -> None:
    first = "bk-1@Cal.com"
    assert chain_of(house, (first, sequence), (None, 2**31 - 1), (None, None)) == [
        *((first, 0), (first, 2**31 - 1), (first, 2**31 - 1)),
    ]


def test_the_first_booking_gives_the_name_even_where_it_is_not_known_here(house: House) -> None:
    house.want(reminders=())
    house.book("bk-2", trigger="BOOKING_RESCHEDULED", rescheduleUid="bk-1", iCalUID=None, iCalSequence=None)
    house.send()
    assert told(house, "bk-2", "moved")[0] == "bk-1@Cal.com"
