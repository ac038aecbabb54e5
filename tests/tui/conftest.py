"""A desk on a real database with an invented day in it: Thursday 4 March 2027, 09:36 in Berlin."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from booking_tui.domain.booking import Answer, Attendee, Booking, BookingStatus
from booking_tui.domain.decision import BusyBlock
from booking_tui.domain.history import Change
from booking_tui.domain.instants import to_text
from booking_tui.domain.webhook import Delivery, EventState, Verdict
from booking_tui.ports import Desk
from booking_tui.services.facts import FactBus
from booking_tui.services.queries import Queries
from booking_tui.services.records import Records
from booking_tui.services.status import EngineStatus, Lamp, database_lamp, delivery_lamp, listener_lamp
from booking_tui.settings import Settings
from booking_tui.settings.schema import Ui
from booking_tui.store.database import Database
from booking_tui.store.errors import StoreUnavailable
from booking_tui.tui.app import BookingApp
from booking_tui.tui.context import Context, Look
from booking_tui.tui.setup import Setup

NOW = datetime(2027, 3, 4, 8, 36, tzinfo=UTC)
ZONE = "Europe/Berlin"
HOSTILE = "[/oops] [@click=app.quit]x[/] \x1b]52;c;aGk=\x07 \x9b31m \u202egnp a\u0301\u0301\u0301\u0301\n漢字\ud800"


class StandingClock:
    def __init__(self) -> None:
        self.instant = NOW

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return time.monotonic()


class CountingIds:
    def __init__(self) -> None:
        self.last = 0

    def new(self) -> str:
        self.last += 1
        return f"01990000-0000-7000-8000-{self.last:012d}"


class NoDesk:
    """No deed is done in these tests: whoever calls one gets an AttributeError."""


def guest(name: str, zone: str = ZONE) -> Attendee:
    return Attendee(name, f"{name.partition(' ')[0].lower()}@example.com", zone)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Give an instant of March 2027 by Berlin's clocks."""
    return datetime(2027, 3, day, hour, minute, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def booking(uid: str, name: str, start: datetime, minutes: int = 50, **more: object) -> Booking:
    plain: dict[str, object] = {
        "status": BookingStatus.ACCEPTED,
        "title": f"Therapy between the practice and {name}",
        "event_title": "Therapy",
        "location": "Room 2",
        **more,
    }
    return Booking(uid, start=start, end=start + timedelta(minutes=minutes), attendees=(guest(name),), **plain)  # type: ignore[arg-type]


def the_day() -> list[Booking]:
    online = {"meeting_url": "https://meet.example.com/room", "location": "integrations:daily"}
    return [
        booking("bk-ada", "Ada Lovelace", at(4, 8)),
        booking("bk-bo", "Bo Diaz", at(4, 9), **online),
        booking(
            "bk-chen",
            "Chen Wei",
            at(4, 10),
            25,
            event_title="Intake",
            location="+49 30 555 0100",
            notes="first contact, asks about evenings",
            answers=(Answer("prepare", "Anything to prepare?", "a sleep diary"),),
        ),
        booking("bk-dana", "Dana Okafor", at(4, 11), status=BookingStatus.PENDING),
        booking("bk-eli", "Eli Marsh", at(4, 14), rescheduled_from="bk-eli-old", **online),
        booking("bk-fay", "Fay Nguyen", at(4, 16), status=BookingStatus.CANCELLED),
        booking("bk-ida", "Ida Moreau", at(5, 8)),
        booking("bk-jon", "Jon Bell", at(5, 9)),
        booking("bk-kim", "Kim Park", at(5, 13), **online),
        booking("bk-lou", "Lou Reyes", at(5, 14)),
        booking("bk-max", "Max Stone", at(8, 8)),
        booking("bk-ned", "Ned Tran", at(2, 8)),
        booking("bk-oda", "Oda Ueda", at(3, 9)),
    ]


@dataclass
class DeskHome:
    """One home in a folder of the test's own, with everything an app needs; ``app()`` makes one."""

    path: Path
    clock: StandingClock = field(default_factory=StandingClock)
    bus: FactBus = field(default_factory=FactBus)
    look: Look = field(default_factory=Look)
    lamps: tuple[Lamp, ...] | None = None
    saved: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = Database.open(self.path, clock=self.clock, ids=CountingIds())
        self.records = Records(self.database)
        self.queries = Queries(self.database, self.clock, ZONE, demo=True)

    def save(self, *bookings: Booking) -> None:
        self.database.write(
            lambda tx: [self.records.bookings.save(tx, one, at=NOW - timedelta(days=2)) for one in bookings]
        )

    def receive(self, trigger: str, when: datetime, state: EventState = EventState.PROCESSED) -> str:
        refused = state is EventState.QUARANTINED
        delivery = Delivery(
            "calcom",
            when,
            (("Content-Type", "application/json"),),
            f'{{"triggerEvent":"{trigger}"}}'.encode(),
            Verdict.INVALID if refused else Verdict.VALID,
            401 if refused else 200,
            trigger,
        )
        receipt = self.records.inbox.put(delivery).result()
        error = "it speaks of a booking without a start" if state is EventState.PARKED else None
        if not refused:
            self.database.write(lambda tx: self.records.inbox.settle(tx, receipt.event_id, state, error=error))
        return receipt.event_id

    def change(self, uid: str, action: str, when: datetime, event_id: str | None = None, **fields: object) -> None:
        changes = {name: (None, value) for name, value in fields.items()}
        change = Change(uid, "cal.com", action, changes)  # type: ignore[arg-type]
        self.database.write(lambda tx: self.records.history.append(tx, [change], at=when, event_id=event_id))

    def fill(self) -> None:
        """Put the invented day into the home."""
        self.save(*the_day())
        block = BusyBlock("away", "cal.com", at(4, 12), at(4, 13), "Dentist")
        self.database.write(lambda tx: self.records.busy.save(tx, block))
        first = self.receive("BOOKING_CREATED", at(4, 9, 2))
        self.change("bk-chen", "created", at(4, 9, 2), first, start=to_text(at(4, 10)))
        self.receive("BOOKING_CREATED", at(4, 9, 25), EventState.QUARANTINED)
        second = self.receive("BOOKING_RESCHEDULED", at(4, 9, 31))
        self.change("bk-eli", "moved", at(4, 9, 31), second, start=to_text(at(4, 14)))

    def status(self) -> EngineStatus:
        lamps = self.lamps or (
            listener_lamp(8377, running=True),
            database_lamp(None, None),
            delivery_lamp(at(4, 9, 31), 0),
        )
        return EngineStatus("dashboard", "0.0.0", NOW, 8377, 8378, None, lamps)

    def app(self, *, welcome: bool = False, start: Callable[[], None] | None = None, **ui: object) -> BookingApp:
        desk: Desk = NoDesk()  # type: ignore[assignment]
        settings = Settings(ui=Ui(**ui))  # type: ignore[arg-type]
        context = Context(
            self.queries,
            desk,
            self.clock,
            ZoneInfo(ZONE),
            settings,
            self.look,
            webhook_url=lambda: "http://127.0.0.1:8377/webhooks/calcom",
        )

        def save(secret: str) -> str:
            self.saved.append(secret)
            return "config.toml"

        setup = Setup(save, lambda: "an-invented-secret")
        return BookingApp(context, facts=self.bus, start=start, status=self.status, setup=setup, welcome=welcome)

    def break_reading(self) -> None:
        """From now on nothing can be read."""

        def fail(*_: object, **__: object) -> object:
            raise StoreUnavailable("the disk gave a read error")

        for name in ("agenda", "needs_you", "feed", "next_up"):
            setattr(self.queries, name, fail)


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, made once: migrating for every test would take most of the time."""
    path = tmp_path_factory.mktemp("fresh") / "bookings.db"
    Database.open(path, clock=StandingClock(), ids=CountingIds()).close()
    return path


@pytest.fixture
def empty_home(tmp_path: Path, fresh_database: Path) -> Iterator[DeskHome]:
    """A home in which nothing happened yet."""
    path = tmp_path / "bookings.db"
    shutil.copy(fresh_database, path)
    home = DeskHome(path)
    yield home
    home.database.close()


@pytest.fixture
def home(empty_home: DeskHome) -> DeskHome:
    """A home with the invented day in it."""
    empty_home.fill()
    return empty_home


@pytest.fixture(autouse=True)
def steady_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that blinks would make every picture a matter of luck."""
    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)


Settle = Callable[[Pilot[str]], "asyncio.Future[None]"]


async def _settled(pilot: Pilot[str]) -> None:
    """Wait until reading threads are done and the screen is drawn."""
    for _ in range(2):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def _until(pilot: Pilot[str], condition: Callable[[], object], within_s: float = 5.0) -> None:
    """Wait for a condition; fails when it does not come true in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        await pilot.pause()
        await asyncio.sleep(0.01)


@pytest.fixture
def settled() -> Callable[[Pilot[str]], object]:
    return _settled


@pytest.fixture
def until() -> Callable[..., object]:
    return _until


def _screen_text(app: BookingApp) -> str:
    """Give the screen as lines of text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


@pytest.fixture
def screen_text() -> Callable[[BookingApp], str]:
    return _screen_text
