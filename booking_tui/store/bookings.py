"""The bookings: kept by uid, listed by when they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from booking_tui.domain.booking import Booking, BookingStatus
from booking_tui.domain.decision import World
from booking_tui.domain.history import Change, HistoryEntry
from booking_tui.domain.instants import to_text
from booking_tui.domain.rows import BookingKey, BookingRow, PersonRow, Scope
from booking_tui.store import booking_pages, booking_sql, note_carrying, people
from booking_tui.store.booking_rows import BookingRecord
from booking_tui.store.database import Database, Transaction
from booking_tui.store.errors import UnknownBooking
from booking_tui.store.folding import fold_address, fold_name, storable
from booking_tui.store.history import History

if TYPE_CHECKING:
    from booking_tui.domain.filter import Filter

__all__ = ["BookingRecord", "Bookings"]

_CHAIN_LIMIT = 200
_DROP_RECORDINGS = "UPDATE booking SET recordings = '[]' WHERE recordings <> '[]' AND ends < ?"
_BEGINNING = "SELECT uid FROM booking WHERE uid >= ? AND uid < ? AND starts IS NOT NULL ORDER BY uid LIMIT ?"
_LAST = "\U0010ffff"
_HAS_BUSY = "SELECT 1 FROM busy_block WHERE id = ?"
_WITH_GUEST = (
    "SELECT DISTINCT uid FROM booking_attendee JOIN booking ON booking.id = booking_id"
    " WHERE booking_attendee.email = ? ORDER BY booking.id"
)
_CORRECTED = "SELECT address FROM address_correction WHERE wrong = ? AND name = ?"


class _World:
    """What one decision may know, read inside the deciding transaction. A booking is read once, when first asked for.

    Deciding asks for the same bookings by uid, by group and by series.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[str, Booking | None] = {}

    def booking(self, uid: str) -> Booking | None:
        if uid not in self._known:
            self._known[uid] = None
            self._read(booking_sql.BY_UID, uid)
        return self._known[uid]

    def bookings_by_ical_uid(self, ical_uid: str) -> Sequence[Booking]:
        return self._read(booking_sql.BY_ICAL_UID, ical_uid)

    def bookings_of_series(
        self, event_type_id: int, booker_email: str, *, cancelled_only: bool = False
    ) -> Sequence[Booking]:
        statement = booking_sql.CANCELLED_OF_SERIES if cancelled_only else booking_sql.BY_SERIES
        return self._read(statement, event_type_id, booker_email)

    def has_busy_block(self, block_id: str) -> bool:
        return self._connection.execute(_HAS_BUSY, (storable(block_id),)).fetchone() is not None

    def corrected(self, email: str, name: str) -> str:
        row = self._connection.execute(_CORRECTED, (fold_address(email), fold_name(name))).fetchone()
        return email if row is None else row[0]

    def _read(self, statement: str, *parameters: str | int) -> list[Booking]:
        given = [storable(each) if isinstance(each, str) else each for each in parameters]
        found: list[Booking] = []
        for stored in booking_sql.select(self._connection, statement, given):
            booking = self._known.get(stored.uid)
            if booking is None:
                booking = self._known[stored.uid] = stored.record().booking
            found.append(booking)
        return found


class Bookings:
    """Keeps and lists bookings."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._history = History(database)

    def world(self, transaction: Transaction) -> World:
        """Give what ``decide`` may know, as of this transaction."""
        return _World(transaction.connection)

    def save(self, transaction: Transaction, booking: Booking, *, at: datetime | None = None) -> None:
        """Write a booking whole, new or known; the private note stays. ``at`` is now when it is not given.

        Raises ValueError when it ends before it starts or has only one of the two.
        """
        booking_sql.write(transaction.connection, booking, at or self._database.clock.now())

    def uids_with(self, transaction: Transaction, address: str) -> list[str]:
        """Give the uids of the bookings that have a guest with this address."""
        return [uid for (uid,) in transaction.connection.execute(_WITH_GUEST, (storable(address),)).fetchall()]

    def carry_notes(self, transaction: Transaction, saved: Iterable[Booking], *, at: datetime) -> None:
        """Hand private notes on from what was moved to what it was moved to, where that has none of its own."""
        note_carrying.carry(transaction.connection, saved, at)

    def erase_tests(self, transaction: Transaction) -> int:
        """Remove all bookings marked as tests, and what their history says; give how many there were.

        The entries themselves stay, empty: the chain still verifies.
        """
        rows = transaction.connection.execute("SELECT id, uid FROM booking WHERE test = 1").fetchall()
        self._history.erase(transaction, [uid for _, uid in rows])
        for booking_id, _ in rows:
            transaction.connection.execute("DELETE FROM booking_text WHERE rowid = ?", (booking_id,))
            transaction.connection.execute("DELETE FROM booking WHERE id = ?", (booking_id,))
        return len(rows)

    def drop_recordings(self, before: datetime) -> int:
        """Let go of the recording links of bookings that ended before then; give how many bookings had some."""
        return self._database.write(
            lambda transaction: transaction.connection.execute(_DROP_RECORDINGS, (to_text(before),)).rowcount
        )

    def get(self, uid: str) -> Booking | None:
        """Give one booking, shells included."""
        record = self.record(uid)
        return None if record is None else record.booking

    def record(self, uid: str) -> BookingRecord | None:
        """Give one booking with its private note and when it was written."""
        return self.records([uid]).get(uid)

    def records(self, uids: Sequence[str]) -> dict[str, BookingRecord]:
        """Give many bookings whole, by uid; unknown ones are left out."""
        with self._database.reader() as reader:
            found = [stored.record() for stored in booking_sql.by_uids(reader.connection, uids)]
        return {record.booking.uid: record for record in found}

    def rows(self, uids: Sequence[str]) -> list[BookingRow]:
        """Give the list rows of these bookings, by start; unknown ones and shells are left out."""
        with self._database.reader() as reader:
            return booking_pages.rows_of(reader, uids)

    def uids_beginning(self, prefix: str, limit: int) -> list[str]:
        """Give the uids of bookings, shells left out, that begin with a text."""
        with self._database.reader() as reader:
            return [uid for (uid,) in reader.rows(_BEGINNING, (storable(prefix), storable(prefix) + _LAST, limit))]

    def chain(self, uid: str) -> list[Booking]:
        """Give a booking with all that it was moved from and to, oldest start of the chain first, shells included."""
        with self._database.reader() as reader:
            return _chain(reader.connection, uid)

    def private_note(self, uid: str) -> str | None:
        """Give the practitioner's own note. Raises UnknownBooking."""
        record = self.record(uid)
        if record is None:
            raise UnknownBooking(uid)
        return record.private_note

    def write_note(
        self, transaction: Transaction, uid: str, text: str | None, *, at: datetime | None = None
    ) -> list[HistoryEntry]:
        """Replace the private note (empty or None removes it); gives the history entry, none when nothing changed.

        Raises UnknownBooking.
        """
        now = at or self._database.clock.now()
        found = booking_sql.select(transaction.connection, booking_sql.BY_UID, (storable(uid),))
        if not found:
            raise UnknownBooking(uid)
        record = found[0].record()
        old, new = record.private_note, storable(text) if text else None
        if old == new:
            return []
        booking_sql.write_note(transaction.connection, found[0], record.booking, new, now)
        note_carrying.carry_from(transaction.connection, uid, now)
        change = Change(uid, "you", "note_changed", {"private_note": (old, new)})
        return self._history.append(transaction, [change], at=now)

    def page(
        self,
        scope: Scope,
        chosen: Filter,
        now: datetime,
        *,
        after: BookingKey | None = None,
        before: BookingKey | None = None,
        limit: int,
    ) -> list[BookingRow]:
        """Give up to ``limit`` rows that follow ``after`` or lead up to ``before``, always in the list's order."""
        with self._database.reader() as reader:
            return booking_pages.page(reader, scope, chosen.terms, now, after=after, before=before, limit=limit)

    def count(self, scope: Scope, chosen: Filter, now: datetime) -> int:
        """Count the bookings of a list."""
        with self._database.reader() as reader:
            return booking_pages.count(reader, scope, chosen.terms, now)

    def anchors(self, scope: Scope, chosen: Filter, now: datetime, step: int) -> list[BookingKey]:
        """Give the key of every ``step``-th row of a list, beginning with the first."""
        with self._database.reader() as reader:
            return booking_pages.anchors(reader, scope, chosen.terms, now, step)

    @staticmethod
    def key_of(row: BookingRow, now: datetime) -> BookingKey:
        """Give a row's place in the list."""
        return BookingKey(row.end <= now, row.start, row.uid)

    def between(
        self, start: datetime, end: datetime, *, statuses: Iterable[BookingStatus] | None = None
    ) -> list[BookingRow]:
        """Give the bookings that overlap ``[start, end)``, by start."""
        with self._database.reader() as reader:
            return booking_pages.between(reader, start, end, None if statuses is None else list(statuses))

    def waiting(self, limit: int, now: datetime | None = None) -> list[BookingRow]:
        """Give the requests that still want an answer (not ended), soonest first."""
        instant = now or self._database.clock.now()
        with self._database.reader() as reader:
            return booking_pages.page(reader, Scope.WAITING, (), instant, limit=limit)

    def find_people(self, text: str, limit: int) -> list[PersonRow]:
        """Give the guests whose name or email holds the text, those seen last first."""
        with self._database.reader() as reader:
            return people.find(reader, text, limit)


def _chain(connection: sqlite3.Connection, uid: str) -> list[Booking]:
    """Follow the links of moves both ways, each booking once; a bound guards against endless data."""
    found: dict[str, Booking] = {}
    asked: set[str] = set()
    frontier = {uid}
    while frontier and len(found) < _CHAIN_LIMIT:
        near = [stored.record().booking for stored in booking_sql.near_in_chain(connection, sorted(frontier))]
        asked |= frontier
        found.update((booking.uid, booking) for booking in near)
        links = {link for booking in near for link in (booking.uid, booking.rescheduled_from, booking.rescheduled_to)}
        frontier = {link for link in links if link} - asked
    return _in_order_of_moves(list(found.values()))


def _in_order_of_moves(bookings: list[Booking]) -> list[Booking]:
    """Put origins before what they were moved to; loops, which only wrong data makes, end where they close."""
    by_uid = {booking.uid: booking for booking in bookings}

    def depth(booking: Booking) -> int:
        seen: set[str] = set()
        while booking.rescheduled_from in by_uid and booking.uid not in seen:
            seen.add(booking.uid)
            booking = by_uid[booking.rescheduled_from]
        return len(seen)

    return sorted(bookings, key=lambda booking: (depth(booking), booking.ical_sequence or 0, booking.uid))
