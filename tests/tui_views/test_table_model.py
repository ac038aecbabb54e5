"""The rows held by a table, against a plain list: whatever happens to the list, what is shown is true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from booking_tui.tui.widgets.table_columns import GAP, Cell, Column, place
from booking_tui.tui.widgets.table_feed import RowFeed
from booking_tui.tui.widgets.table_marks import Marks
from booking_tui.tui.widgets.table_rows import Reach, Stretch
from tests.tui_views.memory import Item, ListSource, listing


class Listener:
    """Keeps a place on a row as a table does, and holds back what runs aside until it is asked to."""

    def __init__(self) -> None:
        self.place = 0
        self.waiting: list[Callable[[], None]] = []
        self.failed: list[str] = []

    def rows_changed(self, shift: int) -> None:
        self.place += shift

    def rows_counted(self) -> None:
        pass

    def reading_failed(self, words: str) -> None:
        self.failed.append(words)

    def aside(
        self, group: str, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[str], None]
    ) -> None:
        def run() -> None:
            try:
                result = work()
            except OSError as error:
                failed(str(error))
            else:
                done(result)

        self.waiting.append(run)

    def settle(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


def is_true_stretch(held: Stretch[Item], source: ListSource) -> bool:
    """Whether the rows held stand next to each other in the list, in its order."""
    if not held.rows:
        return True
    at = source.items.index(held.rows[0])
    return tuple(source.items[at : at + len(held.rows)]) == held.rows


STEPS = st.lists(
    st.tuples(st.sampled_from(["show", "reread", "arrive", "leave", "top", "bottom", "count"]), st.integers(0, 10**6)),
    max_size=25,
)


@settings(max_examples=120, deadline=None)
@given(size=st.integers(0, 4000), steps=STEPS, slow=st.booleans())
def test_what_is_held_is_always_a_part_of_the_list(size: int, steps: list[tuple[str, int]], slow: bool) -> None:
    source, listener = listing(size, slow=slow), Listener()
    feed: RowFeed[Item, int] = RowFeed(listener, listener.aside)
    feed.open(source, 20)
    listener.settle()
    top = size
    for what, number in steps:
        if what == "show":
            listener.place = number % max(1, feed.height)
            feed.show(listener.place, listener.place + 20)
        elif what == "reread":
            feed.reread(listener.place, 20)
        elif what == "arrive":
            source.arrive(*range(top + 1, top + 1 + number % 40))
            top += number % 40
            feed.reread(listener.place, 20)
        elif what == "leave" and source.items:
            source.leave(source.items[number % len(source.items)].rank)
            feed.reread(listener.place, 20)
        elif what == "top":
            listener.place = 0
            feed.top(20)
        elif what == "bottom":
            feed.bottom(20)
            listener.settle()
            listener.place = max(0, feed.stretch.end - 1)
        elif what == "count":
            feed.count()
        listener.settle()
        assert is_true_stretch(feed.stretch, source)
        assert not listener.failed
    feed.reread(min(listener.place, max(0, feed.stretch.end - 1)), 20)
    listener.settle()
    feed.count()
    listener.settle()
    assert feed.total == len(source.items)
    if feed.stretch.rows:
        assert source.items.index(feed.stretch.rows[0]) == feed.stretch.base


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 5000), place=st.integers(0, 5000), arrived=st.integers(0, 900))
def test_rereading_keeps_the_row_on_its_number_until_it_is_counted(size: int, place: int, arrived: int) -> None:
    source = listing(size)
    reach: Reach[Item, int] = Reach(source, source.extent(1000))
    place = place % size
    held = reach.toward(reach.top(20), place, place + 20).stretch
    before = held.get(place)
    assert before is not None
    source.arrive(*range(size + 1, size + 1 + arrived))
    moved = reach.around(held, place, 20)
    assert moved.stretch.get(place + moved.shift) == before
    measured = reach.measure(before)
    assert measured.place == place + arrived
    assert measured.extent.total == size + arrived


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 20_000), place=st.integers(0, 20_000))
def test_any_place_is_reached_by_anchors_with_few_rows_read(size: int, place: int) -> None:
    source = listing(size)
    reach: Reach[Item, int] = Reach(source, source.extent(1000))
    start = reach.top(20)
    source.asked.clear()
    place = place % size
    found = reach.toward(start, place, place + 20).stretch
    assert found.get(place) == source.items[place]
    assert sum(source.asked) <= 2200


COLUMN = st.builds(
    lambda width, least, grow, fold: Column[Any](
        "k", "title", width, lambda _: Cell(""), min(least, width), grow, 0, fold
    ),
    width=st.integers(1, 30),
    least=st.integers(0, 30),
    grow=st.integers(0, 3),
    fold=st.integers(0, 4),
)


@given(columns=st.lists(COLUMN, min_size=1, max_size=8), room=st.integers(1, 200))
def test_columns_fit_and_those_that_must_stay_do(columns: list[Column[Any]], room: int) -> None:
    placed = place(columns, room)
    assert [number for number, _ in placed] == sorted(number for number, _ in placed)
    assert all(width >= 1 for _, width in placed)
    shown = {number for number, _ in placed}
    kept = {number for number, column in enumerate(columns) if column.fold == 0}
    assert kept <= shown or len(shown) == 1
    used = sum(width for _, width in placed) + GAP * (len(placed) - 1)
    assert used <= room or all(width == 1 for _, width in placed)


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["toggle", "add", "begin", "stretch", "keep", "drop", "clear"]), st.sets(st.integers(0, 6))
        )
    )
)
def test_marks_are_what_was_marked_and_a_range_can_be_dropped(steps: list[tuple[str, set[int]]]) -> None:
    marks, kept, drawn = Marks(), set[str](), None
    for what, numbers in steps:
        ids = {str(number) for number in numbers}
        if what == "toggle" and ids:
            one = min(ids)
            marks.toggle(one)
            kept ^= {one}
        elif what == "add":
            marks.add(ids)
            kept |= ids
        elif what == "begin" and ids:
            marks.begin_range(min(ids))
            drawn = {min(ids)}
        elif what == "stretch" and drawn is not None:
            marks.stretch_range(ids)
            drawn = ids
        elif what == "keep":
            marks.keep_range()
            kept |= drawn or set()
            drawn = None
        elif what == "drop":
            marks.drop_range()
            drawn = None
        elif what == "clear":
            marks.clear()
            kept, drawn = set(), None
        assert set(marks.ids) == kept | (drawn or set())
        assert all(name in marks for name in marks.ids)
        assert len(marks) == len(set(marks.ids))
