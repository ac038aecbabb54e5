"""The drawn part of a virtual table: the lines of the rows that are held, or the words that stand in for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.style import Style
from textual.scroll_view import ScrollView
from textual.strip import Strip

from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.widgets.table_columns import Column
from booking_tui.tui.widgets.table_feed import RowFeed
from booking_tui.tui.widgets.table_paint import PREFIX, STYLES, TABLE_CSS, Notice, RowFlags, TablePainter
from booking_tui.tui.work import run_in_thread

Row = TypeVar("Row")
Key = TypeVar("Key")
T = TypeVar("T")


class DrawnTable(ScrollView, Generic[Row, Key], can_focus=True):
    """Draws the rows that its feed holds. Who moves the cursor and hears of the feed is a subclass's business."""

    DEFAULT_CSS = TABLE_CSS
    COMPONENT_CLASSES: ClassVar[set[str]] = {PREFIX + name for name in STYLES}

    def __init__(self, columns: Sequence[Column[Row]], *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.painter: TablePainter[Row] = TablePainter(columns, self._style_of)
        self.feed: RowFeed[Row, Key] = RowFeed(self, self._aside)
        self.notice = Notice("Nothing here yet")
        """What is said when the list is empty."""
        self.trouble: str | None = None
        """Why the rows could not be read, in words."""
        self.parted: Callable[[Row, Row], bool] = lambda _above, _below: False
        """Whether a line is to be drawn between two rows."""
        self.cursor_place = 0
        self.cursor_row: Row | None = None

    def use_columns(self, columns: Sequence[Column[Row]]) -> None:
        """Show the rows in other columns."""
        self.painter.use(columns)
        self.painter.resize(self.scrollable_content_region.width)
        self.refresh()

    def use_signs(self, signs: Glyphs) -> None:
        """Draw everything anew with these signs."""
        self.painter.signs = signs
        self.painter.forget()
        self.painter.resize(self.scrollable_content_region.width)
        self.refresh()

    @property
    def total(self) -> int | None:
        """How many rows the list has, None until they are counted."""
        return self.feed.total

    @property
    def _lines(self) -> int:
        return max(10, self.size.height - 1)

    def rows_changed(self, shift: int) -> None:
        """Hear that other rows are held."""
        raise NotImplementedError

    def rows_counted(self) -> None:
        """Hear that the rows are counted."""
        raise NotImplementedError

    def reading_failed(self, words: str) -> None:
        """Hear that the rows cannot be read."""
        raise NotImplementedError

    def is_marked(self, row: Row) -> bool:  # noqa: ARG002 - nothing is marked in a plain list
        """Say whether a row is marked."""
        return False

    def line_at(self, y: int) -> Strip:
        """Give the line ``y`` lines below the top of the table."""
        if y == 0:
            return self.painter.header(busy=self.feed.reading)
        place = y - 1 + self.scroll_offset.y
        row = self.feed.stretch.get(place)
        if row is not None:
            below = self.feed.stretch.get(place + 1)
            parted = below is not None and self.parted(row, below)
            flags = RowFlags(place == self.cursor_place, self.has_focus, self.is_marked(row), self.feed.stale, parted)
            return self.painter.row(row, flags)
        notice = self._notice()
        if notice is not None:
            lines = self.painter.notice(notice, self.size.height - 1)
            return lines[y - 1] if y <= len(lines) else self.painter.blank()
        return (
            self.painter.waiting()
            if place < self.feed.height and not self.feed.stretch.at_end
            else self.painter.blank()
        )

    def _notice(self) -> Notice | None:
        if self.feed.stretch.rows:
            return None
        if self.trouble:
            return Notice("This list could not be read", (self.trouble,), (("ctrl+r", "read again"),), "bad")
        if self.feed.reading or self.feed.source is None:
            return Notice(f"{self.painter.signs.busy} reading …", tone="muted")
        return self.notice

    def render_line(self, y: int) -> Strip:
        self.painter.resize(self.scrollable_content_region.width)
        return self.line_at(y)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.painter.forget()

    def _style_of(self, name: str) -> Style:
        whole = name in {"header", "busy", "base", "cursor", "cursor-blurred", "marked"}
        return self.get_component_rich_style(PREFIX + name, partial=not whole)

    def _aside(
        self, group: str, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]
    ) -> None:
        run_in_thread(self, work, done, group=f"table-{group}", description="reading rows", failed=failed)
