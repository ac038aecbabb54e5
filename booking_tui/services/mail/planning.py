"""Which emails a booking wants, kept in the outbox in the very transaction that changes the booking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from booking_tui.domain.booking import Booking
from booking_tui.domain.history import Change, Changes
from booking_tui.domain.instants import to_text
from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.plan import MailPolicy, Plan, Skipped, Wanted, plan, still_wanted
from booking_tui.domain.mail.reasons import RECALLED, MailReason
from booking_tui.services.mail.freezing import as_never_handed_over, fresh_key
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail
from booking_tui.store.outbox import NewEmail

HANDOFF_AHEAD = timedelta(days=29)
"""The provider takes emails up to 30 days ahead."""
_LATE = frozenset({MailReason.TOO_LATE, MailReason.MEETING_OVER})
"""Told by the clock and not by the booking: the sender's business."""
_TOLD = ("title", "event_title", "start", "end", "location", "meeting_url", "booking_page", "cancellation_reason")
"""What emails say of a booking."""


class MailChoice(NamedTuple):
    """What the settings want now. ``handoff``: reminders are scheduled at the provider."""

    policy: MailPolicy = MailPolicy()
    handoff: bool = False


class Planner:
    """Plans the emails of bookings. ``choice`` is asked anew each time; on a demo home tests are bookings like any."""

    def __init__(self, records: Records, choice: Callable[[], MailChoice], *, demo: bool = False) -> None:
        self._records = records
        self._choice = choice
        self._demo = demo

    def booking_changed(
        self,
        transaction: Transaction,
        before: Booking | None,
        booking: Booking,
        *,
        live: bool,
        changed_at: datetime,
        at: datetime,
        event_id: str | None = None,
    ) -> list[str]:
        """Bring the outbox in step with a booking; gives the ids of the emails that changed.

        ``live``: the change was received as it happened, not imported, replayed or caught up with.
        """
        if booking.is_shell or (booking.test and not self._demo):
            return []
        choice = self._choice()
        wanted = plan(before, booking, choice.policy, at, live=live, changed_at=changed_at)
        known = {
            stored.email.reason_key: stored for stored in self._records.outbox.of_booking(transaction, booking.uid)
        }
        if not known and not wanted.wanted and not wanted.skipped:
            return []
        step = _Step(self._records, transaction, booking, choice, at)
        step.add(wanted, known)
        step.call_off(known.values())
        if before is not None and any(getattr(before, name) != getattr(booking, name) for name in _TOLD):
            step.thaw(known.values())
        step.tell(event_id)
        return step.touched


class _Step:
    """One booking's emails in one transaction."""

    def __init__(
        self, records: Records, transaction: Transaction, booking: Booking, choice: MailChoice, at: datetime
    ) -> None:
        self._records = records
        self._transaction = transaction
        self._booking = booking
        self._choice = choice
        self._at = at
        self._planned: Changes = {}
        self._dropped: Changes = {}
        self.touched: list[str] = []

    def add(self, wanted: Plan, known: dict[str, StoredEmail]) -> None:
        """Put in what is new, and take up again what had been called off by a setting."""
        several = len({each.recipient.email.casefold() for each in (*wanted.wanted, *wanted.skipped)}) > 1
        for each in (*wanted.wanted, *wanted.skipped):
            name = f"{each.kind} {each.recipient.email}" if several else each.kind
            old = known.get(each.reason_key)
            if old is not None:
                if isinstance(each, Wanted):
                    self._take_up(old, each, name)
                continue
            email_id = self._records.outbox.add(self._transaction, self._new(each), at=self._at)
            if email_id is not None:
                self.touched.append(email_id)
                skipped = isinstance(each, Skipped)
                self._planned[name] = (None, f"skipped: {each.reason}" if skipped else to_text(each.send_at))

    def _take_up(self, old: StoredEmail, wanted: Wanted, name: str) -> None:
        """Plan again what had been called off, and see that what waits is handed over early if that is wished now."""
        next_at = self._next_at(wanted)
        if _comes_back(old):
            anew = as_never_handed_over(old) if old.email.handed_over else {}
            self._put(old, **{**anew, "state": EmailState.SCHEDULED, "reason": None, "next_at": next_at})
            self._planned[name] = (old.state.value, to_text(wanted.send_at))
        elif old.state is EmailState.SCHEDULED and next_at < old.email.send_at == wanted.send_at == old.email.next_at:
            self._put(old, next_at=next_at)

    def call_off(self, known: Iterable[StoredEmail]) -> None:
        """Drop what the booking no longer wants."""
        emails = list(known)
        several = len({stored.email.to.casefold() for stored in emails}) > 1
        for stored in emails:
            email = stored.email
            if not _open(stored, self._at):
                continue
            policy, chosen = self._choice.policy, email.revision > 1
            reason = still_wanted(
                email.kind, email.starts, email.to, self._booking, policy, self._at, chosen_address=chosen
            )
            if reason is None or reason in _LATE:
                continue
            self._put(stored, **called_off(stored, reason, self._at))
            self._dropped[f"{email.kind} {email.to}" if several else email.kind] = (email.state.value, reason.value)

    def thaw(self, known: Iterable[StoredEmail]) -> None:
        """Have emails written anew that are frozen with what the booking said before, where none can have gone out.

        Another body needs another key: the provider refuses a known key with other content.
        """
        for stored in known:
            email = stored.email
            if stored.id in self.touched:
                continue
            if email.handed_over and _open(stored, self._at):
                # What the provider has cannot be changed: it is called off there, and handed over anew.
                self._put(stored, **called_off(stored, MailReason.BOOKING_CHANGED, self._at))
                continue
            waiting = email.state in {EmailState.SCHEDULED, EmailState.RETRYING, EmailState.HELD}
            if email.frozen and stored.certain and waiting and not email.handed_over:
                key = fresh_key(stored)
                self._put(stored, body=None, body_sha256=None, subject=None, idempotency_key=key, batch_id=None)

    def tell(self, event_id: str | None) -> None:
        """Write down what was planned and why, and what was dropped."""
        changes = [
            Change(self._booking.uid, "system", action, told)
            for action, told in (("emails_planned", self._planned), ("emails_dropped", self._dropped))
            if told
        ]
        if changes:
            self._records.history.append(self._transaction, changes, at=self._at, event_id=event_id)

    def _new(self, each: Wanted | Skipped) -> NewEmail:
        skipped = isinstance(each, Skipped)
        return NewEmail(
            kind=each.kind,
            booking_uid=self._booking.uid,
            reason_key=each.reason_key,
            to_name=each.recipient.name,
            to=each.recipient.email,
            send_at=each.send_at,
            why="" if isinstance(each, Skipped) else each.why,
            state=EmailState.SKIPPED if skipped else EmailState.SCHEDULED,
            reason=each.reason.value if isinstance(each, Skipped) else None,
            useful_until=None if isinstance(each, Skipped) else each.useful_until,
            next_at=None if isinstance(each, Skipped) else self._next_at(each),
            starts=each.starts,
            test=self._booking.test,
        )

    def _next_at(self, wanted: Wanted) -> datetime:
        early = self._choice.handoff and wanted.kind.startswith("reminder_")
        return max(self._at, wanted.send_at - HANDOFF_AHEAD) if early else wanted.send_at

    def _put(self, stored: StoredEmail, **values: object) -> None:
        self._records.outbox.put(self._transaction, stored.id, values, at=self._at)
        self.touched.append(stored.id)


def _comes_back(stored: StoredEmail) -> bool:
    """Say whether an email that was called off may be planned again: nobody has it, nor will get it."""
    dropped = stored.state is EmailState.CANCELLED and stored.email.reason in RECALLED
    return dropped and (stored.tries == 0 or stored.email.handed_over)


def _open(stored: StoredEmail, now: datetime) -> bool:
    """Say whether something may still go out."""
    if stored.state is EmailState.SENDING:
        return not stored.call_off
    if stored.state is EmailState.UNKNOWN:
        return stored.email.next_at is not None
    if stored.email.handed_over:
        return stored.state is EmailState.SCHEDULED and stored.email.send_at > now and not stored.call_off
    return stored.state in {EmailState.SCHEDULED, EmailState.RETRYING, EmailState.HELD}


def called_off(stored: StoredEmail, reason: MailReason, now: datetime) -> dict[str, object]:
    """Give the columns that call an email off; what may have gone out already stays ``unknown``."""
    if stored.email.handed_over:
        return {"call_off": True, "next_at": now, "reason": reason}
    if stored.state is EmailState.SENDING:
        return {"call_off": True, "reason": reason}
    if not stored.certain and stored.email.provider_id is not None:
        # No answer came, and yet it is known that the provider has it, for later.
        there = {"state": EmailState.SCHEDULED, "handed_over": True}
        return {**there, "call_off": True, "next_at": now, "reason": reason}
    if not stored.certain:
        return {"state": EmailState.UNKNOWN, "reason": reason, "next_at": None}
    return {"state": EmailState.CANCELLED, "reason": reason, "next_at": None}
