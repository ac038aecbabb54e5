"""Bookings: all of them, one of them whole, and everything that ever happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from booking_tui.domain.rows import BookingKey, BookingRow, Scope
from booking_tui.services.queries import BookingDetail
from booking_tui.tui.commands import Command
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.views import bookings_commands as deeds
from booking_tui.tui.views.booking_links import NO_PAGE, NO_REACH, browse_word, copy_word, named, page_of, reach_of
from booking_tui.tui.views.bookings_list import BookingSource, booking_columns
from booking_tui.tui.views.bookings_moves import BookingMoves, scope_of
from booking_tui.tui.views.bookings_panes import NOTHING, SCOPES
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.widgets.filter_bar import FilterBar
from booking_tui.tui.widgets.lines_view import LinesView
from booking_tui.tui.widgets.table_paint import Notice
from booking_tui.tui.work import run_in_thread

if TYPE_CHECKING:
    from booking_tui.services.facts import Fact

NARROW = 100


class BookingsView(BookingMoves):
    """The list, the detail and the history."""

    NUMBER = 3
    TITLE = "Bookings"
    STYLE = "bookings.tcss"
    HELP = (
        "Six lists: coming, waiting for your yes, over, called off, moved to another time, and all. "
        "Beside or below stand the details of the booking under the cursor and its whole history, across all moves. "
        "Notes you write here stay on this machine. p on a line of the history shows the webhook that made it."
    )
    COMMANDS: ClassVar[tuple[Command, ...]] = deeds.BOOKINGS_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab,shift+tab", "other_pane", show=False)]

    def compose(self) -> ComposeResult:
        yield self.scopes
        yield self.filter
        with Horizontal(id="book-halves"):
            yield self.list
            yield self.side

    def on_mount(self) -> None:
        self.table.use_signs(glyphs(self.context.look))
        self._fit()
        self.table.parted = self._parted
        self.open_list()
        self.side.show(None, self.eye)
        self.count()

    def first_focus(self) -> None:
        self.screen.set_focus(self.table)

    # -- the list

    def _source(self) -> BookingSource:
        return BookingSource(self.context.queries, self.scopes.scope, self.filter.chosen, self.context.clock.now())

    def open_list(self, select: str | None = None) -> None:
        self._say_empty()
        self.table.use_columns(booking_columns(self.context, self.scopes.scope))
        self.table.open_source(self._source(), select=select)
        self.tell()

    def _parted(self, above: BookingRow, below: BookingRow) -> bool:
        """Say whether what is over begins between two rows."""
        return above.end > self.context.clock.now() >= below.end

    def _say_empty(self) -> None:
        self.table.refresh()
        if not self.filter.chosen.empty:
            elsewhere = self.scopes.elsewhere()
            keys = ((">", "goes on to the next list"), ("Esc", "take the filter away"))[0 if elsewhere else 1 :]
            title = f"No booking {'here ' if elsewhere else ''}matches the filter"
            self.table.notice = Notice(title, elsewhere, keys)
            return
        keys = ((">", "look at the next list"), ("4", "see what comes in, or send a test"))
        self.table.notice = Notice(NOTHING[self.scopes.scope], (), keys)

    @property
    def beside(self) -> Widget:
        return self.side.shown

    @property
    def one_at_a_time(self) -> bool:
        return self.side.narrow

    def tell(self) -> None:
        self.list.tell(self.scopes.scope, filtered=not self.filter.chosen.empty)

    @on(FilterBar.Changed)
    def filtered(self, message: FilterBar.Changed) -> None:
        """Show what passes the filter, standing on the same booking if it passes."""
        message.stop()
        row = self.table.cursor_row
        self.scopes.counts = {}
        self.scopes.refresh()
        self.open_list(row.uid if row is not None else None)
        self.count()

    def count(self) -> None:
        queries, chosen, now = self.context.queries, self.filter.chosen, self.context.clock.now()

        def done(counts: dict[Scope, int]) -> None:
            self.scopes.counts = counts
            self.scopes.refresh()
            self._say_empty()

        run_in_thread(
            self,
            lambda: {scope: queries.bookings_count(scope, chosen, now) for scope, _ in SCOPES},
            done,
            group="counts",
            description="count bookings",
            failed=lambda _: None,
        )

    # -- the detail

    def read_detail(self) -> None:
        row = self.table.cursor_row
        if row is None:
            self._show_detail(None)
            return
        run_in_thread(
            self,
            lambda: self.context.queries.booking_detail(row.uid),
            self._show_detail,
            group="detail",
            description="read a booking",
            failed=lambda words: self.flash(f"the booking could not be read: {words}", "error"),
        )

    def _show_detail(self, detail: BookingDetail | None) -> None:
        same = self.detail is not None and detail is not None and self.detail.booking.uid == detail.booking.uid
        self.detail = detail
        self.show_side(keep=same)
        self.post_message(self.OfferChanged())

    def show_side(self, *, keep: bool = False) -> None:
        draft = self.detail is not None and self.detail.booking.uid in self.drafts
        self.side.show(self.detail, self.eye, keep=keep, draft=draft)

    def note_written(self) -> None:
        self.table.reread()
        self.read_detail()

    @on(LinesView.Chosen)
    def line_chosen(self, message: LinesView.Chosen) -> None:
        """Go to the version of a booking, or to the request behind a history entry."""
        message.stop()
        kind, _, target = message.target.partition(":")
        if kind == "booking":
            self.show_target(target)
        else:
            self.do_payload()

    # -- facts, looks, sizes

    def facts_arrived(self, facts: Sequence[Fact]) -> None:
        kinds = {fact.kind for fact in facts}
        if not kinds & {"booking", "history", "note", "forgot", "refresh"}:
            return
        self.table.reread()
        self.count_soon()
        chain = {booking.uid for booking in self.detail.chain} if self.detail is not None else set[str]()
        if "refresh" in kinds or chain & {fact.key for fact in facts}:
            self.read_detail()

    def look_changed(self) -> None:
        self.table.use_signs(glyphs(self.context.look))
        self.filter.chips.refresh()
        self.scopes.refresh()
        self.tell()
        self.show_side(keep=True)

    def minute_passed(self) -> None:
        self.table.use_signs(glyphs(self.context.look))
        self.table.swap_source(self._source())
        self.count()

    def on_resize(self, _: events.Resize) -> None:
        self._fit()

    def _fit(self) -> None:
        narrow = app_of(self).size.width < NARROW
        if not narrow:
            self.remove_class("-full")
        if narrow != self.side.narrow:
            self.side.narrow = narrow
            self.show_side()
        self.side.fit()

    def show_target(self, target_id: str) -> None:
        detail = self.context.queries.booking_detail(target_id)
        booking = detail.booking if detail is not None else None
        if booking is None or booking.start is None or booking.end is None:
            self.flash("nothing more is known of that booking yet", "warning")
            return
        self.filter.drop()
        now = self.context.clock.now()
        if self.scopes.scope is not Scope.ALL:
            self.scopes.scope = scope_of(booking, ended=booking.end <= now)
            self.scopes.refresh()
        # The list is opened anew in any case: keys hold for the moment at which a list was cut into its halves.
        self.table.unmark_all()
        self.open_list()
        self.count_soon()
        self.table.go_to_key(booking.uid, BookingKey(booking.end <= now, booking.start, booking.uid))
        self.table.focus()

    # -- what can be done

    def why_not(self, command_id: str) -> str | None:
        if command_id == deeds.COPY.id and len(self.table.marks):
            return None
        if command_id in deeds.NEED_A_BOOKING and self.table.cursor_row is None:
            return "no booking is selected"
        if command_id in deeds.NEED_IT_READ and self.detail is None:
            return "the booking is still being read"
        if command_id == deeds.UNDO.id and not self.edits:
            return "nothing is left to undo" if self.undone else "no note was changed since this program started"
        if command_id == deeds.BROWSE.id and self.detail is not None and page_of(self.detail.booking) is None:
            return NO_PAGE
        if command_id == deeds.COPY.id and self.detail is not None and reach_of(self.detail.booking) is None:
            return NO_REACH
        if command_id == deeds.PAYLOAD.id and self.event_behind() is None:
            return "no webhook stands behind this entry"
        return None

    def offered(self) -> Sequence[Command]:
        if self.side.history.has_focus:
            return deeds.IN_HISTORY
        shown = deeds.IN_DETAIL if self.side.detail.has_focus else deeds.IN_LIST
        booking = self.detail.booking if self.detail is not None else None
        words = {deeds.BROWSE: browse_word(booking), deeds.COPY: "Copy" if self.marked else copy_word(booking)}
        return [named(command, words[command]) if command in words else command for command in shown]
