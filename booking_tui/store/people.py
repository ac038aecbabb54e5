"""Finding guests by name or email."""

from __future__ import annotations

import json

from booking_tui.domain.instants import from_text
from booking_tui.domain.rows import PersonRow
from booking_tui.store.filtering import Word, row_ids
from booking_tui.store.folding import fold
from booking_tui.store.readers import Reader

_GUESTS = (
    "SELECT a.name, a.email, b.uid, b.starts FROM booking_attendee a JOIN booking b ON b.id = a.booking_id"
    " WHERE b.id IN (SELECT value FROM json_each(?)) AND b.starts IS NOT NULL ORDER BY b.starts DESC, b.uid"
)


def find(reader: Reader, text: str, limit: int) -> list[PersonRow]:
    """Give the guests whose name or email holds the text, those seen last first."""
    wanted = fold(text.strip())
    if not wanted:
        return []
    ids = row_ids(reader, [Word(text.strip(), people_only=True)])
    found: dict[str, PersonRow] = {}
    for name, email, uid, starts in reader.rows(_GUESTS, (json.dumps(ids),)):
        if wanted not in fold(f"{name}\n{email}"):
            continue
        key = email.lower() or name
        known = found.get(key)
        found[key] = (
            PersonRow(name, email, 1, uid, from_text(starts))
            if known is None
            else known._replace(bookings=known.bookings + 1)
        )
    return list(found.values())[:limit]
