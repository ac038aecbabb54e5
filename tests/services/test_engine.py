from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from booking_tui.domain.booking import Booking, Recording
from booking_tui.domain.filter import Filter
from booking_tui.domain.webhook import Delivery, Verdict
from booking_tui.listener.sockets import PortTaken
from booking_tui.paths import Home, running_homes
from booking_tui.ports import WebhookSource
from booking_tui.services.engine import Engine
from booking_tui.services.facts import EVENT, HEALTH
from booking_tui.services.lock import HomeLock, LockHeld, holder_of, read_control
from booking_tui.services.sending import Address, post
from booking_tui.services.status import LampLevel, age, delivery_lamp, read_status, write_status
from booking_tui.store.database import StoreUnavailable
from booking_tui.wiring import build_engine
from tests.services.conftest import StillClock, body_of, eventually, opened, settings_for


def deliver(engine: Engine, body: bytes, *, signed: bool = True) -> int:
    source: WebhookSource = engine.sources["calcom"]
    headers = source.sign(body) if signed else ()
    return post(Address(engine.public_port), "/webhooks/calcom", headers, body, 10.0).status


def fetch(engine: Engine, path: str) -> tuple[int, str]:
    try:
        with urlopen(f"http://127.0.0.1:{engine.local_port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def recordings(engine: Engine, uid: str) -> tuple[Recording, ...]:
    booking = engine.records.bookings.get(uid)
    assert booking is not None
    return booking.recordings


def engine_threads() -> set[str]:
    return {thread.name.split()[0] for thread in threading.enumerate()} & {
        *("store-writer", "ingest", "ticker", "listener", "tunnel")
    }


def test_it_works_on_an_empty_home_and_applies_what_comes_in(engine: Engine) -> None:
    subscription = engine.bus.subscribe(lambda: None)
    assert deliver(engine, body_of()) == 200
    eventually(lambda: engine.records.bookings.get("bk-1"))
    [row] = engine.records.inbox.page(Filter(), limit=5)
    told: list[tuple[str, str]] = []

    def heard() -> bool:
        told.extend((fact.kind, fact.key) for fact in subscription.drain() if fact.kind != HEALTH)
        return ("booking", "bk-1") in told

    eventually(heard)
    assert told[0] == (EVENT, row.id)


def test_the_control_file_tells_how_to_reach_it_and_is_gone_afterwards(engine: Engine, home: Home) -> None:
    point = read_control(home.control)
    assert point is not None
    assert (point.port, point.public_port, point.pid, point.role) == (
        engine.local_port,
        engine.public_port,
        os.getpid(),
        "serve",
    )
    assert home.control.stat().st_mode & 0o777 == 0o600
    assert home in [running.home for running in running_homes()]
    engine.stop()
    assert not home.control.exists()
    assert home not in [running.home for running in running_homes()]
    assert holder_of(home.lock) is None


def test_a_second_engine_on_the_home_is_turned_away_and_the_first_goes_on(
    engine: Engine, home: Home, clock: StillClock
) -> None:
    with pytest.raises(LockHeld) as caught:
        build_engine(home, settings_for(), clock=clock).start()
    assert caught.value.role == "serve"
    assert read_control(home.control) is not None
    assert deliver(engine, body_of()) == 200


def test_a_taken_port_undoes_everything(home: Home, clock: StillClock) -> None:
    before = engine_threads()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = settings_for().with_values("listener", port=taken.getsockname()[1])
        engine = build_engine(home, settings, clock=clock)
        with pytest.raises(PortTaken):
            engine.start()
    assert not engine.running
    assert holder_of(home.lock) is None
    assert not home.control.exists()
    assert engine_threads() == before
    with HomeLock(home.lock, "cli"):
        pass


def test_a_home_opened_before_stays_open_when_the_port_is_taken_and_may_try_again(
    home: Home, clock: StillClock
) -> None:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    engine = build_engine(home, settings_for().with_values("listener", port=taken.getsockname()[1]), clock=clock)
    engine.open()
    try:
        with pytest.raises(PortTaken):
            engine.start()
        assert engine.running
        assert not engine.listening
        assert engine.public_port == 0
        assert engine.status().lamps[0].level is LampLevel.BAD
        engine.desk.forget_test()
        taken.close()
        engine.start()
        assert engine.listening
        assert deliver(engine, body_of()) == 200
    finally:
        taken.close()
        engine.stop()


def test_a_home_that_cannot_be_a_database_is_said_and_let_go(home: Home, clock: StillClock) -> None:
    home.ensure()
    home.database.write_bytes(b"this is a diary, not a database" * 200)
    engine = build_engine(home, settings_for(), clock=clock)
    with pytest.raises(StoreUnavailable) as caught:
        engine.start()
    assert "database" in caught.value.reason
    assert holder_of(home.lock) is None


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path, clock: StillClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        build_engine(Home(tmp_path / "file" / "home"), settings_for(), clock=clock).start()


def test_stopping_applies_what_was_acknowledged_and_a_second_stop_does_nothing(home: Home, clock: StillClock) -> None:
    before = engine_threads()
    engine = build_engine(home, settings_for(), clock=clock)
    engine.start()
    for number in range(12):
        assert deliver(engine, body_of(f"bk-{number}")) == 200
    engine.stop()
    engine.stop()
    assert engine_threads() == before
    assert not engine.listening
    with opened(home, clock) as after:
        assert after.records.inbox.pending(10) == []
        assert after.records.bookings.get("bk-11") is not None


def test_what_an_earlier_run_left_is_applied_at_the_start(home: Home, clock: StillClock) -> None:
    with opened(home, clock) as before:
        row_id = before.put(body_of())
    engine = build_engine(home, settings_for(), clock=clock)
    engine.start()
    try:
        eventually(lambda: engine.records.bookings.get("bk-1"))
        row = engine.records.inbox.row(row_id)
        assert row is not None
        assert row.state == "processed"
    finally:
        engine.stop()


def test_a_stopped_engine_is_not_started_again(home: Home, clock: StillClock) -> None:
    engine = build_engine(home, settings_for(), clock=clock)
    with pytest.raises(RuntimeError, match="not been started"):
        engine.status()
    engine.start()
    engine.start()
    engine.stop()
    with pytest.raises(RuntimeError, match="not started again"):
        engine.start()


def test_the_log_is_folded_into_the_file_now_and_then(engine: Engine, clock: StillClock) -> None:
    def whole() -> int:
        with engine.database.reader() as reader:
            [(pages, size)] = reader.rows("SELECT * FROM pragma_page_count, pragma_page_size")
        return pages * size

    engine.vitals.ticker.tick()
    before = whole()
    eventually(lambda: engine.database.path.stat().st_size == before)
    put = engine.records.inbox.put
    for number in range(30):
        put(Delivery("calcom", clock.now(), (), b"x" * 2000 + b"%d" % number, Verdict.VALID, 200, None)).result()
    assert engine.database.path.stat().st_size < before + 30 * 2000
    clock.forward(hours=1)
    engine.vitals.ticker.tick()
    eventually(lambda: engine.database.path.stat().st_size > before + 30 * 2000)


def test_ready_names_what_fails_and_recovers(engine: Engine, clock: StillClock) -> None:
    assert fetch(engine, "/readyz") == (200, "ready\n")
    subscription = engine.bus.subscribe(lambda: None)
    clock.seconds = 1e6
    engine.vitals.ticker.tick()
    other = sqlite3.connect(engine.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    clock.seconds += 2
    status, body = fetch(engine, "/readyz")
    other.execute("ROLLBACK")
    other.close()
    assert status == 503
    assert "locked" in json.loads(body)["failing"]["database"]
    assert engine.status().worst is not None
    assert any(fact.kind == HEALTH for fact in subscription.drain())
    clock.seconds += 2
    assert fetch(engine, "/readyz")[0] == 200
    # What sends emails may have met the lock, too, and looks again at its own time.
    assert [lamp.level for lamp in engine.status().lamps if lamp.key == "database"] == [LampLevel.OK]
    clock.seconds += 1000
    status, body = fetch(engine, "/readyz")
    assert (status, "scheduler" in json.loads(body)["failing"]) == (503, True)
    assert engine.status().lamps[-1].key == "clockwork"


def test_metrics_hold_the_services_own_figures(engine: Engine) -> None:
    deliver(engine, body_of())
    eventually(lambda: engine.ingest.counts.processed == 1)
    deliver(engine, b"false")
    eventually(lambda: engine.ingest.counts.parked == 1)
    text = fetch(engine, "/metrics")[1]
    for line in ("applied_events 1", "parked_events 1", "scheduler_alive 1", "database_writable 1"):
        assert f"booking_tui_{line}\n" in text, text


def test_the_status_says_when_something_last_came(engine: Engine, clock: StillClock) -> None:
    lamps = {lamp.key: lamp for lamp in engine.status().lamps}
    assert lamps["deliveries"].level is LampLevel.QUIET
    assert set(lamps) == {"listener", "tunnel", "mail", "database", "deliveries"}
    clock.forward(minutes=5)
    deliver(engine, body_of("bk-refused"), signed=False)
    clock.forward(minutes=5)
    deliver(engine, body_of())

    def lamp() -> tuple[LampLevel, object]:
        found = {lamp.key: lamp for lamp in engine.status().lamps}["deliveries"]
        return found.level, found.at

    came = clock.now()
    eventually(lambda: lamp() == (LampLevel.OK, came))
    clock.forward(minutes=5)
    deliver(engine, body_of("bk-refused"), signed=False)
    eventually(lambda: lamp() == (LampLevel.OK, came))


def test_housekeeping_purges_old_requests_and_caps_refused_ones(home: Home, clock: StillClock) -> None:
    with opened(home, clock) as before:
        old = before.apply(body_of("bk-old"), at=clock.now() - timedelta(days=31))
        young = before.apply(body_of("bk-young"), at=clock.now() - timedelta(days=29))
        links = (Recording("recording", "https://rec.example/1?token=x"),)
        for uid, days in (("bk-far", 40), ("bk-near", 3)):
            start = clock.now() - timedelta(days=days)
            booking = Booking(uid, start=start, end=start + timedelta(hours=1), recordings=links)
            before.records.database.write(lambda tx, booking=booking: before.records.bookings.save(tx, booking))
    engine = build_engine(home, settings_for(), clock=clock)
    engine.start()
    try:
        eventually(lambda: engine.records.inbox.row(old) is None)
        assert engine.records.inbox.row(young) is not None
        assert engine.records.bookings.get("bk-old") is not None
        eventually(lambda: recordings(engine, "bk-far") == ())
        assert recordings(engine, "bk-near") == links
    finally:
        engine.stop()


def test_nothing_is_ever_written_to_the_terminal(home: Home) -> None:
    code = """
import sys
from pathlib import Path
from booking_tui.paths import Home
from booking_tui.wiring import build_engine
from tests.services.conftest import StillClock, settings_for, body_of
from tests.services.test_engine import deliver
engine = build_engine(Home(Path(sys.argv[1])), settings_for(), clock=StillClock())
engine.start()
deliver(engine, body_of()); deliver(engine, b"false"); deliver(engine, b"x", signed=False)
engine.stop()
"""
    done = subprocess.run([sys.executable, "-c", code, str(home.root)], capture_output=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_status_travels_as_json_and_what_is_none_is_refused(engine: Engine) -> None:
    found = engine.status()
    assert read_status(json.loads(json.dumps(write_status(found)))) == found
    public = replace(found, public_url="https://hooks.example.com/")
    assert public.webhook_url == "https://hooks.example.com/webhooks/calcom"
    for wrong in ({}, [], None, {"role": "x"}, write_status(found) | {"lamps": [{}]}):  # type: ignore[operator]
        with pytest.raises(ValueError, match="not a status"):
            read_status(wrong)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0s"), (0, "0s"), (59, "59s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (172_800, "2 d")],
)
def test_ages_in_few_letters(seconds: int, words: str) -> None:
    assert age(timedelta(seconds=seconds)) == words


def test_deliveries_that_must_wait_say_why() -> None:
    assert delivery_lamp(None, 1).detail == "1 delivery waits to be applied"
    lamp = delivery_lamp(None, 3, "the disk is full")
    assert (lamp.level, lamp.detail) == (LampLevel.BAD, "3 deliveries wait to be applied: the disk is full")


def test_a_listener_on_every_address_is_reached_over_loopback(home: Home, clock: StillClock) -> None:
    engine = build_engine(home, settings_for().with_values("listener", host="0.0.0.0"), clock=clock)
    engine.start()
    try:
        answer = engine.desk.resend(None, body_of(), [], sign=True)
        assert answer.status == 200
    finally:
        engine.stop()
