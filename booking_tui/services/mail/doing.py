"""One order of a person's on emails, done in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from booking_tui.domain.history import Change, Changes, Plain
from booking_tui.domain.mail.addresses import address_key
from booking_tui.domain.mail.email import WAITING, Email, EmailState, Settled
from booking_tui.domain.mail.guard import is_kind_of_booking, outdated
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.typos import check_address
from booking_tui.ports.mail_desk import EDIT, RELEASE, RETRY, MailDone, MailOrder
from booking_tui.services.mail import verbs
from booking_tui.services.mail.correcting import Correcting
from booking_tui.services.mail.pauses import Pauses
from booking_tui.services.mail.undoing import looks, snapshot
from booking_tui.services.mail.verbs import Refused, Step
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail
from booking_tui.store.outbox import UNDONE, NewEmail

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
_SENDS = frozenset({RETRY, EDIT, RELEASE})
"""Deeds after which an email goes out."""
_NO_LONGER_SO = {
    MailReason.BOOKING_CANCELLED: "its booking is cancelled",
    MailReason.BOOKING_MOVED: "its booking was moved",
    MailReason.BOOKING_CHANGED: "its booking has changed",
}
UNDONE_FOR = timedelta(days=1)
"""What a deed found is kept so long, addresses among it."""
_MAY_STILL_ARRIVE = "no answer came for the one before: it may still arrive at the address before"


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
        self._leaves = now + timedelta(seconds=order.grace_s)
        self._parts: list[dict[str, Any]] = []
        """What undoing needs, one for each email or address that was touched."""
        self._done: list[str] = []
        self._made: list[str] = []
        self._refused: list[tuple[str, str]] = []
        self._readdressed: list[str] = []
        self._notes: list[str] = []

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
        sends = self._order.deed in _SENDS and bool(self._done)
        if sends:
            self._keep_grace()
        return MailDone(
            tuple(self._done),
            tuple(self._refused),
            tuple(self._made),
            self._keep_deed(),
            leaves_at=self._leaves if sends else None,
            readdressed=tuple(self._readdressed),
            notes=tuple(self._notes),
        )

    def _keep_grace(self) -> None:
        """See that what was planned anew for another address waits out the grace, too."""
        for email_id in (*self._done, *self._made):
            stored = self._one_now(email_id)
            next_at = None if stored is None else stored.email.next_at
            if stored is not None and stored.state is EmailState.SCHEDULED and next_at and next_at < self._leaves:
                self._records.outbox.put(self._transaction, email_id, {"next_at": self._leaves}, at=self._now)

    def _keep_deed(self) -> str | None:
        """Keep what was found, and how it was left: what has changed since is not undone."""
        if not self._parts:
            return None
        for part in self._parts:
            for name, email_id in (("left", part.get("id")), ("made_left", part.get("made"))):
                stored = None if email_id is None else self._one_now(str(email_id))
                if stored is not None:
                    part[name] = looks(stored)
        log = self._records.mail_log
        log.drop_deeds(self._transaction, self._now - UNDONE_FOR)
        return log.keep_deed(self._transaction, self._order.deed, self._parts, self._now)

    def _one_now(self, email_id: str) -> StoredEmail | None:
        return self._records.outbox.one(self._transaction, email_id)

    def _step(self, stored: StoredEmail) -> Step:
        if stored.email.settled is not None and stored.email.settled.superseded:
            raise Refused("a newer one has taken its place")
        if stored.email.reason_key.startswith(UNDONE):
            raise Refused(self._taken_back(stored))
        if self._order.deed in _SENDS and stored.email.reason != MailReason.CANCEL_FAILED:
            self._must_hold_still(stored.email)
        freed = stored.state is EmailState.SUPPRESSED and not self._records.mail_log.is_suppressed(
            self._transaction, stored.email.to
        )
        if freed and self._order.deed == RETRY:
            return Step({}, anew=True)
        return VERBS[self._order.deed](stored, self._order, self._now)

    def _must_hold_still(self, email: Email) -> None:
        """Refuse to send what is no longer so: it would be left out anyway, but only when its time comes."""
        uid = email.booking_uid
        booking = None if uid is None else self._records.bookings.world(self._transaction).booking(uid)
        if booking is None or not is_kind_of_booking(email.kind):
            return
        why = outdated(email.kind, email.starts, booking)
        if why is not None:
            raise Refused(f"{_NO_LONGER_SO[why]}, so what it says no longer holds")

    def _taken_back(self, stored: StoredEmail) -> str:
        """Say what counts in the place of a revision that was taken back, as of now."""
        before = None if stored.email.revises is None else self._one_now(stored.email.revises)
        settled = None if before is None else before.email.settled
        if settled is not None and settled.superseded:
            return "you took it back, and another one has taken the place of the one before it since"
        return "you took it back; the one before it stands"

    def _one(self, stored: StoredEmail, step: Step) -> None:
        told: Changes = {}
        part: dict[str, Any] = snapshot(stored)
        if step.anew:
            part["made"], told = self._anew(stored)
        else:
            values: dict[str, Any] = {"settled": None, "settled_at": None, **step.values}
            if self._order.deed == EDIT:
                edited = self._edited(stored)
                values |= edited
                told = _told(stored, edited)
            if "body" in values and not (stored.email.frozen and stored.state in WAITING):
                # What went out, or was refused, is told as it was. What waits is written by the settings of then.
                part["written"] = self._records.outbox.written(self._transaction, stored.id)
            self._records.outbox.put(self._transaction, stored.id, values, at=self._now)
            if "state" in values:
                told["state"] = (stored.state.value, str(values["state"]))
        self._parts.append(part)
        self._done.append(stored.id)
        change = Change(stored.email.booking_uid, "you", _ACTIONS[self._order.deed], told)
        self._records.history.append(self._transaction, [change], at=self._now, email_id=stored.id)
        self._correct(stored, part.get("made", stored.id))

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

    def _anew(self, stored: StoredEmail) -> tuple[str, Changes]:
        """Put a new revision in the place of an email that the provider had, or may have had; gives its id."""
        email, edited = stored.email, self._edited(stored)
        to = str(edited.get("recipient", email.to))
        new = NewEmail(
            kind=email.kind,
            booking_uid=email.booking_uid,
            reason_key=str(edited.get("reason_key") or self._free_key(stored, to)),
            to_name=email.to_name,
            to=to,
            send_at=max(email.send_at, self._now),
            why="you sent it once more",
            useful_until=email.useful_until,
            next_at=self._correcting.next_look(email, self._leaves),
            starts=email.starts,
            revision=email.revision + 1,
            revises=email.id,
            own_subject=edited.get("own_subject", email.own_subject),
            own_text=edited.get("own_text", email.own_text),
            own_address=email.own_address,
            test=email.test,
        )
        email_id = self._records.outbox.add(self._transaction, new, at=self._now)
        if email_id is None:
            raise Refused("an email for the same reason to that address is there already")
        how = Settled.FIXED if self._order.deed == EDIT else Settled.RETRIED
        settled = {"settled": how, "settled_at": self._now, "next_at": None}
        self._records.outbox.put(self._transaction, email.id, settled, at=self._now)
        self._made.append(email_id)
        if verbs.may_arrive_beside(stored) and address_key(to) != address_key(email.to):
            self._notes.append(_MAY_STILL_ARRIVE)
        return email_id, {**_told(stored, edited), "revision": (email.revision, email.revision + 1)}

    def _free_key(self, stored: StoredEmail, to: str) -> str:
        """Give a reason key for another address or revision; what is planned anew for that address finds it taken."""
        base = verbs.base_of(stored.email)
        moved = f"{base.rpartition(':')[0]}:{address_key(to)}" if ":" in base else base
        if moved != base and not self._records.outbox.has_key(self._transaction, moved):
            return moved
        return f"{moved}#{stored.email.revision + 1}"

    def _correct(self, stored: StoredEmail, goes_as: str) -> None:
        """Put the address right in the guest's bookings; one that is no guest's is marked so."""
        if self._order.to is None:
            return
        email, right = stored.email, check_address(self._order.to)
        if address_key(email.to) == address_key(right):
            return
        corrected = self._correcting.correct(self._transaction, email, right, at=self._now)
        if corrected is not None:
            self._parts += [{**snapshot(each), "along": True} for each in corrected.followed]
            self._parts.append({"corrected": corrected.kept})
            self._readdressed += [uid for uid in corrected.uids if uid != email.booking_uid]
        own = not self._correcting.is_guests(self._transaction, email.booking_uid, right)
        self._records.outbox.put(self._transaction, goes_as, {"own_address": own}, at=self._now)


def _told(stored: StoredEmail, edited: Mapping[str, Any]) -> Changes:
    email = stored.email
    old: dict[str, Plain] = {"recipient": email.to, "own_subject": email.own_subject, "own_text": email.own_text}
    names = {"recipient": "to", "own_subject": "subject", "own_text": "text"}
    return {
        names[name]: (value, edited[name]) for name, value in old.items() if name in edited and edited[name] != value
    }
