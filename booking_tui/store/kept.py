"""Small things kept between runs, by key."""

from __future__ import annotations

from booking_tui.store.database import Database, Transaction
from booking_tui.store.folding import storable
from booking_tui.store.models import SettingTable


class Kept:
    """Reads and writes the ``setting`` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        """Give what is kept under a key."""
        query = SettingTable.select(SettingTable.value).where(SettingTable.key == key).tuples()
        with self._database.reader() as reader:
            rows = list(query.execute(reader.database))
        return rows[0][0] if rows else None

    def put(self, transaction: Transaction, key: str, value: str | None) -> None:
        """Keep a text under a key; None lets go of it."""
        if value is None:
            SettingTable.delete().where(SettingTable.key == key).execute(transaction.database)
            return
        query = SettingTable.insert(key=key, value=storable(value)).on_conflict(
            conflict_target=[SettingTable.key], update={SettingTable.value: storable(value)}
        )
        query.execute(transaction.database)
