"""How the Today view is laid out: two halves and a box below, or folded on narrow screens."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from booking_tui.tui.context import Context
from booking_tui.tui.views.base import View
from booking_tui.tui.views.today_agenda import Scene
from booking_tui.tui.views.today_around import SelectedPane, TroubleLine
from booking_tui.tui.views.today_feed import FeedPane
from booking_tui.tui.views.today_panes import AgendaPane, NeedsPane, NextPane

FOLDS = ("next", "needs", "live")
"""The panes that take turns below the agenda on narrow screens."""


class TodayLayout(View):
    """The boxes of the first screen, where the focus is, and which of them is unfolded."""

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(context, id=id)
        self.trouble = TroubleLine()
        self.agenda = AgendaPane(context)
        self.next = NextPane()
        self.needs = NeedsPane(context)
        self.live = FeedPane(context)
        self.selected = SelectedPane()
        self._fold = 0

    def compose(self) -> ComposeResult:
        yield self.trouble
        with Horizontal(id="halves"):
            yield self.agenda
            with Vertical(id="side"):
                yield self.next
                yield self.needs
                yield self.live
        yield self.selected

    @property
    def scene(self) -> Scene:
        """What drawing needs to know now."""
        context = self.context
        return Scene(context.clock.now(), context.zone, context.look, context.secret_set)

    @property
    def pane(self) -> Widget:
        """The pane that has the focus; the agenda when none has."""
        panes: tuple[Widget, ...] = (self.next, self.needs, self.live)
        return next((pane for pane in panes if pane.has_focus or pane.has_focus_within), self.agenda)

    def first_focus(self) -> None:
        self.screen.set_focus(self.agenda.list)

    def panes(self) -> Sequence[Widget]:
        shown = (self.agenda.list, self.next, self.needs.list, self.live.list)
        return [pane for pane in shown if pane.region.area > 0]

    # -- narrow screens

    @property
    def folded(self) -> bool:
        """Whether the side's panes take turns below the agenda."""
        return self.screen.has_class("-narrow")

    def do_previous_tab(self) -> None:
        self._turn_fold(-1)

    def do_next_tab(self) -> None:
        self._turn_fold(1)

    def _turn_fold(self, by: int) -> None:
        self._fold = (self._fold + by) % len(FOLDS)
        self.unfold()
        (self.next, self.needs.list, self.live.list)[self._fold].focus()

    def show_needs(self) -> None:
        """Put the focus on what needs a person, unfolded where it was not."""
        self._fold = FOLDS.index("needs")
        self.unfold()
        self.needs.list.focus()

    def unfold(self) -> None:
        """Show the pane whose turn it is."""
        for number, name in enumerate(FOLDS):
            self.set_class(number == self._fold, f"-fold-{name}")
        self.name_folds()

    def name_folds(self) -> None:
        """Write the inner tabs into the border of the folded panes."""
        count = len(self.needs.shown)
        names = ["Next", f"Needs you {count}" if count else "Needs you", "Live"]
        names[self._fold] = f"[{names[self._fold]}]"
        words = f"< {' '.join(names)} >" if self.folded else None
        self.next.name_tabs(words)
        self.needs.name_tabs(words)
        self.live.name_tabs(words)
