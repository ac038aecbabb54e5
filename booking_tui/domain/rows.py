"""What lists show of a booking or an event: light rows, made for hundreds at a time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from booking_tui.domain.booking import BookingStatus
from booking_tui.domain.webhook import EventState, Verdict


class BookingRow(NamedTuple):
    """One booking in a list; ``who`` is the booker's name, else email, else empty; ``guests`` counts attendees."""

    uid: str
    start: datetime
    end: datetime
    status: BookingStatus
    who: str
    email: str
    guests: int
    seats: int | None
    title: str
    event_type: str
    location: str | None
    meeting_url: str | None
    absent: bool
    rescheduled_from: str | None
    needs_reread: bool
    payment: str | None
    has_private_note: bool
    has_notes: bool
    test: bool
    called_off: datetime | None = None
    """When it was cancelled or declined, where that is known."""


class EventRow(NamedTuple):
    """One webhook request in a list."""

    seq: int
    id: str
    source: str
    trigger: str | None
    received_at: datetime
    verdict: Verdict
    state: EventState
    http_status: int
    latency_ms: float | None
    booking_uid: str | None
    error: str | None
    replay_of: str | None
    duplicate_of: str | None
    test: bool


class BusyRow(NamedTuple):
    """A stretch of time that is taken without being a booking (out of office)."""

    id: str
    source: str
    start: datetime
    end: datetime
    summary: str


class Scope(StrEnum):
    """The parts into which the list of bookings is cut."""

    ALL = "all"
    UPCOMING = "upcoming"
    """Accepted, not ended."""
    WAITING = "waiting"
    """Pending, not ended."""
    PAST = "past"
    """Accepted or pending, ended."""
    CANCELLED = "cancelled"
    """Cancelled or rejected, whenever it would have been."""
    MOVED = "moved"
    """Moved to another time, so that a later version stands for it."""


class BookingKey(NamedTuple):
    """Where a booking stands in a list: not ended by start ascending, then ended by start descending."""

    ended: bool
    start: datetime
    uid: str


class PersonRow(NamedTuple):
    """One guest as found by a search; ``bookings`` counts those looked at, ``last_uid`` is the latest by start."""

    name: str
    email: str
    bookings: int
    last_uid: str
    last_start: datetime
