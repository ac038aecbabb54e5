"""What happened to a booking, in words of our own: what a provider's reader makes and ``decide`` takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from booking_tui.domain.booking import Answer, Attendee, BookingStatus, Recording
from booking_tui.domain.decision import BusyBlock


class EventKind(StrEnum):
    """What the provider says happened."""

    CREATED = "created"
    REQUESTED = "requested"
    REJECTED = "rejected"
    MOVED = "moved"
    CANCELLED = "cancelled"
    PAYMENT_STARTED = "payment_started"
    PAID = "paid"
    ATTENDANCE = "attendance"
    LOCATION_CHANGED = "location_changed"
    MEETING_STARTED = "meeting_started"
    MEETING_ENDED = "meeting_ended"
    RECORDING = "recording"
    VIDEO_NO_SHOW = "video_no_show"
    DETAILS = "details"


class Leaving(StrEnum):
    """What a cancellation of a group booking closes."""

    WHOLE = "whole"
    SEAT = "seat"
    UNCLEAR = "unclear"
    """One seat or all of them: the event does not say."""


@dataclass(frozen=True, slots=True)
class Details:
    """What an event says of its booking. None and empty say nothing; they never erase."""

    title: str | None = None
    event_type: str | None = None
    """The slug of the event type."""
    event_type_is_title: bool = False
    """Some events name the type where its slug belongs (payments do): any proper slug wins over that."""
    event_title: str | None = None
    event_type_id: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    attendees: tuple[Attendee, ...] = ()
    organizer_email: str | None = None
    location: str | None = None
    meeting_url: str | None = None
    notes: str | None = None
    answers: tuple[Answer, ...] = ()
    reason: str | None = None
    """Why it was cancelled or declined."""
    ical_uid: str | None = None
    seats: int | None = None
    recurring: bool = False
    failed_apps: tuple[str, ...] | None = None
    """None when the event does not speak of apps; empty when all of them worked."""
    booking_page: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The booking that a move closes, with what the event hints of its old times (UTC)."""

    uid: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """The price an event speaks of, in minor units."""

    amount_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class BookingEvent:
    """One thing that happened to the booking ``uid``."""

    kind: EventKind
    uid: str
    trigger: str
    """The provider's own name of the event."""
    at: datetime | None = None
    """When the provider made the event (UTC)."""
    sequence: int | None = None
    """The iCalendar sequence number: how often the appointment was changed."""
    status: BookingStatus | None = None
    """The booking's status as this event vouches for it; None when it does not."""
    details: Details = field(default_factory=Details)
    weak: bool = False
    """The details are second-hand or of unknown age: any other event's details win over them."""
    origin: Origin | None = None
    leaving: Leaving = Leaving.WHOLE
    seat_moved: bool = False
    """A move takes one seat along; the group booking it left goes on."""
    reschedule_requested: bool = False
    attendance: tuple[tuple[str, bool], ...] = ()
    """(email, absent) pairs."""
    money: Money = field(default_factory=Money)
    recordings: tuple[Recording, ...] = ()
    missed_by: str | None = None
    """Who did not join the video call: ``host`` or ``guest``."""


@dataclass(frozen=True, slots=True)
class OutOfOffice:
    """The practitioner's calendar was blocked for a while."""

    trigger: str
    block: BusyBlock
