"""Which rows are marked: one by one, by a range from the cursor, or all that the filter shows."""

from __future__ import annotations

from collections.abc import Iterable

MOST = 10_000
"""More rows than this are never marked at once."""


class Marks:
    """Ids in the order in which they were marked. A range that is being drawn counts as marked but can be dropped."""

    def __init__(self) -> None:
        self._kept: dict[str, None] = {}
        self._range: tuple[str, ...] = ()
        self.range_from: str | None = None
        """The id of the row where a range began; None while none is drawn."""

    def __contains__(self, row_id: str) -> bool:
        return row_id in self._kept or (self.range_from is not None and row_id in self._range)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def ids(self) -> tuple[str, ...]:
        """All marked ids."""
        if not self._range:
            return tuple(self._kept)
        return tuple(dict.fromkeys((*self._kept, *self._range)))

    def toggle(self, row_id: str) -> None:
        """Mark a row, or take its mark away."""
        if row_id in self._kept:
            del self._kept[row_id]
        else:
            self._kept[row_id] = None

    def add(self, ids: Iterable[str]) -> None:
        """Mark rows."""
        self._kept.update(dict.fromkeys(ids))

    def clear(self) -> None:
        """Take all marks away."""
        self._kept.clear()
        self.drop_range()

    def begin_range(self, row_id: str) -> None:
        """Begin a range at a row."""
        self.range_from = row_id
        self._range = (row_id,)

    def stretch_range(self, ids: Iterable[str]) -> None:
        """Let the range be these rows."""
        self._range = tuple(ids)

    def keep_range(self) -> None:
        """Turn the range into marks."""
        self.add(self._range)
        self.drop_range()

    def drop_range(self) -> None:
        """Forget the range."""
        self.range_from = None
        self._range = ()
