"""Draws a virtual table line by line: header, rows, and the words that stand where no rows are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.text import cut
from booking_tui.tui.widgets.flow import Piece, flowed
from booking_tui.tui.widgets.table_columns import GAP, TONES, Cell, Column, Placed, cell_text, place

Row = TypeVar("Row")

_UNDERLINED = Style(underline=True)
GUTTER = 2
"""Cells left of the first column: cursor or mark, and a blank. One more blank stands on the right."""
PREFIX = "virtual-table--"
STYLES = ("header", "busy", "base", "cursor", "cursor-blurred", "marked", "key", *TONES)
"""The short names of the table's component styles."""
TABLE_CSS = """
DrawnTable {
    overflow-x: hidden;
    overflow-y: auto;
    scrollbar-gutter: stable;
    scrollbar-size: 0 1;
    background: $surface;
    color: $foreground;
    & > .virtual-table--base { background: $surface; color: $foreground; }
    & > .virtual-table--header { color: $text-muted; background: $surface; }
    & > .virtual-table--busy { color: $text-warning; background: $surface; }
    & > .virtual-table--cursor {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
    }
    & > .virtual-table--cursor-blurred { background: $block-cursor-blurred-background; color: $foreground; }
    & > .virtual-table--marked { background: $panel; color: $foreground; }
    & > .virtual-table--key { color: $text-accent; text-style: bold; }
    & > .virtual-table--plain { color: $foreground; }
    & > .virtual-table--muted { color: $text-muted; }
    & > .virtual-table--strong { color: $foreground; text-style: bold; }
    & > .virtual-table--good { color: $text-success; }
    & > .virtual-table--warn { color: $text-warning; }
    & > .virtual-table--bad { color: $text-error; }
    & > .virtual-table--accent { color: $text-accent; }
}
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a table says instead of rows: a sentence, what it means, and the keys that help (key, words)."""

    title: str
    lines: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    tone: str = "strong"


class RowFlags(NamedTuple):
    """How a row stands out."""

    cursor: bool = False
    focused: bool = False
    marked: bool = False
    stale: bool = False
    """Whether newer rows are being read while this one still shows."""
    parted: bool = False
    """Whether a line is drawn under it."""


class TablePainter(Generic[Row]):
    """Makes strips and keeps the last ones made. ``style_of`` gives the style of a component by its short name."""

    def __init__(self, columns: Sequence[Column[Row]], style_of: Callable[[str], Style]) -> None:
        self._columns = tuple(columns)
        self._style_of = style_of
        self._strips: LRUCache[tuple[Row, RowFlags], Strip] = LRUCache(400)
        self._styles: dict[tuple[str, RowFlags], Style] = {}
        self._width = -1
        self._placed: tuple[Placed, ...] = ()
        self.signs = Glyphs()

    @property
    def shown(self) -> tuple[str, ...]:
        """The keys of the columns that are shown at the present width."""
        return tuple(self._columns[number].key for number, _ in self._placed)

    def forget(self) -> None:
        """Draw everything anew: the look, the columns' words or the theme changed."""
        self._strips.clear()
        self._styles.clear()
        self._width = -1

    def use(self, columns: Sequence[Column[Row]]) -> None:
        """Show other columns."""
        self._columns = tuple(columns)
        self._strips.clear()
        self._width = -1

    def resize(self, width: int) -> None:
        """Lay the columns out for a width in cells."""
        if width == self._width:
            return
        self._width = width
        self._strips.clear()
        self._placed = place(self._columns, max(1, width - GUTTER - 1))

    def header(self, *, busy: bool) -> Strip:
        """Give the line of titles; a busy table shows it in the corner."""
        style = self._style_of("header")
        parts = [Segment((self.signs.busy if busy else " ") + " ", self._style_of("busy") if busy else style)]
        for number, width in self._placed:
            column = self._columns[number]
            parts.append(Segment(cell_text(Cell(column.title), width, right=column.right) + " " * GAP, style))
        return self._whole(parts, style)

    def row(self, row: Row, flags: RowFlags) -> Strip:
        """Give the line of one row."""
        key = (row, flags)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._draw(row, flags)
            self._strips[key] = strip
        return strip

    def blank(self) -> Strip:
        """Give a line without anything."""
        return Strip.blank(self._width, self._style_of("base"))

    def waiting(self) -> Strip:
        """Give the line of a row that is not read yet."""
        style = self._style_of("base") + self._style_of("muted")
        return self._whole([Segment(" " * GUTTER + self.signs.busy, style)], style)

    def notice(self, notice: Notice, height: int) -> list[Strip]:
        """Give all lines of a notice, in the middle of ``height`` lines."""
        lines: list[tuple[tuple[str, str], ...]] = [((cut(notice.title, self._width - 4), notice.tone),)]
        if notice.lines:
            lines.append(())
        for line in notice.lines:
            lines.extend(((part.text.rstrip(), "muted"),) for part in flowed((Piece(line),), max(8, self._width - 4)))
        if notice.keys:
            lines.append(())
        lines.extend(((key, "key"), (cut(f"  {words}", self._width - 6), "plain")) for key, words in notice.keys)
        above = max(0, (height - len(lines)) // 2 - (1 if height > len(lines) + 4 else 0))
        strips = [self.blank() for _ in range(above)]
        keys_at = self._keys_left(notice)
        strips.extend(self._centred(parts, keys_at) for parts in lines)
        return strips

    def _keys_left(self, notice: Notice) -> int:
        """Give the column where the keys begin, so that they stand below each other."""
        widest = max((cell_len(key) + 2 + cell_len(words) for key, words in notice.keys), default=0)
        return max(2, (self._width - widest) // 2)

    def _centred(self, parts: tuple[tuple[str, str], ...], keys_at: int) -> Strip:
        base = self._style_of("base")
        length = sum(cell_len(text) for text, _ in parts)
        left = keys_at if len(parts) == 2 else max(0, (self._width - length) // 2)
        segments = [Segment(" " * left, base)]
        segments.extend(Segment(text, base + self._style_of(tone)) for text, tone in parts)
        return self._whole(segments, base)

    def _draw(self, row: Row, flags: RowFlags) -> Strip:
        ground = self._style("plain", flags)
        mark = self.signs.mark if flags.marked else self.signs.cursor if flags.cursor else " "
        parts = [Segment(f"{mark} ", self._style("accent", flags))]
        for number, width in self._placed:
            column = self._columns[number]
            cell = column.cell(row)
            # The gap goes with the cell: each segment less makes scrolling cheaper.
            text = cell_text(cell, width, right=column.right) + " " * GAP
            parts.append(Segment(text, self._style(cell.tone, flags)))
        return self._whole(parts, ground)

    def _style(self, tone: str, flags: RowFlags) -> Style:
        key = (tone, flags)
        style = self._styles.get(key)
        if style is None:
            if flags.cursor:
                style = self._style_of("cursor" if flags.focused else "cursor-blurred")
            else:
                style = self._style_of("marked" if flags.marked else "base")
            if tone != "plain" and not (flags.cursor and flags.focused):
                style += self._style_of(tone)
            if flags.stale:
                style += self._style_of("muted")
            if flags.parted:
                style += _UNDERLINED
            self._styles[key] = style
        return style

    def _whole(self, parts: list[Segment], style: Style) -> Strip:
        return Strip(parts).adjust_cell_length(self._width, style)
