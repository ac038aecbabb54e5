"""Strangers' text made harmless for a terminal: what cannot be drawn is shown by name, what hides is dropped.

Kept text is never changed by this: it is for the way out (screens, tables, log lines), not for the store.
"""

from __future__ import annotations

import unicodedata

MAX_MARKS = 3
"""Combining marks in a row that real scripts need; more of them only smear over the neighbouring cells."""

_BIDI = {
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
}
_JOINERS = "\u200c\u200d"
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5")
"""Letters and marks that draw nothing: a name made of them would look empty."""
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Characters of the format category that have a shape of their own."""
_NEWLINES = "\n\u0085\u2028\u2029"


def clean(text: str, *, one_line: bool = True) -> str:
    """Give the text in NFC with control and bidi characters shown, hidden ones dropped, and marks limited.

    Newlines become ``⏎`` in ``one_line`` text and stay newlines otherwise. Works on any str, lone surrogates included.
    """
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    out: list[str] = []
    marks = 0
    for position, char in enumerate(composed):
        shown = _joiner(composed, position) if char in _JOINERS else _show(char, one_line=one_line)
        if not shown:
            continue
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if marks > MAX_MARKS:
            continue
        if marks == 1 and (not out or out[-1].isspace()):
            out.append("◌")  # a mark without a letter of its own would sit on the cell before
        out.append(shown)
    return "".join(out)


def _show(char: str, *, one_line: bool) -> str:
    """Give what stands for one character that is not a joiner."""
    if char in _NEWLINES:
        return "⏎" if one_line else "\n"
    if char == "\t":
        return " " if one_line else "    "
    if char in _BIDI:
        return f"⟨{_BIDI[char]}⟩"
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0x80 <= code < 0xA0:
        return f"⟨{code:02X}⟩"
    return _show_printable(char, code)


def _show_printable(char: str, code: int) -> str:
    if 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return "\ufffd"
    if char in _BLANK_LETTERS or 0xE0000 <= code <= 0xE0FFF:
        return ""
    if unicodedata.category(char) == "Cf" and char not in _VISIBLE_FORMATS:
        return ""
    return char


def _joiner(text: str, position: int) -> str:
    """Keep a joiner only where it means something: between two letters or two emoji."""
    before = text[position - 1] if position else " "
    after = text[position + 1] if position + 1 < len(text) else " "
    joins = unicodedata.category(before) in {"Lo", "Ll", "Lu", "Lt", "Lm", "Mn", "Mc", "So", "Sk"}
    return text[position] if joins and unicodedata.category(after) in {"Lo", "Ll", "Lu", "Lt", "Lm", "So"} else ""
