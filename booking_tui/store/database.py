"""The database of one home: one writer, many readers, one file.

The process that holds the home's lock opens it with ``Database.open``; processes that only look use
``Database.open_readonly``.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from peewee import DatabaseError as PeeweeError
from peewee import SqliteDatabase

from booking_tui.ports import Clock, Ids
from booking_tui.store.errors import (
    AmbiguousPrefix,
    Interrupted,
    SchemaTooNew,
    StoreUnavailable,
    UnknownBooking,
    machine_fault,
)
from booking_tui.store.readers import Reader, ReaderPool
from booking_tui.store.schema import migrate, pending
from booking_tui.store.writer import Transaction, Writer

__all__ = [
    "AmbiguousPrefix",
    "Database",
    "Interrupted",
    "Reader",
    "SchemaTooNew",
    "StoreUnavailable",
    "Transaction",
    "UnknownBooking",
]

T = TypeVar("T")
HEALTH_WAIT_S = 4.0
_PRAGMAS = (
    ("journal_mode", "wal"),
    ("synchronous", "full"),
    ("foreign_keys", 1),
    ("busy_timeout", 2000),
    ("journal_size_limit", 8 * 1024 * 1024),
    ("cache_size", -16_000),
    ("secure_delete", 1),
    ("trusted_schema", 0),
    # Savepoints copy every page they touch aside: in memory, not into files outside the home.
    ("temp_store", 2),
)


class Database:
    """One open database file. Made by ``open`` or ``open_readonly``; closed by ``close``."""

    def __init__(
        self, path: Path, *, writer: Writer | None, clock: Clock | None, ids: Ids | None, still: bool = False
    ) -> None:
        self.path = path
        self._writer = writer
        self._clock = clock
        self._ids = ids
        self._readers = ReaderPool(path, still=still)
        self._watch_lock = threading.Lock()
        self._watch: sqlite3.Connection | None = None
        self._seen_version: int | None = None
        self._pid = os.getpid()
        self._closers: list[Callable[[], None]] = []
        self.lost: tuple[float, str] | None = None
        """When (``time.monotonic``) a delivery last could not be stored, and why; None when all could."""

    @classmethod
    def open(cls, path: Path, *, clock: Clock, ids: Ids) -> Database:
        """Create or migrate the file and start its writer. The caller holds the home's lock.

        Raises StoreUnavailable or SchemaTooNew.
        """
        database = SqliteDatabase(
            str(path), pragmas=list(_PRAGMAS), autoconnect=False, thread_safe=False, check_same_thread=False
        )
        _refuse_emptied(path)
        try:
            # SQLite gives the log files the mode of the main file.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
            database.connect()
            migrate(database)
            writer = Writer(database, path.name)
        except BaseException as error:
            database.close()
            if isinstance(error, OSError):
                raise StoreUnavailable(f"{path} cannot be opened: {error.strerror}") from error
            if isinstance(error, sqlite3.Error | PeeweeError):
                raise machine_fault(error) or StoreUnavailable(f"{path} cannot be opened: {error}") from error
            raise
        return cls(path, writer=writer, clock=clock, ids=ids)

    @classmethod
    def open_readonly(cls, path: Path) -> Database:
        """Open a file that another process writes, for looking only.

        Raises StoreUnavailable when there is none or it is not migrated yet, SchemaTooNew when it is ahead.
        """
        if not path.is_file():
            raise StoreUnavailable(f"there is no database at {path} yet")
        _refuse_emptied(path)
        database = cls(path, writer=None, clock=None, ids=None, still=_stands_still(path))
        try:
            with database.reader() as reader:
                behind = pending(reader.connection)
            if behind:
                raise StoreUnavailable("the database is from an older version: start booking-tui once to bring it up")
        except BaseException:
            database.close()
            raise
        return database

    @property
    def readonly(self) -> bool:
        """Whether this process may only look."""
        return self._writer is None

    @property
    def clock(self) -> Clock:
        """The clock handed to ``open``."""
        if self._clock is None:
            raise StoreUnavailable("this process may only read")
        return self._clock

    @property
    def ids(self) -> Ids:
        """The maker of identifiers handed to ``open``."""
        if self._ids is None:
            raise StoreUnavailable("this process may only read")
        return self._ids

    def submit(self, job: Callable[[Transaction], T]) -> Future[T]:
        """Queue a job for the writer. The future resolves after COMMIT; machine faults become StoreUnavailable."""
        if self._writer is None:
            refused: Future[T] = Future()
            refused.set_exception(StoreUnavailable("this process may only read"))
            return refused
        return self._writer.submit(job)

    def submit_later(self, job: Callable[[Transaction], T], delay_s: float) -> Future[T]:
        """Queue a job that is in no hurry, so that it shares a commit with others."""
        if self._writer is None:
            return self.submit(job)
        return self._writer.submit_later(job, delay_s)

    def write(self, job: Callable[[Transaction], T]) -> T:
        """Run a job and wait until it is durable. Not for use inside a job."""
        if self._writer is not None and self._writer.in_writer_thread:
            raise RuntimeError("a job cannot wait for another job")
        return self.submit(job).result()

    def fold(self) -> None:
        """Have the log folded into the file soon, so that the file alone holds nearly everything. Does not wait."""
        if self._writer is not None:
            self._writer.fold()

    def reader(self) -> AbstractContextManager[Reader]:
        """Lend this thread a read-only reader: one snapshot for the length of the with-block.

        Raises StoreUnavailable for machine faults and Interrupted when it was called off.
        """
        return self._readers.lend()

    def changed_elsewhere(self) -> bool:
        """Say whether anybody else's commit came since the last call (one's own writer counts as somebody else)."""
        with self._watch_lock:
            if self._watch is None:
                self._watch = sqlite3.connect(
                    f"{self.path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
                )
            version = int(self._watch.execute("PRAGMA data_version").fetchone()[0])
            changed = self._seen_version is not None and version != self._seen_version
            self._seen_version = version
            return changed

    def healthy(self) -> str | None:
        """Give None when a tiny write just became durable, else why not in words; takes at most a few seconds."""
        try:
            self.submit(_tiny_write).result(HEALTH_WAIT_S)
        except StoreUnavailable as error:
            return error.reason
        except TimeoutError:
            return "the database did not answer in time"
        except (sqlite3.Error, PeeweeError) as error:
            return str(error)
        return None

    def damage(self) -> str | None:
        """Look for damage in the file (SQLite's quick check); give the first words about it, or None. Reads it all."""
        with self.reader() as reader:
            rows = reader.rows("PRAGMA quick_check(1)", ())
        words = str(rows[0][0]) if rows else "ok"
        return None if words == "ok" else words

    def before_close(self, call: Callable[[], None]) -> None:
        """Have something written first when the database closes."""
        self._closers.append(call)

    def close(self) -> None:
        """Fail queued jobs with StoreUnavailable("closing"), call reads off, fold the log into the file."""
        if self._pid != os.getpid():
            # The connections belong to the parent process.
            return
        for call in self._closers:
            call()
        self._closers.clear()
        self._readers.close()
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        if self._writer is not None:
            self._writer.close()


def _refuse_emptied(path: Path) -> None:
    """Raise StoreUnavailable for a file without content, which SQLite would take for a new database.

    Making one writes to it at once; and a log beside it SQLite would delete, even when it only reads.
    """
    if path.is_file() and path.stat().st_size == 0:
        log = path.with_name(f"{path.name}-wal")
        beside = f" (keep a copy of {log.name}, which holds changes)" if log.exists() and log.stat().st_size else ""
        raise StoreUnavailable(
            f"{path} has lost its content: put a backup of it back, or remove the file{beside} to begin anew"
        )


def _stands_still(path: Path) -> bool:
    """Say whether the file lies where nothing can be written. Raises StoreUnavailable when that keeps it from reading.

    SQLite reads a log only with a small file beside it that it makes or shares with the writer.
    """
    if _writable(path.parent) or path.with_name(f"{path.name}-shm").exists():
        return False
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size > 0:
        raise StoreUnavailable(
            f"{path.parent} is read-only and holds changes that are not folded in yet: copy the folder to a place of"
            " your own and name it by --home"
        )
    return True


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK)


def _tiny_write(transaction: Transaction) -> None:
    transaction.connection.execute(
        "INSERT INTO setting (key, value) VALUES ('health.checks', '1')"
        " ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
    )
