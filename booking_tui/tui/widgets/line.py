"""A line of the frame: parts on the left and on the right, each of which may be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textual.app import RenderResult
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from booking_tui.tui.text import styled


class Part(NamedTuple):
    """A piece of a line: text in one style, and what a click on it chooses."""

    text: str
    style: str = ""
    choice: str | None = None


class FrameLine(Widget):
    """One line of parts. Subclasses say which; clicks become ``Chosen``."""

    @dataclass
    class Chosen(Message):
        """A part was clicked: ``choice`` is the part's own word."""

        line: FrameLine
        choice: str

        @property
        def control(self) -> FrameLine:
            return self.line

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._spots: list[tuple[int, int, str]] = []

    def left_parts(self, width: int) -> Sequence[Part]:
        """Give what stands on the left, for this many cells in all."""
        raise NotImplementedError

    def right_parts(self, width: int) -> Sequence[Part]:  # noqa: ARG002 - for subclasses to override
        """Give what stands on the right; it gives way when there is no room."""
        return ()

    def render(self) -> RenderResult:
        width = self.size.width
        parts = self.left_parts(width)
        left = [styled(part.text, part.style) for part in parts]
        used = sum(content.cell_length for content in left)
        right_parts = self.right_parts(width)
        right = [styled(part.text, part.style) for part in right_parts]
        right_used = sum(content.cell_length for content in right)
        if used + right_used > width:
            right, right_parts, right_used = [], (), 0
        gap = max(0, width - used - right_used)
        self._spots = [*_spots(parts, left, 0), *_spots(right_parts, right, used + gap)]
        return Content.assemble(*left, " " * gap, *right).truncate(width)

    def spot_of(self, choice: str) -> int | None:
        """Give the first cell of a part, None when it is not drawn."""
        return next((start for start, _, name in self._spots if name == choice), None)

    def on_click(self, event: Click) -> None:
        """Choose the part under the pointer."""
        for start, end, choice in self._spots:
            if start <= event.x < end:
                self.post_message(self.Chosen(self, choice))
                return


def _spots(parts: Sequence[Part], contents: Sequence[Content], x: int) -> list[tuple[int, int, str]]:
    """Give (first cell, cell after the last, choice) of the parts that can be clicked."""
    spots: list[tuple[int, int, str]] = []
    for part, content in zip(parts, contents, strict=True):
        if part.choice is not None:
            spots.append((x, x + content.cell_length, part.choice))
        x += content.cell_length
    return spots
