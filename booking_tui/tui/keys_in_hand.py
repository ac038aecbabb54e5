"""Which keys work while a line of text or a dialog has the keyboard: then the view's own would be typed, not run."""

from __future__ import annotations

from typing import TypeAlias, cast

from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input

from booking_tui.tui.views.base import View

KeyWords: TypeAlias = tuple[tuple[str, str], ...]
"""Keys as people read them, each with what it does there; a widget or a dialog says its own as ``KEYS``."""
IN_DIALOG: KeyWords = (("Esc", "leave"),)
IN_TEXT: KeyWords = (("⏎", "done"), ("Esc", "back"))


def key_line(keys: KeyWords) -> str:
    """Write keys on one line, as the frame of a dialog shows them."""
    return " · ".join(f"{key} {words}" for key, words in keys)


def ascii_key(key: str) -> str:
    """Write a key without arrows and the like."""
    return key.replace("⏎", "Enter").replace("←→", "left right").replace("↓", "down")


def keys_in_hand(top: Screen[object], main: Screen[None]) -> KeyWords | None:
    """Give the keys of what has the keyboard now; None when the keys are the view's own."""
    if top is not main:
        return _said_by(top) or IN_DIALOG
    focused = main.focused
    if not isinstance(focused, Input):
        return None
    for node in focused.ancestors_with_self:
        if isinstance(node, View):
            break
        if keys := _said_by(node):
            return keys
    return IN_TEXT


def _said_by(node: DOMNode) -> KeyWords | None:
    return cast("KeyWords | None", getattr(node, "KEYS", None))
