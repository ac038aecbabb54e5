"""Inbox rows whole, with their bytes."""

from __future__ import annotations

import json
from typing import Any

from booking_tui.domain.instants import from_text
from booking_tui.domain.webhook import EventState, Verdict, WebhookEvent
from booking_tui.store.errors import AmbiguousPrefix
from booking_tui.store.readers import Reader

_WHOLE = (
    'SELECT seq, id, source, "trigger", received_at, verdict, state, http_status, latency_ms, booking_uid, error,'
    " replay_of, duplicate_of, test, headers, body, secret_id, peer, body_bytes, via"
    " FROM inbox JOIN inbox_content USING (seq)"
)

_BEGIN = "SELECT id FROM inbox WHERE id >= ? AND id < ? ORDER BY id LIMIT 2"
_END = "SELECT id FROM inbox WHERE substr(id, ?) = ? LIMIT 2"
SHORTEST_END = 4
"""Screens show the end of an id, since the beginning is the time and much alike."""


def pending(reader: Reader, limit: int) -> list[WebhookEvent]:
    """Give stored events in order of arrival."""
    rows = reader.rows(f"{_WHOLE} WHERE state = 'stored' ORDER BY seq LIMIT ?", (limit,))
    return [_whole(row) for row in rows]


def event(reader: Reader, event_id: str) -> WebhookEvent | None:
    """Give one event by its exact id."""
    rows = reader.rows(f"{_WHOLE} WHERE id = ?", (event_id,))
    return _whole(rows[0]) if rows else None


def find(reader: Reader, part: str) -> WebhookEvent | None:
    """Give the only event whose id begins with the text, or ends with it. Raises AmbiguousPrefix."""
    exact = event(reader, part)
    if exact is not None or not part:
        return exact
    found = {row[0] for row in reader.rows(_BEGIN, (part, part + "\U0010ffff"))}
    if len(part) >= SHORTEST_END:
        found |= {row[0] for row in reader.rows(_END, (-len(part), part))}
    if len(found) > 1:
        raise AmbiguousPrefix(f"several events' ids begin or end with {part}; give more of it")
    return event(reader, found.pop()) if found else None


def _whole(row: tuple[Any, ...]) -> WebhookEvent:
    return WebhookEvent(
        seq=row[0],
        id=row[1],
        source=row[2],
        trigger=row[3],
        received_at=from_text(row[4]),
        verdict=Verdict(row[5]),
        state=EventState(row[6]),
        http_status=row[7],
        latency_ms=row[8],
        booking_uid=row[9],
        error=row[10],
        replay_of=row[11],
        duplicate_of=row[12],
        test=bool(row[13]),
        headers=tuple((name, value) for name, value in json.loads(row[14])),
        body=bytes(row[15]),
        secret_id=row[16],
        peer=row[17],
        body_bytes=row[18],
        via=row[19],
    )
