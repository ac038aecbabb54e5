"""The inbox: durable rows, deduplication that outlives them, and lists newest first."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from booking_tui.domain.booking import Booking
from booking_tui.domain.filter import Filter, parse
from booking_tui.domain.history import Change
from booking_tui.domain.webhook import Delivery, EventState, Receipt, Verdict
from booking_tui.store.database import AmbiguousPrefix, Database
from booking_tui.store.history import History
from booking_tui.store.inbox import Inbox, InboxCounts

EVERYTHING = Filter()
Make = Callable[..., Delivery]


@pytest.fixture
def put(inbox: Inbox, delivery: Make) -> Callable[..., Receipt]:
    def one(key: str | None = None, **changes: Any) -> Receipt:
        return inbox.put(delivery(key, **changes)).result(10)

    return one


def test_a_delivery_is_kept_byte_for_byte(inbox: Inbox, put: Callable[..., Receipt]) -> None:
    body = bytes(range(256)) * 40
    headers = (("X", "1"), ("x", "ü\udcff"), ("X", "2"))
    receipt = put("k", body=body, headers=headers, trigger="T" * 300 + "\ud800", test=True)
    event = inbox.event(receipt.event_id)
    assert event is not None
    assert (event.body, event.headers, event.body_bytes) == (body, headers, len(body))
    assert (event.state, event.verdict, event.http_status) == (EventState.STORED, Verdict.VALID, 200)
    assert (event.trigger, event.test, event.peer, event.secret_id) == ("T" * 200, True, "192.0.2.7", "0123abcd")
    assert (event.latency_ms, event.booking_uid, event.error) == (None, None, None)
    assert inbox.row(event.id) is not None


def test_a_repeated_key_is_a_duplicate_of_the_first(inbox: Inbox, put: Callable[..., Receipt]) -> None:
    first, second, other = put("k"), put("k"), put("k", source="google")
    assert (first.duplicate, second.duplicate, other.duplicate) == (False, True, False)
    assert second.event_id == first.event_id == first.row_id
    event = inbox.event(second.row_id)
    assert event is not None
    assert (event.state, event.duplicate_of) == (EventState.DUPLICATE, first.event_id)
    assert [each.id for each in inbox.pending(9)] == [first.row_id, other.row_id]


@pytest.fixture
def together(database: Database) -> Callable[..., list[Future[Receipt]]]:
    """Have several things put while the writer is busy, so that they are stored in one go."""

    def run(*puts: Callable[[], Future[Receipt]]) -> list[Future[Receipt]]:
        held, let_go = threading.Event(), threading.Event()
        busy = database.submit(lambda _: held.set() or let_go.wait(10))
        assert held.wait(10)
        futures = [put() for put in puts]
        let_go.set()
        busy.result(10)
        wait(futures, 10)
        return futures

    return run


def test_deliveries_stored_in_one_go_are_told_apart(
    inbox: Inbox, delivery: Make, together: Callable[..., list[Future[Receipt]]]
) -> None:
    before = inbox.put(delivery("5")).result(10)
    keys = [*(str(number) for number in range(23)), "3", None, "3", None]
    receipts = [each.result() for each in together(*(partial(inbox.put, delivery(key)) for key in keys))]
    assert [number for number, receipt in enumerate(receipts) if receipt.duplicate] == [5, 23, 25]
    assert receipts[5].event_id == before.row_id
    assert {receipts[23].event_id, receipts[25].event_id} == {receipts[3].row_id}
    rows = inbox.page(EVERYTHING, limit=99)[::-1]
    assert [row.id for row in rows] == [before.row_id, *(receipt.row_id for receipt in receipts)]
    assert sorted(row.seq for row in rows) == [row.seq for row in rows]


def test_one_that_cannot_be_stored_costs_the_others_nothing(
    inbox: Inbox, delivery: Make, together: Callable[..., list[Future[Receipt]]]
) -> None:
    bodies: list[Any] = [b"first", "a text is no bytes", b"third"]
    good, bad, fine = together(*(partial(inbox.put, delivery(str(body), body=body)) for body in bodies))
    assert isinstance(bad.exception(), sqlite3.IntegrityError)
    assert [row.id for row in inbox.page(EVERYTHING, limit=9)] == [fine.result().row_id, good.result().row_id]
    assert not inbox.put(delivery("a text is no bytes")).result(10).duplicate


def test_a_replay_is_a_fresh_row(inbox: Inbox, put: Callable[..., Receipt]) -> None:
    first = put("k")
    again = put(None, replay_of=first.event_id)
    event = inbox.event(again.event_id)
    assert event is not None
    assert (again.duplicate, event.state, event.replay_of) == (False, EventState.STORED, first.event_id)


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.VALID, EventState.STORED),
        (Verdict.UNSIGNED_ALLOWED, EventState.STORED),
        (Verdict.PULLED, EventState.STORED),
        (Verdict.MISSING, EventState.QUARANTINED),
        (Verdict.INVALID, EventState.QUARANTINED),
    ],
)
def test_the_verdict_decides_where_a_row_stands(
    inbox: Inbox, put: Callable[..., Receipt], verdict: Verdict, state: EventState
) -> None:
    event = inbox.event(put(None, verdict=verdict, body=b"z" * 90_000).row_id)
    assert event is not None
    assert event.state == state
    assert event.body_bytes == 90_000
    assert len(event.body) == (65_536 if state == EventState.QUARANTINED else 90_000)


def test_refused_requests_cannot_fill_the_disk(
    inbox: Inbox, put: Callable[..., Receipt], delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking_tui.store.inbox.KEEP_REFUSED_ROWS", 20)
    good = put("good")
    futures = [inbox.put(delivery(None, verdict=Verdict.INVALID, http_status=401)) for _ in range(400)]
    newest = [future.result(10).row_id for future in futures][-1]
    assert inbox.count(EVERYTHING) <= 20 + 128 + 1
    assert inbox.cap_quarantine(keep_rows=10, keep_bytes=5) > 0
    assert inbox.count(EVERYTHING) == 11
    event = inbox.event(newest)
    assert event is not None
    assert len(event.body) == 5
    kept = inbox.event(good.event_id)
    assert kept is not None
    assert len(kept.body) > 5


def test_settling(database: Database, inbox: Inbox, put: Callable[..., Receipt]) -> None:
    receipt = put("k", trigger=None)
    settle = inbox.settle
    assert database.write(
        lambda tx: settle(tx, receipt.event_id, EventState.PARKED, error="no \ud800", trigger="X", booking_uid="u")
    )
    event = inbox.event(receipt.event_id)
    assert event is not None
    assert (event.state, event.error, event.trigger, event.booking_uid) == (EventState.PARKED, "no ?", "X", "u")
    # Settled again after mending: the error goes, what is known of the booking stays.
    assert database.write(lambda tx: settle(tx, receipt.event_id, EventState.PROCESSED))
    event = inbox.event(receipt.event_id)
    assert event is not None
    assert (event.state, event.error, event.trigger, event.booking_uid) == (EventState.PROCESSED, None, "X", "u")
    assert not database.write(lambda tx: settle(tx, "gone", EventState.PROCESSED))
    assert inbox.pending(9) == []


def test_an_event_is_found_by_the_beginning_of_its_id(inbox: Inbox, put: Callable[..., Receipt]) -> None:
    first, _ = put("a"), put("b")
    found = inbox.find(first.row_id)
    assert found is not None
    assert found.id == first.row_id
    assert inbox.find("zzz") is None
    assert inbox.find("") is None
    with pytest.raises(AmbiguousPrefix, match="several"):
        inbox.find(first.row_id[:8])


def test_effects_are_the_history_an_event_made(
    database: Database, inbox: Inbox, history: History, put: Callable[..., Receipt], now: datetime
) -> None:
    receipt = put("k")
    change = Change("u", "cal.com", "created", {"status": (None, "accepted")})
    database.write(lambda tx: history.append(tx, [change, change], at=now, event_id=receipt.event_id))
    assert [entry.seq for entry in inbox.effects(receipt.event_id)] == [2, 1]
    assert inbox.effects("other") == []


def test_latencies_are_written_a_moment_later(database: Database, inbox: Inbox, put: Callable[..., Receipt]) -> None:
    first, second = put("a"), put("b")
    told: list[str] = []
    inbox.noted = told.extend
    inbox.answered(first.row_id, 4.5)
    inbox.answered(second.row_id, 1.5)
    # Jobs that wait run no later than those that were queued with a longer wait.
    database.submit_later(lambda _: None, 0.3).result(10)
    event = inbox.event(first.row_id)
    assert event is not None
    assert event.latency_ms == 4.5
    assert inbox.latency(event.received_at) == (1.5, 4.5, 4.5)
    assert inbox.latency(event.received_at + timedelta(seconds=1)) is None
    assert told == [first.row_id, second.row_id]


def test_latencies_are_not_lost_by_closing(opened: Callable[[Any], Database], path: Any, delivery: Make) -> None:
    database = opened(path)
    inbox = Inbox(database)
    receipt = inbox.put(delivery("k")).result(10)
    inbox.answered(receipt.row_id, 7.0)
    database.close()
    event = Inbox(opened(path)).event(receipt.row_id)
    assert event is not None
    assert event.latency_ms == 7.0


def test_forgetting_removes_everything_but_the_key(
    inbox: Inbox, put: Callable[..., Receipt], raw: sqlite3.Connection
) -> None:
    first, _, _ = put("a"), put("b", test=True), put("c")
    assert inbox.forget([first.row_id, "nobody"]) == 1
    assert inbox.event(first.row_id) is None
    assert inbox.forget_test() == 1
    assert inbox.count(EVERYTHING) == 1
    assert raw.execute("SELECT count(*) FROM inbox_content").fetchone() == (1,)
    again = put("a")
    assert (again.duplicate, again.event_id) == (True, first.row_id)


def test_numbers_are_never_given_twice(inbox: Inbox, put: Callable[..., Receipt]) -> None:
    first = inbox.event(put("a").row_id)
    assert first is not None
    inbox.forget([first.id])
    second = inbox.event(put("b").row_id)
    assert second is not None
    assert second.seq > first.seq


def test_old_settled_events_go_and_their_keys_stay(
    database: Database, inbox: Inbox, put: Callable[..., Receipt], now: datetime
) -> None:
    old = now - timedelta(days=40)
    settled, waiting = put("a", received_at=old), put("b", received_at=old)
    young = put("c", received_at=now)
    database.write(lambda tx: inbox.settle(tx, settled.row_id, EventState.PROCESSED))
    database.write(lambda tx: inbox.settle(tx, young.row_id, EventState.PROCESSED))
    assert inbox.purge(now - timedelta(days=30)) == 1
    assert {row.id for row in inbox.page(EVERYTHING, limit=9)} == {waiting.row_id, young.row_id}
    assert put("a").duplicate


def test_counting_what_came(inbox: Inbox, database: Database, put: Callable[..., Receipt], now: datetime) -> None:
    put("a", received_at=now - timedelta(seconds=90))
    put("a", received_at=now - timedelta(seconds=59))
    put(None, received_at=now, verdict=Verdict.MISSING)
    parked = put("b", received_at=now + timedelta(seconds=59))
    put("c", received_at=now + timedelta(seconds=61))
    database.write(lambda tx: inbox.settle(tx, parked.row_id, EventState.PARKED))
    assert inbox.counts_by_minute(3, now + timedelta(seconds=30)) == [1, 1, 2]
    assert inbox.today_counts(now - timedelta(seconds=60)) == InboxCounts(4, 1, 1, 1, 1)


def test_pages_walk_both_ways(inbox: Inbox, put: Callable[..., Receipt]) -> None:
    ids = [put(f"k{number}").row_id for number in range(7)][::-1]
    first = inbox.page(EVERYTHING, limit=3)
    second = inbox.page(EVERYTHING, after=first[-1].seq, limit=3)
    last = inbox.page(EVERYTHING, after=second[-1].seq, limit=3)
    assert [row.id for row in first + second + last] == ids
    assert inbox.page(EVERYTHING, before=last[0].seq, limit=3) == second
    assert inbox.page(EVERYTHING, before=second[0].seq, limit=9) == first
    assert inbox.anchors(EVERYTHING, 3) == [first[0].seq, second[0].seq, last[0].seq]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", "6 5 4 3 2 1"),
        ("trigger:cancelled", "5 2"),
        ("trigger:booking", "6 5 4 2 1"),
        ("!trigger:cancelled", "6 4 3 1"),
        ("trigger:booking trigger:created", "6 4 1"),
        ("trigger:nothing", ""),
        ("state:parked", "2"),
        ("!state:stored", "5 3 2"),
        ("verdict:invalid", "3"),
        ("who:zoe", "1"),
        ("zoé", "1"),
        ("zo", "1"),
        ("weird", "2"),
        ("WEIRD", "2"),
        ("booking_canc", "5 2"),
        ("!booking", "3"),
        ("!zoe", "6 5 4 3 2"),
        ("status:confirmed", "1"),
        ("!status:confirmed", "6 5 4 3 2"),
        ("has:error", "2"),
        ("has:test", "4"),
        ("has:replay", "6"),
        ("has:duplicate", "5"),
        ("has:booking", "2 1"),
        ("has:note", ""),
        ("has:notes", "1"),
        ("to:yesterday", "1"),
        ("from:today", "6 5 4 3 2"),
        ("!from:today", "1"),
        ("kind:calc", "6 5 4 3 2 1"),
        ("%", ""),
        ("state:stored trigger:booking", "6 4 1"),
    ],
)
def test_filters(
    text: str,
    numbers: str,
    database: Database,
    inbox: Inbox,
    put: Callable[..., Receipt],
    keep: Callable[..., None],
    booking: Callable[..., Booking],
    now: datetime,
) -> None:
    from booking_tui.domain.booking import Attendee

    keep(booking("u1", attendees=(Attendee("Zoë Example", "z@example.com"),), notes="hello"), booking("u2"))
    first = put("a", received_at=now - timedelta(days=1))
    second = put("b", trigger="BOOKING_CANCELLED")
    put(None, verdict=Verdict.INVALID, trigger=None)
    put("d", test=True)
    put("b", trigger="BOOKING_CANCELLED")
    put(None, replay_of=first.row_id)
    database.write(lambda tx: inbox.settle(tx, first.row_id, EventState.STORED, booking_uid="u1"))
    database.write(lambda tx: inbox.settle(tx, second.row_id, EventState.PARKED, booking_uid="u9", error="Weird time"))
    chosen = parse(text, now.date(), "UTC")
    found = inbox.page(chosen, limit=10)
    assert [str(row.seq) for row in found] == numbers.split()
    assert inbox.count(chosen) == len(found)
    assert inbox.anchors(chosen, 1) == [row.seq for row in found]
    assert inbox.page(chosen, before=0, limit=10) == found


def test_a_word_finds_the_events_of_however_many_bookings(
    inbox: Inbox,
    put: Callable[..., Receipt],
    keep: Callable[..., None],
    booking: Callable[..., Booking],
    now: datetime,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("booking_tui.store.filtering.FEW", 2)
    keep(*(booking(f"u{number}", number, number + 1, notes="hello") for number in range(5)))
    for number in range(5):
        settle = partial(inbox.settle, event_id=put(f"k{number}").row_id, state=EventState.PROCESSED)
        database.write(partial(settle, booking_uid=f"u{number}"))
    put("other")
    assert inbox.count(parse("hello", now.date(), "UTC")) == 5
    assert [row.booking_uid for row in inbox.page(parse("!hello", now.date(), "UTC"), limit=9)] == [None]


def test_received_at_comes_back_as_an_instant(inbox: Inbox, put: Callable[..., Receipt]) -> None:
    at = datetime(2026, 3, 29, 1, 2, 3, 456000, tzinfo=UTC)
    event = inbox.event(put("k", received_at=at).row_id)
    assert event is not None
    assert event.received_at == at
