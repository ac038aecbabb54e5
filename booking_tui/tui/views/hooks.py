"""Hooks: every request on the webhook address, why it was taken or refused, and what it did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget

from booking_tui.domain.filter import Filter
from booking_tui.services.queries import InboxSummary
from booking_tui.tui.commands import Command
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.text import plain
from booking_tui.tui.views import hooks_commands as deeds
from booking_tui.tui.views.booking_links import named
from booking_tui.tui.views.hooks_address import AddressLine
from booking_tui.tui.views.hooks_empty import empty_notice
from booking_tui.tui.views.hooks_list import EventSource, EventTable
from booking_tui.tui.views.hooks_moves import HookMoves
from booking_tui.tui.views.hooks_reading import Comparison, EventReading, compare, read_event, read_summary
from booking_tui.tui.views.hooks_why import why_lines
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.widgets.filter_bar import FilterBar
from booking_tui.tui.work import run_in_thread

if TYPE_CHECKING:
    from booking_tui.services.facts import Fact

ADDRESS_PAUSE_S = 0.5
NARROW = 100


class HooksView(HookMoves):
    """The webhook inspector."""

    NUMBER = 4
    MARKED_FIRST = "newest"
    TITLE = "Hooks"
    STYLE = "hooks.tcss"
    HELP = (
        "Every request that came to the webhook address, the newest on top, refused ones included: what is refused is "
        "kept, so that it can be replayed once a wrong secret is set right. The pane on the right says why a request "
        "was taken or not; below it are its JSON, its bytes, its headers, what differs from the one before, and what "
        "it changed here. The line above the list says where to send to and how the way in from outside is doing; i "
        "tells more, sets it up, and has the four steps that point Cal.com at this desk."
    )
    COMMANDS: ClassVar[tuple[Command, ...]] = deeds.HOOKS_COMMANDS

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(context, id=id)
        self.address = AddressLine(context)
        self._summary: InboxSummary | None = None
        self._comparison: Comparison | None = None
        self._looking: Timer

    def compose(self) -> ComposeResult:
        yield self.address
        yield self.filter
        with Horizontal(id="hook-halves"):
            yield self.requests
            with Vertical(id="hook-side"):
                yield self.why
                yield self.payload

    def on_mount(self) -> None:
        self.why.border_title = plain("Why")
        self.table.use_signs(glyphs(self.context.look))
        self._say_empty()
        self._fit()
        self.table.open_source(EventSource(self.context.queries, Filter()))
        self._show()
        self.count()
        if self.context.webhook_url() is None:
            self._looking = self.set_interval(ADDRESS_PAUSE_S, self._look_for_address)

    def _look_for_address(self) -> None:
        """Show the address once the engine listens; it starts after the first frame."""
        if self.context.webhook_url() is not None:
            self._looking.stop()
            self.address.refresh()
            self._say_empty()

    def first_focus(self) -> None:
        self.screen.set_focus(self.table)

    # -- the list

    @property
    def beside(self) -> Widget:
        return self.payload.shown

    @property
    def one_at_a_time(self) -> bool:
        return self.payload.with_why

    @on(EventTable.MarksChanged)
    def compare_marked(self) -> None:
        """Compare the two that are marked."""
        if self.payload.tab == "Diff":
            self._read_comparison()

    def tell(self) -> None:
        self.requests.tell(self._summary, filtered=not self.filter.chosen.empty)

    def _say_empty(self) -> None:
        self.table.refresh()
        filtered = not self.filter.chosen.empty
        self.table.notice = empty_notice(self.context, self.table.size.height, filtered=filtered)

    @on(FilterBar.Changed)
    def filtered(self, message: FilterBar.Changed) -> None:
        """Show what passes the filter, standing on the same request if it passes."""
        message.stop()
        row = self.table.cursor_row
        self._say_empty()
        self.table.open_source(EventSource(self.context.queries, message.chosen), select=row.id if row else None)

    # -- the detail

    def read_detail(self) -> None:
        row = self.table.cursor_row
        if row is None:
            self._show_reading(None)
            return
        run_in_thread(
            self,
            lambda: read_event(self.context.queries, row.id),
            self._show_reading,
            group="detail",
            description="read a request",
            failed=lambda words: self.flash(f"the request could not be read: {words}", "error"),
        )

    def _show_reading(self, reading: EventReading | None) -> None:
        same = self.reading is not None and reading is not None and self.reading == reading
        self.reading = reading
        if same:
            return
        self._comparison = None
        self._show()
        if self.payload.tab == "Diff":
            self._read_comparison()
        self.post_message(self.OfferChanged())

    def _show(self) -> None:
        reading, eye = self.reading, self.eye
        if reading is not None:
            self.why.text.show(why_lines(reading, eye))
        else:
            self.why.text.show(lambda _: ())
        self.why.display = reading is not None and not self.payload.with_why
        self.payload.show(reading, self._comparison, eye)

    def show_tab(self) -> None:
        self._show()
        if self.payload.tab == "Diff":
            self._read_comparison()

    def _read_comparison(self) -> None:
        if self.reading is None:
            return
        event_id, marked = self.reading.event.id, self.table.marks.ids

        def done(comparison: Comparison | None) -> None:
            self._comparison = comparison
            self._show()

        run_in_thread(
            self,
            lambda: compare(self.context.queries, event_id, marked),
            done,
            group="compare",
            description="compare two requests",
        )

    # -- facts, looks, sizes

    def facts_arrived(self, facts: Sequence[Fact]) -> None:
        kinds = {fact.kind for fact in facts}
        if kinds & {"event", "forgot", "refresh"}:
            self.table.reread()
            self.count_soon()
        shown = self.reading.event if self.reading is not None else None
        keys = {fact.key for fact in facts}
        if shown is not None and ("refresh" in kinds or keys & {shown.id, shown.booking_uid}):
            self.read_detail()
        if "health" in kinds or "refresh" in kinds:
            self.address.refresh()
            self._say_empty()

    def look_changed(self) -> None:
        self.table.use_signs(glyphs(self.context.look))
        self.address.refresh()
        self.filter.chips.refresh()
        self.requests.show_vitals(self._summary, app_of(self).size.height)
        self.tell()
        self._show()

    def minute_passed(self) -> None:
        self.address.refresh()
        self.table.use_signs(glyphs(self.context.look))
        self.count()

    def count(self) -> None:

        def done(summary: InboxSummary) -> None:
            self._summary = summary
            self.tell()
            self.requests.show_vitals(summary, app_of(self).size.height)

        run_in_thread(
            self,
            lambda: read_summary(self.context.queries),
            done,
            group="summary",
            description="count requests",
            failed=lambda _: None,
        )

    def on_resize(self, _: events.Resize) -> None:
        self._fit()
        self._show()
        # The boxes inside get their new sizes after this one.
        self.call_after_refresh(self._show_vitals)

    def _show_vitals(self) -> None:
        self._say_empty()
        self.requests.show_vitals(self._summary, app_of(self).size.height)

    def _fit(self) -> None:
        narrow = app_of(self).size.width < NARROW
        if narrow and not self.payload.with_why:
            self.payload.tab = "Why"
        elif not narrow and self.payload.tab == "Why":
            self.payload.tab = "JSON"
        self.payload.with_why = narrow
        if not narrow:
            self.remove_class("-full")

    def show_target(self, target_id: str) -> None:
        row = self.context.queries.event_row(target_id)
        if row is None:
            self.flash("that request is not kept any more", "warning")
            return
        if not self.filter.chosen.empty:
            self.filter.drop()
            self._say_empty()
            self.table.open_source(EventSource(self.context.queries, Filter()))
        self.table.go_to_key(row.id, row.seq)
        self.table.focus()

    # -- what can be done

    def offered(self) -> Sequence[Command]:
        if self.table.has_focus and self.table.cursor_row is None:
            # Nothing is listed: what brings something in.
            filtered = () if self.filter.chosen.empty else (deeds.FILTER,)
            return (*filtered, deeds.TEST, named(deeds.INFO, "Way in"))
        return deeds.IN_PAYLOAD if self.why.text.has_focus or self.payload.shown.has_focus else deeds.IN_LIST
