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
_UTC = frozenset({"UTC", "UCT", "Universal", "Zulu", "Greenwich", "GMT", "GMT0", "GMT+0", "GMT-0"})
"""What UTC is called in the zones' database, there also behind ``Etc/``."""


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
    """The key in the zones' database: ``Europe/Berlin``."""
    city: str
    """``Berlin``; empty when the zone is named by none."""
    offset: str
    """``UTC+1``; ``UTC`` where the clock always shows that."""
    where: str
    """Whose clock it is: ``Berlin time, UTC+1``; the offset alone for a zone that is nothing else."""
    near: str
    """``Today``, ``Tomorrow``; ``In 1 hour`` when it is ``soon``; empty when it is none of them."""
    day: str
    """The same; else a weekday within six days, else the short date."""
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


def city_of(key: str, language: Language) -> str:
    """Give the city (or country) by which people know a zone; empty for UTC, for a mere offset and for ``CET``."""
    if key in language.cities:
        return language.cities[key]
    last = key.rpartition("/")[2].replace("_", " ")
    return "" if _is_utc(key) or key.startswith("Etc/") or key.isupper() else last


def _where(key: str, offset: str, language: Language) -> str:
    if city := city_of(key, language):
        return language.pattern("zone", {"city": city, "offset": offset})
    return offset if _is_utc(key) or key.startswith("Etc/") else f"{key}, {offset}"


def _is_utc(key: str) -> bool:
    return key.removeprefix("Etc/") in _UTC


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
    key = zone.key or "UTC"
    offset = "UTC" if _is_utc(key) else offset_of(begins)
    if ends is not None and ends.utcoffset() != begins.utcoffset():
        offset = language.pattern("offset_changes", {"offset": offset, "end_offset": offset_of(ends)})
    left = minutes_left(start, now)
    near = _left(left, language) if left is not None else _today_or_tomorrow(begins, today, language)
    return Span(
        date=language.pattern("date", fields),
        date_short=date_short,
        start=start_text,
        end=end_text,
        range=range_text,
        hours=hours,
        ends_on=ends_on,
        clock=f"{start_text} ({offset})" if assumed else start_text,
        zone=key,
        city=city_of(key, language),
        offset=offset,
        where=_where(key, offset, language),
        near=near,
        day=near or _day(begins, today, language, date_short),
        soon=left is not None,
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


def _today_or_tomorrow(begins: datetime, today: datetime, language: Language) -> str:
    days = (begins.date() - today.date()).days
    return language.pattern("tomorrow" if days else "today") if days in {0, 1} else ""


def _day(begins: datetime, today: datetime, language: Language, date_short: str) -> str:
    days = (begins.date() - today.date()).days
    return language.weekdays[begins.weekday()] if 1 < days < _WEEK else date_short


def minutes_left(start: datetime, now: datetime) -> int | None:
    """Give the minutes until a meeting as an email says them; None while, or once, it does not say them.

    Nobody's email is read to the minute, so beyond ten they are rounded to five.
    """
    if not timedelta() < start - now <= _SOON:
        return None
    minutes = max(1, round((start - now).total_seconds() / 60))
    return round(minutes / 5) * 5 if minutes > 10 else minutes


def _left(minutes: int, language: Language) -> str:
    if minutes == 60:
        return language.pattern("in_1_hour")
    return language.pattern("in_1_minute" if minutes == 1 else "in_minutes", {"minutes": str(minutes)})


def utc(moment: datetime) -> datetime:
    """Give an instant in UTC, without fractions of a second."""
    return moment.astimezone(UTC).replace(microsecond=0)
