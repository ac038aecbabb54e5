"""A drawn list with a cursor that belongs to a row and not to a place: nothing jumps when rows come or go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from textual import events
from textual.geometry import Region, Size
from textual.message import Message

from booking_tui.tui.widgets.table_columns import Column
from booking_tui.tui.widgets.table_drawn import DrawnTable
from booking_tui.tui.widgets.table_rows import RowSource

Row = TypeVar("Row")
Key = TypeVar("Key")
T = TypeVar("T")

NEWER_MOST = 1000
"""New rows on top are counted up to this many."""
COUNT_PAUSE_S = 0.4
"""A list that changes is counted again at most this often."""


class CursorTable(DrawnTable[Row, Key], Generic[Row, Key]):
    """Draws the rows of a source, reads on as the person moves, and keeps the cursor on its row."""

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another row, or its row changed; ``row`` is None when there is none."""

        table: CursorTable[Any, Any]
        row: Any

    @dataclass
    class Counted(Message):
        """What titles say of the table may read differently now: its count, what stands above, busy or broken."""

        table: CursorTable[Any, Any]

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, CursorTable.Counted) and message.table is self.table

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        *,
        follows: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(columns, id=id)
        self.follows = follows
        """Whether new rows come on top, and the cursor goes with them while it stands there."""
        self.paused = False
        self.held = False
        """Whether what the cursor stands on is being read elsewhere, so that new rows must not take it along."""
        self.new_above = 0
        self._cursor_id: str | None = None
        self._aim = "top"
        """What the next rows are for: top, bottom, stay, or a row's id behind ``#``, behind ``?`` if it may be gone."""
        self._count_waits = False
        self._told: tuple[int, bool, int | None] | None = None

    # -- what the owner says -----------------------------------------------------------------------------------

    def open_source(self, source: RowSource[Row, Key], *, select: str | None = None) -> None:
        """Show another list from its top; ``select`` names the row to stand on if it is among the first."""
        self.trouble = None
        self.new_above = 0
        self._aim = f"?{select}" if select else "top"
        self._told = None
        self.feed.open(source, self._lines)
        self._tell()

    def reread(self) -> None:
        """Read again what is shown, because something changed. The row under the cursor stays on its line."""
        self.trouble = None
        if self.following or not self.feed.stretch.rows:
            self._aim = "top"
            self.feed.top(self._lines)
        else:
            self._aim = "stay"
            held = self.feed.stretch
            place = self.cursor_place if held.get(self.cursor_place) is not None else self.scroll_offset.y
            self.feed.reread(place, self._lines)
        self._count_soon()

    def swap_source(self, source: RowSource[Row, Key]) -> None:
        """Go on with another source of the same list without losing one's place."""
        self.feed.swap(source)
        self.reread()

    def go_to_key(self, row_id: str, key: Key) -> None:
        """Stand on the row with this id; it has this key in the present list."""
        self._aim = f"#{row_id}"
        if self._find(row_id) is not None:
            self.rows_changed(0)
        else:
            self.feed.at_key(key, self._lines)
            self._count_soon()

    @property
    def following(self) -> bool:
        """Whether a row that comes on top takes the cursor with it."""
        at_top = self.cursor_place == 0 and self.scroll_offset.y == 0
        return self.follows and not (self.paused or self.held) and at_top

    # -- what the feed says ------------------------------------------------------------------------------------

    def rows_changed(self, shift: int) -> None:
        held = self.feed.stretch
        if not held.rows and held.base > 0:
            self._aim = "bottom"
            self.feed.bottom(self._lines)
            return
        place, top = self._where(shift)
        top = self._filled_from(top)
        self._aim = "stay"
        self._set_height(top)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True)
        self._put_cursor(place)
        self._see()
        self._note_newer(count=True)
        self.refresh()

    def rows_counted(self) -> None:
        self._fill()
        self._tell()
        self.refresh()

    def reading_failed(self, words: str) -> None:
        self.trouble = words
        self._tell()
        self.refresh()

    def _where(self, shift: int) -> tuple[int, int]:
        """Give the cursor's place and the first line on screen for the rows held now."""
        held, top = self.feed.stretch, self.scroll_offset.y + shift
        if self._aim == "top":
            return 0, 0
        if self._aim == "bottom":
            return max(0, held.end - 1), max(0, held.end - (self.size.height - 1))
        if self._aim[:1] in {"#", "?"}:
            place = self._find(self._aim[1:])
            if place is None and self._aim[0] == "?":
                return 0, 0
            if place is None:
                return (self.cursor_place + shift, top) if held.get(self.cursor_place + shift) is not None else (0, 0)
            visible = top <= place < top + self.size.height - 1
            return place, top if visible else max(0, place - self._lines // 2)
        place = self._find(self._cursor_id)
        if place is None:
            return self.cursor_place + shift, max(0, top)
        return place, max(0, self.scroll_offset.y + place - self.cursor_place)

    def _find(self, row_id: str | None) -> int | None:
        source, held = self.feed.source, self.feed.stretch
        if source is None or row_id is None:
            return None
        return next((held.base + at for at, row in enumerate(held.rows) if source.row_id(row) == row_id), None)

    def _filled_from(self, top: int) -> int:
        """Give the first line on screen such that no row is hidden above while there are blank lines below.

        A list that a person holds still stays as it is, and says how many came on top.
        """
        if self.paused or not self.feed.stretch.at_end or not self.size.height:
            return top
        return max(0, min(top, self.feed.height - max(1, self.size.height - 1)))

    def _fill(self) -> None:
        """Set the height for what is known now, and scroll up where blank lines would stand below hidden rows."""
        top = self._filled_from(self.scroll_offset.y)
        self._set_height(top)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True)

    def _set_height(self, top: int) -> None:
        """Set the height of the list: at least what is on screen, for rows that are not counted yet."""
        least = top + self.size.height - 1 if top else 0
        self.virtual_size = Size(self.scrollable_content_region.width, max(self.feed.height, least) + 1)

    def _note_newer(self, *, count: bool) -> None:
        """Count what came on top if wanted, and tell when what titles say of it has changed."""
        source, held = self.feed.source, self.feed.stretch
        if self.follows and source is not None:
            if self.scroll_offset.y == 0:
                self.new_above = 0
                if held.at_top and held.rows:
                    self.feed.seen_top = source.key_of(held.rows[0])
            elif count:
                self.new_above = self.feed.newer(NEWER_MOST)
        news = (self.new_above, self.following, self.feed.total)
        if news != self._told:
            self._told = news
            self._tell()

    # -- moving ------------------------------------------------------------------------------------------------

    def move_to(self, place: int) -> None:
        """Put the cursor on a place and show it."""
        before = self.cursor_place
        place = max(0, min(place, self.feed.height - 1))
        self.feed.show(max(0, place - self._lines), place + self._lines)
        self._put_cursor(place)
        top, lines = self.scroll_offset.y, self.size.height - 1
        if self.cursor_place < top:
            self.scroll_to(y=self.cursor_place, animate=False, force=True)
        elif self.cursor_place >= top + lines:
            self.scroll_to(y=self.cursor_place - lines + 1, animate=False, force=True)
        for changed in {before, self.cursor_place}:
            # Scrolling draws everything anyway; a step within the screen draws two lines.
            self.refresh(Region(0, changed - self.scroll_offset.y + 1, self.size.width, 1))
        self._note_newer(count=False)

    def move_to_top(self) -> None:
        """Go to the first row there is now."""
        self._aim = "top"
        self.feed.top(self._lines)

    def move_to_bottom(self) -> None:
        """Go to the last row."""
        self._aim = "bottom"
        self.feed.bottom(self._lines)

    def _put_cursor(self, place: int) -> None:
        source, held = self.feed.source, self.feed.stretch
        if held.at_end:
            place = min(place, held.end - 1)
        self.cursor_place = max(0, place)
        row = held.get(self.cursor_place)
        self._cursor_id = source.row_id(row) if source and row is not None else None
        if row != self.cursor_row:
            self.cursor_row = row
            self.post_message(self.Highlighted(self, row))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._see()

    def _see(self) -> None:
        top = self.scroll_offset.y
        self.feed.show(top, top + self._lines)

    def on_focus(self, _: events.Focus) -> None:
        self.refresh()

    def on_blur(self, _: events.Blur) -> None:
        self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        self.painter.resize(self.scrollable_content_region.width)
        self._fill()
        self._see()

    # -- counting and threads ----------------------------------------------------------------------------------

    def _count_soon(self) -> None:
        if not self._count_waits:
            self._count_waits = True
            self.set_timer(COUNT_PAUSE_S, self._count_now)

    def _count_now(self) -> None:
        self._count_waits = False
        self.feed.count()

    def _tell(self) -> None:
        self.post_message(self.Counted(self))
