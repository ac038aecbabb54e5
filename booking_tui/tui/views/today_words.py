"""How the Today view says days, lengths and states."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from booking_tui.domain.booking import BookingStatus
from booking_tui.domain.rows import BookingRow
from booking_tui.tui.glyphs import Glyphs, Sign, booking_sign
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
    """Say how a booking stands, as a person would say it now."""
    if row.status is BookingStatus.PENDING:
        return "wants your yes" if row.end > now else "never confirmed"
    if row.status is not BookingStatus.ACCEPTED:
        return {BookingStatus.CANCELLED: "cancelled", BookingStatus.REJECTED: "declined"}.get(row.status, "moved")
    if row.absent:
        return "did not come"
    if row.end <= now:
        return "done"
    if row.start <= now:
        return "in progress"
    return "confirmed"


def state_sign(row: BookingRow, now: datetime, signs: Glyphs) -> Sign:
    """Give the sign that goes with the words."""
    if row.test:
        return Sign(signs.test, "$text-accent")
    if row.status is not BookingStatus.ACCEPTED:
        return booking_sign(row.status, signs)
    if row.absent:
        return Sign(signs.fail, "$text-warning")
    if row.end <= now:
        return Sign(signs.done, "$text-muted")
    if row.start <= now:
        return Sign(signs.ok, "$text-accent")
    return Sign(signs.moved if row.rescheduled_from else signs.idle, "$text-success")


def who_words(row: BookingRow, *, privacy: bool) -> str:
    """Name who booked; what a test made says so."""
    name = person(row.who or row.email, privacy=privacy)
    return f"(test) {name}" if row.test else name


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
