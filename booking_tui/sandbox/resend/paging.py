"""Lists in pages: `limit` from 1 to 100, and `after` or `before` the id of an item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from booking_tui.sandbox.resend.wire import ApiError, Json, JsonObject, invalid

LIMIT = 20
LIMIT_MAX = 100

T = TypeVar("T")


def page(
    rows: Sequence[T], query: Mapping[str, str], shape: Callable[[T], JsonObject], default: int = LIMIT
) -> JsonObject:
    """Give one page, `{"object": "list", "has_more", "data"}`; rows in the order of the list. Raises `ApiError` 422."""
    limit = _limit(query, default)
    told = [shape(row) for row in rows]
    ids = [row["id"] for row in told]
    after, before = query.get("after"), query.get("before")
    if after is not None and before is not None:
        raise invalid("The `after` and `before` parameters cannot be used together.")
    low, high = 0, len(told)
    if after is not None:
        low = _position(ids, after) + 1
    if before is not None:
        high = _position(ids, before)
        low = max(0, high - limit)
        more = low > 0
    else:
        more = high > low + limit
    data: list[Json] = [*told[low : min(high, low + limit)]]
    return {"object": "list", "has_more": more, "data": data}


def _limit(query: Mapping[str, str], default: int) -> int:
    text = query.get("limit")
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= LIMIT_MAX:
        raise invalid(f"The `limit` parameter must be a number from 1 to {LIMIT_MAX}.")
    return int(text)


def _position(ids: Sequence[Json], cursor: str) -> int:
    if cursor not in ids:
        raise ApiError(404, "not_found", "The cursor was not found")
    return ids.index(cursor)
