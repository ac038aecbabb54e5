"""Cal.com webhook bodies, built from a few words. Everything in them is invented."""

from __future__ import annotations

import json
from typing import Any

from booking_tui.domain.decision import Decision
from booking_tui.providers.calcom.reader import interpret
from tests.domain.world import MemoryWorld

DAY = "2026-03-04"


def at(clock: str, day: str = DAY) -> str:
    """An instant as the booking form sends it: no milliseconds."""
    return f"{day}T{clock}:00Z"


def person(name: str = "Eli Marsh", **more: Any) -> dict[str, Any]:
    first = name.split(maxsplit=1)[0].lower()
    row = {"name": name, "email": f"{first}@example.com", "timeZone": "Europe/London", "language": {"locale": "en"}}
    return {**row, **more}


def booking(uid: str, start: str = at("14:00"), end: str = at("14:50"), **more: Any) -> dict[str, Any]:
    """The fields that nearly every booking payload has."""
    return {
        "uid": uid,
        "bookingId": 100 + len(uid),
        "title": "Therapy between Ada Host and Eli Marsh",
        "eventTitle": "Therapy",
        "type": "therapy",
        "eventTypeId": 7,
        "startTime": start,
        "endTime": end,
        "length": 50,
        "organizer": {"id": 1, "name": "Ada Host", "email": "ada@example.com", "timeZone": "Europe/Berlin"},
        "attendees": [person()],
        "location": "integrations:daily",
        "iCalUID": "series-1@Cal.example",
        "iCalSequence": 0,
        "seatsPerTimeSlot": None,
        "bookerUrl": "https://app.example.com",
        "status": "ACCEPTED",
        **more,
    }


def without(payload: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key not in keys}


def body(trigger: str, payload: Any, made: str = "2026-03-01T09:00:00.000Z") -> bytes:
    return wire({"triggerEvent": trigger, "createdAt": made, "payload": payload})


def wire(document: Any) -> bytes:
    """The bytes as Cal.com writes them: compact, non-ASCII unescaped."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def made(minute: int) -> str:
    """The instant at which the n-th event of a story was made."""
    return f"2026-03-01T{9 + minute // 60:02d}:{minute % 60:02d}:00.000Z"


def flat(trigger: str, uid: str, created: str = "2026-03-01T08:59:59.900Z", **more: Any) -> bytes:
    """A meeting trigger: the raw booking row, without an envelope."""
    row = {
        "triggerEvent": trigger,
        "id": 100,
        "uid": uid,
        "eventTypeId": 7,
        "title": "Therapy between Ada Host and Eli Marsh",
        "description": "",
        "startTime": "2026-03-04T14:00:00.000Z",
        "endTime": "2026-03-04T14:50:00.000Z",
        "createdAt": created,
        "status": "ACCEPTED",
        "location": "integrations:daily",
        "iCalUID": "series-1@Cal.example",
        "iCalSequence": 0,
        "user": {"email": "ada@example.com", "name": "Ada Host", "timeZone": "Europe/Berlin"},
        "attendees": [
            {"id": 11, "email": "eli@example.com", "name": "Eli Marsh", "timeZone": "Europe/London", "noShow": False}
        ],
        "metadata": {},
    }
    return wire({**row, **more})


def no_show(uid: str, email: str, absent: Any, made: str) -> bytes:
    marks = [{"email": email, "noShow": absent}]
    payload = {"message": "marked", "bookingUid": uid, "bookingId": 1, "attendees": marks}
    return body("BOOKING_NO_SHOW_UPDATED", payload, made)


def play(world: MemoryWorld, *bodies: bytes, test: bool = False) -> Decision:
    """Interpret and apply one body after another; gives the last decision."""
    decision = Decision()
    for raw in bodies:
        decision = world.apply(interpret(raw, {}, world, test))
    return decision
