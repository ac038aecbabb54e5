"""Everything the Hooks view shows of one request, read in one go off the screen's thread."""

from __future__ import annotations

from dataclasses import dataclass

from booking_tui.domain.booking import Booking
from booking_tui.domain.filter import Filter, Term
from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.webhook import WebhookEvent
from booking_tui.ports import SignatureWhy
from booking_tui.services.queries import InboxSummary, Queries
from booking_tui.tui.widgets.json_text import JsonValue, Members, Numeral, children, read_json

OPEN_NAMES = frozenset(
    {
        "triggerEvent",
        "createdAt",
        "type",
        "startTime",
        "endTime",
        "timeZone",
        "status",
        "uid",
        "rescheduleUid",
        "iCalUID",
        "currency",
        "slug",
        "locale",
        "language",
        "version",
    }
)
"""JSON members whose texts name nobody and stay readable while names are hidden."""


@dataclass(frozen=True)
class EventReading:
    """One request with all that belongs to it. ``body`` has its secrets blotted out, every other byte as received."""

    event: WebhookEvent
    body: bytes
    value: JsonValue
    not_json: str | None
    """Why the body cannot be read as JSON; None when it can."""
    why: SignatureWhy | None
    effects: tuple[HistoryEntry, ...]
    booking: Booking | None


@dataclass(frozen=True)
class Comparison:
    """Two requests side by side; ``older`` is None when there is nothing to compare with."""

    older: WebhookEvent | None
    newer: WebhookEvent
    old_value: JsonValue = None
    new_value: JsonValue = None
    problem: str | None = None
    relation: str = ""


def read_event(queries: Queries, event_id: str) -> EventReading | None:
    """Read one request whole; None when it is not there any more."""
    event = queries.event(event_id)
    if event is None:
        return None
    body = queries.masked_body(event)
    value, problem = _parsed(body)
    detail = queries.booking_detail(event.booking_uid) if event.booking_uid else None
    return EventReading(
        event,
        body,
        value,
        problem,
        queries.explain(event.id),
        tuple(queries.effects(event.id)),
        detail.booking if detail else None,
    )


def compare(queries: Queries, event_id: str, marked: tuple[str, ...]) -> Comparison | None:
    """Set two requests side by side: two marked ones, or this one and what it repeats, replays or follows."""
    newer, relation = queries.event(event_id), "marked"
    older: WebhookEvent | None = None
    if len(marked) == 2:
        both = [event for event in (queries.event(marked[0]), queries.event(marked[1])) if event is not None]
        if len(both) == 2:
            older, newer = sorted(both, key=lambda event: event.seq)
    if newer is None:
        return None
    if older is None:
        older, relation = _origin(queries, newer)
    if older is None:
        return Comparison(None, newer)
    old_value, old_problem = _parsed(queries.masked_body(older))
    new_value, new_problem = _parsed(queries.masked_body(newer))
    return Comparison(older, newer, old_value, new_value, old_problem or new_problem, relation)


def _origin(queries: Queries, event: WebhookEvent) -> tuple[WebhookEvent | None, str]:
    """Find what a request comes after, and in what way."""
    if event.replay_of:
        return queries.event(event.replay_of), "replayed"
    if event.duplicate_of:
        return queries.event(event.duplicate_of), "repeated"
    if event.booking_uid:
        same = Filter((Term(None, event.booking_uid),), event.booking_uid)
        for row in queries.events_page(same, after=event.seq, limit=20):
            if row.booking_uid == event.booking_uid:
                return queries.event(row.id), "the same booking before"
    return None, ""


def _parsed(body: bytes) -> tuple[JsonValue, str | None]:
    try:
        return read_json(body), None
    except UnicodeDecodeError:
        return None, "the bytes are no UTF-8 text"
    except ValueError as error:
        return None, str(error)


def without_people(value: JsonValue, name: str = "") -> JsonValue:
    """Blot out every text that may name somebody; instants, states and ids stay."""
    if isinstance(value, Members):
        return Members((key, without_people(member, key)) for key, member in value)
    if isinstance(value, list):
        return [without_people(member, name) for _, member in children(value)]
    if isinstance(value, str) and not isinstance(value, Numeral) and name not in OPEN_NAMES:
        return "•••"
    return value


def read_summary(queries: Queries) -> InboxSummary:
    """Read the day's counts; may take a while with very many requests."""
    return queries.inbox_summary()
