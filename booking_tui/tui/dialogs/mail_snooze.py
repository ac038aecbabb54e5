"""Until when to put an email off: usual times to choose from, or a time as one types it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.mail.when import MORNING, read_when
from booking_tui.tui.dates import day_word
from booking_tui.tui.dialogs.picker import Choice, PickerDialog, narrowed

_EVENING = time(18)
HOW = "18:30, tomorrow 9:00, +2h"
EMPTY = f"No usual time is left before it is of no use any more. Write one: {HOW}."
UNREAD = "not read as a time"
PAST = "that is past"


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
    times = _usual(base, now, zone, short=end is not None and end - base <= timedelta(hours=1))
    usual = narrowed([one for one in times if end is None or from_text(one.id) < end], text)
    try:
        typed = read_when(text, now, zone, after=base)
    except ValueError:
        return usual if usual or not text.strip() else [Choice("", text.strip(), off=f"{UNREAD}; write {HOW}")]
    if typed <= now:
        return [Choice("", _said(typed, now, zone), off=PAST), *usual]
    if typed <= base:
        return [Choice("", _said(typed, now, zone), off=f"it is planned for {_said(base, now, zone)} already"), *usual]
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
        ("The morning after" if later else "Tomorrow morning", _at(following, MORNING, zone)),
        ("The Monday after" if later else "Monday morning", _at(monday, MORNING, zone)),
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
