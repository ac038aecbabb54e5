"""The boxes of the Today view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus, Resize
from textual.widgets import Digits, Static

from booking_tui.tui.context import Context
from booking_tui.tui.lamp_words import LAMP, lamp_needs
from booking_tui.tui.redraw import entitle, tell
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.booking_links import browse_word, copy_word, page_of, reach_of
from booking_tui.tui.views.today_agenda import (
    Scene,
    day_lines,
    empty_lines,
    first_steps_lines,
    next_days_lines,
    title_words,
    trouble_lines,
)
from booking_tui.tui.views.today_side import (
    AGE_CELLS,
    countdown,
    load_words,
    need_key,
    need_line,
    need_text,
    next_head,
    next_notes,
    next_title,
    quiet_line,
)
from booking_tui.tui.views.today_words import OFF
from booking_tui.tui.widgets.line_list import Line, LineList

if TYPE_CHECKING:
    from booking_tui.domain.rows import BookingRow
    from booking_tui.services.queries import Agenda, Need
    from booking_tui.tui.views.today_reading import TodayReading


DIGIT_CELLS = 3
"""Cells of one big digit; the colon takes one, what is left over is a margin."""


class AgendaPane(Vertical):
    """The day and the days after it, with the week's load below."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="agenda", classes="pane")
        self.list = LineList(context.look, id="agenda-list")
        self._load = Static(id="load")

    def compose(self) -> ComposeResult:
        yield self.list
        yield self._load

    def show(self, reading: TodayReading, scene: Scene, url: str | None, *, configured: bool) -> None:
        """Draw what was read."""
        entitle(self, plain(title_words(reading.agenda, scene)))
        lines: list[Line] = day_lines(reading.agenda, scene)
        if reading.brand_new:
            lines = first_steps_lines(url, scene, configured=configured)
        elif not reading.agenda.rows:
            lines += empty_lines(reading.agenda, reading.following, scene)
        lines += next_days_lines(reading.next_days, scene)
        self.list.set_lines(lines, at=_first_wanted(reading.agenda, scene))
        self._load.set_class(reading.brand_new, "-gone")
        width = max(40, self.list.size.width - 1)
        tell(self._load, load_words(reading.week, reading.month, scene, width))
        keys = [f"{scene.signs.enter} open"] if self.list.key is not None else []
        keys += ["[ ] day", *(["T today"] if reading.agenda.day != scene.now.astimezone(scene.zone).date() else [])]
        entitle(self, subtitle=plain("  ".join(keys)))

    def show_trouble(self, words: str, scene: Scene) -> None:
        """Say in the place of the day that it cannot be read."""
        entitle(self, plain("Agenda"))
        self._load.set_class(True, "-gone")  # noqa: FBT003 - Textual's own order
        self.list.set_lines(trouble_lines(words, scene))
        entitle(self, subtitle=plain("ctrl+r read again"))


def _first_wanted(agenda: Agenda, scene: Scene) -> str | None:
    """Give the booking in progress or the next one of the day: where the cursor starts."""
    return next((row.uid for row in agenda.rows if row.end > scene.now and row.status not in OFF), None)


class NextPane(Vertical, can_focus=True):
    """The next appointment: how long until then, who, and what the guest wrote."""

    BINDINGS = [Binding("enter", "open", show=False)]  # noqa: RUF012 - Textual reads the class's own list

    def __init__(self) -> None:
        super().__init__(id="next", classes="pane")
        self._digits = Digits(id="countdown")
        self._head = Static(id="next-head")
        self._notes = Static(id="next-notes")
        self._row: BookingRow | None = None
        self._shown: tuple[TodayReading, Scene] | None = None
        self._words = ""
        self._tabs: str | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="next-top"):
            yield self._digits
            yield self._head
        yield self._notes

    def action_open(self) -> None:
        """Go to the booking."""
        from booking_tui.tui.views.base import View

        if self._row is not None:
            self.post_message(View.WentTo("booking", self._row.uid))

    def show(self, reading: TodayReading, scene: Scene) -> None:
        """Draw what was read."""
        self._shown = reading, scene
        self._row = row = reading.next_up
        entitle(self, plain(next_title(row, scene)))
        words = "" if row is None or scene.look.ascii else countdown(row, scene.now)
        self._digits.display = bool(words)
        self._digits.update(words)
        if row is None:
            tell(self._head, styled("Nothing is booked from here on.", "$text-muted"))
            tell(self._notes, Content())
        else:
            width = max(10, self.size.width - 4)
            rows = max(0, self.size.height - 3)
            digits = DIGIT_CELLS * len(words) + 3 if words else 0
            head, place = next_head(row, scene, width - digits)
            tell(self._head, head)
            tell(self._notes, next_notes(reading.next_detail, scene, width, rows, place))
        booking = None if reading.next_detail is None else reading.next_detail.booking
        words = [f"{scene.signs.enter} open"] if row is not None else []
        if booking is not None:
            words += [f"o {browse_word(booking)}"] if page_of(booking) else []
            words += [f"y {copy_word(booking)}"] if reach_of(booking) else []
        self._words = "  ".join(words)
        self._write_border()

    def on_resize(self, _: Resize) -> None:
        """Draw it for the room there is now: folded away there was none."""
        if self._shown is not None:
            self.show(*self._shown)

    def show_trouble(self) -> None:
        """Say that it is not known what comes next."""
        self._shown = None
        entitle(self, plain("Next up"))
        self._digits.display = False
        tell(self._head, styled("not known while the bookings cannot be read", "$text-muted"))

    def name_tabs(self, words: str | None) -> None:
        """Show the inner tabs of narrow screens in the border, or this pane's keys."""
        self._tabs = words
        self._write_border()

    def _write_border(self) -> None:
        entitle(self, subtitle=plain(self._tabs or self._words))


class NeedsPane(Vertical):
    """What needs a person, the most pressing first."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="needs", classes="pane")
        self.list = LineList(context.look, id="needs-list")
        self._needs: tuple[Need, ...] | None = None
        self._given = context
        self._unknown = False
        """Whether what needs a person could not be read."""
        self._broken: list[Need] = []
        """What the lamps say does not work."""
        self._full = Static(id="need-full")
        self._scene: Scene | None = None
        self._gone: dict[str, Need] = {}
        """What was dismissed, the latest last."""
        self._tabs: str | None = None

    def compose(self) -> ComposeResult:
        yield self.list
        yield self._full

    @on(LineList.Highlighted)
    @on(DescendantFocus)
    @on(DescendantBlur)
    def _say_in_full(self) -> None:
        """Show the line under the cursor in full below the list, where nothing else shows it in full."""
        need, scene = self.at, self._scene
        words = need_text(need, scene) if need is not None and scene is not None else ""
        cut = cell_len(words) > self.list.size.width - 2 - AGE_CELLS
        wanted = cut and self.list.has_focus
        self._full.set_class(wanted, "-cut")
        if wanted:
            tell(self._full, styled(words, "$text-muted"))

    @property
    def shown(self) -> list[Need]:
        """What does not work, then the needs that were not dismissed."""
        left = [need for need in self._needs or () if need_key(need) not in self._gone]
        return [*self._broken, *left]

    @property
    def at(self) -> Need | None:
        """The need under the cursor."""
        return next((need for need in self.shown if need_key(need) == self.list.key), None)

    def show(self, needs: Sequence[Need], scene: Scene) -> None:
        """Draw what was read."""
        self._needs, self._unknown = tuple(needs), False
        self.redraw(scene)

    def redraw(self, scene: Scene) -> None:
        """Draw again with present ages."""
        self._scene = scene
        self._broken = lamp_needs(self._given.lamps(), scene.now)
        shown = self.shown
        self.set_class(bool(shown), "-wanted")
        entitle(self, plain(f"Needs you · {len(shown)}" if shown else "Needs you"))
        lines = [need_line(need, scene) for need in shown]
        lines.append(quiet_line(self._rest_words(shown, scene)))
        self.list.set_lines(lines)
        self._say_in_full()
        entitle(self, subtitle=plain(self._tabs or (f"{scene.signs.enter} go to it  d dismiss" if shown else "")))

    def _rest_words(self, shown: Sequence[Need], scene: Scene) -> str:
        """Say what else there is: nothing, what was dismissed, or that it is not known yet."""
        if self._needs is None:
            return "not known" if self._unknown else f"{scene.signs.busy} looking"
        away = len(self._needs or ()) + len(self._broken) - len(shown)
        if away:
            return f"{scene.signs.done} {away} dismissed; u brings the last one back"
        return "Nothing else needs you." if shown else f"{scene.signs.done} Nothing needs you."

    def show_trouble(self) -> None:
        """Say that it is not known what needs a person."""
        self._unknown = True
        entitle(self, plain("Needs you"))
        self.list.set_lines([quiet_line("not known")])

    def dismiss(self, scene: Scene) -> Need | None:
        """Take the line under the cursor off the list; give what it was."""
        need = self.at
        if need is not None and need.kind != LAMP:
            self._gone[need_key(need)] = need
            self.redraw(scene)
        return need

    @property
    def dismissed(self) -> bool:
        """Whether there is a line to bring back."""
        return bool(self._gone)

    def bring_back(self, scene: Scene) -> Need | None:
        """Bring the line back that was dismissed last; give what it is."""
        if not self._gone:
            return None
        key, need = self._gone.popitem()
        self.redraw(scene)
        self.list.choose(key)
        return need

    def name_tabs(self, words: str | None) -> None:
        """Show the inner tabs of narrow screens in the border."""
        self._tabs = words
        if words is not None:
            entitle(self, subtitle=plain(words))
