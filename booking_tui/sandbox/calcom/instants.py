"""The three ways in which Cal.com writes an instant."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def on_form(at: datetime) -> str:
    """Write it as the booking form's path does: seconds and Z, `2025-11-18T09:30:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_row(at: datetime) -> str:
    """Write it as a database row is serialised: milliseconds and Z, `2025-11-18T09:30:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def on_cancel(at: datetime) -> str:
    """Write it with a numeric offset, `2025-11-20T10:15:00+00:00`."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def utc_offset(zone: str, at: datetime) -> int:
    """Give the zone's offset at that instant, in minutes east of UTC."""
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0
