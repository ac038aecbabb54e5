"""The webhooks of the booking triggers: made, requested, confirmed, moved, declined, cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from booking_tui.sandbox.calcom.ics import ics_extras
from booking_tui.sandbox.calcom.instants import from_row, on_cancel, on_form
from booking_tui.sandbox.calcom.model import Booking, Seat
from booking_tui.sandbox.calcom.payload import form_payload, metadata, recurrence, row_attendees, row_payload, video
from booking_tui.sandbox.calcom.signing import JsonObject, Message


def enveloped(
    trigger: str, created_at: datetime, payload: JsonObject, *, extras: Callable[[], JsonObject] | None = None
) -> Message:
    """Wrap a payload as every trigger but MEETING_* is wrapped."""
    body: JsonObject = {"triggerEvent": trigger, "createdAt": from_row(created_at), "payload": payload}
    return Message(trigger, body, extras, note=trigger)


def created(booking: Booking, at: datetime, seats: Sequence[Seat] | None = None) -> Message:
    """Tell that a booking was made and stands at once; for a seat, only the newcomer is named."""
    return enveloped("BOOKING_CREATED", at, form_payload(booking, seats), extras=ics_extras(booking))


def confirmed(booking: Booking, at: datetime) -> Message:
    """Tell that a request was confirmed: CREATED again, from the stored row, under the uid of the request."""
    payload = row_payload(booking) | video(booking)
    payload["metadata"] = metadata(booking)
    return enveloped("BOOKING_CREATED", at, payload, extras=ics_extras(booking))


def requested(booking: Booking, at: datetime, password: str, old: Booking | None = None) -> Message:
    """Tell that a request waits for the host; the one-time password lets its holder decide."""
    payload = form_payload(booking) | {"oneTimePassword": password, "status": "PENDING"}
    return enveloped("BOOKING_REQUESTED", at, payload | (_moved_from(booking, old) if old else {}))


def rescheduled(booking: Booking, old: Booking, at: datetime) -> Message:
    """Tell that a booking moved: a new uid, linked to the old row."""
    payload = form_payload(booking) | _moved_from(booking, old)
    return enveloped("BOOKING_RESCHEDULED", at, payload, extras=ics_extras(booking))


def _moved_from(booking: Booking, old: Booking) -> JsonObject:
    link: JsonObject = {
        "rescheduleId": old.id,
        "rescheduleUid": old.uid,
        "rescheduleStartTime": on_form(old.start),
        "rescheduleEndTime": on_form(old.end),
    }
    if booking.rescheduled_by:
        link["rescheduledBy"] = booking.rescheduled_by
    return link


def rejected(booking: Booking, at: datetime) -> Message:
    """Tell that the host declined; this path sends neither iCalUID nor sequence."""
    payload = row_payload(booking) | {"rejectionReason": booking.rejection_reason or ""}
    del payload["iCalUID"], payload["iCalSequence"]
    return enveloped("BOOKING_REJECTED", at, payload)


def cancelled(booking: Booking, at: datetime, *, ask_again: bool = False, all_remaining: bool = False) -> Message:
    """Tell that a booking was cancelled; `ask_again` when the host asks the guest to choose another time."""
    payload = row_payload(booking, write=on_cancel) | {
        "cancellationReason": booking.cancellation_reason or "",
        "price": booking.event_type.price_minor or None,
        "requestReschedule": ask_again,
    }
    if booking.cancelled_by:
        payload["cancelledBy"] = booking.cancelled_by
    if all_remaining:
        payload |= recurrence(booking)
    return enveloped("BOOKING_CANCELLED", at, payload, extras=ics_extras(booking, "CANCEL"))


def seat_left(booking: Booking, leaver: Seat, reason: str, at: datetime) -> Message:
    """Tell that one person left a group: says CANCELLED although the booking lives on."""
    leaving: JsonObject = {
        "attendees": row_attendees(booking, (leaver,), ids=True),
        "cancellationReason": reason,
        "attendeeSeatId": leaver.uid,
        "status": "CANCELLED",
        "requestReschedule": False,
    }
    payload = row_payload(booking, write=on_cancel, seats=(leaver,)) | leaving
    return enveloped("BOOKING_CANCELLED", at, payload)
