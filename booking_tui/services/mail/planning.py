"""Which emails a booking wants, kept in the outbox in the very transaction that changes the booking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from booking_tui.domain.booking import Booking
from booking_tui.domain.history import Change, Changes
from booking_tui.domain.instants import to_text
from booking_tui.domain.mail.addresses import usable
from booking_tui.domain.mail.email import CANCELLED, MOVED, NOTICES, EmailState
from booking_tui.domain.mail.plan import NEWS_FOR, MailPolicy, Plan, Skipped, Wanted, base_key, plan, still_wanted
from booking_tui.domain.mail.reasons import RECALLED, MailReason
from booking_tui.services.mail.freezing import told_by, unwritten
from booking_tui.services.mail.hearing import Heard, heard
from booking_tui.services.mail.last_told import is_news, is_past, last_told
from booking_tui.services.mail.recalling import back, called_off, comes_back, is_open, taken_back
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail
from booking_tui.store.outbox import NewEmail

HANDOFF_AHEAD = timedelta(days=29)
"""The provider takes emails up to 30 days ahead."""
_LATE = frozenset({MailReason.TOO_LATE, MailReason.MEETING_OVER})
"""Told by the clock and not by the booking: the sender's business."""


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
        if not known and not any(wanted):
            return []
        step = _Step(self._records, transaction, booking, choice, at)
        moved_at = changed_at if before is not None and before.start != booking.start else None
        step.add(wanted, known, moved_at)
        step.call_off(known.values())
        # Deeds and settings are no deliveries: they decide about what is fresh still, and never about old news.
        live = event_id is None or (live and at - changed_at < NEWS_FOR)
        step.recall(known.values(), moved_at, live=live)
        step.thaw(known.values())
        step.tell(event_id)
        return step.touched

    def next_look(self, kind: str, send_at: datetime, at: datetime) -> datetime:
        """Give when the sender has to look at an email: at its time, or earlier if it is to be handed over early."""
        return next_look(self._choice(), kind, send_at, at)


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
        self._told = told_by(booking)
        self._planned: Changes = {}
        self._dropped: Changes = {}
        self._judged: set[str] = set()
        """The emails that the plan names: what becomes of them is decided by it."""
        self.touched: list[str] = []

    @cached_property
    def _heard(self) -> Heard:
        """What was told until now: nothing of it changes while emails are planned. A group's is read once."""
        return heard(self._records, self._transaction, self._booking)

    def add(self, wanted: Plan, known: Mapping[str, StoredEmail], moved_at: datetime | None) -> None:
        """Put in what is new, and take up again what had been called off; ``moved_at``: it got another start then."""
        emails = (*wanted.wanted, *wanted.skipped, *wanted.unreachable)
        several = len({each.recipient.email.casefold() for each in emails}) > 1
        # A person's edit may have freed the key that an email was planned with: its reason is taken all the same.
        revised = {base_key(key): stored for key, stored in known.items()}
        for each in emails:
            name = f"{each.kind} {each.recipient.email}" if several else each.kind
            old = known.get(each.reason_key) or revised.get(each.reason_key)
            key = each.reason_key if old is None else self._key_once_more(old, each, known)
            if old is not None:
                self._judged.add(old.id)
            if each.kind == MOVED and heard(self._records, self._transaction, self._booking).knows(
                each.recipient.email
            ):
                continue  # It was moved away and back meanwhile, and nobody told them.
            if key is not None:
                new = self._new(each, key, reachable=each not in wanted.unreachable)
                self._add(new, name, f"skipped: {each.reason}" if isinstance(each, Skipped) else to_text(each.send_at))
            elif old is None:
                continue
            elif _had_its_time(old, moved_at):
                self._miss(old)
            elif _is_wanted(each, old, self._at):
                self._take_up(old, each.send_at, name)

    def _key_once_more(self, old: StoredEmail, each: Wanted | Skipped, known: Mapping[str, StoredEmail]) -> str | None:
        """Give a key of its own for a start that was told before, when the guest was told another one since.

        The start of a booking changes only by what is newer than all that is known: neither a replay nor another order
        gets here a second time.
        """
        if not isinstance(each, Wanted) or not each.again:
            return None
        attempts = self._records.claims.last_attempts(self._transaction, [stored.id for stored in known.values()])
        if not is_past(old, known.values(), attempts):
            return None
        head, _, address = each.reason_key.rpartition(":")
        keys = (f"{head}~{number}:{address}" for number in range(2, len(known) + 3))
        return next(key for key in keys if key not in known)

    def _add(self, new: NewEmail, name: str, told: str) -> None:
        email_id = self._records.outbox.add(self._transaction, new, at=self._at)
        if email_id is not None:
            self.touched.append(email_id)
            self._planned[name] = (None, told)

    def recall(self, known: Iterable[StoredEmail], moved_at: datetime | None, *, live: bool) -> None:
        """Take up again what had been called off and is wanted after all, though the plan does not name it.

        A notice is planned once, by the news that it tells, and what a person has revised has a key of its own. Had
        nobody called them off they would still wait: so the booking as it is says whether they come back, and not what
        made the difference: a setting, a correction that was undone, an event that came late. Yet news are told while
        they are fresh, or not at all, and what is read from history brings none back.
        """
        lost = [
            stored
            for stored in known
            if stored.email.reason in RECALLED
            and stored.id not in self._judged
            and stored.id not in self.touched
            and (stored.email.kind not in NOTICES or (live and self._at - stored.email.created_at < NEWS_FOR))
            and self._unwanted(stored) is None
        ]
        if not lost:
            return
        outbox, uid = self._records.outbox, self._booking.uid
        told = self._heard
        # What was called off last is the latest word.
        for stored in sorted(lost, key=lambda each: (each.email.updated_at, each.email.seq), reverse=True):
            if _had_its_time(stored, moved_at):
                self._miss(stored)
            elif stored.email.kind == CANCELLED and last_told(told.emails, stored.email.to, told.attempts) is None:
                continue  # Who was told nothing of a meeting does not miss it.
            elif is_news(stored, outbox.of_booking(self._transaction, uid), told.attempts, self._at):
                self._take_up(stored, stored.email.send_at, f"{stored.email.kind} {stored.email.to}")

    def _miss(self, old: StoredEmail) -> None:
        """Skip a reminder for whose time the meeting got this start too late: the notice of it says all there is."""
        if comes_back(old):
            self._put(old, state=EmailState.SKIPPED, reason=MailReason.BOOKED_TOO_LATE, next_at=None)

    def _take_up(self, old: StoredEmail, send_at: datetime, name: str) -> None:
        """Plan again what had been called off, and see that what waits is handed over early if that is wished now."""
        next_at = next_look(self._choice, old.email.kind, send_at, self._at)
        if comes_back(old):
            self._put(old, **back(old, next_at))
            self._planned[name] = (old.state.value, to_text(send_at))
        elif values := taken_back(old, self._told, self._at):
            self._put(old, **values)
        elif old.state is EmailState.SCHEDULED and next_at < old.email.send_at == send_at == old.email.next_at:
            self._put(old, next_at=next_at)

    def call_off(self, known: Iterable[StoredEmail]) -> None:
        """Drop what the booking no longer wants."""
        emails = list(known)
        several = len({stored.email.to.casefold() for stored in emails}) > 1
        for stored in emails:
            email = stored.email
            if not is_open(stored, self._at) or stored.id in self.touched:
                continue
            reason = self._unwanted(stored)
            if reason is None and email.reason == MailReason.NO_ADDRESS and stored.certain and usable(email.to):
                # It has been corrected.
                next_at = next_look(self._choice, email.kind, email.send_at, self._at)
                self._put(stored, state=EmailState.SCHEDULED, reason=None, next_at=next_at)
            if reason is None or reason in _LATE:
                continue
            self._put(stored, **called_off(stored, reason, self._at))
            self._dropped[f"{email.kind} {email.to}" if several else email.kind] = (email.state.value, reason.value)

    def _unwanted(self, stored: StoredEmail) -> MailReason | None:
        """Give why an email is not wanted as the booking is now; None when it is."""
        email, policy, chosen = stored.email, self._choice.policy, stored.email.own_address
        return still_wanted(email.kind, email.starts, email.to, self._booking, policy, self._at, chosen_address=chosen)

    def thaw(self, known: Iterable[StoredEmail]) -> None:
        """Have emails written anew that are frozen with what the booking said before, where none can have gone out.

        What may have gone out is looked at once it is known that the provider has it for later.
        """
        for stored in known:
            email = stored.email
            if stored.id in self.touched or stored.told in {None, self._told}:
                continue
            if email.handed_over and is_open(stored, self._at):
                # What the provider has cannot be changed: it is called off there, and handed over anew.
                self._put(stored, **called_off(stored, MailReason.BOOKING_CHANGED, self._at))
                continue
            waiting = email.state in {EmailState.SCHEDULED, EmailState.RETRYING, EmailState.HELD}
            if email.frozen and stored.certain and waiting and not email.handed_over:
                self._put(stored, **unwritten(stored))

    def tell(self, event_id: str | None) -> None:
        """Write down what was planned and why, and what was dropped."""
        changes = [
            Change(self._booking.uid, "system", action, told)
            for action, told in (("emails_planned", self._planned), ("emails_dropped", self._dropped))
            if told
        ]
        if changes:
            self._records.history.append(self._transaction, changes, at=self._at, event_id=event_id)

    def _new(self, each: Wanted | Skipped, key: str, *, reachable: bool) -> NewEmail:
        new = NewEmail(
            kind=each.kind,
            booking_uid=self._booking.uid,
            reason_key=key,
            to_name=each.recipient.name,
            to=each.recipient.email,
            send_at=each.send_at,
            why="",
            starts=each.starts,
            test=self._booking.test,
        )
        if isinstance(each, Skipped):
            return new._replace(state=EmailState.SKIPPED, reason=each.reason.value)
        new = new._replace(why=each.why, useful_until=each.useful_until)
        if not reachable:
            return new._replace(state=EmailState.HELD, reason=MailReason.NO_ADDRESS.value)
        return new._replace(next_at=next_look(self._choice, each.kind, each.send_at, self._at))

    def _put(self, stored: StoredEmail, **values: object) -> None:
        self._records.outbox.put(self._transaction, stored.id, values, at=self._at)
        self.touched.append(stored.id)


def next_look(choice: MailChoice, kind: str, send_at: datetime, at: datetime) -> datetime:
    """Give when the sender has to look at an email: at its time, or earlier if it is to be handed over early."""
    early = choice.handoff and kind.startswith("reminder_")
    return max(at, send_at - HANDOFF_AHEAD) if early else send_at


def _is_wanted(each: Wanted | Skipped, old: StoredEmail, now: datetime) -> bool:
    """Say whether an email that is there already is wanted: its time may have passed while it was called off."""
    if isinstance(each, Wanted):
        return True
    until = old.email.useful_until
    passed = each.reason in {MailReason.IMPORTED, MailReason.BOOKED_TOO_LATE}
    return passed and until is not None and now < until


def _had_its_time(old: StoredEmail, moved_at: datetime | None) -> bool:
    """Say whether a meeting got its start only after the time of a reminder, which a person may have put off."""
    return moved_at is not None and old.email.is_reminder and old.email.send_at < moved_at
