"""What the simulated Cal.com keeps: people, event types, bookings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Status = Literal["ACCEPTED", "PENDING", "CANCELLED", "REJECTED"]
PlaceKind = Literal["video", "address", "phone"]

VIDEO_LOCATION = "integrations:daily"
"""The location text of Cal.com's own video calls; the link itself stands elsewhere."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who books; the zone is an IANA name."""

    name: str
    email: str
    zone: str = "UTC"
    locale: str = "en"
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """The practitioner whose account this is."""

    id: int
    name: str
    email: str
    username: str
    zone: str = "UTC"
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event type happens; the value is an address or the practice's number, empty for video."""

    kind: PlaceKind
    value: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One custom question of the booking form."""

    slug: str
    label: str


@dataclass(frozen=True, slots=True)
class EventType:
    """Something that can be booked; price in minor units, `seats` set for groups."""

    id: int
    slug: str
    title: str
    minutes: int
    place: Place
    description: str = ""
    needs_confirmation: bool = False
    price_minor: int = 0
    currency: str = "eur"
    seats: int | None = None
    questions: tuple[Question, ...] = ()
    block_when_pending: bool = False

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Seat:
    """One person in one booking."""

    id: int
    person: Person
    uid: str
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Video:
    """A call room; the password is an access token."""

    room: str
    password: str
    url: str


@dataclass(frozen=True, slots=True)
class Series:
    """A recurring booking: every `interval` weeks, `count` times."""

    uid: str
    count: int
    interval: int = 1


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking row; instants in UTC. A move closes one row and opens another."""

    id: int
    uid: str
    event_type: EventType
    host: Host
    title: str
    start: datetime
    end: datetime
    seats: tuple[Seat, ...]
    status: Status
    ical_uid: str
    created_at: datetime
    updated_at: datetime
    ical_sequence: int = 0
    location: str = ""
    video: Video | None = None
    notes: str = ""
    answers: tuple[tuple[str, str, str], ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    rescheduled_from: str | None = None
    rescheduled_to: str | None = None
    rescheduling_reason: str | None = None
    rescheduled_by: str | None = None
    cancellation_reason: str | None = None
    cancelled_by: str | None = None
    rejection_reason: str | None = None
    host_absent: bool = False
    payment_id: int | None = None
    paid: bool = False
    series: Series | None = None

    @property
    def booker(self) -> Person:
        return self.seats[0].person

    @property
    def blocks(self) -> bool:
        """Say whether nothing else may be booked over it."""
        return self.status == "ACCEPTED" or (self.status == "PENDING" and self.event_type.block_when_pending)

    def seat_of(self, email: str) -> Seat | None:
        """Find a person's seat by e-mail address, case ignored."""
        return next((seat for seat in self.seats if seat.person.email.lower() == email.lower()), None)

    def marked(self, email: str, *, absent: bool) -> Booking:
        """Copy it with one person's absence set."""
        seats = tuple(
            replace(seat, absent=absent) if seat.person.email.lower() == email.lower() else seat for seat in self.seats
        )
        return replace(self, seats=seats)
