"""Every query on emails that a screen or the sender asks runs along an index."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from booking_tui.domain.filter import Filter, parse
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.store.database import Database, Transaction
from booking_tui.store.mail_log import MailLog
from booking_tui.store.outbox import NewEmail, Outbox
from booking_tui.store.outbox_claims import Claims
from booking_tui.store.outbox_pages import MailKey

NOTHING = Filter((), "")
GROUPS = ("failed", "retrying", "planned", "sent", "settled", "skipped")


@pytest.fixture(autouse=True)
def filled(database: Database, now: datetime) -> None:
    outbox = Outbox(database)
    for number in range(20):
        new = NewEmail("custom", "bk", f"k{number}", "Ada", "ada@example.com", now, "w", next_at=now)
        database.write(lambda tx, new=new: outbox.add(tx, new, at=now))


@pytest.fixture
def plan(database: Database) -> Callable[[Callable[[], object]], list[str]]:
    def explain(call: Callable[[], object]) -> list[str]:
        statements: list[str] = []
        with database.reader() as reader:
            reader.connection.set_trace_callback(statements.append)
            call()
            reader.connection.set_trace_callback(None)
            return [
                row[3]
                for statement in statements
                if statement.upper().startswith(("SELECT", "WITH"))
                for row in reader.rows(f"EXPLAIN QUERY PLAN {statement}")
            ]

    return explain


def slow(lines: list[str]) -> list[str]:
    """What reads a whole table, or sorts."""
    harmless = ("SCAN json_each", "SCAN CONSTANT ROW", "SCAN (subquery", "SCAN (join", "SCAN later")
    scans = [line for line in lines if line.startswith("SCAN") and not line.startswith(harmless)]
    return [line for line in scans if "INDEX" not in line] + [line for line in lines if "TEMP B-TREE" in line]


@pytest.mark.parametrize("group", [*GROUPS, "all"])
@pytest.mark.parametrize("place", ["first", "after", "before"])
@pytest.mark.parametrize("text", ["", "state:failed", "why:key", "from:today"])
def test_pages(
    plan: Callable[..., list[str]], database: Database, now: datetime, group: str, place: str, text: str
) -> None:
    outbox = Outbox(database)
    chosen = parse(text, now.date(), "UTC")
    key = MailKey("2026-11-22T09:00:00.000Z", 5)
    where = {} if place == "first" else {place: key}
    lines = plan(lambda: outbox.page(group, chosen, limit=50, **where))
    if (group, text) == ("all", "state:failed"):
        # The few that failed are sorted.
        assert all("email_by_state" in line or "TEMP B-TREE" in line for line in lines)
        return
    assert [line for line in lines if "TEMP B-TREE" in line] == []
    # All of them are walked by their order, which is the table's own.
    assert [line for line in slow(lines) if line != "SCAN email" or group != "all"] == []
    if group != "all":
        assert all("email_by_group" in line for line in lines), lines


def test_everything_else(plan: Callable[..., list[str]], database: Database, now: datetime) -> None:
    outbox, claims, log = Outbox(database), Claims(database), MailLog(database)
    day = timedelta(days=1)
    calls: dict[str, Callable[[], object]] = {
        "counts": lambda: outbox.counts(now, now - 30 * day),
        "groups": outbox.groups,
        "group": lambda: outbox.count("failed", NOTHING),
        "anchors": lambda: outbox.anchors("planned", NOTHING, 1000),
        "next": outbox.next_at,
        "look": claims.next_look,
        "days": lambda: outbox.per_day([now - day, now]),
        "email": lambda: outbox.email("x"),
        "emails": lambda: outbox.emails(["x"]),
        "begins": lambda: outbox.find("01990000-0000-7000-8000-000000000001"),
        "booking": lambda: outbox.for_booking("bk"),
        "attempts": lambda: outbox.attempts("x"),
        "held": lambda: outbox.held_count("key_refused"),
        "ids": lambda: outbox.with_provider_ids(["x"]),
        "open": lambda: log.still_open(now - day, now, 50),
        "lost": lambda: log.without_id(now - day, 50),
        "kept": lambda: log.remembered("pause"),
        "revision": lambda: outbox.revision_of("x"),
    }
    plans = {name: plan(call) for name, call in calls.items()}
    found = {name: slow(lines) for name, lines in plans.items()}
    sorted_small = {"emails", "counts", "booking", "attempts", "open", "lost", "revision"}
    for name in ("counts", "days", "revision"):
        assert any("email_by_revised (revises=?)" in line for line in plans[name]), plans[name]
    for name in ("counts", "days"):
        assert any("email_by_group (grp=? AND at>?" in line for line in plans[name]), plans[name]
    assert {name: lines for name, lines in found.items() if lines and name not in sorted_small} == {}
    assert {name for name in sorted_small for line in found[name] if line.startswith("SCAN")} == set()


def test_what_the_sender_and_planning_ask(database: Database, now: datetime) -> None:
    outbox, claims, log = Outbox(database), Claims(database), MailLog(database)
    event = MailEvent("email.sent", now, "p", "t", "ada@example.com")

    def job(transaction: Transaction) -> dict[str, list[str]]:
        connection = transaction.connection
        calls: dict[str, Callable[[], object]] = {
            "due": lambda: claims.due(transaction, now, 128),
            "left": lambda: claims.left_behind(transaction, now),
            "booking": lambda: outbox.of_booking(transaction, "bk"),
            "key": lambda: outbox.has_key(transaction, "k1"),
            "to": lambda: outbox.to(transaction, "ada@example.com"),
            "held": lambda: outbox.held_for(transaction, ["key_refused"]),
            "event": lambda: log.email_of(transaction, event),
            "adopt": lambda: log.adopt(transaction, "x", "p"),
            "suppressed": lambda: log.is_suppressed(transaction, "ada@example.com"),
        }
        found: dict[str, list[str]] = {}
        for name, call in calls.items():
            statements: list[str] = []
            connection.set_trace_callback(statements.append)
            call()
            connection.set_trace_callback(None)
            found[name] = [row[3] for text in statements for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
        return found

    found = database.write(job)
    assert {name: lines for name, lines in found.items() if [line for line in slow(lines) if "SCAN" in line]} == {}
    assert "email_due" in found["due"][0]
    assert [line for line in found["due"] if "TEMP" in line] == []
    assert "email_leased" in found["left"][0]
