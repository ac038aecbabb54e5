"""What is to be done with the emails that are due: decided and claimed in one transaction, before anything goes out.

The booking is read again there: an email that is no longer wanted, or too late, never leaves.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from booking_tui.domain.history import Change, Changes
from booking_tui.domain.mail.email import TAKEN, WITH_CALENDAR_FILE, EmailState
from booking_tui.domain.mail.outcome import key_alive
from booking_tui.domain.mail.plan import coalesce, still_wanted
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.ports.mail import MailAccount, TemplateBroken
from booking_tui.services.mail.freezing import HANDOFF_FROM, fresh_key, is_for_later, render
from booking_tui.services.mail.planning import MailChoice, called_off
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail
from booking_tui.store.outbox_claims import Batch, Claimed

logger = logging.getLogger(__name__)

DUE_AT_ONCE = 128
BATCH_FROM = 10
"""So many due at once, without attachments, go out together."""
BATCH_LIMIT = 100
LEASE = timedelta(seconds=60)
"""Longer than any request may take."""
SENDER_LEASE = timedelta(seconds=90)
_LATE = frozenset({MailReason.TOO_LATE, MailReason.MEETING_OVER, MailReason.GUEST_ABSENT, MailReason.FOLDED})
"""Skipped rather than called off: nobody changed their mind."""


class WorkKind(StrEnum):
    """What is to go out."""

    NOTHING = "nothing"
    SINGLE = "single"
    BATCH = "batch"
    CALL_OFF = "call_off"


class Work(NamedTuple):
    """What one look at the outbox came to: at most one request."""

    kind: WorkKind
    claimed: tuple[Claimed, ...] = ()
    batch: Batch | None = None


class _Frozen(NamedTuple):
    """A body as it goes out; ``subject`` and ``key`` where they are new."""

    body: bytes
    subject: str | None = None
    key: str | None = None


class Look:
    """One look at what is due, inside the writer's transaction."""

    def __init__(
        self,
        records: Records,
        transaction: Transaction,
        account: MailAccount | None,
        choice: MailChoice,
        now: datetime,
        *,
        stopped: bool,
    ) -> None:
        self._records = records
        self._transaction = transaction
        self._account = account
        self._choice = choice
        self._now = now
        self._stopped = stopped
        self._world = records.bookings.world(transaction)
        self.touched: list[str] = []

    def rescue(self, *, all_of_them: bool) -> None:
        """Take back claims that ended without an answer; ``all_of_them``: also those whose lease still runs.

        A new holder of the sender's lease knows that nobody else is at work on them.
        """
        until = datetime.max.replace(tzinfo=self._now.tzinfo) if all_of_them else self._now
        for stored in self._records.claims.left_behind(self._transaction, until):
            values: dict[str, object] = {"lease_token": None, "lease_until": None}
            if stored.state is EmailState.SENDING and stored.email.handed_over:
                # To be called off at the provider: whether it was is asked by calling it off once more.
                values |= {"state": EmailState.SCHEDULED, "next_at": self._now}
            elif stored.state is EmailState.SENDING:
                values |= {"state": EmailState.UNKNOWN, "reason": MailReason.INTERRUPTED, "next_at": self._now}
            self._put(stored, **values)

    def look(self) -> Work:
        """Settle what needs no sending, and claim what goes out next."""
        due = self._records.claims.due(self._transaction, self._now, DUE_AT_ONCE)
        ready: list[StoredEmail] = []
        for stored in due:
            if stored.call_off and stored.email.handed_over:
                if self._account is not None and not self._stopped:
                    return self._call_off(stored)
            elif self._stays(stored):
                ready.append(stored)
        ready = self._without_folded(ready)
        if self._stopped or not ready:
            return Work(WorkKind.NOTHING)
        if self._account is None:
            for stored in ready:
                self._hold(stored, MailReason.NOT_CONFIGURED)
            return Work(WorkKind.NOTHING)
        return self._claim(ready, self._account)

    def _without_folded(self, ready: Sequence[StoredEmail]) -> list[StoredEmail]:
        """Of several reminders of one meeting only the nearest goes out, unless another may have gone already."""
        due = [stored.email for stored in ready if stored.email.send_at <= self._now]
        folded = {email.id for email in coalesce(due)}
        for stored in ready:
            if stored.id in folded and stored.certain:
                self._drop(stored, MailReason.FOLDED)
        return [stored for stored in ready if stored.id not in folded or not stored.certain]

    def _stays(self, stored: StoredEmail) -> bool:
        """Say whether a due email may go out; one that may not is settled."""
        email = stored.email
        booking = None if email.booking_uid is None else self._world.booking(email.booking_uid)
        chosen = email.revision > 1
        policy, now = self._choice.policy, self._now
        unwanted = still_wanted(email.kind, email.starts, email.to, booking, policy, now, chosen_address=chosen)
        if unwanted is None and email.useful_until is not None and email.useful_until <= now:
            unwanted = MailReason.TOO_LATE
        if unwanted is not None:
            self._drop(stored, unwanted)
            return False
        if not stored.certain and not key_alive(email.first_attempt_at, now):
            self._put(stored, state=EmailState.UNKNOWN, reason=MailReason.KEY_EXPIRED, next_at=None)
            return False
        if stored.certain and self._records.mail_log.is_suppressed(self._transaction, email.to):
            self._put(stored, state=EmailState.SUPPRESSED, reason=MailReason.SUPPRESSED, next_at=None)
            self._tell(stored, "email_failed", EmailState.SUPPRESSED, MailReason.SUPPRESSED)
            return False
        return self._in_time(stored)

    def _in_time(self, stored: StoredEmail) -> bool:
        """Say whether its time has come, or it may be scheduled at the provider already."""
        handoff = self._account is not None and self._account.handoff and stored.email.is_reminder
        if stored.email.send_at > self._now and not handoff:
            self._put(stored, next_at=stored.email.send_at)
            return False
        return True

    def _drop(self, stored: StoredEmail, reason: MailReason) -> None:
        if not stored.certain and reason in _LATE:
            # It may have gone out already: that is for the provider's word or for a person to say.
            self._put(stored, state=EmailState.UNKNOWN, reason=reason, next_at=None)
        elif not stored.certain:
            # That, or it lies there for later, and is called off there.
            self._put(stored, **called_off(stored, reason, self._now))
        elif reason in _LATE:
            self._put(stored, state=EmailState.SKIPPED, reason=reason, next_at=None)
            self._tell(stored, "email_skipped", EmailState.SKIPPED, reason)
        else:
            self._put(stored, **called_off(stored, reason, self._now))
            self._tell(stored, "email_cancelled", EmailState.CANCELLED, reason)

    def _hold(self, stored: StoredEmail, reason: MailReason, message: str | None = None) -> None:
        self._put(stored, state=EmailState.HELD, reason=reason, next_at=None, last_message=message)
        self._tell(stored, "email_held", EmailState.HELD, reason)

    def _call_off(self, stored: StoredEmail) -> Work:
        until = self._now + LEASE
        claimed = self._records.claims.claim(self._transaction, stored, None, now=self._now, until=until)
        return self._work(WorkKind.CALL_OFF, [claimed])

    def _claim(self, ready: Sequence[StoredEmail], account: MailAccount) -> Work:
        for stored in ready:
            if stored.batch_id is not None:
                work = self._again_as_batch(stored)
                if work is not None:
                    return work
                continue
            together = self._alike(ready, stored)
            if len(together) >= BATCH_FROM:
                return self._claim_batch(together[:BATCH_LIMIT], account)
            frozen = self._body_of(stored, account)
            if frozen is None:
                continue
            claimed = self._claim_one(stored, *frozen)
            return self._work(WorkKind.SINGLE, [claimed])
        return self._work(WorkKind.NOTHING, [])

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
        rendered = [(stored, frozen) for stored, frozen in bodies if frozen is not None]
        if not rendered:
            return self._work(WorkKind.NOTHING, [])
        array = b"[" + b",".join(frozen.body for _, frozen in rendered) + b"]"
        ids = [stored.id for stored, _ in rendered]
        batch = self._records.claims.freeze_batch(self._transaction, ids, array, self._now)
        self._records.claims.count_batch_attempt(self._transaction, batch)
        claimed = [self._claim_one(stored, *frozen, batch=batch) for stored, frozen in rendered]
        return self._work(WorkKind.BATCH, claimed, batch=batch)

    def _again_as_batch(self, stored: StoredEmail) -> Work | None:
        """Claim a batch whose outcome is unknown once more, whole; only while all of it is still as it was.

        The key of a batch protects only the very same array: with one email less it would be another request.
        """
        batch = self._records.claims.batch(self._transaction, stored.batch_id or "")
        members = [] if batch is None else self._records.claims.members(self._transaction, batch)
        if any(member.state in TAKEN for member in members):
            # All or none: so the provider has this one, too, and will say what became of it.
            reason = stored.email.reason if stored.state is EmailState.UNKNOWN else MailReason.NO_ANSWER
            self._put(stored, state=EmailState.UNKNOWN, reason=reason, next_at=None)
            return None
        alike = {EmailState.UNKNOWN, EmailState.RETRYING}
        whole = batch is not None and len(members) == len(batch.email_ids)
        changed = any(member.state not in alike or member.email.next_at is None for member in members)
        if batch is None or not whole or changed:
            self._put(stored, state=EmailState.UNKNOWN, reason=MailReason.BATCH_CHANGED, next_at=None)
            return None
        if not all(self._stays(member) for member in members):
            for member in members:
                if member.id not in self.touched:
                    self._put(member, state=EmailState.UNKNOWN, reason=MailReason.BATCH_CHANGED, next_at=None)
            return None
        self._records.claims.count_batch_attempt(self._transaction, batch)
        claimed = [self._claim_one(member, None, batch=batch) for member in members]
        return self._work(WorkKind.BATCH, claimed, batch=batch)

    def _claim_one(
        self,
        stored: StoredEmail,
        body: bytes | None,
        subject: str | None = None,
        key: str | None = None,
        *,
        batch: Batch | None = None,
    ) -> Claimed:
        self.touched.append(stored.id)
        until = self._now + LEASE
        return self._records.claims.claim(
            self._transaction, stored, body, now=self._now, until=until, batch=batch, subject=subject, key=key
        )

    def _body_of(self, stored: StoredEmail, account: MailAccount) -> _Frozen | None:
        """Give the frozen body, rendered now when it is not frozen yet; an email that cannot be written is held."""
        try:
            frozen = self._records.claims.frozen(self._transaction, stored.id)
            if frozen is not None and not self._outdated(stored, frozen):
                return _Frozen(frozen)
            body, subject = render(stored.email, account, self._world, self._now)
        except TemplateBroken as error:
            self._hold(stored, MailReason.TEMPLATE_BROKEN, str(error))
        except ValueError as error:
            self._hold(stored, MailReason.NO_ADDRESS, str(error))
        except Exception as error:  # whatever it was, it must not stop the others
            logger.exception("email %s cannot be written", stored.id)
            self._hold(stored, MailReason.TEMPLATE_BROKEN, f"{type(error).__name__}: {error}"[:500])
        else:
            return _Frozen(body, subject, None if frozen is None else fresh_key(stored))
        return None

    def _outdated(self, stored: StoredEmail, frozen: bytes) -> bool:
        """Say whether a body asks the provider to send at a time that has come; nothing of it may have gone out."""
        return stored.certain and is_for_later(frozen) and stored.email.send_at - self._now < HANDOFF_FROM

    def _work(self, kind: WorkKind, claimed: Sequence[Claimed], *, batch: Batch | None = None) -> Work:
        return Work(kind, tuple(claimed), batch)

    def _put(self, stored: StoredEmail, **values: object) -> None:
        self._records.outbox.put(self._transaction, stored.id, values, at=self._now)
        self.touched.append(stored.id)

    def _tell(self, stored: StoredEmail, action: str, state: EmailState, reason: MailReason) -> None:
        changes: Changes = {stored.email.kind: (stored.state.value, state.value), "reason": (None, reason.value)}
        change = Change(stored.email.booking_uid, "system", action, changes)
        self._records.history.append(self._transaction, [change], at=self._now, email_id=stored.id)
