"""Deeds on emails that can still be taken back: what is on its way out in some seconds, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from textual.timer import Timer
from textual.widget import Widget

from booking_tui.tui.context import Context

BEAT_S = 0.25
KEPT = 50
"""Deeds that can be undone, the last ones."""


class Undoable(NamedTuple):
    """A deed of this session: ``tokens`` take it back; without any the switch for everything is turned back.

    ``words`` name it: ``sending to fay@example.com``. ``ids`` are the emails that are to go out.
    """

    words: str
    tokens: tuple[str, ...] = ()
    leaves_at: datetime | None = None
    ids: tuple[str, ...] = ()
    stopped: bool | None = None
    """What the switch for everything was turned to; None for any other deed."""


class Grace:
    """Counts down what is about to leave. ``say`` shows one line and says whether it could be shown now."""

    def __init__(
        self, widget: Widget, context: Context, say: Callable[[str], None], left: Callable[[Undoable], None]
    ) -> None:
        self._widget = widget
        self._context = context
        self._say = say
        self._left = left
        self._timer: Timer | None = None
        self._shown = ""
        self.deeds: list[Undoable] = []
        self.going: Undoable | None = None
        """What is about to leave."""

    def begin(self, deed: Undoable) -> None:
        """Remember a deed; count down when something of it leaves soon."""
        self.deeds = [*self.deeds, deed][-KEPT:]
        if deed.leaves_at is not None and deed.leaves_at > self._context.clock.now():
            self.going = deed
            self._shown = ""
            self._beat()
            if self._timer is None:
                self._timer = self._widget.set_interval(BEAT_S, self._beat)

    def take(self) -> Undoable | None:
        """Take the last deed to undo it."""
        deed = self.deeds.pop() if self.deeds else None
        if deed is not None and deed is self.going:
            self.end()
        return deed

    def quiet(self) -> None:
        """Let other news stand: what remains of the countdown is not shown over them."""
        self._shown = "-"

    def end(self) -> None:
        """Count no further."""
        self.going = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    @property
    def seconds(self) -> int:
        """How many seconds are left, rounded up; 0 when nothing is about to leave."""
        deed = self.going
        if deed is None or deed.leaves_at is None:
            return 0
        left = (deed.leaves_at - self._context.clock.now()).total_seconds()
        return max(0, -int(-left // 1))

    def _beat(self) -> None:
        deed = self.going
        if deed is None:
            return
        if self.seconds == 0:
            self.end()
            self._left(deed)
            return
        words = f"{deed.words} in {self.seconds} s; u stops it"
        if self._shown not in {words, "-"}:
            self._shown = words
            self._say(words)
