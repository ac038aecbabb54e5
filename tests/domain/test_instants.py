"""Instants and their text forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from booking_tui.domain.instants import from_text, minutes_between, to_second_text, to_text

NINE = datetime(2026, 11, 22, 9, 5, 0, 123_999, tzinfo=timezone(timedelta(hours=1)))


def test_the_text_has_a_fixed_width_and_is_utc() -> None:
    assert to_text(NINE) == "2026-11-22T08:05:00.123Z"
    assert to_second_text(NINE) == "2026-11-22T08:05:00Z"
    assert len(to_text(datetime(1, 1, 1, tzinfo=UTC))) == len(to_text(NINE))


@pytest.mark.parametrize(
    "text",
    ["2026-03-04T14:00:00Z", "2026-03-04T14:00:00.000Z", "2026-03-04T14:00:00+00:00", "2026-03-04T15:00:00+01:00"],
)
def test_every_form_cal_com_sends_is_the_same_instant(text: str) -> None:
    assert from_text(text) == datetime(2026, 3, 4, 14, tzinfo=UTC)


def test_a_text_survives_reading_and_writing() -> None:
    assert to_text(from_text(to_text(NINE))) == to_text(NINE)


@pytest.mark.parametrize("text", ["", "soon", "2026-03-04", "2026-03-04T14:00:00"])
def test_a_time_without_an_offset_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|Invalid"):
        from_text(text)


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        to_text(NINE.replace(tzinfo=None))


def test_minutes_are_whole_and_elapsed() -> None:
    assert minutes_between(NINE, NINE + timedelta(minutes=50, seconds=59)) == 50
