"""Rows of the inbox written many at a time.

While requests are read, every statement has to win the interpreter back from the thread that reads them. So whatever
comes while a commit runs is one job of few statements. One that cannot be stored does not cost the others theirs.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain
from threading import Lock
from typing import Any

from booking_tui.domain.webhook import TEST_KEY, EventState, Receipt
from booking_tui.store.database import Database, StoreUnavailable, Transaction

BATCH_LIMIT = 256
_SIZES = (16, 4, 1)
"""How many rows a statement may take; each size is prepared once."""
_KEY_COLUMNS = ("source", "key", "event_id")
_ROW_COLUMNS = (
    *("seq", "id", "source", '"trigger"', "received_at", "verdict", "state", "http_status", "replay_of"),
    *("duplicate_of", "test", "secret_id", "body_bytes", "via"),
)
_CONTENT_COLUMNS = ("seq", "headers", "body", "peer")
_LAST_SEQ = "SELECT seq FROM sqlite_sequence WHERE name = 'inbox'"
_ORIGINAL = "SELECT event_id FROM inbox_key WHERE source = ? AND key = ?"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery in the store's own values."""

    row_id: str
    source: str
    key: str | None
    """What it is deduplicated by; None when it must not be."""
    state: EventState
    """Where it stands unless it is a duplicate."""
    trigger: str | None
    received_at: str
    verdict: str
    http_status: int
    replay_of: str | None
    test: bool
    secret_id: str | None
    body_bytes: int
    via: str | None
    headers: str
    body: bytes
    peer: str
    future: Future[Receipt] = field(default_factory=Future[Receipt])

    def row(self, seq: int, original: str | None) -> tuple[Any, ...]:
        """Give the values of ``_ROW_COLUMNS``."""
        state = self.state if original is None else EventState.DUPLICATE
        first = (seq, self.row_id, self.source, self.trigger, self.received_at, self.verdict, state.value)
        last = (self.test, self.secret_id, self.body_bytes, self.via)
        return (*first, self.http_status, self.replay_of, original, *last)


class Intake:
    """Gathers arrivals for the next job of the writer.

    ``refused`` is told, inside the transaction, how many quarantined ones it brought.
    """

    def __init__(self, database: Database, refused: Callable[[Transaction, int], None]) -> None:
        self._database = database
        self._refused = refused
        self._lock = Lock()
        self._gathering: list[Arrival] | None = None

    def put(self, arrival: Arrival) -> Future[Receipt]:
        """Have an arrival stored; its future is resolved once that is durable, or fails with the reason."""
        # It shares its job with others: it can no longer be cancelled.
        arrival.future.set_running_or_notify_cancel()
        with self._lock:
            batch = self._gathering
            if batch is not None and len(batch) < BATCH_LIMIT:
                batch.append(arrival)
                return arrival.future
            batch = self._gathering = [arrival]
        self._submit(batch)
        return arrival.future

    def _submit(self, batch: list[Arrival]) -> None:
        job = self._database.submit(partial(self._store, batch))
        job.add_done_callback(partial(self._settle, batch))

    def _close(self, batch: list[Arrival]) -> None:
        with self._lock:
            if self._gathering is batch:
                self._gathering = None

    def _store(self, batch: list[Arrival], transaction: Transaction) -> list[Receipt]:
        self._close(batch)
        receipts = _store_all(transaction.connection, batch)
        if refused := sum(arrival.state is EventState.QUARANTINED for arrival in batch):
            self._refused(transaction, refused)
        return receipts

    def _settle(self, batch: list[Arrival], job: Future[list[Receipt]]) -> None:
        self._close(batch)
        error = job.exception()
        if error is None:
            for arrival, receipt in zip(batch, job.result(), strict=True):
                arrival.future.set_result(receipt)
        elif isinstance(error, StoreUnavailable) or len(batch) == 1:
            if isinstance(error, StoreUnavailable):
                self._database.lost = (time.monotonic(), error.reason)
            for arrival in batch:
                arrival.future.set_exception(error)
        else:
            # One of them is at fault: alone, each gets its own answer.
            for arrival in batch:
                self._submit([arrival])


def _store_all(connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> list[Receipt]:
    originals = _repeating_real_ones(connection, arrivals)
    keyed = [arrival for arrival in arrivals if arrival.key is not None and arrival.row_id not in originals]
    originals |= _claim_keys(connection, keyed)
    last = connection.execute(_LAST_SEQ).fetchone()
    rows: list[tuple[Any, ...]] = []
    contents: list[tuple[Any, ...]] = []
    for seq, arrival in enumerate(arrivals, 1 + (last[0] if last else 0)):
        rows.append(arrival.row(seq, originals.get(arrival.row_id)))
        contents.append((seq, arrival.headers, arrival.body, arrival.peer))
    _insert(connection, "inbox", _ROW_COLUMNS, rows)
    _insert(connection, "inbox_content", _CONTENT_COLUMNS, contents)
    found = ((arrival.row_id, originals.get(arrival.row_id)) for arrival in arrivals)
    return [Receipt(original or row_id, original is not None, row_id) for row_id, original in found]


def _repeating_real_ones(connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> dict[str, str]:
    """Give the tests that repeat a real delivery, each with the event that has been taken in for it."""
    originals: dict[str, str] = {}
    for arrival in arrivals:
        if arrival.key is not None and arrival.key.startswith(TEST_KEY):
            found = connection.execute(_ORIGINAL, (arrival.source, arrival.key.removeprefix(TEST_KEY))).fetchone()
            if found is not None:
                originals[arrival.row_id] = found[0]
    return originals


def _claim_keys(connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> dict[str, str]:
    """Keep the keys that are new; for each arrival whose key was known, give whose it is."""
    originals: dict[str, str] = {}
    keys = [(arrival.source, arrival.key, arrival.row_id) for arrival in arrivals]
    at = 0
    for size, kept in _insert(connection, "inbox_key", _KEY_COLUMNS, keys, " ON CONFLICT DO NOTHING"):
        if kept < size:
            for source, key, row_id in keys[at : at + size]:
                [owner] = connection.execute(_ORIGINAL, (source, key)).fetchone()
                if owner != row_id:
                    originals[row_id] = owner
        at += size
    return originals


def _insert(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], end: str = ""
) -> list[tuple[int, int]]:
    """Insert rows in portions; give for each portion how many it had and how many were kept."""
    portions: list[tuple[int, int]] = []
    at = 0
    for size in _SIZES:
        while len(rows) - at >= size:
            values = tuple(chain.from_iterable(rows[at : at + size]))
            portions.append((size, connection.execute(_statement(table, columns, size) + end, values).rowcount))
            at += size
    return portions


@cache
def _statement(table: str, columns: tuple[str, ...], rows: int) -> str:
    place = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([place] * rows)}"  # noqa: S608
