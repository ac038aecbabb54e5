"""Reading a time to come as people write it: ``18:30``, ``tomorrow 9:00``, ``2027-03-05 14:00``, ``+2h``, ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking_tui.domain.instants import cut, from_text
from booking_tui.domain.mail.timing import offset_of

MORNING = time(9)
"""What a day alone means: nobody wants a reminder at midnight."""
_DAYS = {"today": 0, "tomorrow": 1}
_LOCAL = re.compile(
    r"(?P<day>today|tomorrow|\d{4}-\d{2}-\d{2})?(?:(?:^|[ T])(?P<hour>\d{1,2}):(?P<minute>\d{2}))?",
    re.ASCII | re.IGNORECASE,
)


def read_when(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Give the instant meant, UTC. A time of day alone is the next one; a day alone is its morning.

    Raises ValueError with a sentence for the person.
    """
    wanted = text.strip()
    try:
        if wanted.startswith("+"):
            return cut(now + offset_of(wanted[1:]))
        local = _LOCAL.fullmatch(wanted)
        if local is None or not wanted:
            return from_text(wanted)
        return _local(local, now, zone)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is no time; write +2h, 18:30, tomorrow, tomorrow 9:00, 2027-03-05 14:00,"
            " or an instant with its offset"
        ) from None


def _local(found: re.Match[str], now: datetime, zone: ZoneInfo) -> datetime:
    today = now.astimezone(zone).date()
    hour = time(int(found["hour"]), int(found["minute"])) if found["hour"] else MORNING
    if found["day"] is None:
        next_one = _instant(today, hour, zone)
        return next_one if next_one > now else _instant(today + timedelta(days=1), hour, zone)
    named = found["day"].lower()
    day = today + timedelta(days=_DAYS[named]) if named in _DAYS else date.fromisoformat(named)
    return _instant(day, hour, zone)


def _instant(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return cut(datetime.combine(day, hour, tzinfo=zone).astimezone(UTC))
