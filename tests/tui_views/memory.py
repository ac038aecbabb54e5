"""An in-memory list with a table over it, and ways to wait and to read lines."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from textual.app import App, ComposeResult

from booking_tui.tui.widgets.table import VirtualTable
from booking_tui.tui.widgets.table_columns import Cell, Column
from booking_tui.tui.widgets.table_rows import Extent


class Item(NamedTuple):
    """A row of the in-memory list; ``rank`` grows with time, the newest is shown first."""

    rank: int
    name: str


class ListSource:
    """An in-memory list, newest first, that counts what is asked of it."""

    def __init__(self, items: Sequence[Item], *, slow: bool = False) -> None:
        self.ranks = [-item.rank for item in items]
        self.items = list(items)
        assert self.ranks == sorted(self.ranks)
        self.slow = slow
        self.broken: str | None = None
        self.counting_fails = False
        self.asked: list[int] = []
        self.stopped = False

    def row_id(self, row: Item) -> str:
        return f"id-{row.rank}"

    def key_of(self, row: Item) -> int:
        return row.rank

    def page(self, *, after: int | None = None, before: int | None = None, limit: int) -> list[Item]:
        self.asked.append(limit)
        if self.broken:
            raise OSError(self.broken)
        if before is not None:
            end = bisect_left(self.ranks, -before)
            return self.items[max(0, end - limit) : end]
        start = 0 if after is None else bisect_right(self.ranks, -after)
        return self.items[start : start + limit]

    def last(self, limit: int) -> list[Item]:
        self.asked.append(limit)
        return self.items[max(0, len(self.items) - limit) :]

    def extent(self, step: int) -> Extent[int]:
        if self.broken or self.counting_fails:
            raise OSError(self.broken or "it cannot be counted")
        return Extent(len(self.items), tuple(-rank for rank in self.ranks[::step]), step)

    def stop(self) -> None:
        self.stopped = True

    def arrive(self, *ranks: int) -> None:
        for rank in ranks:
            self.items.insert(0, Item(rank, f"row {rank}"))
            self.ranks.insert(0, -rank)

    def leave(self, rank: int) -> None:
        at = self.ranks.index(-rank)
        del self.items[at], self.ranks[at]


class Endless(Sequence[Item]):
    """Rows that are made when they are looked at."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(self.count))]
        return Item(self.count - at, f"row {self.count - at}")


def endless(count: int) -> ListSource:
    source = ListSource([])
    source.items = Endless(count)  # type: ignore[assignment]
    source.ranks = range(-count, 0)  # type: ignore[assignment]
    return source


def listing(count: int, *, slow: bool = False) -> ListSource:
    return ListSource([Item(rank, f"row {rank}") for rank in range(count, 0, -1)], slow=slow)


class ItemTable(VirtualTable[Item, int]):
    """The table over the in-memory list."""


COLUMNS = (
    Column[Item]("rank", "rank", 8, lambda item: Cell(str(item.rank), "muted"), right=True),
    Column[Item]("name", "name", 12, lambda item: Cell(item.name), least=6, grow=1),
    Column[Item]("again", "again", 12, lambda item: Cell(item.name.upper(), "good"), least=6, fold=1),
    Column[Item]("more", "more", 20, lambda item: Cell("more"), fold=2),
)


class TableApp(App[None]):
    """An app that is nothing but a table."""

    def __init__(self, source: ListSource, *, follows: bool = True) -> None:
        super().__init__()
        self.source = source
        self.follows = follows
        self.heard: list[object] = []

    def compose(self) -> ComposeResult:
        yield ItemTable(COLUMNS, follows=self.follows)

    def on_mount(self) -> None:
        self.table.focus()
        self.table.open_source(self.source)

    @property
    def table(self) -> ItemTable:
        return self.query_one(ItemTable)

    def on_virtual_table_opened(self, message: ItemTable.Opened) -> None:
        self.heard.append(message)

    def on_virtual_table_marks_changed(self, message: ItemTable.MarksChanged) -> None:
        self.heard.append(message)


async def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until a condition holds, with a deadline, letting the app breathe."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never held"
        await asyncio.sleep(0.005)


def lines_of(table: ItemTable) -> list[str]:
    """Give the text of every line that the table shows."""
    return [table.render_line(y).text.rstrip() for y in range(table.size.height)]
