"""Times as a guest reads them: local, with weekday, zone and offset. Computed when the email is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from booking_tui.services.mail.languages import Language

_SOON = timedelta(minutes=90)
"""Up to here a meeting is announced by the minutes that are left."""
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Span:
    """A meeting's time in one zone, in words. Empty texts: there is nothing to say."""

    date: str
    """``Thursday, 4 March 2027``."""
    date_short: str
    """``Thu 4 March``; with the year when that is not this one."""
    start: str
    end: str
    range: str
    """``15:00 – 15:50``; with the second date when the meeting ends on another day."""
    hours: str
    """The same without that date."""
    ends_on: str
    """That date, empty when it is the same day."""
    clock: str
    """The start, with the offset when the guest's own zone is unknown: for subjects."""
    zone: str
    offset: str
    where: str
    """``Europe/Berlin, UTC+1``."""
    day: str
    """``Today``, ``Tomorrow``, a weekday within six days, else the short date; ``In 1 hour`` when it is ``soon``."""
    soon: bool
    assumed: bool
    """The guest's zone is unknown, so this is the practice's."""


def zone_named(name: str | None) -> ZoneInfo | None:
    """Give a time zone, None when this machine knows none of that name."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def offset_of(moment: datetime) -> str:
    """Give ``UTC+1`` or ``UTC−3:30``."""
    offset = moment.utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


def same_clock(start: datetime, end: datetime | None, one: ZoneInfo, other: ZoneInfo) -> bool:
    """Say whether two zones show the same time at the meeting."""
    return all(
        moment is None or moment.astimezone(one).utcoffset() == moment.astimezone(other).utcoffset()
        for moment in (start, end)
    )


def span(
    start: datetime, end: datetime | None, zone: ZoneInfo, language: Language, now: datetime, *, assumed: bool = False
) -> Span:
    """Put a meeting's time into words of a language, as the clocks of a zone show it."""
    begins = start.astimezone(zone)
    ends = None if end is None or end <= start else end.astimezone(zone)
    today = now.astimezone(zone)
    fields = _fields(begins, language)
    date_short = _date_short(begins, today, language, fields)
    start_text = language.pattern("time", fields)
    end_text, hours, range_text, ends_on = "", start_text, start_text, ""
    if ends is not None:
        end_fields = _fields(ends, language)
        end_text = language.pattern("time", end_fields)
        hours = range_text = _hours(begins, ends, language, fields, end_fields)
        if ends.date() != begins.date():
            ends_on = _date_short(ends, today, language, end_fields)
            range_text = language.pattern("range_other_day", {"hours": hours, "end_date": ends_on})
    offset = offset_of(begins)
    if ends is not None and ends.utcoffset() != begins.utcoffset():
        offset = language.pattern("offset_changes", {"offset": offset, "end_offset": offset_of(ends)})
    name = (zone.key or "UTC").replace("_", " ")
    soon = timedelta() < start - now <= _SOON
    return Span(
        date=language.pattern("date", fields),
        date_short=date_short,
        start=start_text,
        end=end_text,
        range=range_text,
        hours=hours,
        ends_on=ends_on,
        clock=f"{start_text} ({offset})" if assumed else start_text,
        zone=name,
        offset=offset,
        where=name if name in {"UTC", "Etc/UTC"} else f"{name}, {offset}",
        day=_left(start - now, language) if soon else _day(begins, today, language, date_short),
        soon=soon,
        assumed=assumed,
    )


Fields = Mapping[str, str]


def _fields(moment: datetime, language: Language) -> dict[str, str]:
    weekday, month = moment.weekday(), moment.month - 1
    return {
        "weekday": language.weekdays[weekday],
        "weekday_short": language.weekdays_short[weekday],
        "day": str(moment.day),
        "month": language.months[month],
        "month_short": language.months_short[month],
        "month_number": f"{moment.month:02}",
        "year": str(moment.year),
        "hour": f"{moment.hour:02}",
        "hour12": str((moment.hour - 1) % 12 + 1),
        "minute": f"{moment.minute:02}",
        "half": language.halves[moment.hour >= 12],
    }


def _date_short(moment: datetime, today: datetime, language: Language, fields: Fields) -> str:
    return language.pattern("date_short" if moment.year == today.year else "date_short_year", fields)


def _hours(begins: datetime, ends: datetime, language: Language, fields: Fields, end_fields: Fields) -> str:
    pieces = {
        "start": language.pattern("time", fields),
        "start_bare": language.pattern("time_bare", fields),
        "end": language.pattern("time", end_fields),
    }
    same_half = ends.date() == begins.date() and (begins.hour >= 12) == (ends.hour >= 12)
    return language.pattern("range_same_half" if same_half else "range", pieces)


def _day(begins: datetime, today: datetime, language: Language, date_short: str) -> str:
    days = (begins.date() - today.date()).days
    if days == 0:
        return language.pattern("today")
    if days == 1:
        return language.pattern("tomorrow")
    return language.weekdays[begins.weekday()] if 1 < days < _WEEK else date_short


def _left(left: timedelta, language: Language) -> str:
    """Say how long it is until then: nobody's email is read to the minute, so beyond ten they are rounded to five."""
    minutes = max(1, round(left.total_seconds() / 60))
    if minutes > 10:
        minutes = round(minutes / 5) * 5
    if minutes == 60:
        return language.pattern("in_1_hour")
    return language.pattern("in_1_minute" if minutes == 1 else "in_minutes", {"minutes": str(minutes)})


def utc(moment: datetime) -> datetime:
    """Give an instant in UTC, without fractions of a second."""
    return moment.astimezone(UTC).replace(microsecond=0)
