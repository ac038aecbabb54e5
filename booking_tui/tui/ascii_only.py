"""The last step of drawing where only ASCII signs are wanted: frames, bars and signs change, names stay."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

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


def speaks_unicode(environ: Mapping[str, str]) -> bool:
    """Say whether the terminal was promised UTF-8.

    In a locale of ASCII Python itself writes UTF-8 all the same, so what its streams say is not enough.
    """
    promised = _locale(environ)
    name, _, charset = promised.partition("@")[0].partition(".")
    if name in {"C", "POSIX"} and not charset:
        return False
    encoding = charset or getattr(sys.stdout, "encoding", None) or "utf-8"
    return encoding.lower().replace("-", "").replace("_", "") in {"utf8", "utf16", "utf32", "cp65001"}


def _locale(environ: Mapping[str, str]) -> str:
    """Give the locale that counts for characters, as it was before Python put its own in its place; may be empty."""
    if sys.platform == "win32":
        return ""
    ctype = environ.get("LC_CTYPE", "")
    if sys.flags.utf8_mode and ctype in {"C.UTF-8", "C.utf8", "UTF-8"}:
        ctype = ""
    return environ.get("LC_ALL", "") or ctype or environ.get("LANG", "")
