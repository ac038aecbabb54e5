"""The part of Cal.com's API v2 that a booking desk needs: the account, its event types, and its bookings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.requests import Request
from starlette.routing import Route

from booking_tui.sandbox.calcom import shapes
from booking_tui.sandbox.calcom.book import CalcomSimulator, Deed
from booking_tui.sandbox.calcom.gate import Answer, Gate, bad_request, instant_of, json_body, not_found, text_of
from booking_tui.sandbox.calcom.model import Booking, EventType, Person
from booking_tui.sandbox.calcom.search import find
from booking_tui.sandbox.calcom.signing import JsonObject, Message

VERSIONS = frozenset({"2024-08-13", "2026-02-25"})
"""The values of `cal-api-version` that give bookings their present shape; any other gives the oldest one."""


class BookingCalls:
    """The calls; what they cause is handed to `deliver` as webhooks."""

    def __init__(
        self,
        account: CalcomSimulator,
        event_types: Sequence[EventType],
        deliver: Callable[[Sequence[Message]], None],
    ) -> None:
        self._account = account
        self._types = tuple(event_types)
        self._deliver = deliver

    def routes(self, gate: Gate) -> list[Route]:
        """Give the routes, behind the gate."""
        one = "/v2/bookings/{uid}"
        return [
            gate.route("/v2/me", {"GET": self.me}),
            gate.route("/v2/event-types", {"GET": self.event_types}),
            gate.route("/v2/bookings", {"GET": self.listing, "POST": self.create}),
            gate.route(one, {"GET": self.get}),
            gate.route(f"{one}/reschedule", {"POST": self.reschedule}),
            gate.route(f"{one}/cancel", {"POST": self.cancel}),
            gate.route(f"{one}/confirm", {"POST": self.confirm}),
            gate.route(f"{one}/decline", {"POST": self.decline}),
            gate.route(f"{one}/mark-absent", {"POST": self.mark_absent}),
        ]

    async def me(self, _: Request) -> Answer:
        return Answer(shapes.me(self._account.host))

    async def event_types(self, _: Request) -> Answer:
        return Answer([shapes.event_type(kind, self._account.host) for kind in self._types])

    async def listing(self, request: Request) -> Answer:
        rows, pagination = find(self._account.bookings(), request, self._account.clock())
        if not _present(request):
            return Answer(
                {"bookings": [shapes.old_booking(row) for row in rows], "recurringInfo": [], "nextCursor": None}
            )
        return Answer([shapes.booking(row) for row in rows], beside={"pagination": pagination})

    async def get(self, request: Request) -> Answer:
        uid = request.path_params["uid"]
        series = [row for row in self._account.bookings() if row.series and row.series.uid == uid]
        if series:
            return Answer([shapes.booking(row) for row in series])
        row = self._row(uid)
        return Answer(shapes.booking(row) if _present(request) else shapes.old_booking(row))

    async def create(self, request: Request) -> Answer:
        _require_present(request)
        body = await json_body(request)
        kind = self._kind(body)
        start = instant_of(text_of(body, "start"), "start")
        if start <= self._account.clock():
            raise bad_request("Attempting to book a meeting in the past.")
        guest, guests = _guest(body), _guests(body)
        count = body.get("recurrenceCount")
        if isinstance(count, int) and not isinstance(count, bool):
            if not 1 <= count <= 52:
                raise bad_request("recurrenceCount must be from 1 to 52")
            deed = self._account.book_series(kind, start, guest, count=count)
            self._deliver(deed.messages)
            rows = [row for row in self._account.bookings() if row.series == deed.booking.series]
            return Answer([shapes.booking(row) for row in rows], 201)
        answers = _answers(body, kind)
        notes = answers.pop("notes", "")
        deed = self._account.book(
            kind,
            start,
            guest,
            guests=guests,
            notes=notes,
            answers=[(q.slug, q.label, answers[q.slug]) for q in kind.questions if q.slug in answers],
            metadata=_metadata(body),
        )
        return self._done(deed, 201)

    async def reschedule(self, request: Request) -> Answer:
        row, body = await self._target(request)
        start = instant_of(text_of(body, "start"), "start")
        if start <= self._account.clock():
            raise bad_request("Attempting to book a meeting in the past.")
        reason = text_of(body, "reschedulingReason", "") or None
        by = text_of(body, "rescheduledBy", "") or None
        return self._done(self._account.reschedule(row.uid, start, reason=reason, by=by), 201)

    async def cancel(self, request: Request) -> Answer:
        row, body = await self._target(request)
        if row.end <= self._account.clock():
            raise bad_request("Cannot cancel a booking that has already ended")
        reason = text_of(body, "cancellationReason", "")
        if "seatUid" in body:
            uid = text_of(body, "seatUid")
            leaver = next((seat for seat in row.seats if seat.uid == uid), None)
            if leaver is None:
                raise bad_request("seatUid is not a seat of this booking")
            return self._done(self._account.leave_seat(row.uid, leaver.person.email, reason))
        if body.get("cancelSubsequentBookings") is True:
            return self._done(self._account.cancel_series(row.uid, reason, all_remaining=False))
        return self._done(self._account.cancel(row.uid, reason, by=self._account.host.email))

    async def confirm(self, request: Request) -> Answer:
        row, _ = await self._target(request)
        return self._done(self._account.confirm(row.uid))

    async def decline(self, request: Request) -> Answer:
        row, body = await self._target(request)
        return self._done(self._account.reject(row.uid, text_of(body, "reason", "")))

    async def mark_absent(self, request: Request) -> Answer:
        row, body = await self._target(request)
        host, people = body.get("host"), body.get("attendees", [])
        if not isinstance(people, list) or (host is None and not people):
            raise bad_request("mark-absent needs host or attendees")
        if isinstance(host, bool):
            row = self._account.mark_host_absent(row.uid, absent=host).booking
        for person in people:
            if not isinstance(person, dict):
                raise bad_request("attendees must be objects")
            deed = self._account.mark_absent(row.uid, text_of(person, "email"), absent=person.get("absent") is True)
            self._deliver(deed.messages)
            row = deed.booking
        return Answer(shapes.booking(row))

    def _done(self, deed: Deed, status: int = 200) -> Answer:
        self._deliver(deed.messages)
        return Answer(shapes.booking(deed.booking), status)

    async def _target(self, request: Request) -> tuple[Booking, JsonObject]:
        _require_present(request)
        return self._row(request.path_params["uid"]), await json_body(request)

    def _row(self, uid: str) -> Booking:
        row = next((row for row in self._account.bookings() if row.uid == uid), None)
        if row is None:
            raise not_found(f"Booking with uid={uid} was not found in the database")
        return row

    def _kind(self, body: JsonObject) -> EventType:
        for kind in self._types:
            by_slug = body.get("eventTypeSlug") == kind.slug and body.get("username") == self._account.host.username
            if body.get("eventTypeId") == kind.id or by_slug:
                return kind
        raise not_found("Event type was not found: give eventTypeId, or eventTypeSlug and username")


def _present(request: Request) -> bool:
    return request.headers.get("cal-api-version") in VERSIONS


def _require_present(request: Request) -> None:
    if not _present(request):
        raise not_found(f"Cannot {request.method} {request.url.path}")


def _guest(body: JsonObject) -> Person:
    attendee = body.get("attendee")
    if not isinstance(attendee, dict):
        raise bad_request("attendee must be an object")
    phone = text_of(attendee, "phoneNumber", "") or None
    email = text_of(attendee, "email", "" if phone else None)
    zone = text_of(attendee, "timeZone")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise bad_request("timeZone must be a valid IANA time-zone") from None
    # Without an address Cal.com invents one from the number.
    email = email or f"{(phone or '').lstrip('+').replace(' ', '')}@sms.example.com"
    return Person(text_of(attendee, "name"), email, zone, text_of(attendee, "language", "en"), phone)


def _guests(body: JsonObject) -> list[Person]:
    guests = body.get("guests", [])
    if not isinstance(guests, list):
        raise bad_request("guests must be an array of e-mail addresses")
    return [Person(guest.partition("@")[0], guest) for guest in guests if isinstance(guest, str)]


def _answers(body: JsonObject, kind: EventType) -> dict[str, str]:
    given = body.get("bookingFieldsResponses", {})
    known = {question.slug for question in kind.questions} | {"notes"}
    if not isinstance(given, dict):
        raise bad_request("bookingFieldsResponses must be an object")
    return {slug: value for slug, value in given.items() if slug in known and isinstance(value, str)}


def _metadata(body: JsonObject) -> list[tuple[str, str]]:
    given = body.get("metadata", {})
    if not isinstance(given, dict) or len(given) > 50:
        raise bad_request("metadata must be an object with at most 50 keys")
    pairs = [(key, value) for key, value in given.items() if isinstance(value, str)]
    if len(pairs) != len(given) or any(len(key) > 40 or len(value) > 500 for key, value in pairs):
        raise bad_request("metadata keys have at most 40, values at most 500 characters, and are texts")
    return pairs
