"""What deciding needs to know, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from booking_tui.domain.booking import Booking
from booking_tui.domain.history import Change

if TYPE_CHECKING:
    from booking_tui.domain.mail.delivery import MailEvent

FOR_GOOD = "; a replay cannot mend it"
"""Ends the reason of what is parked for its bytes, which are the same each time."""


def replay_may_help(reason: str | None) -> bool:
    """Say whether what was parked for this reason could be taken in by a later replay."""
    return reason is None or not reason.endswith(FOR_GOOD)


class World(Protocol):
    """Read access to what ``decide`` needs to know, inside the deciding transaction."""

    def booking(self, uid: str) -> Booking | None:
        """Give the booking with this uid, shells included."""
        ...

    def bookings_by_ical_uid(self, ical_uid: str) -> Sequence[Booking]:
        """Give all bookings that share an iCalendar UID."""
        ...

    def bookings_of_series(
        self, event_type_id: int, booker_email: str, *, cancelled_only: bool = False
    ) -> Sequence[Booking]:
        """Give the recurring bookings of one booker and event type, or only those that are cancelled."""
        ...

    def has_busy_block(self, block_id: str) -> bool:
        """Say whether an out-of-office entry is known already."""
        ...

    def corrected(self, email: str, name: str) -> str:
        """Give the address that the practitioner put in place of this guest's wrong one; else the address itself.

        Both as events bring them: others may have the same address, and theirs stays.
        """
        ...


@dataclass(frozen=True, slots=True)
class BusyBlock:
    """A stretch of time that is taken: half-open ``[start, end)`` in UTC."""

    id: str
    source: str
    start: datetime
    end: datetime
    summary: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What an event does: the bookings as they are afterwards, and the history entries for each real change.

    ``ignored`` says why nothing could change (ping, organisation triggers, unknown triggers); ``parked`` says in a
    person's words why an authentic event cannot be applied now.
    """

    bookings: tuple[Booking, ...] = ()
    changes: tuple[Change, ...] = ()
    busy_blocks: tuple[BusyBlock, ...] = ()
    booking_uid: str | None = None
    trigger: str | None = None
    ignored: str | None = None
    parked: str | None = None
    at: datetime | None = None
    """When the sender says that it happened."""
    mail: tuple[MailEvent, ...] = ()
    """What the sender of emails says of them."""
