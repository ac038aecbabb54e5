"""What a booking is: plain values, in Cal.com's own words.

How events change it is in ``decide.py``; how it is kept is the store's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

NOTE_LIMIT = 20_000
"""Characters of a private note: a dozen pages, and still drawn at once."""


class BookingStatus(StrEnum):
    """The five states a booking can be in; a moved booking is closed as ``rescheduled``."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"


@dataclass(frozen=True, slots=True)
class Attendee:
    """One guest of a booking. The first attendee of a booking is the booker."""

    name: str
    email: str
    zone: str | None = None
    phone: str | None = None
    locale: str | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """What is known about money: ``state`` is ``initiated`` or ``paid``; amounts are minor units (cents)."""

    state: str
    amount_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the booking form; ``value`` is the text a person reads."""

    slug: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording or transcript link. Cal.com's links carry short-lived tokens."""

    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking uid and everything known about it.

    ``start`` is None for a *shell*: a uid that later facts spoke of (a no-show, a move) before its own details came.
    Shells are stored, never listed.
    """

    uid: str
    source: str = "calcom"
    status: BookingStatus = BookingStatus.PENDING
    title: str = ""
    event_type: str | None = None
    """The slug of the event type, as in the address of its page."""
    event_title: str | None = None
    """What people call the event type."""
    event_type_id: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    zone: str | None = None
    attendees: tuple[Attendee, ...] = ()
    organizer_email: str | None = None
    location: str | None = None
    meeting_url: str | None = None
    notes: str | None = None
    answers: tuple[Answer, ...] = ()
    rescheduled_from: str | None = None
    rescheduled_to: str | None = None
    cancellation_reason: str | None = None
    ical_uid: str | None = None
    ical_sequence: int | None = None
    payment: Payment | None = None
    recordings: tuple[Recording, ...] = ()
    seats: int | None = None
    """Places of a group booking; None when it is not one."""
    recurring: bool = False
    meeting_started: bool = False
    meeting_ended: bool = False
    reschedule_requested: bool = False
    """The host asked the guest to pick another time."""
    failed_apps: tuple[str, ...] = ()
    """Apps (calendar, video) that Cal.com could not serve: no event or no link was made there."""
    booking_page: str | None = None
    """The guest's page at Cal.com, when known."""
    needs_reread: bool = False
    """The webhooks seen so far cannot settle this booking: it wants reading again at Cal.com."""
    test: bool = False
    calendar_event_id: str | None = None
    memory: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What ``decide`` remembers so that arrival order does not matter: sorted (register, stamp) pairs.

    Opaque elsewhere. It holds attendees' names and addresses: erasing someone must empty it.
    """

    @property
    def is_shell(self) -> bool:
        """Whether only other bookings' events spoke of this uid so far."""
        return self.start is None
