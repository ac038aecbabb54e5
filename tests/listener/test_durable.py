"""Nothing is acknowledged that is not durable, and a store in trouble is said so in time."""

from __future__ import annotations

import time
from concurrent.futures import Future

import pytest

from booking_tui.domain.webhook import Receipt
from booking_tui.listener.options import ListenerOptions
from tests.listener.conftest import MemoryStore, Start, eventually, post


@pytest.mark.parametrize("how", ["refuse", "fail"])
@pytest.mark.parametrize("request_", [post(), post(signature="0" * 64)], ids=["signed", "refused"])
def test_a_store_that_fails_is_503(start: Start, how: str, request_: bytes) -> None:
    store = MemoryStore()
    setattr(store, how, OSError("disk full"))
    running = start(store=store)
    with running.connect() as raw:
        answer = raw.send(request_).answer()
        assert (answer.status, answer.body) == (503, b"")
        assert 1 <= int(answer.header("retry-after") or 0) <= 60
        setattr(store, how, None)
        assert raw.send(post()).answer().json["status"] == "accepted"
    eventually(lambda: running.told == ["row-1"], "the word")


def test_a_store_that_hangs_is_503_in_time(start: Start) -> None:
    store = MemoryStore()
    store.hold = True
    running = start(store=store, commit_s=0.2)
    began = time.monotonic()
    answer = running.ask(post())
    assert (answer.status, answer.body) == (503, b"")
    assert answer.header("retry-after") is not None
    assert time.monotonic() - began < 3
    assert not store.held[0].cancelled()


def test_each_of_several_waits_its_own_time(start: Start) -> None:
    store = MemoryStore()
    store.hold = True
    running = start(store=store, commit_s=0.4)
    with running.connect() as first, running.connect() as second, running.connect() as third:
        first.send(post(b"1"))
        eventually(lambda: len(store.held) == 1, "the first")
        time.sleep(0.2)
        second.send(post(b"2"))
        third.send(post(b"3"))
        eventually(lambda: len(store.held) == 3, "the others")
        assert first.answer().status == 503
        assert second.quiet()
        store.held[2].set_result(Receipt("event"))
        assert third.answer().status == 200
        assert second.answer().status == 503


def test_the_default_patience_keeps_the_promise_of_five_seconds() -> None:
    assert ListenerOptions().commit_s <= 4


def test_a_row_that_comes_late_is_still_worked_on(start: Start) -> None:
    store = MemoryStore()
    store.hold = True
    running = start(store=store, commit_s=0.1)
    assert running.ask(post()).status == 503
    assert running.told == []

    store.held[0].set_result(Receipt("event", row_id="row-late"))

    eventually(lambda: running.told == ["row-late"], "the row")


@pytest.mark.parametrize("end", ["error", "cancel"])
def test_a_row_that_fails_late_is_let_be(start: Start, end: str) -> None:
    store = MemoryStore()
    store.hold = True
    running = start(store=store, commit_s=0.1)
    assert running.ask(post()).status == 503
    if end == "error":
        store.held[0].set_exception(OSError("disk full"))
    else:
        assert store.held[0].cancel()
    store.hold = False
    assert running.ask(post()).status == 200
    eventually(lambda: running.told == ["row-1"], "the word")


def test_no_answer_goes_out_before_the_commit(start: Start) -> None:
    store = MemoryStore()
    store.hold = True
    running = start(store=store)
    with running.connect() as raw:
        raw.send(post())
        eventually(lambda: len(store.held) == 1, "the delivery")
        assert raw.quiet()
        assert running.told == []
        store.held[0].set_result(Receipt("event", duplicate=True, row_id="row-own"))
        assert raw.answer().json == {"status": "duplicate", "id": "event"}
    eventually(lambda: running.told == ["row-own"], "the word")


def test_a_waiting_request_holds_nobody_up(start: Start) -> None:
    store = MemoryStore()
    store.hold = True
    running = start(store=store)
    with running.connect() as waiting:
        waiting.send(post(b"slow"))
        eventually(lambda: len(store.held) == 1, "the delivery")
        store.hold = False
        assert running.ask(post(b"quick")).status == 200
        assert waiting.quiet()
        store.held[0].set_result(Receipt("event"))
        assert waiting.answer().status == 200


def test_a_sender_that_left_is_stored_all_the_same(start: Start) -> None:
    store = MemoryStore()
    store.hold = True
    running = start(store=store)
    with running.connect() as raw:
        raw.send(post())
        eventually(lambda: len(store.held) == 1, "the delivery")
    store.held[0].set_result(Receipt("event", row_id="row"))
    eventually(lambda: running.told == ["row"], "the word")


def test_a_store_may_answer_from_any_thread_after_the_listener_has_gone(start: Start) -> None:
    store = MemoryStore()
    store.hold = True
    running = start(store=store)
    with running.connect() as raw:
        raw.send(post())
        eventually(lambda: len(store.held) == 1, "the delivery")
        running.listener.stop(0.1)
    late: Future[Receipt] = store.held[0]
    late.set_result(Receipt("event"))
    assert running.told == []
