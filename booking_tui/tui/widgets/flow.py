"""Lines of text in tones, flowed to a width: what panes of text are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, chop_cells

from booking_tui.domain.safe_text import clean

MOST = 20_000
"""Letters of one text that are drawn: some hundred lines, made at once."""
_WORDS = re.compile(r"\S+\s*|\s+")


class Piece(NamedTuple):
    """A bit of text in one tone. The text may be a stranger's: it is cleaned when it is flowed or drawn."""

    text: str
    tone: str = "plain"


class TextLine(NamedTuple):
    """One line; ``target`` names what Enter on it goes to, empty for a line that leads nowhere."""

    pieces: tuple[Piece, ...] = ()
    target: str = ""

    @property
    def text(self) -> str:
        """The line's text without tones."""
        return "".join(piece.text for piece in self.pieces)


BLANK = TextLine()


def flowed(pieces: Iterable[Piece], width: int, indent: int = 0, target: str = "") -> list[TextLine]:
    """Break pieces into lines of at most ``width`` cells; lines after the first are indented."""
    width = max(width, indent + 4)
    lines: list[list[Piece]] = [[]]
    used = 0
    for piece in pieces:
        for word in _WORDS.findall(clean(_beginning(piece.text))):
            for part in _fitting(word, width - indent):
                if used > (indent if len(lines) > 1 else 0) and used + cell_len(part.rstrip()) > width:
                    lines.append([Piece(" " * indent)])
                    used = indent
                lines[-1].append(Piece(part, piece.tone))
                used += cell_len(part)
    return [TextLine(tuple(line), target) for line in lines]


def _beginning(text: str) -> str:
    """Give what is drawn of a text: all of it, unless somebody sent a whole book."""
    return text if len(text) <= MOST else f"{text[:MOST]}… (and {len(text) - MOST:,} letters more)"


def _fitting(word: str, room: int) -> list[str]:
    """Break a word that is wider than a whole line."""
    return [word] if cell_len(word.rstrip()) <= room else chop_cells(word, room)


def field(
    label: str, value: Sequence[Piece] | str, width: int, *, column: int = 9, tone: str = "plain", target: str = ""
) -> list[TextLine]:
    """Give a label with its value beside it; line breaks in a text value are kept."""
    head = Piece(label.ljust(column), "muted")
    if not isinstance(value, str):
        return flowed((head, *value), width, column, target)
    lines: list[TextLine] = []
    for number, part in enumerate(_beginning(value).split("\n")):
        start = head if number == 0 else Piece(" " * column)
        lines += flowed((start, Piece(part, tone)), width, column, target)
    return lines
