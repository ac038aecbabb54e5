"""The one reading front for screens and commands.

Methods said to be quick read indexed pages and may run on the screen's thread; the others belong on a reader thread.
All of them raise StoreUnavailable when the file cannot be read, and Interrupted when a read was called off.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from booking_tui.services.booking_queries import BookingDetail, Found
from booking_tui.services.hook_queries import InboxSummary
from booking_tui.services.mail_queries import MailCause, MailDetail, MailPreview, MailSummary
from booking_tui.services.needs import Need, NeedsQueries
from booking_tui.services.today import Agenda, DayLoad, FeedLine, Month
from booking_tui.store.errors import Interrupted
from booking_tui.store.inbox import InboxCounts

__all__ = [
    "Agenda",
    "BookingDetail",
    "DayLoad",
    "FeedLine",
    "Found",
    "InboxCounts",
    "InboxSummary",
    "Interrupted",
    "MailCause",
    "MailDetail",
    "MailPreview",
    "MailSummary",
    "Month",
    "Need",
    "Queries",
]


class Queries(NeedsQueries):
    """Reads one home: bookings, webhooks, the day, and what wants a person. Leaving a with-block closes the file."""

    def close(self) -> None:
        """Close the database; only for whoever opened it for these queries alone."""
        self.records.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
