"""The private note goes along when a booking moves: it belongs to the appointment, not to one version of it.

A note stays on the uid it was written on. The version that follows gets a copy when it has none and nobody ever wrote
or removed one there; so neither the order of arrival nor a repeat can bring back or overwrite what a person chose.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from booking_tui.domain.booking import Booking
from booking_tui.store import booking_sql
from booking_tui.store.folding import storable

_LIMIT = 200
"""How many moves are followed: wrong data may hold loops."""
_NOTE_OF = "SELECT private_note FROM booking WHERE uid = ?"
_FOLLOWING = "SELECT uid FROM booking WHERE uid = ? OR rescheduled_from = ?"
_UNTOUCHED = (
    "SELECT 1 FROM booking WHERE uid = ?1 AND private_note IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM booking_history WHERE booking_uid = ?1 AND action = 'note_changed')"
)


def carry(connection: sqlite3.Connection, saved: Iterable[Booking], at: datetime) -> None:
    """Hand the notes on along the links of these bookings, which were just written."""
    moved = [booking for booking in saved if booking.rescheduled_from or booking.rescheduled_to]
    starts = {uid for booking in moved for uid in (booking.rescheduled_from, booking.uid) if uid}
    for uid in sorted(starts):
        carry_from(connection, uid, at)


def carry_from(connection: sqlite3.Connection, uid: str, at: datetime) -> None:
    """Hand one booking's note on to those it was moved to, as far as they have none."""
    here, seen = storable(uid), set[str]()
    note = _note_of(connection, here)
    while note is not None and here not in seen and len(seen) < _LIMIT:
        seen.add(here)
        following = next((each for each in _following(connection, here) if each not in seen), None)
        if following is None or connection.execute(_UNTOUCHED, (following,)).fetchone() is None:
            return
        [stored] = booking_sql.select(connection, booking_sql.BY_UID, (following,))
        booking_sql.write_note(connection, stored, stored.record().booking, note, at)
        here = following


def _note_of(connection: sqlite3.Connection, uid: str) -> str | None:
    found = connection.execute(_NOTE_OF, (uid,)).fetchone()
    return None if found is None else found[0]


def _following(connection: sqlite3.Connection, uid: str) -> list[str]:
    known = connection.execute("SELECT rescheduled_to FROM booking WHERE uid = ?", (uid,)).fetchone()
    target = known[0] if known and known[0] else ""
    return [row[0] for row in connection.execute(_FOLLOWING, (target, uid)).fetchall()]
