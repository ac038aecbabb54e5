"""After an edit: how the new payload is to be sent. Whatever is answered, the edited text is kept."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widgets import Button, Static

from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.dialogs.signing import rows_inside
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.text import plain
from booking_tui.tui.widgets.flow import BLANK, Piece, TextLine, flowed
from booking_tui.tui.widgets.json_diff import diff_lines, differences
from booking_tui.tui.widgets.json_text import JsonValue
from booking_tui.tui.widgets.lines_view import LinesView

FOOT_ROWS = 6
"""Of the note, where it is narrow, and the buttons, with the blank lines before them."""
SIGN, AS_IS, AGAIN = "sign", "as-is", "again"
NOTE = (
    "It goes to this home's own listener by HTTP and is marked as a test: one that names a real booking is parked and "
    "changes nothing."
)
NOTE_REAL = (
    "It names a booking that is no test. Marked as a test, as everything sent from here, it will be parked and change "
    "nothing; with another uid it makes a booking of its own."
)
NOTE_DEMO = "It goes to this demo's own listener by HTTP, and is applied like any other."


class ResendDialog(Sheet[str | None]):
    """Shows what was changed and asks how to send it. Gives ``sign``, ``as-is``, ``again`` or None."""

    KEYS: ClassVar[KeyWords] = (("Tab", "other button"), ("⏎", "press it"), ("Esc", "not now"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("left,h", "other(-1)", show=False),
        Binding("right,l", "other(1)", show=False),
    ]
    DEFAULT_CSS = """
    ResendDialog LinesView { height: auto; max-height: 16; background: $panel; }
    ResendDialog Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
    ResendDialog Button { min-width: 10; margin-left: 2; }
    ResendDialog Static { height: auto; margin-top: 1; color: $text-muted; }
    ResendDialog Static.-real { color: $text-warning; }
    """

    def __init__(self, old: JsonValue, new: JsonValue, problem: str | None, *, note: str = NOTE) -> None:
        """``note`` says what will become of it."""
        super().__init__()
        self._note = note
        self._old = old
        self._new = new
        self._problem = problem
        self._text = LinesView()

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = plain("Send the edited payload")
            sheet.border_subtitle = plain(key_line(self.KEYS[-1:]) + " · the text is kept")
            yield self._text
            yield Static(plain(self._note, one_line=False), classes="-real" if self._note == NOTE_REAL else None)
            with Horizontal():
                yield Button(plain("Edit again"), id=AGAIN, compact=True)
                yield Button(plain("Send as it is"), id=AS_IS, compact=True)
                yield Button(plain("Sign anew and send"), id=SIGN, variant="primary", compact=True)

    def on_mount(self) -> None:
        self._text.show(self._lines)
        self.query_one(f"#{AGAIN if self._problem else SIGN}", Button).focus()

    def on_resize(self, event: Resize) -> None:
        self._text.styles.max_height = rows_inside(event.size.height, FOOT_ROWS)

    def _lines(self, width: int) -> list[TextLine]:
        if self._problem is not None:
            words = f"This is no JSON any more: {self._problem}"
            note = "It can be sent all the same; the listener will park it if it is signed, and refuse it if not."
            return [*flowed((Piece(words, "warn"),), width), BLANK, *flowed((Piece(note, "muted"),), width)]
        found = list(differences(self._old, self._new))
        refused = "Sent as it is, it keeps its old signature: a changed body will be refused with 401."
        if not found:
            return flowed((Piece("The same JSON as before; only its spelling may differ.", "muted"),), width)
        count = f"{len(found)} place{'s' if len(found) > 1 else ''} changed"
        note = flowed((Piece(refused, "warn"),), width)
        return [*flowed((Piece(count, "strong"),), width), *note, BLANK, *diff_lines(found, width)]

    def action_other(self, by: int) -> None:
        """Go to another button."""
        if by > 0:
            self.focus_next(Button)
        else:
            self.focus_previous(Button)

    @on(Button.Pressed)
    def answer(self, event: Button.Pressed) -> None:
        """Answer by the button that was pressed."""
        self.dismiss(event.button.id)

    def action_leave(self) -> None:
        """Send nothing now."""
        self.dismiss(None)
