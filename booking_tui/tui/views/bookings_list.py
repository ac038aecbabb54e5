"""The list of bookings: where its rows come from, and its columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from booking_tui.domain.filter import Filter
from booking_tui.domain.rows import BookingKey, BookingRow, Scope
from booking_tui.services.queries import Queries
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.views.bookings_words import kind_said, length_said, marks_cell, state_cell, when_said, who_said
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
        return self._reads.run(
            lambda: self._queries.bookings_page(
                self._scope, self._chosen, after=after, before=before, limit=limit, now=self._now
            )
        )

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


def booking_columns(context: Context) -> tuple[Column[BookingRow], ...]:
    """Give the columns; cells are drawn for the look, the zone and the moment."""

    def when(row: BookingRow) -> Cell:
        now = context.clock.now()
        return Cell(when_said(row.start, now, context.zone), "plain" if row.end > now else "muted")

    return (
        Column("when", "when", 17, when, least=16),
        Column("len", "len", 4, lambda row: Cell(length_said(row.start, row.end), "muted"), fold=3, right=True),
        Column("who", "who", 20, lambda row: Cell(who_said(row, context.look), "strong"), least=16, grow=2, most=34),
        Column(
            "type",
            "type",
            14,
            lambda row: Cell(kind_said(row, context.look), "muted"),
            least=9,
            grow=1,
            most=28,
            fold=2,
        ),
        Column("state", "state", 11, lambda row: state_cell(row, context.clock.now(), glyphs(context.look))),
        Column(
            "marks",
            "also",
            16,
            lambda row: marks_cell(row, glyphs(context.look)),
            least=8,
            grow=1,
            most=30,
            fold=4,
        ),
    )
