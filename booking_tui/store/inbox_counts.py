"""How many deliveries came, and how fast they were answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from booking_tui.domain.instants import cut, from_text, to_text
from booking_tui.store.readers import Reader

_MEASURED = 10_000
"""Only the newest so many measurements are looked at."""


class InboxCounts(NamedTuple):
    """What came: ``ok`` was applied, ignored or waits for it; ``refused`` failed the check."""

    total: int
    ok: int
    refused: int
    parked: int
    duplicates: int


def by_minute(reader: Reader, minutes: int, now: datetime) -> list[int]:
    """Count arrivals of each of the last minutes, oldest first."""
    this_minute = cut(now).replace(second=0, microsecond=0)
    starts = [this_minute - timedelta(minutes=back) for back in range(minutes - 1, -1, -1)]
    rows = reader.rows(
        "SELECT substr(received_at, 1, 16) AS minute, count(*) FROM inbox"
        " WHERE received_at >= ? AND received_at < ? GROUP BY minute",
        (to_text(starts[0]), to_text(this_minute + timedelta(minutes=1))),
    )
    found = dict(rows)
    return [found.get(to_text(start)[:16], 0) for start in starts]


def since(reader: Reader, day_start: datetime) -> InboxCounts:
    """Count by state what came since then."""
    rows = reader.rows(  # The plus keeps SQLite at the index by time: the one by state would be read whole.
        "SELECT state, count(*) FROM inbox WHERE received_at >= ? GROUP BY +state",
        (to_text(day_start),),
    )
    found: dict[str, int] = dict(rows)
    ok = sum(found.get(state, 0) for state in ("stored", "processed", "ignored"))
    parked, refused, duplicates = (found.get(state, 0) for state in ("parked", "quarantined", "duplicate"))
    return InboxCounts(sum(found.values()), ok, refused, parked, duplicates)


def through_tunnel(reader: Reader, since: datetime) -> tuple[datetime | None, int]:
    """Give when an authentic delivery last came by the tunnel, and how many deliveries did since then."""
    newest = reader.rows(
        "SELECT received_at FROM inbox WHERE via IS NOT NULL AND http_status = 200 ORDER BY received_at DESC LIMIT 1",
        (),
    )
    [[count]] = reader.rows("SELECT count(*) FROM inbox WHERE via IS NOT NULL AND received_at >= ?", (to_text(since),))
    return (from_text(newest[0][0]) if newest else None), count


def came_by_tunnel(reader: Reader, source: str, since: datetime) -> bool:
    """Say whether a sender's own delivery came by the tunnel since then: authentic, no test and no replay."""
    found = reader.rows(
        "SELECT 1 FROM inbox WHERE received_at >= ? AND via IS NOT NULL AND http_status = 200 AND source = ?"
        " AND test = 0 AND replay_of IS NULL LIMIT 1",
        (to_text(since), source),
    )
    return bool(found)


def latency(reader: Reader, start: datetime) -> tuple[float, float, float] | None:
    """Give median, 95th percentile (nearest rank) and worst, in milliseconds."""
    rows = reader.rows(
        "SELECT latency_ms FROM inbox WHERE received_at >= ? AND latency_ms IS NOT NULL"
        " ORDER BY received_at DESC LIMIT ?",
        (to_text(start), _MEASURED),
    )
    if not rows:
        return None
    values = sorted(row[0] for row in rows)
    last = len(values)
    return values[ceil(last * 0.5) - 1], values[ceil(last * 0.95) - 1], values[-1]
