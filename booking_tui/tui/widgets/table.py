"""The virtual table as the views use it: keys, mouse, marks and text selection on top of the drawn list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip

from booking_tui.tui.widgets.lines_view import lit
from booking_tui.tui.widgets.table_columns import Column
from booking_tui.tui.widgets.table_cursor import CursorTable
from booking_tui.tui.widgets.table_marks import MOST, Marks
from booking_tui.tui.widgets.table_paint import RowFlags
from booking_tui.tui.widgets.table_rows import RowSource
from booking_tui.tui.work import run_in_thread

Row = TypeVar("Row")
Key = TypeVar("Key")


class VirtualTable(CursorTable[Row, Key], Generic[Row, Key]):
    """A list that opens a million rows as fast as none. Subclass it with concrete types for ``query_one``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Up", show=False),
        Binding("down,j", "step(1)", "Down", show=False),
        Binding("pageup", "leaf(-1)", "Page up", show=False),
        Binding("pagedown", "leaf(1)", "Page down", show=False),
        Binding("home", "top", "First", show=False),
        Binding("end,G", "bottom", "Last", show=False),
        Binding("enter", "open", "Open", show=False),
        Binding("shift+up", "reach(-1)", "Mark upwards", show=False),
        Binding("shift+down", "reach(1)", "Mark downwards", show=False),
        Binding("escape", "drop_range", "Drop the range", show=False),
    ]

    @dataclass
    class Opened(Message):
        """A row was chosen, by Enter or a double click."""

        table: VirtualTable[Any, Any]
        row: Any

    @dataclass
    class MarksChanged(Message):
        """Other rows are marked; ``capped`` when more were wanted than can be marked at once."""

        table: VirtualTable[Any, Any]
        ids: tuple[str, ...]
        capped: bool = False

    def __init__(self, columns: Sequence[Column[Row]], *, follows: bool = False, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(columns, follows=follows, id=id)
        self.marks = Marks()

    # -- keys --------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "drop_range":
            return self.marks.range_from is not None
        return super().check_action(action, parameters)

    def action_step(self, by: int) -> None:
        if by < 0 and self.cursor_place == 0 and not self.feed.stretch.at_top:
            self.reread()
        self.move_to(self.cursor_place + by)
        self._stretch_range()

    def action_leaf(self, by: int) -> None:
        self.move_to(self.cursor_place + by * max(1, self.size.height - 2))
        self._stretch_range()

    def action_top(self) -> None:
        self.move_to_top()
        self._stretch_range()

    def action_bottom(self) -> None:
        self.move_to_bottom()
        self._stretch_range()

    def action_open(self) -> None:
        if self.cursor_row is not None:
            self.post_message(self.Opened(self, self.cursor_row))

    def action_reach(self, by: int) -> None:
        if self.marks.range_from is None:
            self.begin_range()
        self.action_step(by)

    def action_drop_range(self) -> None:
        self.marks.drop_range()
        self._marks_changed()

    # -- following ---------------------------------------------------------------------------------------------

    def toggle_follow(self) -> bool:
        """Stop following the newest row, or go there and follow again; the answer says whether it follows now."""
        if self.following:
            self.paused = True
        else:
            self.paused = False
            self.move_to_top()
        self._tell()
        return not self.paused

    # -- marks -------------------------------------------------------------------------------------------------

    def toggle_mark(self) -> None:
        """Mark the row under the cursor and go on to the next; ends a range by keeping it."""
        if self.marks.range_from is not None:
            self.marks.keep_range()
        elif (row_id := self._cursor_id) is not None:
            self.marks.toggle(row_id)
            self.move_to(self.cursor_place + 1)
        self._marks_changed()

    def begin_range(self) -> None:
        """Begin a range at the cursor; called again, keep it."""
        if self.marks.range_from is not None:
            self.marks.keep_range()
        elif self._cursor_id is not None:
            self.marks.begin_range(self._cursor_id)
        self._marks_changed()

    def mark_all(self) -> None:
        """Mark every row of the list, or take all marks away when all are marked."""
        source = self.feed.source
        if source is not None:
            run_in_thread(self, lambda: _all_ids(source), self._mark, group="table-marks", description="marking rows")

    def unmark_all(self) -> None:
        """Take all marks away."""
        self.marks.clear()
        self._marks_changed()

    def _mark(self, ids: Sequence[str]) -> None:
        wanted = ids[:MOST]
        if wanted and all(each in self.marks for each in wanted):
            self.unmark_all()
            return
        self.marks.add(wanted)
        self._marks_changed(capped=len(ids) > MOST)

    def _stretch_range(self) -> None:
        """Let the range reach from where it began to the cursor; one that began out of sight stays as it is."""
        source = self.feed.source
        if source is None or self.marks.range_from is None:
            return
        begin = self._find(self.marks.range_from)
        if begin is None:
            return
        first, last = sorted((begin, self.cursor_place))
        self.marks.stretch_range(source.row_id(row) for row in self.feed.between(first, last, MOST))
        self._marks_changed()

    def _marks_changed(self, *, capped: bool = False) -> None:
        self.refresh()
        self.post_message(self.MarksChanged(self, self.marks.ids, capped))

    def is_marked(self, row: Row) -> bool:
        source = self.feed.source
        return source is not None and source.row_id(row) in self.marks

    # -- mouse -------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y == 0:
            return
        place = offset.y - 1 + self.scroll_offset.y
        if place >= self.feed.height:
            return
        event.stop()
        self.move_to(place)
        if event.ctrl:
            self.toggle_mark()
        elif event.chain == 2:
            self.action_open()

    # -- text selection ----------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        line = y + self.scroll_offset.y if y else 0
        selection = self.text_selection
        span = selection.get_span(line) if selection is not None and y else None
        if span is not None:
            strip = lit(strip, *span, self.screen.get_component_rich_style("screen--selection"))
        return strip.apply_offsets(0, line)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        source = self.feed.source
        if source is None:
            return None
        held = self.feed.stretch
        first = selection.start.y if selection.start else held.base + 1
        last = selection.end.y if selection.end else held.end
        lines: list[str] = []
        for line in range(max(1, first), min(last, held.end) + 1):
            row = held.get(line - 1)
            span = selection.get_span(line)
            if row is not None and span is not None:
                text = self.painter.row(row, RowFlags()).text
                lines.append(text[span[0] : None if span[1] == -1 else span[1]].rstrip())
        return "\n".join(lines), "\n"


def _all_ids(source: RowSource[Row, Key]) -> list[str]:
    """Read the ids of a list from its top, one more than can be marked at most."""
    ids: list[str] = []
    after: Key | None = None
    while len(ids) <= MOST:
        rows = source.page(after=after, limit=1000)
        ids.extend(source.row_id(row) for row in rows)
        if len(rows) < 1000:
            break
        after = source.key_of(rows[-1])
    return ids
