"""What every view with one main list can do with that list."""

from __future__ import annotations

from typing import Protocol

from booking_tui.tui.views.base import View
from booking_tui.tui.widgets.filter_bar import FilterBar
from booking_tui.tui.widgets.table_marks import Marks


class MarkableList(Protocol):
    """A list whose rows can be opened and marked, whatever the rows are."""

    marks: Marks

    def action_open(self) -> None:
        """Open the row under the cursor."""
        ...

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away."""
        ...

    def begin_range(self) -> None:
        """Mark from here to wherever the cursor goes, or keep the range that was begun."""
        ...

    def mark_all(self) -> None:
        """Mark every row that the filter leaves."""
        ...

    def unmark_all(self) -> None:
        """Take all marks away."""
        ...


class ListView(View):
    """A view around one list with a filter."""

    filter: FilterBar

    @property
    def main_list(self) -> MarkableList:
        """The list that the commands go to."""
        raise NotImplementedError

    def do_open(self) -> None:
        self.main_list.action_open()

    def do_mark(self) -> None:
        self.main_list.toggle_mark()

    def do_range(self) -> None:
        self.main_list.begin_range()

    def do_mark_all(self) -> None:
        self.main_list.mark_all()

    def leave_list(self) -> None:
        """Go one step back from the list: marks first, then the filter, then the view that led here."""
        if len(self.main_list.marks):
            self.main_list.unmark_all()
        elif not self.filter.chosen.empty:
            self.filter.set_text("")
        elif self.came_from is not None:
            self.post_message(self.WentBack())
