"""A guest's wrong address, put right: in the bookings, in what is planned, and in what the booking tool sends later.

The booking tool keeps the wrong one: it is replaced each time it is read, for this guest and for nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, cast

from booking_tui.domain.booking import Attendee, Booking
from booking_tui.domain.decide import as_brought, readdress
from booking_tui.domain.history import Change, Changes
from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.mail.addresses import address_key
from booking_tui.domain.mail.email import WAITING, Email
from booking_tui.domain.mail.plan import base_key
from booking_tui.services.mail.freezing import unwritten
from booking_tui.services.mail.planning import Planner
from booking_tui.services.mail.recalling import comes_back
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail
from booking_tui.store.folding import fold_name


class Corrected(NamedTuple):
    """What a correction changed.

    ``kept`` is what ``restore`` takes to undo it, as JSON values; ``uids`` are the bookings that have another address
    now, ``followed`` the emails that go there now, as they were.
    """

    kept: dict[str, object]
    uids: list[str]
    followed: list[StoredEmail]


class Correcting:
    """Corrects addresses of guests."""

    def __init__(self, records: Records, planner: Planner) -> None:
        self._records = records
        self._planner = planner

    def correct(self, transaction: Transaction, email: Email, right: str, *, at: datetime) -> Corrected | None:
        """Give the guest whom an email goes to another address, in all bookings; None when it goes to no guest."""
        guest = self._guest(transaction, email)
        if guest is None:
            return None
        log, wrong, name = self._records.mail_log, guest.email, guest.name
        before = log.correction(transaction, wrong, name)
        uids = self._records.bookings.uids_with(transaction, wrong if before is None else before.address)
        if address_key(right) == address_key(wrong):
            # Back to what the events bring. The inverse would send others' emails there who do have the other address.
            log.uncorrect(transaction, wrong, name)
        else:
            log.correct(transaction, wrong, name, right, at)
        left = log.correction(transaction, wrong, name)
        kept: dict[str, object] = {
            "wrong": wrong,
            "name": name,
            "before": None if before is None else [before.address, to_text(before.at)],
            "left": None if left is None else left.address,
        }
        return Corrected(kept, *self._again(transaction, uids, at))

    def restore(self, transaction: Transaction, kept: dict[str, object], *, at: datetime) -> list[str]:
        """Undo a correction, unless there has been another one since; gives the bookings that changed."""
        log, wrong, name = self._records.mail_log, str(kept["wrong"]), str(kept["name"])
        found = log.correction(transaction, wrong, name)
        current = None if found is None else found.address
        if current != kept["left"]:
            return []
        uids = self._records.bookings.uids_with(transaction, wrong if current is None else current)
        before = cast("list[str] | None", kept["before"])
        if before is None:
            log.uncorrect(transaction, wrong, name)
        else:
            log.correct(transaction, wrong, name, before[0], from_text(before[1]))
        return self._again(transaction, uids, at)[0]

    def is_guests(self, transaction: Transaction, uid: str | None, address: str) -> bool:
        """Say whether a guest of a booking has this address."""
        booking = None if uid is None else self._records.bookings.world(transaction).booking(uid)
        guests = () if booking is None else booking.attendees
        return address_key(address) in {address_key(guest.email) for guest in guests}

    def next_look(self, email: Email, leaves: datetime) -> datetime:
        """Give when the sender has to look at what takes an email's place, and not before ``leaves``."""
        return max(leaves, self._planner.next_look(email.kind, email.send_at, leaves))

    def _guest(self, transaction: Transaction, email: Email) -> Attendee | None:
        """Give the guest whom an email goes to, as the events brought them."""
        world = self._records.bookings.world(transaction)
        booking = None if email.booking_uid is None else world.booking(email.booking_uid)
        guests = [
            guest
            for guest in (() if booking is None else as_brought(booking))
            if address_key(world.corrected(guest.email, guest.name)) == address_key(email.to)
        ]
        named = (guest for guest in guests if fold_name(guest.name) == fold_name(email.to_name))
        return next(named, guests[0] if guests else None)

    def _again(
        self, transaction: Transaction, uids: Iterable[str], at: datetime
    ) -> tuple[list[str], list[StoredEmail]]:
        """Read bookings anew, each with its history entry and its emails; gives what changed."""
        world = self._records.bookings.world(transaction)
        known = [booking for booking in map(world.booking, uids) if booking is not None]
        changed = [
            (before, after)
            for before, after in ((each, readdress(world, each)) for each in known)
            if after.attendees != before.attendees
        ]
        followed = [each for before, after in changed for each in self._follow(transaction, before, after, at)]
        for before, after in changed:
            self._records.bookings.save(transaction, after, at=at)
            emails = ([guest.email for guest in each.attendees] for each in (before, after))
            told: Changes = {"email": (list(next(emails)), list(next(emails)))}
            change = Change(after.uid, "you", "address_corrected", told)
            self._records.history.append(transaction, [change], at=at)
            self._planner.booking_changed(transaction, before, after, live=False, changed_at=at, at=at)
        return [after.uid for _, after in changed], followed

    def _follow(self, transaction: Transaction, before: Booking, after: Booking, at: datetime) -> Iterator[StoredEmail]:
        """Address anew what waits for the guests who have another address now; gives each email as it was."""
        pairs = zip(before.attendees, after.attendees, strict=False)
        moved = [(old, new.email) for old, new in pairs if old.email != new.email]
        known = {address_key(guest.email) for each in (before, after) for guest in each.attendees}
        staying = {address_key(guest.email) for guest in after.attendees}
        for stored in self._records.outbox.of_booking(transaction, after.uid):
            to = address_key(stored.email.to)
            theirs = [(old.name, right) for old, right in moved if address_key(old.email) == to]
            named = [right for name, right in theirs if fold_name(name) == fold_name(stored.email.to_name)]
            # Several guests may share an address: the email of the one who keeps it stays.
            found = named or [right for _, right in theirs if to not in staying]
            if not theirs and to not in known and comes_back(stored):
                # Called off when an earlier correction sent its guest elsewhere: it is theirs by the name alone.
                found = [right for old, right in moved if fold_name(old.name) == fold_name(stored.email.to_name)]
            if found and self._move(transaction, stored, found[0], at):
                yield stored

    def _move(self, transaction: Transaction, stored: StoredEmail, right: str, at: datetime) -> bool:
        """Address anew what waits, or may come back, unless that guest gets one for the same reason already."""
        waits = (stored.state in WAITING or comes_back(stored)) and stored.certain and not stored.email.handed_over
        base = base_key(stored.email.reason_key)
        key = f"{base.rpartition(':')[0]}:{address_key(right)}{stored.email.reason_key[len(base) :]}"
        if not waits or self._records.outbox.has_key(transaction, key):
            return False
        values = {**unwritten(stored), "recipient": right, "reason_key": key}
        return self._records.outbox.put(transaction, stored.id, values, at=at)
