"""The one thread that writes: jobs that queue while a commit runs share the next one.

A future resolves only after its COMMIT returned. Each job runs in its own savepoint, so that one job's mistake
leaves its neighbours alone. When SQLite itself rolls the transaction back (a full disk does), the work of the whole
group is gone, and so every future of the group fails.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from peewee import SqliteDatabase

from booking_tui.store.errors import StoreUnavailable, machine_fault

T = TypeVar("T")

BUSY_S = 2.0
"""How long a job may wait for another program's write lock: the listener has 5 s for its 503."""
GROUP_LIMIT = 256
_UNFORESEEN = "the database rolled the work back"


class Transaction:
    """What a job may use: Peewee's database and its raw connection, inside one open transaction."""

    __slots__ = ("connection", "database")

    def __init__(self, database: SqliteDatabase, connection: sqlite3.Connection) -> None:
        self.database = database
        self.connection = connection


@dataclass(slots=True)
class _Job:
    call: Callable[[Transaction], Any]
    future: Future[Any] = field(default_factory=Future[Any])
    queued_at: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class _Outcome:
    value: Any = None
    error: BaseException | None = None

    def settle(self, future: Future[Any]) -> None:
        if self.error is None:
            future.set_result(self.value)
        else:
            future.set_exception(self.error)


class _GroupLost(Exception):  # noqa: N818
    """SQLite ended the transaction under a job."""


def file_mark(path: Path) -> tuple[int, int] | None:
    """Give what tells one file from another that has its name: device and inode; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Writer:
    """Owns the only writing connection of this process. The database handed over must allow use by another thread."""

    def __init__(self, database: SqliteDatabase, name: str) -> None:
        self._database = database
        self._connection: sqlite3.Connection = database.connection()
        self._transaction = Transaction(database, self._connection)
        self._wake = threading.Condition()
        self._queue: deque[_Job] = deque()
        self._later: list[tuple[float, _Job]] = []
        self._closing = False
        self._folding = False
        self._busy_ms = -1
        self._path = Path(database.database)
        self._file = file_mark(self._path)
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._loop, name=f"store-writer {name}", daemon=True)
        self._thread.start()

    def submit(self, call: Callable[[Transaction], T]) -> Future[T]:
        """Queue a job; its future resolves after COMMIT or fails with what went wrong."""
        job = _Job(call)
        self._enqueue(job, None)
        return job.future

    def submit_later(self, call: Callable[[Transaction], T], delay_s: float) -> Future[T]:
        """Queue a job that may wait this many seconds for company."""
        job = _Job(call)
        self._enqueue(job, delay_s)
        return job.future

    def fold(self) -> None:
        """Have the log folded into the file once nothing is queued: deliveries go first."""
        with self._wake:
            self._folding = True
            self._wake.notify()

    def _enqueue(self, job: _Job, delay_s: float | None) -> None:
        if self._pid != os.getpid():
            job.future.set_exception(StoreUnavailable("the database belongs to the parent process"))
            return
        with self._wake:
            if not self._closing:
                if delay_s is None:
                    self._queue.append(job)
                else:
                    self._later.append((time.monotonic() + delay_s, job))
                self._wake.notify()
                return
        job.future.set_exception(StoreUnavailable("closing"))

    @property
    def in_writer_thread(self) -> bool:
        """Whether the caller is a job."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Fail what is queued, finish what runs, checkpoint, close. May be called twice, and after a fork."""
        if self._pid != os.getpid():
            return
        if self.in_writer_thread:
            raise RuntimeError("a job cannot close the database that runs it")
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _loop(self) -> None:
        while (group := self._next_group()) is not None:
            if group:
                self._run(group)
            else:
                self._fold()
        self._finish()

    def _next_group(self) -> list[_Job] | None:
        """Wait for jobs; None when closing, none when there is time to fold."""
        with self._wake:
            while True:
                if self._closing:
                    return None
                now = time.monotonic()
                self._take_due(now)
                if self._queue:
                    size = min(len(self._queue), GROUP_LIMIT)
                    return [self._queue.popleft() for _ in range(size)]
                if self._folding:
                    self._folding = False
                    return []
                pause = min((due for due, _ in self._later), default=None)
                self._wake.wait(None if pause is None else max(0.0, pause - now))

    def _take_due(self, now: float) -> None:
        if self._later:
            self._queue.extend(job for due, job in self._later if due <= now)
            self._later = [(due, job) for due, job in self._later if due > now]

    def _run(self, group: list[_Job]) -> None:
        live = [job for job in group if job.future.set_running_or_notify_cancel()]
        if not live:
            return
        try:
            self._must_be_there()
            self._begin(live[0].queued_at)
            alone = len(live) == 1
            outcomes = [self._attempt(job, alone=alone) for job in live]
            if not alone or outcomes[0].error is None:
                self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - every cause must reach the futures
            self._roll_back()
            for job in live:
                failure = machine_fault(error) or StoreUnavailable(f"{_UNFORESEEN}: {error}")
                failure.__cause__ = error
                job.future.set_exception(failure)
            return
        for job, outcome in zip(live, outcomes, strict=True):
            outcome.settle(job.future)

    def _fold(self) -> None:
        """Copy the log into the file, as far as no reader still needs it; the next time goes on from there."""
        if file_mark(self._path) == self._file:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _must_be_there(self) -> None:
        """Refuse to write into a file that is no longer the home's: it would be acknowledged and gone."""
        if file_mark(self._path) != self._file:
            raise StoreUnavailable(
                f"{self._path} was removed or replaced while the program ran: put it back, or restore a backup, "
                "and start booking-tui again"
            )

    def _begin(self, oldest: float) -> None:
        """Take the write lock; the wait counts from when the oldest job was queued, so that waits do not add up."""
        left_ms = max(0, int((BUSY_S - (time.monotonic() - oldest)) * 1000))
        # Whole tenths of a second: the setting then rarely changes.
        left_ms -= left_ms % 100
        if left_ms != self._busy_ms:
            self._connection.execute(f"PRAGMA busy_timeout = {left_ms}")
            self._busy_ms = left_ms
        self._connection.execute("BEGIN IMMEDIATE")

    def _attempt(self, job: _Job, *, alone: bool) -> _Outcome:
        """Run one job; what it did is undone when it fails. One that is alone needs no savepoint for that."""
        if not alone:
            self._connection.execute("SAVEPOINT job")
        try:
            value = job.call(self._transaction)
        except BaseException as error:  # noqa: BLE001 - it goes to the future
            self._must_be_open(error)
            self._undo(alone=alone)
            return _Outcome(error=self._told(error))
        self._must_be_open(None)
        if not alone:
            self._connection.execute("RELEASE job")
        return _Outcome(value)

    def _undo(self, *, alone: bool) -> None:
        if alone:
            self._connection.execute("ROLLBACK")
        else:
            self._connection.execute("ROLLBACK TO job")
            self._connection.execute("RELEASE job")

    def _must_be_open(self, error: BaseException | None) -> None:
        if not self._connection.in_transaction:
            raise _GroupLost("the transaction ended while a job ran") from error

    @staticmethod
    def _told(error: BaseException) -> BaseException:
        fault = machine_fault(error)
        if fault is None:
            return error
        fault.__cause__ = error
        return fault

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:
                # The next BEGIN reports what is wrong; these futures fail either way.
                return

    def _finish(self) -> None:
        with self._wake:
            left = [*self._queue, *(job for _, job in self._later)]
            self._queue.clear()
            self._later.clear()
        for job in left:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(StoreUnavailable("closing"))
        try:
            self._connection.execute("PRAGMA busy_timeout = 500")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error:
            # A reader elsewhere holds the log, or the disk is full: the log is replayed at the next opening.
            pass
        finally:
            self._database.close()
