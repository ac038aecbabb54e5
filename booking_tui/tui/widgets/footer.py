"""The footer: what can be done here now, and small news. It never offers what would not work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.notifications import SeverityLevel
from textual.timer import Timer

from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.text import cut
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.widgets.line import FrameLine, Part

NEWS_S = 4.0
WARNING_S = 6.0
TROUBLE_S = 15.0
"""Trouble stays longer than news: it must be read."""
BESIDE_S = {"information": 30.0, "warning": 60.0, "error": 180.0}
READ_S = 8.0
"""Good news that is only too long for the line is read by then; a path may have to be noted."""
_PATH = re.compile(r"(?:^|\s)[/~][^\s/]+/\S")
MOST = 8
_TONES = {"success": "$text-success", "warning": "$text-warning", "error": "$text-error", "plain": "$text-primary"}


class Hint(NamedTuple):
    """One command in the footer; ``off`` when it cannot run now. Without an id it is a key to be read only."""

    command_id: str
    key: str
    word: str
    off: bool = False


class FooterBar(FrameLine):
    """The commands of the focused pane, then those that always work; a flash line takes its place for a while."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="footer")
        self.context = context
        self._pane: tuple[Hint, ...] = ()
        self._always: tuple[Hint, ...] = ()
        self._news: tuple[str, str] | None = None
        self._standing = False
        """Whether a box was shown that is no news of a deed, so that later boxes must not take its place."""
        self._beside = False
        """Whether the news stand in a box beside this line, being too long for it."""
        self._timer: Timer | None = None

    @property
    def news(self) -> str | None:
        """The small news that stand now, on this line or beside it; None when there are none."""
        return self._news[0] if self._news else None

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What the footer offers, the pane's own first."""
        return (*self._pane, *self._always)

    def offer(self, pane: Sequence[Hint], always: Sequence[Hint]) -> None:
        """Set what is offered."""
        offered = (tuple(pane[:MOST]), tuple(always))
        if offered != (self._pane, self._always):
            self._pane, self._always = offered
            self.refresh()

    def flash(self, text: str, tone: str, *, beside: bool = False) -> None:
        """Show small news for a while; newer news replaces older at once.

        What this line has no room for, or is to stand ``beside`` it, stays in a box until it is read or clicked away.
        """
        self._news = (text, tone)
        self._beside = beside or self._too_long(text)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer({"error": TROUBLE_S, "warning": WARNING_S}.get(tone, NEWS_S), self.calm)
        if self._beside:
            self._tell_beside(text, tone, one_line=not beside)
        self.refresh()

    def calm(self) -> None:
        """Take the news away and show the hints again."""
        self._news = None
        if self._timer is not None:
            self._timer.stop()
        self._timer = None
        self.refresh()

    def _too_long(self, text: str) -> bool:
        """Say whether news cannot be read on this line: it does not fit, or names a file that one wants to note."""
        room = (self.size.width or app_of(self).size.width) - 4
        return cell_len(cut(text)) > room or bool(_PATH.search(text))

    def _tell_beside(self, text: str, tone: str, *, one_line: bool) -> None:
        severity: SeverityLevel = "error" if tone == "error" else "warning" if tone == "warning" else "information"
        app = app_of(self)
        if not self._standing:
            app.clear_notifications()
        self._standing = self._standing or not one_line
        read = severity == "information" and one_line and not _PATH.search(text)
        seconds = READ_S if read else BESIDE_S[severity]
        app.notify(cut(text, one_line=one_line), severity=severity, timeout=seconds, markup=False)

    def left_parts(self, width: int) -> Sequence[Part]:
        if self._news is not None and not self._beside:
            return self._news_parts(*self._news, width)
        always = sum(_cells(hint, width) for hint in self._always_for(width))
        room = width - 1 - always - 2
        parts = [Part(" ")]
        for hint in self._pane:
            room -= _cells(hint, width)
            if room < 0:
                break
            parts.extend(_parts(hint, width))
        return parts

    def right_parts(self, width: int) -> Sequence[Part]:
        if self._news is not None and not self._beside:
            return ()
        return [part for hint in self._always_for(width) for part in _parts(hint, width)]

    def _always_for(self, width: int) -> tuple[Hint, ...]:
        """Narrow screens keep the two ways to find everything else."""
        return self._always if width >= 100 else self._always[-3:-1]

    def _news_parts(self, text: str, tone: str, width: int) -> Sequence[Part]:
        signs = glyphs(self.context.look)
        glyph = {"success": signs.done, "warning": signs.warn, "error": signs.fail}.get(tone, signs.dot)
        style = _TONES.get(tone, _TONES["plain"])
        return [Part(" "), Part(f"{glyph} ", style), Part(cut(text, width - 4), f"bold {style}")]


def _cells(hint: Hint, width: int) -> int:
    return sum(cell_len(part.text) for part in _parts(hint, width))


def _parts(hint: Hint, width: int) -> tuple[Part, ...]:
    key = hint.key.replace("ctrl+", "^") if width < 100 else hint.key
    key_style, word_style = ("$text-disabled", "$text-disabled") if hint.off else ("bold $text-accent", "$foreground")
    choice = hint.command_id or None
    return (
        Part(key, key_style, choice),
        Part(f" {hint.word}", word_style, choice),
        Part("  " if width >= 80 else " "),
    )
