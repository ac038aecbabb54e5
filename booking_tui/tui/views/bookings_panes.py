"""The boxes of the Bookings view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from booking_tui.domain.rows import Scope
from booking_tui.services.queries import BookingDetail
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.bookings_detail import detail_lines, history_lines, title_of
from booking_tui.tui.views.bookings_list import BookingTable, booking_columns
from booking_tui.tui.views.eye import Eye
from booking_tui.tui.widgets.flow import Piece, TextLine, flowed
from booking_tui.tui.widgets.line import FrameLine, Part
from booking_tui.tui.widgets.lines_view import LinesView

SCOPES: tuple[tuple[Scope, str], ...] = (
    (Scope.UPCOMING, "Upcoming"),
    (Scope.WAITING, "Waiting"),
    (Scope.PAST, "Past"),
    (Scope.CANCELLED, "Cancelled"),
    (Scope.MOVED, "Moved"),
    (Scope.ALL, "All"),
)
NOTHING = {
    Scope.UPCOMING: "Nothing is coming up",
    Scope.WAITING: "Nothing waits for your yes",
    Scope.PAST: "Nothing is over yet",
    Scope.CANCELLED: "Nothing was called off",
    Scope.MOVED: "Nothing was moved",
    Scope.ALL: "No bookings yet",
}
"""What an empty list says."""
MIXED = frozenset({Scope.CANCELLED, Scope.MOVED, Scope.ALL})
"""The lists that go from what is coming on to what is over."""
INNER = ("Detail", "History")


class ScopeLine(FrameLine):
    """The lists one can look at, with how many each holds."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="scopes")
        self._given = context
        self.scope = Scope.UPCOMING
        self.counts: Mapping[Scope, int] = {}

    def left_parts(self, width: int) -> Sequence[Part]:
        full = self._parts(numbers=True)
        return full if sum(len(part.text) for part in full) <= width else self._parts(numbers=False)

    def _parts(self, *, numbers: bool) -> list[Part]:
        parts = [Part(" ")]
        for scope, word in SCOPES:
            here = scope is self.scope
            text = word if not (numbers or here) else f"{word} {self._count(scope)}"
            style = "bold $text-primary" if here else "$text-muted"
            if scope is Scope.WAITING and self.counts.get(scope) and not here:
                style = "$text-warning"
            parts += [Part(f"[{text}]" if here else f" {text} ", style, scope.value), Part(" ")]
        return parts

    def elsewhere(self) -> tuple[str, ...]:
        """Say in which other lists something passes the filter."""
        found = [(self.counts.get(scope, 0), word) for scope, word in SCOPES if scope not in {self.scope, Scope.ALL}]
        said = ", ".join(f"{count:,} under {word}" for count, word in found if count)
        return (said,) if said else ()

    def _count(self, scope: Scope) -> str:
        count = self.counts.get(scope)
        return glyphs(self._given.look).busy if count is None else f"{count:,}"


class ListPane(Vertical):
    """The list of bookings."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="bookings-pane", classes="pane")
        self._given = context
        self.table = BookingTable(booking_columns(context, Scope.UPCOMING), id="bookings-list")
        self._said: tuple[Content, Content] | None = None

    def compose(self) -> ComposeResult:
        yield self.table

    def tell(self, scope: Scope, *, filtered: bool) -> None:
        """Write the list's name, its length and the marks into the frame."""
        signs, table = glyphs(self._given.look), self.table
        name = dict(SCOPES)[scope]
        words = [f"Bookings · {name}"]
        if table.trouble:
            words.append(f"{signs.fail} cannot be read")
        elif table.total is None:
            words.append(signs.busy)
        else:
            words.append(f"{table.total:,} match" if filtered else f"{table.total:,}")
        if scope in MIXED and table.total and not filtered:
            words.append("coming, then past")
        marked = len(table.marks)
        marks = styled(f"{signs.mark} {marked:,} marked", "$text-accent") if marked else plain("")
        said = (plain(" · ".join(words)), marks)
        if said != self._said:
            self._said = said
            self.border_title, self.border_subtitle = said


class DetailPane(Vertical):
    """Everything about one booking, and below it or behind it what happened to it."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="book-side")
        self._given = context
        self.detail = LinesView(id="detail-text")
        self.history = LinesView(id="history-text")
        self.detail_box = Vertical(self.detail, id="detail", classes="pane")
        self.history_box = Vertical(self.history, id="history", classes="pane")
        self.inner = INNER[0]
        self.narrow = False

    def compose(self) -> ComposeResult:
        yield self.detail_box
        yield self.history_box

    @property
    def shown(self) -> LinesView:
        """The text of the inner tab that is on top."""
        return self.history if self.inner == INNER[1] else self.detail

    def turn(self) -> None:
        """Change between detail and history."""
        self.inner = INNER[1 - INNER.index(self.inner)]
        self.fit()

    def fit(self) -> None:
        """Show both where there is room, else the chosen one."""
        had_focus = self.detail.has_focus or self.history.has_focus
        self.detail_box.display = not self.narrow or self.inner == INNER[0]
        self.history_box.display = not self.narrow or self.inner == INNER[1]
        words = self._tabs() if self.narrow else plain("")
        self.detail_box.border_subtitle = self.history_box.border_subtitle = words
        if had_focus and self.narrow:
            self.shown.focus()

    def _tabs(self) -> Content:
        parts = [styled(f"[{tab}] ", "bold $text-primary") if tab == self.inner else plain(f"{tab} ") for tab in INNER]
        return Content.assemble(styled("< ", "$text-accent"), *parts, styled(">", "$text-accent"))

    def show(self, detail: BookingDetail | None, eye: Eye, *, keep: bool = False, draft: bool = False) -> None:
        """Draw a booking; ``keep`` leaves the eye where it is, for the same booking read again.

        ``draft`` says that a note of it was typed and not saved.
        """
        if detail is None:
            self.detail_box.border_title = plain("Booking")
            self.history_box.border_title = plain("History")
            self.detail.show(_nothing)
            self.history.show(lambda _: ())
            return
        name = title_of(detail, eye)
        count = len(detail.history)
        entries = f"History · {count} entr{'y' if count == 1 else 'ies'}"
        self.detail_box.border_title = plain(name, 60)
        self.history_box.border_title = plain(f"{name} · {entries}" if self.narrow else entries, 70)
        self.detail.show(detail_lines(detail, eye, draft=draft), keep=keep)
        self.history.show(history_lines(detail, eye), keep=keep)


def _nothing(width: int) -> list[TextLine]:
    return flowed((Piece("Nothing is selected.", "muted"),), width)
