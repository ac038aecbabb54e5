"""Databases as past versions left them: each is brought to today's schema, and everything in it is still there."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from peewee import SqliteDatabase

from booking_tui.clock import SystemClock, TimeOrderedIds
from booking_tui.domain.filter import Filter
from booking_tui.domain.rows import Scope
from booking_tui.services.records import Records
from booking_tui.store import schema
from booking_tui.store.database import Database

HOMES = sorted((Path(__file__).parent / "homes").glob("*.db.gz"))
COUNTS = "SELECT (SELECT count(*) FROM booking), (SELECT count(*) FROM inbox), (SELECT count(*) FROM booking_history)"


@pytest.fixture(params=HOMES, ids=[home.name.partition(".")[0] for home in HOMES])
def past(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "bookings.db"
    with gzip.open(request.param) as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return path


def counts(path: Path) -> tuple[int, ...]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(COUNTS).fetchone()


def test_every_past_schema_but_todays_has_its_home() -> None:
    names = [name.partition("_")[0] for name in schema.known()]
    assert [home.name.partition(".")[0] for home in HOMES] == names[:-1]


def test_it_is_brought_up_and_nothing_is_lost(past: Path) -> None:
    before = counts(past)
    assert min(before) > 0
    clock = SystemClock()
    with closing(Database.open(past, clock=clock, ids=TimeOrderedIds(clock))) as database:
        records = Records(database)
        assert database.healthy() is None
        assert records.history.verify().ok
        assert len(records.inbox.page(Filter(), limit=100)) == before[1]
        newest = records.inbox.page(Filter(), limit=1)[0]
        event = records.inbox.event(newest.id)
        assert event is not None
        assert event.body
        assert event.via is None
        assert records.inbox.through_tunnel(datetime(2027, 3, 1, tzinfo=UTC)) == (None, 0)
        assert records.bookings.page(Scope.ALL, Filter(), datetime(2027, 3, 4, tzinfo=UTC), limit=100)
    assert counts(past) == before


def test_past_revisions_are_told_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "bookings.db"
    with gzip.open(HOMES[0].parent / "0003.db.gz") as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)
    clock = SystemClock()
    with closing(Database.open(path, clock=clock, ids=TimeOrderedIds(clock))) as database:
        emails = Records(database).outbox.page("all", Filter(), limit=100)
    confirmations = [email for email in emails if email.kind == "confirmation" and email.booking_uid != "bk-2"]
    assert {(email.booking_uid, email.revision, email.reason, email.settled) for email in confirmations} == {
        ("bk-0", 1, "bounced_soft", None),
        ("bk-0", 2, "taken_back", None),
        ("bk-1", 1, "bounced_soft", "retried"),
        ("bk-1", 2, None, None),
    }
    assert [email.reason for email in emails if email.kind == "reminder_1h" and email.booking_uid == "bk-2"] == [
        "by_you"
    ]


def test_its_schema_is_then_that_of_a_fresh_one(past: Path, tmp_path: Path) -> None:
    fresh = SqliteDatabase(str(tmp_path / "fresh.db"))
    old = SqliteDatabase(str(past), pragmas=[("foreign_keys", 1)])
    with closing(fresh), closing(old):
        schema.migrate(fresh)
        schema.migrate(old)
        assert schema.describe(old.connection()) == schema.describe(fresh.connection())
