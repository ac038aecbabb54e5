"""The stage on which scenarios play: a small simulated account, a story clock, and the lines that will be sent."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from booking_tui.sandbox.calcom.book import CalcomSimulator, Deed
from booking_tui.sandbox.calcom.model import Booking, EventType, Person
from booking_tui.sandbox.calcom.signing import VERSION, Message, WireRequest
from booking_tui.sandbox.people import EVENT_TYPES, GUEST_NOTES, HEARD_OF, THERAPY, WHAT_BRINGS, people, practitioner

Finish = Callable[[WireRequest, str], WireRequest]
"""Changes a request after signing; gets the secret, too."""


class StoryClock:
    """A clock that a story sets; every look at it takes three milliseconds, so that no two instants are equal."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=3)
        return self.at


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """What is known of a real booking on which a scenario shall play; instants aware, zone an IANA name."""

    uid: str
    start: datetime
    end: datetime
    title: str
    attendee_name: str
    attendee_email: str
    attendee_zone: str = "UTC"
    event_type: str = "therapy-50"
    location: str = ""
    notes: str = ""
    pending: bool = False
    ical_uid: str | None = None
    ical_sequence: int = 0
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One webhook of a scenario, not signed yet; `settable` is False when its body is replaced after signing."""

    message: Message
    delay_s: float
    note: str
    finish: Finish | None
    settable: bool


class Stage:
    """What a story plays with. All chance comes from the seed."""

    def __init__(self, now: datetime, seed: int, *, zone: str, old_secret: str, on: BookingFacts | None = None) -> None:
        self.now = now.astimezone(UTC)
        self.zone = zone
        self.on = on
        self.version = VERSION
        self.old_secret = old_secret
        self.random = random.Random(seed)
        self.clock = StoryClock(self.now - timedelta(milliseconds=400))
        self.account = CalcomSimulator(self.random.randrange(2**32), self.clock, practitioner(zone))
        self.lines: list[Line] = []
        self._cast = list(people(zone))
        self.random.shuffle(self._cast)

    def person(self) -> Person:
        """Give somebody who has not been on this stage yet."""
        return self._cast.pop()

    def note(self) -> str:
        """Give a believable note, or none."""
        return self.random.choice((*GUEST_NOTES, "", ""))

    def answers(self, kind: EventType) -> list[tuple[str, str, str]]:
        """Answer the questions of a booking form."""
        pools: Sequence[Sequence[str]] = (WHAT_BRINGS, HEARD_OF)
        return [
            (question.slug, question.label, self.random.choice(pool))
            for question, pool in zip(kind.questions, pools, strict=False)
        ]

    def time_ahead(self, days: int | None = None) -> datetime:
        """Give a full working hour on a weekday, two to eleven days ahead (or from that day on), in UTC."""
        zone = ZoneInfo(self.zone)
        day = self.now.astimezone(zone).date() + timedelta(days=days or self.random.randrange(2, 10))
        while day.weekday() >= 5:
            day += timedelta(days=1)
        hour = self.random.choice((9, 10, 11, 12, 14, 15, 16, 17))
        return datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)

    def rewind(self, back: timedelta) -> None:
        """Set the story clock to so long before now."""
        self.clock.at = self.now - back

    def say(
        self,
        deed: Deed | Message,
        note: str,
        *,
        delay_s: float = 0.0,
        finish: Finish | None = None,
        settable: bool = True,
    ) -> None:
        """Add the webhooks of a deed to what will be sent."""
        messages = deed.messages if isinstance(deed, Deed) else (deed,)
        for message in messages:
            self.lines.append(Line(message, delay_s, note, finish, settable))

    def created(
        self, kind: EventType = THERAPY, *, start: datetime | None = None, ago: timedelta = timedelta(seconds=40)
    ) -> Booking:
        """Book something a while ago, say so, and come back to now; on a real booking, take that one silently."""
        if self.on is not None:
            return self.account.keep(self._adopted(self.on, kind))
        self.rewind(ago)
        guest = self.person()
        deed = self.account.book(kind, start or self.time_ahead(), guest, notes=self.note(), answers=self.answers(kind))
        verb = "asks for" if deed.booking.status == "PENDING" else "books"
        self.say(deed, f"{guest.name} {verb} {kind.title}")
        self.rewind(timedelta(milliseconds=400))
        return deed.booking

    def _adopted(self, facts: BookingFacts, wanted: EventType) -> Booking:
        guest = Person(facts.attendee_name, facts.attendee_email, facts.attendee_zone)
        known = next((kind for kind in EVENT_TYPES if kind.slug == facts.event_type), None)
        kind = known or replace(THERAPY, slug=facts.event_type, title=facts.title)
        kind = replace(kind, needs_confirmation=wanted.needs_confirmation)
        row = self.account.draft(kind, facts.start.astimezone(UTC), [guest], created_at=facts.created_at)
        return replace(
            row,
            uid=facts.uid,
            end=facts.end.astimezone(UTC),
            title=facts.title,
            status="PENDING" if facts.pending else "ACCEPTED",
            ical_uid=facts.ical_uid or f"{facts.uid}@Cal.com",
            ical_sequence=facts.ical_sequence,
            location=facts.location or row.location,
            notes=facts.notes,
        )
