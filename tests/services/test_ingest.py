from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from booking_tui.domain.booking import BookingStatus
from booking_tui.domain.decision import Decision
from booking_tui.domain.rows import Scope
from booking_tui.paths import Home
from booking_tui.services.facts import BOOKING, EVENT, HISTORY
from booking_tui.services.ingest import BATCH, FLOOD_S, LOOK_S
from booking_tui.store.database import StoreUnavailable
from tests.services.conftest import NOON, Desktop, StillClock, body_of, eventually, opened


def test_a_stored_delivery_becomes_a_booking_with_history_and_says_so(desktop: Desktop) -> None:
    row_id = desktop.apply(body_of())
    booking = desktop.records.bookings.get("bk-1")
    assert booking is not None
    assert (booking.status, booking.attendees[0].name, booking.test) == (BookingStatus.ACCEPTED, "Ada Lovelace", False)
    row = desktop.records.inbox.row(row_id)
    assert row is not None
    assert (row.state, row.booking_uid, row.error, row.trigger) == ("processed", "bk-1", None, "BOOKING_CREATED")
    effects = desktop.records.history.by_event(row_id)
    assert len(effects) == 1
    assert effects[0].at == desktop.clock.now()


def test_what_concerns_nothing_here_is_ignored_and_what_cannot_be_used_is_parked_with_a_reason(
    desktop: Desktop,
) -> None:
    ping = desktop.apply(b'{"triggerEvent":"PING","createdAt":"2027-03-04T08:00:00.000Z","payload":{}}')
    template = desktop.apply(b"false")
    assert desktop.state(ping) == "ignored"
    parked = desktop.records.inbox.row(template)
    assert parked is not None
    assert parked.state == "parked"
    assert parked.error
    ignored = desktop.records.inbox.row(ping)
    assert ignored is not None
    assert ignored.error is None


def test_refused_deliveries_are_never_applied(desktop: Desktop) -> None:
    row_id = desktop.apply(body_of(), headers=(("X-Cal-Signature-256", "0" * 64),))
    assert desktop.state(row_id) == "quarantined"
    assert desktop.records.bookings.get("bk-1") is None


def test_the_same_bytes_twice_are_applied_once(desktop: Desktop) -> None:
    first, second = desktop.put(body_of()), desktop.put(body_of())
    assert desktop.ingest.run_once() == 1
    assert (desktop.state(first), desktop.state(second)) == ("processed", "duplicate")
    assert len(desktop.records.history.recent(10)) == 1


def test_history_is_dated_by_now_or_on_request_by_arrival(desktop: Desktop) -> None:
    desktop.put(body_of("bk-1"), at=NOON - timedelta(days=3))
    desktop.ingest.run_once(as_of_received=True)
    desktop.put(body_of("bk-2"), at=NOON - timedelta(days=2))
    desktop.ingest.run_once()
    by_uid = {entry.booking_uid: entry.at for entry in desktop.records.history.recent(10)}
    assert by_uid == {"bk-1": NOON - timedelta(days=3), "bk-2": NOON}
    record = desktop.records.bookings.record("bk-1")
    assert record is not None
    assert record.created_at == NOON - timedelta(days=3)


def test_test_deliveries_mark_their_bookings_except_on_a_demo_home(home: Home, clock: StillClock) -> None:
    with opened(home, clock) as real:
        real.apply(body_of("bk-1"), test=True)
        booking = real.records.bookings.get("bk-1")
        assert booking is not None
        assert booking.test
    with opened(home, clock, demo=True) as demo:
        demo.apply(body_of("bk-2"), test=True)
        booking = demo.records.bookings.get("bk-2")
        assert booking is not None
        assert not booking.test


def test_facts_are_told_after_the_commit(desktop: Desktop) -> None:
    seen: list[tuple[str, str, str]] = []

    def wake() -> None:
        # Read on a connection of its own: only what is committed is there.
        with sqlite3.connect(desktop.home.database) as other:
            state = other.execute("SELECT state FROM inbox").fetchone()[0]
        other.close()
        seen.extend((fact.kind, fact.key, state) for fact in subscription.drain())

    subscription = desktop.bus.subscribe(wake)
    row_id = desktop.apply(body_of())
    assert seen == [(EVENT, row_id, "processed"), (BOOKING, "bk-1", "processed"), (HISTORY, "bk-1", "processed")]


def poisoned(desktop: Desktop, break_on: bytes, error: Callable[[], BaseException]) -> None:
    """Let the interpreter fail on bodies that hold these bytes."""
    good = desktop.known["calcom"]

    def interpret(body: bytes, headers: Any, world: Any, test: bool) -> Decision:
        if break_on in body:
            raise error()
        return good.interpret(body, headers, world, test)

    desktop.known["calcom"] = replace(good, interpret=interpret)


def test_a_poison_delivery_is_parked_with_words_and_the_rest_goes_on(desktop: Desktop) -> None:
    poisoned(desktop, b"bk-2", lambda: RuntimeError("a bug"))
    ids = [desktop.put(body_of(f"bk-{number}")) for number in (1, 2, 3)]
    assert desktop.ingest.run_once() == 3
    assert [desktop.state(each) for each in ids] == ["processed", "parked", "processed"]
    row = desktop.records.inbox.row(ids[1])
    assert row is not None
    assert row.error is not None
    assert "RuntimeError: a bug" in row.error
    assert desktop.records.bookings.get("bk-2") is None
    assert desktop.ingest.run_once() == 0


def test_a_poison_that_wrote_half_leaves_nothing_behind(desktop: Desktop) -> None:
    good = desktop.known["calcom"]

    def half(body: bytes, headers: Any, world: Any, test: bool) -> Decision:
        decision = good.interpret(body, headers, world, test)
        broken = replace(decision.bookings[0], uid="bk-broken", end=decision.bookings[0].start - timedelta(hours=1))
        return replace(decision, bookings=(*decision.bookings, broken))

    desktop.known["calcom"] = replace(good, interpret=half)
    row_id = desktop.apply(body_of())
    assert desktop.state(row_id) == "parked"
    assert desktop.records.bookings.get("bk-1") is None
    assert desktop.records.history.recent(10) == []


def test_an_unknown_sender_is_parked(desktop: Desktop) -> None:
    row_id = desktop.apply(b"{}", source="elsewhere", dedup_key=None)
    row = desktop.records.inbox.row(row_id)
    assert row is not None
    assert (row.state, "elsewhere" in (row.error or "")) == ("parked", True)


def test_a_locked_database_loses_nothing_and_stops_nobody_for_good(desktop: Desktop) -> None:
    row_id = desktop.put(body_of())
    with sqlite3.connect(desktop.home.database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            desktop.ingest.run_once()
        assert desktop.state(row_id) == "stored"
        other.execute("ROLLBACK")
    other.close()
    assert desktop.ingest.run_once() == 1
    assert desktop.state(row_id) == "processed"


def test_the_thread_tries_again_until_the_database_can_be_written(desktop: Desktop) -> None:
    other = sqlite3.connect(desktop.home.database, isolation_level=None)
    row_id = desktop.put(body_of())
    other.execute("BEGIN IMMEDIATE")
    desktop.ingest.start()
    eventually(lambda: desktop.ingest.trouble, why="the trouble was never noticed")
    assert desktop.state(row_id) == "stored"
    other.execute("ROLLBACK")
    other.close()
    eventually(lambda: desktop.state(row_id) == "processed")
    eventually(lambda: desktop.ingest.trouble is None)
    assert desktop.ingest.counts.retries >= 1
    assert len(desktop.records.history.recent(10)) == 1


def test_the_thread_begins_with_what_an_earlier_run_left(home: Home, clock: StillClock) -> None:
    with opened(home, clock) as before:
        ids = [before.put(body_of(f"bk-{number}")) for number in range(5)]
    with opened(home, clock) as after:
        after.ingest.start()
        eventually(lambda: all(after.state(each) == "processed" for each in ids))
        assert len(after.records.history.recent(10)) == 5


def test_the_thread_applies_what_it_is_woken_for(desktop: Desktop) -> None:
    desktop.ingest.start()
    row_id = desktop.put(body_of())
    desktop.ingest.wake()
    eventually(lambda: desktop.state(row_id) == "processed")
    eventually(lambda: desktop.ingest.waiting == 0)
    assert desktop.ingest.counts.processed == 1
    assert desktop.ingest.lags() == [0.0]


def test_stopping_applies_what_is_stored(desktop: Desktop) -> None:
    desktop.ingest.start()
    ids = [desktop.put(body_of(f"bk-{number}")) for number in range(20)]
    desktop.ingest.stop(10.0)
    assert {desktop.state(each) for each in ids} == {"processed"}


def test_many_deliveries_are_applied_in_the_order_in_which_they_came(desktop: Desktop) -> None:
    order: list[str] = []
    good = desktop.known["calcom"]

    def interpret(body: bytes, headers: Any, world: Any, test: bool) -> Decision:
        decision = Decision(booking_uid=str(len(order)))
        order.append(body.decode())
        return decision

    desktop.known["calcom"] = replace(good, interpret=interpret)
    bodies = [f"{number:05d}" for number in range(BATCH * 2 + 7)]
    for body in bodies:
        desktop.put(body.encode())
    assert desktop.ingest.run_once() == len(bodies)
    assert order == bodies


def test_while_deliveries_keep_coming_it_works_in_small_slices_with_pauses(desktop: Desktop) -> None:
    """Every apply is followed by an arrival, so that the batches must shrink; nothing is left at the end."""
    good = desktop.known["calcom"]
    sizes: list[int] = []
    running: list[int] = [0]

    def interpret(body: bytes, headers: Any, world: Any, test: bool) -> Decision:
        running[0] += 1
        if running[0] < 60:
            desktop.ingest.wake()
        return Decision(ignored="counted")

    desktop.known["calcom"] = replace(good, interpret=interpret)
    pending = desktop.records.inbox.pending

    def watched(limit: int) -> Any:
        sizes.append(limit)
        return pending(limit)

    desktop.records.inbox.pending = watched
    for number in range(60):
        desktop.put(f"{number}".encode())
    ticks = iter(range(10_000))
    desktop.clock.seconds = 0.0
    # Every look at the clock takes 0.1 s, so each batch seems to last longer than a slice.
    desktop.clock.monotonic = lambda: next(ticks) * 0.1  # type: ignore[method-assign]
    pauses: list[float] = []

    class Counted(Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0.0)
            return False

    desktop.ingest._ended = Counted()
    desktop.ingest._drain(40)
    assert sizes[0] == 40
    assert min(sizes) < 40
    assert pauses
    assert all(0 < pause <= LOOK_S for pause in pauses)
    assert desktop.records.inbox.pending(10) == []


@pytest.mark.parametrize(
    ("each_s", "looks", "paused"),
    [
        (0.05, 10_000, FLOOD_S),
        (0.05, 3, 3 * LOOK_S),
        (0.001, 10_000, 0.0),
    ],
    ids=["for as long as it floods but not for ever", "until it is calm", "not when applying can keep up"],
)
def test_applying_gives_way(desktop: Desktop, each_s: float, looks: int, paused: float) -> None:
    waited: list[float] = []
    ticks = iter(range(10_000))
    desktop.clock.seconds = 0.0
    # Forty come in for every second of this clock.
    desktop.clock.monotonic = lambda: next(ticks) * 0.1  # type: ignore[method-assign]

    def four() -> None:
        for _ in range(4):
            desktop.ingest.wake()

    class Flood(Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout or 0.0)
            if len(waited) < looks:
                four()
            return False

    desktop.ingest._ended = Flood()
    desktop.clock.monotonic()
    four()
    desktop.ingest._give_way(0.1, each_s)
    assert sum(waited) == pytest.approx(paused, abs=1e-4)


def test_what_flooded_in_is_applied_soon_after(desktop: Desktop) -> None:
    desktop.ingest.start()
    for number in range(300):
        desktop.put(body_of(f"bk-{number}"))
        desktop.ingest.wake()
    eventually(lambda: desktop.records.inbox.pending(1) == [] and desktop.ingest.waiting == 0)
    assert desktop.ingest.counts.processed == 300
    assert desktop.records.history.verify().ok


CRASH = """
import os, sys
from pathlib import Path
from dataclasses import replace
from booking_tui.paths import Home
from tests.services.conftest import StillClock, body_of, opened

home, where = Home(Path(sys.argv[1])), sys.argv[2]
with opened(home, StillClock()) as desktop:
    for number in range(6):
        desktop.put(body_of(f"bk-{number}"))
    records = desktop.records
    if where == "before":
        os._exit(9)
    settle, count = records.inbox.settle, [0]

    def dying(*arguments, **named):
        done = settle(*arguments, **named)
        count[0] += 1
        if count[0] == 3:
            os._exit(9)
        return done

    records.inbox.settle = dying
    if where == "between":
        while True:
            desktop.ingest._apply_batch(1)
    desktop.ingest.run_once()
"""


@pytest.mark.parametrize("where", ["before", "between", "within"])
def test_a_crash_between_storing_and_applying_or_within_it_applies_everything_exactly_once(
    home: Home, clock: StillClock, where: str
) -> None:
    done = subprocess.run([sys.executable, "-c", CRASH, str(home.root), where], check=False, timeout=60)
    assert done.returncode == 9
    with opened(home, clock) as after:
        left = len(after.records.inbox.pending(100))
        assert left == {"before": 6, "between": 4, "within": 6}[where]
        assert after.ingest.run_once() == left
        history = after.records.history.recent(100)
        assert sorted(entry.booking_uid or "" for entry in history) == [f"bk-{number}" for number in range(6)]
        assert after.records.history.verify().ok


def note_of(desktop: Desktop, uid: str) -> str | None:
    return desktop.records.bookings.private_note(uid)


def moved(uid: str, origin: str, *, sequence: int = 1) -> bytes:
    return body_of(uid, "BOOKING_RESCHEDULED", rescheduleUid=origin, iCalUID="chain@Cal.com", iCalSequence=sequence)


def test_a_private_note_goes_along_when_the_booking_moves_and_makes_no_entry(desktop: Desktop) -> None:
    desktop.apply(body_of("one", iCalUID="chain@Cal.com"))
    desktop.desk().write_note("one", "likes the window")
    entries = [each.action for each in desktop.queries.history("one")]
    desktop.apply(moved("two", "one"))
    desktop.apply(moved("three", "two", sequence=2))
    assert [note_of(desktop, uid) for uid in ("one", "two", "three")] == ["likes the window"] * 3
    detail = desktop.queries.booking_detail("three")
    assert detail is not None
    assert detail.private_note == "likes the window"
    assert entries.count("note_changed") == 1
    assert [each.action for each in desktop.queries.history("three")].count("note_changed") == 1
    chosen = desktop.queries.filter('"likes the window" status:accepted')
    [found] = desktop.queries.bookings_page(Scope.ALL, chosen, limit=9)
    assert (found.uid, found.has_private_note) == ("three", True)


def test_a_note_reaches_the_newest_version_when_the_middle_link_comes_late(desktop: Desktop) -> None:
    desktop.apply(body_of("one", iCalUID="chain@Cal.com"))
    desktop.desk().write_note("one", "likes the window")
    desktop.apply(moved("three", "two", sequence=2))
    desktop.apply(moved("two", "one"))
    assert note_of(desktop, "three") == "likes the window"


def test_a_note_of_its_own_is_not_overwritten_and_a_removed_one_stays_removed(desktop: Desktop) -> None:
    desktop.apply(body_of("one", iCalUID="chain@Cal.com"))
    desktop.apply(moved("two", "one"))
    desk = desktop.desk()
    desk.write_note("one", "first")
    assert note_of(desktop, "two") == "first"
    desk.write_note("two", "second")
    desk.write_note("one", "third")
    assert (note_of(desktop, "one"), note_of(desktop, "two")) == ("third", "second")
    desk.write_note("two", "")
    desktop.apply(body_of("two", "BOOKING_CANCELLED", rescheduleUid="one", iCalUID="chain@Cal.com", iCalSequence=1))
    assert note_of(desktop, "two") is None
