"""What a Cal.com payload says of its booking, in the domain's words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from booking_tui.domain.booking import Answer, Attendee
from booking_tui.domain.event import Details
from booking_tui.providers.calcom.fields import (
    LONG,
    SHORT,
    Fields,
    UnusableError,
    clean,
    instant_of,
    link_of,
    number_of,
    object_of,
    objects_of,
    quoted,
    text_of,
    zone_of,
)
from booking_tui.providers.calcom.places import place_of
from booking_tui.providers.calcom.strict_json import Json

_SAID_ELSEWHERE = frozenset({"name", "email", "guests", "location", "notes"})
"""Answers that are fields of the booking already."""
_MAX_ANSWERS = 100
_SLUG = re.compile(r"[a-z0-9_-]+")
_LONGEST_MINUTES = 366 * 24 * 60


def details_of(payload: Fields, uid: str, *, place_changed: bool = False, raw_row: bool = False) -> Details:
    """Read everything a payload tells of its booking; what is absent or of an odd type stays unsaid.

    ``raw_row``: the payload is Cal.com's database row, as MEETING_STARTED and MEETING_ENDED send it.
    Raises UnusableError for times that cannot be.
    """
    start, end = _times(payload)
    slug = text_of(payload, "type")
    location, meeting_url = place_of(payload, changed=place_changed)
    host = object_of(payload, "organizer") or object_of(payload, "user")
    return Details(
        title=text_of(payload, "title", 1_000),
        event_type=slug,
        event_type_is_title=slug is not None and _SLUG.fullmatch(slug) is None,
        event_title=text_of(payload, "eventTitle"),
        event_type_id=number_of(payload, "eventTypeId"),
        start=start,
        end=end,
        attendees=attendees_of(payload),
        organizer_email=text_of(host, "email"),
        location=location,
        meeting_url=meeting_url,
        notes=_notes(payload, raw_row=raw_row),
        answers=answers_of(payload),
        reason=text_of(payload, "cancellationReason", LONG) or text_of(payload, "rejectionReason", LONG),
        ical_uid=text_of(payload, "iCalUID", 1_000),
        seats=_seats(payload),
        recurring=bool(object_of(payload, "recurringEvent")) or text_of(payload, "recurringEventId") is not None,
        failed_apps=_failed_apps(payload),
        booking_page=_booking_page(payload, uid),
    )


def _times(payload: Fields) -> tuple[datetime | None, datetime | None]:
    start, end = instant_of(payload, "startTime"), instant_of(payload, "endTime")
    minutes = number_of(payload, "length")
    if start is not None and end is None and minutes is not None and 0 <= minutes <= _LONGEST_MINUTES:
        end = start + timedelta(minutes=minutes)
    if start is not None and end is not None and end < start:
        raise UnusableError(
            f"endTime {quoted(str(payload.get('endTime')))} is before startTime {quoted(str(payload.get('startTime')))}"
        )
    return start, end


def attendees_of(payload: Fields) -> tuple[Attendee, ...]:
    """Read the guests, the booker first; entries that name nobody are skipped."""
    people: dict[str, Attendee] = {}
    for row in objects_of(payload, "attendees"):
        email, name, phone = text_of(row, "email"), text_of(row, "name"), text_of(row, "phoneNumber", 50)
        if not (email or phone or name):
            continue
        locale = text_of(object_of(row, "language"), "locale", 20) or text_of(row, "locale", 20)
        person = Attendee(name or "", email or "", zone_of(row.get("timeZone")), phone, locale)
        people.setdefault((email or phone or name or "").casefold(), person)
    return tuple(people.values())


def _notes(payload: Fields, *, raw_row: bool) -> str | None:
    answered = text_of(object_of(object_of(payload, "responses"), "notes"), "value", LONG)
    described = text_of(payload, "description", LONG) if raw_row else None
    return text_of(payload, "additionalNotes", LONG) or answered or described


def answers_of(payload: Fields) -> tuple[Answer, ...]:
    """Read the booking form: what was answered and is no field of the booking itself."""
    answers: dict[str, Answer] = {}
    for group in ("responses", "userFieldsResponses"):
        for slug, field in object_of(payload, group).items():
            wrapped = field if isinstance(field, dict) and ("value" in field or "label" in field) else {"value": field}
            value = _answer_text(wrapped.get("value"))
            if value and slug not in _SAID_ELSEWHERE and len(answers) < _MAX_ANSWERS:
                name = clean(slug, SHORT)
                answers[name] = Answer(name, _label(text_of(wrapped, "label") or name), value)
    return tuple(answers.values())


def _answer_text(value: Json) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return clean(value, LONG) or None
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        texts = [text for item in value[:_MAX_ANSWERS] if (text := _answer_text(item))]
        return ", ".join(texts)[:LONG] or None
    if isinstance(value, dict):
        return _answer_text(value.get("optionValue")) or _answer_text(value.get("value"))
    return None


def _label(label: str) -> str:
    """Make Cal.com's translation keys (``reason_for_reschedule``) readable; leave a person's wording alone."""
    if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", label):
        words = label.replace("_", " ")
        return words[0].upper() + words[1:]
    return label


def _seats(payload: Fields) -> int | None:
    seats = number_of(payload, "seatsPerTimeSlot")
    return seats if seats is not None and 0 < seats <= 1_000_000 else None


def _failed_apps(payload: Fields) -> tuple[str, ...] | None:
    if not isinstance(payload.get("appsStatus"), list):
        return None
    failed = {
        text_of(app, "appName") or text_of(app, "type") or "an app"
        for app in objects_of(payload, "appsStatus")
        if (number_of(app, "failures") or 0) > 0
    }
    return tuple(sorted(failed))


def _booking_page(payload: Fields, uid: str) -> str | None:
    base = link_of(payload.get("bookerUrl"))
    return link_of(f"{base.rstrip('/')}/booking/{uid}") if base else None
