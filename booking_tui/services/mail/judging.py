"""Whether what is due may go out at all: asked of the booking as it is in the claiming transaction."""

from __future__ import annotations

from datetime import datetime

from booking_tui.domain.booking import Booking
from booking_tui.domain.decision import World
from booking_tui.domain.history import Change, Changes
from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.outcome import key_alive
from booking_tui.domain.mail.plan import still_wanted
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.ports.mail import MailAccount
from booking_tui.services.mail.freezing import told_by
from booking_tui.services.mail.planning import MailChoice
from booking_tui.services.mail.recalling import called_off
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail

_LATE = frozenset({MailReason.TOO_LATE, MailReason.MEETING_OVER, MailReason.GUEST_ABSENT, MailReason.FOLDED})
"""Skipped rather than called off: nobody changed their mind."""


class Judge:
    """Judges what is due, and settles what does not go out."""

    def __init__(
        self,
        records: Records,
        transaction: Transaction,
        world: World,
        *,
        account: MailAccount | None,
        choice: MailChoice,
        now: datetime,
    ) -> None:
        self._records = records
        self._transaction = transaction
        self._world = world
        self._account = account
        self._choice = choice
        self._now = now
        self.touched: list[str] = []

    def stays(self, stored: StoredEmail) -> bool:
        """Say whether a due email may go out; one that may not is settled."""
        email = stored.email
        unwanted = self._unwanted(stored)
        if unwanted is not None:
            self.drop(stored, unwanted)
            return False
        if not stored.certain and (doubt := self._unaskable(stored)) is not None:
            self.put(stored, state=EmailState.UNKNOWN, reason=doubt, next_at=None)
            return False
        if stored.certain and self._records.mail_log.is_suppressed(self._transaction, email.to):
            self.put(stored, state=EmailState.SUPPRESSED, reason=MailReason.SUPPRESSED, next_at=None)
            self._tell(stored, "email_failed", EmailState.SUPPRESSED, MailReason.SUPPRESSED)
            return False
        return self._in_time(stored)

    def _booking(self, stored: StoredEmail) -> Booking | None:
        uid = stored.email.booking_uid
        return None if uid is None else self._world.booking(uid)

    def _unwanted(self, stored: StoredEmail) -> MailReason | None:
        """Give why an email is not to be sent; None when it is."""
        email, policy, now = stored.email, self._choice.policy, self._now
        booking, chosen = self._booking(stored), email.own_address
        unwanted = still_wanted(email.kind, email.starts, email.to, booking, policy, now, chosen_address=chosen)
        if unwanted is None and email.useful_until is not None and email.useful_until <= now:
            return MailReason.TOO_LATE
        return unwanted

    def _unaskable(self, stored: StoredEmail) -> MailReason | None:
        """Give why what may have gone out must not be handed over once more; None when its key still protects it."""
        if not key_alive(stored.email.first_attempt_at, self._now):
            return MailReason.KEY_EXPIRED
        other = self._account is not None and stored.account not in {None, self._account.account}
        return MailReason.OTHER_ACCOUNT if other else None

    def _in_time(self, stored: StoredEmail) -> bool:
        """Say whether its time has come, or it may be scheduled at the provider already."""
        handoff = self._account is not None and self._account.handoff and stored.email.is_reminder
        if stored.email.send_at > self._now and not handoff:
            self.put(stored, next_at=stored.email.send_at)
            return False
        return True

    def drop(self, stored: StoredEmail, reason: MailReason) -> None:
        """Settle an email that is not to go out."""
        if not stored.certain and reason in _LATE:
            # It may have gone out already: that is for the provider's word or for a person to say.
            self.put(stored, state=EmailState.UNKNOWN, reason=reason, next_at=None)
        elif not stored.certain:
            # That, or it lies there for later, and is called off there.
            self.put(stored, **called_off(stored, reason, self._now))
        elif reason in _LATE:
            self.put(stored, state=EmailState.SKIPPED, reason=reason, next_at=None)
            self._tell(stored, "email_skipped", EmailState.SKIPPED, reason)
        else:
            self.put(stored, **called_off(stored, reason, self._now))
            self._tell(stored, "email_cancelled", EmailState.CANCELLED, reason)

    def hold(self, stored: StoredEmail, reason: MailReason, message: str | None = None) -> None:
        """Let an email wait until what it lacks is there."""
        self.put(stored, state=EmailState.HELD, reason=reason, next_at=None, last_message=message)
        self._tell(stored, "email_held", EmailState.HELD, reason)

    def unwanted_there(self, stored: StoredEmail) -> StoredEmail | None:
        """Give an email that the provider turned out to have for later, when it is to be called off there."""
        reason = self._unwanted(stored)
        booking = self._booking(stored)
        if stored.email.settled is not None and stored.email.settled.superseded:
            reason = MailReason.REPLACED
        elif reason is None and stored.told not in {None, told_by(booking)}:
            reason = MailReason.BOOKING_CHANGED
        if reason is None or reason in _LATE:
            self.put(stored, next_at=None)
            return None
        self.put(stored, **called_off(stored, reason, self._now))
        return self._records.outbox.one(self._transaction, stored.id)

    def put(self, stored: StoredEmail, **values: object) -> None:
        """Set columns of an email."""
        self._records.outbox.put(self._transaction, stored.id, values, at=self._now)
        self.touched.append(stored.id)

    def _tell(self, stored: StoredEmail, action: str, state: EmailState, reason: MailReason) -> None:
        changes: Changes = {stored.email.kind: (stored.state.value, state.value), "reason": (None, reason.value)}
        change = Change(stored.email.booking_uid, "system", action, changes)
        self._records.history.append(self._transaction, [change], at=self._now, email_id=stored.id)
