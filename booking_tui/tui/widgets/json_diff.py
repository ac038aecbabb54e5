"""What differs between two JSON documents, place by place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from booking_tui.tui.widgets.flow import BLANK, Piece, TextLine, flowed
from booking_tui.tui.widgets.json_text import MOST_DEPTH, JsonValue, Members, children, json_lines, scalar

SIGNS = {"changed": ("~", "warn"), "added": ("+", "good"), "removed": ("-", "bad")}


class Difference(NamedTuple):
    """One place that differs: ``kind`` is changed, added or removed; ``path`` reads ``payload.attendees[0].name``."""

    kind: str
    path: str
    old: JsonValue = None
    new: JsonValue = None


def differences(old: JsonValue, new: JsonValue, path: str = "", depth: int = 0) -> Iterator[Difference]:
    """Give all places that differ, in the order of the older document, then what only the newer one has."""
    if isinstance(old, Members) and isinstance(new, Members) and depth < MOST_DEPTH:
        yield from _members(old, new, path, depth)
    elif _is_list(old) and _is_list(new) and depth < MOST_DEPTH:
        yield from _items(old, new, path, depth)
    elif old != new or type(old) is not type(new):
        yield Difference("changed", path or "the whole body", old, new)


def _is_list(value: JsonValue) -> bool:
    return isinstance(value, list) and not isinstance(value, Members)


def _members(old: Members, new: Members, path: str, depth: int) -> Iterator[Difference]:
    before, after = dict(old), dict(new)
    for name, value in before.items():
        below = f"{path}.{name}" if path else name
        if name in after:
            yield from differences(value, after[name], below, depth + 1)
        else:
            yield Difference("removed", below, old=value)
    for name, value in after.items():
        if name not in before:
            yield Difference("added", f"{path}.{name}" if path else name, new=value)


def _items(old: JsonValue, new: JsonValue, path: str, depth: int) -> Iterator[Difference]:
    before, after = children(old), children(new)
    for number in range(max(len(before), len(after))):
        below = f"{path}[{number}]"
        if number >= len(after):
            yield Difference("removed", below, old=before[number][1])
        elif number >= len(before):
            yield Difference("added", below, new=after[number][1])
        else:
            yield from differences(before[number][1], after[number][1], below, depth + 1)


def diff_lines(found: list[Difference], width: int) -> list[TextLine]:
    """Draw differences: sign and place, and below it the old and the new value."""
    lines: list[TextLine] = []
    for difference in found:
        sign, tone = SIGNS[difference.kind]
        lines += flowed((Piece(f"{sign} ", tone), Piece(difference.path, "name")), width, 4)
        if difference.kind != "added":
            lines += _value("- ", difference.old, "muted", width)
        if difference.kind != "removed":
            lines += _value("+ ", difference.new, "plain", width)
        lines.append(BLANK)
    return lines[:-1]


def _value(sign: str, value: JsonValue, tone: str, width: int) -> list[TextLine]:
    head = Piece(f"    {sign}", "muted")
    if not children(value):
        return flowed((head, Piece(scalar(value).text, tone)), width, 6)
    drawn = json_lines(value, width - 6)
    return [
        TextLine((head if number == 0 else Piece(" " * 6), *(Piece(piece.text, tone) for piece in line.pieces)))
        for number, line in enumerate(drawn)
    ]
