"""Words for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from booking_tui.domain.booking import BookingStatus
from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.words import (
    field_word,
    history_sentence,
    instant_words,
    money_words,
    status_word,
    trigger_words,
)

THURSDAY = "2027-03-04T10:00:00.000Z"
LATER = "2027-03-04T13:00:00.000Z"


def sentence(action: str, zone: str = "Europe/Berlin", **changes: Any) -> str:
    entry = HistoryEntry(1, datetime(2027, 3, 1, tzinfo=UTC), "A", "cal.com", action, changes, None, None, "")
    return history_sentence(entry, zone)


def test_every_status_has_a_word() -> None:
    assert [status_word(status) for status in BookingStatus] == [
        "waiting",
        "confirmed",
        "declined",
        "cancelled",
        "moved",
    ]
    assert status_word("else") == "else"


@pytest.mark.parametrize(
    ("trigger", "words"),
    [("BOOKING_CREATED", "booking created"), ("BRAND_NEW", "brand new"), (None, "no trigger"), ("", "no trigger")],
)
def test_triggers(trigger: str | None, words: str) -> None:
    assert trigger_words(trigger) == words


def test_fields() -> None:
    assert (field_word("meeting_url"), field_word("some_thing")) == ("meeting link", "some thing")


@pytest.mark.parametrize(
    ("action", "changes", "words"),
    [
        ("moved", {"start": (THURSDAY, LATER)}, "moved from Thu 4 Mar 11:00 to Thu 4 Mar 14:00"),
        ("moved", {"start": (None, LATER)}, "moved to Thu 4 Mar 14:00"),
        ("moved", {}, "moved"),
        ("created", {"start": (None, THURSDAY)}, "booked for Thu 4 Mar 11:00"),
        ("created", {}, "booked"),
        ("requested", {"start": (None, THURSDAY)}, "asked for Thu 4 Mar 11:00"),
        ("requested", {"start": (THURSDAY, LATER)}, "asked to move from Thu 4 Mar 11:00 to Thu 4 Mar 14:00"),
        ("confirmed", {"status": ("pending", "accepted")}, "confirmed"),
        ("cancelled", {"cancellation_reason": (None, "ill [/b]")}, "cancelled: ill [/b]"),
        ("rejected", {}, "declined"),
        ("seat_joined", {"attendees": ([], ["Eli Marsh <eli@example.com>"])}, "Eli Marsh joined the group"),
        ("seat_left", {"attendees": (["eli@example.com"], [])}, "eli@example.com left the group"),
        ("no_show_set", {"no_shows": ([], ["Eli Marsh <eli@example.com>"])}, "Eli Marsh did not come"),
        ("no_show_cleared", {"no_shows": (["Eli Marsh <e>"], [])}, "Eli Marsh came after all"),
        (
            "paid",
            {"payment": (None, {"state": "paid", "amount_minor": 9050, "currency": "EUR"})},
            "payment 90.50 EUR received",
        ),
        ("payment_started", {"payment": (None, {"state": "initiated"})}, "payment started"),
        ("location_changed", {"location": ("a", "Main Street 1")}, "place changed to Main Street 1"),
        ("location_changed", {"meeting_url": ("https://x", None)}, "the meeting link was taken away"),
        ("recording_ready", {"recordings": ([], ["recording", "transcript_srt"])}, "recording and transcript ready"),
        ("recording_ready", {"recordings": (["recording"], ["recording", "transcript_srt"])}, "transcript ready"),
        ("video_no_show", {"missed_by": (None, "host")}, "the host did not join the video call"),
        ("details_changed", {"notes": ("a", "b"), "title": ("a", "b")}, "guest's notes, title changed"),
        ("details_changed", {}, "details changed"),
        ("note_changed", {}, "private note changed"),
        ("something_new", {}, "something new"),
        (
            "out_of_office",
            {"start": (None, THURSDAY), "end": (None, LATER), "summary": (None, "Vacation")},
            "out of office from Thu 4 Mar 11:00 to Thu 4 Mar 14:00: Vacation",
        ),
    ],
)
def test_a_history_entry_is_one_sentence(action: str, changes: dict[str, Any], words: str) -> None:
    assert sentence(action, **changes) == words


@pytest.mark.parametrize(("text", "zone", "words"), [
    (THURSDAY, "Nowhere/Land", "Thu 4 Mar 10:00 UTC"),
    (THURSDAY, "../x", "Thu 4 Mar 10:00 UTC"),
    ("junk", "UTC", "an unknown time"),
    (None, "UTC", "an unknown time"),
    ("0001-01-01T00:00:00.000Z", "America/New_York", "Mon 1 Jan 00:00 UTC"),
])  # fmt: skip
def test_times_without_a_usable_zone(text: str | None, zone: str, words: str) -> None:
    assert instant_words(text, zone) == words


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (9050, "EUR", "90.50 EUR"),
        (500, "JPY", "500 JPY"),
        (1234, "KWD", "1.234 KWD"),
        (5, None, "0.05"),
        (None, "EUR", ""),
    ],
)
def test_money(minor: int | None, currency: str | None, words: str) -> None:
    assert money_words({"state": "paid", "amount_minor": minor, "currency": currency}) == words
