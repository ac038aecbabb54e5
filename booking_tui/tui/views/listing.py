"""What every view with one main list does with that list."""

from __future__ import annotations

from typing import ClassVar, Protocol

from textual import events, on
from textual.timer import Timer
from textual.widget import Widget

from booking_tui.tui.views.base import View
from booking_tui.tui.views.eye import Eye, eye_of
from booking_tui.tui.widgets.filter_bar import FilterBar
from booking_tui.tui.widgets.table import VirtualTable
from booking_tui.tui.widgets.table_marks import Marks

DETAIL_PAUSE_S = 0.06
COUNT_PAUSE_S = 0.5


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

    def focus(self, scroll_visible: bool = True) -> object:
        """Go to the list."""
        ...


class ListView(View):
    """A view around one list with a filter, and beside it what the row under the cursor holds."""

    filter: FilterBar
    MARKED_FIRST: ClassVar[str] = "first"
    """Which rows are marked where there are more than can be."""
    _pause: Timer | None = None
    _count_waits = False

    @property
    def main_list(self) -> MarkableList:
        """The list that the commands go to."""
        raise NotImplementedError

    @property
    def beside(self) -> Widget:
        """What Enter goes to from the list."""
        raise NotImplementedError

    @property
    def one_at_a_time(self) -> bool:
        """Whether there is no room for both, so that what is beside the list takes the whole view."""
        raise NotImplementedError

    def read_detail(self) -> None:
        """Read what stands beside the list."""
        raise NotImplementedError

    def tell(self) -> None:
        """Write what the frame says of the list."""
        raise NotImplementedError

    def count(self) -> None:
        """Read what is counted of everything."""
        raise NotImplementedError

    @property
    def eye(self) -> Eye:
        """What drawing needs to know now."""
        return eye_of(self.context)

    @on(events.DescendantFocus)
    def list_shown(self, event: events.DescendantFocus) -> None:
        """Show the list when one gets there, by whatever way: keys that go to it must not act unseen."""
        if isinstance(event.widget, VirtualTable):
            self.remove_class("-full")

    # -- what the list says

    @on(VirtualTable.Highlighted)
    def row_changed(self, message: VirtualTable.Highlighted) -> None:
        """Read the row under the cursor after a short pause, so that a held key does not read them all."""
        message.stop()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(DETAIL_PAUSE_S, self.read_detail)
        self.post_message(self.OfferChanged())

    @on(VirtualTable.Counted)
    def list_counted(self, message: VirtualTable.Counted) -> None:
        """Write what the frame says of the list."""
        message.stop()
        self.tell()

    @on(VirtualTable.MarksChanged)
    def marks_changed(self, message: VirtualTable.MarksChanged) -> None:
        """Write how many are marked, and offer what can be done to them."""
        message.stop()
        if message.capped:
            self.flash(f"marked the {self.MARKED_FIRST} {len(message.ids):,}; there are more", "warning")
        self.post_message(self.OfferChanged())
        self.tell()

    @on(VirtualTable.Opened)
    def row_opened(self, message: VirtualTable.Opened) -> None:
        """Go to what stands beside the list; where there is no room for both it takes the whole view."""
        message.stop()
        self.set_class(self.one_at_a_time, "-full")
        self.beside.focus()
        self.post_message(self.OfferChanged())

    @on(FilterBar.Left)
    def filter_left(self, message: FilterBar.Left) -> None:
        """Go back to the list."""
        message.stop()
        self.main_list.focus()

    # -- what is counted

    def count_soon(self) -> None:
        """Count again in a moment: of many facts that come at once one count is enough."""
        if not self._count_waits:
            self._count_waits = True
            self.set_timer(COUNT_PAUSE_S, self._count_now)

    def _count_now(self) -> None:
        self._count_waits = False
        self.count()

    # -- commands

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
