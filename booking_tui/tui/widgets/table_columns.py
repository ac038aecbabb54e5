"""The columns of a virtual table: what a cell shows, and how the columns share, and give way for, the width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Generic, NamedTuple, TypeVar

from rich.cells import cell_len

from booking_tui.tui.text import cut, fit_text

Row = TypeVar("Row")

GAP = 1
"""Blank cells between two columns."""


class Cell(NamedTuple):
    """What one cell shows; ``tone`` is one of the table's tones. The text may be a stranger's: it is cleaned later."""

    text: str
    tone: str = "plain"
    tail: str = ""
    """What stands behind the text and is not cut with it, such as a count."""


TONES = ("plain", "muted", "strong", "good", "warn", "bad", "accent")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column. ``width`` is what it wants, ``least`` what it can live with; ``grow`` shares out what is left over.

    Columns with a higher ``fold`` leave first when there is no room; ``fold`` 0 always stays.
    """

    key: str
    title: str
    width: int
    cell: Callable[[Row], Cell]
    least: int = 0
    grow: int = 0
    most: int = 0
    """The widest it grows to; 0 is without bound."""
    fold: int = 0
    right: bool = False


class Placed(NamedTuple):
    """A column that is shown: its number among all columns, and its width in cells."""

    number: int
    width: int


def place(columns: Sequence[Column[Row]], room: int) -> tuple[Placed, ...]:
    """Choose the columns that fit into ``room`` cells, and their widths."""
    shown = list(range(len(columns)))
    while len(shown) > 1 and _least(columns, shown) > room:
        leaving = max(shown, key=lambda number: (columns[number].fold, number))
        if columns[leaving].fold == 0:
            break
        shown.remove(leaving)
    widths = {number: columns[number].width for number in shown}
    over = sum(widths.values()) + GAP * (len(shown) - 1) - room
    if over > 0:
        _shrink(columns, widths, over)
    elif over < 0:
        _grow(columns, widths, -over)
    return tuple(Placed(number, width) for number, width in widths.items())


def _least(columns: Sequence[Column[Row]], shown: Sequence[int]) -> int:
    return sum(columns[number].least or columns[number].width for number in shown) + GAP * (len(shown) - 1)


def _shrink(columns: Sequence[Column[Row]], widths: dict[int, int], over: int) -> None:
    """Take ``over`` cells from the columns that can spare them, the widest first; then from the last ones."""
    while over > 0:
        spare = {n: w - columns[n].least for n, w in widths.items() if columns[n].least and w > columns[n].least}
        number = max(spare, key=lambda n: (spare[n], -n)) if spare else max(widths, key=lambda n: widths[n])
        if widths[number] <= 1:
            return
        widths[number] -= 1
        over -= 1


def _grow(columns: Sequence[Column[Row]], widths: dict[int, int], room: int) -> None:
    """Give ``room`` cells to the columns that grow, in turn by weight."""
    growing = [n for n in widths for _ in range(columns[n].grow)]
    while room > 0 and growing:
        for number in list(growing):
            most = columns[number].most
            if room == 0:
                return
            if most and widths[number] >= most:
                growing.remove(number)
                continue
            widths[number] += 1
            room -= 1


@cache
def _blank(width: int) -> str:
    return " " * width


def cell_text(cell: Cell, width: int, *, right: bool) -> str:
    """Give the harmless text of a cell, exactly as wide as its column."""
    if not cell.text:
        return _blank(width)
    tail = cell.tail if cell_len(cell.tail) < width else ""
    return fit_text(f"{cut(cell.text, width - cell_len(tail))}{tail}" if tail else cell.text, width, right=right)
