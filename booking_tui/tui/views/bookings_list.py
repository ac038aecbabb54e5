"""The list of bookings: where its rows come from, and its columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from booking_tui.domain.filter import Filter
from booking_tui.domain.rows import BookingKey, BookingRow, Scope
from booking_tui.services.queries import Queries
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.views.bookings_words import (
    day_said,
    kind_said,
    length_said,
    marks_cell,
    state_cell,
    when_said,
    who_cell,
)
from booking_tui.tui.views.reading_aside import Reads
from booking_tui.tui.widgets.table import VirtualTable
from booking_tui.tui.widgets.table_columns import Cell, Column
from booking_tui.tui.widgets.table_rows import Extent

_LAST = BookingKey(ended=True, start=datetime(1, 1, 2, tzinfo=UTC), uid="")
"""Stands behind every booking there can be."""


class BookingTable(VirtualTable[BookingRow, BookingKey]):
    """The table of bookings: what has not ended by start, then what has ended, the latest first."""


class BookingSource:
    """Bookings of one scope that pass a filter, as they stand at one moment: what ends later does not change places."""

    def __init__(self, queries: Queries, scope: Scope, chosen: Filter, now: datetime) -> None:
        self._queries = queries
        self._scope = scope
        self._chosen = chosen
        self._now = now
        self._reads = Reads(queries)
        self.slow = not chosen.empty

    def row_id(self, row: BookingRow) -> str:
        return row.uid

    def key_of(self, row: BookingRow) -> BookingKey:
        return self._queries.booking_key(row, self._now)

    def page(
        self, *, after: BookingKey | None = None, before: BookingKey | None = None, limit: int
    ) -> Sequence[BookingRow]:
        def read() -> Sequence[BookingRow]:
            rows = self._queries.bookings_page(
                self._scope, self._chosen, after=after, before=before, limit=limit, now=self._now
            )
            # Of a group, the guest whom the filter means is named, not who came first.
            meant = self._queries.guests_meant(rows, self._chosen)
            return [row._replace(who=meant[row.uid]) if row.uid in meant else row for row in rows]

        return self._reads.run(read)

    def last(self, limit: int) -> Sequence[BookingRow]:
        return self.page(before=_LAST, limit=limit)

    def extent(self, step: int) -> Extent[BookingKey]:
        def read() -> Extent[BookingKey]:
            anchors = self._queries.bookings_anchors(self._scope, self._chosen, step=step, now=self._now)
            total = self._queries.bookings_count(self._scope, self._chosen, self._now)
            return Extent(total, tuple(anchors), step)

        return self._reads.run(read)

    def stop(self) -> None:
        self._reads.stop()


def booking_columns(context: Context, scope: Scope) -> tuple[Column[BookingRow], ...]:
    """Give the columns of a list; cells are drawn for the look, the zone and the moment. What is over stands back."""

    def toned(row: BookingRow, tone: str) -> str:
        return tone if row.end > context.clock.now() or scope is Scope.PAST else "muted"

    def when(row: BookingRow) -> Cell:
        return Cell(when_said(row.start, context.clock.now(), context.zone), toned(row, "plain"))

    def called_off(row: BookingRow) -> Cell:
        words = "" if row.called_off is None else day_said(row.called_off, context.clock.now(), context.zone)
        return Cell(words, toned(row, "plain"))

    state_cells = 16 if scope in {Scope.WAITING, Scope.ALL} else 11 if scope is Scope.CANCELLED else 13
    columns = _columns(context, when, lambda row: who_cell(row, context.look, toned(row, "strong")), state_cells)
    if scope is not Scope.CANCELLED:
        return columns
    # How long it would have been does not matter any more; since when it is off does.
    off = Column("off", "called off", 11, called_off)
    return (columns[0], *columns[2:4], off, *columns[4:])


def _columns(
    context: Context, when: Callable[[BookingRow], Cell], who: Callable[[BookingRow], Cell], state_cells: int
) -> tuple[Column[BookingRow], ...]:
    return (
        Column("when", "when", 17, when, least=16),
        Column("len", "len", 4, lambda row: Cell(length_said(row.start, row.end), "muted"), fold=3, right=True),
        Column("who", "who", 20, who, least=16, grow=2, most=34),
        Column(
            "type",
            "type",
            14,
            lambda row: Cell(kind_said(row, context.look), "muted"),
            least=8,
            grow=1,
            most=28,
            fold=2,
        ),
        Column("state", "state", state_cells, lambda row: state_cell(row, context.clock.now(), glyphs(context.look))),
        Column(
            "marks",
            "also",
            16,
            lambda row: marks_cell(row, glyphs(context.look)),
            least=6,
            grow=1,
            most=30,
            fold=4,
        ),
    )
