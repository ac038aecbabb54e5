"""The tables of one database, each by its own door."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from booking_tui.store.bookings import Bookings
from booking_tui.store.busy import Busy
from booking_tui.store.database import Database
from booking_tui.store.history import History
from booking_tui.store.inbox import Inbox

if TYPE_CHECKING:
    from booking_tui.store.mail_log import MailLog
    from booking_tui.store.outbox import Outbox
    from booking_tui.store.outbox_claims import Claims


class Records:
    """Everything the services read and write; ``database`` is the file they share."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.inbox = Inbox(database)
        self.bookings = Bookings(database)
        self.history = History(database)
        self.busy = Busy(database)

    # The first frame does without the emails: they are imported when they are first asked for.

    @cached_property
    def outbox(self) -> Outbox:
        """The emails."""
        from booking_tui.store.outbox import Outbox

        return Outbox(self.database)

    @cached_property
    def claims(self) -> Claims:
        """What the sender works with."""
        from booking_tui.store.outbox_claims import Claims

        return Claims(self.database)

    @cached_property
    def mail_log(self) -> MailLog:
        """What the provider said, suppressed and corrected addresses."""
        from booking_tui.store.mail_log import MailLog

        return MailLog(self.database)
