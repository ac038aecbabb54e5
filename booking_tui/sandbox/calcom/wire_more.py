"""The payloads of the other triggers: payments, absences, places, meetings, recordings, days off, pings."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking_tui.sandbox.calcom.ics import ics_extras
from booking_tui.sandbox.calcom.instants import from_row, on_cancel, utc_offset
from booking_tui.sandbox.calcom.model import Booking, Host
from booking_tui.sandbox.calcom.payload import form_payload, form_responses, metadata, organizer
from booking_tui.sandbox.calcom.signing import Json, JsonObject, Message
from booking_tui.sandbox.calcom.wire import enveloped


def _payment_payload(booking: Booking) -> JsonObject:
    kind = booking.event_type
    people: list[Json] = [
        {
            "name": seat.person.name,
            "email": seat.person.email,
            "timeZone": seat.person.zone,
            "language": {"locale": seat.person.locale},
        }
        for seat in booking.seats
    ]
    return {
        "type": kind.slug,
        "title": booking.title,
        "description": booking.notes,
        "additionalNotes": booking.notes,
        "customInputs": {},
        "startTime": from_row(booking.start),
        "endTime": from_row(booking.end),
        "organizer": organizer(booking, clock=12, offset=False),
        "attendees": people,
        "location": booking.location,
        "destinationCalendar": None,
        "hideCalendarNotes": False,
        "requiresConfirmation": kind.needs_confirmation,
        "eventTypeId": kind.id,
        "seatsShowAttendees": True,
        "seatsShowAvailabilityCount": True,
        "schedulingType": None,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "uid": booking.uid,
        "bookingId": booking.id,
        "eventTitle": kind.title,
        "eventDescription": kind.description,
        "price": kind.price_minor,
        "currency": kind.currency.upper(),
        "length": kind.minutes,
        "paymentId": booking.payment_id,
    }


def payment_initiated(booking: Booking, at: datetime) -> Message:
    """Tell that a payment began. It says ACCEPTED although nothing is paid and the row waits."""
    payload = _payment_payload(booking) | {"status": "ACCEPTED", "metadata": {}}
    return enveloped("BOOKING_PAYMENT_INITIATED", at, payload)


def paid(booking: Booking, at: datetime) -> Message:
    """Tell that a payment succeeded; the status is the booking's own."""
    kind = booking.event_type
    receipt: JsonObject = {
        "metadata": {
            "identifier": "cal.example.com",
            "bookingId": booking.id,
            "eventTypeId": kind.id,
            "bookerEmail": booking.booker.email,
            "eventTitle": kind.title,
            "externalId": f"pi_{booking.payment_id or 0:016d}",
        },
        "status": booking.status,
    }
    extras = ics_extras(booking) if booking.status == "ACCEPTED" else None
    return enveloped("BOOKING_PAID", at, _payment_payload(booking) | receipt, extras=extras)


def no_show(booking: Booking, email: str, at: datetime, *, absent: bool) -> Message:
    """Tell that a person was marked absent, or no longer; the booking is named `bookingUid` here."""
    payload: JsonObject = {
        "message": f"{email} {'marked' if absent else 'unmarked'} as no-show",
        "attendees": [{"email": email, "noShow": absent}],
        "bookingUid": booking.uid,
        "bookingId": booking.id,
    }
    return enveloped("BOOKING_NO_SHOW_UPDATED", at, payload)


def location_updated(booking: Booking, previous: str, at: datetime) -> Message:
    """Tell that the place changed under the same uid."""
    payload: JsonObject = {}
    for key, value in form_payload(booking).items():
        payload[key] = value
        if key == "location":
            payload["previousLocation"] = previous
    return enveloped("BOOKING_LOCATION_UPDATED", at, payload)


def meeting(trigger: str, booking: Booking, *, wrapped_at: datetime | None = None) -> Message:
    """Tell that a meeting began or ended: the raw row, flat (`wrapped_at` gives the enveloped form of newer servers).

    Flat bodies carry the row's own `createdAt`: when the booking was made, not when this was sent.
    """
    row = _row(booking)
    if wrapped_at is not None:
        return enveloped(trigger, wrapped_at, row)
    return Message(trigger, {"triggerEvent": trigger, **row}, note=trigger)


def _attendee_rows(booking: Booking) -> list[Json]:
    return [
        {
            "id": seat.id,
            "email": seat.person.email,
            "name": seat.person.name,
            "timeZone": seat.person.zone,
            "phoneNumber": seat.person.phone,
            "locale": seat.person.locale,
            "bookingId": booking.id,
            "noShow": seat.absent,
        }
        for seat in booking.seats
    ]


def _row(booking: Booking) -> JsonObject:
    host = booking.host
    return {
        "id": booking.id,
        "uid": booking.uid,
        "idempotencyKey": f"{booking.id:08x}-1111-5111-8111-{booking.id:012x}",
        "userId": host.id,
        "userPrimaryEmail": host.email,
        "eventTypeId": booking.event_type.id,
        "title": booking.title,
        "description": booking.notes,
        "customInputs": {},
        "responses": form_responses(booking, booking.seats),
        "startTime": from_row(booking.start),
        "endTime": from_row(booking.end),
        "location": booking.location,
        "createdAt": from_row(booking.created_at),
        "updatedAt": from_row(booking.updated_at),
        "status": booking.status,
        "paid": booking.paid,
        "destinationCalendarId": None,
        "cancellationReason": None,
        "rejectionReason": None,
        "rescheduled": None,
        "fromReschedule": booking.rescheduled_from,
        "recurringEventId": booking.series.uid if booking.series else None,
        "smsReminderNumber": None,
        "scheduledJobs": [],
        "metadata": metadata(booking),
        "isRecorded": False,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "rating": None,
        "ratingFeedback": None,
        "noShowHost": booking.host_absent,
        "oneTimePassword": None,
        "cancelledBy": None,
        "rescheduledBy": booking.rescheduled_by,
        "creationSource": "WEBAPP",
        "user": {"email": host.email, "name": host.name, "timeZone": host.zone, "username": host.username},
        "attendees": _attendee_rows(booking),
        "payment": [],
        "references": [],
        "appsStatus": [],
    }


def recording_ready(booking: Booking, token: str, at: datetime) -> Message:
    """Tell that a call's recording can be fetched for a short while; the link holds an access token."""
    host = booking.host
    people: list[Json] = [
        {
            "id": seat.id,
            "name": seat.person.name,
            "email": seat.person.email,
            "timeZone": seat.person.zone,
            "language": {"locale": seat.person.locale},
            "utcOffset": utc_offset(seat.person.zone, booking.start),
        }
        for seat in booking.seats
    ]
    payload: JsonObject = {
        "type": booking.title,
        "title": booking.title,
        "startTime": from_row(booking.start),
        "endTime": from_row(booking.end),
        "organizer": {
            "email": host.email,
            "name": host.name,
            "timeZone": host.zone,
            "language": {"locale": host.locale},
            "utcOffset": utc_offset(host.zone, booking.start),
        },
        "attendees": people,
        "uid": booking.uid,
        "customReplyToEmail": None,
        "downloadLink": f"https://video.example.com/recording?token={token}",
    }
    return enveloped("RECORDING_READY", at, payload)


def out_of_office(host: Host, entry_id: int, start: datetime, end: datetime, *, notes: str, at: datetime) -> Message:
    """Tell that the host entered days off, from `start` to `end`."""
    payload: JsonObject = {
        "oooEntry": {
            "id": entry_id,
            "start": on_cancel(start),
            "end": on_cancel(end),
            "createdAt": from_row(at),
            "updatedAt": from_row(at),
            "notes": notes,
            "reason": {"emoji": "🌴", "reason": "ooo_reasons_vacation"},
            "reasonId": 2,
            "user": {
                "id": host.id,
                "name": host.name,
                "username": host.username,
                "email": host.email,
                "timeZone": host.zone,
            },
            "toUser": None,
            "uuid": f"{entry_id:08x}-2222-4222-8222-{entry_id:012x}",
        }
    }
    return enveloped("OOO_CREATED", at, payload)


def ping(at: datetime) -> Message:
    """Send what the test button of Cal.com's webhook form sends: no booking, no uid."""
    moment = from_row(at)
    payload: JsonObject = {
        "type": "Test",
        "title": "Test trigger event",
        "description": "",
        "startTime": moment,
        "endTime": moment,
        "attendees": [
            {"email": "jdoe@example.com", "name": "John Doe", "timeZone": "Europe/London", "language": {"locale": "en"}}
        ],
        "organizer": {
            "name": "Cal",
            "email": "no-reply@cal.com",
            "timeZone": "Europe/London",
            "language": {"locale": "en"},
        },
    }
    return enveloped("PING", at, payload)


def unknown(trigger: str, at: datetime) -> Message:
    """Tell something that this program has never heard of, under any trigger name."""
    payload: JsonObject = {"note": "from a newer Cal.com", "expiresAt": from_row(at + timedelta(days=1))}
    return enveloped(trigger, at, payload)
