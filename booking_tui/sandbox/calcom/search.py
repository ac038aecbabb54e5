"""Finds, sorts and pages bookings by the query of `GET /v2/bookings`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime

from starlette.requests import Request

from booking_tui.sandbox.calcom.gate import bad_request, instant_of, whole_of
from booking_tui.sandbox.calcom.model import Booking
from booking_tui.sandbox.calcom.signing import JsonObject

_Test = Callable[[Booking], bool]

_INSTANTS: dict[str, tuple[Callable[[Booking], datetime], bool]] = {
    "afterStart": (lambda row: row.start, True),
    "beforeEnd": (lambda row: row.end, False),
    "afterCreatedAt": (lambda row: row.created_at, True),
    "beforeCreatedAt": (lambda row: row.created_at, False),
    "afterUpdatedAt": (lambda row: row.updated_at, True),
    "beforeUpdatedAt": (lambda row: row.updated_at, False),
}
_SORTS: dict[str, Callable[[Booking], datetime]] = {
    "sortStart": lambda row: row.start,
    "sortEnd": lambda row: row.end,
    "sortCreated": lambda row: row.created_at,
    "sortUpdatedAt": lambda row: row.updated_at,
}


def _statuses(now: datetime) -> dict[str, _Test]:
    return {
        "upcoming": lambda row: row.end > now and row.status == "ACCEPTED",
        "recurring": lambda row: row.end > now and row.series is not None and row.status == "ACCEPTED",
        "past": lambda row: row.end <= now and row.status == "ACCEPTED",
        "cancelled": lambda row: row.status in {"CANCELLED", "REJECTED"},
        "unconfirmed": lambda row: row.end > now and row.status == "PENDING",
    }


def _tests(request: Request, now: datetime) -> Iterable[_Test]:
    query = request.query_params
    if wanted := query.get("status"):
        known = _statuses(now)
        if unknown := [name for name in wanted.split(",") if name not in known]:
            raise bad_request(f"status must be a list of {', '.join(known)}, not {unknown[0]}")
        chosen = [known[name] for name in wanted.split(",")]
        yield lambda row: any(test(row) for test in chosen)
    if email := query.get("attendeeEmail"):
        yield lambda row: row.seat_of(email) is not None
    if name := query.get("attendeeName"):
        yield lambda row: any(seat.person.name == name for seat in row.seats)
    if uid := query.get("bookingUid"):
        yield lambda row: row.uid == uid
    if numbers := query.get("eventTypeIds") or query.get("eventTypeId"):
        ids = set(numbers.split(","))
        yield lambda row: str(row.event_type.id) in ids
    for key, (read, after) in _INSTANTS.items():
        if text := query.get(key):
            yield _bound(read, instant_of(text, key), after=after)


def _bound(read: Callable[[Booking], datetime], limit: datetime, *, after: bool) -> _Test:
    return (lambda row: read(row) >= limit) if after else (lambda row: read(row) <= limit)


def find(rows: Iterable[Booking], request: Request, now: datetime) -> tuple[list[Booking], JsonObject]:
    """Give one page of the rows that the query wants, and its pagination. Raises `ApiError` 400."""
    take = whole_of(request, "take", 100, 1, 250)
    skip = whole_of(request, "skip", 0, 0, 10**9)
    tests = list(_tests(request, now))
    found = [row for row in rows if all(test(row) for test in tests)]
    for key, read in _SORTS.items():
        order = request.query_params.get(key)
        if order is not None:
            if order not in {"asc", "desc"}:
                raise bad_request(f'{key} must be either "asc" or "desc"')
            found.sort(key=read, reverse=order == "desc")
    page = found[skip : skip + take]
    return page, {
        "totalItems": len(found),
        "remainingItems": max(len(found) - skip - len(page), 0),
        "returnedItems": len(page),
        "itemsPerPage": take,
        "currentPage": skip // take + 1,
        "totalPages": math.ceil(len(found) / take),
        "hasNextPage": skip + take < len(found),
        "hasPreviousPage": skip > 0,
    }
