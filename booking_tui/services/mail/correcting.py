"""A wrong address, put right: in the bookings, in what is planned, and in whatever the booking tool sends later."""

from __future__ import annotations

from datetime import datetime

from booking_tui.domain.decide import readdress
from booking_tui.domain.history import Change
from booking_tui.services.mail.planning import Planner
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction


class Correcting:
    """Corrects addresses. The booking tool keeps the wrong one: it is replaced each time it is read."""

    def __init__(self, records: Records, planner: Planner) -> None:
        self._records = records
        self._planner = planner

    def correct(self, transaction: Transaction, wrong: str, right: str, *, at: datetime) -> list[str]:
        """Put ``right`` in the place of ``wrong`` everywhere; gives the uids of the bookings that changed."""
        uids = self._records.bookings.uids_with(transaction, wrong)
        self._records.mail_log.correct(transaction, wrong, right, at)
        return self._again(transaction, uids, at)

    def take_back(self, transaction: Transaction, wrong: str, right: str, *, at: datetime) -> list[str]:
        """Undo a correction."""
        uids = self._records.bookings.uids_with(transaction, right)
        self._records.mail_log.uncorrect(transaction, wrong)
        return self._again(transaction, uids, at)

    def _again(self, transaction: Transaction, uids: list[str], at: datetime) -> list[str]:
        """Read the bookings anew, each with its history entry and its emails."""
        changed: list[str] = []
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
            changed.append(uid)
        return changed
