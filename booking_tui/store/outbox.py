"""The outbox: one row for each logical email, unique by the reason for which it exists."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from booking_tui.domain.instants import from_text
from booking_tui.domain.mail.email import Attempt, Email, EmailEvent, EmailState
from booking_tui.store import email_rows, outbox_pages
from booking_tui.store.database import Database, Transaction
from booking_tui.store.email_rows import StoredEmail, kept, put, read
from booking_tui.store.errors import AmbiguousPrefix
from booking_tui.store.outbox_pages import MailCounts, MailKey

if TYPE_CHECKING:
    from booking_tui.domain.filter import Filter

__all__ = ["MailCounts", "MailKey", "NewEmail", "Outbox", "StoredEmail", "rewritten"]

_ATTEMPTS = (
    "SELECT number, started_at, ended_at, phase, status, name, message, raw, idempotency_key, batch_id"
    " FROM email_attempt WHERE email_id = ? ORDER BY id"
)
_EVENTS = (
    "SELECT at, kind, provider_id, nullif(recipient, ''), detail, source, event_id FROM email_event"
    " WHERE email_id = ? ORDER BY at, id"
)
_KNOWN_THERE = " UNION ALL ".join(
    f"SELECT provider_id FROM {table} WHERE provider_id IN (SELECT value FROM json_each(?1))"  # noqa: S608 - our own
    for table in ("email", "email_past_id")
)
_WITHOUT = (
    "SELECT DISTINCT booking_uid FROM email WHERE state IN ('cancelled', 'unknown') AND reason = ?"
    " AND booking_uid IS NOT NULL AND (useful_until IS NULL OR useful_until > ?) ORDER BY booking_uid"
)
_WRITTEN = (
    *("body", "body_sha256", "subject", "batch_id", "told", "written_for"),
    *("idempotency_key", "first_attempt_at"),
)
_LAST = "\U0010ffff"
UNDONE = "undone:"
"""Begins the reason key of a revision that was taken back: its reason is free again."""
_AMBIGUOUS = "several emails have ids that begin with {}; give more of it"


class NewEmail(NamedTuple):
    """An email to be put in: ``scheduled``, ``held`` or ``skipped``; without ``next_at`` nothing happens by itself."""

    kind: str
    booking_uid: str | None
    reason_key: str
    to_name: str
    to: str
    send_at: datetime
    why: str
    state: EmailState = EmailState.SCHEDULED
    reason: str | None = None
    useful_until: datetime | None = None
    next_at: datetime | None = None
    starts: datetime | None = None
    revision: int = 1
    revises: str | None = None
    subject: str | None = None
    own_subject: str | None = None
    own_text: str | None = None
    own_address: bool = False
    test: bool = False


class Outbox:
    """Keeps and lists emails. What sending needs besides is in ``outbox_claims``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, transaction: Transaction, new: NewEmail, *, at: datetime) -> str | None:
        """Put an email in and give its id; None when there is one for that reason already, whatever became of it."""
        email_id = self._database.ids.new()
        values: dict[str, Any] = {
            **_named(new),
            "id": email_id,
            "idempotency_key": f"{new.kind}/{email_id}",
            "created_at": at,
            "changed_at": at,
        }
        names, places = ", ".join(values), ", ".join("?" * len(values))
        done = transaction.connection.execute(
            f"INSERT INTO email ({names}) VALUES ({places}) ON CONFLICT (reason_key) DO NOTHING",  # noqa: S608
            tuple(map(kept, values.values())),
        )
        return email_id if done.rowcount else None

    def has_key(self, transaction: Transaction, reason_key: str) -> bool:
        """Say whether there is an email for this reason."""
        row = transaction.connection.execute("SELECT 1 FROM email WHERE reason_key = ?", (kept(reason_key),)).fetchone()
        return row is not None

    def of_booking(self, transaction: Transaction, uid: str) -> list[StoredEmail]:
        """Give all emails of a booking, oldest first."""
        return read(transaction.connection, "booking_uid = ? ORDER BY seq", (kept(uid),))

    def one(self, transaction: Transaction, email_id: str) -> StoredEmail | None:
        """Give one email as it is in this transaction."""
        return next(iter(read(transaction.connection, "id = ?", (email_id,))), None)

    def to(self, transaction: Transaction, address: str) -> list[StoredEmail]:
        """Give all emails to an address, oldest first."""
        return read(transaction.connection, "recipient = ? ORDER BY seq", (kept(address),))

    def held_for(self, transaction: Transaction, reasons: Sequence[str]) -> list[StoredEmail]:
        """Give what is held for one of these reasons."""
        condition = "state = 'held' AND settled IS NULL AND reason IN (SELECT value FROM json_each(?)) ORDER BY seq"
        return read(transaction.connection, condition, (json.dumps([str(reason) for reason in reasons]),))

    def doubtful_for(self, transaction: Transaction, reason: str) -> list[StoredEmail]:
        """Give what may have been sent, and is not settled, for one reason."""
        condition = "state = 'unknown' AND settled IS NULL AND reason = ? ORDER BY seq"
        return read(transaction.connection, condition, (str(reason),))

    def bookings_without(self, transaction: Transaction, reason: str, now: datetime) -> list[str]:
        """Give the bookings an email of which was called off for a reason, and would still make sense."""
        rows = transaction.connection.execute(_WITHOUT, (str(reason), kept(now)))
        return [row[0] for row in rows.fetchall()]

    def waiting(self, transaction: Transaction, ids: Iterable[str]) -> list[StoredEmail]:
        """Give these emails, and those that wait and are written already, oldest first."""
        condition = (
            "id IN (SELECT value FROM json_each(?))"
            " OR (state IN ('scheduled', 'retrying', 'held') AND body IS NOT NULL) ORDER BY seq"
        )
        return read(transaction.connection, condition, (json.dumps(list(ids)),))

    def put(self, transaction: Transaction, email_id: str, values: Mapping[str, Any], *, at: datetime) -> bool:
        """Set columns by name; ``changed_at``, if it is not given, becomes ``at`` when the state is among them."""
        if "state" in values:
            values = {"changed_at": at, **values}
        return put(transaction.connection, email_id, values)

    def written(self, transaction: Transaction, email_id: str) -> dict[str, object]:
        """Give what ``rewritten`` puts back after an email was to be written anew, as JSON values."""
        names = ", ".join(_WRITTEN)
        statement = f"SELECT {names} FROM email WHERE id = ?"  # noqa: S608 - our own columns
        row = transaction.connection.execute(statement, (email_id,)).fetchone()
        found: dict[str, object] = dict(zip(_WRITTEN, row or (), strict=False))
        return {name: value.decode("latin-1") if isinstance(value, bytes) else value for name, value in found.items()}

    def email(self, email_id: str) -> Email | None:
        """Give the email with exactly this id."""
        with self._database.reader() as reader:
            return _first(reader.connection, "id = ?", (email_id,))

    def emails(self, ids: Sequence[str]) -> list[Email]:
        """Give the emails with these ids; unknown ones are left out."""
        with self._database.reader() as reader:
            found = read(reader.connection, "id IN (SELECT value FROM json_each(?)) ORDER BY seq", (json.dumps(ids),))
        return [stored.email for stored in found]

    def with_provider_ids(self, ids: Sequence[str]) -> set[str]:
        """Give those of the provider's ids that belong to emails known here, or did once."""
        with self._database.reader() as reader:
            return {row[0] for row in reader.rows(_KNOWN_THERE, (json.dumps(list(ids)),))}

    def find(self, prefix: str) -> Email | None:
        """Give the email whose id begins or ends so. Raises AmbiguousPrefix when several do."""
        with self._database.reader() as reader:
            if exact := _first(reader.connection, "id = ?", (prefix,)):
                return exact
            found = read(reader.connection, "id >= ? AND id < ? LIMIT 2", (prefix, prefix + _LAST))
            if not found and len(prefix) >= 4:
                found = read(reader.connection, "substr(id, ?) = ? LIMIT 2", (-len(prefix), prefix))
        if len(found) > 1:
            raise AmbiguousPrefix(_AMBIGUOUS.format(prefix[:60]))
        return found[0].email if found else None

    def for_booking(self, uid: str) -> list[Email]:
        """Give all emails of a booking, oldest first."""
        with self._database.reader() as reader:
            return [each.email for each in read(reader.connection, "booking_uid = ? ORDER BY seq", (kept(uid),))]

    def why(self, email_id: str) -> str:
        """Give the reason for which an email exists, in words; empty when there is no such email."""
        with self._database.reader() as reader:
            rows = reader.rows("SELECT why FROM email WHERE id = ?", (email_id,))
        return rows[0][0] if rows else ""

    def body(self, email_id: str) -> bytes | None:
        """Give the frozen body: the exact JSON that was or will be handed over. None while it is not rendered."""
        with self._database.reader() as reader:
            rows = reader.rows("SELECT body FROM email WHERE id = ?", (email_id,))
        return rows[0][0] if rows else None

    def attempts(self, email_id: str) -> list[Attempt]:
        """Give an email's attempts, first one first."""
        with self._database.reader() as reader:
            rows = reader.rows(_ATTEMPTS, (email_id,))
        return [Attempt(row[0], _at(row[1]), _maybe_at(row[2]), *row[3:]) for row in rows]

    def events(self, email_id: str) -> list[EmailEvent]:
        """Give what the provider said later about an email, in the order in which it happened."""
        with self._database.reader() as reader:
            rows = reader.rows(_EVENTS, (email_id,))
        return [EmailEvent(_at(row[0]), *row[1:]) for row in rows]

    def page(
        self, group: str, chosen: Filter, *, after: MailKey | None = None, before: MailKey | None = None, limit: int
    ) -> list[Email]:
        """Give a group's emails in the group's order that follow ``after`` or lead up to ``before``."""
        with self._database.reader() as reader:
            return outbox_pages.page(reader, group, chosen.terms, after=after, before=before, limit=limit)

    def count(self, group: str, chosen: Filter) -> int:
        """Count a group's emails."""
        with self._database.reader() as reader:
            return outbox_pages.count(reader, group, chosen.terms)

    def anchors(self, group: str, chosen: Filter, step: int) -> list[MailKey]:
        """Give the key of every ``step``-th email of a group, beginning with the first."""
        with self._database.reader() as reader:
            return outbox_pages.anchors(reader, group, chosen.terms, step)

    def counts(self, now: datetime, since: datetime) -> MailCounts:
        """Count every group, what is due, and what became of the emails since then."""
        with self._database.reader() as reader:
            return outbox_pages.counts(reader, now, since)

    def groups(self, only: Sequence[str] = ()) -> dict[str, int]:
        """Count every group, or those named: what was sent is the most by far, and rarely asked for."""
        condition = " WHERE grp IN (SELECT value FROM json_each(?))" if only else ""
        with self._database.reader() as reader:
            statement = f"SELECT grp, count(*) FROM email{condition} GROUP BY grp"  # noqa: S608 - our own condition
            return dict(reader.rows(statement, (json.dumps(list(only)),) if only else ()))

    def held_count(self, reason: str) -> int:
        """Count what is held for a reason."""
        with self._database.reader() as reader:
            rows = reader.rows("SELECT count(*) FROM email WHERE state = 'held' AND reason = ?", (str(reason),))
        return rows[0][0]

    def causes(self, group: str, chosen: Filter) -> list[tuple[str | None, int]]:
        """Give the reasons in a group with how many emails have them, the most frequent first."""
        with self._database.reader() as reader:
            return outbox_pages.causes(reader, group, chosen.terms)

    def per_day(self, days: Sequence[datetime]) -> list[tuple[int, int]]:
        """Give, for each day that begins at one of these instants, the delivered and the final emails."""
        with self._database.reader() as reader:
            return outbox_pages.per_day(reader, days)

    def revision_of(self, email_id: str) -> Email | None:
        """Give the email that took another one's place; one that was taken back has not."""
        with self._database.reader() as reader:
            return _first(
                reader.connection,
                "revises = ? AND reason_key NOT GLOB ? ORDER BY seq DESC LIMIT 1",
                (email_id, f"{UNDONE}*"),
            )

    def next_at(self) -> datetime | None:
        """Give when the sender has next to look at something; None when nothing waits. Cheap: the head of an index."""
        with self._database.reader() as reader:
            rows = reader.rows("SELECT min(next_at) FROM email WHERE next_at IS NOT NULL")
        return _maybe_at(rows[0][0])

    def erase_tests(self, transaction: Transaction) -> int:
        """Remove the emails of test bookings."""
        return transaction.connection.execute("DELETE FROM email WHERE test = 1").rowcount


def rewritten(written: Mapping[str, object]) -> dict[str, object]:
    """Give the columns of an email as it was written before."""
    body = written.get("body")
    return {**written, "body": body.encode("latin-1") if isinstance(body, str) else None} if written else {}


def _named(new: NewEmail) -> dict[str, Any]:
    values = new._asdict()
    return {("recipient" if name == "to" else name): value for name, value in values.items()}


def _first(connection: sqlite3.Connection, condition: str, parameters: tuple[Any, ...]) -> Email | None:
    row = connection.execute(f"{email_rows.SELECT} WHERE {condition}", parameters).fetchone()
    return None if row is None else email_rows.email_of(row)


def _at(text: str) -> datetime:
    return from_text(text)


def _maybe_at(text: str | None) -> datetime | None:
    return None if text is None else _at(text)
