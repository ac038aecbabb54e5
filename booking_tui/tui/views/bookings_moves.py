"""Getting about in the Bookings view: lists, panes, marks, and the way to the request behind an entry."""

from __future__ import annotations

from textual import on

from booking_tui.domain.booking import Booking, BookingStatus
from booking_tui.domain.rows import BookingRow, Scope
from booking_tui.tui.context import Context
from booking_tui.tui.views.bookings_deeds import BookingDeeds
from booking_tui.tui.views.bookings_list import BookingTable
from booking_tui.tui.views.bookings_panes import INNER, SCOPES, ScopeLine
from booking_tui.tui.widgets.filter_bar import FilterBar
from booking_tui.tui.widgets.line import FrameLine


def scope_of(booking: Booking, *, ended: bool) -> Scope:
    """Give the shortest list that holds a booking."""
    if booking.status is BookingStatus.RESCHEDULED:
        return Scope.MOVED
    if booking.status in {BookingStatus.CANCELLED, BookingStatus.REJECTED}:
        return Scope.CANCELLED
    if ended:
        return Scope.PAST
    return Scope.WAITING if booking.status is BookingStatus.PENDING else Scope.UPCOMING


class BookingMoves(BookingDeeds):
    """What changes nothing but what is looked at."""

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(context, id=id)
        self.scopes = ScopeLine(context)
        self._stood: dict[Scope, BookingRow] = {}
        """Where one stood in each list when it was left."""
        self.filter = FilterBar(context.queries.filter, private=lambda: self.context.look.privacy, id="booking-filter")

    @property
    def table(self) -> BookingTable:
        """The list of bookings."""
        return self.list.table

    @property
    def main_list(self) -> BookingTable:
        return self.list.table

    def open_list(self, select: str | None = None) -> None:
        """Show the chosen list anew, on one of its first rows if that is named and in it."""
        raise NotImplementedError

    def choose_scope(self, scope: Scope) -> None:
        """Look at another list, standing where one stood in it before."""
        if scope is self.scopes.scope:
            return
        if (left := self.table.cursor_row) is not None:
            self._stood[self.scopes.scope] = left
        self.scopes.scope = scope
        self.scopes.refresh()
        self.table.unmark_all()
        row = self._stood.get(scope)
        self.open_list(row.uid if row is not None else None)
        source = self.table.feed.source
        if row is not None and source is not None and not source.slow and self.standing != row.uid:
            self.table.go_to_key(row.uid, source.key_of(row))

    # -- lists and marks

    @on(FrameLine.Chosen, "ScopeLine")
    def scope_clicked(self, message: FrameLine.Chosen) -> None:
        """Look at the list that was clicked."""
        message.stop()
        self.choose_scope(Scope(message.choice))

    @property
    def standing(self) -> str | None:
        row = self.table.cursor_row
        return row.uid if row is not None else None

    def do_filter(self) -> None:
        self.filter.open()

    def do_previous_tab(self) -> None:
        self._turn(-1)

    def do_next_tab(self) -> None:
        self._turn(1)

    def _turn(self, by: int) -> None:
        """Turn to the next inner tab where one stands in it, else to the next list."""
        if self.side.narrow and not self.table.has_focus:
            self.side.turn()
            return
        scopes = [scope for scope, _ in SCOPES]
        self.choose_scope(scopes[(scopes.index(self.scopes.scope) + by) % len(scopes)])

    def do_previous_entry(self) -> None:
        self.table.action_step(-1)

    def do_next_entry(self) -> None:
        self.table.action_step(1)

    # -- panes

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "other_pane":
            return self.side.narrow and self.side.shown.has_focus
        return super().check_action(action, parameters)

    def action_other_pane(self) -> None:
        """Change between detail and history where only one of them is shown."""
        if self.side.inner == INNER[1] and not self.has_class("-full"):
            self.side.turn()
            self.table.focus()
        else:
            self.side.turn()

    def do_history(self) -> None:
        if self.side.history.has_focus:
            self.do_back()
            return
        if self.side.narrow and self.side.inner != INNER[1]:
            self.side.turn()
        self.side.history.focus()

    def do_back(self) -> None:
        if not self.table.has_focus:
            self.remove_class("-full")
            self.table.focus()
        else:
            self.leave_list()

    # -- the request behind an entry

    def event_behind(self) -> str | None:
        """Give the id of the request behind the chosen history entry, or behind the newest that has one."""
        if self.detail is None:
            return None
        history = self.detail.history
        if self.side.history.has_focus:
            target = self.side.history.target or ""
            history = tuple(entry for entry in history if f"entry:{entry.seq}" == target)
        return next((entry.event_id for entry in history if entry.event_id), None)

    def do_mail(self) -> None:
        row = self.table.cursor_row
        if row is not None:
            self.post_message(self.WentTo("email", f"booking:{row.uid}"))

    def do_payload(self) -> None:
        event_id = self.event_behind()
        if event_id is None:
            self.flash("no webhook stands behind this entry", "warning")
        else:
            self.post_message(self.WentTo("event", event_id))
