"""One look at the outbox that needs none of its words: the first frame asks whether anything failed."""

from __future__ import annotations

from booking_tui.store.database import Database

_FAILED = "SELECT 1 FROM email WHERE grp = 'failed' LIMIT 1"


def any_failed(database: Database) -> bool:
    """Say whether an email failed and nobody has settled it."""
    with database.reader() as reader:
        return bool(reader.rows(_FAILED))
