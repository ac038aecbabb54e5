"""A pane of text that draws only the lines on screen: scrolls, finds words, and stands on lines that lead somewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from booking_tui.domain.safe_text import clean
from booking_tui.tui.widgets.flow import TextLine

PREFIX = "lines-view--"
STYLES = ("plain", "muted", "strong", "good", "warn", "bad", "accent", "name", "cursor", "match")

Build = Callable[[int], Sequence[TextLine]]
"""Makes the lines for a width in cells."""


class LinesView(ScrollView, can_focus=True):
    """Shows what a builder makes, for whatever width there is."""

    DEFAULT_CSS = """
    LinesView {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size: 0 1;
        background: $surface;
        & > .lines-view--plain { color: $foreground; }
        & > .lines-view--muted { color: $text-muted; }
        & > .lines-view--strong { color: $foreground; text-style: bold; }
        & > .lines-view--good { color: $text-success; }
        & > .lines-view--warn { color: $text-warning; }
        & > .lines-view--bad { color: $text-error; }
        & > .lines-view--accent { color: $text-accent; }
        & > .lines-view--name { color: $text-primary; }
        & > .lines-view--cursor {
            background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
        }
        & > .lines-view--match { background: $text-warning; color: $background; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {PREFIX + name for name in STYLES}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Up", show=False),
        Binding("down,j", "step(1)", "Down", show=False),
        Binding("pageup", "leaf(-1)", "Page up", show=False),
        Binding("pagedown", "leaf(1)", "Page down", show=False),
        Binding("home", "edge(-1)", "Start", show=False),
        Binding("end,G", "edge(1)", "End", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """Enter or a click on a line that leads somewhere."""

        view: LinesView
        target: str

    @dataclass
    class Entered(Message):
        """Enter where no line leads anywhere."""

        view: LinesView

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self._build: Build = lambda _: ()
        self._built_for = -1
        self._strips: LRUCache[tuple[int, bool], Strip] = LRUCache(256)
        self._wanted = ""
        self._matches: list[int] = []
        self.lines: Sequence[TextLine] = ()
        self.cursor: int | None = None
        """The number of the line stood on; None where no line leads anywhere."""

    # -- content

    def show(self, build: Build, *, keep: bool = False) -> None:
        """Show other lines, from the top, or where one is now with ``keep``."""
        self._build = build
        before = self.cursor if keep else None
        self._rebuild()
        self.cursor = before if before is not None and before in self._targets() else next(iter(self._targets()), None)
        if not keep:
            self.scroll_to(y=0, animate=False, force=True)

    @property
    def target(self) -> str | None:
        """What the line stood on leads to."""
        return self.lines[self.cursor].target if self.cursor is not None and self.cursor < len(self.lines) else None

    def stand_on(self, target: str) -> bool:
        """Stand on the line that leads to a target; False when there is none."""
        place = next((number for number, line in enumerate(self.lines) if line.target == target), None)
        if place is not None:
            self._stand(place)
        return place is not None

    def rebuild(self) -> None:
        """Make the lines anew, standing where one stood."""
        self.show(self._build, keep=True)

    def _rebuild(self) -> None:
        self._built_for = self.scrollable_content_region.width
        self.lines = (
            self._build(max(10, self.scrollable_content_region.width)) if self.scrollable_content_region.width else ()
        )
        self._strips.clear()
        self._find()
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.lines))
        self.refresh()

    def _targets(self) -> list[int]:
        return [number for number, line in enumerate(self.lines) if line.target]

    def on_focus(self, _: events.Focus) -> None:
        self.refresh()

    def on_blur(self, _: events.Blur) -> None:
        self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        if self.scrollable_content_region.width != self._built_for:
            self.rebuild()

    # -- moving

    def action_step(self, by: int) -> None:
        targets = self._targets()
        if not targets or self.cursor is None:
            self.scroll_relative(y=by, animate=False, force=True)
            return
        here = next((at for at, number in enumerate(targets) if number >= self.cursor), 0)
        # The lines of one entry share a target: one step goes to the next entry.
        there = here + by
        while 0 <= there < len(targets) and self.lines[targets[there]].target == self.lines[targets[here]].target:
            there += by
        if 0 <= there < len(targets):
            place = targets[there]
            while place and self.lines[place - 1].target == self.lines[place].target:
                place -= 1
            self._stand(place)

    def action_leaf(self, by: int) -> None:
        self.scroll_relative(y=by * max(1, self.size.height - 1), animate=False, force=True)

    def action_edge(self, by: int) -> None:
        targets = self._targets()
        if targets:
            self._stand(targets[0 if by < 0 else -1])
        else:
            self.scroll_to(y=0 if by < 0 else self.virtual_size.height, animate=False, force=True)

    def action_choose(self) -> None:
        self.post_message(self.Chosen(self, self.target) if self.target else self.Entered(self))

    def _stand(self, place: int) -> None:
        self.cursor = place
        self._bring_to_sight(place)
        self._strips.clear()
        self.refresh()

    def _bring_to_sight(self, place: int) -> None:
        top, height = self.scroll_offset.y, self.size.height
        if place < top:
            self.scroll_to(y=place, animate=False, force=True)
        elif place >= top + height:
            self.scroll_to(y=place - height + 1, animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        place = offset.y + self.scroll_offset.y
        if place < len(self.lines) and self.lines[place].target:
            event.stop()
            self._stand(place)
            if event.chain == 2:
                self.action_choose()

    # -- finding

    def find(self, text: str) -> int:
        """Light up all lines that hold a text, and go to the first; the answer is how many there are."""
        self._wanted = text.strip().casefold()
        self._find()
        self._strips.clear()
        if self._matches:
            self._bring_to_sight(self._matches[0])
        self.refresh()
        return len(self._matches)

    def next_match(self) -> bool:
        """Go to the next line that holds the text, round the end; False when there is none."""
        if not self._matches:
            return False
        top = self.scroll_offset.y
        place = next((number for number in self._matches if number > top), self._matches[0])
        self.scroll_to(y=place, animate=False, force=True)
        return True

    def _find(self) -> None:
        wanted = self._wanted
        self._matches = [n for n, line in enumerate(self.lines) if wanted and wanted in clean(line.text).casefold()]

    # -- drawing

    def render_line(self, y: int) -> Strip:
        place = y + self.scroll_offset.y
        base = self.rich_style
        if place >= len(self.lines):
            return Strip.blank(self.scrollable_content_region.width, base)
        at_cursor = self._is_cursor(place) and self.has_focus
        strip = self._strips.get((place, at_cursor))
        if strip is None:
            strip = self._draw(self.lines[place], base, at_cursor)
            self._strips[(place, at_cursor)] = strip
        selection = self.text_selection
        span = selection.get_span(place) if selection is not None else None
        if span is not None:
            strip = lit(strip, *span, self.screen.get_component_rich_style("screen--selection"))
        return strip.apply_offsets(0, place)

    def _is_cursor(self, place: int) -> bool:
        return self.cursor is not None and bool(self.target) and self.lines[place].target == self.target

    def _draw(self, line: TextLine, base: Style, at_cursor: bool) -> Strip:
        if at_cursor:
            base = self.get_component_rich_style(PREFIX + "cursor")
        segments: list[Segment] = []
        for piece in line.pieces:
            tone = Style() if at_cursor else self.get_component_rich_style(PREFIX + piece.tone, partial=True)
            segments.append(Segment(clean(piece.text), base + tone))
        strip = Strip(segments).adjust_cell_length(self.scrollable_content_region.width, base)
        if self._wanted:
            start = strip.text.casefold().find(self._wanted)
            if start >= 0:
                first = cell_len(strip.text[:start])
                last = first + cell_len(strip.text[start : start + len(self._wanted)])
                strip = lit(strip, first, last, self.get_component_rich_style(PREFIX + "match"))
        return strip

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(clean(line.text) for line in self.lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - Textual's own shape
        self.refresh()


def lit(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """Give the strip with the cells ``[start, end)`` in another style; an ``end`` of -1 is the strip's own."""
    width = strip.cell_length
    end = width if end == -1 else min(end, width)
    start = min(start, end)
    parts = [strip.crop(0, start), strip.crop(start, end).apply_style(style), strip.crop(end, width)]
    return Strip.join(parts)
