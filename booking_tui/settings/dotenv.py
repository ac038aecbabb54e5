"""Reads ``.env`` files: ``KEY=value``, ``export``, quotes and comments; nothing is expanded, a ``$`` stays a ``$``."""

from __future__ import annotations

import re
from typing import NamedTuple

_ASSIGNMENT = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SINGLE = re.compile(r"'([^']*)'")
_BARE = re.compile(r"(?:[^\n#]|(?<=\S)#)*")
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class Assignment(NamedTuple):
    """One variable with the line, counted from 1, on which it begins."""

    name: str
    value: str
    line: int


class DotenvError(ValueError):
    """A line that is neither an assignment nor a comment; its content is not shown, since it may be a secret."""

    def __init__(self, line: int, wrong: str) -> None:
        super().__init__(wrong)
        self.line = line


def parse(text: str) -> list[Assignment]:
    """Give the assignments in the order of the file. Raises DotenvError."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    found: list[Assignment] = []
    position = 0
    while position < len(text):
        if blank := _BLANK.match(text, position):
            position = blank.end()
            continue
        line = text.count("\n", 0, position) + 1
        head = _ASSIGNMENT.match(text, position)
        if not head:
            raise DotenvError(line, "not of the form KEY=value")
        value, position = _value(text, head.end(), line)
        found.append(Assignment(head[1], value, line))
    return found


def _value(text: str, start: int, line: int) -> tuple[str, int]:
    """Read one value; gives it and the position of the next line."""
    quote = text[start : start + 1]
    if quote not in {"'", '"'}:
        bare = _BARE.match(text, start)
        end = bare.end() if bare else start
        rest = _REST.match(text, end)
        return text[start:end].strip(), rest.end() if rest else len(text)
    quoted = (_SINGLE if quote == "'" else _DOUBLE).match(text, start)
    if not quoted:
        raise DotenvError(line, f"the {quote} that opens the value is never closed")
    rest = _REST.match(text, quoted.end())
    if not rest:
        raise DotenvError(line, "something stands after the closing quote")
    value = quoted[1] if quote == "'" else _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), quoted[1])
    return value, rest.end()
