"""A wrong address, put right: in the bookings, in what is planned, and in whatever the booking tool sends later."""

from __future__ import annotations

from datetime import datetime

from booking_tui.domain.decide import readdress
from booking_tui.domain.history import Change
from booking_tui.domain.mail.addresses import address_key
from booking_tui.domain.mail.email import WAITING
from booking_tui.services.mail.planning import Planner
from booking_tui.services.mail.verbs import thawed
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail


class Correcting:
    """Corrects addresses. The booking tool keeps the wrong one: it is replaced each time it is read."""

    def __init__(self, records: Records, planner: Planner) -> None:
        self._records = records
        self._planner = planner

    def correct(self, transaction: Transaction, wrong: str, right: str, *, at: datetime) -> list[StoredEmail]:
        """Put ``right`` in the place of ``wrong`` everywhere; gives the emails that go there now, as they were."""
        uids = self._records.bookings.uids_with(transaction, wrong)
        followed = [
            stored
            for stored in self._records.outbox.to(transaction, wrong)
            if stored.email.booking_uid in uids and self._follow(transaction, stored, right, at)
        ]
        self._records.mail_log.correct(transaction, wrong, right, at)
        self._again(transaction, uids, at)
        return followed

    def _follow(self, transaction: Transaction, stored: StoredEmail, right: str, at: datetime) -> bool:
        """Address anew what waits, unless that guest gets one for the same reason already."""
        waits = stored.state in WAITING and stored.certain and not stored.email.handed_over
        base, mark, revision = stored.email.reason_key.partition("#")
        key = f"{base.rpartition(':')[0]}:{address_key(right)}{mark}{revision}"
        if not waits or self._records.outbox.has_key(transaction, key):
            return False
        values = {**thawed(stored), "subject": None, "recipient": right, "reason_key": key}
        return self._records.outbox.put(transaction, stored.id, values, at=at)

    def take_back(self, transaction: Transaction, wrong: str, right: str, *, at: datetime) -> None:
        """Undo a correction; the emails are where they were already."""
        uids = self._records.bookings.uids_with(transaction, right)
        self._records.mail_log.uncorrect(transaction, wrong)
        self._again(transaction, uids, at)

    def _again(self, transaction: Transaction, uids: list[str], at: datetime) -> None:
        """Read the bookings anew, each with its history entry and its emails."""
        for uid in uids:
            world = self._records.bookings.world(transaction)
            before = world.booking(uid)
            if before is None:
                continue
            after = readdress(world, before)
            if after.attendees == before.attendees:
                continue
            self._records.bookings.save(transaction, after, at=at)
            emails = ([guest.email for guest in each.attendees] for each in (before, after))
            change = Change(uid, "you", "address_corrected", {"email": (list(next(emails)), list(next(emails)))})
            self._records.history.append(transaction, [change], at=at)
            self._planner.booking_changed(transaction, before, after, live=False, changed_at=at, at=at)
