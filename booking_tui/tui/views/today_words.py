"""How the Today view says days, lengths and states."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from booking_tui.domain.booking import BookingStatus
from booking_tui.domain.rows import BookingRow
from booking_tui.tui.glyphs import Glyphs, Sign
from booking_tui.tui.standing import standing_of_row, test_words
from booking_tui.tui.text import person

OFF = frozenset({BookingStatus.CANCELLED, BookingStatus.REJECTED, BookingStatus.RESCHEDULED})
"""States that take no time in the day any more."""


def span_words(minutes: int) -> str:
    """Write a length: ``35 m``, ``2 h``, ``2 h 10 m``."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} m"
    return f"{hours} h {rest} m" if rest else f"{hours} h"


def minutes_of(row: BookingRow) -> int:
    """Give a booking's length in minutes."""
    return int((row.end - row.start).total_seconds() // 60)


def in_words(ahead: timedelta) -> str:
    """Say how far ahead something lies: ``in 24 min``, ``in 3 h 5 m``, ``in 2 days``."""
    minutes = int(-(-ahead.total_seconds() // 60))
    if minutes <= 0:
        return "now"
    if minutes < 60:
        return f"in {minutes} min"
    if minutes < 60 * 24:
        return f"in {span_words(minutes)}"
    days = round(minutes / (60 * 24))
    return "in 1 day" if days == 1 else f"in {days} days"


def clock(instant: datetime, zone: ZoneInfo) -> str:
    """Write the time of day in a zone."""
    return f"{instant.astimezone(zone):%H:%M}"


def state_words(row: BookingRow, now: datetime) -> str:
    """Say how a booking stands now; of what a test made also that it is one."""
    standing = standing_of_row(row, now)
    return test_words(standing) if row.test else standing.word


def state_sign(row: BookingRow, now: datetime, signs: Glyphs) -> Sign:
    """Give the sign that goes with the words."""
    return Sign(signs.test, "$text-accent") if row.test else standing_of_row(row, now).sign(signs)


def who_words(row: BookingRow, *, privacy: bool) -> str:
    """Name who booked."""
    return person(row.who or row.email, privacy=privacy)


def about_words(row: BookingRow, *, privacy: bool) -> str:
    """Say what kind of appointment it is; a title may name the guest, so it is shown only with names."""
    return row.event_type or ("" if privacy else row.title)


def place_words(location: str | None, meeting_url: str | None, *, privacy: bool = False) -> str:
    """Say in a word where it takes place; with ``privacy`` no address is named."""
    if meeting_url or (location or "").startswith(("http://", "https://", "integrations:")):
        return "online"
    text = (location or "").strip()
    if text[:1] == "+" and text[1:2].isdigit():
        return "phone"
    return "" if privacy else text
