"""Paging by keyset gives exactly the list, whichever way it is walked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_tui.domain.booking import Attendee, Booking, BookingStatus, Payment
from booking_tui.domain.filter import HAS, Filter, parse
from booking_tui.domain.rows import BookingKey, BookingRow, Scope
from booking_tui.store import filtering, inbox_pages
from booking_tui.store.bookings import Bookings
from booking_tui.store.database import Database

EVERYTHING = Filter()
PARTS = {
    Scope.ALL: lambda row, ended: True,
    Scope.UPCOMING: lambda row, ended: row.status == "accepted" and not ended,
    Scope.WAITING: lambda row, ended: row.status == "pending" and not ended,
    Scope.PAST: lambda row, ended: row.status in {"accepted", "pending"} and ended,
    Scope.CANCELLED: lambda row, ended: row.status in {"cancelled", "rejected"},
    Scope.MOVED: lambda row, ended: row.status == "rescheduled",
}
SPANS = st.tuples(
    st.integers(-12, 12), st.sampled_from([0, 1, 2, 5, 24 * 3]), st.sampled_from(list(BookingStatus)), st.booleans()
)


def walked(
    bookings: Bookings, scope: Scope, chosen: Filter, now: datetime, limit: int, *, backwards: bool
) -> list[BookingRow]:
    rows: list[BookingRow] = []
    far = BookingKey(True, datetime.min.replace(tzinfo=now.tzinfo, year=1000), "")
    key: BookingKey | None = far if backwards else None
    while True:
        if backwards:
            page = bookings.page(scope, chosen, now, before=key, limit=limit)
            rows = page + rows
        else:
            page = bookings.page(scope, chosen, now, after=key, limit=limit)
            rows += page
        if not page:
            return rows
        key = bookings.key_of(page[0] if backwards else page[-1], now)


def in_order(rows: list[Booking], scope: Scope, now: datetime) -> list[str]:
    listed = [row for row in rows if row.start and row.end and PARTS[scope](row, row.end <= now)]
    live = sorted((row for row in listed if row.end and row.end > now), key=lambda row: (row.start, row.uid))
    ended = sorted(
        (row for row in listed if row.end and row.end <= now), key=lambda row: (row.start, row.uid), reverse=True
    )
    return [row.uid for row in live + ended]


@contextmanager
def emptied(database: Database) -> Iterator[None]:
    database.write(lambda tx: [tx.connection.execute(f"DELETE FROM {name}") for name in ("booking", "booking_text")])
    yield


@given(
    spans=st.lists(SPANS, max_size=25),
    limit=st.integers(1, 7),
    scope=st.sampled_from(list(Scope)),
    step=st.integers(1, 5),
)
@settings(max_examples=60, deadline=None)
def test_walking_either_way_gives_the_sorted_list(
    shared: tuple[Database, Bookings, datetime], spans: list[Any], limit: int, scope: Scope, step: int
) -> None:
    database, bookings, now = shared
    made = [
        Booking(
            f"u{number:03d}",
            status=status,
            start=None if shell else now + timedelta(hours=start),
            end=None if shell else now + timedelta(hours=start + length),
        )
        for number, (start, length, status, shell) in enumerate(spans)
    ]
    with emptied(database):
        database.write(lambda tx: [bookings.save(tx, one) for one in made])
        expected = in_order(made, scope, now)
        forwards = walked(bookings, scope, EVERYTHING, now, limit, backwards=False)
        assert [row.uid for row in forwards] == expected
        assert [row.uid for row in walked(bookings, scope, EVERYTHING, now, limit, backwards=True)] == expected
        assert bookings.count(scope, EVERYTHING, now) == len(expected)
        keys = [bookings.key_of(row, now) for row in forwards]
        assert bookings.anchors(scope, EVERYTHING, now, step) == keys[::step]
        # The same with row ids known beforehand, as a search for a word makes it.
        words = parse("u0", now.date(), "UTC")
        assert [row.uid for row in walked(bookings, scope, words, now, limit, backwards=False)] == expected
        assert [row.uid for row in walked(bookings, scope, words, now, limit, backwards=True)] == expected
        assert bookings.anchors(scope, words, now, step) == keys[::step]


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Database, Bookings, datetime]]:
    """One database for all examples: making one for each would be most of the time."""
    from tests.store.conftest import NOW, CountingIds, StandingClock

    with TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "b.db", clock=StandingClock(), ids=CountingIds())
        yield database, Bookings(database), NOW
        database.close()


def test_what_has_started_and_not_ended_comes_first(
    bookings: Bookings, booking: Callable[..., Booking], keep: Callable[..., None], now: datetime
) -> None:
    keep(booking("long", -200, 300), booking("now", -0.5), booking("next", 2), booking("done", -1), booking("old", -9))
    rows = bookings.page(Scope.ALL, EVERYTHING, now, limit=10)
    assert [row.uid for row in rows] == ["long", "now", "next", "done", "old"]


def test_the_longest_booking_may_become_shorter(
    bookings: Bookings, booking: Callable[..., Booking], keep: Callable[..., None], now: datetime
) -> None:
    keep(booking("a", -100, 200), booking("b", -2, 4))
    assert [row.uid for row in bookings.page(Scope.ALL, EVERYTHING, now, limit=10)] == ["a", "b"]
    keep(booking("a", -100, 1))
    assert [row.uid for row in bookings.page(Scope.ALL, EVERYTHING, now, limit=10)] == ["b", "a"]


def test_a_booking_that_ends_at_this_very_moment_has_ended(
    bookings: Bookings, booking: Callable[..., Booking], keep: Callable[..., None], now: datetime
) -> None:
    keep(booking("a", -1, 1))
    row = bookings.page(Scope.ALL, EVERYTHING, now, limit=1)[0]
    assert bookings.key_of(row, now).ended
    assert bookings.count(Scope.PAST, EVERYTHING, now) == 1
    assert bookings.count(Scope.UPCOMING, EVERYTHING, now) == 0


@pytest.fixture
def practice(booking: Callable[..., Booking], keep: Callable[..., None]) -> None:
    keep(
        booking("m1", 1, title="Erstgespräch", attendees=(Attendee("Jörg Müller", "joerg@example.com"),), notes="knie"),
        booking("m2", 26, status=BookingStatus.PENDING, event_type="intro", meeting_url="https://meet.example.com/x"),
        booking("m3", -30, status=BookingStatus.CANCELLED, payment=Payment("paid", 4500, "eur")),
        booking("m4", 50, status=BookingStatus.RESCHEDULED, failed_apps=("zoom",), event_type="deep-tissue"),
        booking("m5", 74, seats=8, attendees=(Attendee("", "b_b%@example.com"), Attendee("Zoë", "zoe@example.com"))),
    )


@pytest.mark.parametrize(
    ("text", "uids"),
    [
        ("", "m1 m2 m4 m5 m3"),
        ("muller", "m1"),
        ("MÜLLER", "m1"),
        ("ülle", "m1"),
        ("mü", "m1"),
        ("knie", "m1"),
        ('"jorg mul"', "m1"),
        ("who:zoe", "m5"),
        ("who:knie", ""),
        ("who:zo", "m5"),
        ("zoe example", "m5"),
        ("b_b%", "m5"),
        ("b%", "m5"),
        ('who:"_b"', "m5"),
        ("!muller", "m2 m4 m5 m3"),
        ("!mü", "m2 m4 m5 m3"),
        ("!who:zoe", "m1 m2 m4 m3"),
        ("status:waiting", "m2"),
        ("status:confirmed", "m1 m5"),
        ("!status:accepted", "m2 m4 m3"),
        ("status:pending status:accepted", ""),
        ("from:tomorrow", "m2 m4 m5"),
        ("to:today", "m1 m3"),
        ("!from:tomorrow", "m1 m3"),
        ("from:tomorrow to:2026-11-23", "m2"),
        ("from:+400d", ""),
        ("has:payment", "m3"),
        ("has:link", "m2"),
        ("has:error", "m4"),
        ("has:seats", "m5"),
        ("!has:seats", "m1 m2 m4 m3"),
        ("has:note", ""),
        ("kind:INTRO", "m2"),
        ("kind:tissue", "m4"),
        ("!kind:intro", "m1 m4 m5 m3"),
        ("trigger:cancelled", "m3"),
        ("!trigger:cancelled", "m1 m2 m4 m5"),
        ("state:processed", "m3"),
        ("verdict:valid", "m3"),
        ("session m3", "m3"),
        ("example.com status:cancelled", "m3"),
    ],
)
@pytest.mark.usefixtures("practice")
def test_filters(text: str, uids: str, bookings: Bookings, now: datetime, raw: sqlite3.Connection) -> None:
    raw.execute(
        'INSERT INTO inbox (id, source, "trigger", received_at, verdict, state, http_status, booking_uid, test,'
        " body_bytes) VALUES ('e1', 'calcom', 'BOOKING_CANCELLED', '2026-11-22T09:00:00.000Z', 'valid', 'processed',"
        " 200, 'm3', 0, 2)"
    )
    chosen = parse(text, now.date(), "UTC")
    found = [row.uid for row in bookings.page(Scope.ALL, chosen, now, limit=10)]
    assert found == uids.split()
    assert bookings.count(Scope.ALL, chosen, now) == len(found)
    assert [key.uid for key in bookings.anchors(Scope.ALL, chosen, now, 1)] == found
    assert [row.uid for row in walked(bookings, Scope.ALL, chosen, now, 1, backwards=True)] == found


@pytest.mark.parametrize("word", ['"', "'", "(", "*", "a AND", "NEAR(", "x:y", "\\", "\x00abc", "\ud800abc", "-", "^a"])
@pytest.mark.usefixtures("practice")
def test_no_word_is_taken_for_a_query(
    word: str, bookings: Bookings, having: Callable[..., Filter], now: datetime
) -> None:
    chosen = having((None, word))
    assert bookings.count(Scope.ALL, chosen, now) == len(bookings.page(Scope.ALL, chosen, now, limit=9))
    assert bookings.count(Scope.ALL, having(("!", word)), now) >= 0
    bookings.find_people(word, 5)


def test_many_hits_are_walked_and_few_are_listed(
    bookings: Bookings,
    booking: Callable[..., Booking],
    keep: Callable[..., None],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep(*(booking(f"u{number}", number - 10, 0.5) for number in range(20)))
    chosen = parse("session !u13 who:ada", now.date(), "UTC")
    few = bookings.page(Scope.ALL, chosen, now, limit=30)
    monkeypatch.setattr("booking_tui.store.filtering.FEW", 5)
    assert bookings.page(Scope.ALL, chosen, now, limit=30) == few
    assert len(few) == 19
    assert bookings.count(Scope.ALL, chosen, now) == 19
    assert len(bookings.anchors(Scope.ALL, chosen, now, 2)) == 10


def test_a_booking_of_thousands_of_years_breaks_no_list(
    bookings: Bookings, booking: Callable[..., Booking], keep: Callable[..., None], now: datetime
) -> None:
    end = datetime.max.replace(tzinfo=UTC, microsecond=0)
    keep(replace(booking("for ever", 1), end=end, cancellation_reason="The flu"), booking("u", 1))
    assert {row.uid for row in bookings.page(Scope.ALL, EVERYTHING, now, limit=9)} == {"for ever", "u"}
    assert len(bookings.between(now, now + timedelta(hours=3))) == 2
    assert bookings.count(Scope.ALL, parse("flu", now.date(), "UTC"), now) == 1


def test_overlap_and_waiting(
    bookings: Bookings, booking: Callable[..., Booking], keep: Callable[..., None], now: datetime
) -> None:
    keep(
        booking("before", -1, 1),
        booking("across", -10, 10.5),
        booking("in", 0.25, 0.5, status=BookingStatus.PENDING),
        booking("after", 1),
        booking("late", -5, 1, status=BookingStatus.PENDING),
        Booking("shell"),
    )
    hour = now + timedelta(hours=1)
    assert [row.uid for row in bookings.between(now, hour)] == ["across", "in"]
    assert [row.uid for row in bookings.between(now, hour, statuses=[BookingStatus.PENDING])] == ["in"]
    assert [row.uid for row in bookings.waiting(5)] == ["in"]


def test_every_word_after_has_is_known_to_bookings_or_events() -> None:
    assert set(HAS) == set(filtering._HAS) | set(inbox_pages._HAS) | set(inbox_pages._BOOKING_HAS)  # pyright: ignore[reportPrivateUsage]
