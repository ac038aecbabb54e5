"""The history of every booking: appended to, never changed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from peewee import JOIN

from booking_tui.domain.history import UNREADABLE, Change, Changes, HistoryEntry
from booking_tui.domain.instants import cut, to_text
from booking_tui.store.chain import HEAD_KEY, ChainReport, check, content_digest, end_of, head_text, link
from booking_tui.store.database import Database, Transaction
from booking_tui.store.filtering import Condition
from booking_tui.store.folding import storable
from booking_tui.store.models import HistoryContentTable, HistoryTable

__all__ = ["ChainReport", "History"]

_ENTRY = (
    HistoryTable.seq,
    HistoryTable.at,
    HistoryTable.booking_uid,
    HistoryTable.actor,
    HistoryTable.action,
    HistoryContentTable.changes,
    HistoryTable.event_id,
    HistoryTable.email_id,
    HistoryTable.hash,
)
_INSERT = (
    "INSERT INTO booking_history (seq, at, booking_uid, actor, action, event_id, email_id, digest, prev_hash, hash)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_CONTENT = "INSERT INTO history_content (seq, salt, changes) VALUES (?, ?, ?)"
_ANCHOR = "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


class History:
    """Reads and extends the history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self,
        transaction: Transaction,
        changes: Iterable[Change],
        *,
        at: datetime,
        event_id: str | None = None,
        email_id: str | None = None,
    ) -> list[HistoryEntry]:
        """Write one entry for each change, in order; ``at`` is the instant at which they were learnt."""
        changes = list(changes)
        if not changes:
            return []
        connection, at = transaction.connection, cut(at)
        # Read inside the transaction: only then is it certain that nobody extends the same end.
        seq, head_hash = end_of(connection)
        written: list[HistoryEntry] = []
        for change in changes:
            seq += 1
            content = json.dumps(change.changes, ensure_ascii=True, separators=(",", ":"))
            salt = secrets.token_bytes(16)
            uid = None if change.booking_uid is None else storable(change.booking_uid)
            columns = (seq, to_text(at), uid, change.actor, change.action, event_id, email_id)
            columns = (*columns, content_digest(salt, content))
            own = link(head_hash, columns)
            connection.execute(_INSERT, (*columns, head_hash, own))
            connection.execute(_CONTENT, (seq, salt, content))
            head_hash = own
            written.append(
                HistoryEntry(seq, at, uid, change.actor, change.action, change.changes, event_id, email_id, own)
            )
        connection.execute(_ANCHOR, (HEAD_KEY, head_text(seq, head_hash)))
        return written

    def entries(self, uids: Sequence[str]) -> list[HistoryEntry]:
        """Give all entries of these bookings, newest first."""
        return self._read(HistoryTable.booking_uid.in_(list(uids)), None) if uids else []

    def recent(self, limit: int) -> list[HistoryEntry]:
        """Give the newest entries of all bookings, newest first."""
        return self._read(None, limit)

    def by_event(self, event_id: str) -> list[HistoryEntry]:
        """Give what one event changed, newest first."""
        return self._read(HistoryTable.event_id == event_id, None)

    def erase(self, transaction: Transaction, uids: Sequence[str]) -> int:
        """Remove what the entries of these bookings say; the entries stay and the chain still verifies."""
        chosen = HistoryTable.select(HistoryTable.seq).where(HistoryTable.booking_uid.in_(list(uids)))
        query = HistoryContentTable.delete().where(HistoryContentTable.seq.in_(chosen))
        return int(query.execute(transaction.database))

    def verify(self, progress: Callable[[int, int], None] | None = None) -> ChainReport:
        """Check the whole chain; ``progress`` gets (done, total) now and then."""
        with self._database.reader() as reader:
            return check(reader.connection, progress)

    def _read(self, condition: Condition | None, limit: int | None) -> list[HistoryEntry]:
        query = (
            HistoryTable.select(*_ENTRY)
            .join(HistoryContentTable, JOIN.LEFT_OUTER, on=(HistoryContentTable.seq == HistoryTable.seq))
            .order_by(HistoryTable.seq.desc())
            .limit(limit)
        )
        if condition is not None:
            query = query.where(condition)
        with self._database.reader() as reader:
            rows = list(query.tuples().execute(reader.database))
        return [_entry(row) for row in rows]


def _entry(row: tuple[Any, ...]) -> HistoryEntry:
    seq, at, uid, actor, action, changes, event_id, email_id, own = row
    return HistoryEntry(seq, at, uid, actor, action, _changes(changes), event_id, email_id, own)


def _changes(text: str | None) -> Changes:
    if text is None:
        return {}
    try:
        pairs = cast("dict[str, list[Any]]", json.loads(text))
        return {name: (pair[0], pair[1]) for name, pair in pairs.items()}
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        # One damaged entry must not take the others with it; the check of the chain names it.
        return {UNREADABLE: (None, "booking-tui audit verify tells more")}
