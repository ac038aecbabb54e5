"""Who may send what: the lease of the sender, claims of single emails, and how a claim ends.

A claim is durable before anything goes out. It ends by its own token only: whoever was rescued meanwhile changes
nothing any more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.mail.answer import Answer
from booking_tui.domain.mail.outcome import SET_BACK
from booking_tui.store.database import Database, Transaction
from booking_tui.store.email_rows import StoredEmail, kept, put, read

RAW_LIMIT = 4096
SENDER = "mail sender"
_DUE = "next_at IS NOT NULL AND next_at <= ? ORDER BY next_at, seq LIMIT ?"
_DUE_THERE = f"handed_over = 1 AND {_DUE}"
_NEXT_LOOK = (
    "SELECT min(at) FROM (SELECT min(next_at) AS at FROM email WHERE next_at IS NOT NULL"
    " UNION ALL SELECT min(lease_until) FROM email WHERE lease_until IS NOT NULL)"
)
_WAITS_BY = "next_at > ?1 AND (next_at <> send_at OR state <> 'scheduled' OR handed_over = 1) ORDER BY seq"
_NEWEST = "SELECT max(created_at) FROM (SELECT created_at FROM email ORDER BY seq DESC LIMIT 64)"
_LAST_ATTEMPTS = (
    "SELECT email_id, max(id) FROM email_attempt WHERE email_id IN (SELECT value FROM json_each(?)) GROUP BY email_id"
)
_LEFT = "lease_until IS NOT NULL AND lease_until <= ? ORDER BY seq"
_BEGUN = "INSERT INTO email_attempt (email_id, number, started_at, idempotency_key, batch_id) VALUES (?, ?, ?, ?, ?)"
_ENDED = (
    "UPDATE email_attempt SET ended_at = ?, phase = ?, status = ?, name = ?, message = ?, raw = ?"
    " WHERE id = (SELECT max(id) FROM email_attempt WHERE email_id = ?)"
)
_TAKE = (
    "INSERT INTO lease (name, holder, fence, until) VALUES (?1, ?2, 1, ?4)"
    " ON CONFLICT (name) DO UPDATE SET holder = ?2, until = ?4,"
    " fence = CASE WHEN holder = ?2 THEN fence ELSE fence + 1 END"
    # One that would end later than any can was taken by a clock that ran ahead.
    " WHERE holder = ?2 OR until <= ?3 OR until > ?5"
)


class Claimed(NamedTuple):
    """An email that is this sender's until its lease runs out."""

    stored: StoredEmail
    body: bytes
    token: str
    key: str
    """The idempotency key that the body goes with."""


class Batch(NamedTuple):
    """A frozen array of emails and its own key. It is sent as it is or not at all."""

    id: str
    idempotency_key: str
    body: bytes
    email_ids: tuple[str, ...]
    first_attempt_at: datetime
    attempts: int


class Claims:
    """The part of the outbox that the sender works with. All of it runs inside the writer's transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold_lease(self, transaction: Transaction, holder: str, now: datetime, length: timedelta) -> int | None:
        """Take or prolong the right to send; gives the fence number, None while somebody else has it."""
        connection = transaction.connection
        longest = to_text(now + length + SET_BACK)
        connection.execute(_TAKE, (SENDER, holder, to_text(now), to_text(now + length), longest))
        row = connection.execute("SELECT fence FROM lease WHERE name = ? AND holder = ?", (SENDER, holder)).fetchone()
        return None if row is None else int(row[0])

    def let_lease_go(self, transaction: Transaction, holder: str) -> None:
        """Give the right to send back, so that the next one need not wait."""
        transaction.connection.execute("DELETE FROM lease WHERE name = ? AND holder = ?", (SENDER, holder))

    def due(self, transaction: Transaction, now: datetime, limit: int) -> list[StoredEmail]:
        """Give what the sender has to look at now, the longest due first."""
        return read(transaction.connection, _DUE, (to_text(now), limit))

    def due_there(self, transaction: Transaction, now: datetime, limit: int) -> list[StoredEmail]:
        """Give, of what is due, what the provider has for later: to be called off there, or looked at once more."""
        return read(transaction.connection, _DUE_THERE, (to_text(now), limit))

    def next_look(self) -> datetime | None:
        """Give when something is due, or a claim runs out; None when nothing waits. Cheap: the heads of two indexes."""
        with self._database.reader() as reader:
            rows = reader.rows(_NEXT_LOOK)
        return None if rows[0][0] is None else from_text(rows[0][0])

    def left_behind(self, transaction: Transaction, now: datetime) -> list[StoredEmail]:
        """Give claims whose lease has run out: the program ended between sending and noting the answer."""
        return read(transaction.connection, _LEFT, (to_text(now),))

    def in_doubt(self, transaction: Transaction, since: datetime) -> list[StoredEmail]:
        """Give what was first tried after an instant, may have been taken, and may be tried once more."""
        condition = "state IN ('unknown', 'retrying', 'held') AND certain = 0 AND handed_over = 0"
        return read(transaction.connection, f"{condition} AND first_attempt_at > ?", (to_text(since),))

    def newest(self) -> datetime | None:
        """Give the latest time at which one of the newest emails was made; None when there are none. Cheap."""
        with self._database.reader() as reader:
            rows = reader.rows(_NEWEST)
        return None if rows[0][0] is None else from_text(rows[0][0])

    def made_after(self, transaction: Transaction, now: datetime) -> list[StoredEmail]:
        """Give what was made later than now, by a clock that ran ahead."""
        return read(transaction.connection, "created_at > ? ORDER BY seq", (to_text(now),))

    def waits_by_the_clock(self, transaction: Transaction, now: datetime) -> list[StoredEmail]:
        """Give what is looked at later than now, other than simply at its own time."""
        return read(transaction.connection, _WAITS_BY, (to_text(now),))

    def last_attempts(self, transaction: Transaction, ids: Sequence[str]) -> dict[str, int]:
        """Give a number for the last attempt of each of these emails: a later attempt has a greater one."""
        return dict(transaction.connection.execute(_LAST_ATTEMPTS, (json.dumps(list(ids)),)).fetchall())

    def frozen(self, transaction: Transaction, email_id: str) -> bytes | None:
        """Give the body that an email was frozen with. Raises ValueError when it is not the one that was frozen."""
        row = transaction.connection.execute("SELECT body, body_sha256 FROM email WHERE id = ?", (email_id,)).fetchone()
        if row is None or row[0] is None:
            return None
        body = bytes(row[0])
        if hashlib.sha256(body).hexdigest() != row[1]:
            raise ValueError("the stored email is damaged: its bytes are not those that were frozen")
        return body

    def claim(
        self,
        transaction: Transaction,
        stored: StoredEmail,
        body: bytes | None,
        *,
        now: datetime,
        until: datetime,
        batch: Batch | None = None,
        columns: Mapping[str, Any] | None = None,
        key: str | None = None,
        account: str | None = None,
    ) -> Claimed:
        """Make an email this sender's, its body frozen, one attempt begun. Without a body what is frozen stays.

        ``columns`` are what else is new with the body; ``account`` is with whom the attempt is made.
        """
        token = self._database.ids.new()
        values: dict[str, Any] = {
            "state": "sending",
            "next_at": None,
            "changed_at": now,
            "tries": stored.tries + 1,
            "batch_id": None if batch is None else batch.id,
            "lease_token": token,
            "lease_until": until,
        }
        if body is not None:
            values |= {"body": body, "body_sha256": hashlib.sha256(body).hexdigest(), "certain": False, "reason": None}
            values["first_attempt_at"] = stored.email.first_attempt_at or now
            if stored.email.first_attempt_at is None:
                values["account"] = account
        values |= columns or {}
        known = key or stored.email.idempotency_key
        if key is not None:
            values["idempotency_key"] = key
        connection = transaction.connection
        put(connection, stored.id, values)
        sent_with = (known, None) if batch is None else (batch.idempotency_key, batch.id)
        connection.execute(_BEGUN, (stored.id, stored.tries + 1, to_text(now), *sent_with))
        return Claimed(stored, body or b"", token, known)

    def settle(
        self,
        transaction: Transaction,
        email_id: str,
        token: str,
        values: Mapping[str, Any],
        *,
        now: datetime,
        answer: Answer | None = None,
    ) -> bool:
        """End a claim: False when the token is no longer the row's, and then nothing but the attempt is noted."""
        connection = transaction.connection
        if answer is not None:
            said = (answer.phase.value, answer.status, answer.name, answer.message[:1000], answer.raw[:RAW_LIMIT])
            connection.execute(_ENDED, (to_text(now), *map(kept, said), email_id))
        ended = {"lease_token": None, "lease_until": None, "changed_at": now, **values}
        done = connection.execute("SELECT 1 FROM email WHERE id = ? AND lease_token = ?", (email_id, token)).fetchone()
        return put(connection, email_id, ended) if done else False

    def freeze_batch(self, transaction: Transaction, ids: Sequence[str], body: bytes, now: datetime) -> Batch:
        """Keep what goes out together, before it goes out."""
        batch_id = self._database.ids.new()
        batch = Batch(batch_id, f"batch/{batch_id}", body, tuple(ids), now, 0)
        transaction.connection.execute(
            "INSERT INTO email_batch (id, idempotency_key, body, email_ids, first_attempt_at) VALUES (?, ?, ?, ?, ?)",
            (batch.id, batch.idempotency_key, body, json.dumps(list(ids)), to_text(now)),
        )
        return batch

    def batch(self, transaction: Transaction, batch_id: str) -> Batch | None:
        """Give a batch by its id."""
        row = transaction.connection.execute(
            "SELECT id, idempotency_key, body, email_ids, first_attempt_at, attempts FROM email_batch WHERE id = ?",
            (batch_id,),
        ).fetchone()
        if row is None:
            return None
        return Batch(row[0], row[1], bytes(row[2]), tuple(json.loads(row[3])), from_text(row[4]), row[5])

    def members(self, transaction: Transaction, batch: Batch) -> list[StoredEmail]:
        """Give the emails of a batch, in the batch's order."""
        found = {stored.id: stored for stored in read(transaction.connection, "batch_id = ?", (batch.id,))}
        return [found[email_id] for email_id in batch.email_ids if email_id in found]

    def count_batch_attempt(self, transaction: Transaction, batch: Batch) -> None:
        """Note that a batch was handed over once more."""
        transaction.connection.execute("UPDATE email_batch SET attempts = attempts + 1 WHERE id = ?", (batch.id,))

    def drop_batch(self, transaction: Transaction, batch: Batch) -> None:
        """Forget a batch that is settled: its body holds what its emails' rows hold, too."""
        transaction.connection.execute("DELETE FROM email_batch WHERE id = ?", (batch.id,))
