"""Cal.com's triggers as domain events, for both payload versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from booking_tui.domain.booking import BookingStatus, Recording
from booking_tui.domain.decision import BusyBlock
from booking_tui.domain.event import BookingEvent, Details, EventKind, Leaving, Money, Origin, OutOfOffice
from booking_tui.providers.calcom.details import details_of
from booking_tui.providers.calcom.fields import (
    NOTHING,
    Fields,
    UnusableError,
    instant_of,
    lenient_instant,
    link_of,
    number_of,
    object_of,
    objects_of,
    text_of,
)

_STATUS = {
    "ACCEPTED": BookingStatus.ACCEPTED,
    "PENDING": BookingStatus.PENDING,
    "AWAITING_HOST": BookingStatus.PENDING,
    "CANCELLED": BookingStatus.CANCELLED,
    "REJECTED": BookingStatus.REJECTED,
}

_TEAM = "a team, routing or organisation event: it concerns no booking of yours and changes nothing"
_IGNORED: Mapping[str, str] = {
    "PING": "a test ping from Cal.com: it arrived, and changes nothing",
    "FORM_SUBMITTED": _TEAM,
    "FORM_SUBMITTED_NO_EVENT": _TEAM,
    "ROUTING_FORM_FALLBACK_HIT": _TEAM,
    "INSTANT_MEETING": _TEAM,
    "INSTANT_MEETING_ACCEPTED": _TEAM,
    "WRONG_ASSIGNMENT_REPORT": _TEAM,
    "DELEGATION_CREDENTIAL_ERROR": _TEAM,
    "DELEGATION_CREDENTIAL_SECRET_ROTATED": _TEAM,
    "DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED": _TEAM,
    "DELEGATION_CREDENTIAL_ROTATION_REQUIRED": _TEAM,
}


@dataclass(frozen=True, slots=True)
class _Meaning:
    """How to read a trigger: its kind, and where the status comes from."""

    kind: EventKind
    status: BookingStatus | None = None
    """What the trigger itself says; None when only the payload's own status counts."""
    vouches: bool = False
    """The payload's own status is to be believed."""
    timed: bool = False
    """Without start and end the event is of no use."""
    weak: bool = False


_MEANINGS: Mapping[str, _Meaning] = {
    "BOOKING_CREATED": _Meaning(EventKind.CREATED, BookingStatus.ACCEPTED, timed=True),
    "BOOKING_REQUESTED": _Meaning(EventKind.REQUESTED, BookingStatus.PENDING, timed=True),
    "BOOKING_RESCHEDULED": _Meaning(EventKind.MOVED, BookingStatus.ACCEPTED, timed=True),
    "BOOKING_REJECTED": _Meaning(EventKind.REJECTED, BookingStatus.REJECTED),
    "BOOKING_CANCELLED": _Meaning(EventKind.CANCELLED, BookingStatus.CANCELLED),
    # A started payment claims ACCEPTED although nothing is accepted before the money is there.
    "BOOKING_PAYMENT_INITIATED": _Meaning(EventKind.PAYMENT_STARTED),
    "BOOKING_PAID": _Meaning(EventKind.PAID, vouches=True),
    "BOOKING_NO_SHOW_UPDATED": _Meaning(EventKind.ATTENDANCE),
    "BOOKING_LOCATION_UPDATED": _Meaning(EventKind.LOCATION_CHANGED, vouches=True),
    "BOOKING_REASSIGNED": _Meaning(EventKind.DETAILS, vouches=True),
    "MEETING_STARTED": _Meaning(EventKind.MEETING_STARTED, vouches=True, weak=True),
    "MEETING_ENDED": _Meaning(EventKind.MEETING_ENDED, vouches=True, weak=True),
    "RECORDING_READY": _Meaning(EventKind.RECORDING),
    "RECORDING_TRANSCRIPTION_GENERATED": _Meaning(EventKind.RECORDING),
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW": _Meaning(EventKind.VIDEO_NO_SHOW),
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW": _Meaning(EventKind.VIDEO_NO_SHOW),
}
_BARE = frozenset({EventKind.ATTENDANCE, EventKind.VIDEO_NO_SHOW, EventKind.RECORDING})
"""Kinds whose payloads describe the booking too poorly to be believed: they only add to it."""
_OUT_OF_OFFICE = "OOO_CREATED"
TRIGGERS = frozenset({*_MEANINGS, *_IGNORED, _OUT_OF_OFFICE})
"""Every trigger that is understood, the ones without effect included."""


def ignored_because(trigger: str) -> str | None:
    """Say why a trigger can change nothing; None when it can."""
    if trigger in _MEANINGS or trigger == _OUT_OF_OFFICE:
        return None
    return _IGNORED.get(trigger, f"unknown trigger {trigger}: it is kept, and changes nothing")


def event_of(trigger: str, document: Fields) -> BookingEvent | OutOfOffice:
    """Read a known trigger's body: wrapped in ``payload``, or flat as the meeting triggers are sent.

    Raises UnusableError with a reason in words.
    """
    wrapped = document.get("payload")
    payload = wrapped if isinstance(wrapped, dict) else document
    if trigger == _OUT_OF_OFFICE:
        return _out_of_office(object_of(payload, "oooEntry"))
    uid = text_of(payload, "uid") or text_of(payload, "bookingUid")
    if uid is None:
        raise UnusableError("the event names no booking: neither uid nor bookingUid is there")
    meaning = _MEANINGS[trigger]
    details = _details(meaning, payload, uid)
    leaving = _leaving(payload, details) if meaning.kind is EventKind.CANCELLED else Leaving.WHOLE
    return BookingEvent(
        kind=meaning.kind,
        uid=uid,
        trigger=trigger,
        at=instant_of(document, "createdAt"),
        sequence=_sequence(payload),
        status=_status(meaning, payload) if leaving is Leaving.WHOLE else None,
        details=details,
        weak=meaning.weak,
        origin=_origin(payload) if leaving is Leaving.WHOLE else None,
        leaving=leaving,
        seat_moved=text_of(payload, "attendeeSeatId") is not None,
        reschedule_requested=meaning.kind is EventKind.CANCELLED and payload.get("requestReschedule") is True,
        attendance=_attendance(meaning, payload),
        money=Money(_amount(payload), _currency(payload)),
        recordings=_recordings(payload) if meaning.kind is EventKind.RECORDING else (),
        missed_by=_missed_by(trigger),
    )


def _details(meaning: _Meaning, payload: Fields, uid: str) -> Details:
    if meaning.kind in _BARE:
        return Details()
    details = details_of(
        payload,
        uid,
        place_changed=meaning.kind is EventKind.LOCATION_CHANGED,
        raw_row=meaning.kind in {EventKind.MEETING_STARTED, EventKind.MEETING_ENDED},
    )
    if meaning.timed and (details.start is None or details.end is None):
        missing = "startTime" if details.start is None else "endTime"
        raise UnusableError(f"the event says no {missing}, so the booking has no place in the calendar")
    return details


def _status(meaning: _Meaning, payload: Fields) -> BookingStatus | None:
    said = _STATUS.get((text_of(payload, "status") or "").upper())
    if meaning.vouches:
        return said
    if meaning.status is BookingStatus.ACCEPTED and said is BookingStatus.PENDING:
        return said
    return meaning.status


def _sequence(payload: Fields) -> int | None:
    number = number_of(payload, "iCalSequence")
    return number if number is not None and number >= 0 else None


def _origin(payload: Fields) -> Origin | None:
    uid = text_of(payload, "rescheduleUid") or text_of(payload, "fromReschedule")
    if uid is None:
        return None
    start = lenient_instant(payload.get("rescheduleStartTime"))
    end = lenient_instant(payload.get("rescheduleEndTime"))
    if start is None or end is None or end < start:
        return Origin(uid)
    return Origin(uid, start, end)


def _leaving(payload: Fields, details: Details) -> Leaving:
    """Tell one seat's leaving from the end of a whole group booking; Cal.com names both a cancellation."""
    seat_named = text_of(payload, "attendeeSeatId") is not None
    if details.seats is None and not seat_named:
        return Leaving.WHOLE
    by_someone = text_of(payload, "cancelledBy") is not None
    rows = list(objects_of(payload, "attendees"))
    from_database = any(row.get("id") is not None or row.get("bookingId") is not None for row in rows)
    if len(details.attendees) == 1 and (seat_named or (from_database and not by_someone)):
        return Leaving.SEAT
    return Leaving.WHOLE if by_someone and not seat_named else Leaving.UNCLEAR


def _attendance(meaning: _Meaning, payload: Fields) -> tuple[tuple[str, bool], ...]:
    if meaning.kind not in {EventKind.ATTENDANCE, EventKind.MEETING_STARTED, EventKind.MEETING_ENDED}:
        return ()
    marks: dict[str, bool] = {}
    for row in objects_of(payload, "attendees"):
        email, absent = text_of(row, "email"), row.get("noShow")
        if email is not None and isinstance(absent, bool):
            marks[email] = absent
    return tuple(marks.items())


def _amount(payload: Fields) -> int | None:
    price = number_of(payload, "price")
    return price if price is not None and price >= 0 else None


def _currency(payload: Fields) -> str | None:
    currency = text_of(payload, "currency", 10)
    return currency.upper() if currency else None


def _recordings(payload: Fields) -> tuple[Recording, ...]:
    links = object_of(payload, "downloadLinks")
    found = {"recording": link_of(payload.get("downloadLink")) or link_of(links.get("recording"))}
    for row in objects_of(links, "transcription"):
        found[f"transcript_{text_of(row, 'format', 20) or 'text'}"] = link_of(row.get("link"))
    return tuple(Recording(kind, link) for kind, link in found.items() if link is not None)


def _missed_by(trigger: str) -> str | None:
    return {"AFTER_HOSTS_CAL_VIDEO_NO_SHOW": "host", "AFTER_GUESTS_CAL_VIDEO_NO_SHOW": "guest"}.get(trigger)


def _out_of_office(entry: Fields) -> OutOfOffice:
    start, end = instant_of(entry, "start"), instant_of(entry, "end")
    identity = text_of(entry, "uuid") or number_of(entry, "id")
    if start is None or end is None or identity is None:
        raise UnusableError("the out-of-office entry lacks its id, start or end")
    if end < start:
        raise UnusableError("the out-of-office entry ends before it starts")
    if end.second == 59 and end.year < 9999:
        # Cal.com ends a day at 23:59:59; our stretches are half-open.
        end = end.replace(microsecond=0) + timedelta(seconds=1)
    reason = object_of(entry, "reason") or NOTHING
    code = (text_of(reason, "reason") or "out of office").removeprefix("ooo_reasons_").replace("_", " ")
    notes = text_of(entry, "notes")
    words = code[:1].upper() + code[1:]
    summary = f"{words}: {notes}" if notes else words
    return OutOfOffice(_OUT_OF_OFFICE, BusyBlock(f"ooo:{identity}", "calcom", start, end, summary))
