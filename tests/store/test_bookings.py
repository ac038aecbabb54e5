"""A booking comes back as it was kept; its note and its chain of moves with it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_tui.domain.booking import Answer, Attendee, Booking, BookingStatus, Payment, Recording
from booking_tui.domain.decision import BusyBlock
from booking_tui.domain.filter import Filter
from booking_tui.domain.history import Change
from booking_tui.domain.rows import Scope
from booking_tui.store.bookings import Bookings
from booking_tui.store.busy import Busy
from booking_tui.store.database import Database, Transaction, UnknownBooking
from booking_tui.store.history import History

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
OPTIONAL = st.none() | TEXT
INSTANT = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001
    lambda value: value.replace(microsecond=value.microsecond // 1000 * 1000)
)


@st.composite
def whole_bookings(draw: st.DrawFn) -> Booking:
    from datetime import UTC

    start = draw(st.none() | INSTANT.map(lambda value: value.replace(tzinfo=UTC)))
    length = timedelta(milliseconds=draw(st.integers(0, 10**8)))
    return Booking(
        draw(TEXT.filter(bool)),
        status=draw(st.sampled_from(list(BookingStatus))),
        title=draw(TEXT),
        event_type=draw(OPTIONAL),
        event_title=draw(OPTIONAL),
        event_type_id=draw(st.none() | st.integers(0, 2**40)),
        start=start,
        end=None if start is None else start + length,
        attendees=tuple(draw(st.lists(st.builds(Attendee, TEXT, TEXT, OPTIONAL, OPTIONAL, OPTIONAL, st.booleans())))),
        notes=draw(OPTIONAL),
        answers=tuple(draw(st.lists(st.builds(Answer, TEXT, TEXT, TEXT), max_size=2))),
        payment=draw(st.none() | st.builds(Payment, TEXT, st.none() | st.integers(0, 10**9), OPTIONAL)),
        recordings=tuple(draw(st.lists(st.builds(Recording, TEXT, TEXT), max_size=2))),
        seats=draw(st.none() | st.integers(0, 99)),
        recurring=draw(st.booleans()),
        failed_apps=tuple(draw(st.lists(TEXT, max_size=2))),
        memory=tuple(draw(st.lists(st.tuples(TEXT, TEXT), max_size=2))),
    )


@given(first=whole_bookings(), second=whole_bookings())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_booking_comes_back_as_it_was_kept(
    database: Database, bookings: Bookings, first: Booking, second: Booking
) -> None:
    from dataclasses import replace

    second = replace(second, uid=first.uid)
    for kept in (first, second):
        database.write(lambda tx, kept=kept: bookings.save(tx, kept))
        assert bookings.get(kept.uid) == kept


def test_lone_surrogates_are_kept_as_question_marks(database: Database, bookings: Bookings, now: datetime) -> None:
    odd = Booking("u", title="a\ud800b", start=now, end=now, attendees=(Attendee("\udfff", "x@example.com"),))
    database.write(lambda tx: bookings.save(tx, odd))
    kept = bookings.get("u")
    assert kept is not None
    assert (kept.title, kept.attendees[0].name) == ("a?b", "?")


@pytest.mark.parametrize(("start", "end"), [(0, None), (None, 0), (1, 0)])
def test_impossible_times_are_refused(
    database: Database, bookings: Bookings, now: datetime, start: int | None, end: int | None
) -> None:
    def at(hours: int | None) -> datetime | None:
        return None if hours is None else now + timedelta(hours=hours)

    with pytest.raises(ValueError, match="booking u "):
        database.write(lambda tx: bookings.save(tx, Booking("u", start=at(start), end=at(end))))
    assert bookings.get("u") is None


def test_when_it_was_written_is_remembered(
    database: Database, bookings: Bookings, booking: Callable[..., Booking], now: datetime
) -> None:
    later = now + timedelta(minutes=5)
    database.write(lambda tx: bookings.save(tx, booking("u"), at=now))
    database.write(lambda tx: bookings.save(tx, booking("u", title="new"), at=later))
    record = bookings.records(["u", "nobody"])["u"]
    assert (record.created_at, record.updated_at, record.booking.title) == (now, later, "new")
    assert bookings.records([]) == {}


def test_the_world_shows_what_the_transaction_did(
    database: Database, bookings: Bookings, booking: Callable[..., Booking], now: datetime
) -> None:
    busy = Busy(database)

    def job(transaction: object) -> list[object]:
        world = bookings.world(transaction)  # type: ignore[arg-type]
        bookings.save(transaction, booking("a", ical_uid="i", recurring=True, event_type_id=3))  # type: ignore[arg-type]
        bookings.save(transaction, booking("b", ical_uid="i"))  # type: ignore[arg-type]
        bookings.save(transaction, Booking("shell"))  # type: ignore[arg-type]
        busy.save(transaction, BusyBlock("o1", "calcom", now, now, "away"))  # type: ignore[arg-type]
        found = world.booking("a"), world.booking("shell"), world.booking("none")
        return [
            *[one.uid if one else None for one in found],
            [one.uid for one in world.bookings_by_ical_uid("i")],
            [one.uid for one in world.bookings_of_series(3, "ADA@example.com")],
            (world.has_busy_block("o1"), world.has_busy_block("o2")),
        ]

    assert database.write(job) == ["a", "shell", None, ["a", "b"], ["a"], (True, False)]


@pytest.mark.parametrize(
    ("changed", "tables"),
    [
        ({"status": BookingStatus.CANCELLED}, {"booking"}),
        ({"title": "Another"}, {"booking", "booking_text"}),
        ({"attendees": (Attendee("Bo", "bo@example.com"),)}, {"booking", "booking_attendee", "booking_text"}),
        ({"attendees": ()}, {"booking", "booking_attendee", "booking_text"}),
    ],
)
def test_only_what_changed_is_written_again(
    database: Database,
    bookings: Bookings,
    booking: Callable[..., Booking],
    changed: dict[str, object],
    tables: set[str],
) -> None:
    database.write(lambda tx: bookings.save(tx, booking("u")))
    written: set[str] = set()

    def job(transaction: Transaction) -> None:
        def traced(statement: str) -> None:
            found = re.match(r"(?:INSERT OR REPLACE INTO|INSERT INTO|UPDATE|DELETE FROM) (\w+)", statement)
            if found:
                written.add(found[1])

        transaction.connection.set_trace_callback(traced)
        bookings.save(transaction, booking("u", **changed))
        transaction.connection.set_trace_callback(None)

    database.write(job)
    assert written == tables
    assert bookings.get("u") == booking("u", **changed)


def test_a_private_note_survives_saving_and_is_history(
    database: Database, bookings: Bookings, history: History, booking: Callable[..., Booking], now: datetime
) -> None:
    chosen = Filter()
    database.write(lambda tx: bookings.save(tx, booking("u")))
    assert bookings.private_note("u") is None
    [entry] = database.write(lambda tx: bookings.write_note(tx, "u", "likes tea"))
    assert (entry.actor, entry.action, entry.changes) == ("you", "note_changed", {"private_note": (None, "likes tea")})
    database.write(lambda tx: bookings.save(tx, booking("u", title="again")))
    assert bookings.private_note("u") == "likes tea"
    assert bookings.page(Scope.ALL, chosen, now, limit=1)[0].has_private_note
    assert database.write(lambda tx: bookings.write_note(tx, "u", "likes tea")) == []
    assert database.write(lambda tx: bookings.write_note(tx, "u", ""))[0].changes == {
        "private_note": ("likes tea", None)
    }
    assert bookings.private_note("u") is None
    assert [each.action for each in history.entries(["u"])] == ["note_changed"] * 2
    for call in (
        lambda: bookings.private_note("x"),
        lambda: database.write(lambda tx: bookings.write_note(tx, "x", "y")),
    ):
        with pytest.raises(UnknownBooking):
            call()


def test_a_chain_of_moves_is_found_from_any_of_its_links(
    bookings: Bookings, booking: Callable[..., Booking], keep: Callable[..., None]
) -> None:
    keep(
        booking("a", rescheduled_to="b"),
        # Only the later one knows of this move.
        booking("b", rescheduled_from="a"),
        booking("c", rescheduled_from="b", rescheduled_to="d"),
        Booking("d", rescheduled_from="c"),
        booking("other"),
    )
    for uid in "abcd":
        assert [one.uid for one in bookings.chain(uid)] == ["a", "b", "c", "d"]
    assert [one.uid for one in bookings.chain("other")] == ["other"]
    assert bookings.chain("nobody") == []


def test_a_chain_that_bites_its_tail_ends(
    bookings: Bookings, booking: Callable[..., Booking], keep: Callable[..., None]
) -> None:
    keep(booking("a", rescheduled_from="b"), booking("b", rescheduled_from="a"), booking("c", rescheduled_from="c"))
    assert {one.uid for one in bookings.chain("a")} == {"a", "b"}
    assert [one.uid for one in bookings.chain("c")] == ["c"]


def test_people_are_found_once_by_any_part_of_them(
    bookings: Bookings, booking: Callable[..., Booking], keep: Callable[..., None]
) -> None:
    zoe = Attendee("Zoë Example", "zoe@example.com")
    keep(
        booking("a", 1, attendees=(zoe,)),
        booking("b", 5, attendees=(Attendee("Z. Example", "ZOE@example.com"), Attendee("Bo", "bo@example.com"))),
        booking("c", 3, attendees=(Attendee("", "bob@example.com"),)),
        Booking("shell", attendees=(zoe,)),
    )
    [person] = bookings.find_people("zoe", 5)
    assert (person.name, person.bookings, person.last_uid) == ("Z. Example", 2, "b")
    assert [each.email for each in bookings.find_people("bo", 5)] == ["bo@example.com", "bob@example.com"]
    assert len(bookings.find_people("example.com", 2)) == 2
    assert bookings.find_people("  ", 5) == []


def test_busy_blocks(database: Database, now: datetime) -> None:
    busy = Busy(database)
    hour = timedelta(hours=1)

    def save(name: str, start: int, end: int) -> None:
        block = BusyBlock(name, "calcom", now + start * hour, now + end * hour, "away")
        database.write(lambda tx: busy.save(tx, block))

    save("a", 0, 2)
    save("b", 2, 3)
    save("a", -1, 1)
    assert [(row.id, row.end) for row in busy.between(now, now + hour)] == [("a", now + hour)]
    assert [row.id for row in busy.between(now - hour, now + 9 * hour)] == ["a", "b"]
    with pytest.raises(ValueError, match="ends before"):
        save("c", 2, 1)


def test_rows_belong_to_the_practitioner(raw: sqlite3.Connection) -> None:
    tables = [
        row[0] for row in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%STRICT%'")
    ]
    without = [
        name
        for name in tables
        if name not in {"practitioner", "schema_migration"}
        and "owner" not in {row[1] for row in raw.execute(f"PRAGMA table_info({name})")}
    ]
    assert without == []


def test_recording_links_go_after_a_while(
    database: Database, bookings: Bookings, booking: Callable[..., Booking], keep: Callable[..., None], now: datetime
) -> None:
    links = (Recording("recording", "https://example.com/r?token=x"),)
    keep(booking("old", -50, recordings=links), booking("new", -5, recordings=links), booking("none", -50))
    assert bookings.drop_recordings(now - timedelta(hours=24)) == 1
    kept = [bookings.get(uid) for uid in ("old", "new")]
    assert [one.recordings if one else None for one in kept] == [(), links]


def test_tests_are_taken_back(
    database: Database,
    bookings: Bookings,
    history: History,
    booking: Callable[..., Booking],
    keep: Callable[..., None],
    now: datetime,
) -> None:
    keep(booking("real"), booking("try", test=True))
    made = [Change(uid, "cal.com", "created", {"title": (None, uid)}) for uid in ("real", "try")]
    database.write(lambda tx: history.append(tx, made, at=now))
    assert database.write(bookings.erase_tests) == 1
    assert bookings.get("try") is None
    assert [row.uid for row in bookings.page(Scope.ALL, Filter(), now, limit=9)] == ["real"]
    assert len(bookings.find_people("ada", 9)) == 1
    assert [bool(entry.changes) for entry in history.entries(["try", "real"])] == [False, True]
    assert history.verify().ok
    with database.reader() as reader:
        assert reader.rows("SELECT count(*) FROM booking_attendee") == [(1,)]
        assert reader.rows("SELECT count(*) FROM booking_text") == [(1,)]
