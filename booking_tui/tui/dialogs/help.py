"""Help: the pane one is in, in plain words with its keys; on the second page every key there is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from booking_tui.tui.commands import Command, keys_of
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.places import PLACES
from booking_tui.tui.shell_commands import SHELL_COMMANDS
from booking_tui.tui.text import fit, plain, styled
from booking_tui.tui.views.base import View

KEY_CELLS = 14
NAME_CELLS = 25
ALWAYS: tuple[tuple[str, str], ...] = (
    ("↑ ↓  j k", "move"),
    ("tab  shift+tab", "next pane, pane before"),
    ("⏎", "open, or go to it"),
    ("Esc", "one step back; never quits"),
    ("home  G end", "first and last"),
    ("PgUp  PgDn", "a page"),
)
"""What works in every list without being a command."""


class HelpDialog(Sheet[None]):
    """Two pages; ``/`` searches both."""

    KEYS: ClassVar[KeyWords] = (("tab", "other page"), ("/", "search"), ("Esc", "leave"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("question_mark,q", "leave", show=False),
        Binding("tab,shift+tab,less_than_sign,greater_than_sign,left,right", "turn", show=False, priority=True),
        Binding("slash", "search", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(12)", show=False),
        Binding("pageup", "scroll(-12)", show=False),
    ]

    def __init__(self, view: View | None, keymap: Mapping[str, str], *, ascii_only: bool = False) -> None:
        super().__init__()
        self._view = view
        self._keymap = keymap
        self._ascii = ascii_only
        self._every_key = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_subtitle = plain(key_line(self.KEYS))
            yield Input(placeholder="/ search keys and words", select_on_focus=False)
            with VerticalScroll(can_focus=True):
                yield Static(id="page")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        self._draw()

    @property
    def _width(self) -> int:
        """The cells of one line of the page."""
        return (self.query_one(VerticalScroll).size.width or 90) - 2

    def on_resize(self) -> None:
        """Wrap anew."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        wanted = self.query_one(Input).value.strip().lower()
        # The two keep their places: only the mark moves.
        names = (("This pane", not self._every_key), ("All keys", self._every_key))
        tabs = [plain(f"[{name}]") if here else styled(f" {name} ", "$text-muted not bold") for name, here in names]
        self.query_one(".sheet").border_title = Content.assemble("Help · ", tabs[0], " ", tabs[1])
        if wanted:
            lines = [*self._page_of_all(wanted)]
        elif self._every_key:
            lines = [*self._page_of_all("")]
        else:
            lines = [*self._page_of_pane()]
        if not lines:
            lines = [styled("Nothing fits. Fewer letters find more.", "$text-muted")]
        self.query_one("#page", Static).update(Content("\n").join(lines))

    def _page_of_pane(self) -> Iterator[Content]:
        view = self._view
        if view is not None:
            yield styled(view.TITLE, "bold $text-primary")
            yield plain("")
            yield plain(view.help_text(), one_line=False)
            yield plain("")
            offered = list(view.offered())
            here = {row.id for row in offered}
            yield from self._rows("Here", offered, "")
            yield from self._rows("Elsewhere in this view", [row for row in view.COMMANDS if row.id not in here], "")
        yield from self._fixed("")

    def _page_of_all(self, wanted: str) -> Iterator[Content]:
        for place in PLACES:
            yield from self._rows(f"{place.number} {place.title}", place.load().COMMANDS, wanted)
        yield from self._rows("Everywhere", SHELL_COMMANDS, wanted)
        yield from self._fixed(wanted)

    def _rows(self, title: str, commands: Sequence[Command], wanted: str) -> Iterator[Content]:
        rows = [(self._keys(row), row.title, row.help) for row in commands if row.keys or row.shown_key]
        fitting = [row for row in rows if wanted in " ".join(row).lower()]
        if fitting:
            yield styled(title, "bold $text-secondary")
            for keys, name, sentence in fitting:
                head = Content.assemble(
                    fit(f"  {keys}", KEY_CELLS, "bold $text-accent"), fit(name, NAME_CELLS - 1), " "
                )
                first, *rest = textwrap.wrap(sentence, max(20, self._width - KEY_CELLS - NAME_CELLS))
                yield Content.assemble(head, styled(first, "$text-muted"))
                for more in rest:
                    yield styled(" " * (KEY_CELLS + NAME_CELLS) + more, "$text-muted")
            yield plain("")

    def _fixed(self, wanted: str) -> Iterator[Content]:
        fitting = [row for row in ALWAYS if wanted in " ".join(row).lower()]
        if fitting:
            yield styled("In every list", "bold $text-secondary")
            for keys, words in fitting:
                yield Content.assemble(
                    fit(f"  {self._plain_keys(keys)}", KEY_CELLS + 6, "bold $text-accent"), plain(words)
                )

    def _keys(self, command: Command) -> str:
        return self._plain_keys("  ".join(keys_of(command, self._keymap)))

    def _plain_keys(self, keys: str) -> str:
        if not self._ascii:
            return keys
        return keys.replace("⏎", "Enter").replace("↑", "up").replace("↓", "down")

    @on(Input.Changed)
    def narrow(self) -> None:
        """Search at each letter."""
        self._draw()

    @on(Input.Submitted)
    def settle(self) -> None:
        """Keep the search and give the keys back to the page."""
        self.query_one(VerticalScroll).focus()

    def action_turn(self) -> None:
        """Turn the page."""
        self._every_key = not self._every_key
        self.query_one(Input).value = ""
        self._draw()
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_search(self) -> None:
        """Go to the search line."""
        self.query_one(Input).focus()

    def action_scroll(self, by: int) -> None:
        """Scroll the page."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_back(self) -> None:
        """Leave the search, then the help."""
        if self.query_one(Input).has_focus:
            self.query_one(Input).value = ""
            self.query_one(VerticalScroll).focus()
        else:
            self.dismiss()

    def action_leave(self) -> None:
        """Close the help."""
        self.dismiss()
