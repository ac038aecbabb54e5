"""Until when to put an email off: usual times to choose from, or a time as one types it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking_tui.domain.instants import from_text, to_text
from booking_tui.tui.dates import day_word
from booking_tui.tui.dialogs.picker import Choice, PickerDialog, narrowed

_EVENING, _MORNING = time(18), time(9)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})?)?\s*(?P<half>am|pm)?")
_SPAN = re.compile(r"(?:in\s*|\+)?(?P<number>\d{1,4})\s*(?P<unit>m|min|h|d)(?:ours?|ays?|inutes?)?")
_DATE = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})\s*(?P<rest>.*)")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
HOW = "18:30, tomorrow 9:00, +2h"
EMPTY = f"No usual time is left before it is of no use any more. Write one: {HOW}."
UNREAD = "not read as a time"


def snooze_dialog(
    now: datetime, zone: ZoneInfo, what: str, *, due: datetime | None = None, end: datetime | None = None
) -> PickerDialog:
    """Ask for a time, later than ``due`` and before ``end`` if these are given; ``snooze_time`` reads the answer."""
    base = now if due is None else max(now, due)
    return PickerDialog(
        f"Put {what} off until",
        HOW,
        lambda text: choices(text, base, now, zone, end),
        empty=EMPTY,
    )


def snooze_time(answer: str) -> datetime | None:
    """Give the instant (UTC) of a choice."""
    try:
        return from_text(answer)
    except ValueError:
        return None


def choices(text: str, base: datetime, now: datetime, zone: ZoneInfo, end: datetime | None = None) -> Sequence[Choice]:
    """Give the usual times after ``base`` and before ``end`` that fit, and before them what was typed, if it does."""
    typed = read_time(text, base, zone)
    times = _usual(base, now, zone, short=end is not None and end - base <= timedelta(hours=1))
    usual = narrowed([one for one in times if end is None or from_text(one.id) < end], text)
    if typed is None:
        if usual or not text.strip():
            return usual
        if read_time(text, now, zone) is not None:
            return [Choice("", text.strip(), off=f"it is planned for {_said(base, now, zone)} already")]
        return [Choice("", text.strip(), off=f"{UNREAD}; write {HOW}")]
    if end is not None and typed >= end:
        return [Choice("", _said(typed, now, zone), off=f"of no use from {_said(end, now, zone)} on"), *usual]
    first = Choice(to_text(typed), _said(typed, now, zone), "as you typed it")
    return [first, *(choice for choice in usual if choice.id != first.id)]


def _usual(base: datetime, now: datetime, zone: ZoneInfo, *, short: bool = False) -> list[Choice]:
    """Give the usual times; ``short`` ones as well where there is less than an hour."""
    day = base.astimezone(zone).date()
    following = day + timedelta(days=1)
    monday = day + timedelta(days=7 - day.weekday())
    later = base > now
    times = [
        ("An hour later" if later else "In an hour", base + timedelta(hours=1)),
        ("Three hours later" if later else "In three hours", base + timedelta(hours=3)),
        ("That evening" if later else "This evening", _at(day, _EVENING, zone)),
        ("The morning after" if later else "Tomorrow morning", _at(following, _MORNING, zone)),
        ("The Monday after" if later else "Monday morning", _at(monday, _MORNING, zone)),
    ]
    if short:
        words = ("A quarter of an hour later", "Half an hour later")
        words = words if later else ("In a quarter of an hour", "In half an hour")
        times = [(said, base + timedelta(minutes=15 * number)) for number, said in enumerate(words, 1)]
    unique: dict[datetime, str] = {}
    for words, instant in times:
        if instant > base:
            unique.setdefault(instant, words)
    return [Choice(to_text(instant), words, _said(instant, now, zone)) for instant, words in unique.items()]


def _said(instant: datetime, now: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{day_word(local.date(), now.astimezone(zone).date())} {local:%H:%M}"


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def read_time(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Read what a person types as a time to come; None when it is none. A time of day that is past is tomorrow's."""
    wanted = " ".join(text.lower().split())
    if not wanted:
        return None
    if found := _SPAN.fullmatch(wanted):
        span = timedelta(**{_UNITS[found["unit"]]: int(found["number"])})
        return now + span if span else None
    today = now.astimezone(zone).date()
    try:
        return _on_a_day(wanted, today, now, zone)
    except (ValueError, OverflowError):
        return None


def _on_a_day(wanted: str, today: date, now: datetime, zone: ZoneInfo) -> datetime | None:
    day: date | None = None
    rest = wanted
    if found := _DATE.fullmatch(wanted):
        day, rest = date.fromisoformat(found["day"]), found["rest"]
    else:
        for word, away in (("tomorrow", 1), ("today", 0)):
            if wanted.startswith(word):
                day, rest = today + timedelta(days=away), wanted.removeprefix(word).strip()
    clock = _MORNING if day is not None and not rest else _clock(rest)
    if clock is None:
        return None
    instant = _at(day or today, clock, zone)
    if instant <= now and day is None:
        instant = _at(today + timedelta(days=1), clock, zone)
    return instant if instant > now else None


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "pm" else 0)
    return time(hour, int(found["minute"] or 0))
