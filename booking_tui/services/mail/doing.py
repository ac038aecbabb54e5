"""One order of a person's on emails, done in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from booking_tui.domain.history import Change, Changes, Plain
from booking_tui.domain.mail.addresses import address_key
from booking_tui.domain.mail.email import EmailState, Settled
from booking_tui.domain.mail.typos import check_address
from booking_tui.ports.mail_desk import EDIT, RELEASE, RETRY, MailDone, MailOrder
from booking_tui.services.mail import verbs
from booking_tui.services.mail.correcting import Correcting
from booking_tui.services.mail.pauses import Pauses
from booking_tui.services.mail.undoing import snapshot
from booking_tui.services.mail.verbs import Refused, Step
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail
from booking_tui.store.outbox import NewEmail

VERBS: Mapping[str, Callable[[StoredEmail, MailOrder, datetime], Step]] = {
    RETRY: verbs.retry,
    EDIT: verbs.edit,
    "hold": verbs.hold,
    RELEASE: verbs.release,
    "cancel": verbs.cancel,
    "keep": verbs.keep,
    "snooze": verbs.snooze,
}
_ACTIONS = {
    RETRY: "email_retried",
    EDIT: "email_edited",
    "hold": "email_held",
    RELEASE: "email_released",
    "cancel": "email_cancelled",
    "keep": "email_kept",
    "snooze": "email_put_off",
}


class Doing:
    """One order in one transaction."""

    def __init__(
        self,
        records: Records,
        correcting: Correcting,
        transaction: Transaction,
        order: MailOrder,
        now: datetime,
    ) -> None:
        self._records = records
        self._correcting = correcting
        self._pauses = Pauses(records)
        self._transaction = transaction
        self._order = order
        self._now = now
        self._before: list[object] = []
        self._done: list[str] = []
        self._made: list[str] = []
        self._refused: list[tuple[str, str]] = []

    def all(self) -> MailDone:
        """Do it to every email named; one that cannot be is told and does not stop the others."""
        for email_id in dict.fromkeys(self._order.ids):
            stored = self._records.outbox.one(self._transaction, email_id)
            if stored is None:
                self._refused.append((email_id, "there is no such email"))
                continue
            try:
                self._one(stored, self._step(stored))
            except Refused as error:
                self._refused.append((email_id, str(error)))
        if self._order.deed in {RETRY, RELEASE} and self._done:
            self._pauses.lift(self._transaction)
        undo = None
        if self._before:
            undo = self._records.mail_log.keep_deed(self._transaction, self._order.deed, self._before, self._now)
        leaves = self._now + timedelta(seconds=self._order.grace_s)
        sends = self._order.deed in {RETRY, EDIT, RELEASE} and bool(self._done)
        return MailDone(
            tuple(self._done), tuple(self._refused), tuple(self._made), undo, leaves_at=leaves if sends else None
        )

    def _step(self, stored: StoredEmail) -> Step:
        if stored.email.settled is Settled.FIXED:
            raise Refused("a newer one has taken its place")
        freed = stored.state is EmailState.SUPPRESSED and not self._records.mail_log.is_suppressed(
            self._transaction, stored.email.to
        )
        if freed and self._order.deed == RETRY:
            return Step({}, anew=True)
        return VERBS[self._order.deed](stored, self._order, self._now)

    def _one(self, stored: StoredEmail, step: Step) -> None:
        told: Changes = {}
        if step.anew:
            told = self._anew(stored)
        else:
            values: dict[str, Any] = {"settled": None, "settled_at": None, **step.values}
            if self._order.deed == EDIT:
                edited = self._edited(stored)
                values |= edited
                told = _told(stored, edited)
            self._records.outbox.put(self._transaction, stored.id, values, at=self._now)
            if "state" in values:
                told["state"] = (stored.state.value, str(values["state"]))
        self._before.append(snapshot(stored))
        self._done.append(stored.id)
        change = Change(stored.email.booking_uid, "you", _ACTIONS[self._order.deed], told)
        self._records.history.append(self._transaction, [change], at=self._now, email_id=stored.id)
        self._correct(stored)

    def _edited(self, stored: StoredEmail) -> dict[str, Any]:
        order, values = self._order, dict[str, Any]()
        if order.to is not None:
            right = check_address(order.to)
            values["recipient"] = right
            values["reason_key"] = self._free_key(stored, right)
        if order.subject is not None:
            values |= {"own_subject": order.subject or None, "subject": None}
        if order.text is not None:
            values["own_text"] = order.text or None
        return values

    def _anew(self, stored: StoredEmail) -> Changes:
        """Put a new revision in the place of an email that the provider had, or may have had."""
        email, edited = stored.email, self._edited(stored)
        leaves = self._now + timedelta(seconds=self._order.grace_s)
        to = str(edited.get("recipient", email.to))
        new = NewEmail(
            kind=email.kind,
            booking_uid=email.booking_uid,
            reason_key=str(edited.get("reason_key") or self._free_key(stored, to)),
            to_name=email.to_name,
            to=to,
            send_at=self._now,
            why="you sent it once more",
            useful_until=email.useful_until,
            next_at=leaves,
            starts=email.starts,
            revision=email.revision + 1,
            revises=email.id,
            own_subject=edited.get("own_subject", email.own_subject),
            own_text=edited.get("own_text", email.own_text),
            test=email.test,
        )
        email_id = self._records.outbox.add(self._transaction, new, at=self._now)
        if email_id is None:
            raise Refused("an email for the same reason to that address is there already")
        settled = {"settled": Settled.FIXED, "settled_at": self._now, "next_at": None}
        self._records.outbox.put(self._transaction, email.id, settled, at=self._now)
        self._made.append(email_id)
        self._before.append({"made": email_id})
        return {**_told(stored, edited), "revision": (email.revision, email.revision + 1)}

    def _free_key(self, stored: StoredEmail, to: str) -> str:
        """Give a reason key for another address or revision; what is planned anew for that address finds it taken."""
        base = verbs.base_of(stored.email)
        moved = f"{base.rpartition(':')[0]}:{address_key(to)}" if ":" in base else base
        if moved != base and not self._records.outbox.has_key(self._transaction, moved):
            return moved
        return f"{moved}#{stored.email.revision + 1}"

    def _correct(self, stored: StoredEmail) -> None:
        """Put the address right in the booking, too, when it is a guest's."""
        if self._order.to is None:
            return
        wrong, right = stored.email.to, check_address(self._order.to)
        if address_key(wrong) == address_key(right):
            return
        followed = self._correcting.correct(self._transaction, wrong, right, at=self._now)
        self._before += [{**snapshot(each), "along": True} for each in followed]
        self._before.append({"corrected": [wrong, right]})


def _told(stored: StoredEmail, edited: Mapping[str, Any]) -> Changes:
    email = stored.email
    old: dict[str, Plain] = {"recipient": email.to, "own_subject": email.own_subject, "own_text": email.own_text}
    names = {"recipient": "to", "own_subject": "subject", "own_text": "text"}
    return {
        names[name]: (value, edited[name]) for name, value in old.items() if name in edited and edited[name] != value
    }
