"""What was answered to a try, as it came."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Resize

from booking_tui.tui.copying import copy_words
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.dialogs.signing import rows_inside
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.text import plain
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.mail_tries import Raw, raw_lines
from booking_tui.tui.widgets.lines_view import LinesView


class MailRawDialog(Sheet[str | None]):
    """A raw answer in a sheet; ``y`` copies it. The result is the webhook to go to in Hooks, None for none."""

    USUAL: ClassVar[KeyWords] = (("y", "copy"), ("Esc", "back"))
    IN_HOOKS: ClassVar[KeyWords] = (("4", "the request in Hooks"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,p,q,enter", "leave", show=False, priority=True),
        Binding("y", "copy", show=False),
        Binding("4", "to_hooks", show=False),
    ]
    DEFAULT_CSS = """
    MailRawDialog .sheet { width: 92; }
    MailRawDialog LinesView { height: auto; max-height: 26; background: $panel; }
    """

    def __init__(self, raw: Raw, heading: str = "Raw answer") -> None:
        super().__init__()
        self._raw = raw
        self._heading = heading
        self._text = LinesView()

    @property
    def KEYS(self) -> KeyWords:  # noqa: N802 - as every dialog calls them
        """What its keys do: the way to Hooks only where there is one."""
        return (*self.IN_HOOKS, *self.USUAL) if self._raw.event_id else self.USUAL

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = plain(f"{self._heading} · {self._raw.title}", 70)
            sheet.border_subtitle = plain(key_line(self.KEYS))
            yield self._text

    def on_resize(self, event: Resize) -> None:
        self._text.styles.max_height = rows_inside(event.size.height)

    def on_mount(self) -> None:
        self._text.show(lambda width: raw_lines(self._raw, width))
        self._text.focus()

    def action_copy(self) -> None:
        """Copy it, and say so on the frame."""
        said = copy_words(app_of(self), self._raw.text, what=f"the {self._heading.lower()}")
        self.query_one(".sheet", Vertical).border_subtitle = plain(said)

    def action_to_hooks(self) -> None:
        """Go to the request that brought it."""
        if self._raw.event_id:
            self.dismiss(self._raw.event_id)

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)
