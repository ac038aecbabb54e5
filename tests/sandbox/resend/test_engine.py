"""Time: a clock that runs by itself, threads that end, and nothing that waits for ever."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.sandbox.resend.engine import Engine
from booking_tui.sandbox.resend.world import World
from tests.sandbox.conftest import Subscriber
from tests.sandbox.resend.calling import EMAIL_EVENTS, NOW, Api, Callers, Make, told


def real() -> datetime:
    return datetime.now(UTC)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(("resend-sandbox", "AnyIO"))]


def hung_up_on(api: Api) -> None:
    with pytest.raises(httpx.TransportError):
        api.sent()


def test_with_a_running_clock_things_happen_by_themselves(make: Make, callers: Callers, subscriber: Subscriber) -> None:
    sandbox = make(clock=real, delivery_s=0.2)
    sandbox.webhooks.add(subscriber.url, EMAIL_EVENTS)
    api = callers(sandbox)
    due = real() + timedelta(seconds=0.5)
    api.sent(scheduled_at=due.isoformat())
    (message,) = sandbox.mailbox.wait_for(lambda messages: len(messages) == 1)
    late = (message.sent_at - due).total_seconds()
    assert 0.2 <= late < 3.0
    got = subscriber.wait_for(lambda got: len(got) == 3)
    assert [name for name, _ in told(got)] == ["email.scheduled", "email.sent", "email.delivered"]


def test_a_running_clock_can_be_moved_too(make: Make, callers: Callers) -> None:
    sandbox = make(clock=real)
    callers(sandbox).sent(scheduled_at=(real() + timedelta(days=2)).isoformat())
    sandbox.advance(3 * 86_400)
    assert len(sandbox.mailbox) == 1
    assert sandbox.clock() - real() > timedelta(days=2, hours=23)


def test_a_clock_that_somebody_else_moves_is_followed(make: Make, callers: Callers) -> None:
    moment = [NOW]
    sandbox = make(clock=lambda: moment[0])
    callers(sandbox).sent(scheduled_at="2026-11-24T11:20:00Z")
    moment[0] += timedelta(hours=1)
    sandbox.settle()
    assert len(sandbox.mailbox) == 1


def test_each_thing_happens_at_its_own_instant(make: Make, callers: Callers, subscriber: Subscriber) -> None:
    sandbox = make()
    sandbox.fates.set("ada@example.com", "delay", after_s=600)
    callers(sandbox).sent()
    callers(sandbox).sent(to="bo@example.com", scheduled_at="2026-11-24T10:25:00Z")
    sandbox.advance(86_400)
    assert [(message.sent_at - NOW).total_seconds() for message in sandbox.mailbox] == [300, 600]


def test_stopping_takes_less_than_a_second_whatever_is_on_its_way(
    make: Make, callers: Callers, subscriber: Subscriber
) -> None:
    subscriber.plan = [-1]
    before = threads()
    sandbox = make(clock=real)
    sandbox.webhooks.add(subscriber.url, ["email.sent"])
    sandbox.faults.next("slow", seconds=30)
    with socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2]))) as idle:
        waiting = threading.Thread(target=hung_up_on, args=(callers(sandbox),), daemon=True)
        waiting.start()
        subscriber.wait_for(lambda got: len(got) == 1)
        began = time.monotonic()
        sandbox.stop()
        assert time.monotonic() - began < 2
        assert threads() == before
        waiting.join(5)
        assert idle.recv(1) == b""
    sandbox.stop()  # once more does no harm


def test_it_can_be_started_again(callers: Callers) -> None:
    sandbox = ResendSandbox(clock=lambda: NOW)
    for _ in range(2):
        sandbox.start()
        api = Api(sandbox, sandbox.api_key)
        api.sent()
        api.http.close()
        sandbox.stop()
    assert len(sandbox.mailbox) == 2


def test_a_taken_port_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match=r"."):
            ResendSandbox(clock=lambda: NOW, port=taken.getsockname()[1]).start()


def test_a_webhook_to_nobody_is_a_failure_and_no_more(sandbox: ResendSandbox, api: Api) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        hook = sandbox.webhooks.add(f"http://127.0.0.1:{reserved.getsockname()[1]}/", ["email.sent"])
        api.sent()
        sandbox.settle()
    (message,) = hook.log
    assert (message.status, message.attempts[0].http_status_code) == ("attempting", 0)
    assert message.attempts[0].response


def test_something_that_raises_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    world = World(lambda: NOW, 0)
    engine = Engine(world)
    done: list[str] = []

    async def fail() -> None:
        raise RuntimeError("in a job")

    async def work() -> None:
        done.append("job")

    engine.start()
    try:
        world.later(1, lambda: done.append(str(1 // 0)))
        world.later(1, lambda: done.append("deed"))
        engine.submit("lane", fail)
        engine.submit("lane", work)
        engine.advance(1)
    finally:
        engine.stop()
    assert sorted(done) == ["deed", "job"]
    assert "in a job" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_settling_gives_up_in_the_end(make: Make, callers: Callers, subscriber: Subscriber) -> None:
    subscriber.plan = [-1]
    sandbox = make()
    sandbox.webhooks.add(subscriber.url, ["email.sent"])
    callers(sandbox).sent()
    with pytest.raises(TimeoutError, match="1 webhooks"):
        sandbox.settle(timeout_s=0.1)


def test_many_threads_at_once(make: Make, callers: Callers) -> None:
    sandbox = make(daily=None)

    def send(number: int) -> None:
        api = callers(sandbox)
        for turn in range(20):
            api.sent(key=f"{number % 2}/{turn}")

    workers = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert len(sandbox.mailbox) == 40
    assert sandbox.requests["POST /emails"] == 120
