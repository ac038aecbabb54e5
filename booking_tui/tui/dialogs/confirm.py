"""Asks before something that cannot be taken back. The safe answer is the one under the cursor."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.text import plain


class Confirm(Sheet[bool]):
    """A question with two answers; ``yes`` is the verb on the button ("Forget 3"), never just "yes"."""

    KEYS: ClassVar[KeyWords] = (("Tab", "other answer"), ("⏎", "answer"), ("Esc", "leaves everything as it is"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", show=False),
        Binding("left,right,h,l", "other", show=False),
    ]

    DEFAULT_CSS = """
    Confirm .sheet { width: 64; }
    Confirm Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
    Confirm Button { min-width: 12; margin-left: 2; }
    """

    def __init__(self, title: str, body: Content | str, yes: str, danger: bool = False) -> None:
        super().__init__()
        self._title = title
        self._body = body if isinstance(body, Content) else plain(body, one_line=False)
        self._yes = yes
        self._danger = danger

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = plain(self._title)
            sheet.border_subtitle = plain(key_line(self.KEYS[-1:]))
            yield Static(self._body)
            with Horizontal():
                yield Button(plain("Leave as it is"), id="no", compact=True)
                tone = "error" if self._danger else "primary"
                yield Button(plain(self._yes), id="yes", variant=tone, compact=True)

    def on_mount(self) -> None:
        self.query_one("#no", Button).focus()

    def action_other(self) -> None:
        """Go to the other button."""
        self.focus_next(Button)

    def action_no(self) -> None:
        """Answer no."""
        self.dismiss(result=False)

    @on(Button.Pressed)
    def answer(self, event: Button.Pressed) -> None:
        """Answer by the button that was pressed."""
        self.dismiss(event.button.id == "yes")
