"""Asks before a deed on many emails: the deed's own word is typed, so that no slip of a finger does it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.redraw import tell
from booking_tui.tui.text import plain, styled


class ManyDialog(Sheet[bool]):
    """Says how many and what it means; ``word`` is the deed, typed to go on."""

    KEYS: ClassVar[KeyWords] = (("⏎", "do it, once the word stands there"), ("Esc", "leave everything as it is"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False, priority=True)]
    DEFAULT_CSS = """
    ManyDialog .sheet { width: 70; }
    ManyDialog Static { height: auto; margin-bottom: 1; }
    ManyDialog #wanted { margin: 0; }
    """

    def __init__(self, word: str, count: int, meaning: str) -> None:
        super().__init__()
        self._word = word.lower()
        self._title = f"{word} {count:,} emails?"
        self._meaning = meaning

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = plain(self._title)
            sheet.border_subtitle = plain(key_line(self.KEYS))
            yield Static(plain(self._meaning, one_line=False))
            yield Input(placeholder=self._word, id="word", select_on_focus=False)
            yield Static(id="wanted")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._say("$text-muted")

    def _say(self, style: str) -> None:
        tell(self.query_one("#wanted", Static), styled(f"Type “{self._word}” and press Enter.", style))

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        """Go on when the word is right."""
        event.stop()
        if event.value.strip().lower() == self._word:
            self.dismiss(result=True)
        else:
            self._say("$text-warning")

    def action_leave(self) -> None:
        """Leave everything as it is."""
        self.dismiss(result=False)
