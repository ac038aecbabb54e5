"""What happens in a practice, as the bodies Cal.com sends, each story in the order in which it happened."""

from __future__ import annotations

from typing import Any

from tests.providers.payloads import at, body, booking, flat, made, no_show, person, without

OLD_TIMES = {"rescheduleStartTime": at("14:00"), "rescheduleEndTime": at("14:50")}
LATER = {"start": at("16:00"), "end": at("16:50")}
LATEST = {"start": at("18:00"), "end": at("18:50")}
SERIES = {"recurringEvent": {"freq": 2, "count": 4, "interval": 1}}


def move(uid: str, origin: str | None, minute: int, sequence: int = 1, **more: Any) -> bytes:
    named = {"rescheduleUid": origin, **OLD_TIMES} if origin else {}
    return body("BOOKING_RESCHEDULED", booking(uid, iCalSequence=sequence, **named, **more), made(minute))


def create(uid: str, minute: int, **more: Any) -> bytes:
    return body("BOOKING_CREATED", booking(uid, **more), made(minute))


def request(uid: str, minute: int, **more: Any) -> bytes:
    return body("BOOKING_REQUESTED", booking(uid, status="PENDING", oneTimePassword="s3", **more), made(minute))


def cancel(uid: str, minute: int, **more: Any) -> bytes:
    said = {"cancellationReason": "ill", "requestReschedule": False, **more}
    payload = booking(uid, **said)
    payload |= {key: payload[key].replace("Z", "+00:00") for key in ("startTime", "endTime")}
    return body("BOOKING_CANCELLED", without({**payload, "status": "CANCELLED"}, "eventTitle"), made(minute))


def reject(uid: str, minute: int, **more: Any) -> bytes:
    payload = without(booking(uid, status="REJECTED", rejectionReason="no room", **more), "iCalSequence", "iCalUID")
    return body("BOOKING_REJECTED", payload, made(minute))


def seat(uid: str, name: str, minute: int, **more: Any) -> bytes:
    return create(uid, minute, seatsPerTimeSlot=6, attendees=[person(name)], **more)


def leave_seat(uid: str, name: str, minute: int) -> bytes:
    leaver = person(name, id=40 + minute, bookingId=9)
    return cancel(uid, minute, seatsPerTimeSlot=6, attendees=[leaver])


def pay(trigger: str, uid: str, minute: int, **more: Any) -> bytes:
    payload = booking(uid, price=9000, currency="eur", paymentId=5, **more)
    return body(trigger, without(payload, "seatsPerTimeSlot"), made(minute))


def relocate(uid: str, minute: int, sequence: int, **more: Any) -> bytes:
    return body("BOOKING_LOCATION_UPDATED", booking(uid, iCalSequence=sequence, **more), made(minute))


STORIES: dict[str, list[bytes]] = {
    "booked, moved, cancelled": [
        create("A", 0),
        move("B", "A", 10, **LATER),
        cancel("B", 20, iCalSequence=2, **LATER),
    ],
    "booked, moved twice": [
        create("A", 0, additionalNotes="first"),
        move("B", "A", 10, **LATER),
        move("C", "B", 20, 2, **LATEST),
        flat("MEETING_STARTED", "C", created=made(20)[:-5] + ".100Z", iCalSequence=2, fromReschedule="B"),
    ],
    "moved twice, no uid named": [
        create("A", 0),
        move("B", None, 10, **LATER),
        move("C", None, 20, 2, **LATEST),
        relocate("C", 25, 3, location="Main Street 1", **LATEST),
        cancel("C", 30, iCalSequence=4, **LATEST),
    ],
    "late cancellation of the moved one": [
        create("A", 0),
        cancel("A", 5, iCalSequence=1),
        move("B", "A", 10, **LATER),
    ],
    "requested, confirmed, paid, no-show": [
        request("A", 0),
        pay("BOOKING_PAYMENT_INITIATED", "A", 1),
        pay("BOOKING_PAID", "A", 5, status="PENDING"),
        create("A", 9, metadata={"videoCallUrl": "https://video.example.com/A"}),
        no_show("A", "ELI@example.com", True, made(40)),
        no_show("A", "eli@example.com", False, made(50)),
    ],
    "requested, declined": [request("A", 0), reject("A", 5), request("A", 0)],
    "a move that needs a yes": [
        create("A", 0),
        request("B", 10, rescheduleUid="A", iCalSequence=1, **OLD_TIMES, **LATER),
        create("B", 20, iCalSequence=1, **LATER),
        flat("MEETING_ENDED", "B", created=made(10), startTime=at("16:00"), endTime=at("16:50"), iCalSequence=1),
    ],
    "a move that gets a no": [
        create("A", 0),
        request("B", 10, rescheduleUid="A", iCalSequence=1, **OLD_TIMES, **LATER),
        reject("B", 20, **LATER),
    ],
    "host asks for another time": [
        create("A", 0),
        cancel("A", 5, requestReschedule=True, cancellationReason="Please reschedule. Train late", iCalSequence=1),
        move("B", "A", 30, 2, **LATER),
    ],
    "seats come and go": [
        seat("G", "Eli Marsh", 0),
        seat("G", "Fay Nguyen", 5),
        leave_seat("G", "Fay Nguyen", 10),
        seat("G", "Gus Ito", 15),
        leave_seat("G", "Eli Marsh", 20),
        flat(
            "MEETING_STARTED",
            "G",
            attendees=[
                {"id": 3, "email": "gus@example.com", "name": "Gus Ito", "timeZone": "Europe/Rome", "noShow": False}
            ],
        ),
    ],
    "seats: unclear, then all": [
        seat("G", "Eli Marsh", 0),
        seat("G", "Fay Nguyen", 5),
        cancel("G", 10, seatsPerTimeSlot=6),
        cancel("G", 20, seatsPerTimeSlot=6, cancelledBy="ada@example.com", attendees=[person(), person("Fay Nguyen")]),
    ],
    "a seat moves to another group": [
        seat("G", "Eli Marsh", 0),
        seat("G", "Fay Nguyen", 5),
        seat("H", "Gus Ito", 6, iCalUID="other@Cal.example", **LATER),
        move(
            "H",
            "G",
            9,
            seatsPerTimeSlot=6,
            attendeeSeatId="s-1",
            attendees=[person("Fay Nguyen")],
            iCalUID="other@Cal.example",
            **LATER,
        ),
    ],
    "a series, partly cancelled": [
        create("S1", 0, iCalUID="s1", **SERIES),
        create("S2", 0, iCalUID="s2", **SERIES, start=at("14:00", "2026-03-11"), end=at("14:50", "2026-03-11")),
        create("S3", 1, iCalUID="s3", **SERIES, start=at("14:00", "2026-03-18"), end=at("14:50", "2026-03-18")),
        cancel("S2", 9, iCalUID="s2", start=at("14:00", "2026-03-11"), end=at("14:50", "2026-03-11")),
        cancel("S3", 12, iCalUID="s3", start=at("14:00", "2026-03-18"), end=at("14:50", "2026-03-18")),
    ],
    "a series, cancelled from the middle": [
        create("S1", 0, iCalUID="s1", **SERIES),
        create("S2", 0, iCalUID="s2", **SERIES, start=at("14:00", "2026-03-11"), end=at("14:50", "2026-03-11")),
        create("S3", 1, iCalUID="s3", **SERIES, start=at("14:00", "2026-03-18"), end=at("14:50", "2026-03-18")),
        cancel("S2", 9, iCalUID="s2", **SERIES, start=at("14:00", "2026-03-11"), end=at("14:50", "2026-03-11")),
    ],
    "places change": [
        create("A", 0, metadata={"videoCallUrl": "https://video.example.com/A"}),
        relocate("A", 5, 1, location="https://meet.example.com/x"),
        relocate("A", 9, 2, location="Main Street 1", metadata={"videoCallUrl": "https://video.example.com/A"}),
        body("BOOKING_REASSIGNED", booking("A", iCalSequence=1, organizer={"email": "bo@example.com"}), made(7)),
    ],
    "recorded": [
        body("RECORDING_READY", {"uid": "A", "downloadLink": "https://app.example.com/r?token=1"}, made(200)),
        create("A", 0, appsStatus=[{"appName": "Calendar", "success": 0, "failures": 1, "errors": ["x"]}]),
        body(
            "RECORDING_TRANSCRIPTION_GENERATED",
            {
                "uid": "A",
                "downloadLinks": {
                    "transcription": [{"format": "txt", "link": "https://s3.example.com/t?sig=2"}],
                    "recording": "https://app.example.com/r?token=2",
                },
            },
            made(210),
        ),
        body("AFTER_GUESTS_CAL_VIDEO_NO_SHOW", {"bookingUid": "A", "message": "x"}, made(60)),
        flat("MEETING_ENDED", "A"),
    ],
    "same instant, different words": [
        create("A", 0, additionalNotes="one", responses={"topic": {"label": "Topic", "value": "sleep"}}),
        create("A", 0, additionalNotes="two", responses={"topic": {"label": "topic", "value": "work"}}),
        create("A", 0, additionalNotes="three", attendees=[person(timeZone="../x"), person("Gus Ito")]),
    ],
}
