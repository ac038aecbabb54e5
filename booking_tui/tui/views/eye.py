"""For whose eye the panes of a view are drawn, and what is said there at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking_tui.tui.context import Context, Look
from booking_tui.tui.glyphs import Glyphs, glyphs


@dataclass(frozen=True)
class Eye:
    """Who looks: when, from which zone, and with which look."""

    now: datetime
    zone: ZoneInfo
    look: Look

    @property
    def signs(self) -> Glyphs:
        """The signs of the look."""
        return glyphs(self.look)


def eye_of(context: Context) -> Eye:
    """Give what drawing needs to know now."""
    return Eye(context.clock.now(), context.zone, context.look)


class Said(NamedTuple):
    """A glyph with its word, and the tone they may have."""

    glyph: str
    word: str
    tone: str

    @property
    def text(self) -> str:
        """Glyph and word together."""
        return f"{self.glyph} {self.word}"
