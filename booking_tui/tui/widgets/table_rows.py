"""The rows behind a virtual table: where they come from, and the stretch of them that is held at a time.

Everything here is plain values and functions, so that it can run on the screen's thread or on another one. Places are
numbers of rows from the top; rows are reached by keys, never by counting them off in the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

Row = TypeVar("Row")
Key = TypeVar("Key")

STEP = 1000
"""Rows between two anchors."""
MARGIN = 120
"""Rows held beyond both edges of what is on screen."""
NEAR = 400
"""Rows that are read through rather than jumped over."""


class RowSource(Protocol[Row, Key]):
    """An ordered list that is read in pages by key. ``page`` and ``last`` give rows in the list's own order."""

    @property
    def slow(self) -> bool:
        """Whether a page may take long (text search) and is therefore read off the screen's thread."""
        ...

    def row_id(self, row: Row) -> str:
        """Give what a row is known by, whatever happens to its place."""
        ...

    def key_of(self, row: Row) -> Key:
        """Give the sort key of a row, unique in the list."""
        ...

    def page(self, *, after: Key | None = None, before: Key | None = None, limit: int) -> Sequence[Row]:
        """Give the first rows, or those next to a key on its far or near side; the key's own row is left out."""
        ...

    def last(self, limit: int) -> Sequence[Row]:
        """Give the last rows of the list."""
        ...

    def extent(self, step: int) -> Extent[Key]:
        """Count all rows and give anchors. Slow: runs off the screen's thread."""
        ...

    def stop(self) -> None:
        """Call off whatever is being read on another thread; the source is not read again."""
        ...


@dataclass(frozen=True)
class Extent(Generic[Key]):
    """How long a list is; ``anchors[n]`` is the key of row ``n * step``."""

    total: int
    anchors: tuple[Key, ...] = ()
    step: int = STEP


@dataclass(frozen=True)
class Stretch(Generic[Row]):
    """The rows held: ``rows[0]`` is row number ``base`` of the list."""

    base: int = 0
    rows: tuple[Row, ...] = ()
    at_top: bool = False
    """Whether it is known that nothing stands above."""
    at_end: bool = False
    """Whether it is known that nothing stands below."""

    @property
    def end(self) -> int:
        """The number of the row after the last one held."""
        return self.base + len(self.rows)

    def get(self, place: int) -> Row | None:
        """Give the row at a place, None when it is not held."""
        return self.rows[place - self.base] if self.base <= place < self.end else None

    def covers(self, first: int, last: int) -> bool:
        """Say whether all rows of ``[first, last)`` that exist are held."""
        return (self.base <= first or self.at_top) and (self.end >= last or self.at_end)


@dataclass(frozen=True)
class Moved(Generic[Row]):
    """A new stretch, and by how much the numbers of rows have grown since the one before it."""

    stretch: Stretch[Row]
    shift: int = 0


@dataclass(frozen=True)
class Measured(Generic[Key]):
    """How long the list is and which number a certain row has in it; None when that row could not be found."""

    extent: Extent[Key]
    place: int | None = None


@dataclass
class Reach(Generic[Row, Key]):
    """Reads stretches of one source. Holds nothing that changes but what has been measured."""

    source: RowSource[Row, Key]
    extent: Extent[Key] | None = field(default=None)

    def top(self, rows: int) -> Stretch[Row]:
        """Read the first rows."""
        limit = rows + 2 * MARGIN
        found = tuple(self.source.page(limit=limit))
        return Stretch(0, found, at_top=True, at_end=len(found) < limit)

    def bottom(self, rows: int, known_end: int) -> Stretch[Row]:
        """Read the last rows; where their numbers are unknown, they are put after ``known_end``."""
        limit = rows + 2 * MARGIN
        found = tuple(self.source.last(limit))
        if len(found) < limit:
            return Stretch(0, found, at_top=True, at_end=True)
        total = self.extent.total if self.extent else known_end + limit
        return Stretch(max(0, total - len(found)), found, at_end=True)

    def toward(self, held: Stretch[Row], first: int, last: int) -> Moved[Row]:
        """Read on until ``[first, last)`` and a margin around it are held, or there is nothing more."""
        low, high = max(0, first - MARGIN), last + MARGIN
        if not held.rows or low > held.end + NEAR or high < held.base - NEAR:
            held = self._leap(held, low, high)
        held = self._grow_down(held, high)
        grown = self._grow_up(held, low)
        return replace(grown, stretch=_trimmed(grown.stretch, low + grown.shift, high + grown.shift))

    def around(self, held: Stretch[Row], place: int, rows: int) -> Moved[Row]:
        """Read again what is held around one row, so that this row keeps its number unless the top is in sight."""
        pivot = held.get(place)
        if pivot is None:
            return Moved(self.top(rows), -place)
        limit = rows + MARGIN
        above = tuple(self.source.page(before=self.source.key_of(pivot), limit=limit))
        below = tuple(
            self.source.page(after=self.source.key_of(above[-1]), limit=limit)
            if above
            else self.source.page(limit=limit)
        )
        at_top = len(above) < limit
        base = 0 if at_top else max(0, place - len(above))
        stretch = Stretch(base, above + below, at_top=at_top, at_end=len(below) < limit)
        return Moved(stretch, base + len(above) - place)

    def measure(self, row: Row | None, step: int = STEP) -> Measured[Key]:
        """Count the list and find the number of one row in it."""
        extent = self.source.extent(step)
        if row is None:
            return Measured(extent)
        above = self.source.page(before=self.source.key_of(row), limit=step)
        if len(above) < step:
            return Measured(extent, len(above))
        numbers = {key: number for number, key in enumerate(extent.anchors)}
        for back, other in enumerate(reversed(above), start=1):
            number = numbers.get(self.source.key_of(other))
            if number is not None:
                return Measured(extent, number * extent.step + back)
        return Measured(extent)

    def _leap(self, held: Stretch[Row], low: int, high: int) -> Stretch[Row]:
        """Start anew near ``low``, from the nearest anchor."""
        if low == 0:
            return self.top(high)
        if self.extent is None or not self.extent.anchors:
            return held
        extent = self.extent
        number = min((low - 1) // extent.step, len(extent.anchors) - 1)
        start = number * extent.step
        following = number + 1
        if following < len(extent.anchors) and following * extent.step - low < low - start:
            limit = following * extent.step - low
            rows = tuple(self.source.page(before=extent.anchors[following], limit=limit))
            return Stretch(following * extent.step - len(rows), rows, at_top=len(rows) < limit)
        limit = max(1, high - start - 1)
        rows = tuple(self.source.page(after=extent.anchors[number], limit=limit))
        return Stretch(start + 1, rows, at_end=len(rows) < limit)

    def _grow_down(self, held: Stretch[Row], high: int) -> Stretch[Row]:
        need = high - held.end
        if need <= 0 or held.at_end or not held.rows:
            return held
        more = tuple(self.source.page(after=self.source.key_of(held.rows[-1]), limit=need))
        return Stretch(held.base, held.rows + more, held.at_top, len(more) < need)

    def _grow_up(self, held: Stretch[Row], low: int) -> Moved[Row]:
        need = held.base - low
        if need <= 0 or held.at_top or not held.rows:
            return Moved(held)
        more = tuple(self.source.page(before=self.source.key_of(held.rows[0]), limit=need))
        if len(more) < need:
            return Moved(Stretch(0, more + held.rows, at_top=True, at_end=held.at_end), len(more) - held.base)
        return Moved(Stretch(held.base - len(more), more + held.rows, at_end=held.at_end))


def _trimmed(held: Stretch[Row], low: int, high: int) -> Stretch[Row]:
    """Let go of rows far from ``[low, high)``."""
    low, high = max(held.base, low - NEAR), min(held.end, high + NEAR)
    if low >= high or (low == held.base and high == held.end):
        return held
    rows = held.rows[low - held.base : high - held.base]
    return Stretch(low, rows, held.at_top and low == held.base, held.at_end and high == held.end)
