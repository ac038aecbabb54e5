"""Phrases of a language: plain text with ``{places}`` for what differs from email to email. They have no logic."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

_PLACE = re.compile(r"\{([^{}]*)\}")


class Phrase:
    """A text cut at its places, once."""

    __slots__ = ("_parts", "file", "line", "source")

    def __init__(self, source: str, file: str, line: int | None) -> None:
        self.source = source
        self.file = file
        self.line = line
        self._parts = _PLACE.split(source)

    @property
    def places(self) -> list[str]:
        """Give the names of what is filled in."""
        return self._parts[1::2]

    def fill(self, value: Callable[[str], str]) -> str:
        """Give the text with every place filled."""
        parts = self._parts
        if len(parts) == 1:
            return parts[0]
        return "".join([value(part) if odd & 1 else part for odd, part in enumerate(parts)])


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Give `` (did you mean …?)`` for a name that is nearly a known one, else nothing."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""
