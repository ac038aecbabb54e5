"""The JSON shapes: what a script can rely on. Every key is always there; what is unknown is null."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from booking_tui.domain.booking import Booking
from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.instants import from_text, to_second_text, to_text
from booking_tui.domain.rows import EventRow
from booking_tui.domain.webhook import WebhookEvent

Shape = dict[str, object]


class Recorded(Protocol):
    """A booking with what only the store knows of it."""

    @property
    def booking(self) -> Booking: ...
    @property
    def private_note(self) -> str | None: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...


def booking_shape(record: Recorded) -> Shape:
    """Give a booking; its start and end to the second, its own instants to the millisecond."""
    booking = record.booking
    payment = booking.payment
    return {
        "uid": booking.uid,
        "source": booking.source,
        "status": booking.status.value,
        "title": booking.title,
        "event_type": booking.event_type,
        "event_title": booking.event_title,
        "start": to_second_text(booking.start) if booking.start else None,
        "end": to_second_text(booking.end) if booking.end else None,
        "zone": booking.zone,
        "attendees": [
            {"name": guest.name, "email": guest.email, "zone": guest.zone, "absent": guest.absent}
            for guest in booking.attendees
        ],
        "location": booking.location,
        "meeting_url": booking.meeting_url,
        "notes": booking.notes,
        "private_note": record.private_note,
        "answers": {answer.slug: {"label": answer.label, "value": answer.value} for answer in booking.answers},
        "rescheduled_from": booking.rescheduled_from,
        "rescheduled_to": booking.rescheduled_to,
        "cancellation_reason": booking.cancellation_reason,
        "ical_uid": booking.ical_uid,
        "ical_sequence": booking.ical_sequence,
        "payment": payment
        and {"state": payment.state, "amount_minor": payment.amount_minor, "currency": payment.currency},
        "needs_reread": booking.needs_reread,
        "test": booking.test,
        "calendar_event_id": booking.calendar_event_id,
        "created_at": to_text(record.created_at),
        "updated_at": to_text(record.updated_at),
    }


def event_shape(event: EventRow | WebhookEvent) -> Shape:
    """Give a received webhook without its content."""
    return {
        "id": event.id,
        "source": event.source,
        "trigger": event.trigger,
        "received_at": to_text(event.received_at),
        "verdict": event.verdict.value,
        "state": event.state.value,
        "http_status": event.http_status,
        "latency_ms": event.latency_ms,
        "booking_uid": event.booking_uid,
        "error": event.error,
        "replay_of": event.replay_of,
        "duplicate_of": event.duplicate_of,
        "test": event.test,
    }


def shown_event_shape(masked: WebhookEvent, effects: Sequence[HistoryEntry]) -> Shape:
    """Give a received webhook whole, its secrets masked already; ``body`` is null when it is not UTF-8."""
    return event_shape(masked) | {
        "headers": [[name, value] for name, value in masked.headers],
        "body": utf8(masked.body),
        "body_base64": base64.b64encode(masked.body).decode(),
        "effects": [history_shape(entry) for entry in effects],
    }


def history_shape(entry: HistoryEntry) -> Shape:
    """Give an entry of the history."""
    return {
        "seq": entry.seq,
        "at": to_text(entry.at),
        "booking_uid": entry.booking_uid,
        "actor": entry.actor,
        "action": entry.action,
        "changes": {field: [_plain(entry, field, value) for value in pair] for field, pair in entry.changes.items()},
        "event_id": entry.event_id,
        "email_id": entry.email_id,
        "hash": entry.hash,
    }


def _plain(entry: HistoryEntry, field: str, value: object) -> object:
    """Give a changed value; a booking's start and end as the booking itself shows them."""
    if entry.booking_uid is not None and field in {"start", "end"} and isinstance(value, str):
        return to_second_text(from_text(value))
    return value


def utf8(body: bytes) -> str | None:
    """Give the text of a body, None when it is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
