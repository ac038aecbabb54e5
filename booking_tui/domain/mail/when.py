"""A time to come as people write it: ``18:30``, ``6pm``, ``tomorrow 9:00``, ``2027-03-05 14:00``, ``+2h``, ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking_tui.domain.instants import cut, from_text

MORNING = time(9)
"""What a day alone means: nobody wants a reminder at midnight."""
_DAYS = {"today": 0, "tomorrow": 1}
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(
    r"(?:in |\+ ?)?(?P<number>\d{1,5}) ?(?:(?P<unit>[mhd])|(?P<word>min|minutes?|hours?|days?))", re.ASCII
)
_LOCAL = re.compile(
    r"(?P<day>today|tomorrow|\d{4}-\d{2}-\d{2})?"
    r"(?:(?:^|[ t])(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))? ?(?P<half>am|pm)?)?",
    re.ASCII,
)


def read_when(text: str, now: datetime, zone: ZoneInfo, *, after: datetime | None = None) -> datetime:
    """Give the instant meant, UTC; it may be past.

    A day alone is its morning, a time of day alone the next one ``after`` an instant (None: after now). Whatever counts
    from a moment (``tomorrow``, ``+2h``) counts from now. Raises ValueError with a sentence for the person.
    """
    wanted = " ".join(text.lower().split())
    try:
        if found := _SPAN.fullmatch(wanted):
            span = timedelta(**{_UNITS[(found["unit"] or found["word"])[0]]: int(found["number"])})
            return cut(now + span)
        local = _LOCAL.fullmatch(wanted)
        if local is None or not wanted:
            return from_text(text.strip())
        return _local(local, now.astimezone(zone).date(), max(now, after or now), zone)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is no time; write +2h, 18:30, tomorrow, tomorrow 9:00, 2027-03-05 14:00,"
            " or an instant with its offset"
        ) from None


def _local(found: re.Match[str], today: date, after: datetime, zone: ZoneInfo) -> datetime:
    clock = _clock(found) if found["hour"] else MORNING
    if found["day"] is None:
        day = after.astimezone(zone).date()
        next_one = _instant(day, clock, zone)
        return next_one if next_one > after else _instant(day + timedelta(days=1), clock, zone)
    named = found["day"]
    day = today + timedelta(days=_DAYS[named]) if named in _DAYS else date.fromisoformat(named)
    return _instant(day, clock, zone)


def _clock(found: re.Match[str]) -> time:
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("twelve hours have no such hour")
        hour = hour % 12 + (12 if found["half"] == "pm" else 0)
    return time(hour, int(found["minute"] or 0))


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return cut(datetime.combine(day, clock, tzinfo=zone).astimezone(UTC))
