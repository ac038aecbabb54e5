"""Read-only connections: each is used by one thread at a time, and each read sees one snapshot."""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from peewee import DatabaseError, SqliteDatabase

from booking_tui.store.errors import Interrupted, StoreUnavailable, is_interrupt, machine_fault

IDLE_LIMIT = 4
CLOSE_WAIT_S = 2.0
_STEPS = 20_000
"""SQLite's virtual machine asks this often (in its own steps, well under a millisecond) whether to go on."""


class _Connection(sqlite3.Connection):
    """A connection that knows its open cursors.

    A statement that was not read to its end keeps its snapshot beyond ROLLBACK (https://sqlite.org/lang_transaction.html,
    section 2.2), and whoever keeps the exception of a read that was called off keeps the statement too. The next read
    over this connection would see what was true then.
    """

    def __init__(self, database: str, **options: object) -> None:
        super().__init__(database, **options)  # type: ignore[arg-type]
        self._open: weakref.WeakSet[sqlite3.Cursor] = weakref.WeakSet()

    def cursor(self, factory: type[sqlite3.Cursor] = sqlite3.Cursor) -> sqlite3.Cursor:  # type: ignore[override]
        """Make a cursor."""
        cursor = super().cursor(factory)
        self._open.add(cursor)
        return cursor

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:  # type: ignore[override]
        """Run a statement on a cursor made here: SQLite's module would make one by itself."""
        return self.cursor().execute(sql, parameters)

    def end_statements(self) -> None:
        """End what was not read to its end."""
        for cursor in list(self._open):
            cursor.close()
        self._open.clear()


class _Line:
    """One pooled connection. It outlives the readers that are lent over it."""

    def __init__(self, path: Path, *, still: bool) -> None:
        self.database = SqliteDatabase(
            f"file:{quote(str(path))}?mode=ro{'&immutable=1' if still else ''}",
            pragmas=[("query_only", 1), ("busy_timeout", 2000), ("cache_size", -16_000)],
            uri=True,
            autoconnect=False,
            thread_safe=False,
            check_same_thread=False,
            factory=_Connection,
        )
        self.reader: Reader | None = None
        self.database.connect()
        self.connection: _Connection = self.database.connection()
        self.connection.set_progress_handler(self._asked_to_stop, _STEPS)

    def _asked_to_stop(self) -> int:
        return 1 if self.reader is not None and self.reader.stopped else 0


class Reader:
    """A read-only connection for one with-block; Peewee's queries name it: ``query.execute(reader.database)``."""

    def __init__(self, database: SqliteDatabase, connection: sqlite3.Connection) -> None:
        self.database = database
        self.connection = connection
        self.stopped = False

    def interrupt(self) -> None:
        """Call the running read off, and all further ones of this reader; from any thread, at any time."""
        self.stopped = True

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Run a statement of plain SQL and fetch all its rows."""
        self.check()
        return self.connection.execute(sql, parameters).fetchall()

    def check(self) -> None:
        """Raise Interrupted when the read was called off."""
        if self.stopped:
            raise Interrupted("the read was called off")


class ReaderPool:
    """Lends readers out; a thread that asks again while it has one gets the same one."""

    def __init__(self, path: Path, *, still: bool = False) -> None:
        """``still`` says that nobody can write the file or beside it, so that SQLite needs no log to look at."""
        self._path = path
        self._still = still
        self._state = threading.Condition()
        self._idle: list[_Line] = []
        self._lent: set[_Line] = set()
        self._closed = False
        self._mine = threading.local()

    @contextmanager
    def lend(self) -> Generator[Reader]:
        """Lend a reader for the length of a with-block: one snapshot of the database."""
        mine: Reader | None = getattr(self._mine, "reader", None)
        with _in_words():
            if mine is not None:
                yield mine
                return
            line = self._take()
            try:
                reader = line.reader = Reader(line.database, line.connection)
                line.connection.execute("BEGIN")
                self._mine.reader = reader
                yield reader
            finally:
                self._mine.reader = None
                self._give_back(line)

    def _take(self) -> _Line:
        with self._state:
            if self._closed:
                raise StoreUnavailable("closing")
            line = self._idle.pop() if self._idle else _Line(self._path, still=self._still)
            self._lent.add(line)
            return line

    def _give_back(self, line: _Line) -> None:
        line.reader = None
        try:
            line.connection.end_statements()
            if line.connection.in_transaction:
                line.connection.execute("ROLLBACK")
            sound = True
        except sqlite3.Error:
            sound = False
        with self._state:
            self._lent.discard(line)
            if sound and not self._closed and len(self._idle) < IDLE_LIMIT:
                self._idle.append(line)
            else:
                line.database.close()
            self._state.notify_all()

    def close(self) -> None:
        """Call all reads off and close every connection; one still lent is closed when it comes back."""
        deadline = time.monotonic() + CLOSE_WAIT_S
        with self._state:
            self._closed = True
            for reader in [line.reader for line in self._lent]:
                if reader is not None:
                    reader.interrupt()
            while self._lent and (left := deadline - time.monotonic()) > 0:
                self._state.wait(left)
            for line in self._idle:
                line.database.close()
            self._idle.clear()


@contextmanager
def _in_words() -> Generator[None]:
    try:
        yield
    except (sqlite3.Error, DatabaseError) as error:
        if is_interrupt(error):
            raise Interrupted("the read was called off") from error
        fault = machine_fault(error)
        if fault is None:
            raise
        raise fault from error
