"""The top line: where one is, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from booking_tui.tui.context import Context
from booking_tui.tui.dates import day_word
from booking_tui.tui.widgets.line import FrameLine, Part


class Tab(NamedTuple):
    """One numbered view."""

    view: str
    number: int
    title: str


class TopLine(FrameLine):
    """Name and views on the left, date, time and zone on the right; shorter below 100 columns."""

    def __init__(self, context: Context, tabs: Sequence[Tab]) -> None:
        super().__init__(id="top")
        self.context = context
        self._tabs = tuple(tabs)
        self._active = ""

    def show(self, view: str) -> None:
        """Mark one view as the present one."""
        self._active = view
        self.refresh()

    def left_parts(self, width: int) -> Sequence[Part]:
        parts = [Part(" booking ", "bold $text-accent"), Part("  ")] if width >= 100 else []
        for tab in self._tabs:
            active = tab.view == self._active
            title = f"{tab.number}" if width < 70 and not active else f"{tab.number} {tab.title}"
            text = f"[{title}]" if active else f" {title} "
            parts.append(Part(text, "bold $text-primary" if active else "$text-muted", tab.view))
            parts.append(Part("  " if width >= 100 else " " if width >= 70 else ""))
        return parts

    def right_parts(self, width: int) -> Sequence[Part]:
        now = self.context.clock.now().astimezone(self.context.zone)
        day = day_word(now)
        if width < 100:
            return [Part(f"{day}  " if width >= 70 else f"{day} ", "$text-muted"), Part(f"{now:%H:%M} ", "bold")]
        city = self.context.zone.key.rpartition("/")[2].replace("_", " ")
        return [
            Part(f"{day} {now.year}  ", "$text-muted"),
            Part(f"{now:%H:%M}", "bold"),
            Part(f"  {city} ", "$text-muted"),
        ]
