"""Taking a deed back, as long as nothing of it has left the machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from booking_tui.domain.history import Change
from booking_tui.domain.instants import to_text
from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.ports import DeedRefused
from booking_tui.ports.mail_desk import MailDone
from booking_tui.services.mail.correcting import Correcting
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail

_LEFT = "it has left this machine already"


def snapshot(stored: StoredEmail) -> dict[str, object]:
    """Give what an email looked like, as JSON values: what ``undo`` puts back."""
    email = stored.email
    columns: dict[str, object] = {
        "state": email.state.value,
        "reason": email.reason,
        "send_at": to_text(email.send_at),
        "next_at": None if email.next_at is None else to_text(email.next_at),
        "attempts": email.attempts,
        "recipient": email.to,
        "reason_key": email.reason_key,
        "revision": email.revision,
        "own_subject": email.own_subject,
        "own_text": email.own_text,
        "settled": email.settled,
        "settled_at": None if email.settled_at is None else to_text(email.settled_at),
        "call_off": int(stored.call_off),
    }
    return {"id": stored.id, "tries": stored.tries, "columns": columns}


class Undoing:
    """Undoes deeds by what they found."""

    def __init__(self, records: Records, correcting: Correcting) -> None:
        self._records = records
        self._correcting = correcting

    def undo(self, transaction: Transaction, deed_id: str, now: datetime) -> MailDone:
        """Put everything back that has not left; what has is told. Raises DeedRefused when there is nothing."""
        found = self._records.mail_log.take_deed(transaction, deed_id)
        if found is None:
            raise DeedRefused("there is nothing to undo any more")
        parts = [cast("dict[str, object]", part) for part in found[1]]
        gone = [str(part["made"]) for part in parts if "made" in part and self._has_left(transaction, part)]
        if gone:
            return MailDone(refused=tuple((email_id, _LEFT) for email_id in gone))
        for part in parts:
            if "made" in part:
                self._unmake(transaction, str(part["made"]), now)
        done, refused = self._restored(transaction, parts, found[0], now)
        # Last: what the bookings want with the address of before finds the emails as they were, and adds none.
        for part in parts if done else ():
            if "corrected" in part:
                wrong, right = cast("list[str]", part["corrected"])
                self._correcting.take_back(transaction, wrong, right, at=now)
        return MailDone(tuple(done), tuple(refused))

    def _restored(
        self, transaction: Transaction, parts: Sequence[dict[str, object]], deed: str, now: datetime
    ) -> tuple[list[str], list[tuple[str, str]]]:
        """Put back what has not left; gives the emails of the deed that were, and those that were not, with why."""
        done: list[str] = []
        refused: list[tuple[str, str]] = []
        for part in parts:
            if "columns" not in part or ("along" in part and not done):
                continue
            email_id = str(part["id"])
            stored = self._records.outbox.one(transaction, email_id)
            if stored is None or stored.tries != part["tries"] or stored.state is EmailState.SENDING:
                refused.append((email_id, _LEFT))
                continue
            self._put_back(transaction, stored, cast("dict[str, object]", part["columns"]), deed, now)
            if "along" not in part:
                done.append(email_id)
        return done, refused

    def _has_left(self, transaction: Transaction, part: dict[str, object]) -> bool:
        stored = self._records.outbox.one(transaction, str(part["made"]))
        return stored is None or stored.tries > 0

    def _unmake(self, transaction: Transaction, email_id: str, now: datetime) -> None:
        """Take a new revision back: its reason becomes free for another one."""
        values = {
            "state": EmailState.CANCELLED,
            "reason": MailReason.BY_YOU,
            "next_at": None,
            "reason_key": f"undone:{email_id}",
        }
        self._records.outbox.put(transaction, email_id, values, at=now)

    def _put_back(
        self, transaction: Transaction, stored: StoredEmail, columns: dict[str, object], deed: str, now: datetime
    ) -> None:
        other = columns["recipient"] != stored.email.to or columns["own_text"] != stored.email.own_text
        other = other or columns["own_subject"] != stored.email.own_subject
        # What was frozen before the deed was written anew by it: so it is again.
        thawed = {"body": None, "body_sha256": None, "subject": None} if other and stored.certain else {}
        self._records.outbox.put(transaction, stored.id, {**columns, **thawed}, at=now)
        change = Change(stored.email.booking_uid, "you", "email_deed_undone", {"deed": (deed, None)})
        self._records.history.append(transaction, [change], at=now, email_id=stored.id)
