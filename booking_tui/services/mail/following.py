"""What the provider says of emails after it has taken them: events in any order, from any path, repeatedly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from booking_tui.domain.history import Change, Changes
from booking_tui.domain.mail.delivery import MailEvent, after, is_told, reason_of, state_of
from booking_tui.domain.mail.email import EmailState, Suppression
from booking_tui.domain.mail.reasons import RECALLED, MailReason
from booking_tui.services.mail.freezing import as_never_handed_over
from booking_tui.services.mail.pauses import Pauses
from booking_tui.services.mail.releasing import mended_there
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail

ARRIVED = "email.delivered"
_SUPPRESSION, _DOMAIN = "suppression.", "domain."
_ACTIONS = {
    EmailState.DELIVERED: "email_delivered",
    EmailState.BOUNCED: "email_failed",
    EmailState.COMPLAINED: "email_failed",
    EmailState.SUPPRESSED: "email_failed",
    EmailState.DEAD: "email_failed",
    EmailState.CANCELLED: "email_cancelled",
    EmailState.ACCEPTED: "email_sent",
    EmailState.HELD: "email_held",
}
_GONE_OUT = frozenset({EmailState.ACCEPTED, EmailState.DELAYED, EmailState.DELIVERED})
_FOR_GOOD = frozenset({MailReason.BY_YOU, MailReason.REPLACED})


class Following:
    """Keeps the provider's events and lets them move emails on."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def take(
        self, transaction: Transaction, events: Iterable[MailEvent], *, at: datetime, event_id: str | None = None
    ) -> list[str]:
        """Apply events; gives the ids of the emails that changed. One whose email is not known yet is kept for it."""
        touched: list[str] = []
        for event in events:
            if event.kind.startswith(_SUPPRESSION):
                self._suppression(transaction, event)
                continue
            if event.kind.startswith(_DOMAIN):
                touched += self._domain(transaction, event, at)
                continue
            past = self._records.mail_log.past_id_of(transaction, event.provider_id)
            if past is not None:
                # It tells of what was called off and handed over anew since: kept, and nothing else.
                new = self._records.mail_log.note(transaction, past, event, event_id=event_id)
                if new and self._called_off_in_vain(transaction, past, event, at=at, event_id=event_id):
                    touched.append(past)
                continue
            stored = self._records.mail_log.email_of(transaction, event)
            new = self._records.mail_log.note(transaction, stored.id if stored else None, event, event_id=event_id)
            if stored is not None and new and self._move_on(transaction, stored, event, at=at, event_id=event_id):
                touched.append(stored.id)
        return touched

    def adopt(self, transaction: Transaction, email_id: str, provider_id: str, at: datetime) -> None:
        """Apply what came before the answer named the email."""
        for event in self._records.mail_log.adopt(transaction, email_id, provider_id):
            stored = self._records.outbox.one(transaction, email_id)
            if stored is not None:
                self._move_on(transaction, stored, event, at=at, event_id=None)

    def _move_on(
        self, transaction: Transaction, stored: StoredEmail, event: MailEvent, *, at: datetime, event_id: str | None
    ) -> bool:
        values: dict[str, object] = {}
        if event.provider_id and stored.email.provider_id is None:
            values["provider_id"] = event.provider_id
        said = state_of(event.kind)
        told = is_told(stored.state, stored.email.reason)
        waits = {EmailState.UNKNOWN, EmailState.RETRYING, EmailState.DEAD}
        if event.kind == "email.scheduled" and stored.state in waits and not told:
            values |= _there_for_later(stored, at)
        if said in _GONE_OUT and _was_to_be_called_off(stored):
            self._could_not_be_called_off(transaction, stored, event, values, at=at, event_id=event_id)
        elif said is not None:
            known = stored.state if told else EmailState.UNKNOWN
            state = after(known, said)
            reason = reason_of(event)
            called_off = state is EmailState.CANCELLED
            if called_off:
                reason = _why_cancelled(stored)
            asked = stored.call_off or stored.email.reason == MailReason.CANCEL_FAILED
            if called_off and state is not known and asked and reason not in _FOR_GOOD:
                # By us, and perhaps it is wanted again since: that is asked before it goes out anew.
                values |= {**as_never_handed_over(stored), "next_at": at, "reason_before": None}
            elif state is not known:
                values |= {"state": state, "reason": reason, "next_at": None, "certain": False, "call_off": False}
                message = event.detail[:1000] if event.detail else None
                values |= {"last_status": None, "last_name": None, "last_message": message}
                self._tell(
                    transaction, stored, state, None if reason is None else reason.value, at=at, event_id=event_id
                )
        if not values:
            return False
        return self._records.outbox.put(transaction, stored.id, values, at=at)

    def _could_not_be_called_off(
        self,
        transaction: Transaction,
        stored: StoredEmail,
        event: MailEvent,
        values: dict[str, object],
        *,
        at: datetime,
        event_id: str | None,
    ) -> None:
        """Set down that an email went out which was to be called off: somebody has to tell the guest."""
        reason, known = MailReason.CANCEL_FAILED, stored.email.reason == MailReason.CANCEL_FAILED
        values |= {"state": EmailState.HELD, "reason": reason, "next_at": None, "certain": False, "call_off": False}
        arrived = known and stored.email.last_name == ARRIVED
        message = event.detail[:1000] if event.detail else None
        values |= {"last_status": None, "last_name": ARRIVED if arrived else event.kind, "last_message": message}
        if not known:
            values["reason_before"] = stored.email.reason
            self._tell(transaction, stored, EmailState.HELD, reason.value, at=at, event_id=event_id)

    def _called_off_in_vain(
        self, transaction: Transaction, email_id: str, event: MailEvent, *, at: datetime, event_id: str | None
    ) -> bool:
        """Take in that one went out after all whose calling-off was confirmed, and that nobody wants any more."""
        stored = self._records.outbox.one(transaction, email_id)
        dropped = stored is not None and stored.state is EmailState.CANCELLED and stored.email.reason in RECALLED
        if stored is None or not dropped or state_of(event.kind) not in _GONE_OUT:
            return False
        # It is about that email of the provider's again: another try asks there, and sends nothing anew.
        values: dict[str, object] = {"provider_id": event.provider_id, "handed_over": True}
        self._could_not_be_called_off(transaction, stored, event, values, at=at, event_id=event_id)
        return self._records.outbox.put(transaction, stored.id, values, at=at)

    def _domain(self, transaction: Transaction, event: MailEvent, at: datetime) -> list[str]:
        """Go on once a domain that was waited for is verified; gives the emails that changed."""
        waits = Pauses(self._records).refused(transaction) is MailReason.DOMAIN_NOT_VERIFIED
        return mended_there(self._records, transaction, at) if event.detail == "verified" and waits else []

    def _suppression(self, transaction: Transaction, event: MailEvent) -> None:
        if not event.recipient:
            return
        if event.kind.endswith(".removed"):
            self._records.mail_log.unsuppress(transaction, event.recipient, event.at)
        else:
            found = Suppression(event.recipient, event.origin or "manual", event.at, event.provider_id)
            self._records.mail_log.suppress(transaction, found)

    def _tell(
        self,
        transaction: Transaction,
        stored: StoredEmail,
        state: EmailState,
        reason: str | None,
        *,
        at: datetime,
        event_id: str | None,
    ) -> None:
        action = _ACTIONS.get(state)
        if action is None or (state is EmailState.ACCEPTED and stored.state is EmailState.ACCEPTED):
            return
        changes: Changes = {stored.email.kind: (stored.state.value, state.value)}
        if reason:
            changes["reason"] = (stored.email.reason or "", reason)
        change = Change(stored.email.booking_uid, "system", action, changes)
        self._records.history.append(transaction, [change], at=at, event_id=event_id, email_id=stored.id)


def _was_to_be_called_off(stored: StoredEmail) -> bool:
    """Say whether an email that the provider had for later was, or is, to be called off; a person may have kept it."""
    email = stored.email
    if email.settled is not None:
        return False
    if email.reason == MailReason.CANCEL_FAILED:
        return True
    if stored.state in {EmailState.SENDING, EmailState.UNKNOWN} and email.reason in RECALLED:
        # No answer told that it was there for later, so nobody could ask to call it off.
        return email.first_attempt_at is not None and email.first_attempt_at < email.send_at
    over = stored.state is EmailState.CANCELLED and email.reason in {*RECALLED, MailReason.BY_YOU}
    return email.handed_over and (stored.call_off or over)


def _why_cancelled(stored: StoredEmail) -> MailReason | None:
    """Give the cause of a cancelling that was asked for here, and is seen there before its answer told."""
    known = stored.email.reason
    if known == MailReason.CANCEL_FAILED:
        known = stored.reason_before or MailReason.BOOKING_CHANGED.value
    return MailReason(known) if known in {*RECALLED, *_FOR_GOOD} else None


def _there_for_later(stored: StoredEmail, at: datetime) -> dict[str, object]:
    """Give the columns of an email of which nobody knew that the provider has it, to be sent at its time.

    One that was called off meanwhile is called off there, too; whether any other is still wanted is asked at once.
    """
    unwanted = stored.email.next_at is None and stored.email.reason in {*RECALLED, MailReason.BY_YOU}
    there: dict[str, object] = {"state": EmailState.SCHEDULED, "handed_over": True, "next_at": at}
    return {**there, "call_off": unwanted, "reason": stored.email.reason if unwanted else None}
