"""Every query of every screen runs along an index: no table is read whole and no page is sorted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from booking_tui.domain.booking import Booking, BookingStatus
from booking_tui.domain.filter import parse
from booking_tui.domain.rows import BookingKey, Scope
from booking_tui.domain.webhook import Delivery, EventState
from booking_tui.store.bookings import Bookings
from booking_tui.store.busy import Busy
from booking_tui.store.database import Database
from booking_tui.store.history import History
from booking_tui.store.inbox import Inbox
from booking_tui.store.kept import Kept

FILTERS = {"status:cancelled", "has:payment", "from:2020-01-01", "from:2020-01-01 to:2029-01-01"}


@pytest.fixture
def plans(database: Database) -> Callable[[Callable[[], object]], list[str]]:
    def explain(call: Callable[[], object]) -> list[str]:
        statements: list[str] = []
        with database.reader() as reader:
            reader.connection.set_trace_callback(statements.append)
            call()
            reader.connection.set_trace_callback(None)
            found: list[str] = []
            for statement in statements:
                if statement.upper().startswith(("SELECT", "WITH")) and "booking_text_" not in statement:
                    found += [row[3] for row in reader.rows(f"EXPLAIN QUERY PLAN {statement}")]
        return found

    return explain


def whole_tables(plan: list[str]) -> list[str]:
    harmless = (
        "SCAN kinds",
        "SCAN CONSTANT ROW",
        "SCAN json_each",
        "SCAN booking_text VIRTUAL TABLE",
        "SCAN (subquery",
    )
    return [line for line in plan if line.startswith("SCAN") and not line.startswith(harmless)]


@pytest.fixture(autouse=True)
def filled(
    database: Database,
    bookings: Bookings,
    inbox: Inbox,
    booking: Callable[..., Booking],
    keep: Callable[..., None],
    delivery: Callable[..., Delivery],
) -> None:
    keep(*(booking(f"u{number}", number, status=status) for number, status in enumerate(BookingStatus)))
    receipt = inbox.put(delivery("k")).result(10)
    database.write(lambda tx: inbox.settle(tx, receipt.event_id, EventState.PROCESSED, booking_uid="u1"))


@pytest.mark.parametrize("scope", list(Scope))
def test_pages_of_bookings(plans: Callable[..., list[str]], bookings: Bookings, now: datetime, scope: Scope) -> None:
    keys = [BookingKey(ended, now, "u") for ended in (False, True)]
    places = [{}, *({"after": key} for key in keys), *({"before": key} for key in keys)]
    for text in ("", *sorted(FILTERS)):
        chosen = parse(text, now.date(), "UTC")
        for place in places:
            plan = plans(lambda chosen=chosen, place=place: bookings.page(scope, chosen, now, limit=50, **place))
            if not plan:
                # Nothing was asked: the scope and the filter exclude each other.
                assert bookings.count(scope, chosen, now) == 0
                continue
            assert whole_tables(plan) == []
            assert [line for line in plan if "TEMP B-TREE" in line] == []
            assert any("booking_by_" in line for line in plan)


@pytest.mark.parametrize("place", [{}, {"after": 9}, {"before": 1}])
def test_pages_of_events(plans: Callable[..., list[str]], inbox: Inbox, now: datetime, place: dict[str, int]) -> None:
    for text in ("", "state:parked", "trigger:created", "verdict:valid", "has:error", "to:today", "u1"):
        chosen = parse(text, now.date(), "UTC")
        plan = plans(lambda chosen=chosen: inbox.page(chosen, limit=50, **place))
        assert [line for line in plan if "TEMP B-TREE" in line] == []
        # Walked by arrival, newest first, until the page is full.
        assert [line for line in whole_tables(plan) if line != "SCAN inbox"] == []
        if text in {"", "state:parked", "trigger:created"} and place:
            assert whole_tables(plan) == []


def test_everything_else_a_screen_asks(
    plans: Callable[..., list[str]],
    database: Database,
    bookings: Bookings,
    inbox: Inbox,
    history: History,
    now: datetime,
) -> None:
    day = timedelta(days=1)
    calls: list[Callable[[], object]] = [
        lambda: bookings.between(now, now + day),
        lambda: bookings.between(now, now + day, statuses=[BookingStatus.ACCEPTED]),
        lambda: bookings.get("u1"),
        lambda: bookings.records(["u1", "u2"]),
        lambda: bookings.chain("u1"),
        lambda: bookings.waiting(5),
        lambda: inbox.event("x"),
        lambda: inbox.find("x"),
        lambda: inbox.pending(5),
        lambda: inbox.effects("x"),
        lambda: inbox.today_counts(now),
        lambda: inbox.latency(now),
        lambda: inbox.counts_by_minute(60, now),
        lambda: history.entries(["u1"]),
        lambda: Busy(database).between(now, now + day),
        lambda: Kept(database).get("x"),
    ]
    for number, call in enumerate(calls):
        assert whole_tables(plans(call)) == [], number
    # The end of the history is the end of its table.
    assert [line for line in plans(lambda: history.recent(5)) if "TEMP" in line] == []


def test_what_deciding_asks(database: Database, bookings: Bookings) -> None:
    def job(transaction: object) -> list[str]:
        connection = transaction.connection  # type: ignore[attr-defined]
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        world = bookings.world(transaction)  # type: ignore[arg-type]
        world.booking("u1")
        world.bookings_by_ical_uid("i")
        world.bookings_of_series(1, "a@example.com")
        world.has_busy_block("x")
        connection.set_trace_callback(None)
        return [row[3] for text in statements for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]

    plan = database.write(job)
    assert whole_tables(plan) == []
    for index in ("booking_by_ical", "booking_by_series"):
        assert any(index in line for line in plan), plan
