"""A real database in a folder of the test's own, a clock that stands where it is put, and ids in order."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.filter import Filter, Term
from booking_tui.domain.webhook import Delivery, Verdict
from booking_tui.store.bookings import Bookings
from booking_tui.store.database import Database
from booking_tui.store.history import History
from booking_tui.store.inbox import Inbox

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class StandingClock:
    def __init__(self) -> None:
        self.instant = NOW

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return time.monotonic()


class CountingIds:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def new(self) -> str:
        with self._lock:
            self._last += 1
            return f"01990000-0000-7000-8000-{self._last:012d}"


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, made once: migrating for every test would take most of the time."""
    path = tmp_path_factory.mktemp("fresh") / "fresh.db"
    Database.open(path, clock=StandingClock(), ids=CountingIds()).close()
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bookings.db"


@pytest.fixture
def opened(clock: StandingClock) -> Iterator[Callable[[Path], Database]]:
    """Open databases that are closed with the test."""
    made: list[Database] = []

    def open_one(path: Path) -> Database:
        made.append(Database.open(path, clock=clock, ids=CountingIds()))
        return made[-1]

    yield open_one
    for database in made:
        database.close()


@pytest.fixture
def database(opened: Callable[[Path], Database], path: Path, fresh: Path) -> Database:
    shutil.copy(fresh, path)
    return opened(path)


@pytest.fixture
def inbox(database: Database) -> Inbox:
    return Inbox(database)


@pytest.fixture
def bookings(database: Database) -> Bookings:
    return Bookings(database)


@pytest.fixture
def history(database: Database) -> History:
    return History(database)


@pytest.fixture
def raw(database: Database, path: Path) -> Iterator[sqlite3.Connection]:
    """Another program at the same file."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    yield connection
    connection.close()


@pytest.fixture
def delivery() -> Callable[..., Delivery]:
    def make(key: str | None = None, **changes: object) -> Delivery:
        values: dict[str, object] = {
            "source": "calcom",
            "received_at": NOW,
            "headers": (("Content-Type", "application/json"), ("x-cal-signature-256", "ab" * 32)),
            "body": b'{"triggerEvent":"BOOKING_CREATED"}',
            "verdict": Verdict.VALID,
            "http_status": 200,
            "trigger": "BOOKING_CREATED",
            "dedup_key": key,
            "secret_id": "0123abcd",
            "peer": "192.0.2.7",
        }
        return Delivery(**{**values, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def booking() -> Callable[..., Booking]:
    def make(uid: str, hours: float = 1.0, length: float = 1.0, **changes: object) -> Booking:
        """A booking that starts so many hours from now and lasts so many hours."""
        start = NOW + timedelta(hours=hours)
        values: dict[str, object] = {
            "status": BookingStatus.ACCEPTED,
            "title": f"Session {uid}",
            "start": start,
            "end": start + timedelta(hours=length),
            "attendees": (Attendee("Ada Example", "ada@example.com", "Europe/Berlin"),),
        }
        return Booking(uid, **{**values, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def keep(database: Database, bookings: Bookings) -> Callable[..., None]:
    """Save bookings in one transaction."""

    def save(*chosen: Booking) -> None:
        database.write(lambda transaction: [bookings.save(transaction, one) for one in chosen])

    return save


@pytest.fixture
def having() -> Callable[..., Filter]:
    """Make a filter of (key, value) pairs; a key that begins with ``!`` is negated, a datetime value an instant."""

    def make(*pairs: tuple[str | None, str | datetime]) -> Filter:
        terms: list[Term] = []
        for key, value in pairs:
            negated = key is not None and key.startswith("!")
            name = (key or "").lstrip("!") or None
            instant = value if isinstance(value, datetime) else None
            terms.append(Term(name, "" if instant else str(value), negated, instant))
        return Filter(tuple(terms), "")

    return make
