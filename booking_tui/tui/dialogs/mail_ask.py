"""Asks before an email goes where it most likely will not arrive. The safe answer is the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.text import plain


class Answer(NamedTuple):
    """One button: ``words`` say what it does. ``danger`` marks what may be regretted."""

    id: str
    words: str
    danger: bool = False


class MailAskDialog(Sheet[str | None]):
    """A question with a few answers, the safe one first; gives the id of the answer, or None for Esc."""

    KEYS: ClassVar[KeyWords] = (("⏎", "the answer under the cursor"), ("Tab", "the next"), ("Esc", "not now"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("right,l,down,j", "other", show=False),
        Binding("left,h,up,k", "other_back", show=False),
    ]
    DEFAULT_CSS = """
    MailAskDialog .sheet { width: 72; }
    MailAskDialog Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
    MailAskDialog Button { min-width: 10; margin-left: 2; }
    """

    def __init__(self, title: str, body: str, answers: Sequence[Answer]) -> None:
        super().__init__()
        self._title = title
        self._body = body
        self._answers = answers

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = plain(self._title, 66)
            sheet.border_subtitle = plain(key_line(self.KEYS))
            yield Static(plain(self._body, one_line=False))
            with Horizontal():
                for number, answer in enumerate(self._answers):
                    tone = "error" if answer.danger else "primary" if number == 0 else "default"
                    yield Button(plain(answer.words, 40), id=answer.id, variant=tone, compact=True)

    def on_mount(self) -> None:
        self.query(Button).first().focus()

    def action_other(self) -> None:
        """Go to the next answer."""
        self.focus_next(Button)

    def action_other_back(self) -> None:
        """Go to the answer before."""
        self.focus_previous(Button)

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)

    @on(Button.Pressed)
    def answer(self, event: Button.Pressed) -> None:
        """Answer by the button that was pressed."""
        self.dismiss(event.button.id)
