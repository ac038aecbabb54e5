"""Stretches of time that are taken without being bookings (out of office)."""

from __future__ import annotations

from datetime import datetime

from peewee import EXCLUDED

from booking_tui.domain.decision import BusyBlock
from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.rows import BusyRow
from booking_tui.store.database import Database, Transaction
from booking_tui.store.folding import storable
from booking_tui.store.models import BusyTable

_BETWEEN = "SELECT id, source, starts, ends, summary FROM busy_block WHERE starts < ? AND ends > ? ORDER BY starts, id"


class Busy:
    """Keeps busy blocks by id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, transaction: Transaction, block: BusyBlock) -> None:
        """Write a block, new or known. Raises ValueError when it ends before it starts."""
        if block.end < block.start:
            raise ValueError(f"busy block {block.id} ends before it starts")
        query = BusyTable.insert(
            id=storable(block.id),
            source=block.source,
            starts=block.start,
            ends=block.end,
            summary=storable(block.summary),
        ).on_conflict(
            conflict_target=[BusyTable.id],
            update={name: getattr(EXCLUDED, name) for name in ("source", "starts", "ends", "summary")},
        )
        query.execute(transaction.database)

    def between(self, start: datetime, end: datetime) -> list[BusyRow]:
        """Give the blocks that overlap ``[start, end)``, by start."""
        with self._database.reader() as reader:
            found = reader.rows(_BETWEEN, (to_text(end), to_text(start)))
        return [
            BusyRow(each, source, from_text(first), from_text(last), text) for each, source, first, last, text in found
        ]
