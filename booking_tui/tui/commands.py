"""The command table: one row a deed, feeding keys, footer, palette, help and the keys page.

A view lists its commands; everything a person can do has exactly one row here or there. A command that cannot run now
stays where it is and says why (see ``View.why_not``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.binding import Binding

_NAMES = {
    "question_mark": "?",
    "exclamation_mark": "!",
    "colon": ":",
    "semicolon": ";",
    "slash": "/",
    "vertical_line": "|",
    "asterisk": "*",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "full_stop": ".",
    "comma": ",",
    "enter": "⏎",
    "escape": "Esc",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One deed: ``id`` is ``<place>.<verb>`` and stays the same for remapping; ``keys`` are Textual key names."""

    id: str
    keys: str
    """Comma-separated; empty for what only the palette offers."""
    title: str
    """Two or three words, verb first, as the palette shows it."""
    help: str
    """One sentence for the help page."""
    footer: str | None = None
    """The word in the footer; None keeps it out of there."""
    shown_key: str | None = None
    """How the footer writes the key where one row speaks for a pair (``[ ]``), or the key is the pane's own (``⏎``)."""
    palette: bool = True

    @property
    def verb(self) -> str:
        """The part of the id after the place; the view's method is ``do_<verb>``."""
        return self.id.partition(".")[2].replace("-", "_")

    def binding(self) -> Binding:
        """Give Textual's binding for this row. Only rows with keys have one."""
        return Binding(
            self.keys,
            f"command('{self.id}')",
            self.footer or self.title,
            show=self.footer is not None,
            key_display=self.shown_key,
            id=self.id,
        )


def key_word(key: str) -> str:
    """Write one of Textual's key names for people: ``question_mark`` is ``?``, ``upper_h`` is ``H``."""
    *modifiers, name = key.strip().split("+")
    if name.startswith("upper_"):
        name = name.removeprefix("upper_").upper()
    return "+".join([*modifiers, _NAMES.get(name, name)])


def keys_of(command: Command, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """Give the keys that run a command now, as people read them; the person's own keys go before ours."""
    if command.id in keymap:
        return tuple(key_word(key) for key in keymap[command.id].split(",") if key.strip())
    if command.shown_key is not None and not command.keys:
        return (command.shown_key,)
    return tuple(key_word(key) for key in command.keys.split(",") if key.strip())


def first_key(command: Command, keymap: Mapping[str, str], *, ascii_only: bool = False) -> str:
    """Give the one key to show for a command, empty when it has none."""
    key = next(iter(keys_of(command, keymap)), "")
    if command.shown_key is not None and command.id not in keymap:
        key = command.shown_key
    return key.replace("⏎", "Enter") if ascii_only else key
