"""Pages of the inbox, newest first, by the arrival number alone."""

from __future__ import annotations

import heapq
import json
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.rows import EventRow
from booking_tui.domain.webhook import EventState, Verdict
from booking_tui.store.filtering import Word, escape_like, text_query, triggers
from booking_tui.store.folding import fold
from booking_tui.store.readers import Reader

if TYPE_CHECKING:
    from booking_tui.domain.filter import Term

Clause = tuple[str, tuple[Any, ...]]

_COLUMNS = (
    'seq, id, source, "trigger", received_at, verdict, state, http_status, latency_ms, booking_uid, error, replay_of,'
    " duplicate_of, test"
)
_HAS = {
    "error": "error IS NOT NULL",
    "test": "test = 1",
    "booking": "booking_uid IS NOT NULL",
    "replay": "replay_of IS NOT NULL",
    "duplicate": "duplicate_of IS NOT NULL",
    "latency": "latency_ms IS NOT NULL",
}
_BOOKING_HAS = {
    "note": "private_note IS NOT NULL",
    "notes": "notes IS NOT NULL",
    "payment": "payment_state IS NOT NULL",
    "link": "meeting_url IS NOT NULL",
    "seats": "seats IS NOT NULL",
}


def _row(row: tuple[Any, ...]) -> EventRow:
    received_at, verdict, state = from_text(row[4]), Verdict(row[5]), EventState(row[6])
    return EventRow._make((*row[:4], received_at, verdict, state, *row[7:13], bool(row[13])))


def row(reader: Reader, event_id: str) -> EventRow | None:
    """Give one event's list row."""
    rows = reader.rows(f"SELECT {_COLUMNS} FROM inbox WHERE id = ?", (event_id,))  # noqa: S608
    return _row(rows[0]) if rows else None


def _streams(reader: Reader, terms: Sequence[Term]) -> tuple[list[Clause], list[Clause]]:
    """Give the alternatives (each an index range in arrival order, to be merged) and the conditions on all of them."""
    alternatives: list[Clause] = [("1", ())]
    conditions: list[Clause] = []
    for term in terms:
        if term.key == "trigger" and not term.negated and len(alternatives) == 1:
            named = json.loads(triggers(reader, term.value))
            alternatives = [('"trigger" = ?', (name,)) for name in named]
            continue
        sql, parameters = _clause(reader, term)
        conditions.append((f"NOT coalesce({sql}, 0)" if term.negated else sql, parameters))
    return alternatives, conditions


def _clause(reader: Reader, term: Term) -> Clause:
    if term.instant is not None and term.until is not None:
        return "(received_at >= ? AND received_at < ?)", (to_text(term.instant), to_text(term.until))
    if term.key in {"state", "verdict"}:
        return f"{term.key} = ?", (term.value,)
    if term.key == "trigger":
        return '"trigger" IN (SELECT value FROM json_each(?))', (triggers(reader, term.value),)
    if term.key in {"from", "to"}:
        text = "" if term.instant is None else to_text(term.instant)
        return ("received_at >= ?" if term.key == "from" else "received_at < ?"), (text,)
    if term.key == "kind":
        return "source LIKE ? ESCAPE '\\'", (f"%{escape_like(term.value)}%",)
    return _clause_of_booking(term)


def _clause_of_booking(term: Term) -> Clause:
    """Give what asks about the event's booking."""
    if term.key == "status":
        return "EXISTS (SELECT 1 FROM booking WHERE uid = booking_uid AND status = ?)", (term.value,)
    if term.key == "has":
        name = fold(term.value)
        if name in _HAS:
            return f"({_HAS[name]})", ()
        if name in _BOOKING_HAS:
            return f"EXISTS (SELECT 1 FROM booking WHERE uid = booking_uid AND {_BOOKING_HAS[name]})", ()  # noqa: S608
        return "0", ()
    if not fold(term.value):
        return "1", ()
    where, parameters = text_query([Word(term.value, term.key == "who")])
    by_booking = (
        "booking_uid IN (SELECT uid FROM booking WHERE id IN"  # noqa: S608
        f" (SELECT rowid FROM booking_text WHERE {where}))"
    )
    if term.key == "who":
        return by_booking, tuple(parameters)
    like = "LIKE ? ESCAPE '\\'"
    pattern = f"%{escape_like(term.value)}%"
    meant = [(name, word.value) for name, word in (("state", term.state), ("verdict", term.verdict)) if word]
    named = "".join(f" OR {name} = ?" for name, _ in meant)
    return f'("trigger" {like} OR error {like} OR booking_uid {like} OR id {like} OR {by_booking}{named})', (
        *[pattern] * 4,
        *parameters,
        *(value for _, value in meant),
    )


def page(
    reader: Reader, terms: Sequence[Term], *, after: int | None = None, before: int | None = None, limit: int
) -> list[EventRow]:
    """Give events newest first; see ``Inbox.page``."""
    backwards = before is not None
    alternatives, conditions = _streams(reader, terms)
    if backwards:
        conditions.append(("seq > ?", (before,)))
    elif after is not None:
        conditions.append(("seq < ?", (after,)))
    found = [_stream(reader, [clause, *conditions], backwards, limit) for clause in alternatives]
    merged = heapq.merge(*found, key=lambda each: each.seq, reverse=not backwards)
    rows = list(islice(merged, limit))
    return rows[::-1] if backwards else rows


def _stream(reader: Reader, clauses: list[Clause], ascending: bool, limit: int) -> list[EventRow]:
    where, parameters = _where(clauses)
    order = "ASC" if ascending else "DESC"
    sql = f"SELECT {_COLUMNS} FROM inbox WHERE {where} ORDER BY seq {order} LIMIT ?"  # noqa: S608
    return [_row(each) for each in reader.rows(sql, (*parameters, limit))]


def _where(clauses: list[Clause]) -> Clause:
    return " AND ".join(sql for sql, _ in clauses), tuple(value for _, values in clauses for value in values)


def count(reader: Reader, terms: Sequence[Term]) -> int:
    """Count the events that match."""
    alternatives, conditions = _streams(reader, terms)
    total = 0
    for clause in alternatives:
        where, parameters = _where([clause, *conditions])
        total += reader.rows(f"SELECT count(*) FROM inbox WHERE {where}", parameters)[0][0]  # noqa: S608
    return total


def anchors(reader: Reader, terms: Sequence[Term], step: int) -> list[int]:
    """Give the seq of rows 0, step, 2·step … of the list."""
    alternatives, conditions = _streams(reader, terms)
    found: list[list[tuple[int]]] = []
    for clause in alternatives:
        where, parameters = _where([clause, *conditions])
        if len(alternatives) == 1:
            return _every(reader, where, parameters, step)
        found.append(reader.rows(f"SELECT seq FROM inbox WHERE {where} ORDER BY seq DESC", parameters))  # noqa: S608
    merged = heapq.merge(*found, reverse=True)
    return [seq for (seq,) in islice(merged, 0, None, step)]


def _every(reader: Reader, where: str, parameters: tuple[Any, ...], step: int) -> list[int]:
    sql = (
        "SELECT seq FROM (SELECT seq, row_number() OVER (ORDER BY seq DESC) - 1 AS place"  # noqa: S608
        f" FROM inbox WHERE {where}) WHERE place % ? = 0 ORDER BY place"
    )
    return [seq for (seq,) in reader.rows(sql, (*parameters, step))]
