"""What a person does with emails, each order in one transaction."""

from __future__ import annotations

from collections.abc import Callable

from booking_tui.domain.history import Change
from booking_tui.domain.mail.addresses import address_key
from booking_tui.domain.mail.typos import check_address, suggest
from booking_tui.ports import Clock, DeedRefused
from booking_tui.ports.mail import MailAccount, MailRefused
from booking_tui.ports.mail_desk import EDIT, HOLD_ALL, UNDO, UNSUPPRESS, MailDone, MailOrder
from booking_tui.services.facts import BOOKING, HEALTH, HISTORY, MAIL, REFRESH, Fact, FactBus
from booking_tui.services.mail.correcting import Correcting
from booking_tui.services.mail.doing import VERBS, Doing
from booking_tui.services.mail.pauses import Pauses
from booking_tui.services.mail.undoing import Undoing
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction

TEXT_LIMIT = 20_000
SUBJECT_LIMIT = 200
_MISTYPED = "this address looks mistyped, and nothing was changed: correct it, or say that it is meant as it stands"
Ask = Callable[[Callable[[MailAccount], None]], None]
"""Asks the provider something while nothing is being sent; raises DeedRefused when there is no account."""


class MailDeeds:
    """Does orders. ``ask`` reaches the provider; ``wake`` tells the sender that something may be due."""

    def __init__(
        self,
        records: Records,
        correcting: Correcting,
        clock: Clock,
        bus: FactBus,
        *,
        ask: Ask,
        wake: Callable[[], None],
    ) -> None:
        self._records = records
        self._correcting = correcting
        self._clock = clock
        self._bus = bus
        self._ask = ask
        self._wake = wake
        self._pauses = Pauses(records)
        self._undoing = Undoing(records, correcting)

    def __call__(self, order: MailOrder) -> MailDone:
        """Do one order.

        Raises DeedRefused when the order itself makes no sense, StoreUnavailable when nothing can be written.
        """
        match order.deed:
            case deed if deed == HOLD_ALL:
                done = self._hold_all(order)
            case deed if deed == UNSUPPRESS:
                done = self._unsuppress(order)
            case deed if deed == UNDO:
                done = self._undo(order)
            case deed if deed in VERBS:
                done = self._mistyped(self._checked(order)) or self._each(order)
            case _:
                raise DeedRefused(f"there is no deed “{order.deed[:40]}” on emails; known are {', '.join(VERBS)}")
        self._tell(done)
        self._wake()
        return done

    def _mistyped(self, order: MailOrder) -> MailDone | None:
        """Refuse another address that looks mistyped; None when it does not, or is meant as it is."""
        if order.deed != EDIT or order.to is None or order.as_typed:
            return None
        email, typed = self._records.outbox.email(order.ids[0]), check_address(order.to)
        if email is None or address_key(email.to) == address_key(typed):
            return None
        domains = {name: count for name, count in self._records.mail_log.domains() if count > 1}
        likely = suggest(typed, domains)
        return None if likely is None else MailDone(refused=((email.id, _MISTYPED),), likely=likely)

    def _checked(self, order: MailOrder) -> MailOrder:
        if not order.ids:
            raise DeedRefused("give the id of an email")
        if order.deed == EDIT:
            if len(order.ids) > 1:
                raise DeedRefused("one email is edited at a time")
            if order.to is None and order.subject is None and order.text is None:
                raise DeedRefused("nothing is to be changed: give another address, subject or text")
            if order.subject is not None and (len(order.subject) > SUBJECT_LIMIT or not order.subject.isprintable()):
                raise DeedRefused(f"a subject is one line of at most {SUBJECT_LIMIT} characters")
            if order.text is not None and len(order.text) > TEXT_LIMIT:
                raise DeedRefused(f"a text has at most {TEXT_LIMIT:,} characters, this one has {len(order.text):,}")
        if order.to is not None:
            try:
                check_address(order.to)
            except ValueError as error:
                raise DeedRefused(str(error)) from error
        return order

    def _each(self, order: MailOrder) -> MailDone:
        now = self._clock.now()

        def job(transaction: Transaction) -> MailDone:
            return Doing(self._records, self._correcting, transaction, order, now).all()

        return self._records.database.write(job)

    def _hold_all(self, order: MailOrder) -> MailDone:
        now = self._clock.now()

        def job(transaction: Transaction) -> None:
            self._pauses.hold_all(transaction, now, on=order.on)
            action = "emails_stopped" if order.on else "emails_resumed"
            self._records.history.append(transaction, [Change(None, "you", action, {})], at=now)

        self._records.database.write(job)
        self._bus.publish(Fact(HEALTH, "mail", now), Fact(REFRESH, "", now))
        return MailDone()

    def _unsuppress(self, order: MailOrder) -> MailDone:
        address = order.to
        if not address:
            raise DeedRefused("give the address")
        try:
            self._ask(lambda account: account.provider.unsuppress(address))
        except MailRefused as error:
            raise DeedRefused(f"the provider did not take {address} off its list: {error}") from error
        self._records.database.write(lambda tx: self._records.mail_log.unsuppress(tx, address))
        return MailDone(done=(address,))

    def _undo(self, order: MailOrder) -> MailDone:
        if not order.undo:
            raise DeedRefused("there is nothing to undo")
        deed_id, now = order.undo, self._clock.now()
        return self._records.database.write(lambda tx: self._undoing.undo(tx, deed_id, now))

    def _tell(self, done: MailDone) -> None:
        now = self._clock.now()
        ids = dict.fromkeys((*done.done, *done.made))
        uids = {email.booking_uid for email in self._records.outbox.emails(list(ids))} | {*done.readdressed}
        facts = [Fact(MAIL, email_id, now) for email_id in ids]
        facts += [Fact(kind, uid, now) for uid in uids if uid for kind in (BOOKING, HISTORY)]
        self._bus.publish(*facts)
