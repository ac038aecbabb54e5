"""Opening homes for reading and doing, as the commands do."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from booking_tui.domain.rows import Scope
from booking_tui.listener.sockets import CannotListen, PortTaken
from booking_tui.paths import Home, announce, running_homes, write_private
from booking_tui.ports import DeedRefused
from booking_tui.services.attached import AttachedDesk, Watch
from booking_tui.services.desk import LocalDesk
from booking_tui.services.engine import Engine
from booking_tui.services.facts import HEALTH, REFRESH, FactBus
from booking_tui.services.lock import HomeLock, LockHeld, holder_of
from booking_tui.services.status import EngineStatus
from booking_tui.store.database import AmbiguousPrefix, Database, SchemaTooNew, StoreUnavailable, UnknownBooking
from booking_tui.wiring import explain_signature, failure_in_words, fixture, homes, masked, open_desk, open_queries
from booking_tui.wiring.sources import signature_check
from tests.services.conftest import SECRET, Desktop, StillClock, body_of, opened, settings_for


def test_reading_an_empty_home_makes_an_empty_database_and_holds_nothing(home: Home, clock: StillClock) -> None:
    with open_queries(home, settings_for(), clock=clock) as queries:
        assert queries.bookings_page(Scope.ALL, limit=10) == []
        assert queries.next_up() is None
        assert queries.needs_you() == []
        assert queries.feed(10) == []
        assert queries.last_30_days().kept_share is None
        assert holder_of(home.lock) is None


def test_reading_beside_an_engine_sees_what_it_writes(engine: Engine, home: Home, clock: StillClock) -> None:
    with open_queries(home, settings_for(), clock=clock) as queries:
        engine.desk.resend(None, body_of(), [], sign=True)
        engine.ingest.run_once()
        assert [row.uid for row in queries.bookings_page(Scope.ALL, limit=10)] == ["bk-1"]


def test_a_desk_on_a_free_home_holds_it_and_applies_what_its_deeds_put_in(home: Home, clock: StillClock) -> None:
    with opened(home, clock) as before:
        first = before.apply(b"false")
        left = before.put(body_of("bk-left"))
    with open_desk(home, settings_for(), clock=clock) as desk:
        assert isinstance(desk, LocalDesk)
        assert holder_of(home.lock) is not None
        [again] = desk.replay([first])
    assert holder_of(home.lock) is None
    with opened(home, clock) as after:
        assert (after.state(again), after.state(left)) == ("parked", "processed")


def test_a_desk_that_fails_lets_the_home_go(home: Home, clock: StillClock) -> None:
    with pytest.raises(DeedRefused), open_desk(home, settings_for(), clock=clock) as desk:
        desk.write_note("nobody", "x")
    assert holder_of(home.lock) is None


def test_a_desk_on_a_served_home_asks_its_holder(engine: Engine, home: Home) -> None:
    with open_desk(home, settings_for()) as desk:
        assert isinstance(desk, AttachedDesk)
        assert desk.forget_test() == 0
    assert engine.listening


def test_a_home_held_by_somebody_who_does_not_serve_it_is_said_after_a_while(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "PATIENCE_S", 0.2)
    home.ensure()
    with HomeLock(home.lock, "cli"), pytest.raises(LockHeld), open_desk(home, settings_for()):
        raise AssertionError("it must not open")


def test_a_stale_control_file_of_a_killed_process_misleads_nobody(home: Home, clock: StillClock) -> None:
    home.ensure()
    home.control.write_text(
        '{"port": 1, "public_port": 2, "token": "t", "pid": 3, "role": "serve", "version": "0", "started": "x"}'
    )
    assert not homes.is_served(home)
    with open_desk(home, settings_for(), clock=clock) as desk:
        assert isinstance(desk, LocalDesk)
    assert not home.control.exists()


def test_a_file_that_is_no_database_is_said(home: Home) -> None:
    home.ensure()
    home.database.write_bytes(b"not a database " * 300)
    with pytest.raises(StoreUnavailable), open_queries(home, settings_for()):
        raise AssertionError("it must not open")


def test_the_watch_tells_when_another_process_has_written_and_how_its_engine_is(
    engine: Engine, home: Home, clock: StillClock
) -> None:
    bus = FactBus()
    subscription = bus.subscribe(lambda: None)
    database = Database.open_readonly(home.database)
    desk = AttachedDesk(home.control)
    watch = Watch(database, desk.status, clock, bus)
    try:
        watch.look()
        assert watch.status == engine.status()
        subscription.drain()
        engine.desk.resend(None, body_of(), [], sign=True)
        watch.look()
        assert REFRESH in {fact.kind for fact in subscription.drain()}
        engine.stop()
        for _ in range(10):
            watch.look()
        assert watch.status is None
        assert HEALTH in {fact.kind for fact in subscription.drain()}
    finally:
        watch.stop()
        database.close()


def test_the_watch_outlives_a_database_that_cannot_be_asked(clock: StillClock) -> None:
    class Broken:
        def changed_elsewhere(self) -> bool:
            raise sqlite3.OperationalError("database is locked")

    def away() -> EngineStatus:
        raise DeedRefused("away")

    pauses = iter([False, False, True])
    watch = Watch(Broken(), away, clock, FactBus(), lambda _: next(pauses))
    watch.start()
    watch.stop()
    assert watch.status is None
    assert next(pauses, None) is None


def test_failures_are_said_with_what_to_do() -> None:
    assert "serve (pid 7)" in str(failure_in_words(LockHeld(7, "serve")))
    assert "8377" in str(failure_in_words(PortTaken(8377)))
    assert "listener.host" in str(failure_in_words(CannotListen("10.9.9.9", 80, "not here")))
    assert "full" in str(failure_in_words(StoreUnavailable("the disk is full")))
    assert failure_in_words(SchemaTooNew("too new")) == "too new"
    assert failure_in_words(AmbiguousPrefix("several")) == "several"
    assert "bk-1" in str(failure_in_words(UnknownBooking("bk-1")))
    assert failure_in_words(ValueError("a bug")) is None


def test_an_event_is_shown_without_its_secrets_and_exported_signed_anew(desktop: Desktop) -> None:
    body = body_of(videoCallData={"type": "daily_video", "password": "s3cr3t-pass", "url": "https://x.example/1"})
    source = desktop.known["calcom"]
    headers = (("Host", "hooks.example.com"), ("Authorization", "Bearer abc"), ("X_Api-Key", "k"), *source.sign(body))
    event = desktop.records.inbox.event(desktop.apply(body, headers=headers))
    assert event is not None
    shown = masked(event)
    assert b"s3cr3t-pass" not in shown.body
    assert b"s3cr3t-pass" not in desktop.queries.masked_body(event)
    assert ("Authorization", "•••") in shown.headers
    assert ("X_Api-Key", "•••") in shown.headers
    assert set(source.sign(body)) <= set(shown.headers)
    kept = fixture(desktop.settings, event)
    assert kept.body == shown.body
    assert "Host" not in dict(kept.headers)
    assert signature_check(desktop.settings)(kept.headers, kept.body).verdict == "valid"


def test_a_refusal_is_explained_and_a_cut_body_is_not_guessed_about(desktop: Desktop) -> None:
    wrong = (("X-Cal-Signature-256", "ab" * 32),)
    short = desktop.put(body_of("bk-1"), headers=wrong)
    why = desktop.queries.explain(short)
    assert why is not None
    assert (why.verdict, why.got, len(why.expected)) == ("invalid", "ab" * 32, 1)
    assert "another secret" in why.likely
    long = desktop.put(body_of("bk-2", notes="x" * 300_000), headers=wrong)
    event = desktop.queries.event(long)
    assert event is not None
    cut = explain_signature(desktop.settings, event)
    assert cut.expected == ()
    assert "bytes were kept" in cut.likely
    assert desktop.queries.explain("nothing") is None
    assert SECRET not in repr((why, cut))


def test_a_home_of_another_file_is_honoured(tmp_path: Path, home: Home, clock: StillClock) -> None:
    settings = settings_for().with_values("database", url=f"sqlite:///{tmp_path / 'else.db'}")
    with open_desk(home, settings, clock=clock) as desk:
        assert desk.forget_test() == 0
    assert (tmp_path / "else.db").exists()
    assert not home.database.exists()


def test_a_home_whose_lock_nobody_holds_is_not_named_as_running(tmp_path: Path, engine: Engine, home: Home) -> None:
    dead = Home(tmp_path / "dead")
    dead.ensure()
    # The number of a process that lives, but is another program by now.
    write_private(dead.control, json.dumps({"pid": os.getpid()}).encode())
    announce(dead)
    assert dead in [each.home for each in running_homes()]
    served = homes.served_homes()
    assert home in served
    assert dead not in served
    assert dead not in [each.home for each in running_homes()]
