"""A home with a real store, real provider code and a real listener, on a clock that stands still."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from booking_tui.clock import TimeOrderedIds
from booking_tui.domain.webhook import Delivery
from booking_tui.paths import Home
from booking_tui.ports import WebhookSource
from booking_tui.services.desk import LocalDesk
from booking_tui.services.engine import Engine
from booking_tui.services.facts import FactBus
from booking_tui.services.ingest import Ingest
from booking_tui.services.queries import Queries
from booking_tui.services.records import Records
from booking_tui.services.tunnel_deeds import TunnelDeeds
from booking_tui.settings import Settings, demo_settings
from booking_tui.store.database import Database
from booking_tui.wiring import build_engine, sources
from booking_tui.wiring.homes import reading

SECRET = "an-invented-secret-0123456789"
ZONE = "Europe/Berlin"
NOON = datetime(2027, 3, 4, 11, 0, tzinfo=UTC)
"""Thursday, 12:00 in Berlin."""


class StillClock:
    """Stands still until it is moved; its monotonic seconds are real unless they are set."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at
        self.seconds: float | None = None

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return time.monotonic() if self.seconds is None else self.seconds

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def eventually(holds: Callable[[], object], *, deadline_s: float = 10.0, why: str = "it never became true") -> None:
    """Wait for a condition."""
    end = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < end, why
        time.sleep(0.005)


def text_of(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"


def body_of(
    uid: str = "bk-1",
    trigger: str = "BOOKING_CREATED",
    *,
    start: datetime = NOON + timedelta(hours=2),
    minutes: int = 50,
    name: str = "Ada Lovelace",
    email: str = "ada@example.com",
    made: datetime = NOON - timedelta(days=1),
    **payload: Any,
) -> bytes:
    """One Cal.com webhook body."""
    end = start + timedelta(minutes=minutes)
    fields: dict[str, Any] = {
        "uid": uid,
        "title": f"Therapy with {name}",
        "type": "therapy-50",
        "startTime": text_of(start),
        "endTime": text_of(end),
        "status": "ACCEPTED",
        "iCalUID": f"{uid}@Cal.com",
        "iCalSequence": 0,
        "organizer": {"name": "Practice", "email": "practice@example.com", "timeZone": ZONE},
        "attendees": [{"name": name, "email": email, "timeZone": ZONE}],
        **payload,
    }
    document = {"triggerEvent": trigger, "createdAt": text_of(made), "payload": fields}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass
class Desktop:
    """A home opened in this process without an engine."""

    home: Home
    settings: Settings
    clock: StillClock
    bus: FactBus
    known: dict[str, WebhookSource]
    records: Records
    ingest: Ingest
    queries: Queries
    told: list[Any] = field(default_factory=list)

    def put(self, body: bytes, *, at: datetime | None = None, **changed: Any) -> str:
        """Store a delivery as the listener would, signed unless told otherwise; gives its row's id."""
        source = self.known["calcom"]
        signed = (("Content-Type", "application/json"), *source.sign(body))
        headers = changed.pop("headers", signed)
        finding = source.check(headers, body)
        admitted = finding.verdict.value in {"valid", "unsigned-allowed"}
        values: dict[str, Any] = {
            "source": "calcom",
            "received_at": at or self.clock.now(),
            "headers": headers,
            "body": body,
            "verdict": finding.verdict,
            "http_status": 200 if admitted else 401,
            "trigger": source.trigger_of(body),
            "dedup_key": source.dedup_key(headers, body) if admitted else None,
            "secret_id": finding.secret_id,
            **changed,
        }
        return self.records.inbox.put(Delivery(**values)).result(10).row_id

    def apply(self, body: bytes, **changed: Any) -> str:
        """Store a delivery and apply it."""
        row_id = self.put(body, **changed)
        self.ingest.run_once()
        return row_id

    def state(self, row_id: str) -> str:
        row = self.records.inbox.row(row_id)
        assert row is not None
        return row.state.value

    def desk(self) -> LocalDesk:
        """A desk where nothing listens."""
        return LocalDesk(
            self.records,
            self.known,
            self.clock,
            self.bus,
            wake=lambda: None,
            own_address=lambda: None,
            sender=lambda request: [],
            tunnel=TunnelDeeds(None),
        )


def settings_for(zone: str = ZONE, secret: str = SECRET) -> Settings:
    return demo_settings(secret=secret, zone=zone, environ={})


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@contextlib.contextmanager
def opened(home: Home, clock: StillClock, *, zone: str = ZONE, demo: bool = False) -> Iterator[Desktop]:
    home.ensure()
    settings = settings_for(zone)
    database = Database.open(home.database, clock=clock, ids=TimeOrderedIds(clock))
    records, bus, known = Records(database), FactBus(), dict(sources(settings))
    ingest = Ingest(records, known, clock, bus, demo=demo)
    queries = reading(database, settings, clock, demo=demo, known=known)
    try:
        yield Desktop(home, settings, clock, bus, known, records, ingest, queries)
    finally:
        ingest.stop(5.0)
        database.close()


@pytest.fixture
def desktop(home: Home, clock: StillClock) -> Iterator[Desktop]:
    with opened(home, clock) as found:
        yield found


@pytest.fixture
def engine(home: Home, clock: StillClock) -> Iterator[Engine]:
    """A started engine on free ports."""
    made = build_engine(home, settings_for(), clock=clock, role="serve")
    made.start()
    yield made
    made.stop()
