"""Rows of the outbox, to and from their columns."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.mail.email import Email, EmailState, Settled
from booking_tui.store.folding import storable

_COLUMNS = (
    *("seq", "id", "kind", "booking_uid", "reason_key", "revision", "to_name", "recipient", "subject", "state"),
    *("reason", "send_at", "useful_until", "next_at", "attempts", "first_attempt_at", "idempotency_key"),
    *("provider_id", "last_status", "last_name", "last_message", "created_at", "changed_at", "starts", "revises"),
    *("settled", "settled_at", "handed_over", "own_subject", "own_text", "body IS NOT NULL", "test"),
    "own_address",
    # What only sending needs:
    *("tries", "certain", "batch_id", "lease_token", "lease_until", "call_off", "why"),
    *("told", "written_for", "account", "reason_before"),
)
SELECT = f"SELECT {', '.join(_COLUMNS)} FROM email"  # noqa: S608 - our own columns
_OF_EMAIL = 33
_INSTANTS = {
    *("send_at", "useful_until", "next_at", "first_attempt_at", "created_at", "changed_at", "starts", "settled_at"),
    "lease_until",
}


class StoredEmail(NamedTuple):
    """An email with what only sending it needs.

    ``tries`` counts all attempts; ``certain`` says that nothing was taken by the provider so far; ``call_off`` that an
    email scheduled at the provider is to be cancelled there. ``told`` stands for what its body says of the booking,
    ``written_for`` is when that is to be read; ``account`` is with whom the first attempt was made that may have been
    taken; ``reason_before`` is the reason that another one stands in the place of, where it counts later on.
    """

    email: Email
    tries: int
    certain: bool
    batch_id: str | None
    lease_token: str | None
    lease_until: datetime | None
    call_off: bool
    why: str
    told: str | None = None
    written_for: datetime | None = None
    account: str | None = None
    reason_before: str | None = None

    @property
    def id(self) -> str:
        """The email's id."""
        return self.email.id

    @property
    def state(self) -> EmailState:
        """The email's state."""
        return self.email.state


def _instant(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)


def stored_of(row: tuple[Any, ...]) -> StoredEmail:
    """Give a row of ``SELECT`` in its domain shape."""
    tries, certain, batch_id, lease_token, lease_until, call_off, why, told, written_for, *rest = row[_OF_EMAIL:]
    claim = batch_id, lease_token, _instant(lease_until), bool(call_off)
    return StoredEmail(email_of(row), tries, bool(certain), *claim, why, told, _instant(written_for), *rest)


def email_of(row: tuple[Any, ...]) -> Email:
    """Give a row of ``SELECT`` as an email."""
    return Email(
        seq=row[0],
        id=row[1],
        kind=row[2],
        booking_uid=row[3],
        reason_key=row[4],
        revision=row[5],
        to_name=row[6],
        to=row[7],
        subject=row[8] or "",
        state=EmailState(row[9]),
        reason=row[10],
        send_at=from_text(row[11]),
        useful_until=_instant(row[12]),
        next_at=_instant(row[13]),
        attempts=row[14],
        first_attempt_at=_instant(row[15]),
        idempotency_key=row[16],
        provider_id=row[17],
        last_status=row[18],
        last_name=row[19],
        last_message=row[20],
        created_at=from_text(row[21]),
        updated_at=from_text(row[22]),
        starts=_instant(row[23]),
        revises=row[24],
        settled=None if row[25] is None else Settled(row[25]),
        settled_at=_instant(row[26]),
        handed_over=bool(row[27]),
        own_subject=row[28],
        own_text=row[29],
        frozen=bool(row[30]),
        test=bool(row[31]),
        own_address=bool(row[32]),
    )


def read(connection: sqlite3.Connection, condition: str, parameters: Sequence[Any] = ()) -> list[StoredEmail]:
    """Read the emails that a condition (our own SQL, after WHERE) names."""
    rows = connection.execute(f"{SELECT} WHERE {condition}", tuple(parameters)).fetchall()
    return [stored_of(row) for row in rows]


def put(connection: sqlite3.Connection, email_id: str, values: Mapping[str, Any], *, more: str = "") -> bool:
    """Set columns of one email; ``more`` is a further condition of ours. Gives whether there was such a row."""
    names = ", ".join(f"{name} = ?" for name in values)
    statement = f"UPDATE email SET {names} WHERE id = ?{more}"  # noqa: S608 - the names are our own
    return connection.execute(statement, (*map(kept, values.values()), email_id)).rowcount > 0


def kept(value: object) -> object:
    """Give a value as it is kept."""
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, str):
        return storable(str(value))
    return value
