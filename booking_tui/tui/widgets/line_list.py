"""A short list of drawn lines with a cursor: for what fits into memory many times over (agenda, news, needs)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Blur, Click, Focus
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from booking_tui.tui.context import Look
from booking_tui.tui.glyphs import glyphs


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``draw`` gives content for a number of cells; lines without a key are only there to be read."""

    key: str | None
    draw: Callable[[int], Content]


class LineList(ScrollView, can_focus=True):
    """Lines of which those with a key can be chosen. The choice is kept by key when the lines change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", show=False),
        Binding("up,k", "step(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end,G", "edge(-1)", show=False),
        Binding("enter", "open", show=False),
    ]

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another line; None when there is nothing to stand on."""

        line_list: LineList
        key: str | None

        @property
        def control(self) -> LineList:
            return self.line_list

    @dataclass
    class Opened(Message):
        """Enter or a double click on a line."""

        line_list: LineList
        key: str

        @property
        def control(self) -> LineList:
            return self.line_list

    def __init__(self, look: Look, *, id: str | None = None, follow: bool = False) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._look = look
        self._lines: tuple[Line, ...] = ()
        self._at: int | None = None
        self.follow = follow
        """Whether the last line stays in sight when lines come in."""

    @property
    def key(self) -> str | None:
        """The key of the line under the cursor."""
        return None if self._at is None else self._lines[self._at].key

    @property
    def keys(self) -> list[str]:
        """The keys of all lines that can be chosen, in order."""
        return [line.key for line in self._lines if line.key is not None]

    def set_lines(self, lines: Sequence[Line], at: str | None = None) -> None:
        """Show these lines. The cursor stays on its key, else goes to ``at``, else to a neighbour of where it was."""
        before, key = self._at, self.key
        self._lines = tuple(lines)
        self.virtual_size = Size(0, len(self._lines))
        wanted = self._place(at) if key is None else self._place(key)
        if wanted is None:
            wanted = self._place(at) if at is not None else None
        self._at = self._nearest(before or 0) if wanted is None else wanted
        if self.key != key:
            self.post_message(self.Highlighted(self, self.key))
        if self.follow:
            if not self.is_vertical_scroll_end:
                self.scroll_end(animate=False)
        else:
            self._keep_in_sight()
        self.refresh()

    def choose(self, key: str) -> bool:
        """Put the cursor on a key; False when there is no such line."""
        place = self._place(key)
        if place is not None:
            self._go(place)
        return place is not None

    def forget_place(self) -> None:
        """Let the next lines put the cursor where they like."""
        self._at = None
        self._lines = ()

    def _place(self, key: str | None) -> int | None:
        if key is None:
            return None
        return next((place for place, line in enumerate(self._lines) if line.key == key), None)

    def _nearest(self, place: int) -> int | None:
        """Give the first line that can be chosen from a place on, else the last before it."""
        chosen = [index for index, line in enumerate(self._lines) if line.key is not None]
        return next((index for index in chosen if index >= place), chosen[-1] if chosen else None)

    def _go(self, place: int) -> None:
        if place != self._at:
            self._at = place
            self.post_message(self.Highlighted(self, self.key))
            self.refresh()
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        if self._at is not None and self.size.height:
            top = 0 if self._at == self._nearest(0) else self._at
            self.scroll_to_region(Region(0, top, 1, self._at - top + 1), animate=False, force=True)

    def action_step(self, by: int) -> None:
        """Go to the next line that can be chosen, or scroll where there is none."""
        chosen = [index for index, line in enumerate(self._lines) if line.key is not None]
        if self._at is None or (self._at == chosen[-1] and by > 0):
            self.scroll_relative(y=by, animate=False)
            return
        there = chosen.index(self._at) + by
        self._go(chosen[max(0, min(len(chosen) - 1, there))])

    def action_page(self, by: int) -> None:
        """Go a page on."""
        if self._at is None:
            self.scroll_relative(y=by * self.size.height, animate=False)
            return
        place = self._nearest(max(0, min(len(self._lines) - 1, self._at + by * max(1, self.size.height - 1))))
        if place is not None:
            self._go(place)

    def action_edge(self, which: int) -> None:
        """Go to the first or the last line that can be chosen."""
        place = self._nearest(0 if which == 0 else len(self._lines))
        if place is None:
            self.scroll_to(y=0 if which == 0 else len(self._lines), animate=False)
        else:
            self._go(place)

    def action_open(self) -> None:
        """Open what is under the cursor."""
        if self.key is not None:
            self.post_message(self.Opened(self, self.key))

    def on_click(self, event: Click) -> None:
        """Choose by one click, open by two."""
        offset = event.get_content_offset(self)
        place = None if offset is None else offset.y + self.scroll_offset.y
        if place is None or place >= len(self._lines) or self._lines[place].key is None:
            return
        self._go(place)
        if event.chain == 2:
            self.action_open()

    def on_focus(self, event: Focus) -> None:  # noqa: ARG002 - Textual looks at the arguments
        self.refresh()

    def on_blur(self, event: Blur) -> None:  # noqa: ARG002 - Textual looks at the arguments
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        style = self.visual_style
        if place >= len(self._lines):
            return Strip.blank(width, style.rich_style)
        line = self._lines[place]
        # The last cell stays empty, so that words do not touch the border or the scrollbar.
        content = line.draw(width - 2).truncate(width - 2).truncate(width - 1, pad=True)
        here = place == self._at
        signs = glyphs(self._look)
        mark = signs.cursor if here and self.has_focus else " "
        if here:
            style = self.get_visual_style("line--cursor")
            # One style for the whole line: colours chosen for the pane may not stand out from the cursor's.
            content = Content(content.plain) if self.has_focus else content
        whole = Content.assemble((mark, "$text-accent"), content)
        return Strip([Segment(text, part.rich_style) for text, part in whole.render(style, end="")], width)
