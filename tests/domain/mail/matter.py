"""Bookings and emails for the tests of mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.mail.email import Email, EmailState

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
START = datetime(2027, 3, 4, 14, 0, tzinfo=UTC)
ADA = Attendee("Ada Lovelace", "Ada@Example.com")
BO = Attendee("Bo Diaz", "bo@example.org")

PENDING, ACCEPTED = BookingStatus.PENDING, BookingStatus.ACCEPTED
CANCELLED, REJECTED, RESCHEDULED = BookingStatus.CANCELLED, BookingStatus.REJECTED, BookingStatus.RESCHEDULED


def booking(
    status: BookingStatus = ACCEPTED,
    start: datetime | None = START,
    *people: Attendee,
    uid: str = "bk1",
    came_from: str | None = None,
) -> Booking:
    """Give a booking of 50 minutes; Ada's when nobody is named."""
    return Booking(
        uid,
        status=status,
        start=start,
        end=start and start + timedelta(minutes=50),
        attendees=people or (ADA,),
        rescheduled_from=came_from,
    )


def email(state: EmailState = EmailState.SCHEDULED, reason: str | None = None, **other: object) -> Email:
    """Give a 24 h reminder to Ada."""
    known = Email(
        seq=1,
        id="em1",
        kind="reminder_24h",
        booking_uid="bk1",
        reason_key="reminder_24h:bk1:20270304T1400Z:ada@example.com",
        revision=1,
        to_name="Ada Lovelace",
        to="ada@example.com",
        subject="Tomorrow 14:00",
        state=state,
        reason=reason,
        send_at=START - timedelta(hours=24),
        useful_until=START - timedelta(hours=2),
        next_at=None,
        attempts=0,
        first_attempt_at=None,
        idempotency_key="k1",
        provider_id=None,
        last_status=None,
        last_name=None,
        last_message=None,
        created_at=NOW,
        updated_at=NOW,
        starts=START,
    )
    return replace(known, **other)  # type: ignore[arg-type]
