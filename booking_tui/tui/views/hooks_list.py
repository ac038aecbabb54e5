"""The list of received requests: where its rows come from, and its columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from booking_tui.domain.filter import Filter
from booking_tui.domain.rows import EventRow
from booking_tui.services.queries import Queries
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.views.hooks_words import ms_said, sender_said, state_said, time_said, verdict_said
from booking_tui.tui.views.reading_aside import Reads
from booking_tui.tui.widgets.table import VirtualTable
from booking_tui.tui.widgets.table_columns import Cell, Column
from booking_tui.tui.widgets.table_rows import Extent


class EventTable(VirtualTable[EventRow, int]):
    """The table of requests, newest first."""


class EventSource:
    """Requests that pass a filter, by arrival number."""

    def __init__(self, queries: Queries, chosen: Filter) -> None:
        self._queries = queries
        self._chosen = chosen
        self._reads = Reads(queries)
        self.slow = not chosen.empty

    def row_id(self, row: EventRow) -> str:
        return row.id

    def key_of(self, row: EventRow) -> int:
        return row.seq

    def page(self, *, after: int | None = None, before: int | None = None, limit: int) -> Sequence[EventRow]:
        return self._reads.run(lambda: self._queries.events_page(self._chosen, after=after, before=before, limit=limit))

    def last(self, limit: int) -> Sequence[EventRow]:
        return self.page(before=0, limit=limit)

    def extent(self, step: int) -> Extent[int]:
        def read() -> Extent[int]:
            anchors = self._queries.events_anchors(self._chosen, step=step)
            return Extent(self._queries.events_count(self._chosen), tuple(anchors), step)

        return self._reads.run(read)

    def stop(self) -> None:
        self._reads.stop()


def event_columns(context: Context) -> tuple[Column[EventRow], ...]:
    """Give the columns; cells are drawn for the look, the zone and the day of the moment."""

    def said(words: Callable[[EventRow], tuple[str, str]]) -> Callable[[EventRow], Cell]:
        return lambda row: Cell(*words(row))

    def verdict(row: EventRow) -> Cell:
        found = verdict_said(row, glyphs(context.look))
        return Cell(found.text, found.tone)

    def code(row: EventRow) -> Cell:
        return Cell(str(row.http_status), "muted" if row.http_status == 200 else "bad")

    return (
        Column(
            "time", "time", 9, lambda row: Cell(time_said(row.received_at, context.clock.now(), context.zone), "muted")
        ),
        Column("from", "from", 8, said(lambda row: sender_said(row, ascii_only=context.look.ascii)), fold=1),
        Column(
            "event",
            "event",
            24,
            lambda row: Cell(row.trigger or "no trigger", "plain" if row.trigger else "muted"),
            least=20,
            grow=1,
            most=36,
        ),
        Column("verdict", "verdict", 10, verdict),
        Column("state", "state", 15, said(state_said), fold=4, least=12),
        Column("code", "code", 4, code, fold=2, right=True),
        Column("ms", "ms", 5, lambda row: Cell(ms_said(row.latency_ms), "muted"), fold=3, right=True),
    )
