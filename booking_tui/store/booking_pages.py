"""Pages of bookings by keyset: never an offset, always the list's order.

A list has two halves: bookings that have not ended, by start ascending, and those that ended, by start descending.
What has started and not ended is found in a range of the start index, because the longest booking is known.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from peewee import SQL, Tuple, fn

from booking_tui.domain.booking import BookingStatus
from booking_tui.domain.instants import cut, from_text, to_text
from booking_tui.domain.rows import BookingKey, BookingRow, Scope
from booking_tui.store.booking_rows import LIST_COLUMNS, list_row
from booking_tui.store.filtering import Condition, Selection, back, in_json, longest, select
from booking_tui.store.folding import storable
from booking_tui.store.models import BookingTable as Row
from booking_tui.store.readers import Reader

if TYPE_CHECKING:
    from booking_tui.domain.filter import Term

_MS = timedelta(milliseconds=1)
_LIVE, _ENDED = False, True
_EVERY = frozenset(BookingStatus)
_SCOPES: dict[Scope, tuple[frozenset[BookingStatus], tuple[bool, ...]]] = {
    Scope.ALL: (_EVERY, (_LIVE, _ENDED)),
    Scope.UPCOMING: (frozenset({BookingStatus.ACCEPTED}), (_LIVE,)),
    Scope.WAITING: (frozenset({BookingStatus.PENDING}), (_LIVE,)),
    Scope.PAST: (frozenset({BookingStatus.ACCEPTED, BookingStatus.PENDING}), (_ENDED,)),
    Scope.CANCELLED: (frozenset({BookingStatus.CANCELLED, BookingStatus.REJECTED}), (_LIVE, _ENDED)),
    Scope.MOVED: (frozenset({BookingStatus.RESCHEDULED}), (_LIVE, _ENDED)),
}


@dataclass(frozen=True, slots=True)
class _Half:
    """One half of a list under one filter: a half-open range of starts and the statuses in it."""

    ended: bool | None
    """None for both halves at once, which have no order."""
    now: datetime
    low: datetime | None
    high: datetime | None
    statuses: frozenset[BookingStatus]
    selection: Selection

    def conditions(self, low: BookingKey | None = None, high: BookingKey | None = None) -> list[Condition]:
        """Give the conditions on the start index, tightened to what lies strictly between two keys.

        A key outside the range (of an older filter, say) is no bound.
        """
        place = Tuple(Row.starts, Row.uid)
        found: list[Condition] = []
        if low is not None and (self.low is None or low.start >= self.low):
            found.append(place > Tuple(to_text(low.start), low.uid))
        elif self.low is not None:
            found.append(Row.starts >= self.low)
        if high is not None and (self.high is None or high.start < self.high):
            found.append(place < Tuple(to_text(high.start), high.uid))
        elif self.high is not None:
            found.append(Row.starts < self.high)
        if not found:
            found.append(Row.starts.is_null(is_null=False))
        if self.ended is not None:
            found.append(Row.ends <= self.now if self.ended else Row.ends > self.now)
        if self.selection.ids is not None:
            found.append(Row.id.in_(in_json(self.selection.ids)))
        return found + self.selection.conditions

    def streams(self) -> list[Condition]:
        """Give one condition for each index range to be merged: one over all statuses, or one for each status."""
        if self.statuses == _EVERY:
            return [None]
        if self.selection.ids is not None:
            return [Row.status.in_(sorted(status.value for status in self.statuses))]
        return [Row.status == status.value for status in sorted(self.statuses)]


def _halves(reader: Reader, scope: Scope, terms: Sequence[Term], now: datetime) -> list[_Half]:
    selection = select(reader, terms)
    statuses, sides = _SCOPES[scope]
    statuses &= selection.statuses
    if not statuses:
        return []
    return [_half(reader, side, now, statuses, selection) for side in sides]


def _half(
    reader: Reader, ended: bool, now: datetime, statuses: frozenset[BookingStatus], selection: Selection
) -> _Half:
    low, high = selection.low, selection.high
    if ended:
        high = now + _MS if high is None else min(high, now + _MS)
    else:
        earliest = back(now, longest(reader))
        low = earliest if low is None else max(low, earliest)
    return _Half(ended, now, low, high, statuses, selection)


def page(
    reader: Reader,
    scope: Scope,
    terms: Sequence[Term],
    now: datetime,
    *,
    after: BookingKey | None = None,
    before: BookingKey | None = None,
    limit: int,
) -> list[BookingRow]:
    """Give rows in the list's order: what follows ``after``, or the ``limit`` rows that lead up to ``before``."""
    halves = _halves(reader, scope, terms, cut(now))
    backwards = before is not None
    key = before if backwards else after
    rows: list[BookingRow] = []
    for half in reversed(halves) if backwards else halves:
        if key is not None and half.ended != key.ended:
            # A key in the other half: this half lies wholly before it or wholly after it.
            if half.ended == backwards:
                continue
            rows += _run(reader, half, None, backwards, limit - len(rows))
        else:
            rows += _run(reader, half, key, backwards, limit - len(rows))
        if len(rows) >= limit:
            break
    return rows[::-1] if backwards else rows


def _run(reader: Reader, half: _Half, key: BookingKey | None, backwards: bool, limit: int) -> list[BookingRow]:
    ascending = half.ended == backwards
    conditions = half.conditions(low=key) if ascending else half.conditions(high=key)
    queries = [page_query(conditions, status, ascending=ascending, limit=limit) for status in half.streams()]
    streams = [_rows(reader, query) for query in queries]
    merged = heapq.merge(*streams, key=lambda row: (row.start, row.uid), reverse=not ascending)
    return list(islice(merged, limit))


def page_query(conditions: Sequence[Condition], status: Condition | None, *, ascending: bool, limit: int) -> Condition:
    """Give the query of one index range."""
    order = (Row.starts, Row.uid) if ascending else (Row.starts.desc(), Row.uid.desc())
    chosen = list(conditions) if status is None else [status, *conditions]
    return Row.select(SQL(LIST_COLUMNS)).where(*chosen).order_by(*order).limit(limit)


def count(reader: Reader, scope: Scope, terms: Sequence[Term], now: datetime) -> int:
    """Count the rows of a list."""
    halves = _halves(reader, scope, terms, cut(now))
    if len(halves) == len((_LIVE, _ENDED)):
        # Together the halves are everything in the filter's own range, whatever the time is.
        low, high = halves[0].selection.low, halves[0].selection.high
        halves = [replace(halves[0], ended=None, low=low, high=high)]
    return sum(_size(reader, half) for half in halves)


def _size(reader: Reader, half: _Half) -> int:
    query = Row.select(fn.COUNT(SQL("*"))).where(*half.conditions(), *_any_of(half))
    reader.check()
    [(number,)] = list(query.tuples().execute(reader.database))
    return int(number)


def _any_of(half: _Half) -> list[Condition]:
    return [] if half.statuses == _EVERY else [Row.status.in_(sorted(status.value for status in half.statuses))]


def anchors(reader: Reader, scope: Scope, terms: Sequence[Term], now: datetime, step: int) -> list[BookingKey]:
    """Give the key of rows 0, step, 2·step … of a list."""
    keys: list[BookingKey] = []
    done = 0
    for half in _halves(reader, scope, terms, cut(now)):
        keys += _anchors_of(reader, half, done, step)
        done += _size(reader, half)
    return keys


def _anchors_of(reader: Reader, half: _Half, done: int, step: int) -> list[BookingKey]:
    order = (Row.starts.desc(), Row.uid.desc()) if half.ended else (Row.starts, Row.uid)
    number = fn.ROW_NUMBER().over(order_by=list(order)).alias("number")
    numbered = (
        Row.select(Row.starts.alias("starts"), Row.uid.alias("uid"), number)
        .where(*half.conditions(), *_any_of(half))
        .alias("numbered")
    )
    query = (
        Row.select(numbered.c.starts, numbered.c.uid)
        .from_(numbered)
        .where(SQL("(number - 1 + ?) % ? = 0", (done, step)))
    )
    reader.check()
    rows = list(query.order_by(numbered.c.number).tuples().execute(reader.database))
    return [BookingKey(bool(half.ended), _instant(starts), uid) for starts, uid in rows]


def _instant(value: datetime | str) -> datetime:
    return from_text(value) if isinstance(value, str) else value


def between(
    reader: Reader, start: datetime, end: datetime, statuses: Sequence[BookingStatus] | None
) -> list[BookingRow]:
    """Give the bookings that overlap ``[start, end)``, by start."""
    earliest = back(start, longest(reader))
    parameters = [to_text(earliest), to_text(end), to_text(start)]
    chosen = ""
    if statuses is not None:
        chosen = f" AND status IN ({', '.join('?' * len(statuses))})"
        parameters += [status.value for status in statuses]
    statement = (
        f"SELECT {LIST_COLUMNS} FROM booking WHERE starts >= ? AND starts < ? AND ends > ?{chosen} ORDER BY starts, uid"  # noqa: S608
    )
    return [list_row(row) for row in reader.rows(statement, tuple(parameters))]


def rows_of(reader: Reader, uids: Sequence[str]) -> list[BookingRow]:
    """Give the rows of these uids that have a time, by start."""
    conditions = [Row.uid.in_([storable(uid) for uid in uids]), Row.starts.is_null(is_null=False)]
    query = Row.select(SQL(LIST_COLUMNS)).where(*conditions).order_by(Row.starts, Row.uid)
    return _rows(reader, query)


def _rows(reader: Reader, query: Condition) -> list[BookingRow]:
    """Run a query of ``LIST_COLUMNS``; its values are taken as SQLite gives them, not as Peewee would read them."""
    sql, parameters = reader.database.get_sql_context().sql(query).query()
    return [list_row(row) for row in reader.rows(sql, tuple(parameters))]
