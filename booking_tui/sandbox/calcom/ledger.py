"""The rows of a simulated Cal.com account, and how they are made, found and changed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from booking_tui.sandbox.calcom.model import VIDEO_LOCATION, Booking, EventType, Host, Person, Seat, Status, Video

_BASE58 = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_HEX = "0123456789abcdef"


class RefusedError(ValueError):
    """Cal.com would not do that; the text is its answer (status 400 in its API)."""


class Ledger:
    """One host's bookings. All chance comes from the seed, all time from the clock (UTC)."""

    def __init__(self, seed: int, clock: Callable[[], datetime], host: Host) -> None:
        self.clock = clock
        self.host = host
        self._random = random.Random(seed)
        self._bookings: dict[str, Booking] = {}
        self._by_day: dict[date, set[str]] = {}
        self._next_id = self._random.randrange(100_000, 900_000)
        self._next_seat = self._random.randrange(1_000_000, 9_000_000)

    def booking(self, uid: str) -> Booking:
        """Give a booking by uid; raises `RefusedError` when there is none."""
        try:
            return self._bookings[uid]
        except KeyError:
            raise RefusedError(f"Booking with uid={uid} was not found in the database") from None

    def bookings(self) -> list[Booking]:
        """Give every booking, in the order of making."""
        return list(self._bookings.values())

    def free(self, start: datetime, end: datetime, *, but: Iterable[str] = ()) -> bool:
        """Say whether nothing blocks that span (touching is no overlap)."""
        ignored, day = set(but), start.date()
        near = (day - timedelta(days=1), day, end.date())
        uids = set[str]().union(*(self._by_day.get(on, ()) for on in near)) - ignored
        others = (self._bookings[uid] for uid in uids)
        return not any(other.blocks and other.start < end and start < other.end for other in others)

    def new_uid(self) -> str:
        """Make a booking uid: 22 base-58 characters."""
        return "".join(self._random.choices(_BASE58, k=22))

    def token(self) -> str:
        """Make an access token: 32 hex digits."""
        return "".join(self._random.choices(_HEX, k=32))

    def draft(
        self,
        kind: EventType,
        start: datetime,
        people: Sequence[Person],
        *,
        notes: str = "",
        answers: Sequence[tuple[str, str, str]] = (),
        metadata: Sequence[tuple[str, str]] = (),
        created_at: datetime | None = None,
        status: Status = "ACCEPTED",
    ) -> Booking:
        """Make a booking row without keeping it."""
        uid = self.new_uid()
        at = created_at or self.clock()
        self._next_id += self._random.randrange(1, 9)
        return Booking(
            id=self._next_id,
            uid=uid,
            event_type=kind,
            host=self.host,
            title=f"{kind.title} between {self.host.name} and {people[0].name}",
            start=start,
            end=start + kind.length,
            seats=tuple(self.seat(person) for person in people),
            status=status,
            ical_uid=f"{uid}@Cal.com",
            created_at=at,
            updated_at=at,
            location=self._location(kind, people[0]),
            video=self.room(uid) if kind.place.kind == "video" else None,
            notes=notes,
            answers=tuple(answers),
            metadata=tuple(metadata),
        )

    def keep(self, booking: Booking) -> Booking:
        """Store a row as it is (also one that somebody else made)."""
        self._bookings[booking.uid] = booking
        self._by_day.setdefault(booking.start.date(), set()).add(booking.uid)
        return booking

    def close(self, booking: Booking, reason: str, by: str | None) -> Booking:
        """Cancel a row and raise its sequence."""
        return self.update(
            booking,
            status="CANCELLED",
            cancellation_reason=reason,
            cancelled_by=by,
            ical_sequence=booking.ical_sequence + 1,
        )

    def update(self, booking: Booking, **changes: object) -> Booking:
        """Keep a changed copy of a row, touched now."""
        return self.keep(replace(booking, updated_at=self.clock(), **changes))  # pyright: ignore[reportArgumentType]

    def standing(self, uid: str, *wanted: Status) -> Booking:
        """Give a row that is in one of these states; raises `RefusedError` otherwise."""
        booking = self.booking(uid)
        if booking.status not in wanted:
            raise RefusedError(f"Can't change booking with uid={uid} because it is {booking.status.lower()}")
        return booking

    def require_free(self, start: datetime, end: datetime, *, but: Iterable[str] = ()) -> None:
        """Raise `RefusedError` when something blocks that span."""
        if not self.free(start, end, but=but):
            raise RefusedError("User either already has booking at this time or is not available")

    def _location(self, kind: EventType, guest: Person) -> str:
        if kind.place.kind == "video":
            return VIDEO_LOCATION
        if kind.place.kind == "phone":
            return guest.phone or kind.place.value
        return kind.place.value

    def room(self, uid: str) -> Video:
        """Make a call room for a booking."""
        return Video(room=f"room-{uid[:10]}", password=self.token(), url=f"https://meet.example.com/{uid[:10]}")

    def seat(self, person: Person) -> Seat:
        """Make a seat for a person."""
        self._next_seat += 1
        return Seat(self._next_seat, person, self.password())

    def password(self) -> str:
        """Make a one-time password, shaped like a UUID."""
        token = self.token()
        return f"{token[:8]}-{token[8:12]}-4{token[13:16]}-8{token[17:20]}-{token[20:]}"
