"""JSON as people read it: parsed so that order, repeated names and the spelling of numbers are kept, then drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from booking_tui.tui.widgets.flow import Piece, TextLine, flowed

MOST_LINES = 5000
MOST_DEPTH = 80


class Members(list["tuple[str, JsonValue]"]):
    """The members of an object in their order, repeated names included."""


class Numeral(str):
    """A number as it was written."""

    __slots__ = ()


JsonValue: TypeAlias = "str | Numeral | bool | list[JsonValue] | Members | None"


def read_json(body: bytes) -> JsonValue:
    """Parse a body. Raises ValueError for what is no JSON, and for what is nested too deep to draw."""
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=Members,
            parse_float=Numeral,
            parse_int=Numeral,
            parse_constant=Numeral,
        )
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def json_lines(value: JsonValue, width: int) -> list[TextLine]:
    """Draw a value indented and in tones, long strings flowed; very long documents end with a line that says so."""
    lines: list[TextLine] = []
    for depth, pieces in _drawn(value, 0, (), ""):
        lines += flowed((Piece("  " * depth), *pieces), width, 2 * depth + 2)
        if len(lines) > MOST_LINES:
            return [*lines[:MOST_LINES], TextLine((Piece("… and more: too long to draw here", "warn"),))]
    return lines


def _drawn(value: JsonValue, depth: int, head: tuple[Piece, ...], tail: str) -> Iterator[tuple[int, tuple[Piece, ...]]]:
    """Give (depth, pieces) for each line of a value that stands behind ``head`` and before ``tail``."""
    if not isinstance(value, list) or not value or depth > MOST_DEPTH:
        yield depth, (*head, scalar(value), Piece(tail, "muted"))
        return
    opening, closing = ("{", "}") if isinstance(value, Members) else ("[", "]")
    yield depth, (*head, Piece(opening, "muted"))
    last = len(value) - 1
    for number, (name, member) in enumerate(children(value)):
        label = (Piece(quoted(name), "name"), Piece(": ", "muted")) if isinstance(value, Members) else ()
        yield from _drawn(member, depth + 1, label, "" if number == last else ",")
    yield depth, (Piece(closing + tail, "muted"),)


def children(value: JsonValue) -> Sequence[tuple[str, JsonValue]]:
    """Give (name or number, value) of what an object or a list holds; nothing for anything else."""
    if isinstance(value, Members):
        return value
    if isinstance(value, list):
        return [(str(number), member) for number, member in enumerate(value)]
    return ()


def scalar(value: JsonValue) -> Piece:
    """Draw a value on one line; objects and lists as what they hold."""
    if isinstance(value, Members):
        return Piece("{}" if not value else f"{{ {len(value)} }}", "muted")
    if isinstance(value, list):
        return Piece("[]" if not value else f"[ {len(value)} ]", "muted")
    if isinstance(value, Numeral):
        return Piece(str(value), "warn")
    if isinstance(value, str):
        return Piece(quoted(value), "good")
    return Piece({True: "true", False: "false", None: "null"}[value], "accent")


def quoted(text: str) -> str:
    """Give a JSON string as its source shows it, with readable letters left as they are."""
    return json.dumps(text, ensure_ascii=False)


def pretty_json(value: JsonValue) -> str:
    """Write a value as indented JSON source. Raises ValueError for what is nested too deep to be written whole."""
    lines: list[str] = []
    for depth, pieces in _drawn(value, 0, (), ""):
        if depth > MOST_DEPTH:
            raise ValueError("nested too deep")
        lines.append("  " * depth + "".join(piece.text for piece in pieces))
    return "\n".join(lines)
