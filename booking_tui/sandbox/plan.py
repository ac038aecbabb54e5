"""Who comes when, and what becomes of it: the plan of a believable practice around an instant."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from booking_tui.sandbox.calcom.model import EventType, Person
from booking_tui.sandbox.people import (
    ASK_AGAIN_TEXTS,
    CANCEL_REASONS,
    DECLINE_REASONS,
    FIRST_TALK,
    GROUP,
    GUEST_NOTES,
    MOVE_REASONS,
    ONLINE,
    SUPERVISION,
    THERAPY,
    people,
)
from booking_tui.sandbox.timetable import EVENING, HOURS, Timetable

EndingKind = Literal["cancel", "ask-again", "no-show", "no-show-undone", "reject", "confirm", "pay", "place", "leave"]
SERIES_COUNT = 8
_FUTURE_SHARE = (1.0, 0.95, 0.75, 0.5, 0.35)
"""How full the weeks from this one on are already booked."""


@dataclass(slots=True)
class Session:
    """One planned session: when it was booked, moved (when, where to, why), and what else was done with it."""

    kind: EventType
    start: datetime
    guest: Person
    booked_at: datetime
    notes: str = ""
    moves: list[tuple[datetime, datetime, str | None]] = field(
        default_factory=list[tuple[datetime, datetime, "str | None"]]
    )
    deeds: list[tuple[datetime, EndingKind, str]] = field(default_factory=list[tuple[datetime, EndingKind, str]])
    others: list[Person] = field(default_factory=list[Person])

    @property
    def final_start(self) -> datetime:
        return self.moves[-1][1] if self.moves else self.start

    @property
    def stands(self) -> bool:
        """Say whether nothing but time will end it."""
        return not any(deed in {"cancel", "ask-again", "reject"} for _, deed, _ in self.deeds)

    @property
    def quiet(self) -> bool:
        """Say whether nothing has happened to it but the booking."""
        return not self.moves and not self.deeds


class Plan:
    """Draws up a practice's sessions; everything follows from the seed, the instant and the zone."""

    def __init__(self, seed: int, now: datetime, zone: str, weeks_back: int, weeks_ahead: int) -> None:
        self.now = now
        self.random = random.Random(f"practice {seed}")
        self.table = Timetable(zone)
        self.zone = zone
        self.today = self.table.day_of(now)
        self.monday = self.today - timedelta(days=self.today.weekday())
        self.weeks = range(-weeks_back, weeks_ahead + 1)
        self.sessions: list[Session] = []
        cast = list(people(zone))
        self.random.shuffle(cast)
        self.weekly, self.biweekly, self.group = cast[:12], cast[12:24], cast[24:30]
        self.colleagues, self.series_guest, self.newcomers = cast[30:33], cast[33], cast[34:]
        self.away = self._day_off()
        self.series_start = self._series_slot()
        self._groups()
        self._regulars()
        self._first_talks()
        self._supervision()
        self._fates()
        self._today()
        self._lately()

    # -- days --------------------------------------------------------------------------------------------------------

    def _day_off(self) -> date:
        day = self.monday + timedelta(weeks=min(2, self.weeks[-1]), days=self.random.randrange(5))
        while day <= self.today + timedelta(days=1) or day.weekday() >= 5:
            day += timedelta(days=1)
        self.table.close(day)
        return day

    def _series_slot(self) -> datetime:
        """Give the first of a weekly series that runs from two weeks ago into the future."""
        first = self.monday - timedelta(weeks=min(2, -self.weeks[0]))
        shifts = [shift for shift in range(5) if shift not in {self.away.weekday(), self.today.weekday()}]
        day = first + timedelta(days=self.random.choice(shifts))
        clock = time(self.random.choice(HOURS))
        for week in range(SERIES_COUNT):
            self.table.take(self.table.at(day + timedelta(weeks=week), clock), THERAPY.length)
        return self.table.at(day, clock)

    # -- sessions ----------------------------------------------------------------------------------------------------

    def _add(self, kind: EventType, start: datetime, guest: Person, *, notes: bool = True) -> Session | None:
        """Plan one if its span is free."""
        if not self.table.take(start, kind.length):
            return None
        text = self.random.choice(GUEST_NOTES) if notes and self.random.random() < 0.15 else ""
        session = Session(kind, start, guest, self._booked_at(start), text)
        self.sessions.append(session)
        return session

    def _booked_at(self, start: datetime) -> datetime:
        """Choose an hour at which people book, two to twelve days before, and in the past."""
        latest = self.now - timedelta(hours=5)
        wanted = min(start, latest + timedelta(days=2)) - timedelta(days=self.random.uniform(2, 12))
        clock = time(self.random.choice((7, 8, 9, 12, 13, 17, 18, 19, 20, 21, 22)), self.random.randrange(60))
        at = self.table.at(self.table.day_of(wanted), clock) + timedelta(seconds=self.random.uniform(0, 59))
        return at if at < latest else at - timedelta(days=1)

    def _kind_for(self, guest: Person) -> EventType:
        far = guest.zone.split("/")[0] not in {"Europe", self.zone.split("/")[0]}
        return ONLINE if far or guest.email < "e" else THERAPY

    def _booked_already(self, week: int) -> bool:
        return week < 0 or self.random.random() < _FUTURE_SHARE[min(week, len(_FUTURE_SHARE) - 1)]

    def _regulars(self) -> None:
        grid = [(day, hour) for day in range(5) for hour in HOURS]
        self.random.shuffle(grid)
        places = iter(grid)
        for guest in self.weekly:
            self._every(1, guest, next(places), 0)
        for first, second in zip(self.biweekly[::2], self.biweekly[1::2], strict=True):
            place = next(places)
            self._every(2, first, place, 0)
            self._every(2, second, place, 1)

    def _every(self, interval: int, guest: Person, place: tuple[int, int], parity: int) -> None:
        for week in self.weeks:
            if week % interval == parity % interval and self._booked_already(week):
                day = self.monday + timedelta(weeks=week, days=place[0])
                self._add(self._kind_for(guest), self.table.at(day, time(place[1])), guest)

    def _groups(self) -> None:
        for week in self.weeks:
            if week % 2 == 0 and week <= 2:
                day = self.monday + timedelta(weeks=week, days=2)
                session = self._add(GROUP, self.table.at(day, EVENING), self.group[0], notes=False)
                if session is not None:
                    session.others = self.group[1 : self.random.randrange(4, 7)]
                    if week == 2:
                        at = session.booked_at + (self.now - session.booked_at) * 0.8
                        session.deeds.append((at, "leave", "I cannot come this time."))

    def _free_slot(self, first: date, last: date, kind: EventType) -> datetime | None:
        slots = [slot for slot in self.table.slots(first, last) if self.table.free(slot, kind.length)]
        return self.random.choice(slots) if slots else None

    def _first_talks(self) -> None:
        guests = itertools.cycle(self.newcomers)
        for week in self.weeks:
            monday = self.monday + timedelta(weeks=week)
            for _ in range(3 if week < 0 else 1 if week < 2 else 0):
                slot = self._free_slot(monday, monday + timedelta(days=4), FIRST_TALK)
                session = self._add(FIRST_TALK, slot, next(guests), notes=False) if slot else None
                if session is not None:
                    decline = week < 0 and self.random.random() < 0.15
                    text = self.random.choice(DECLINE_REASONS) if decline else ""
                    at = session.booked_at + timedelta(hours=self.random.uniform(0.3, 4.5))
                    session.deeds.append((at, "reject" if decline else "confirm", text))
        for back in (timedelta(minutes=35), timedelta(hours=19)):
            slot = self._free_slot(self.today + timedelta(days=2), self.today + timedelta(days=9), FIRST_TALK)
            waiting = self._add(FIRST_TALK, slot, next(guests), notes=False) if slot else None
            if waiting is not None:
                waiting.booked_at = self.now - back

    def _supervision(self) -> None:
        for turn, week in enumerate(range(self.weeks[0], min(3, self.weeks[-1]) + 1, 2)):
            monday = self.monday + timedelta(weeks=week)
            slot = self._free_slot(monday, monday + timedelta(days=4), SUPERVISION)
            session = self._add(SUPERVISION, slot, self.colleagues[turn % 3]) if slot else None
            if session is not None:
                session.deeds.append((session.booked_at + timedelta(minutes=3), "pay", ""))
        slot = self._free_slot(self.today + timedelta(days=3), self.today + timedelta(days=10), SUPERVISION)
        unpaid = self._add(SUPERVISION, slot, self.colleagues[0]) if slot else None
        if unpaid is not None:
            unpaid.booked_at = self.now - timedelta(hours=26)

    # -- what becomes of them ----------------------------------------------------------------------------------------

    def _fates(self) -> None:
        for session in list(self.sessions):
            if session.kind not in {THERAPY, ONLINE}:
                continue
            die = self.random.random()
            if die < 0.09:
                self._move(session, twice=die < 0.02)
            elif die < 0.15:
                self._end(session, "cancel", self.random.choice(CANCEL_REASONS))
            elif die < 0.165:
                self._end(session, "ask-again", self.random.choice(ASK_AGAIN_TEXTS))
            elif die < 0.205:
                self._missed(session, undone=die < 0.172)

    def _between(self, since: datetime, start: datetime) -> datetime | None:
        """Choose an instant after the booking and well before the start, if one is in the past."""
        until = min(start - timedelta(hours=3), self.now - timedelta(hours=5))
        return since + (until - since) * self.random.uniform(0.2, 0.95) if until > since else None

    def _move(self, session: Session, *, twice: bool) -> None:
        since, start = session.booked_at, session.start
        for _ in range(2 if twice else 1):
            at = self._between(since + timedelta(minutes=20), start)
            if at is None:
                return
            first = max(self.table.day_of(at), self.table.day_of(start) - timedelta(days=2)) + timedelta(days=1)
            slot = self._free_slot(first, self.table.day_of(start) + timedelta(days=7), session.kind)
            if slot is None or not self.table.take(slot, session.kind.length):
                return
            session.moves.append((at, slot, self.random.choice(MOVE_REASONS)))
            since, start = at, slot

    def _end(self, session: Session, deed: EndingKind, text: str) -> None:
        at = self._between(session.booked_at, session.start)
        if at is not None:
            session.deeds.append((at, deed, text))

    def _missed(self, session: Session, *, undone: bool) -> None:
        at = session.start + timedelta(minutes=self.random.uniform(14, 25))
        if at < self.now - timedelta(hours=1) and self.table.day_of(at) != self.today:
            session.deeds.append((at, "no-show", ""))
            if undone:
                session.deeds.append((at + timedelta(minutes=9), "no-show-undone", ""))

    # -- now ---------------------------------------------------------------------------------------------------------

    def _today(self) -> None:
        """See to it that today has sessions, one of them now or soon, whatever day and hour it is."""
        now, hour = self.now, timedelta(hours=1)
        grid = list(self.table.slots(self.today, self.today, weekends=True))
        running = [slot for slot in grid if slot <= now < slot + THERAPY.length]
        coming = [slot for slot in grid if now < slot <= now + hour]
        rest = [slot for slot in grid if slot not in running and slot not in coming]
        self.random.shuffle(rest)
        for slot in running + coming:
            self._extra(slot)
        if not any(self._is_near(session) for session in self.sessions):
            half = (now + timedelta(minutes=12)).replace(second=0, microsecond=0)
            half += timedelta(minutes=-half.minute % 30)
            any(self._extra(half + timedelta(minutes=wait), ONLINE) for wait in (0, 15, 30))
        for slot in rest:
            if self._count_today() >= 5:
                break
            self._extra(slot)

    def _extra(self, slot: datetime, kind: EventType | None = None) -> bool:
        busy = {session.guest for session in self.sessions if self.table.day_of(session.final_start) == self.today}
        guest = self.random.choice([guest for guest in (*self.biweekly, *self.newcomers) if guest not in busy])
        return self._add(kind or self._kind_for(guest), slot, guest) is not None

    def _is_near(self, session: Session) -> bool:
        start = session.final_start
        return session.stands and start - timedelta(minutes=65) < self.now < start + session.kind.length

    def _count_today(self) -> int:
        return sum(session.stands and self.table.day_of(session.final_start) == self.today for session in self.sessions)

    def _lately(self) -> None:
        """Let a few things have happened in the last hours: a booking, a move, a cancellation, another place."""
        tomorrow = self.table.at(self.today + timedelta(days=2), time(0))
        quiet = [s for s in self.sessions if s.quiet and s.kind in {THERAPY, ONLINE} and s.start > tomorrow]
        self.random.shuffle(quiet)
        slot = self._free_slot(self.today + timedelta(days=3), self.today + timedelta(days=9), ONLINE)
        fresh = self._add(ONLINE, slot, self.random.choice(self.biweekly), notes=False) if slot else None
        if fresh is not None:
            fresh.booked_at, fresh.notes = self.now - timedelta(minutes=14), GUEST_NOTES[1]
        if len(quiet) < 3:
            return
        quiet[0].deeds.append((self.now - timedelta(hours=3, minutes=10), "cancel", CANCEL_REASONS[0]))
        slot = self._free_slot(self.today + timedelta(days=2), self.today + timedelta(days=12), quiet[1].kind)
        if slot is not None and self.table.take(slot, quiet[1].kind.length):
            quiet[1].moves.append((self.now - timedelta(minutes=95), slot, MOVE_REASONS[0]))
        quiet[2].deeds.append((self.now - timedelta(hours=4, minutes=20), "place", ""))
