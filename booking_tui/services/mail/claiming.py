"""What is to be done with the emails that are due: decided and claimed in one transaction, before anything goes out.

The booking is read again there: an email that is no longer wanted, or too late, never leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from booking_tui.domain.mail.email import TAKEN, WITH_CALENDAR_FILE, EmailState, Settled
from booking_tui.domain.mail.plan import coalesce
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.ports.mail import MailAccount
from booking_tui.services.mail.bodies import Bodies, Draft, Frozen, Unwritable
from booking_tui.services.mail.clock_set_back import make_up_for
from booking_tui.services.mail.freezing import Order
from booking_tui.services.mail.judging import Judge
from booking_tui.services.mail.pauses import Pauses
from booking_tui.services.mail.planning import MailChoice
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail
from booking_tui.store.outbox_claims import Batch, Claimed

DUE_AT_ONCE = 128
BATCH_FROM = 10
"""So many due at once, without attachments, go out together."""
BATCH_LIMIT = 100
LEASE = timedelta(seconds=60)
"""Longer than any request may take."""
SENDER_LEASE = timedelta(seconds=90)


class WorkKind(StrEnum):
    """What is to go out."""

    NOTHING = "nothing"
    SINGLE = "single"
    BATCH = "batch"
    CALL_OFF = "call_off"
    WRITE = "write"
    """Nothing yet: ``orders`` have to be written first."""


class Work(NamedTuple):
    """What one look at the outbox came to: at most one request."""

    kind: WorkKind
    claimed: tuple[Claimed, ...] = ()
    batch: Batch | None = None
    orders: tuple[Order, ...] = ()


_NOTHING = Work(WorkKind.NOTHING)


class Look:
    """One look at what is due, inside the writer's transaction.

    ``drafts`` are what was written since the last look; without them whatever is needed is written here. ``stopped``:
    no email may go out. ``mute``: nor may the provider be asked to call one off.
    """

    def __init__(
        self,
        records: Records,
        transaction: Transaction,
        account: MailAccount | None,
        choice: MailChoice,
        now: datetime,
        *,
        stopped: bool,
        mute: bool = False,
        drafts: Mapping[str, Draft] | None = None,
    ) -> None:
        self._records = records
        self._transaction = transaction
        self._account = account
        self._choice = choice
        self._now = now
        self._stopped = stopped
        self._mute = mute
        self._world = records.bookings.world(transaction)
        self._bodies = Bodies(records, transaction, self._world, now, drafts or {}, ahead=drafts is not None)
        self._judge = Judge(records, transaction, self._world, account=account, choice=choice, now=now)
        self.touched = self._judge.touched

    def rescue(self, *, all_of_them: bool) -> None:
        """Take back claims that ended without an answer; ``all_of_them``: also those whose lease still runs.

        A new holder of the sender's lease knows that nobody else is at work on them.
        """
        until = datetime.max.replace(tzinfo=self._now.tzinfo) if all_of_them else self._now
        for stored in self._records.claims.left_behind(self._transaction, until):
            values: dict[str, object] = {"lease_token": None, "lease_until": None}
            if stored.state is EmailState.SENDING and stored.email.handed_over:
                # To be called off at the provider: whether it was is asked by calling it off once more.
                before = stored.reason_before or MailReason.NO_ANSWER
                values |= {"state": EmailState.SCHEDULED, "next_at": self._now, "reason_before": before}
            elif stored.state is EmailState.SENDING:
                values |= {"state": EmailState.UNKNOWN, "reason": MailReason.INTERRUPTED, "next_at": self._now}
            self._judge.put(stored, **values)

    def set_back(self) -> None:
        """Make up for a clock that was set back; what it had stopped until some time goes on."""
        self.touched += make_up_for(self._records, self._transaction, self._choice, self._now)
        self._stopped = Pauses(self._records).stops(self._now, self._transaction)

    def look(self) -> Work:
        """Settle what needs no sending, and claim what goes out next."""
        due = self._records.claims.due(self._transaction, self._now, DUE_AT_ONCE)
        if self._stopped and len(due) == DUE_AT_ONCE:
            # What must not go out stays due and stands before what has to be called off all the same.
            due = [*self._records.claims.due_there(self._transaction, self._now, DUE_AT_ONCE), *due]
        ready: list[StoredEmail] = []
        for stored in due:
            if stored.email.handed_over:
                there = stored if stored.call_off else self._judge.unwanted_there(stored)
                # A person who holds everything back does not mean what the provider would send by itself.
                if there is not None and self._account is not None and not self._mute:
                    return self._call_off(there)
            elif self._judge.stays(stored):
                ready.append(stored)
        ready = self._without_folded(ready)
        if self._stopped or not ready:
            return _NOTHING
        if self._account is None:
            for stored in ready:
                self._judge.hold(stored, MailReason.NOT_CONFIGURED)
            return _NOTHING
        return self._claim(ready, self._account)

    def _without_folded(self, ready: Sequence[StoredEmail]) -> list[StoredEmail]:
        """Of several reminders of one meeting only the nearest goes out, unless another may have gone already."""
        due = [stored.email for stored in ready if stored.email.send_at <= self._now]
        folded = {email.id for email in coalesce(due)}
        for stored in ready:
            if stored.id in folded and stored.certain:
                self._judge.drop(stored, MailReason.FOLDED)
        return [stored for stored in ready if stored.id not in folded or not stored.certain]

    def _call_off(self, stored: StoredEmail) -> Work:
        until = self._now + LEASE
        self.touched.append(stored.id)
        claimed = self._records.claims.claim(self._transaction, stored, None, now=self._now, until=until)
        return Work(WorkKind.CALL_OFF, (claimed,))

    def _claim(self, ready: Sequence[StoredEmail], account: MailAccount) -> Work:
        for stored in ready:
            if stored.batch_id is not None:
                work = self._again_as_batch(stored, account)
                if work is not None:
                    return work
                continue
            together = self._alike(ready, stored)
            if len(together) >= BATCH_FROM:
                return self._claim_batch(together[:BATCH_LIMIT], account)
            frozen = self._body_of(stored, account)
            if self._bodies.orders:
                return Work(WorkKind.WRITE, orders=tuple(self._bodies.orders))
            if frozen is not None:
                return Work(WorkKind.SINGLE, (self._claim_one(stored, frozen, account),))
        return _NOTHING

    def _alike(self, ready: Sequence[StoredEmail], first: StoredEmail) -> list[StoredEmail]:
        """Give what may go out in one array with an email: nothing attached, nothing tried before."""
        fresh = [
            stored
            for stored in ready
            if stored.batch_id is None
            and stored.email.kind not in WITH_CALENDAR_FILE
            and stored.tries == 0
            and stored.email.send_at <= self._now
        ]
        return fresh if first in fresh else []

    def _claim_batch(self, together: Sequence[StoredEmail], account: MailAccount) -> Work:
        bodies = [(stored, self._body_of(stored, account)) for stored in together]
        if self._bodies.orders:
            return Work(WorkKind.WRITE, orders=tuple(self._bodies.orders))
        rendered = [(stored, frozen) for stored, frozen in bodies if frozen is not None]
        if not rendered:
            return _NOTHING
        array = b"[" + b",".join(frozen.body for _, frozen in rendered) + b"]"
        ids = [stored.id for stored, _ in rendered]
        batch = self._records.claims.freeze_batch(self._transaction, ids, array, self._now)
        self._records.claims.count_batch_attempt(self._transaction, batch)
        claimed = [self._claim_one(stored, frozen, account, batch=batch) for stored, frozen in rendered]
        return Work(WorkKind.BATCH, tuple(claimed), batch)

    def _again_as_batch(self, stored: StoredEmail, account: MailAccount) -> Work | None:
        """Claim a batch whose outcome is unknown once more, whole; only while all of it is still as it was.

        The key of a batch protects only the very same array: with one email less it would be another request.
        """
        batch = self._records.claims.batch(self._transaction, stored.batch_id or "")
        members = [] if batch is None else self._records.claims.members(self._transaction, batch)
        if any(member.state in TAKEN for member in members):
            # All or none: so the provider has this one, too, and will say what became of it.
            reason = stored.email.reason if stored.state is EmailState.UNKNOWN else MailReason.NO_ANSWER
            self._judge.put(stored, state=EmailState.UNKNOWN, reason=reason, next_at=None)
            return None
        whole = batch is not None and len(members) == len(batch.email_ids)
        if batch is None or not whole or not all(map(_is_as_it_was, members)):
            self._judge.put(stored, state=EmailState.UNKNOWN, reason=MailReason.BATCH_CHANGED, next_at=None)
            return None
        if not all(self._judge.stays(member) for member in members):
            for member in members:
                if member.id not in self.touched:
                    self._judge.put(member, state=EmailState.UNKNOWN, reason=MailReason.BATCH_CHANGED, next_at=None)
            return None
        self._records.claims.count_batch_attempt(self._transaction, batch)
        claimed = [self._claim_one(member, None, account, batch=batch) for member in members]
        return Work(WorkKind.BATCH, tuple(claimed), batch)

    def _claim_one(
        self, stored: StoredEmail, frozen: Frozen | None, account: MailAccount, *, batch: Batch | None = None
    ) -> Claimed:
        self.touched.append(stored.id)
        body, columns, key = (None, None, None) if frozen is None else frozen
        return self._records.claims.claim(
            self._transaction,
            stored,
            body,
            now=self._now,
            until=self._now + LEASE,
            batch=batch,
            columns=columns,
            key=key,
            account=account.account,
        )

    def _body_of(self, stored: StoredEmail, account: MailAccount) -> Frozen | None:
        """Give the body of an email; one that cannot be written is held."""
        try:
            return self._bodies.of(stored, account)
        except Unwritable as error:
            self._judge.hold(stored, error.reason, str(error))
        return None


def _is_as_it_was(member: StoredEmail) -> bool:
    """Say whether an email of a batch may go out with it once more; who keeps it as it is has nothing against that."""
    tried = member.state in {EmailState.UNKNOWN, EmailState.RETRYING}
    return tried and (member.email.next_at is not None or member.email.settled is Settled.KEPT)
