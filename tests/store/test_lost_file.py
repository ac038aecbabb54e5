"""A database file that is removed or replaced under the program: nothing is acknowledged into the void."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from booking_tui.clock import SystemClock, TimeOrderedIds
from booking_tui.services.facts import FactBus
from booking_tui.services.health import FAULT_S, Health
from booking_tui.store.database import Database, StoreUnavailable


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    clock = SystemClock()
    with closing(Database.open(tmp_path / "bookings.db", clock=clock, ids=TimeOrderedIds(clock))) as opened:
        yield opened


def remove(database: Database) -> None:
    for path in database.path.parent.glob("bookings.db*"):
        path.unlink()


def replace(database: Database) -> None:
    other = database.path.with_name("other.db")
    other.write_bytes(database.path.read_bytes())
    other.replace(database.path)


@pytest.mark.parametrize("happens", [remove, replace])
def test_nothing_is_written_any_more_and_the_reason_says_what_to_do(database: Database, happens: object) -> None:
    assert database.healthy() is None
    happens(database)  # type: ignore[operator]
    with pytest.raises(StoreUnavailable, match=r"removed or replaced.*start booking-tui again"):
        database.write(lambda tx: None)
    assert "removed or replaced" in (database.healthy() or "")


def test_a_file_that_is_put_back_is_written_again(database: Database) -> None:
    away = database.path.with_name("away.db")
    database.path.rename(away)
    with pytest.raises(StoreUnavailable):
        database.write(lambda tx: None)
    away.rename(database.path)
    assert database.write(lambda tx: 7) == 7


def test_a_delivery_that_was_lost_is_trouble_though_the_trial_fits(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SystemClock()
    health = Health(database, clock, FactBus())
    assert health.look() is None
    database.lost = (clock.monotonic(), "the disk is full")
    assert health.look(0.0) == "the disk is full"
    database.lost = (clock.monotonic() - FAULT_S - 1, "the disk is full")
    assert health.look(0.0) is None
