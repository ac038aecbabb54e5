"""Writes the practitioner's own note of a booking. What was typed is never lost: leaving keeps it as a draft."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widgets import Button, Static, TextArea

from booking_tui.domain.booking import NOTE_LIMIT
from booking_tui.domain.safe_text import clean
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.dialogs.signing import rows_inside
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.hosting import app_of


class NoteAnswer(NamedTuple):
    """What was typed, and whether it is to be kept for good."""

    text: str
    save: bool


class NoteDialog(Sheet[NoteAnswer]):
    """A text area with two answers; Tab leads out of the text to Save."""

    KEYS: ClassVar[KeyWords] = (("ctrl+s", "save"), ("Tab", "to the buttons"), ("Esc", "keeps a draft"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False, priority=True),
        Binding("tab", "out", show=False, priority=True),
        Binding("ctrl+s", "save", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    NoteDialog TextArea { height: 12; padding: 0 1; background: $background; }
    NoteDialog Static { height: auto; color: $text-muted; margin-bottom: 1; }
    NoteDialog Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
    NoteDialog Button { min-width: 12; margin-left: 2; }
    """

    def __init__(self, who: str, text: str, *, draft: bool = False) -> None:
        super().__init__()
        self._draft = draft
        self._who = who
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            kept = " · draft kept, not saved yet" if self._draft else ""
            sheet.border_title = plain(f"Note · {self._who}{kept}", 70)
            sheet.border_subtitle = plain(key_line(self.KEYS))
            yield Static(plain("Only on this machine. Cal.com and the guest never see it."), id="about")
            # Kept text may come from elsewhere: what would steer the terminal is shown, not sent.
            yield TextArea(
                clean(self._text, one_line=False),
                soft_wrap=True,
                tab_behavior="focus",
                show_line_numbers=False,
                compact=True,
            )
            with Horizontal():
                yield Button(plain("Save note"), id="save", variant="primary", compact=True)
                yield Button(plain("Not now"), id="draft", compact=True)

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.focus()
        area.move_cursor(area.document.end)

    def on_resize(self, event: Resize) -> None:
        self.query_one(TextArea).styles.height = min(12, rows_inside(event.size.height, 6))

    def action_out(self) -> None:
        """Go from the text to Save, and round."""
        if self.query_one(TextArea).has_focus:
            self.query_one("#save", Button).focus()
        else:
            self.focus_next()

    def action_save(self) -> None:
        """Keep what was typed for good; what is too long stays here to be shortened."""
        text = self.query_one(TextArea).text
        if len(text.strip()) > NOTE_LIMIT:
            words = f"A note has at most {NOTE_LIMIT:,} characters, this one has {len(text):,}: shorten it."
            self.query_one("#about", Static).update(styled(words, "$text-error"))
            app_of(self).bell()
        else:
            self.dismiss(NoteAnswer(text, save=True))

    def action_leave(self) -> None:
        """Keep what was typed as a draft."""
        self.dismiss(NoteAnswer(self.query_one(TextArea).text, save=False))

    @on(Button.Pressed)
    def answer(self, event: Button.Pressed) -> None:
        """Answer by the button that was pressed."""
        if event.button.id == "save":
            self.action_save()
        else:
            self.action_leave()
