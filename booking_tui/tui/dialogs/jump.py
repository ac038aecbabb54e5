"""Jump mode: a letter lights on every pane, tab and lamp, and pressing it goes there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.events import Click, Key
from textual.geometry import Offset
from textual.widget import Widget
from textual.widgets import Label

from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.keys_in_hand import KeyWords
from booking_tui.tui.main_screen import MainScreen
from booking_tui.tui.places import PLACES
from booking_tui.tui.text import plain
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.widgets.line import FrameLine

PANE_LETTERS = "asdfjkl;wer"
LAMP_LETTERS = "uiopzxcvbn"


class Goal(NamedTuple):
    """A place to jump to: its letter, where the letter lights, and how to get there."""

    letter: str
    at: Offset
    go: Callable[[], Awaitable[object] | object]


def goals(screen: MainScreen) -> list[Goal]:
    """Give every place that can be jumped to now; letters go by position, so they never move."""
    found: list[Goal] = []
    for known in PLACES:
        where = _spot(screen.top, known.name)
        if where is not None:
            # Behind the bracket or blank stands the number itself: it lights where it is.
            found.append(Goal(str(known.number), where + Offset(1, 0), _shower(screen, known.name)))
    for letter, lamp in zip(LAMP_LETTERS, screen.strip.lamps, strict=False):
        where = _spot(screen.strip, lamp.key)
        if where is not None:
            found.append(Goal(letter, where - Offset(1, 0), _lamp_shower(screen, lamp.key)))
    panes: Sequence[Widget] = () if screen.view is None else screen.view.panes()
    for letter, pane in zip(PANE_LETTERS, panes, strict=False):
        found.append(Goal(letter, _corner(pane) + Offset(1, 0), pane.focus))
    return found


def _corner(pane: Widget) -> Offset:
    """Give where the box of a pane begins: its own, or that of what frames it."""
    box = next((node for node in pane.ancestors_with_self if isinstance(node, Widget) and node.has_class("pane")), pane)
    return box.region.offset


def _spot(line: FrameLine, choice: str) -> Offset | None:
    x = line.spot_of(choice)
    return None if x is None else line.region.offset + Offset(x, 0)


def _shower(screen: MainScreen, name: str) -> Callable[[], Awaitable[object]]:
    return lambda: screen.show_view(name)


def _lamp_shower(screen: MainScreen, key: str) -> Callable[[], Awaitable[object]]:
    return lambda: screen.show_lamp(key)


class JumpDialog(Sheet[str | None]):
    """The letters, over the screen as it is. Gives the letter that was pressed; any other key leaves."""

    KEYS: ClassVar[KeyWords] = (("a letter", "goes there"), ("Esc", "stays here"))
    DEFAULT_CSS = """
    JumpDialog { background: $background 35%; align: left top; }
    JumpDialog Label {
        position: absolute;
        width: 1;
        height: 1;
        background: $accent;
        color: $background;
        text-style: bold;
    }
    JumpDialog:ansi Label { text-style: bold reverse; }
    """

    def __init__(self, lit: Sequence[Goal]) -> None:
        super().__init__()
        self._lit = tuple(lit)

    def compose(self) -> ComposeResult:
        for goal in self._lit:
            label = Label(plain(goal.letter))
            label.styles.offset = (goal.at.x, goal.at.y)
            yield label

    def on_key(self, event: Key) -> None:
        """Take the letter."""
        event.stop()
        event.prevent_default()
        letters = {goal.letter for goal in self._lit}
        self.dismiss(event.character if event.character in letters else None)

    def on_click(self, event: Click) -> None:
        """Leave, or take the letter that was clicked."""
        under = next(
            (goal for goal in self._lit if abs(event.screen_x - goal.at.x) <= 1 and event.screen_y == goal.at.y), None
        )
        self.dismiss(None if under is None else under.letter)


def open_jump(screen: MainScreen) -> None:
    """Show the letters and go to the one that is pressed."""
    lit = goals(screen)

    async def go(letter: str | None) -> None:
        goal = next((goal for goal in lit if goal.letter == letter), None)
        if goal is not None:
            outcome = goal.go()
            if isinstance(outcome, Awaitable) and not isinstance(outcome, Widget):
                await outcome

    app_of(screen).push_screen(JumpDialog(lit), go)
