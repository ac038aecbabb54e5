"""A list to choose from, narrowed down by typing: the base of the palette, of themes and of find-anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.fuzzy import FuzzySearch
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.text import cut, fit, plain, styled
from booking_tui.tui.work import run_in_thread

MATCHED = "bold underline"
SHEET_CELLS = 84
STEADY_ROWS = 26


class Choice(NamedTuple):
    """One line: ``note`` stands muted behind the title, ``key`` on the right; ``off`` says why it cannot be done."""

    id: str
    title: str
    note: str = ""
    key: str = ""
    off: str | None = None
    matched: tuple[int, ...] = ()
    """Places in the title that the search text hit."""


def narrowed(choices: Sequence[Choice], text: str) -> list[Choice]:
    """Give the choices that fit a search text, the best first; without text all in their order."""
    wanted = text.strip()
    if not wanted:
        return list(choices)
    search = FuzzySearch()
    scored: list[tuple[float, int, Choice]] = []
    for place, choice in enumerate(choices):
        score, offsets = search.match(wanted, choice.title)
        if score <= 0:
            score, offsets = search.match(wanted, f"{choice.title} {choice.note}")
            score /= 2
        if score > 0:
            hits = tuple(offset for offset in offsets if offset < len(choice.title))
            scored.append((-score, place, choice._replace(matched=hits)))
    return [choice for _, _, choice in sorted(scored)]


def line(choice: Choice, width: int, column: int = 0) -> Content:
    """Draw one choice for a number of cells; ``column`` is what titles take at least, so that notes stand in line."""
    key_cells = cell_len(choice.key)
    room = max(8, width - key_cells - 2)
    title = fit(cut(choice.title, column), column) if column else plain(choice.title, room)
    for offset in choice.matched:
        if offset < len(title.plain):
            title = title.stylize(MATCHED, offset, offset + 1)
    if choice.off is not None:
        title = title.stylize_before("$text-muted")
    note = choice.off or choice.note
    left = room - title.cell_length - 2
    rest = fit(note, left, "$text-muted") if note and left > 6 else plain("")
    gap = max(0, room - title.cell_length - (rest.cell_length + 2 if rest else 0))
    middle = "  " if rest else ""
    return Content.assemble(title, middle, rest, " " * gap, "  ", styled(choice.key, "$text-accent"))


NOTHING = "Nothing fits. Fewer letters find more."


class PickerDialog(Sheet[str | None]):
    """Type to narrow down, arrows to move, Enter to choose, Esc to leave. Gives the id of the choice, or None."""

    KEYS: ClassVar[KeyWords] = (("⏎", "choose"), ("Esc", "leave"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        placeholder: str,
        find: Callable[[str], Sequence[Choice]],
        *,
        empty: str = NOTHING,
        threaded: bool = False,
        looked_at: Callable[[str], None] | None = None,
        at: str | None = None,
        steady: bool = False,
    ) -> None:
        super().__init__()
        self._steady = steady
        """Whether the sheet keeps its height while the list grows and shrinks."""
        self._title = title
        self._placeholder = placeholder
        self._find = find
        self._empty = empty
        self._threaded = threaded
        self._looked_at = looked_at
        self._at = at
        self._choices: list[Choice] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = plain(self._title)
            if self._steady:
                sheet.styles.height = "92%"
                sheet.styles.max_height = STEADY_ROWS
            sheet.border_subtitle = plain(key_line(self.KEYS))
            yield Input(placeholder=self._placeholder, select_on_focus=False)
            options = OptionList(markup=False)
            if self._steady:
                options.styles.max_height = "100%"
            yield options
            yield Static(id="none")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._search("")

    def on_resize(self, _: Resize) -> None:
        self.call_after_refresh(self._draw_lines)

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Search anew at each letter."""
        self._at = None
        self._search(event.value)

    def _search(self, text: str) -> None:
        if not self._threaded:
            self._show(self._find(text))
            return
        run_in_thread(
            self, lambda: self._find(text), self._show, group="find", description="find", failed=self._say_instead
        )

    def _say_instead(self, words: str) -> None:
        self._choices = []
        self.query_one(OptionList).clear_options()
        self._say(words)

    def _say(self, words: str) -> None:
        note = self.query_one("#none", Static)
        note.update(styled(words, "$text-muted"))
        note.display = bool(words)

    def _show(self, choices: Sequence[Choice]) -> None:
        self._choices = list(choices)
        self._draw_lines()
        typed = self.query_one(Input).value.strip()
        self._say("" if self._choices else NOTHING if typed else self._empty)
        if self._choices:
            ids = [choice.id for choice in self._choices]
            self.query_one(OptionList).highlighted = ids.index(self._at) if self._at in ids else 0

    def _draw_lines(self) -> None:
        """Draw the choices for the width there is, the highlight staying where it was."""
        options = self.query_one(OptionList)
        at = options.highlighted
        # Before the first layout the width follows from the sheet's: its border, its padding and the scrollbar go off.
        width = options.size.width or min(SHEET_CELLS, self.size.width * 96 // 100) - 6
        column = max((cell_len(choice.title) for choice in self._choices if choice.note), default=0)
        column = min(column, width // 2) if self._steady else 0
        with options.prevent(OptionList.OptionHighlighted):
            options.clear_options()
            options.add_options([Option(line(choice, width - 3, column)) for choice in self._choices])
            if at is not None and at < len(self._choices):
                options.highlighted = at

    @on(OptionList.OptionHighlighted)
    def look_at(self, event: OptionList.OptionHighlighted) -> None:
        """Tell who shows a preview what is being looked at."""
        if self._looked_at is not None and event.option_index < len(self._choices):
            self._looked_at(self._choices[event.option_index].id)

    def action_move(self, by: int) -> None:
        """Move the highlight without leaving the text."""
        options = self.query_one(OptionList)
        if self._choices:
            there = (options.highlighted or 0) + by
            last = len(self._choices) - 1
            wrapped = there % (last + 1) if abs(by) == 1 else max(0, min(last, there))
            options.highlighted = wrapped

    @on(Input.Submitted)
    def choose(self) -> None:
        """Choose what is highlighted."""
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None:
            self._take(highlighted)

    @on(OptionList.OptionSelected)
    def choose_clicked(self, event: OptionList.OptionSelected) -> None:
        """Choose what was clicked."""
        self._take(event.option_index)

    def _take(self, index: int) -> None:
        if index >= len(self._choices):
            return
        choice = self._choices[index]
        if choice.off is not None:
            self._say(cut(f"{choice.title}: {choice.off}"))
            return
        self.dismiss(choice.id)

    def action_leave(self) -> None:
        """Leave without choosing."""
        self.dismiss(None)
