"""Reading single fields of a payload: a field of an odd type counts as absent, text is made fit for keeping."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_tui.domain.instants import from_text
from booking_tui.providers.calcom.strict_json import Json

Fields = Mapping[str, Json]
NOTHING: Fields = {}

_UNKEEPABLE = re.compile("[\ud800-\udfff\x00]")
_LINK = re.compile(r"https?://[^\s\x00-\x20\"<>\\^`{|}]+", re.IGNORECASE)

SHORT = 300
LONG = 10_000
_LINK_LIMIT = 4_096
_PEOPLE_LIMIT = 1_000
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(3000, 1, 1, tzinfo=UTC)
"""Outside, some zone's clock or some sum of times has no name for the instant any more."""


class UnusableError(ValueError):
    """An authentic event that cannot be applied; the text says why, for a person."""


def clean(text: str, limit: int) -> str:
    """Strip and cut a text, and replace what a database or a screen cannot keep (NUL, lone surrogates)."""
    return _UNKEEPABLE.sub("\ufffd", text.strip())[:limit]


def quoted(text: str) -> str:
    """Show a value inside a reason: short, without control characters."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in clean(text, 80))
    return f"“{shown}”"


def text_of(fields: Fields, key: str, limit: int = SHORT) -> str | None:
    """Give a text field; None when absent, empty or no text."""
    value = fields.get(key)
    return (clean(value, limit) or None) if isinstance(value, str) else None


def number_of(fields: Fields, key: str) -> int | None:
    """Give a whole number; None for anything else (booleans too)."""
    value = fields.get(key)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def object_of(fields: Fields, key: str) -> Fields:
    """Give a nested object; an empty one for anything else."""
    value = fields.get(key)
    return value if isinstance(value, dict) else NOTHING


def objects_of(fields: Fields, key: str) -> Iterator[Fields]:
    """Give the objects of a list, skipping what is none."""
    value = fields.get(key)
    if isinstance(value, list):
        for item in value[:_PEOPLE_LIMIT]:
            if isinstance(item, dict):
                yield item


def instant_of(fields: Fields, key: str) -> datetime | None:
    """Give a time as a UTC instant; None when absent.

    Raises UnusableError, naming field and value, when it is there and cannot be read as a time with an offset.
    """
    value = fields.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise UnusableError(f"the time {key} is not a text")
    instant = _read_instant(value)
    if instant is None:
        raise UnusableError(f"the time {key} cannot be read: {quoted(value)}")
    if not _EARLIEST <= instant < _LATEST:
        raise UnusableError(f"the time {key} is not between {_EARLIEST.year} and {_LATEST.year}: {quoted(value)}")
    return instant


def lenient_instant(value: Json) -> datetime | None:
    """Give a time as a UTC instant; None for anything that is not one, or far from every calendar."""
    instant = _read_instant(value) if isinstance(value, str) else None
    return instant if instant is not None and _EARLIEST <= instant < _LATEST else None


def _read_instant(text: str) -> datetime | None:
    try:
        return from_text(text.strip())
    except (ValueError, OverflowError):
        return None


def link_of(value: Json) -> str | None:
    """Give a plain http or https link; None for anything else."""
    if not isinstance(value, str) or len(value) > _LINK_LIMIT:
        return None
    link = clean(value, _LINK_LIMIT)
    return link if _LINK.fullmatch(link) else None


def zone_of(value: Json) -> str | None:
    """Give the name of a time zone that this machine knows; None for anything else."""
    if not isinstance(value, str) or not 0 < len(value) <= 64:
        return None
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
