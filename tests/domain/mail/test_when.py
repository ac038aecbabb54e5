"""Times to come as people write them: the same on the screen and in scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.domain.mail.when import read_when

NOON = datetime(2027, 3, 4, 11, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def march(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 3, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("+2h", NOON + timedelta(hours=2)),
        ("2 h", NOON + timedelta(hours=2)),
        ("in 2 hours", NOON + timedelta(hours=2)),
        ("+30m", NOON + timedelta(minutes=30)),
        ("30 min", NOON + timedelta(minutes=30)),
        ("+1d", NOON + timedelta(days=1)),
        ("1 day", NOON + timedelta(days=1)),
        ("18:30", march(4, 18, 30)),
        ("18.30", march(4, 18, 30)),
        ("3pm", march(4, 15)),
        ("12 am", march(5, 0)),
        ("9:00", march(5, 9)),
        ("12:00", march(5, 12)),
        ("tomorrow", march(5, 9)),
        ("Tomorrow 7:05", march(5, 7, 5)),
        ("tomorrow 8", march(5, 8)),
        ("today 23:59", march(4, 23, 59)),
        ("today 9:00", march(4, 9)),
        (" 2027-03-05 14:00 ", march(5, 14)),
        ("2027-03-05 14", march(5, 14)),
        ("2027-03-01", march(1, 9)),
        ("2027-07-05T14:00", datetime(2027, 7, 5, 12, tzinfo=UTC)),
        ("2027-07-05", datetime(2027, 7, 5, 7, tzinfo=UTC)),
        ("2027-03-05T14:00:00Z", datetime(2027, 3, 5, 14, tzinfo=UTC)),
        ("2027-03-05T14:00+02:00", datetime(2027, 3, 5, 12, tzinfo=UTC)),
    ],
)
def test_times_as_people_write_them(text: str, meant: datetime) -> None:
    assert read_when(text, NOON, BERLIN) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "soon", "yesterday", "25:00", "9:60", "13pm", "0am", "2027-02-30", "+h", "+2w", "-2h"),
        *("tomorrow9:00", "٩:٠٠", "tomorrow tomorrow", "9:00 tomorrow 9:00", "99999d 1"),
    ],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        read_when(text, NOON, BERLIN)


def test_what_counts_from_a_moment_counts_from_now_and_a_time_of_day_from_what_is_planned() -> None:
    sunday = march(7, 9, 30)
    assert read_when("10:00", NOON, BERLIN, after=sunday) == march(7, 10)
    assert read_when("9:00", NOON, BERLIN, after=sunday) == march(8, 9)
    assert read_when("9:00", NOON, BERLIN, after=NOON - timedelta(days=3)) == march(5, 9)
    assert read_when("tomorrow 9:00", NOON, BERLIN, after=sunday) == march(5, 9)
    assert read_when("+2h", NOON, BERLIN, after=sunday) == NOON + timedelta(hours=2)


@given(st.text(alphabet="0123456789:.+-hmdap todaywin", max_size=20))
def test_whatever_is_typed_is_an_instant_or_a_sentence(text: str) -> None:
    try:
        assert read_when(text, NOON, BERLIN).tzinfo is UTC
    except ValueError as error:
        assert "is no time; write" in str(error)
