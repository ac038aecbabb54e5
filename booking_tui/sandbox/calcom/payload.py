"""The payload of a booking, shaped as Cal.com sends it in version 2021-10-20.

Which keys are there, how times are written and how form answers are labelled depends on the path a booking
took: `form_payload` is the booking form's, `row_payload` that of the stored row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from booking_tui.sandbox.calcom.instants import from_row, on_form, utc_offset
from booking_tui.sandbox.calcom.model import Booking, Seat
from booking_tui.sandbox.calcom.signing import Json, JsonObject

BOOKER_URL = "https://book.example.com"
"""The address of the simulated booking pages."""

_FORM_LABELS = {
    "name": "your_name",
    "email": "email_address",
    "attendeePhoneNumber": "phone_number",
    "location": "location",
    "title": "what_is_this_meeting_about",
    "notes": "additional_notes",
    "guests": "additional_guests",
    "rescheduleReason": "reason_for_reschedule",
}
_SETTINGS: JsonObject = {
    "hideCalendarNotes": False,
    "hideCalendarEventDetails": False,
    "hideOrganizerEmail": False,
    "schedulingType": None,
}
_HIDDEN = {"attendeePhoneNumber", "title"}


def organizer(booking: Booking, *, clock: Json = "h:mma", offset: bool = True) -> JsonObject:
    """Describe the host; payment triggers write the clock as the number 12 and leave the offset out."""
    host = booking.host
    person: JsonObject = {
        "id": host.id,
        "name": host.name,
        "email": host.email,
        "username": host.username,
        "timeZone": host.zone,
        "language": {"locale": host.locale},
        "timeFormat": clock,
    }
    if offset:
        person["usernameInOrg"] = host.username
        person["utcOffset"] = utc_offset(host.zone, booking.start)
    return person


def form_attendees(booking: Booking, seats: Sequence[Seat]) -> list[Json]:
    """Describe people as the booking form knows them: first and last name, no row ids."""
    people: list[Json] = []
    for position, seat in enumerate(seats):
        person = seat.person
        first, _, last = person.name.partition(" ") if position == 0 else ("", "", "")
        entry: JsonObject = {
            "email": person.email,
            "name": person.name,
            "firstName": first,
            "lastName": last,
            "timeZone": person.zone,
            "language": {"locale": person.locale},
            "utcOffset": utc_offset(person.zone, booking.start),
        }
        if person.phone:
            entry["phoneNumber"] = person.phone
        people.append(entry)
    return people


def row_attendees(booking: Booking, seats: Sequence[Seat], *, ids: bool = False) -> list[Json]:
    """Describe people as stored rows; a leaver's row also carries its id, its booking and its absence."""
    people: list[Json] = []
    for seat in seats:
        person = seat.person
        entry: JsonObject = {
            "name": person.name,
            "email": person.email,
            "timeZone": person.zone,
            "phoneNumber": person.phone,
            "language": {"locale": person.locale},
            "utcOffset": utc_offset(person.zone, booking.start),
        }
        if ids:
            entry |= {"id": seat.id, "bookingId": booking.id, "locale": person.locale, "noShow": seat.absent}
        people.append(entry)
    return people


def _answers(booking: Booking, seats: Sequence[Seat]) -> dict[str, Json]:
    """Give the form's known fields by slug; None stands for not answered."""
    booker = seats[0].person
    guests: list[Json] = [seat.person.email for seat in seats[1:]]
    place: Json = {"optionValue": "", "value": booking.location}
    return {
        "name": booker.name,
        "email": booker.email,
        "attendeePhoneNumber": booker.phone,
        "location": place,
        "title": None,
        "notes": booking.notes or None,
        "guests": guests or None,
        "rescheduleReason": booking.rescheduling_reason,
    }


def form_responses(booking: Booking, seats: Sequence[Seat]) -> JsonObject:
    """Give the answers with the form's labels; unanswered fields have no value, every field says if it is hidden."""
    responses: JsonObject = {}
    for slug, value in _answers(booking, seats).items():
        field: JsonObject = {"label": _FORM_LABELS[slug]}
        if value is not None:
            field["value"] = value
        field["isHidden"] = slug in _HIDDEN and value is None
        responses[slug] = field
    return responses | custom_responses(booking, hidden_flag=True)


def row_responses(booking: Booking, seats: Sequence[Seat]) -> JsonObject:
    """Give the answers as stored: the slug is the label, unanswered fields are missing."""
    given = {slug: value for slug, value in _answers(booking, seats).items() if value is not None}
    plain: JsonObject = {slug: {"label": slug, "value": value} for slug, value in given.items()}
    return plain | custom_responses(booking, hidden_flag=False)


def custom_responses(booking: Booking, *, hidden_flag: bool) -> JsonObject:
    """Give the answers to the practitioner's own questions."""
    answers: JsonObject = {}
    for slug, label, value in booking.answers:
        field: JsonObject = {"label": label, "value": value}
        if hidden_flag:
            field["isHidden"] = False
        answers[slug] = field
    return answers


def metadata(booking: Booking) -> JsonObject:
    """Give the metadata: the call's link and whatever the page that embeds the form passed on."""
    found: JsonObject = dict(booking.metadata)
    if booking.video is not None:
        found["videoCallUrl"] = booking.video.url
    return found


def recurrence(booking: Booking) -> JsonObject:
    """Give the series' rule as an rrule-like object (2 stands for weekly), or nothing."""
    series = booking.series
    if series is None:
        return {}
    return {"recurringEvent": {"freq": 2, "count": series.count, "interval": series.interval}}


def video(booking: Booking) -> JsonObject:
    """Give the call room and what became of making it, or nothing while the booking does not stand."""
    if booking.video is None or booking.status != "ACCEPTED":
        return {}
    room = booking.video
    return {
        "conferenceData": {"createRequest": {"requestId": f"{booking.id:08x}-0000-4000-8000-{booking.id:012x}"}},
        "videoCallData": {"type": "daily_video", "id": room.room, "password": room.password, "url": room.url},
        "appsStatus": [{"appName": "daily-video", "type": "daily_video", "success": 1, "failures": 0, "errors": []}],
    }


def form_payload(booking: Booking, seats: Sequence[Seat] | None = None) -> JsonObject:
    """Build what the booking form's path sends, for CREATED, REQUESTED and RESCHEDULED."""
    seats = seats or booking.seats
    kind = booking.event_type
    payload: JsonObject = {
        "bookerUrl": BOOKER_URL,
        "title": booking.title,
        "startTime": on_form(booking.start),
        "endTime": on_form(booking.end),
        "additionalNotes": booking.notes,
        "type": kind.slug,
        "description": booking.notes,
        "eventTypeId": kind.id,
        **_SETTINGS,
        "seatsPerTimeSlot": kind.seats,
        "seatsShowAttendees": kind.seats is None,
        "seatsShowAvailabilityCount": True,
        "customReplyToEmail": None,
        "disableRescheduling": False,
        "disableCancelling": False,
        "organizer": organizer(booking),
        "attendees": form_attendees(booking, seats),
        "customInputs": {},
        "responses": form_responses(booking, seats),
        "userFieldsResponses": custom_responses(booking, hidden_flag=True),
        "location": booking.location,
        "destinationCalendar": None,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "requiresConfirmation": kind.needs_confirmation,
        "oneTimePassword": None,
        "organizationId": None,
        "hashedLink": None,
        "uid": booking.uid,
    }
    if kind.seats is not None:
        payload["attendeeSeatId"] = seats[0].uid
    payload |= video(booking) | recurrence(booking)
    ending: JsonObject = {
        "eventTitle": kind.title,
        "eventDescription": kind.description,
        "price": kind.price_minor,
        "currency": kind.currency,
        "length": kind.minutes,
        "bookingId": booking.id,
        "metadata": metadata(booking) if booking.status == "ACCEPTED" else dict(booking.metadata),
        "status": booking.status,
    }
    return payload | ending


def row_payload(
    booking: Booking, *, write: Callable[[datetime], str] = from_row, seats: Sequence[Seat] | None = None
) -> JsonObject:
    """Build what is sent from the stored row: after a confirmation, a rejection, a cancellation."""
    seats = seats or booking.seats
    kind = booking.event_type
    return {
        "type": kind.slug,
        "title": booking.title,
        "description": booking.notes,
        "additionalNotes": booking.notes,
        "bookerUrl": BOOKER_URL,
        "length": kind.minutes,
        "customInputs": {},
        "eventTypeId": kind.id,
        "userFieldsResponses": custom_responses(booking, hidden_flag=False),
        "responses": row_responses(booking, seats),
        "startTime": write(booking.start),
        "endTime": write(booking.end),
        "organizer": organizer(booking),
        "attendees": row_attendees(booking, seats),
        "uid": booking.uid,
        "bookingId": booking.id,
        "location": booking.location,
        "destinationCalendar": [],
        "seatsPerTimeSlot": kind.seats,
        "seatsShowAttendees": kind.seats is None,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "hideOrganizerEmail": False,
        "customReplyToEmail": None,
        "organizationId": None,
        "eventTitle": kind.title,
        "eventDescription": kind.description,
        "requiresConfirmation": kind.needs_confirmation,
        "price": kind.price_minor,
        "currency": kind.currency,
        "status": booking.status,
    }
