"""A field of a form: a label, what is typed, and below it a hint or what is wrong."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.suggester import Suggester
from textual.widgets import Input, Static

from booking_tui.tui.redraw import tell
from booking_tui.tui.text import plain

Divert = Callable[[str], bool]
"""Takes a text that was pasted into the wrong field to the right one; says whether it did."""


class OneLine(Input):
    """Takes all that is pasted, on one line: of a text that was wrapped the first line alone would be another one.

    ``divert`` is asked first: what it takes elsewhere does not show here.
    """

    divert: Divert | None = None

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        line = " ".join(line.strip() for line in event.text.splitlines()).strip()
        if self.divert is not None and self.divert(line):
            return
        if self.selection.is_empty:
            self.insert_text_at_cursor(line)
        else:
            self.replace(line, *self.selection)


class LabelledEntry(Vertical):
    """One field, known by its ``key``. ``secret`` shows dots."""

    DEFAULT_CSS = """
    LabelledEntry { height: auto; }
    LabelledEntry > Horizontal { height: 1; }
    LabelledEntry > Horizontal > Static { width: 15; height: 1; color: $text-muted; }
    LabelledEntry > Horizontal > Input { width: 1fr; }
    LabelledEntry > .hint { height: auto; padding-left: 16; color: $text-muted; }
    LabelledEntry > .hint.-wrong { color: $text-error; text-style: bold; }
    """

    def __init__(
        self,
        key: str,
        label: str,
        value: str = "",
        *,
        placeholder: str = "",
        secret: bool = False,
        suggester: Suggester | None = None,
        divert: Divert | None = None,
    ) -> None:
        super().__init__(id=f"field-{key}")
        self.key = key
        self._label = label
        self.entry = OneLine(
            value, placeholder=placeholder, password=secret, suggester=suggester, select_on_focus=False
        )
        self.entry.divert = divert
        self._hint = Static(classes="hint")

    def compose(self) -> ComposeResult:
        yield Horizontal(Static(plain(self._label)), self.entry)
        yield self._hint

    @property
    def value(self) -> str:
        """What was typed."""
        return self.entry.value.strip()

    def empty(self) -> None:
        """Take away what was typed, as nothing that anybody did."""
        with self.prevent(Input.Changed):
            self.entry.value = ""

    def say(self, words: str, *, wrong: bool = False) -> None:
        """Write below what helps, or what is wrong."""
        self._hint.set_class(wrong, "-wrong")
        tell(self._hint, plain(words))
