"""Readers read only, see one snapshot, can be called off, and never disturb the writer."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from booking_tui.domain.booking import Booking
from booking_tui.domain.filter import Filter
from booking_tui.domain.rows import Scope
from booking_tui.store.bookings import Bookings
from booking_tui.store.database import Database, Interrupted, StoreUnavailable
from booking_tui.store.kept import Kept

SLOW = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def put(database: Database, key: str, value: str | None = "1") -> None:
    database.write(lambda tx: Kept(database).put(tx, key, value))


def test_what_is_kept_can_be_changed_and_let_go(database: Database) -> None:
    kept = Kept(database)
    put(database, "a", "1")
    put(database, "a", "2")
    assert kept.get("a") == "2"
    put(database, "a", None)
    assert kept.get("a") is None


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StoreUnavailable, match="read-only"), database.reader() as reader:
        reader.rows("DELETE FROM setting")


def test_a_reader_sees_one_snapshot(database: Database) -> None:
    kept = Kept(database)
    put(database, "a")
    with database.reader() as reader:
        assert kept.get("a") == "1"
        put(database, "a", "2")
        assert kept.get("a") == "1"
        with database.reader() as same:
            assert same is reader
    assert kept.get("a") == "2"


def test_threads_have_readers_of_their_own(database: Database) -> None:
    others: list[object] = []

    def read() -> None:
        with database.reader() as reader:
            others.append(reader)

    with database.reader() as mine:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join(10)
        assert others
        assert others[0] is not mine


def test_a_running_read_can_be_called_off(database: Database) -> None:
    lent: list[object] = []
    ready = threading.Event()
    outcome: list[BaseException] = []

    def read() -> None:
        try:
            with database.reader() as reader:
                lent.append(reader)
                ready.set()
                reader.rows(SLOW)
        except Interrupted as error:
            outcome.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    assert ready.wait(10)
    lent[0].interrupt()  # type: ignore[attr-defined]
    thread.join(10)
    assert [str(error) for error in outcome] == ["the read was called off"]
    # The connection goes on to serve others.
    with database.reader() as reader:
        assert reader.rows("SELECT 1") == [(1,)]


def test_a_read_that_was_left_halfway_leaves_no_old_snapshot_behind(database: Database) -> None:
    for number in range(100):
        put(database, f"k{number}")
    with database.reader() as reader:
        unread = reader.connection.execute("SELECT key FROM setting")
        assert unread.fetchone() is not None
    put(database, "k0", "2")
    # Somebody still has the cursor, as whoever keeps an exception has all that its frames have.
    assert Kept(database).get("k0") == "2"
    with pytest.raises(sqlite3.ProgrammingError):
        unread.fetchone()


def test_calling_off_too_late_hits_nobody_else(database: Database) -> None:
    with database.reader() as first:
        connection = first.connection
    with database.reader() as second:
        assert second.connection is connection
        first.interrupt()
        assert second.rows("SELECT 1") == [(1,)]


def test_a_called_off_reader_reads_nothing_more(database: Database, bookings: Bookings) -> None:
    now = database.clock.now()
    with pytest.raises(Interrupted), database.reader() as reader:
        reader.interrupt()
        bookings.page(Scope.ALL, Filter(), now, limit=1)


def test_closing_calls_reads_off(opened: Callable[[Path], Database], path: Path) -> None:
    database = opened(path)
    ready, ended = threading.Event(), threading.Event()

    def read() -> None:
        try:
            with database.reader() as reader:
                ready.set()
                reader.rows(SLOW)
        except Interrupted:
            ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    assert ready.wait(10)
    database.close()
    thread.join(10)
    assert ended.is_set()
    with pytest.raises(StoreUnavailable, match="closing"), database.reader():
        pass


def test_more_readers_than_are_kept_idle(database: Database) -> None:
    barrier = threading.Barrier(8)
    failures: list[BaseException] = []

    def read() -> None:
        try:
            with database.reader() as reader:
                barrier.wait(10)
                reader.rows("SELECT 1")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert failures == []


def test_reading_never_stops_the_log_from_being_folded(
    database: Database, bookings: Bookings, booking: Callable[..., Booking], keep: Callable[..., None]
) -> None:
    keep(*(booking(f"u{number}") for number in range(5)))
    bookings.page(Scope.ALL, Filter(), database.clock.now(), limit=2)
    bookings.get("u1")
    Kept(database).get("x")
    folded = database.submit_later(lambda _: None, 0.0)
    folded.result(10)
    other = sqlite3.connect(database.path, isolation_level=None)
    try:
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    finally:
        other.close()


def test_another_process_looks_on(database: Database, path: Path) -> None:
    looking = Database.open_readonly(path)
    try:
        assert looking.readonly
        assert not looking.changed_elsewhere()
        put(database, "a")
        assert looking.changed_elsewhere()
        assert not looking.changed_elsewhere()
        assert Kept(looking).get("a") == "1"
        for call in (looking.submit(lambda _: None), looking.submit_later(lambda _: None, 1.0)):
            assert isinstance(call.exception(0), StoreUnavailable)
        assert looking.healthy() == "this process may only read"
        for name in ("clock", "ids"):
            with pytest.raises(StoreUnavailable):
                getattr(looking, name)
    finally:
        looking.close()


def test_looking_on_needs_a_database(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no database at"):
        Database.open_readonly(tmp_path / "none.db")
    empty, log = tmp_path / "empty.db", tmp_path / "empty.db-wal"
    empty.touch()
    log.write_bytes(b"changes that SQLite would delete with the first look")
    with pytest.raises(StoreUnavailable, match=r"has lost its content.*keep a copy of empty"):
        Database.open_readonly(empty)
    assert log.exists()
    older = tmp_path / "older.db"
    with closing(sqlite3.connect(older)) as connection:
        connection.execute("CREATE TABLE plain (n)")
    with pytest.raises(StoreUnavailable, match="older version"):
        Database.open_readonly(older)


@pytest.mark.parametrize("content", [b"this is no database" * 200, b"\x00" * 5000])
def test_what_is_no_database_is_said_in_words(
    tmp_path: Path, content: bytes, opened: Callable[[Path], Database]
) -> None:
    path = tmp_path / "b.db"
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match=r"not a database|damaged"):
        opened(path)
    assert path.read_bytes() == content


def test_a_step_that_fails_is_said_in_words_and_closes_the_file(path: Path, opened: Callable[[Path], Database]) -> None:
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE booking (x)")
    foreign.close()
    with pytest.raises(StoreUnavailable, match="table booking already exists"):
        opened(path)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_folder_that_is_not_there(tmp_path: Path, opened: Callable[[Path], Database]) -> None:
    with pytest.raises(StoreUnavailable, match="No such file"):
        opened(tmp_path / "none" / "b.db")
