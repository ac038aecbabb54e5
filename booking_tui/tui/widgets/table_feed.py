"""Keeps the rows of a virtual table at hand: reads on as they are wanted, again when they changed, and counts aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from booking_tui.tui.widgets.table_rows import Extent, Measured, Moved, Reach, RowSource, Stretch
from booking_tui.tui.work import Trouble, attempt

Row = TypeVar("Row")
Key = TypeVar("Key")
T = TypeVar("T")

Job = Callable[[], Moved[Row]]


class Aside(Protocol):
    """Runs work on another thread and hands its outcome back on the screen's thread."""

    def __call__(
        self, group: str, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]
    ) -> None:
        """Start the work; ``done`` gets its result, or ``failed`` what went wrong in words."""
        ...


class FeedReader(Protocol):
    """Who hears of what the feed has read."""

    def rows_changed(self, shift: int) -> None:
        """Hear that other rows are held now, and by how much the numbers of rows have grown."""
        ...

    def rows_counted(self) -> None:
        """Hear that it is known how many rows there are."""
        ...

    def reading_failed(self, words: str) -> None:
        """Hear that the rows could not be read, and why."""
        ...


class RowFeed(Generic[Row, Key]):
    """Holds one stretch of one source. Quick sources are read at once, slow ones aside; never two reads at a time."""

    def __init__(self, reader: FeedReader, aside: Aside) -> None:
        self._reader = reader
        self._aside = aside
        self._reach: Reach[Row, Key] | None = None
        self._round = 0
        """Grows with every new source, so that answers for an older one are dropped."""
        self._reading = False
        self._next: Job[Row] | None = None
        self._counting = False
        self._recount = False
        self._stale = False
        self.stretch: Stretch[Row] = Stretch()
        self.counted = False
        """Whether the numbers of the rows and their count are those of the present list."""
        self.seen_top: Key | None = None
        """The key of the newest row a person has seen at the top."""

    @property
    def source(self) -> RowSource[Row, Key] | None:
        """Where the rows come from now."""
        return self._reach.source if self._reach else None

    @property
    def reading(self) -> bool:
        """Whether rows are being read aside at the moment."""
        return self._reading

    @property
    def stale(self) -> bool:
        """Whether the rows held are those of an older list whose successor is being read."""
        return self._stale

    @property
    def total(self) -> int | None:
        """How many rows there are, None until it is known."""
        if self._stale:
            return None
        if self.stretch.at_top and self.stretch.at_end:
            return len(self.stretch.rows)
        extent = self._extent
        if extent is None:
            return None
        return self.stretch.end if self.stretch.at_end and self.counted else max(extent.total, self.stretch.end)

    @property
    def height(self) -> int:
        """How many lines the list takes as far as is known: one more than is held while there is more to come."""
        if self.stretch.at_end:
            return self.stretch.end
        extent = self._extent
        return max(extent.total if extent else 0, self.stretch.end + 1)

    @property
    def _extent(self) -> Extent[Key] | None:
        return self._reach.extent if self._reach else None

    def open(self, source: RowSource[Row, Key], rows: int) -> None:
        """Begin with another source, from the top. What was held stays until the new rows are there."""
        self._round += 1
        if self._reach is not None:
            self._reach.source.stop()
        self._reach = reach = Reach(source)
        self._reading = self._counting = self._recount = self.counted = False
        self._next = None
        self._stale = True
        self.seen_top = None
        self._do(lambda: Moved(reach.top(rows)))
        self.count()

    def swap(self, source: RowSource[Row, Key]) -> None:
        """Go on with another source of the same list: the rows stay held, their numbers are looked at again."""
        self._round += 1
        if self._reach is not None:
            self._reach.source.stop()
        self._reach = Reach(source)
        self._reading = self._counting = self._recount = self.counted = False
        self._next = None

    def show(self, first: int, last: int) -> None:
        """Make sure that the rows ``[first, last)`` are held, or will be."""
        reach = self._reach
        if reach is None or self._stale or self.stretch.covers(first, last):
            return
        self._do(lambda: reach.toward(self.stretch, first, last))

    def reread(self, place: int, rows: int) -> None:
        """Read what is held again, around the row at ``place``."""
        if reach := self._reach:
            self._do(lambda: reach.around(self.stretch, place, rows))

    def top(self, rows: int) -> None:
        """Read the first rows."""
        if reach := self._reach:
            self._do(lambda: Moved(reach.top(rows)))

    def bottom(self, rows: int) -> None:
        """Read the last rows."""
        if reach := self._reach:
            self._do(lambda: Moved(reach.bottom(rows, self.height)))

    def at_key(self, key: Key, rows: int) -> None:
        """Read the rows around a key, wherever in the list it stands; their numbers are a guess until counted."""
        if reach := self._reach:
            source = reach.source

            def job() -> Moved[Row]:
                above = tuple(source.page(before=key, limit=rows))
                below = tuple(
                    source.page(after=source.key_of(above[-1]), limit=rows) if above else source.page(limit=rows)
                )
                at_top = len(above) < rows
                base = 0 if at_top else max(0, self.height // 2 - len(above))
                return Moved(Stretch(base, above + below, at_top, len(below) < rows))

            self.counted = False
            self._do(job)

    def newer(self, limit: int) -> int:
        """Count the rows that came on top of what a person has seen, up to ``limit``."""
        source = self.source
        if source is None or source.slow or self.seen_top is None:
            return 0
        return len(source.page(before=self.seen_top, limit=limit))

    def between(self, first: int, last: int, limit: int) -> list[Row]:
        """Give the rows ``[first, last]`` by number, reading those that are not held; at most ``limit``."""
        last = min(last, first + limit - 1)
        found = [row for place in range(first, last + 1) if (row := self.stretch.get(place)) is not None]
        if len(found) == last - first + 1 or self._reach is None or self._reach.source.slow:
            return found
        moved = self._reach.toward(self.stretch, first, last + 1)
        places = range(first + moved.shift, last + moved.shift + 1)
        return [row for place in places if (row := moved.stretch.get(place)) is not None]

    # -- reading ---------------------------------------------------------------------------------------------

    def _do(self, job: Job[Row]) -> None:
        source = self.source
        if source is None:
            return
        if not source.slow:
            outcome = attempt(job)
            if isinstance(outcome, Trouble):
                self._reader.reading_failed(outcome.words)
            else:
                self._take(outcome)
            return
        if self._reading:
            self._next = job
            return
        self._reading = True
        current = self._round
        self._aside(
            "rows", job, lambda moved: self._read(current, moved), lambda words: self._read(current, Trouble(words))
        )

    def _read(self, current: int, outcome: Moved[Row] | Trouble) -> None:
        if current != self._round:
            return
        self._reading = False
        if isinstance(outcome, Trouble):
            self._reader.reading_failed(outcome.words)
        else:
            self._take(outcome)
        if job := self._next:
            self._next = None
            self._do(job)

    def _take(self, moved: Moved[Row]) -> None:
        self.stretch = moved.stretch
        self._stale = False
        self._reader.rows_changed(moved.shift)

    # -- counting --------------------------------------------------------------------------------------------

    def count(self) -> None:
        """Count aside; a wish during a count is served by one more count after it."""
        reach = self._reach
        if reach is None:
            return
        if self._counting:
            self._recount = True
            return
        self._counting = True
        held = self.stretch
        row = held.rows[len(held.rows) // 2] if held.rows else None
        current = self._round
        self._aside(
            "count",
            lambda: reach.measure(row),
            lambda measured: self._counted(current, row, measured),
            lambda words: self._counted(current, row, Trouble(words)),
        )

    def _counted(self, current: int, row: Row | None, outcome: Measured[Key] | Trouble) -> None:
        reach = self._reach
        if current != self._round or reach is None:
            return
        self._counting = False
        if isinstance(outcome, Trouble):
            self._reader.reading_failed(outcome.words)
            return
        reach.extent = outcome.extent
        self.counted = True
        shift = self._place_right(row, outcome.place)
        if shift:
            self._reader.rows_changed(shift)
        self._reader.rows_counted()
        if self._recount:
            self._recount = False
            self.count()

    def _place_right(self, row: Row | None, place: int | None) -> int:
        """Give the held rows their true numbers; the result is by how much the numbers grew."""
        source, held = self.source, self.stretch
        if source is None or row is None or place is None or held.at_top:
            return 0
        wanted = source.row_id(row)
        for number, other in enumerate(held.rows):
            if source.row_id(other) == wanted:
                base = max(0, place - number)
                self.stretch = Stretch(base, held.rows, held.at_top and base == 0, held.at_end)
                return base - held.base
        return 0
