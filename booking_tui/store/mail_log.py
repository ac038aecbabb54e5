"""What is known of emails beside the outbox: the provider's events, suppressed addresses, corrected addresses."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.mail.delivery import MailEvent, concerns
from booking_tui.domain.mail.email import Suppression
from booking_tui.store.database import Database, Transaction
from booking_tui.store.email_rows import StoredEmail, kept, read
from booking_tui.store.folding import fold_address, fold_name

logger = logging.getLogger(__name__)

_ADD = (
    "INSERT INTO email_event (email_id, provider_id, kind, at, recipient, detail, bounce_type, bounce_subtype, source,"
    " event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_ORPHANS = (
    "SELECT id, kind, at, provider_id, nullif(recipient, ''), bounce_type, bounce_subtype, detail, source"
    " FROM email_event WHERE email_id IS NULL AND provider_id = ? ORDER BY at, id"
)
_ADOPT = "UPDATE email_event SET email_id = ? WHERE id IN (SELECT value FROM json_each(?))"
_SUPPRESS = (
    "INSERT INTO suppression (address, origin, since, provider_id) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (address) DO UPDATE SET origin = excluded.origin, since = excluded.since,"
    " provider_id = coalesce(excluded.provider_id, provider_id)"
)
_CORRECT = (
    "INSERT INTO address_correction (wrong, name, address, at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (wrong, name) DO UPDATE SET address = excluded.address, at = excluded.at"
)
_CORRECTION = "SELECT address, at FROM address_correction WHERE wrong = ? AND name = ?"
_UNCORRECT = "DELETE FROM address_correction WHERE wrong = ? AND name = ?"
_OPEN = (
    "(state IN ('accepted', 'delayed', 'unknown', 'scheduled') OR (state = 'held' AND reason = 'cancel_failed'"
    # Of one that was to be called off and has arrived, nothing is left to learn.
    " AND coalesce(last_name, '') <> 'email.delivered'))"
    " AND provider_id IS NOT NULL AND not_known < 2 AND changed_at >= ?"
    " AND max(changed_at, CASE state WHEN 'held' THEN '' ELSE send_at END) <= ? ORDER BY asked_at, seq LIMIT ?"
)
_WITHOUT_ID = "state = 'unknown' AND provider_id IS NULL AND changed_at >= ? ORDER BY asked_at, seq LIMIT ?"
_ASKED = (
    "UPDATE email SET asked_at = ?1, not_known = CASE WHEN id IN (SELECT value FROM json_each(?3))"
    " THEN not_known + 1 ELSE 0 END WHERE id IN (SELECT value FROM json_each(?2))"
)
_KEPT = "SELECT value FROM setting WHERE key = ?"
_KEEP = "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


class KnownSuppression(NamedTuple):
    """A suppressed address, and whether one of the clients has it."""

    suppression: Suppression
    client: bool


class Correction(NamedTuple):
    """The address that a person put in the place of a guest's, and when."""

    address: str
    at: datetime


class MailLog:
    """Keeps what the provider said. Methods that take a transaction run in it, the others read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def email_of(self, transaction: Transaction, event: MailEvent) -> StoredEmail | None:
        """Find the email that an event is about: by the provider's id, else by our own tag where all else fits."""
        for condition, value in (("provider_id = ?", event.provider_id), ("id = ?", event.email_tag)):
            if value is None or not (found := read(transaction.connection, condition, (kept(value),))):
                continue
            if concerns(event, found[0].email, tried=found[0].tries > 0):
                return found[0]
            logger.info("an event %s carries the tag of email %s and is not about it", event.kind, found[0].id)
        return None

    def past_id_of(self, transaction: Transaction, provider_id: str | None) -> str | None:
        """Give the email that the provider once had under an id that no longer counts."""
        statement = "SELECT email_id FROM email_past_id WHERE provider_id = ?"
        row = transaction.connection.execute(statement, (kept(provider_id),)).fetchone()
        return None if row is None else row[0]

    def note(
        self, transaction: Transaction, email_id: str | None, event: MailEvent, *, event_id: str | None = None
    ) -> bool:
        """Keep an event; False when it is known already. Without ``email_id`` it waits for its email."""
        values = (
            *(email_id, event.provider_id or "", event.kind, to_text(event.at), event.recipient or "", event.detail),
            *(event.bounce_type, event.bounce_subtype, event.source, event_id),
        )
        return transaction.connection.execute(_ADD, tuple(map(kept, values))).rowcount > 0

    def adopt(self, transaction: Transaction, email_id: str, provider_id: str) -> list[MailEvent]:
        """Give the events that came before their email was known to be theirs; they are its from now on."""
        rows = transaction.connection.execute(_ORPHANS, (provider_id,)).fetchall()
        if not rows:
            return []
        transaction.connection.execute(_ADOPT, (email_id, json.dumps([row[0] for row in rows])))
        return [
            MailEvent(
                kind=row[1],
                at=from_text(row[2]),
                provider_id=row[3],
                recipient=row[4],
                bounce_type=row[5],
                bounce_subtype=row[6],
                detail=row[7],
                source=row[8],
            )
            for row in rows
        ]

    def suppress(self, transaction: Transaction, found: Suppression) -> None:
        """Note that the provider does not send to an address."""
        values = (found.address, found.origin, to_text(found.since), found.provider_id)
        transaction.connection.execute(_SUPPRESS, tuple(map(kept, values)))

    def unsuppress(self, transaction: Transaction, address: str, at: datetime | None = None) -> bool:
        """Note that the provider sends to an address again; with ``at`` only what was suppressed until then."""
        until = "9" if at is None else to_text(at)
        statement = "DELETE FROM suppression WHERE address = ? AND since <= ?"
        return transaction.connection.execute(statement, (kept(address), until)).rowcount > 0

    def replace_suppressions(self, transaction: Transaction, found: Iterable[Suppression]) -> None:
        """Take over the provider's whole list."""
        transaction.connection.execute("DELETE FROM suppression")
        for each in found:
            self.suppress(transaction, each)

    def is_suppressed(self, transaction: Transaction, address: str) -> bool:
        """Say whether the provider would not send to an address."""
        row = transaction.connection.execute("SELECT 1 FROM suppression WHERE address = ?", (kept(address),)).fetchone()
        return row is not None

    def suppressions(self) -> list[KnownSuppression]:
        """Give all suppressed addresses, the newest first."""
        with self._database.reader() as reader:
            rows = reader.rows(
                "SELECT address, origin, since, provider_id,"
                " EXISTS (SELECT 1 FROM booking_attendee WHERE email = address) FROM suppression ORDER BY since DESC"
            )
        return [KnownSuppression(Suppression(row[0], row[1], from_text(row[2]), row[3]), bool(row[4])) for row in rows]

    def correction(self, transaction: Transaction, wrong: str, name: str) -> Correction | None:
        """Give what stands in the place of the address that events bring for a guest of this name."""
        row = transaction.connection.execute(_CORRECTION, (fold_address(wrong), fold_name(name))).fetchone()
        return None if row is None else Correction(row[0], from_text(row[1]))

    def correct(self, transaction: Transaction, wrong: str, name: str, address: str, at: datetime) -> None:
        """Remember the right address of a guest for whom events bring a wrong one. Others who have that one keep it."""
        values = (fold_address(wrong), fold_name(name), kept(address), to_text(at))
        transaction.connection.execute(_CORRECT, values)

    def uncorrect(self, transaction: Transaction, wrong: str, name: str) -> None:
        """Forget a correction."""
        transaction.connection.execute(_UNCORRECT, (fold_address(wrong), fold_name(name)))

    def still_open(self, since: datetime, until: datetime, limit: int) -> list[StoredEmail]:
        """Give emails that the provider has and of which nothing final is known, changed between the two instants.

        Those come first that were asked for longest ago; none that it has twice said not to know.
        """
        with self._database.reader() as reader:
            return read(reader.connection, _OPEN, (to_text(since), to_text(until), limit))

    def without_id(self, since: datetime, limit: int) -> list[StoredEmail]:
        """Give emails of which nobody knows whether the provider has them."""
        with self._database.reader() as reader:
            return read(reader.connection, _WITHOUT_ID, (to_text(since), limit))

    def asked(self, transaction: Transaction, ids: Sequence[str], at: datetime, *, not_known: Sequence[str]) -> None:
        """Note which emails were asked for, and which of them the provider did not know."""
        transaction.connection.execute(_ASKED, (to_text(at), json.dumps(list(ids)), json.dumps(list(not_known))))

    def domains(self, limit: int = 400) -> list[tuple[str, int]]:
        """Give the domains of the clients' addresses with the number of addresses, the most frequent first."""
        with self._database.reader() as reader:
            rows = reader.rows(
                "SELECT lower(substr(email, instr(email, '@') + 1)) AS domain, count(DISTINCT email)"
                " FROM booking_attendee WHERE instr(email, '@') > 1 GROUP BY domain ORDER BY 2 DESC LIMIT ?",
                (limit,),
            )
        return [(row[0], row[1]) for row in rows]

    def remember(self, transaction: Transaction, key: str, value: object) -> None:
        """Keep a small thing between runs, as JSON."""
        transaction.connection.execute(_KEEP, (f"mail.{key}", json.dumps(value)))

    def remembered(self, key: str, transaction: Transaction | None = None) -> object:
        """Give what was kept under a key, as of a transaction or of the last commit; None when nothing was."""
        if transaction is not None:
            rows = transaction.connection.execute(_KEPT, (f"mail.{key}",)).fetchall()
        else:
            with self._database.reader() as reader:
                rows = reader.rows(_KEPT, (f"mail.{key}",))
        return json.loads(rows[0][0]) if rows else None

    def keep_deed(self, transaction: Transaction, deed: str, before: Sequence[object], at: datetime) -> str:
        """Keep what a deed found, so that it can be undone; gives the deed's id."""
        deed_id = self._database.ids.new()
        transaction.connection.execute(
            "INSERT INTO email_deed (id, at, deed, before) VALUES (?, ?, ?, ?)",
            (deed_id, to_text(at), deed, json.dumps(list(before))),
        )
        return deed_id

    def take_deed(self, transaction: Transaction, deed_id: str) -> tuple[str, list[object]] | None:
        """Give what a deed found, once."""
        connection = transaction.connection
        row = connection.execute("SELECT deed, before FROM email_deed WHERE id = ?", (deed_id,)).fetchone()
        connection.execute("DELETE FROM email_deed WHERE id = ?", (deed_id,))
        return None if row is None else (row[0], list(json.loads(row[1])))

    def drop_deeds(self, transaction: Transaction, before: datetime) -> None:
        """Forget what can no longer be undone."""
        transaction.connection.execute("DELETE FROM email_deed WHERE at < ?", (to_text(before),))
