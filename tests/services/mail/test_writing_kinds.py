"""What is said in one kind of email and not in another: zones by their city, reminders near and far, short messages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from booking_tui.domain.booking import BookingStatus
from booking_tui.ports.mail import MailParts, MailSubjectMatter
from booking_tui.services.mail.rendering import KINDS
from booking_tui.services.mail.samples import SAMPLE_PRACTICE, SAMPLE_START, preview
from booking_tui.services.mail.short_message import short_message
from booking_tui.services.mail.writing import MailWriter, Practice

WRITER = MailWriter(SAMPLE_PRACTICE)


def about(matter: MailSubjectMatter, **changes: object) -> MailSubjectMatter:
    assert matter.booking is not None
    return replace(matter, booking=replace(matter.booking, **changes))  # type: ignore[arg-type]


def paragraphs(parts: MailParts) -> list[str]:
    return parts.text.rstrip("\n").split("\n\n")


@pytest.mark.parametrize(
    ("zone", "english", "german"),
    [
        ("Europe/Berlin", "Berlin time, UTC+1", "Ortszeit Berlin, UTC+1"),
        ("Europe/Vienna", "Vienna time, UTC+1", "Ortszeit Wien, UTC+1"),
        ("Europe/Zurich", "Zurich time, UTC+1", "Ortszeit Zürich, UTC+1"),
        ("Europe/London", "London time, UTC+0", "Ortszeit London, UTC+0"),
        ("America/New_York", "New York time, UTC−5", "Ortszeit New York, UTC−5"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time, UTC−3", "Ortszeit Buenos Aires, UTC−3"),
        ("America/Port-au-Prince", "Port-au-Prince time, UTC−5", "Ortszeit Port-au-Prince, UTC−5"),
        ("Asia/Calcutta", "Kolkata time, UTC+5:30", "Ortszeit Kolkata, UTC+5:30"),
        ("Asia/Tokyo", "Tokyo time, UTC+9", "Ortszeit Tokio, UTC+9"),
        ("Singapore", "Singapore time, UTC+8", "Ortszeit Singapore, UTC+8"),
        ("US/Eastern", "Eastern time, UTC−5", "Ortszeit Eastern, UTC−5"),
        ("CET", "CET, UTC+1", "CET, UTC+1"),
        ("EST5EDT", "EST5EDT, UTC−5", "EST5EDT, UTC−5"),
        ("UTC", "UTC", "UTC"),
        ("Etc/UTC", "UTC", "UTC"),
        ("Etc/GMT", "UTC", "UTC"),
        ("Etc/GMT-0", "UTC", "UTC"),
        ("GMT", "UTC", "UTC"),
        ("Zulu", "UTC", "UTC"),
        ("Etc/GMT+5", "UTC−5", "UTC−5"),
        ("Etc/GMT-14", "UTC+14", "UTC+14"),
    ],
)
def test_a_zone_is_named_as_people_name_it(zone: str, english: str, german: str) -> None:
    # Cal.com says "en" for everybody: an American zone brings the American clock, and the same words.
    for language, words in (("en", english), ("de", german)):
        parts = WRITER.write(preview("confirmation", language, zone))
        assert paragraphs(parts)[2].split("\n")[1] == words
        assert f"({words})" in unescape(parts.html) and f">{words}<" in unescape(parts.html)
        assert zone not in re.sub(r"https://\S+", "", parts.text) or zone in words
        assert "Etc" not in parts.text and "_" not in re.sub(r"https://\S+", "", parts.text)


@pytest.mark.parametrize(
    ("zone", "english", "german"),
    [
        (
            "Etc/UTC",
            "That is Thu 4 March, 14:00 – 14:50 (UTC).",
            "Das entspricht Do., 4. März, 14:00 – 14:50 Uhr (UTC).",
        ),
        (
            "Etc/GMT+5",
            "That is Thu 4 March, 09:00 – 09:50 (UTC−5).",
            "Das entspricht Do., 4. März, 09:00 – 09:50 Uhr (UTC−5).",
        ),
        (
            "America/New_York",
            "That is Thu 4 March, 09:00 – 09:50 (New York time, UTC−5).",
            "Das entspricht Do., 4. März, 09:00 – 09:50 Uhr (Ortszeit New York, UTC−5).",
        ),
    ],
)
def test_the_practices_zone_is_named_so_too(zone: str, english: str, german: str) -> None:
    writer = MailWriter(replace(SAMPLE_PRACTICE, zone=zone))
    assert english in writer.write(preview("confirmation", "en")).text
    assert german in writer.write(preview("confirmation", "de")).text


def test_an_unknown_zone_gives_the_practices_by_its_name() -> None:
    for zone, subject, words in (
        ("Europe/Vienna", "15:00 Uhr (UTC+1)", "angegeben ist: Ortszeit Wien, UTC+1."),
        ("Etc/UTC", "14:00 Uhr (UTC)", "angegeben ist: UTC."),
    ):
        parts = MailWriter(replace(SAMPLE_PRACTICE, zone=zone)).write(preview("confirmation", "de", None))
        assert parts.subject.endswith(subject)
        assert f"Ihre Zeitzone ist hier nicht bekannt; {words}" in " ".join(parts.text.split())


@pytest.mark.parametrize(
    ("ahead", "english", "german", "label", "marke"),
    [
        (timedelta(minutes=9), "In 9 minutes, at 15:00", "In 9 Minuten, um 15:00 Uhr", "In 9 minutes", "In 9 Minuten"),
        (timedelta(hours=1), "In 1 hour, at 15:00", "In 1 Stunde, um 15:00 Uhr", "In 1 hour", "In 1 Stunde"),
        (timedelta(hours=2), "Today at 15:00", "Heute um 15:00 Uhr", "Today", "Heute"),
        (timedelta(hours=24), "Tomorrow at 15:00", "Morgen um 15:00 Uhr", "Tomorrow", "Morgen"),
        (timedelta(days=3), "Thursday at 15:00", "Donnerstag um 15:00 Uhr", "When", "Wann"),
        (timedelta(days=9), "Thu 4 March at 15:00", "Do., 4. März um 15:00 Uhr", "When", "Wann"),
        (timedelta(minutes=-5), "Today at 15:00", "Heute um 15:00 Uhr", "Today", "Heute"),
    ],
)
@pytest.mark.parametrize("kind", ["reminder_24h", "reminder_1h"])
def test_a_reminder_sent_early_or_late_says_what_is_so_then(
    kind: str, ahead: timedelta, english: str, german: str, label: str, marke: str
) -> None:
    for language, subject, first, when in (
        ("en", f"{english}: your appointment", label, "Thursday, 4 March 2027, 15:00 – 15:50"),
        ("de", f"{german}: Ihr Termin", marke, "Donnerstag, 4. März 2027, 15:00 – 15:50 Uhr"),
    ):
        parts = WRITER.write(replace(preview(kind, language), now=SAMPLE_START - ahead))
        assert parts.subject == subject
        assert paragraphs(parts)[2].split("\n")[0] == f"{first}: {when}"
        plain = {"When": "Reminder", "Wann": "Erinnerung"}.get(first, first)
        assert re.search(rf'class="label"[^>]*>{plain}</p>', parts.html)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("language", "hello"), [("en", "Hello Ada Lovelace,"), ("de", "Guten Tag Ada Lovelace,")])
def test_the_greeting_comes_first_and_the_subject_is_not_repeated(kind: str, language: str, hello: str) -> None:
    parts = WRITER.write(replace(preview(kind, language), own_text=None))
    first, lead, *rest = paragraphs(parts)
    assert first == hello and lead.endswith(".")
    assert parts.subject not in parts.text
    assert not any(re.match(r"(?:Confirmed|Bestätigt): ", line) for line in parts.text.split("\n"))
    assert rest[-1] == "Practice Example\ndesk@example.com"


@pytest.mark.parametrize("kind", ["cancelled", "declined"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_off_takes_place_nowhere(kind: str, language: str) -> None:
    for changes in ({}, {"location": "Main Street 5", "meeting_url": "http://meet.example.com/a"}):
        parts = WRITER.write(about(preview(kind, language), **changes))
        assert "\nWhere:" not in parts.text and "\nWo:" not in parts.text
        for word in ("Google Meet", "meet.google", "Main Street", "meet.example"):
            assert word not in parts.html + parts.text
            assert word.encode() not in (parts.calendar_file or b"")


@pytest.mark.parametrize(("language", "withdraw"), [("en", "Withdraw the request"), ("de", "Anfrage zurückziehen")])
def test_a_request_is_withdrawn_and_not_joined(language: str, withdraw: str) -> None:
    parts = WRITER.write(preview("requested", language))
    link = "https://app.cal.com/booking/8Kd2hVq7mLpXw3tRz5nBcY?cancel=true"
    assert f"{withdraw}:\n{link}" in parts.text or f"{withdraw}: {link}" in parts.text
    seen = unescape(parts.html).replace("\u00a0", " ")
    assert withdraw in seen
    for words in ("Join online", "Online teilnehmen", "Cancel the appointment", "Termin absagen", "meet.google"):
        assert words not in seen + parts.text
    assert ("Where: Google Meet" if language == "en" else "Wo: Google Meet") in parts.text
    for kind in ("confirmation", "moved", "reminder"):
        assert withdraw not in WRITER.write(preview(kind, language)).text
    bare = about(preview("requested", language), location=None, meeting_url="http://meet.example.com/a")
    assert "meet.example" not in WRITER.write(bare).text


@pytest.mark.parametrize(
    ("changes", "joined"),
    [
        ({}, True),
        ({"status": BookingStatus.PENDING}, False),
        ({"status": BookingStatus.CANCELLED}, False),
        ({"status": BookingStatus.RESCHEDULED}, False),
        ({"start": SAMPLE_START - timedelta(days=3), "end": SAMPLE_START - timedelta(days=2)}, False),
    ],
)
def test_a_letter_offers_to_join_only_what_can_be_joined(changes: dict[str, object], joined: bool) -> None:
    parts = WRITER.write(about(preview("custom", "en"), **changes))
    assert ("Join online" in parts.text) == ("Join online" in parts.html) == joined


def test_ones_own_words_are_followed_by_what_is_the_case() -> None:
    for kind, label in (("confirmation", "Confirmed"), ("cancelled", "Cancelled"), ("requested", "Not confirmed yet")):
        parts = WRITER.write(replace(preview(kind, "en"), own_text="Dear Ada,\n\nsee below."))
        assert paragraphs(parts)[:2] == ["Dear Ada,", "see below."]
        assert paragraphs(parts)[2].startswith(f"{label}: Thursday, 4 March 2027")


# Messages for another way

SHORT_EN = """\
Hello Ada Lovelace,

Your appointment has a new time. The old one no longer applies.

New time: Thursday, 4 March 2027, 15:00 – 15:50
Berlin time, UTC+1

Before: Wednesday, 3 March 2027, 11:00 – 11:50
What: Introductory call, 50 minutes
Where: Google Meet
Join online: https://meet.google.com/abc-defg-hij

Practice Example"""
SHORT_DE = """\
Guten Tag Ada Lovelace,

vielen Dank für Ihre Anfrage. Sie ist noch nicht bestätigt: Sobald sie es ist, erhalten Sie eine weitere E-Mail.

Wann: Donnerstag, 4. März 2027, 15:00 – 15:50 Uhr
Ortszeit Berlin, UTC+1

Was: Erstgespräch, 50 Minuten
Wo: Google Meet

Practice Example"""


@pytest.mark.parametrize(("kind", "language", "text"), [("moved", "en", SHORT_EN), ("requested", "de", SHORT_DE)])
def test_a_whole_short_message(kind: str, language: str, text: str) -> None:
    assert short_message(WRITER, preview(kind, language)) == text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("page", ["https://app.cal.com/booking/8Kd2hVq7mLpXw3tRz5nBcY", None])
@pytest.mark.parametrize("own", [None, "One\n\ntwo\n\nthree"])
def test_a_short_message_speaks_of_no_email(kind: str, language: str, page: str | None, own: str | None) -> None:
    matter = replace(about(preview(kind, language), booking_page=page), own_text=own)
    said = short_message(WRITER, matter)
    assert said.startswith(own or ("Hello Ada" if language == "en" else "Guten Tag Ada"))
    assert said.endswith("\n\nPractice Example")
    for words in ("answer this", "antworten", "attached", "angehängt", "calendar.google", "app.cal.com", "desk@"):
        assert words not in said.casefold()
    if kind != "follow_up":
        assert "4 March 2027, 15:00" in said or "4. März 2027, 15:00" in said
    assert WRITER.write(matter).text != said


def test_a_short_message_breaks_no_line() -> None:
    own = "word " * 60
    assert own.strip() in short_message(WRITER, replace(preview("custom", "en"), own_text=own))


def test_a_practice_without_a_name_signs_a_short_message_by_its_address() -> None:
    said = short_message(MailWriter(Practice("", "desk@example.com")), preview("reminder", "en"))
    assert said.endswith("\n\ndesk@example.com") and said.count("desk@") == 1


@pytest.mark.parametrize(
    ("language", "subject", "lead"),
    [
        ("en", "Details changed: your appointment on Thu 4 March, 15:00", "begins at the same time as before"),
        ("de", "Geändert: Ihr Termin am Do., 4. März, 15:00 Uhr", "beginnt zur selben Zeit wie bisher"),
    ],
)
@pytest.mark.parametrize("longer", [timedelta(), timedelta(minutes=25)])
def test_a_move_to_the_same_time_speaks_of_no_new_one(
    language: str, subject: str, lead: str, longer: timedelta
) -> None:
    matter = preview("moved", language)
    booking, before = matter.booking, matter.before
    assert booking is not None and booking.end is not None and before is not None
    matter = replace(matter, before=replace(before, start=booking.start, end=booking.end + longer))
    parts = MailWriter(SAMPLE_PRACTICE).write(matter)
    assert parts.subject == subject
    for text in (" ".join(parts.text.split()), parts.html):
        assert lead in text
        assert "New time" not in text and "Neuer Termin" not in text
        # Only that it was longer is worth telling.
        assert (("Before" in text) or ("Bisher" in text)) == bool(longer)
