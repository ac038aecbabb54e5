"""A JSON document as a tree that opens and closes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType

from booking_tui.tui.widgets.flow import Piece, TextLine, flowed
from booking_tui.tui.widgets.json_text import MOST_DEPTH, MOST_LINES, JsonValue, Members, children, scalar
from booking_tui.tui.widgets.lines_view import LinesView

ROOT = "$"
OPEN_AT_FIRST = 2
"""Levels that are open when a document is first shown."""


class JsonTree(LinesView):
    """Stands on the nodes of a document; Enter or the arrows open and close them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "unfold", "Open", show=False),
        Binding("left", "fold", "Close", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self._value: JsonValue = None
        self._open: set[str] = set()
        self.ascii = False

    def show_value(self, value: JsonValue) -> None:
        """Show a document with its first levels open."""
        self._value = value
        self._open = set(_paths(value, ROOT, OPEN_AT_FIRST))
        self.show(self._lines)

    @property
    def open_paths(self) -> frozenset[str]:
        """The nodes that are open."""
        return frozenset(self._open)

    def action_choose(self) -> None:
        if self.target in self._open:
            self.action_fold()
        else:
            self.action_unfold()

    def action_unfold(self) -> None:
        """Open the node stood on; on an open one, go to its first child."""
        path = self.target
        if path is None or not children(_at(self._value, path)):
            return
        if path in self._open:
            self.action_step(1)
            return
        self._open.add(path)
        self._draw_again(path)

    def action_fold(self) -> None:
        """Close the node stood on, or the one that holds it."""
        path = self.target
        if path is None:
            return
        if path not in self._open:
            path = path.rpartition("\n")[0]
        if path:
            self._open.discard(path)
            self._draw_again(path)

    def _draw_again(self, path: str) -> None:
        self.show(self._lines, keep=True)
        self.stand_on(path)

    def _lines(self, width: int) -> list[TextLine]:
        lines: list[TextLine] = []
        for depth, name, path, value in self._shown_nodes(self._value, ROOT, 0):
            holds = bool(children(value))
            sign = ("v " if path in self._open else "> ") if self.ascii else ("▾ " if path in self._open else "▸ ")
            pieces = [Piece("  " * depth + (sign if holds else "  "), "muted"), Piece(name, "name")]
            if not (holds and path in self._open):
                pieces += [Piece("  "), scalar(value)]
            elif isinstance(value, Members):
                pieces.append(Piece(f"  {len(value)}", "muted"))
            lines += flowed(pieces, width, 2 * depth + 4, path)
            if len(lines) > MOST_LINES:
                return [*lines, TextLine((Piece("… and more: too long to draw here", "warn"),))]
        return lines

    def _shown_nodes(self, value: JsonValue, path: str, depth: int) -> Iterator[tuple[int, str, str, JsonValue]]:
        if path == ROOT and not children(value):
            yield 0, "value", ROOT, value
            return
        for number, (name, member) in enumerate(children(value)):
            below = f"{path}\n{number}"
            yield depth, name, below, member
            if below in self._open and depth < MOST_DEPTH:
                yield from self._shown_nodes(member, below, depth + 1)


def _paths(value: JsonValue, path: str, levels: int) -> Iterator[str]:
    if levels < 0 or not children(value):
        return
    yield path
    for number, (_, member) in enumerate(children(value)):
        yield from _paths(member, f"{path}\n{number}", levels - 1)


def _at(value: JsonValue, path: str) -> JsonValue:
    """Give the value at a path of numbers."""
    for number in path.split("\n")[1:]:
        value = children(value)[int(number)][1]
    return value
