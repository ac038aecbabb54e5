"""The history only grows, and whoever changes it behind the program's back is found out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_tui.domain.history import Change
from booking_tui.store.database import Database, Interrupted
from booking_tui.store.history import History

GUARDS = (
    "history_no_update",
    "history_no_delete",
    "history_no_replace",
    "history_content_no_update",
    "history_content_no_replace",
)


def change(number: int) -> Change:
    return Change(f"u{number % 3}", "cal.com", "moved", {"start": (None, f"day {number}"), "list": ([1], {"a": None})})


@pytest.fixture
def written(database: Database, history: History, now: datetime) -> int:
    for first in range(0, 9, 3):
        database.write(
            lambda tx, first=first: history.append(
                tx, [change(first + more) for more in range(3)], at=now + timedelta(minutes=first), event_id=f"e{first}"
            )
        )
    return 9


def unguarded(raw: sqlite3.Connection, *statements: str) -> None:
    """Do what a stranger with the file can do: take the guards away, change, put them back."""
    guards = [
        raw.execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", (name,)).fetchone()[0]
        for name in GUARDS
    ]
    for name in GUARDS:
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute("PRAGMA foreign_keys = 0")
    for statement in statements:
        raw.execute(statement)
    for guard in guards:
        raw.execute(guard)


def test_entries_come_back_newest_first(history: History, written: int, now: datetime) -> None:
    entries = history.recent(4)
    assert [entry.seq for entry in entries] == [9, 8, 7, 6]
    assert entries[0].changes == {"start": (None, "day 8"), "list": ([1], {"a": None})}
    assert entries[0].at == now + timedelta(minutes=6)
    assert [entry.seq for entry in history.entries(["u0", "u1"])] == [8, 7, 5, 4, 2, 1]
    assert history.entries([]) == []
    assert [entry.seq for entry in history.by_event("e3")] == [6, 5, 4]


def test_what_append_gives_is_what_is_read(database: Database, history: History, now: datetime) -> None:
    at = now + timedelta(microseconds=1234)
    given_back = database.write(lambda tx: history.append(tx, [change(1), change(2)], at=at, event_id="e"))
    assert history.recent(2) == given_back[::-1]
    assert database.write(lambda tx: history.append(tx, [], at=now)) == []


def test_a_whole_chain_verifies(history: History, written: int) -> None:
    seen: list[tuple[int, int]] = []
    report = history.verify(lambda done, total: seen.append((done, total)))
    assert (report.ok, report.entries, report.broken_seq, report.reason) == (True, written, None, None)
    assert report.head == history.recent(1)[0].hash
    assert seen == [(9, 9)]


def test_an_empty_history_verifies(history: History) -> None:
    assert (history.verify().ok, history.verify().entries) == (True, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE booking_history SET actor = 'x' WHERE seq = 2",
        "DELETE FROM booking_history WHERE seq = 9",
        "REPLACE INTO booking_history SELECT * FROM booking_history WHERE seq = 2",
        "INSERT OR REPLACE INTO booking_history SELECT * FROM booking_history WHERE seq = 9",
        "INSERT OR IGNORE INTO booking_history SELECT * FROM booking_history WHERE seq = 2",
        (
            "INSERT INTO booking_history SELECT * FROM booking_history WHERE seq = 2"
            " ON CONFLICT (seq) DO UPDATE SET actor = 'x'"
        ),
        (
            "REPLACE INTO booking_history (seq, at, actor, action, digest, prev_hash, hash)"
            " SELECT 99, at, actor, action, digest, prev_hash, hash FROM booking_history WHERE seq = 2"
        ),
        "UPDATE history_content SET changes = '{}' WHERE seq = 2",
        "REPLACE INTO history_content SELECT seq, owner, salt, '{}' FROM history_content WHERE seq = 2",
    ],
)
def test_the_database_refuses_changes(statement: str, history: History, written: int, raw: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)
    assert history.verify().ok


@pytest.mark.parametrize(
    ("statement", "seq", "reason"),
    [
        ("UPDATE booking_history SET actor = 'x' WHERE seq = 4", 4, "entry 4 was changed"),
        ("UPDATE booking_history SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 1", 1, "entry 1 was changed"),
        ("UPDATE booking_history SET hash = 'x' WHERE seq = 4", 4, "entry 4 was changed"),
        ("UPDATE booking_history SET prev_hash = 'x' WHERE seq = 4", 4, "does not continue entry 3"),
        ("DELETE FROM booking_history WHERE seq = 5", 5, "entry 5 is missing"),
        ("DELETE FROM booking_history WHERE seq = 1", 1, "entry 1 is missing"),
        ("DELETE FROM booking_history WHERE seq > 7", 8, "entries 8 to 9 are missing at the end"),
        ("DELETE FROM booking_history", 1, "entries 1 to 9 are missing at the end"),
        ("UPDATE history_content SET changes = '{}' WHERE seq = 6", 6, "what entry 6 says was changed"),
        ("UPDATE history_content SET salt = x'00' WHERE seq = 6", 6, "what entry 6 says was changed"),
        ("UPDATE booking_history SET seq = -1 WHERE seq = 9", None, "1 entries have impossible numbers"),
        ("DELETE FROM setting WHERE key = 'history.head'", None, "the note of where the history ends is missing"),
        ("UPDATE setting SET value = '?' WHERE key = 'history.head'", None, "cannot be read"),
        ("UPDATE setting SET value = '[3, \"x\"]' WHERE key = 'history.head'", 9, "does not end where it was noted"),
    ],
)
def test_what_was_tampered_with_is_named(
    statement: str, seq: int | None, reason: str, history: History, written: int, raw: sqlite3.Connection
) -> None:
    unguarded(raw, statement)
    report = history.verify()
    assert not report.ok
    assert report.broken_seq == seq
    assert reason in str(report.reason)


def test_a_guard_that_was_taken_away_is_named(history: History, written: int, raw: sqlite3.Connection) -> None:
    raw.execute("DROP TRIGGER history_no_delete")
    report = history.verify()
    assert (report.ok, report.broken_seq) == (False, None)
    assert "history_no_delete" in str(report.reason)


def test_entries_with_impossible_numbers_are_found(history: History, written: int, raw: sqlite3.Connection) -> None:
    unguarded(
        raw,
        "INSERT INTO booking_history (seq, at, actor, action, digest, prev_hash, hash)"
        " VALUES (-5, '2020-01-01T00:00:00.000Z', 'x', 'x', '', '', '')",
    )
    assert history.verify().reason == "1 entries have impossible numbers"


@pytest.mark.parametrize(
    "statements",
    [
        ["DELETE FROM booking_history WHERE seq > 7", "DELETE FROM history_content WHERE seq > 7"],
        ["DELETE FROM booking_history WHERE seq > 7"],
        ["DELETE FROM booking_history WHERE seq > 7", "DELETE FROM setting WHERE key = 'history.head'"],
    ],
)
def test_what_was_cut_off_stays_missed_when_the_history_goes_on(
    statements: list[str],
    database: Database,
    history: History,
    written: int,
    raw: sqlite3.Connection,
    now: datetime,
) -> None:
    unguarded(raw, *statements)
    database.write(lambda tx: history.append(tx, [change(1)], at=now))
    report = history.verify()
    assert (report.ok, report.broken_seq, report.reason) == (False, 8, "entry 8 is missing")


def test_erasing_keeps_the_chain(database: Database, history: History, written: int) -> None:
    assert database.write(lambda tx: history.erase(tx, ["u1", "nobody"])) == 3
    assert [entry.changes == {} for entry in history.entries(["u1"])] == [True] * 3
    assert all(entry.changes for entry in history.entries(["u0", "u2"]))
    report = history.verify()
    assert (report.ok, report.entries, report.erased) == (True, 9, 3)


def test_a_job_that_fails_leaves_no_entry(database: Database, history: History, written: int, now: datetime) -> None:
    def job(transaction: Any) -> None:
        history.append(transaction, [change(1)], at=now)
        raise LookupError

    with pytest.raises(LookupError):
        database.write(job)
    assert database.write(lambda tx: history.append(tx, [change(2)], at=now))[0].seq == written + 1
    assert history.verify().ok


def test_verifying_can_be_called_off(database: Database, history: History, written: int) -> None:
    with pytest.raises(Interrupted), database.reader() as reader:
        reader.interrupt()
        reader.check()
    assert history.verify().ok


@given(
    uid=st.none() | st.text(),
    old=st.recursive(st.none() | st.integers() | st.text() | st.booleans(), lambda x: st.lists(x, max_size=2)),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_content_verifies_and_comes_back(
    database: Database, history: History, now: datetime, uid: str | None, old: Any
) -> None:
    database.write(lambda tx: history.append(tx, [Change(uid, "you", "x", {"f": (old, None)})], at=now))
    assert history.verify().ok
    assert history.recent(1)[0].changes == {"f": (old, None)}


@pytest.mark.parametrize("column", ["at", "booking_uid", "actor", "action", "event_id", "email_id", "digest"])
def test_every_column_is_covered_by_the_hash(
    column: str, history: History, written: int, raw: sqlite3.Connection, booking: Callable[..., object]
) -> None:
    value = "2021-01-01T00:00:00.000Z"
    unguarded(raw, f"UPDATE booking_history SET {column} = '{value}' WHERE seq = 3")
    assert history.verify().broken_seq == 3
