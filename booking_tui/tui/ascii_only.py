"""The last step of drawing where only ASCII signs are wanted: frames, bars and signs change, names stay."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_PAIRS = {
    "─━╌╴╶╸╺═▔▁▂▃": "-",
    "│┃║▏▕╵╷╹╻": "|",
    "╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛": "+",
    "█▉▊▋▇▆▅": "#",
    "▄▀▌▐▍▎": "#",
    "·•": ".",
    "–—": "-",
    "…": "~",
    "●": "*",
    "○": "o",
    "◌": "~",
    "▲": "!",
    "✗✘": "x",
    "✓": "+",
    "→": ">",
    "←": "<",
    "↑": "^",
    "↓": "v",
    "⏎": "/",
    "▒░▓": "%",
    "✎": "n",
    "×": "x",
    "‘’": "'",
    "“”": '"',
}
_TABLE = str.maketrans({sign: plain for signs, plain in _PAIRS.items() for sign in signs})


class AsciiSigns(LineFilter):
    """Replaces our own signs cell by cell, so that no column moves."""

    def __init__(self, wanted: Callable[[], bool]) -> None:
        super().__init__()
        self._wanted = wanted

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        """Give the line as ASCII terminals can draw it."""
        if not self._wanted():
            return segments
        return [
            segment
            if segment.text.isascii()
            else Segment(segment.text.translate(_TABLE), segment.style, segment.control)
            for segment in segments
        ]
