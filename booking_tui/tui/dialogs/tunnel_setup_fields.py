"""The fields of the set-up sheet: what each kind of way in needs, a hint below each, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.screen import ScreenResultType
from textual.suggester import SuggestFromList
from textual.widgets import Input

from booking_tui.domain.tunnel import TunnelStatus
from booking_tui.ports import TunnelSetup
from booking_tui.settings import Settings
from booking_tui.settings.schema import Tunnel
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.dialogs.tunnel_setup_words import EXAMPLE, LABELS, FieldSaid, token_missing
from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.keys_in_hand import KeyWords
from booking_tui.tui.widgets.key_line import SheetKey
from booking_tui.tui.widgets.labelled_entry import LabelledEntry

KEYS: KeyWords = (("↓", "kind"), ("Tab", "next"), ("⏎", "try it"), ("Esc", "leave"))
DONE_KEYS: KeyWords = (("⏎", "done"),)
NO_BROWSER = "no browser here: the page's address stands below the authtoken"
DEMO_ABOUT = (
    "This is the demo: practise here. What you give is checked as on your own home; nothing is written or opened."
)
BROWSE = SheetKey("ctrl+o", "opens ngrok's page", "page", "browse")
KEEP = SheetKey("K", "keep it all the same", "keep it", "keep")
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


def keys_below(kind: str, *, works: bool, failed: bool) -> tuple[SheetKey, ...]:
    """Give the keys on the sheet's last line while there is no address to copy yet."""
    browse = (BROWSE,) if kind == "ngrok" and not works else ()
    return (KEEP, *browse) if failed else browse


def known_values(section: Tunnel) -> dict[str, str]:
    """Give what stands in each field at first; the authtoken is never shown."""
    return {
        "authtoken": "",
        "domain": section.domain or "",
        "public_url": section.public_url or "",
        "command": section.command or "",
    }


def setup_fields(section: Tunnel) -> dict[str, LabelledEntry]:
    """Make all the fields, with what is set so far."""
    example = SuggestFromList([EXAMPLE], case_sensitive=False)
    return {
        name: LabelledEntry(
            name,
            LABELS[name],
            known,
            placeholder=_PLACEHOLDERS[name],
            secret=name == "authtoken",
            suggester=example if name == "command" else None,
        )
        for name, known in known_values(section).items()
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
    fields: Mapping[str, LabelledEntry], hints: Mapping[str, str], wrong: FieldSaid | None, signs: Glyphs
) -> None:
    """Write below each field what helps there, or what is wrong with it."""
    for name, hint in hints.items():
        if wrong is not None and wrong.field == name:
            fields[name].say(f"{signs.fail} {wrong.words}", wrong=True)
        else:
            fields[name].say(hint)


class TypedBeside(Sheet[ScreenResultType]):
    """A sheet in which what is typed or pasted beside its fields goes to the first: there it was meant to go."""

    @property
    def first_entry(self) -> Input | None:
        """The field that gets it; None where there is none."""
        raise NotImplementedError

    @property
    def own_keys(self) -> set[str]:
        """The characters that mean something else beside the fields."""
        raise NotImplementedError

    def on_paste(self, event: events.Paste) -> None:
        """Put what is pasted there."""
        self._hand_on(event, events.Paste(event.text))

    def on_key(self, event: events.Key) -> None:
        """Put what is typed there; the sheet's own keys stay what they are."""
        if isinstance(self.focused, Input):
            return
        typed = event.is_printable and event.character is not None and event.character not in self.own_keys
        if typed or event.key == "backspace":
            self._hand_on(event, events.Key(event.key, event.character))

    def _hand_on(self, event: events.Event, same: events.Event) -> None:
        """Give the field what did not come to one; a field keeps its own events to itself."""
        entry = self.first_entry
        if entry is not None:
            event.stop().prevent_default()
            self.set_focus(entry)
            entry.post_message(same)
