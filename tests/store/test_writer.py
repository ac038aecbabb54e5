"""What is reported as done is durable; what is not, fails with words."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, wait
from contextlib import closing
from pathlib import Path

import pytest

from booking_tui.domain.webhook import Delivery
from booking_tui.store.database import Database, StoreUnavailable, Transaction
from booking_tui.store.inbox import Inbox
from booking_tui.store.kept import Kept

LONG_S = 10.0


def gate(database: Database) -> tuple[threading.Event, Future[None]]:
    """Hold the writer inside a job, so that what is submitted next forms one group."""
    held, opened = threading.Event(), threading.Event()

    def job(_: Transaction) -> None:
        held.set()
        assert opened.wait(LONG_S)

    future = database.submit(job)
    assert held.wait(LONG_S)
    return opened, future


def note(key: str, value: str = "1") -> Callable[[Transaction], str]:
    def job(transaction: Transaction) -> str:
        transaction.connection.execute("INSERT INTO setting (key, value) VALUES (?, ?)", (key, value))
        return key

    return job


def test_jobs_of_one_group_share_a_commit(database: Database) -> None:
    opened, _ = gate(database)
    futures = [database.submit(note(f"k{number}")) for number in range(5)]
    commits: list[int] = []

    def count_up(transaction: Transaction) -> None:
        # Inside the group nothing is committed yet: another connection sees none of it.
        commits.append(raw_count(database.path, "k0"))

    futures.append(database.submit(count_up))
    assert not any(future.done() for future in futures)
    opened.set()
    wait(futures, LONG_S)
    assert [future.result() for future in futures[:5]] == ["k0", "k1", "k2", "k3", "k4"]
    assert commits == [0]
    assert raw_count(database.path, "k0") == 1


def test_a_future_is_done_only_when_another_process_sees_the_row(database: Database) -> None:
    seen: list[int] = []
    future = database.submit(note("mine"))
    future.add_done_callback(lambda _: seen.append(raw_count(database.path, "mine")))
    future.result(LONG_S)
    deadline = time.monotonic() + LONG_S
    while not seen and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert seen == [1]


def raw_count(path: Path, key: str) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("SELECT count(*) FROM setting WHERE key = ?", (key,)).fetchone()[0])
    finally:
        connection.close()


def test_one_jobs_mistake_leaves_its_neighbours_alone(database: Database) -> None:
    kept = Kept(database)
    opened, _ = gate(database)

    def half_done(transaction: Transaction) -> None:
        note("half")(transaction)
        raise LookupError("mine")

    futures = [database.submit(note("a")), database.submit(half_done), database.submit(note("b"))]
    opened.set()
    assert futures[0].result(LONG_S) == "a"
    with pytest.raises(LookupError, match="mine"):
        futures[1].result(LONG_S)
    assert futures[2].result(LONG_S) == "b"
    assert [kept.get(key) for key in ("a", "half", "b")] == ["1", None, "1"]


def test_a_broken_rule_is_the_jobs_own_fault(database: Database) -> None:
    database.write(note("once"))
    with pytest.raises(sqlite3.IntegrityError):
        database.write(note("once"))
    assert database.healthy() is None


def test_a_cancelled_job_does_not_run(database: Database) -> None:
    opened, _ = gate(database)
    future = database.submit(note("never"))
    assert future.cancel()
    opened.set()
    with pytest.raises(CancelledError):
        future.result()
    assert database.write(lambda tx: tx.connection.execute("SELECT count(*) FROM setting").fetchone()[0]) == 0


def test_a_disk_that_fills_in_the_middle_of_a_group_loses_nothing_reported_as_done(
    database: Database, inbox: Inbox, delivery: Callable[..., Delivery], raw: sqlite3.Connection
) -> None:
    def limit(extra: int | None) -> None:
        def job(transaction: Transaction) -> None:
            used = transaction.connection.execute("PRAGMA page_count").fetchone()[0]
            transaction.connection.execute(f"PRAGMA max_page_count = {used + extra if extra else 2**30}")

        database.write(job)

    reported: list[str] = []
    refused: list[BaseException] = []
    limit(60)
    for group in range(4):
        opened, _ = gate(database)
        futures = [inbox.put(delivery(f"{group}-{number}", body=b"x" * 9000)) for number in range(12)]
        opened.set()
        wait(futures, LONG_S)
        for future in futures:
            error = future.exception()
            if error is None:
                reported.append(future.result().event_id)
            else:
                refused.append(error)
    assert reported
    assert refused
    assert {str(error) for error in refused} == {"the disk is full"}
    assert all(isinstance(error, StoreUnavailable) for error in refused)
    kept = {row[0] for row in raw.execute("SELECT id FROM inbox")}
    assert kept.issuperset(reported)
    assert database.healthy() in {None, "the disk is full"}

    limit(None)
    assert database.healthy() is None
    receipt = inbox.put(delivery("0-0", body=b"x" * 9000)).result(LONG_S)
    assert receipt.duplicate == (receipt.event_id in reported)


def test_when_sqlite_ends_the_transaction_every_future_of_the_group_fails(database: Database) -> None:
    opened, _ = gate(database)
    ran: list[str] = []

    def lost(transaction: Transaction) -> None:
        transaction.connection.execute("ROLLBACK")

    def later(_: Transaction) -> None:
        ran.append("later")

    futures: list[Future[object]] = [
        database.submit(note("before")),
        database.submit(lost),
        database.submit(later),
    ]
    opened.set()
    wait(futures, LONG_S)
    assert [type(future.exception()) for future in futures] == [StoreUnavailable] * 3
    assert ran == []
    assert Kept(database).get("before") is None
    assert database.healthy() is None


def test_a_locked_database_fails_in_time_and_the_writer_goes_on(
    database: Database, inbox: Inbox, delivery: Callable[..., Delivery], raw: sqlite3.Connection
) -> None:
    raw.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    first = inbox.put(delivery("a"))
    # Queued while the first one waits: its own wait counts from now, not from when the writer is free.
    second = database.submit(note("queued"))
    for future in (first, second):
        error = future.exception(LONG_S)
        assert isinstance(error, StoreUnavailable)
        assert error.reason == "the database is locked by another program"
    assert time.monotonic() - begun < 3.0
    raw.execute("ROLLBACK")
    assert not inbox.put(delivery("a")).result(LONG_S).duplicate
    assert database.healthy() is None


def test_closing_fails_what_is_queued_and_finishes_what_runs(opened: Callable[[Path], Database], path: Path) -> None:
    database = opened(path)
    let_go, running = gate(database)
    queued = database.submit(note("late"))
    someday = database.submit_later(note("someday"), 60.0)
    closer = threading.Thread(target=database.close)
    closer.start()
    # Only once the writer knows of the closing does the running job go on.
    deadline = time.monotonic() + LONG_S
    while not _refuses(database) and time.monotonic() < deadline:
        threading.Event().wait(0.005)
    let_go.set()
    closer.join(LONG_S)
    assert running.result(LONG_S) is None
    for future in (queued, someday, database.submit(note("too late"))):
        error = future.exception(LONG_S)
        assert isinstance(error, StoreUnavailable)
        assert error.reason == "closing"


def _refuses(database: Database) -> bool:
    future = database.submit(lambda _: None)
    return future.done() and isinstance(future.exception(), StoreUnavailable)


def test_closing_folds_the_log_into_the_file_and_may_be_repeated(database: Database, path: Path) -> None:
    database.write(note("kept"))
    database.close()
    database.close()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_files_are_the_owners_only(database: Database, path: Path) -> None:
    database.write(note("kept"))
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    assert modes == {"bookings.db": 0o600, "bookings.db-wal": 0o600, "bookings.db-shm": 0o600}


def test_writing_is_durable_and_guarded(database: Database) -> None:
    def pragmas(transaction: Transaction) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "journal_size_limit")
        return [transaction.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert database.write(pragmas) == ["wal", 2, 1, 8 * 1024 * 1024]


def test_a_job_cannot_wait_for_a_job(database: Database) -> None:
    with pytest.raises(RuntimeError, match="cannot wait"):
        database.write(lambda _: database.write(note("inner")))
    with pytest.raises(RuntimeError, match="cannot close"):
        database.write(lambda _: database.close())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_neither_writes_nor_closes(database: Database) -> None:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            refused = database.submit(note("child")).exception(0)
            database.close()
            code = 0 if isinstance(refused, StoreUnavailable) else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert database.healthy() is None


def test_jobs_that_can_wait_run_without_a_push(database: Database) -> None:
    assert database.submit_later(note("calm"), 0.01).result(LONG_S) == "calm"


def test_many_threads_lose_nothing(database: Database, inbox: Inbox, delivery: Callable[..., Delivery]) -> None:
    receipts: list[str] = []
    lock = threading.Lock()

    def run(name: int) -> None:
        for number in range(25):
            receipt = inbox.put(delivery(f"{name}-{number % 20}")).result(LONG_S)
            with lock:
                receipts.append(receipt.row_id)

    threads = [threading.Thread(target=run, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    with database.reader() as reader:
        states = dict(reader.rows("SELECT state, count(*) FROM inbox GROUP BY state"))
        ids = {row[0] for row in reader.rows("SELECT id FROM inbox")}
    assert states == {"stored": 160, "duplicate": 40}
    assert ids == set(receipts)


def test_the_log_is_folded_into_the_file_when_there_is_time(database: Database, tmp_path: Path) -> None:
    database.write(lambda tx: tx.connection.execute("CREATE TABLE plain (n INTEGER)"))
    for number in range(20):
        database.write(lambda tx, number=number: tx.connection.execute("INSERT INTO plain VALUES (?)", (number,)))
    alone = tmp_path / "alone.db"

    def in_the_file_alone() -> int:
        shutil.copy(database.path, alone)
        with closing(sqlite3.connect(alone)) as connection:
            try:
                return int(connection.execute("SELECT count(*) FROM plain").fetchone()[0])
            except sqlite3.Error:
                return 0

    assert in_the_file_alone() == 0
    database.fold()
    deadline = time.monotonic() + 10
    while in_the_file_alone() < 20:
        assert time.monotonic() < deadline
    assert database.write(lambda tx: tx.connection.execute("SELECT count(*) FROM plain").fetchone()[0]) == 20


def test_jobs_go_before_folding_and_no_reader_holds_them_up(database: Database) -> None:
    opened, first = gate(database)
    with database.reader() as reader:
        reader.rows("SELECT 1 FROM setting", ())
        database.fold()
        jobs = [database.submit(lambda _, number=number: number) for number in range(50)]
        opened.set()
        first.result(LONG_S)
        assert [job.result(LONG_S) for job in jobs] == list(range(50))
    assert database.write(lambda _: 7) == 7
