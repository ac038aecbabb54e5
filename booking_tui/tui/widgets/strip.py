"""The health strip: always there, a lamp for each part that has something to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from booking_tui.services.status import EngineStatus, Lamp
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.status import lamp_words, strip_lamps
from booking_tui.tui.widgets.line import FrameLine, Part


class HealthStrip(FrameLine):
    """Lamps with sign, word and age. A click on one goes to the view that tells more."""

    def __init__(self, context: Context, status: Callable[[], EngineStatus | None]) -> None:
        super().__init__(id="strip")
        self.context = context
        self._status = status
        self._lamps: tuple[Lamp, ...] = ()
        self.trouble: str | None = None
        """Why the engine could not start, in words."""

    @property
    def lamps(self) -> tuple[Lamp, ...]:
        """The lamps as they were last read."""
        return self._lamps

    def read(self) -> None:
        """Ask again how everything is doing."""
        lamps = strip_lamps(self._status(), self.context, self.trouble)
        self._lamps = lamps
        self.refresh()

    def left_parts(self, width: int) -> Sequence[Part]:
        signs = glyphs(self.context.look)
        now = self.context.clock.now()
        narrow = width < 100
        gap = "  " if narrow else "   "
        parts = [Part(" ")]
        for lamp in self._lamps:
            drawn = lamp_words(lamp, now, signs, narrow=narrow)
            quiet = drawn.style in {"$text-success", "$text-muted"}
            parts.append(Part(drawn.glyph, drawn.style, lamp.key))
            parts.append(Part(f" {drawn.words}", "$text-muted" if quiet else drawn.style, lamp.key))
            parts.append(Part(gap))
        return parts
