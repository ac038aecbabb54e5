"""What guests read: subjects, times, places and links, in html and in plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import product

import pytest

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.mail.email import WITH_CALENDAR_FILE
from booking_tui.ports.mail import MailParts, MailSubjectMatter, TemplateBroken
from booking_tui.services.mail.rendering import KINDS
from booking_tui.services.mail.samples import SAMPLE_NOW, SAMPLE_PRACTICE, SAMPLE_START, preview, trials
from booking_tui.services.mail.writing import MailWriter, Practice

WRITER = MailWriter(SAMPLE_PRACTICE)
LANGUAGES = ("en", "en-US", "de")


def booking_of(matter: MailSubjectMatter) -> Booking:
    assert matter.booking is not None
    return matter.booking


def at(kind: str, start: datetime, *, minutes: int | None = 50, **guest: str | None) -> MailSubjectMatter:
    """Give a matter of a kind that begins at another time, for a guest with other traits."""
    matter = preview(kind, guest.get("locale", "en"), guest.get("zone", "Europe/Berlin"))
    end = None if minutes is None else start + timedelta(minutes=minutes)
    return replace(matter, booking=replace(booking_of(matter), start=start, end=end))


def about(matter: MailSubjectMatter, **changes: object) -> MailSubjectMatter:
    return replace(matter, booking=replace(booking_of(matter), **changes))  # type: ignore[arg-type]


def facts(parts: MailParts, lines: int = 2) -> list[str]:
    """Give the first lines about the appointment: they follow the greeting and the first sentence."""
    return parts.text.split("\n\n")[2].split("\n")[:lines]


@pytest.mark.parametrize(
    ("kind", "language", "subject"),
    [
        ("confirmation", "en", "Confirmed: your appointment on Thu 4 March, 15:00"),
        ("confirmation", "en-US", "Confirmed: your appointment on Thu, Mar 4, 3:00 PM"),
        ("confirmation", "de", "Bestätigt: Ihr Termin am Do., 4. März, 15:00 Uhr"),
        ("requested", "en", "Request received: Thu 4 March, 15:00"),
        ("requested", "de", "Anfrage eingegangen: Do., 4. März, 15:00 Uhr"),
        ("moved", "en", "New time: Thu 4 March, 15:00 (was Wed 3 March, 11:00)"),
        ("moved", "de", "Neuer Termin: Do., 4. März, 15:00 Uhr (bisher Mi., 3. März, 11:00 Uhr)"),
        ("cancelled", "en", "Cancelled: your appointment on Thu 4 March, 15:00"),
        ("cancelled", "en-US", "Canceled: your appointment on Thu, Mar 4, 3:00 PM"),
        ("cancelled", "de", "Abgesagt: Ihr Termin am Do., 4. März, 15:00 Uhr"),
        ("declined", "en", "Not possible: your request for Thu 4 March, 15:00"),
        ("reminder_24h", "en", "Tomorrow at 15:00: your appointment"),
        ("reminder_24h", "de", "Morgen um 15:00 Uhr: Ihr Termin"),
        ("follow_up", "en", "After your appointment on Thu 4 March"),
        ("custom", "de", "Zu Ihrem Termin am Do., 4. März, 15:00 Uhr"),
    ],
)
def test_a_subject_begins_with_the_fact(kind: str, language: str, subject: str) -> None:
    assert WRITER.subject(preview(kind, language)) == subject


@pytest.mark.parametrize(
    ("now", "zone", "begins"),
    [
        (SAMPLE_START - timedelta(minutes=60), "Europe/Berlin", "In 1 hour, at 15:00:"),
        (SAMPLE_START - timedelta(minutes=58), "Europe/Berlin", "In 1 hour, at 15:00:"),
        (SAMPLE_START - timedelta(minutes=29), "Europe/Berlin", "In 30 minutes, at 15:00:"),
        (SAMPLE_START - timedelta(minutes=7), "Europe/Berlin", "In 7 minutes, at 15:00:"),
        (SAMPLE_START - timedelta(seconds=20), "Europe/Berlin", "In 1 minute, at 15:00:"),
        (SAMPLE_START - timedelta(minutes=91), "Europe/Berlin", "Today at 15:00:"),
        (SAMPLE_START - timedelta(hours=14, minutes=59), "Europe/Berlin", "Today at 15:00:"),
        (SAMPLE_START - timedelta(hours=15, minutes=1), "Europe/Berlin", "Tomorrow at 15:00:"),
        # 14:00 UTC is 3:00 the next morning in Auckland: what is tomorrow depends on the guest.
        (SAMPLE_START - timedelta(hours=2), "Pacific/Auckland", "Today at 03:00:"),
        (SAMPLE_START - timedelta(hours=4), "Pacific/Auckland", "Tomorrow at 03:00:"),
        (SAMPLE_START - timedelta(hours=24), "Pacific/Honolulu", "Tomorrow at 4:00 AM:"),
        (SAMPLE_START - timedelta(days=3), "Europe/Berlin", "Thursday at 15:00:"),
        (SAMPLE_START - timedelta(days=6), "Europe/Berlin", "Thursday at 15:00:"),
        (SAMPLE_START - timedelta(days=7), "Europe/Berlin", "Thu 4 March at 15:00:"),
        (SAMPLE_START - timedelta(days=90), "Europe/Berlin", "Thu 4 March 2027 at 15:00:"),
        (SAMPLE_START + timedelta(days=1), "Europe/Berlin", "Thu 4 March at 15:00:"),
    ],
)
def test_a_reminder_says_how_near_it_is_by_the_guests_calendar(now: datetime, zone: str, begins: str) -> None:
    assert WRITER.subject(replace(preview("reminder", "en", zone), now=now)) == f"{begins} your appointment"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_what_it_is_about_is_in_a_subject_or_a_preview(kind: str, language: str) -> None:
    matter = about(
        preview(kind, language),
        title="Trauma therapy with Ada",
        event_title="Trauma therapy",
        event_type="trauma-therapy",
        notes="nightmares",
        location="Trauma ward",
        meeting_url=None,
        cancellation_reason=None,
    )
    parts = WRITER.write(matter)
    assert "trauma" not in parts.subject.lower()
    title = re.search(r"<title>(.*?)</title>", parts.html, re.DOTALL)
    assert title and "trauma" not in title[1].lower()
    preheader = re.search(r'class="preheader"[^>]*>([^<]*)', parts.html)
    assert preheader and "therapy" not in preheader[1].lower()
    assert "nightmares" not in parts.html + parts.text
    if parts.calendar_file is not None:
        assert b"therapy" not in parts.calendar_file.lower()


@pytest.mark.parametrize(
    ("start", "minutes", "zone", "expected"),
    [
        # The clocks go forward in Berlin on 28 March 2027 at 2:00, and back on 31 October at 3:00.
        ("2027-03-27T14:00", 50, "Europe/Berlin", ["Saturday, 27 March 2027, 15:00 – 15:50", "Berlin time, UTC+1"]),
        ("2027-03-28T14:00", 50, "Europe/Berlin", ["Sunday, 28 March 2027, 16:00 – 16:50", "Berlin time, UTC+2"]),
        (
            "2027-03-28T00:30",
            60,
            "Europe/Berlin",
            ["Sunday, 28 March 2027, 01:30 – 03:30", "Berlin time, UTC+1, at the end UTC+2"],
        ),
        (
            "2027-10-31T00:30",
            60,
            "Europe/Berlin",
            ["Sunday, 31 October 2027, 02:30 – 02:30", "Berlin time, UTC+2, at the end UTC+1"],
        ),
        ("2027-03-04T14:00", 50, "Asia/Kolkata", ["Thursday, 4 March 2027, 19:30 – 20:20", "Kolkata time, UTC+5:30"]),
        (
            "2027-03-04T14:00",
            50,
            "Asia/Kathmandu",
            ["Thursday, 4 March 2027, 19:45 – 20:35", "Kathmandu time, UTC+5:45"],
        ),
        (
            "2027-03-04T14:00",
            50,
            "America/St_Johns",
            ["Thursday, 4 March 2027, 10:30 – 11:20", "St. John's time, UTC−3:30"],
        ),
        (
            "2027-03-04T14:00",
            50,
            "Pacific/Kiritimati",
            ["Friday, 5 March 2027, 04:00 – 04:50", "Kiritimati time, UTC+14"],
        ),
        ("2027-03-04T14:00", 50, "Europe/London", ["Thursday, 4 March 2027, 14:00 – 14:50", "London time, UTC+0"]),
        ("2027-03-04T14:00", 50, "UTC", ["Thursday, 4 March 2027, 14:00 – 14:50", "UTC"]),
        (
            "2027-03-04T22:30",
            50,
            "Europe/Berlin",
            ["Thursday, 4 March 2027, 23:30 – 00:20 (Fri 5 March)", "Berlin time, UTC+1"],
        ),
        (
            "2027-12-31T22:30",
            50,
            "Europe/Berlin",
            ["Friday, 31 December 2027, 23:30 – 00:20 (Sat 1 January 2028)", "Berlin time, UTC+1"],
        ),
        ("2027-03-04T14:00", None, "Europe/Berlin", ["Thursday, 4 March 2027, 15:00", "Berlin time, UTC+1"]),
        ("2028-02-29T14:00", 50, "Europe/Berlin", ["Tuesday, 29 February 2028, 15:00 – 15:50", "Berlin time, UTC+1"]),
    ],
)
def test_the_time_is_the_guests_with_weekday_zone_and_offset(
    start: str, minutes: int | None, zone: str, expected: list[str]
) -> None:
    begins = datetime.fromisoformat(start).replace(tzinfo=UTC)
    parts = WRITER.write(at("confirmation", begins, minutes=minutes, zone=zone))
    assert facts(parts) == [f"When: {expected[0]}", expected[1]]
    assert expected[1] in unescape(parts.html)


@pytest.mark.parametrize(
    ("utc", "minutes", "shown"),
    [
        ("2027-03-04T15:00", 50, "9:00 – 9:50 AM"),
        ("2027-03-04T17:30", 60, "11:30 AM – 12:30 PM"),
        ("2027-03-04T18:00", 50, "12:00 – 12:50 PM"),
        ("2027-03-04T06:00", 50, "12:00 – 12:50 AM"),
        ("2027-03-05T05:30", 60, "11:30 PM – 12:30 AM (Fri, Mar 5)"),
        ("2027-03-04T06:30", 24 * 60, "12:30 AM – 12:30 AM (Fri, Mar 5)"),
    ],
)
def test_americans_get_a_clock_of_twelve_hours(utc: str, minutes: int, shown: str) -> None:
    start = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    for locale, zone in (("en-US", "America/Chicago"), ("en", "America/Chicago"), ("en_US", "America/Chicago")):
        parts = WRITER.write(at("confirmation", start, minutes=minutes, locale=locale, zone=zone))
        assert facts(parts, 1) == [f"When: Thursday, March 4, 2027, {shown}"]


def test_a_briton_in_chicago_keeps_his_clock() -> None:
    assert "15:00" in WRITER.subject(preview("confirmation", "en-GB", "Europe/Berlin"))
    assert "08:00" in WRITER.subject(preview("confirmation", "en-GB", "America/Chicago"))


def test_the_practices_time_follows_where_its_clock_shows_another() -> None:
    away = WRITER.write(preview("confirmation", "en", "Asia/Tokyo"))
    line = "That is Thu 4 March, 15:00 – 15:50 (Berlin time, UTC+1)."
    assert line in away.text and line in away.html.replace("\u00a0", " ")
    assert away.text.index("23:00 – 23:50") < away.text.index(line)
    for same in ("Europe/Berlin", "Europe/Vienna"):
        assert "That is" not in WRITER.write(preview("confirmation", "en", same)).text


def test_an_unknown_zone_is_said_and_the_subject_names_the_offset() -> None:
    for zone in (None, "Mars/Olympus", "../../etc/passwd", "Europe", ""):
        matter = preview("confirmation", "en")
        matter = replace(matter, recipient=replace(matter.recipient, zone=zone))
        matter = about(matter, zone=zone)
        parts = WRITER.write(matter)
        assert parts.subject == "Confirmed: your appointment on Thu 4 March, 15:00 (UTC+1)"
        said = "Your own time zone is not known here, so this is Berlin time, UTC+1."
        assert said in " ".join(parts.text.split()) and said in parts.html


def test_the_bookings_zone_is_the_bookers_and_nobody_elses() -> None:
    matter = preview("confirmation", "en", "Asia/Tokyo")
    booker = replace(matter.recipient, zone=None)
    second = Attendee("Bob", "bob@example.com")
    matter = about(matter, attendees=(booker, second))
    assert "23:00" in WRITER.subject(replace(matter, recipient=booker))
    assert "15:00 (UTC+1)" in WRITER.subject(replace(matter, recipient=second))


@pytest.mark.parametrize(
    ("guest", "practice", "begins"),
    [
        ("de", "en", "Bestätigt"),
        ("de-AT", "en", "Bestätigt"),
        ("DE_ch", "en", "Bestätigt"),
        ("en", "de", "Confirmed"),
        ("fr", "de", "Bestätigt"),
        ("fr", "en", "Confirmed"),
        ("fr", None, "Confirmed"),
        (None, "de-DE", "Bestätigt"),
        (None, None, "Confirmed"),
        ("", "de", "Bestätigt"),
        ("../de", "en", "Confirmed"),
        ("zz-ZZ-\r\n", None, "Confirmed"),
    ],
)
def test_the_guests_language_counts_then_the_practices(guest: str | None, practice: str | None, begins: str) -> None:
    writer = MailWriter(replace(SAMPLE_PRACTICE, locale=practice))
    parts = writer.write(preview("confirmation", guest))
    assert parts.subject.startswith(begins)
    assert f'lang="{"de" if begins == "Bestätigt" else "en"}"' in parts.html


CONFIRMED_EN = """\
Hello Ada Lovelace,

Your appointment is confirmed. I look forward to seeing you.

When: Thursday, 4 March 2027, 15:00 – 15:50
Berlin time, UTC+1

What: Introductory call, 50 minutes
Where: Google Meet
Join online: https://meet.google.com/abc-defg-hij

Has something come up?
Choose another time: https://app.cal.com/reschedule/8Kd2hVq7mLpXw3tRz5nBcY
Cancel the appointment:
https://app.cal.com/booking/8Kd2hVq7mLpXw3tRz5nBcY?cancel=true

For your calendar: open the attached file, or add it to Google Calendar:
https://calendar.google.com/calendar/render?action=TEMPLATE&text=Appointment+with+Practice+Example&dates=20270304T140000Z%2F20270304T145000Z&location=https%3A%2F%2Fmeet.google.com%2Fabc-defg-hij

Questions? Just answer this email.

Practice Example
desk@example.com
"""
CONFIRMED_DE = """\
Guten Tag Ada Lovelace,

Ihr Termin ist bestätigt. Ich freue mich auf Sie.

Wann: Donnerstag, 4. März 2027, 15:00 – 15:50 Uhr
Ortszeit Berlin, UTC+1

Was: Erstgespräch, 50 Minuten
Wo: Google Meet
Online teilnehmen: https://meet.google.com/abc-defg-hij

Ist etwas dazwischengekommen?
Anderen Termin wählen: https://app.cal.com/reschedule/8Kd2hVq7mLpXw3tRz5nBcY
Termin absagen: https://app.cal.com/booking/8Kd2hVq7mLpXw3tRz5nBcY?cancel=true

Für Ihren Kalender: Öffnen Sie die angehängte Datei, oder übernehmen Sie den
Termin in Google Kalender:
https://calendar.google.com/calendar/render?action=TEMPLATE&text=Termin+bei+Practice+Example&dates=20270304T140000Z%2F20270304T145000Z&location=https%3A%2F%2Fmeet.google.com%2Fabc-defg-hij

Fragen? Antworten Sie einfach auf diese E-Mail.

Practice Example
desk@example.com
"""


@pytest.mark.parametrize(("language", "text"), [("en", CONFIRMED_EN), ("de", CONFIRMED_DE)])
def test_a_whole_confirmation_as_plain_text(language: str, text: str) -> None:
    assert WRITER.write(preview("confirmation", language)).text == text


def words_of(html: str) -> str:
    """Give what is to be seen of an email, as one line of words."""
    seen = re.sub(r'<div class="preheader".*?</div>|<head>.*?</head>|<!--.*?-->', " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", seen)).split())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_say_the_same(kind: str, language: str) -> None:
    parts = WRITER.write(preview(kind, language, "Asia/Tokyo"))
    words = set(re.findall(r"\w{3,}", re.sub(r"https://\S+", "", parts.text)))
    seen = set(re.findall(r"\w{3,}", words_of(parts.html)))
    assert words - {"When", "Wann"} <= seen, "the html shows when by its size"
    links = set(re.findall(r"https://\S+", parts.text))
    assert links == set(re.findall(r'href="(https://[^"]+)"', parts.html.replace("&amp;", "&")))


@pytest.mark.parametrize(
    ("kind", "links"),
    [
        ("confirmation", {"reschedule", "cancel", "google", "meet"}),
        ("requested", {"reschedule", "cancel"}),
        ("moved", {"reschedule", "cancel", "meet"}),
        ("reminder_1h", {"reschedule", "cancel", "meet"}),
        ("cancelled", set[str]()),
        ("declined", set[str]()),
        ("follow_up", set[str]()),
        ("custom", {"meet"}),
    ],
)
def test_links_are_where_they_make_sense(kind: str, links: set[str]) -> None:
    page = WRITER.write(preview(kind, "en")).html
    known = {
        "reschedule": "https://app.cal.com/reschedule/8Kd2hVq7mLpXw3tRz5nBcY",
        "cancel": "https://app.cal.com/booking/8Kd2hVq7mLpXw3tRz5nBcY?cancel=true",
        "google": "https://calendar.google.com/",
        "meet": "https://meet.google.com/abc-defg-hij",
    }
    assert {name for name, link in known.items() if f'href="{link}' in page} == links


@pytest.mark.parametrize(
    "changes",
    [
        {"booking_page": None},
        {"booking_page": "http://app.cal.com/booking/8Kd2hVq7mLpXw3tRz5nBcY"},
        {"booking_page": "https://app.cal.com/another/page"},
        {"booking_page": "javascript:alert(1)/booking/8Kd2hVq7mLpXw3tRz5nBcY"},
        # The group's page would cancel the whole group.
        {"seats": 8},
        {"start": SAMPLE_NOW - timedelta(hours=1), "end": SAMPLE_NOW},
    ],
)
def test_without_a_known_page_the_guest_is_told_to_answer(changes: dict[str, object]) -> None:
    parts = WRITER.write(about(preview("confirmation", "en"), **changes))
    assert "reschedule" not in parts.html and "cancel=true" not in parts.html
    assert "Has something come up? Just answer this email." in parts.text


@pytest.mark.parametrize(
    ("location", "url", "shown", "link"),
    [
        ("Google Meet", "https://meet.google.com/x", "Google Meet", "https://meet.google.com/x"),
        ("Google Meet", None, "Google Meet", None),
        (None, "https://meet.google.com/x", None, "https://meet.google.com/x"),
        ("https://zoom.us/j/1", None, None, "https://zoom.us/j/1"),
        ("in person", None, "In person", None),
        ("at the guest's place", None, "At your place", None),
        (
            "video call (meet.example.org)",
            "https://meet.example.org/a",
            "Video call (meet.example.org)",
            "https://meet.example.org/a",
        ),
        ("+49 30 1234567", None, "+49 30 1234567", None),
        ("Main Street 5, 2nd floor", None, "Main Street 5, 2nd floor", None),
        ("Whereby", "http://whereby.example/a", "Whereby, http://whereby.example/a", None),
        ("javascript:alert(1)", None, "javascript:alert(1)", None),
        ("Zoom", "javascript:alert(1)", "Zoom", None),
        ("Zoom", "data:text/html,x", "Zoom", None),
        ("Zoom", "https://bank.example@evil.example/", "Zoom", None),
        ("zoommtg://zoom.us/join", None, "zoommtg://zoom.us/join", None),
        (None, None, None, None),
    ],
)
def test_only_https_becomes_a_link(location: str | None, url: str | None, shown: str | None, link: str | None) -> None:
    parts = WRITER.write(about(preview("reminder", "en"), location=location, meeting_url=url, booking_page=None))
    where = re.search(r"^Where: (.*)$", parts.text, re.MULTILINE)
    assert (where[1] if where else None) == shown
    assert re.findall(r'href="(?!mailto:)([^"]*)"', parts.html) == ([link] if link else [])
    assert (f"Join online: {link}" in parts.text) == bool(link)


def test_places_are_said_in_the_guests_language() -> None:
    parts = WRITER.write(about(preview("reminder", "de"), location="in person", meeting_url=None))
    assert "Wo: Vor Ort" in parts.text


def test_a_moved_appointment_shows_both_times_the_new_one_first() -> None:
    parts = WRITER.write(preview("moved", "en", "Asia/Tokyo"))
    assert facts(parts) == ["New time: Thursday, 4 March 2027, 23:00 – 23:50", "Tokyo time, UTC+9"]
    assert "Before: Wednesday, 3 March 2027, 19:00 – 19:50" in parts.text
    unknown = WRITER.write(replace(preview("moved", "en"), before=None))
    assert "Before" not in unknown.text
    assert unknown.subject == "New time: your appointment is on Thu 4 March, 15:00"


def test_only_a_move_speaks_of_an_old_time() -> None:
    before = preview("moved", "en").before
    parts = WRITER.write(replace(preview("reminder", "en"), before=before))
    assert "3 March" not in parts.text + parts.subject


@pytest.mark.parametrize("kind", ["cancelled", "declined"])
def test_the_reason_is_for_the_booker_alone(kind: str) -> None:
    matter = preview(kind, "en")
    assert "Reason: I am ill and hope to be well again next week." in WRITER.write(matter).text
    second = Attendee("Bob", "bob@example.com", "Europe/Berlin", locale="en")
    others = about(matter, attendees=(matter.recipient, second))
    assert "Reason" not in WRITER.write(replace(others, recipient=second)).text
    assert "Reason" not in WRITER.write(about(matter, seats=5)).text
    assert "Reason" not in WRITER.write(about(matter, cancellation_reason=None)).text


def test_no_guest_reads_of_another() -> None:
    second = Attendee("Bob Babbage", "bob@example.com", "Europe/Berlin", locale="en")
    for kind in KINDS:
        matter = preview(kind, "en")
        matter = about(matter, attendees=(matter.recipient, second), title="Call with Bob Babbage")
        parts = WRITER.write(matter)
        assert "Babbage" not in parts.html + parts.text and "bob@" not in parts.html + parts.text
        assert parts.calendar_file is None or b"bob@" not in parts.calendar_file.lower()


def test_own_words_replace_the_templates_and_stay_in_its_layout() -> None:
    own = "Dear Ada,\n\nthe door is <green> & new.\nSee https://example.com/way?a=1&b=2.\n\n\n\nUntil then\n"
    parts = WRITER.write(replace(preview("reminder", "en"), own_subject="The\r\nnew door", own_text=own))
    assert parts.subject == "The new door"
    assert "Dear Ada,\n\nthe door is <green> & new.\nSee https://example.com/way?a=1&b=2.\n\nUntil then" in parts.text
    assert "Hello Ada" not in parts.text and "15:00 – 15:50" in parts.text
    assert "the door is &lt;green&gt; &amp; new.<br>" in parts.html
    assert 'href="https://example.com/way?a=1&amp;b=2"' in parts.html
    assert parts.html.count("<p") >= 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_calendar_file_goes_with_the_kinds_that_carry_one(kind: str, language: str) -> None:
    parts = WRITER.write(preview(kind, language))
    assert (parts.calendar_file is not None) == (kind in WITH_CALENDAR_FILE)
    assert parts.calendar_method == "PUBLISH"


def sparse(kind: str, language: str) -> Iterator[MailSubjectMatter]:
    """Give a kind's matters with every mixture of what may be missing."""
    full = preview(kind, language)
    booking = booking_of(full)
    for end, zone, place, page in product((True, False), repeat=4):
        # The extended Hamming code: any three of the eight come in all their combinations.
        title, name, own, reason = end ^ zone ^ place, end ^ zone ^ page, end ^ place ^ page, zone ^ place ^ page
        guest = replace(full.recipient, name="Ada" if name else "", zone="Asia/Tokyo" if zone else None)
        yield replace(
            full,
            recipient=guest,
            before=full.before if end else None,
            own_text="Own words" if own else None,
            booking=replace(
                booking,
                attendees=(guest,) if name else (),
                end=booking.end if end else None,
                zone=None,
                location="Zoom" if place else None,
                meeting_url=booking.meeting_url if place and page else None,
                booking_page=booking.booking_page if page else None,
                event_title="Call" if title else None,
                cancellation_reason="Ill" if reason else None,
            ),
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_email_can_be_written_whatever_is_missing(kind: str, language: str) -> None:
    for matter in [*sparse(kind, language), *trials(kind, language)]:
        parts = WRITER.write(matter)
        assert parts.subject and parts.text and "</html>" in parts.html
        assert "None" not in parts.subject + parts.text
        assert "{" not in parts.text.replace("{{ 7*7 }}", "")
        assert WRITER.subject(matter) == parts.subject


def test_a_booking_without_a_time_still_makes_an_email() -> None:
    for kind in KINDS:
        parts = WRITER.write(replace(preview(kind, "en"), booking=Booking(uid="x", status=BookingStatus.CANCELLED)))
        assert parts.subject and parts.calendar_file is None


def test_an_unknown_kind_is_refused_by_name() -> None:
    for kind in ("birthday", "../layout", "", "layout"):
        with pytest.raises(TemplateBroken, match=r"there is no template"):
            WRITER.subject(replace(preview("custom", "en"), kind=kind))


def test_a_practice_without_name_or_address_writes_too() -> None:
    for practice in (Practice(""), Practice("", "desk@example.com"), Practice("P", zone="Nowhere/At_All")):
        for kind in KINDS:
            parts = MailWriter(practice).write(preview(kind, "en"))
            assert not re.search(r"[ \t]+$|\n{3,}", parts.text, re.MULTILINE)
    assert "UTC" in MailWriter(Practice("P", zone="Nowhere/At_All")).subject(
        about(replace(preview("confirmation", "en"), recipient=Attendee("", "ada@example.com")), zone=None)
    )
