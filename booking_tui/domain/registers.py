"""Registers that forget the order in which they were written.

Everything a booking knows is kept so that writing is commutative, associative and idempotent: the later stamp wins,
the higher status wins, a set only grows. Whatever the order, repetition or path of the events, the end is the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, is_dataclass, replace
from datetime import datetime
from typing import Any, cast

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.history import Plain
from booking_tui.domain.instants import to_text

WEAK = 1
NORMAL = 2
_ADOPTED = 0
_SEQUENCE_CAP = 9_999_999_999
STAMP_WIDTH = 1 + 10 + 24 + 12

RANK: Mapping[str, int] = {
    BookingStatus.PENDING: 0,
    BookingStatus.ACCEPTED: 1,
    BookingStatus.REJECTED: 2,
    BookingStatus.CANCELLED: 3,
}
"""A status only climbs. ``rescheduled`` is not written but derived from the link to the booking that followed."""


def plain(value: object) -> Plain:
    """Give the JSON-plain form of a field's value: instants as fixed-width text, tuples as lists."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return to_text(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {key: plain(item) for key, item in asdict(value).items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in cast("list[object]", value)]
    raise TypeError(f"no plain form for {type(value).__name__}")


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def _digest(value: object) -> str:
    return hashlib.sha256(_canonical(plain(value)).encode("ascii")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Stamper:
    """When and how strongly an event speaks; makes the stamps for what it writes."""

    strength: int
    sequence: int
    at: str

    @classmethod
    def of(cls, at: datetime | None, sequence: int | None, *, weak: bool) -> Stamper:
        """Make one from an event's own time and sequence number."""
        number = min(max(sequence or 0, 0), _SEQUENCE_CAP)
        return cls(WEAK if weak else NORMAL, number, to_text(at) if at else "")

    def stamp(self, value: object) -> str:
        """Give a fixed-width text that orders like (strength, sequence, time, digest of the value)."""
        return f"{self.strength}{self.sequence:010d}{self.at:<24}{_digest(value)}"

    def by_time(self) -> Stamper:
        """Give the same without the sequence number, for what does not raise it (seats, attendance)."""
        return replace(self, sequence=0)

    def weakened(self) -> Stamper:
        """Give the same, speaking of another booking from hearsay."""
        return replace(self, strength=WEAK)


class Draft:
    """A booking being written to: its fields, and the registers that guard them.

    Fields are gathered and set together when the booking is next looked at: each setting copies all forty.
    """

    def __init__(self, uid: str, before: Booking | None) -> None:
        self.before = before
        self.uid = uid
        self._booking = before or Booking(uid=uid)
        self._fields: dict[str, Any] = {}
        self.memory: dict[str, str] = dict(self._booking.memory)
        if before is not None and not before.memory:
            self._adopt(before)
        self.first_status = self.status
        self.first_marks = self.marks()

    @property
    def booking(self) -> Booking:
        """The booking as written so far."""
        if self._fields:
            fields, self._fields = self._fields, {}
            self._booking = replace(self._booking, **fields)
        return self._booking

    def finished(self) -> Booking:
        """Give the booking with its registers packed."""
        self.put(memory=tuple(sorted(self.memory.items())))
        return self.booking

    def put(self, **fields: object) -> None:
        """Set fields that need no register: derived ones, and those that only grow."""
        self._fields.update(fields)

    def write(self, register: str, stamp: str, **fields: object) -> bool:
        """Set a group of fields when the stamp is later than the one it was last written with."""
        if stamp <= self.memory.get(register, ""):
            return False
        self.memory[register] = stamp
        self.put(**fields)
        return True

    def keep(self, register: str, stamp: str, value: Plain) -> bool:
        """Keep a value that is no field of the booking, under the same rule."""
        if stamp <= self.memory.get(register, "")[:STAMP_WIDTH]:
            return False
        self.memory[register] = stamp + json.dumps(value, separators=(",", ":"))
        return True

    def kept(self, register: str) -> Plain:
        """Give a kept value, None when there is none."""
        text = self.memory.get(register)
        return json.loads(text[STAMP_WIDTH:]) if text else None

    def kept_under(self, prefix: str) -> Iterator[tuple[str, str, Plain]]:
        """Give (name, stamp, value) of the kept registers whose names start so."""
        for register, text in self.memory.items():
            if register.startswith(prefix):
                yield register[len(prefix) :], text[:STAMP_WIDTH], json.loads(text[STAMP_WIDTH:])

    @property
    def status(self) -> str | None:
        """The highest status an event vouched for; None when none did."""
        return self.memory.get("status")

    def marks(self) -> frozenset[str]:
        """Give the addresses now marked as absent, whether or not the booking's attendees are known."""
        return frozenset(email for email, _, absent in self.kept_under("absent:") if absent)

    def raise_status(self, status: BookingStatus) -> None:
        """Climb to a status; a lower one changes nothing."""
        if self.status is None or RANK[status] > RANK[self.status]:
            self.memory["status"] = str(status)

    @property
    def opened(self) -> int | None:
        """The lowest sequence number ever seen for this uid: its place in the chain."""
        text = self.memory.get("opened")
        return int(text) if text is not None else None

    def note_sequence(self, sequence: int) -> None:
        """Take in a sequence number: the lowest tells the place in the chain, the highest the present version."""
        opened = self.opened
        if opened is None or sequence < opened:
            self.memory["opened"] = str(sequence)
        if self.booking.ical_sequence is None or sequence > self.booking.ical_sequence:
            self.put(ical_sequence=sequence)

    def _adopt(self, booking: Booking) -> None:
        """Give registers to a booking that came with fields alone; anything an event says wins over it."""
        stamper = Stamper(_ADOPTED, 0, "")
        if booking.ical_sequence is not None:
            self.memory["opened"] = str(booking.ical_sequence)
        if booking.start is not None:
            moved = booking.status is BookingStatus.RESCHEDULED
            self.memory["status"] = str(BookingStatus.ACCEPTED if moved else booking.status)
        if booking.rescheduled_from:
            self.keep("origin", stamper.stamp(booking.rescheduled_from), booking.rescheduled_from)
        if booking.rescheduled_to:
            self.keep(f"to:{booking.rescheduled_to}", stamper.stamp(None), None)
        if booking.needs_reread:
            self.keep("reread", stamper.stamp(value=True), value=True)
        for place, person in enumerate(booking.attendees):
            join(self, stamper, person, place)
            if person.absent:
                self.keep(f"absent:{key_of(person.email)}", stamper.stamp(value=True), value=True)
        if booking.attendees:
            emails = [person_key(person) for person in booking.attendees]
            self.keep("list", stamper.stamp(emails), list[Plain](emails))


def key_of(email: str) -> str:
    """Give the form in which addresses are compared."""
    return email.strip().casefold()


def person_key(person: Attendee) -> str:
    """Give what tells attendees apart: the address, else the phone, else the name."""
    return key_of(person.email or person.phone or person.name)


def join(draft: Draft, stamper: Stamper, person: Attendee, place: int) -> None:
    """Take someone into the booking, unless a later event says that they left."""
    key = person_key(person)
    first = f"{stamper.at:<24}{place:04d}"
    if first < draft.memory.get(f"first:{key}", "~"):
        draft.memory[f"first:{key}"] = first
    value: Plain = [person.name, person.email, person.zone, person.phone, person.locale]
    draft.keep(f"seat:{key}", stamper.by_time().stamp(value), value)


def leave(draft: Draft, stamper: Stamper, email: str) -> None:
    """Take someone out of the booking, unless a later event says that they joined again."""
    draft.keep(f"seat:{key_of(email)}", stamper.by_time().stamp(None), None)
