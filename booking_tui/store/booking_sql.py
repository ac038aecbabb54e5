"""Bookings read and written by plain SQL.

Peewee takes many times longer to build a statement over forty columns than SQLite takes to run it, and applying
a delivery needs several. Statements whose text never changes stay prepared on the connection.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from booking_tui.domain.booking import Booking
from booking_tui.domain.instants import to_text
from booking_tui.store.booking_rows import (
    COLUMNS,
    SEARCHED,
    BookingRecord,
    guest_of,
    guest_rows,
    record_of,
    row_of,
    search_text,
)

_GUEST_COLUMNS = "name, email, zone, phone, locale, absent"
_SELECT = f"SELECT id, private_note, created_at, updated_at, {', '.join(COLUMNS)} FROM booking WHERE"  # noqa: S608
_ORDER = "ORDER BY starts, uid"

BY_UID = f"{_SELECT} uid = ?"
BY_ICAL_UID = f"{_SELECT} ical_uid = ? {_ORDER}"
BY_SERIES = f"{_SELECT} event_type_id = ? AND email = ? AND recurring = 1 {_ORDER}"
CANCELLED_OF_SERIES = f"{_SELECT} event_type_id = ? AND email = ? AND recurring = 1 AND status = 'cancelled' {_ORDER}"

_FIRST = 4
"""How many columns come before those of ``COLUMNS``."""
_GUESTS = f"SELECT {_GUEST_COLUMNS} FROM booking_attendee WHERE booking_id = ? ORDER BY position"  # noqa: S608
_GUESTS_OF_MANY = (
    f"SELECT booking_id, {_GUEST_COLUMNS} FROM booking_attendee WHERE booking_id IN"  # noqa: S608
    " (SELECT value FROM json_each(?)) ORDER BY booking_id, position"
)
_INSERT = (
    f"INSERT INTO booking ({', '.join(COLUMNS)}, created_at, updated_at)"  # noqa: S608
    f" VALUES ({', '.join('?' * len(COLUMNS))}, ?, ?)"
)
_DROP_GUESTS = "DELETE FROM booking_attendee WHERE booking_id = ?"
_ADD_GUEST = f"INSERT INTO booking_attendee (booking_id, position, {_GUEST_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_NOTE = "UPDATE booking SET private_note = ?, updated_at = ? WHERE id = ?"
_TEXT = "INSERT OR REPLACE INTO booking_text (rowid, people, words) VALUES (?, ?, ?)"


class StoredBooking(NamedTuple):
    """A booking's columns as they stand: ``row`` begins with id, note and the two instants."""

    row: tuple[Any, ...]
    guests: list[tuple[Any, ...]]

    @property
    def id(self) -> int:
        return self.row[0]

    @property
    def uid(self) -> str:
        return self.row[_FIRST]

    @property
    def private_note(self) -> str | None:
        return self.row[1]

    def record(self) -> BookingRecord:
        """Give it in its domain shape."""
        _, note, created_at, updated_at, *columns = self.row
        return record_of(columns, [guest_of(guest) for guest in self.guests], note, created_at, updated_at)


def select(connection: sqlite3.Connection, statement: str, parameters: Sequence[Any]) -> list[StoredBooking]:
    """Run a statement that reads whole bookings, guests included; the cursors are read to their ends."""
    rows: list[tuple[Any, ...]] = connection.execute(statement, parameters).fetchall()
    if not rows:
        return []
    if len(rows) == 1:
        return [StoredBooking(rows[0], connection.execute(_GUESTS, (rows[0][0],)).fetchall())]
    guests: dict[int, list[tuple[Any, ...]]] = {row[0]: [] for row in rows}
    for booking_id, *guest in connection.execute(_GUESTS_OF_MANY, (json.dumps(list(guests)),)).fetchall():
        guests[booking_id].append(tuple(guest))
    return [StoredBooking(row, guests[row[0]]) for row in rows]


def by_uids(connection: sqlite3.Connection, uids: Sequence[str]) -> list[StoredBooking]:
    """Read the bookings with these uids; unknown ones are left out."""
    if not uids:
        return []
    return select(connection, f"{_SELECT} uid IN ({_places(uids)}) {_ORDER}", uids)


def near_in_chain(connection: sqlite3.Connection, uids: Sequence[str]) -> list[StoredBooking]:
    """Read the bookings with these uids, and those that were moved from them."""
    places = _places(uids)
    condition = f"uid IN ({places}) OR rescheduled_from IN ({places})"
    return select(connection, f"{_SELECT} {condition} {_ORDER}", (*uids, *uids))


def _places(values: Sequence[object]) -> str:
    # Not by json_each: a text in JSON ends at a NUL there.
    return ", ".join("?" * len(values))


def write(connection: sqlite3.Connection, booking: Booking, at: datetime) -> None:
    """Write a booking whole. Only what differs is touched: each index and the search copy cost more than looking.

    Raises ValueError when its times make no sense.
    """
    values, guests, instant = row_of(booking), guest_rows(booking.attendees), to_text(at)
    found = select(connection, BY_UID, values[:1])
    if not found:
        booking_id = connection.execute(_INSERT, (*values, instant, instant)).lastrowid
        assert booking_id is not None  # noqa: S101 - SQLite gives one for every row inserted
        _add_guests(connection, booking_id, guests)
        _write_text(connection, booking_id, booking, None)
        return
    [known] = found
    other_guests = guests != known.guests
    changed = _update(connection, known, values, instant)
    if other_guests:
        connection.execute(_DROP_GUESTS, (known.id,))
        _add_guests(connection, known.id, guests)
    if other_guests or not SEARCHED.isdisjoint(changed):
        _write_text(connection, known.id, booking, known.private_note)


def _update(connection: sqlite3.Connection, known: StoredBooking, values: Sequence[Any], instant: str) -> set[str]:
    """Set the columns that differ; give their names."""
    pairs = zip(COLUMNS, known.row[_FIRST:], values, strict=True)
    changed = {name: new for name, old, new in pairs if old != new}
    places = "".join(f"{name} = ?, " for name in changed)
    # The names are those of our own columns.
    statement = f"UPDATE booking SET {places}updated_at = ? WHERE id = ?"  # noqa: S608
    connection.execute(statement, (*changed.values(), instant, known.id))
    return set(changed)


def _add_guests(connection: sqlite3.Connection, booking_id: int, guests: Iterable[tuple[Any, ...]]) -> None:
    connection.executemany(_ADD_GUEST, [(booking_id, position, *guest) for position, guest in enumerate(guests)])


def _write_text(connection: sqlite3.Connection, booking_id: int, booking: Booking, private_note: str | None) -> None:
    connection.execute(_TEXT, (booking_id, *search_text(booking, private_note)))


def write_note(
    connection: sqlite3.Connection, known: StoredBooking, booking: Booking, note: str | None, at: datetime
) -> None:
    """Write the private note alone, and have it found."""
    connection.execute(_NOTE, (note, to_text(at), known.id))
    _write_text(connection, known.id, booking, note)
