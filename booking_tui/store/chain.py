"""The hash chain over the history: how a link is made, and how the whole is checked.

A link is the SHA-256 of a canonical JSON array: the previous link, the entry's plain columns, and the digest of what
changed. The digest is salted and its content lies in another table, so that content can be erased and every link
still verifies.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
HEAD_KEY = "history.head"
GUARDS = frozenset(
    {
        "history_no_update",
        "history_no_delete",
        "history_no_replace",
        "history_content_no_update",
        "history_content_no_replace",
    }
)
_BATCH = 2000
_COLUMNS = "seq, at, booking_uid, actor, action, event_id, email_id, digest, prev_hash, hash"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """The outcome of checking the chain.

    ``broken_seq`` names the first entry that is wrong (None when the fault has no single entry); ``reason`` says how.
    ``head`` is the last good link; ``erased`` counts the entries whose content was erased.
    """

    ok: bool
    entries: int
    broken_seq: int | None
    reason: str | None
    head: str
    erased: int = 0


def content_digest(salt: bytes, changes: str) -> str:
    """Give the salted digest (hex SHA-256) of an entry's content."""
    return hashlib.sha256(salt + changes.encode()).hexdigest()


def link(prev_hash: str, columns: tuple[Any, ...]) -> str:
    """Give a link (hex SHA-256) from the one before and (seq, at, booking, actor, action, event, email, digest)."""
    canonical = json.dumps([prev_hash, *columns], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def head_text(seq: int, digest: str) -> str:
    """Give the anchor that is kept apart from the chain, so that a cut-off end shows."""
    return json.dumps([seq, digest])


def _noted_end(connection: sqlite3.Connection) -> tuple[int, str] | None:
    """Give the anchor; None when there is none or it cannot be read."""
    row = connection.execute("SELECT value FROM setting WHERE key = ?", (HEAD_KEY,)).fetchone()
    try:
        seq, digest = json.loads(row[0]) if row else (None, None)
    except (ValueError, TypeError):
        return None
    return (seq, digest) if isinstance(seq, int) and isinstance(digest, str) else None


def end_of(connection: sqlite3.Connection) -> tuple[int, str]:
    """Give the (seq, hash) that the next entry follows.

    When entries were cut off the end, it follows the anchor: the gap then stays for every later check to find.
    """
    head = connection.execute("SELECT seq, hash FROM booking_history ORDER BY seq DESC LIMIT 1").fetchone()
    seq, digest = max(head or (0, GENESIS), _noted_end(connection) or (0, GENESIS), key=lambda end: end[0])
    left = connection.execute("SELECT max(seq) FROM history_content").fetchone()[0] or 0
    return max(seq, left), digest


class _Walk:
    """Goes along the chain and stops at the first fault."""

    def __init__(self) -> None:
        self.entries = 0
        self.head = GENESIS
        self.erased = 0
        self.broken: tuple[int | None, str] | None = None

    def step(self, row: tuple[Any, ...], salt: bytes | None, changes: str | None) -> bool:
        """Check one row; False ends the walk."""
        seq, digest, prev_hash, own = row[0], row[7], row[8], row[9]
        expected = self.entries + 1
        if seq != expected:
            self.broken = (expected, f"entry {expected} is missing")
        elif prev_hash != self.head:
            self.broken = (seq, f"entry {seq} does not continue entry {seq - 1}")
        elif link(self.head, row[:8]) != own:
            self.broken = (seq, f"entry {seq} was changed after it was written")
        elif changes is not None and content_digest(salt or b"", changes) != digest:
            self.broken = (seq, f"what entry {seq} says was changed after it was written")
        if self.broken is not None:
            return False
        self.erased += changes is None
        self.entries, self.head = seq, own
        return True

    def report(self) -> ChainReport:
        seq, reason = self.broken or (None, None)
        return ChainReport(self.broken is None, self.entries, seq, reason, self.head, self.erased)


def check(connection: sqlite3.Connection, progress: Callable[[int, int], None] | None = None) -> ChainReport:
    """Check every link, the anchor and the guards; ``progress`` gets (done, total) now and then."""
    walk = _Walk()
    total = connection.execute("SELECT count(*) FROM booking_history").fetchone()[0]
    while walk.broken is None:
        rows = connection.execute(
            f"SELECT {_COLUMNS}, salt, changes FROM booking_history LEFT JOIN history_content USING (seq)"  # noqa: S608
            " WHERE seq > ? ORDER BY seq LIMIT ?",
            (walk.entries, _BATCH),
        ).fetchall()
        if not rows:
            break
        for row in rows:
            if not walk.step(row[:10], row[10], row[11]):
                break
        if progress is not None:
            progress(min(walk.entries, total), total)
    if walk.broken is None:
        walk.broken = _end_fault(connection, walk) or _guard_fault(connection)
    return walk.report()


def _end_fault(connection: sqlite3.Connection, walk: _Walk) -> tuple[int | None, str] | None:
    """Compare the end with the anchor: rows cut off the end leave a chain that is whole in itself."""
    strays = connection.execute("SELECT count(*) FROM booking_history WHERE seq < 1").fetchone()[0]
    if strays:
        return None, f"{strays} entries have impossible numbers"
    row = connection.execute("SELECT value FROM setting WHERE key = ?", (HEAD_KEY,)).fetchone()
    if row is None:
        return (None, "the note of where the history ends is missing") if walk.entries else None
    noted = _noted_end(connection)
    if noted is None:
        return None, "the note of where the history ends cannot be read"
    if noted == (walk.entries, walk.head):
        return None
    if noted[0] > walk.entries:
        return walk.entries + 1, f"entries {walk.entries + 1} to {noted[0]} are missing at the end"
    return walk.entries, "the history does not end where it was noted to end"


def _guard_fault(connection: sqlite3.Connection) -> tuple[int | None, str] | None:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    missing = sorted(GUARDS.difference(row[0] for row in rows))
    return (None, f"the database's guard against changes is missing: {', '.join(missing)}") if missing else None
