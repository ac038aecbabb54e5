"""Plays the plan of a practice through the simulated Cal.com: weeks of webhooks up to this instant."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking_tui.sandbox import faults
from booking_tui.sandbox.calcom import wire_more
from booking_tui.sandbox.calcom.book import CalcomSimulator, Deed
from booking_tui.sandbox.calcom.model import VIDEO_LOCATION, EventType, Person
from booking_tui.sandbox.calcom.signing import Message, WireRequest, mis_sign, re_sign
from booking_tui.sandbox.people import (
    EVENT_TYPES,
    FIRST_TALK,
    HEARD_OF,
    OLD_SECRET,
    OTHER_ROOM,
    THERAPY,
    WHAT_BRINGS,
    people,
    practitioner,
)
from booking_tui.sandbox.plan import SERIES_COUNT, EndingKind, Plan, Session
from booking_tui.sandbox.stage import StoryClock

PRACTICE_SECRET = "a-practice-that-does-not-exist"  # noqa: S105 (signs invented webhooks on loopback)


@dataclass(frozen=True, slots=True)
class TimedRequest:
    """A signed webhook and the instant (UTC) at which it arrived."""

    at: datetime
    request: WireRequest


@dataclass(frozen=True, slots=True)
class Practice:
    """A simulated practice: who it is, and everything that has arrived so far, in order."""

    owner_name: str
    owner_email: str
    zone: str
    secret: str
    people: tuple[Person, ...]
    event_types: tuple[EventType, ...]
    away: date
    requests: tuple[TimedRequest, ...]
    account: CalcomSimulator
    """The account as it stands now, to go on playing with."""


class _Script:
    """Acts in the order of time, each of which may add later ones; an act after now never happens."""

    def __init__(self, plan: Plan, seed: int, secret: str) -> None:
        self.plan = plan
        self.secret = secret
        self.clock = StoryClock(plan.now)
        self.account = CalcomSimulator(seed, self.clock, practitioner(plan.zone))
        self.arrived: list[TimedRequest] = []
        self._acts: list[tuple[datetime, int, Callable[[], Deed | Message]]] = []
        self._count = 0

    def at(self, when: datetime, act: Callable[[], Deed | Message]) -> None:
        """Plan an act."""
        if when <= self.plan.now:
            self._count += 1
            heapq.heappush(self._acts, (when, self._count, act))

    def play(self) -> None:
        """Let everything happen that is due."""
        while self._acts:
            when, _, act = heapq.heappop(self._acts)
            self.clock.at = when
            deed = act()
            messages = deed.messages if isinstance(deed, Deed) else (deed,)
            for turn, message in enumerate(messages):
                self.arrive(when + timedelta(milliseconds=190 + 140 * turn), message.signed(self.secret))

    def arrive(self, when: datetime, request: WireRequest) -> None:
        """Note a request, to the millisecond; nothing arrives after now."""
        when = min(when, self.plan.now)
        self.arrived.append(TimedRequest(when.replace(microsecond=when.microsecond // 1000 * 1000), request))


def practice(
    seed: int, now: datetime, zone: str, weeks_back: int = 8, weeks_ahead: int = 4, *, secret: str = PRACTICE_SECRET
) -> Practice:
    """Make a believable solo practice as it stands at `now` (aware); the same arguments give the same bytes.

    About twenty sessions a week from `weeks_back` weeks ago to `weeks_ahead` weeks from now; requests are signed
    with `secret` and ordered by arrival, none after `now`. Raises ValueError without a week on either side.
    """
    if weeks_back < 1 or weeks_ahead < 1:
        raise ValueError("a practice needs at least one week back and one ahead")
    now = now.astimezone(UTC)
    plan = Plan(seed, now, zone, weeks_back, weeks_ahead)
    script = _Script(plan, seed, secret)
    for session in plan.sessions:
        _stage(script, session)
    _stage_series(script)
    _stage_rest(script)
    script.play()
    _spoil(script)
    script.arrived.sort(key=lambda timed: timed.at)
    script.clock.at = now
    return Practice(
        owner_name=script.account.host.name,
        owner_email=script.account.host.email,
        zone=zone,
        secret=secret,
        people=people(zone),
        event_types=EVENT_TYPES,
        away=plan.away,
        requests=tuple(script.arrived),
        account=script.account,
    )


def _stage(script: _Script, session: Session) -> None:
    """Plan the booking of a session and all that becomes of it."""
    account = script.account
    current: list[str] = []
    answers: list[tuple[str, str, str]] = []
    if session.kind is FIRST_TALK:
        said = (script.plan.random.choice(WHAT_BRINGS), script.plan.random.choice(HEARD_OF))
        answers = [(q.slug, q.label, text) for q, text in zip(FIRST_TALK.questions, said, strict=True)]

    def book() -> Deed:
        deed = account.book(session.kind, session.start, session.guest, notes=session.notes, answers=answers)
        current.append(deed.booking.uid)
        return deed

    def move(to: datetime, reason: str | None) -> Deed:
        deed = account.reschedule(current[-1], to, reason=reason, by=session.guest.email)
        current.append(deed.booking.uid)
        return deed

    def join(guest: Person) -> Deed:
        return account.book(session.kind, session.start, guest)

    script.at(session.booked_at, book)
    for turn, guest in enumerate(session.others):
        script.at(session.booked_at + timedelta(minutes=40 * (turn + 1)), lambda guest=guest: join(guest))
    for when, to, reason in session.moves:
        script.at(when, lambda to=to, reason=reason: move(to, reason))
    for when, deed, text in session.deeds:
        script.at(when, lambda deed=deed, text=text: _do(account, current[-1], session, deed, text))
    if session.stands and session.final_start > script.plan.now - timedelta(days=7):
        for trigger, when in (
            ("MEETING_STARTED", session.final_start),
            ("MEETING_ENDED", session.final_start + session.kind.length),
        ):
            script.at(when + timedelta(seconds=4), lambda t=trigger: wire_more.meeting(t, account.booking(current[-1])))


def _do(account: CalcomSimulator, uid: str, session: Session, deed: EndingKind, text: str) -> Deed:
    email = session.guest.email
    acts: dict[EndingKind, Callable[[], Deed]] = {
        "cancel": lambda: account.cancel(uid, text, by=email if text else None),
        "ask-again": lambda: account.ask_to_reschedule(uid, text),
        "no-show": lambda: account.mark_absent(uid, email),
        "no-show-undone": lambda: account.mark_absent(uid, email, absent=False),
        "reject": lambda: account.reject(uid, text),
        "confirm": lambda: account.confirm(uid),
        "pay": lambda: account.pay(uid),
        "place": lambda: account.move_place(uid, OTHER_ROOM if session.kind.place.kind == "video" else VIDEO_LOCATION),
        "leave": lambda: account.leave_seat(uid, session.others[0].email, text),
    }
    return acts[deed]()


def _stage_series(script: _Script) -> None:
    """Plan a guest who booked eight weeks at once, and has given up the last two by one click."""
    plan, account = script.plan, script.account
    first: list[str] = []

    def book() -> Deed:
        deed = account.book_series(THERAPY, plan.series_start, plan.series_guest, count=SERIES_COUNT)
        first.append(deed.booking.uid)
        return deed

    def give_up() -> Deed:
        series = account.booking(first[0]).series
        ours = [booking for booking in account.bookings() if booking.series == series]
        return account.cancel_series(ours[-2].uid, "I start a new job then.", all_remaining=False)

    script.at(plan.series_start - timedelta(days=9, hours=3), book)
    script.at(plan.now - timedelta(days=2, hours=1), give_up)


def _stage_rest(script: _Script) -> None:
    """Plan what belongs to no booking: the first test of the webhook, and the day off."""
    plan, account = script.plan, script.account
    begin = plan.monday + timedelta(weeks=plan.weeks[0] - 2)
    script.at(plan.table.at(begin, time(8, 30)), lambda: wire_more.ping(account.clock()))
    start = plan.table.at(plan.away, time(0)).astimezone(ZoneInfo(plan.zone))
    end = start + timedelta(hours=23, minutes=59, seconds=59)
    script.at(
        plan.now - timedelta(days=12, hours=2),
        lambda: wire_more.out_of_office(account.host, 4410, start, end, notes="Training day", at=account.clock()),
    )


def _spoil(script: _Script) -> None:
    """Add what a real inbox has, too: deliveries that come twice, refused ones, and one that cannot be read."""
    plan, arrived = script.plan, script.arrived
    recent = [timed.request for timed in arrived if b'"BOOKING_CREATED"' in timed.request.body][-40:]
    for timed in _every_fortieth(list(arrived)):
        again = replace(timed.request, note="the same again")
        script.arrive(timed.at + timedelta(seconds=plan.random.uniform(0.4, 25)), again)
    if recent:
        forgotten = re_sign(recent[-1], OLD_SECRET)
        script.arrive(
            plan.now - timedelta(minutes=13, seconds=52), replace(forgotten, note="signed with an old secret")
        )
        script.arrive(plan.now - timedelta(hours=27), mis_sign(plan.random.choice(recent)))
        broken = faults.broken_template(recent[0], script.secret)
        script.arrive(plan.now - timedelta(hours=5, minutes=20), replace(broken, note="a broken template"))


def _every_fortieth(arrived: list[TimedRequest]) -> Iterator[TimedRequest]:
    yield from arrived[11::40]
