"""How Cal.com's API v2 writes things down; not at all as its webhooks do."""

from __future__ import annotations

from booking_tui.sandbox.calcom.instants import from_row
from booking_tui.sandbox.calcom.model import Booking, EventType, Host
from booking_tui.sandbox.calcom.signing import Json, JsonObject


def me(host: Host) -> JsonObject:
    """Describe the account."""
    return {
        "id": host.id,
        "username": host.username,
        "email": host.email,
        "name": host.name,
        "avatarUrl": None,
        "bio": None,
        "timeFormat": 24,
        "defaultScheduleId": 1,
        "weekStart": "Monday",
        "timeZone": host.zone,
        "organizationId": None,
    }


def event_type(kind: EventType, host: Host) -> JsonObject:
    """Describe an event type."""
    fields: list[Json] = [
        {"type": "text", "slug": question.slug, "label": question.label, "required": False, "hidden": False}
        for question in kind.questions
    ]
    confirmation: JsonObject = {"type": "always", "blockUnconfirmedBookingsInBooker": kind.block_when_pending}
    seats: JsonObject = {"seatsPerTimeSlot": kind.seats, "showAttendeeInfo": False, "showAvailabilityCount": True}
    return {
        "id": kind.id,
        "ownerId": host.id,
        "title": kind.title,
        "slug": kind.slug,
        "description": kind.description,
        "lengthInMinutes": kind.minutes,
        "bookingUrl": f"https://book.example.com/{host.username}/{kind.slug}",
        "locations": [location(kind)],
        "bookingFields": fields,
        "recurrence": None,
        "slotInterval": None,
        "minimumBookingNotice": 120,
        "beforeEventBuffer": 0,
        "afterEventBuffer": 0,
        "scheduleId": None,
        "confirmationPolicy": confirmation if kind.needs_confirmation else {"disabled": True},
        "seats": seats if kind.seats else {"disabled": True},
        "price": kind.price_minor,
        "currency": kind.currency,
        "hidden": False,
        "metadata": {},
    }


def location(kind: EventType) -> JsonObject:
    """Describe where an event type happens."""
    place = kind.place
    if place.kind == "video":
        return {"type": "integration", "integration": "cal-video"}
    if place.kind == "phone":
        return {"type": "attendeePhone"}
    return {"type": "address", "address": place.value, "public": True}


def booking(row: Booking) -> JsonObject:
    """Describe a booking as versions 2024-08-13 and later do; what is unknown is left out."""
    host = row.host
    shape: JsonObject = {
        "id": row.id,
        "uid": row.uid,
        "title": row.title,
        "description": row.notes,
        "hosts": [
            {
                "id": host.id,
                "name": host.name,
                "email": host.email,
                "displayEmail": host.email,
                "username": host.username,
                "timeZone": host.zone,
            }
        ],
        "status": _status(row),
        "start": from_row(row.start),
        "end": from_row(row.end),
        "duration": row.event_type.minutes,
        "eventTypeId": row.event_type.id,
        "eventType": {"id": row.event_type.id, "slug": row.event_type.slug},
        "meetingUrl": row.video.url if row.video else row.location,
        "location": row.video.url if row.video else row.location,
        "absentHost": row.host_absent,
        "createdAt": from_row(row.created_at),
        "updatedAt": from_row(row.updated_at),
        "metadata": dict(row.metadata),
        "rating": None,
        "icsUid": row.ical_uid,
        "attendees": _attendees(row),
        "guests": [seat.person.email for seat in row.seats[1:]] if row.event_type.seats is None else [],
        "bookingFieldsResponses": _answers(row),
    }
    return shape | _only_known(
        {
            "cancellationReason": row.cancellation_reason or row.rejection_reason,
            "cancelledByEmail": row.cancelled_by,
            "reschedulingReason": row.rescheduling_reason,
            "rescheduledByEmail": row.rescheduled_by,
            "rescheduledFromUid": row.rescheduled_from,
            "rescheduledToUid": row.rescheduled_to,
            "recurringBookingUid": row.series.uid if row.series else None,
        }
    )


def old_booking(row: Booking) -> JsonObject:
    """Describe a booking as the oldest version does, which a call without a known version gets."""
    return {
        "id": row.id,
        "uid": row.uid,
        "title": row.title,
        "description": row.notes,
        "startTime": from_row(row.start),
        "endTime": from_row(row.end),
        "status": row.status,
        "location": row.location,
        "attendees": [
            {"name": seat.person.name, "email": seat.person.email, "timeZone": seat.person.zone} for seat in row.seats
        ],
        "eventType": {"id": row.event_type.id, "slug": row.event_type.slug, "title": row.event_type.title},
    }


def _status(row: Booking) -> str:
    # Hosted traffic shows moved bookings that still read accepted: readers must look at rescheduledToUid.
    if row.rescheduled_to and row.id % 2 == 0:
        return "accepted"
    return row.status.lower()


def _attendees(row: Booking) -> list[Json]:
    people: list[Json] = []
    for seat in row.seats:
        person = seat.person
        entry: JsonObject = {
            "name": person.name,
            "email": person.email,
            "displayEmail": person.email,
            "timeZone": person.zone,
            "language": person.locale,
            "absent": seat.absent,
        }
        if person.phone:
            entry["phoneNumber"] = person.phone
        if row.event_type.seats is not None:
            entry |= {"seatUid": seat.uid, "bookingFieldsResponses": {}, "metadata": {}}
        people.append(entry)
    return people


def _answers(row: Booking) -> JsonObject:
    answers: JsonObject = {"name": row.booker.name, "email": row.booker.email}
    if row.notes:
        answers["notes"] = row.notes
    return answers | {slug: value for slug, _, value in row.answers}


def _only_known(fields: dict[str, str | None]) -> JsonObject:
    return {key: value for key, value in fields.items() if value is not None}
