"""The keys of a sheet on one line: each may be clicked; one that cannot be used now is dim and keeps its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from booking_tui.tui.widgets.line import FrameLine, Part


class SheetKey(NamedTuple):
    """One key: what it does in a word, and shorter; ``choice`` is what a click gives; ``off`` says why it cannot."""

    key: str
    word: str
    brief: str
    choice: str
    off: str | None = None


class KeyLine(FrameLine):
    """Closes up, then says it shorter, where there is little room."""

    DEFAULT_CSS = "KeyLine { height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._keys: tuple[SheetKey, ...] = ()

    def offer(self, keys: Sequence[SheetKey]) -> None:
        """Set what is offered."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.refresh()

    def left_parts(self, width: int) -> Sequence[Part]:
        for gap, brief in ((3, False), (2, False), (2, True), (1, True)):
            parts = tuple(self._parts(gap, brief=brief))
            if sum(cell_len(part.text) for part in parts) <= width:
                return parts
        return tuple(self._parts(1, brief=True))

    def _parts(self, gap: int, *, brief: bool) -> Iterator[Part]:
        for number, known in enumerate(self._keys):
            if number:
                yield Part(" " * gap)
            dim = known.off is not None
            yield Part(known.key, "$text-disabled" if dim else "bold $text-accent", known.choice)
            words = known.brief if brief else known.word
            yield Part(f" {words}", "$text-disabled" if dim else "$foreground", known.choice)
