"""Instants and their one text form.

Every instant inside the program is an aware ``datetime`` in UTC, cut to milliseconds. Its text form has a fixed
width, so that text order is time order: ``2026-11-22T09:05:00.000Z``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def to_text(instant: datetime) -> str:
    """Give the fixed-width UTC text with milliseconds.

    Raises ValueError for a naive datetime: a wall-clock time without a zone is not an instant.
    """
    if instant.tzinfo is None:
        raise ValueError(f"a naive datetime is not an instant: {instant!r}")
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def from_text(text: str) -> datetime:
    """Read any ISO 8601 text that names an offset; the result is UTC, cut to milliseconds.

    Raises ValueError when the text is not ISO 8601 or has no offset.
    """
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"no offset in {text!r}")
    return cut(value)


def cut(instant: datetime) -> datetime:
    """Bring an aware datetime to UTC and to whole milliseconds."""
    utc = instant.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def to_second_text(instant: datetime) -> str:
    """Give ``YYYY-MM-DDTHH:MM:SSZ``, the form in which a booking's start and end leave the program."""
    return to_text(instant)[:19] + "Z"


def minutes_between(start: datetime, end: datetime) -> int:
    """Count whole elapsed minutes from start to end."""
    return (end - start) // timedelta(minutes=1)
