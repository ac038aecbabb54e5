"""Days in words that do not follow the machine's locale, so that every screen reads the same everywhere."""

from __future__ import annotations

from datetime import date

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def weekday(day: date) -> str:
    """Write the day of the week in three letters."""
    return _DAYS[day.weekday()]


def day_word(day: date, today: date | None = None) -> str:
    """Write a day ("Thu 4 Mar"), with its year where that is not this one."""
    word = f"{weekday(day)} {day.day} {_MONTHS[day.month - 1]}"
    return word if today is None or day.year == today.year else f"{word} {day.year}"
