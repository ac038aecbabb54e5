"""The fields of the set-up sheet: what each kind of way in needs, a hint below each, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from booking_tui.domain.tunnel import TunnelStatus
from booking_tui.ports import TunnelSetup
from booking_tui.settings import Settings
from booking_tui.settings.schema import Tunnel
from booking_tui.tui.dialogs.tunnel_setup_words import EXAMPLE, LABELS, FieldSaid, token_missing
from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.keys_in_hand import KeyWords
from booking_tui.tui.redraw import tell
from booking_tui.tui.text import plain
from booking_tui.tui.widgets.key_line import SheetKey

KEYS: KeyWords = (("↓", "kind"), ("Tab", "next"), ("⏎", "try it"), ("Esc", "leave"))
BACK_KEYS: KeyWords = (*KEYS[:-1], ("Esc", "back to the way in of before"))
DONE_KEYS: KeyWords = (("⏎", "done"),)
DEMO_ABOUT = (
    "This is the demo: practise here. What you give is checked as on your own home; nothing is written or opened."
)
BROWSE = SheetKey("ctrl+o", "opens ngrok's page", "page", "browse")
WORKING_KEYS = (
    SheetKey("y", "copy the address", "copy", "copy"),
    SheetKey("w", "four steps at cal.com", "steps", "steps"),
)
FIELDS: dict[str, tuple[str, ...]] = {
    "ngrok": ("authtoken", "domain"),
    "url": ("public_url",),
    "command": ("command",),
    "none": (),
}
"""Which fields a kind has, the one that it cannot do without first."""
MISSING = {
    "authtoken": "paste your authtoken first: ngrok's page shows it, ctrl+o opens it",
    "public_url": "type the address first, such as https://hooks.example.com",
    "command": "type the command first, such as cloudflared with what follows it",
}
"""What to say where a field is empty that must not be."""
_PLACEHOLDERS = {
    "authtoken": "paste it here; it shows as dots",
    "domain": "your-name.ngrok-free.dev",
    "public_url": "https://hooks.example.com",
    "command": EXAMPLE,
}


def known_values(section: Tunnel) -> dict[str, str]:
    """Give what stands in each field at first; the authtoken is never shown."""
    return {
        "authtoken": "",
        "domain": section.domain or "",
        "public_url": section.public_url or "",
        "command": section.command or "",
    }


def missing_field(setup: TunnelSetup, settings: Settings, status: TunnelStatus | None) -> FieldSaid | None:
    """Say what must be given first; None when nothing is missing."""
    needed = next(iter(FIELDS[setup.kind]), None)
    if needed is None or getattr(setup, needed):
        return None
    if needed == "authtoken" and not token_missing(settings, status):
        return None
    return FieldSaid(needed, MISSING[needed])


def say_hints(
    fields: Mapping[str, SetupField], hints: Mapping[str, str], wrong: FieldSaid | None, signs: Glyphs
) -> None:
    """Write below each field what helps there, or what is wrong with it."""
    for name, hint in hints.items():
        if wrong is not None and wrong.field == name:
            fields[name].say(f"{signs.fail} {wrong.words}", wrong=True)
        else:
            fields[name].say(hint)


class WholePaste(Input):
    """Takes all that is pasted, on one line: of a text that was wrapped the first line alone would be another one."""

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        line = " ".join(line.strip() for line in event.text.splitlines()).strip()
        if self.selection.is_empty:
            self.insert_text_at_cursor(line)
        else:
            self.replace(line, *self.selection)


class SetupField(Vertical):
    """A label, its input, and a hint below."""

    DEFAULT_CSS = """
    SetupField { height: auto; }
    SetupField > Horizontal { height: 1; }
    SetupField > Horizontal > Static { width: 15; height: 1; color: $text-muted; }
    SetupField > Horizontal > Input { width: 1fr; }
    SetupField > .hint { height: auto; padding-left: 16; color: $text-muted; }
    SetupField > .hint.-wrong { color: $text-error; text-style: bold; }
    """

    def __init__(self, name: str, value: str) -> None:
        super().__init__(id=f"field-{name}")
        self.key = name
        self.entry = WholePaste(
            value,
            placeholder=_PLACEHOLDERS[name],
            password=name == "authtoken",
            suggester=SuggestFromList([EXAMPLE], case_sensitive=False) if name == "command" else None,
            select_on_focus=False,
        )
        self._hint = Static(classes="hint")

    def compose(self) -> ComposeResult:
        yield Horizontal(Static(plain(LABELS[self.key])), self.entry)
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
        """Write below the input what helps, or what is wrong."""
        self._hint.set_class(wrong, "-wrong")
        tell(self._hint, plain(words))
