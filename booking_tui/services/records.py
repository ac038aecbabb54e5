"""The tables of one database, each by its own door."""

from __future__ import annotations

from booking_tui.store.bookings import Bookings
from booking_tui.store.busy import Busy
from booking_tui.store.database import Database
from booking_tui.store.history import History
from booking_tui.store.inbox import Inbox


class Records:
    """Everything the services read and write; ``database`` is the file they share."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.inbox = Inbox(database)
        self.bookings = Bookings(database)
        self.history = History(database)
        self.busy = Busy(database)
