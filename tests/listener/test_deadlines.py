"""Slow senders are closed in time, and nobody waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable

import pytest

from booking_tui.listener.protocol import ListenerProtocol
from tests.listener.conftest import PATIENCE_S, Raw, Start, eventually, post

REQUEST = post(b"0123456789")


def drip(raw: Raw, data: bytes, every_s: float) -> None:
    """Send a byte at a time until done or cut off."""
    pace = threading.Event()
    raw.sock.settimeout(PATIENCE_S)
    with contextlib.suppress(OSError):
        for at in range(len(data)):
            raw.sock.send(data[at : at + 1])
            pace.wait(every_s)


def seconds_until_closed(raw: Raw) -> float:
    began = time.monotonic()
    assert raw.closed()
    return time.monotonic() - began


def test_a_silent_connection_is_closed(start: Start) -> None:
    with start(head_s=0.2).connect() as raw:
        assert 0.1 < seconds_until_closed(raw) < 4


def test_half_a_head_is_answered_408(start: Start) -> None:
    running = start(head_s=0.2)
    with running.connect() as raw:
        answer = raw.send(REQUEST[:40]).answer()
        assert (answer.status, answer.body, answer.header("connection")) == (408, b"", "close")
        assert raw.closed()


def test_a_dripping_head_gains_no_time(start: Start) -> None:
    running = start(head_s=0.3, linger_s=0.2)
    with running.connect() as raw:
        sender = threading.Thread(target=drip, args=(raw, REQUEST, 0.05))
        began = time.monotonic()
        sender.start()
        assert raw.answer().status == 408
        assert time.monotonic() - began < 4
        sender.join(PATIENCE_S)
    assert running.store.deliveries == []


def test_half_a_body_is_answered_408(start: Start) -> None:
    running = start(body_s=0.2)
    with running.connect() as raw:
        answer = raw.send(REQUEST[:-1]).answer()
        assert (answer.status, answer.body) == (408, b"")
        assert raw.closed()
    assert running.store.deliveries == []


def test_a_dripping_body_gains_no_time(start: Start) -> None:
    running = start(body_s=0.3, linger_s=0.2)
    with running.connect() as raw:
        raw.send(REQUEST[:-10])
        sender = threading.Thread(target=drip, args=(raw, REQUEST[-10:], 0.1))
        sender.start()
        assert raw.answer().status == 408
        sender.join(PATIENCE_S)
    assert running.store.deliveries == []


def test_a_dripping_chunked_body_gains_no_time(start: Start) -> None:
    running = start(body_s=0.3, linger_s=0.2)
    head = b"POST /webhooks/calcom HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with running.connect() as raw:
        sender = threading.Thread(target=drip, args=(raw, head + b"1\r\nx\r\n" * 20, 0.02))
        sender.start()
        assert raw.answer().status == 408
        sender.join(PATIENCE_S)
    assert running.store.deliveries == []


def test_an_idle_connection_is_closed(start: Start) -> None:
    with start(idle_s=1, head_s=2).connect() as raw:
        assert raw.send(REQUEST).answer().status == 200
        assert 0.5 < seconds_until_closed(raw) < 4


def test_the_next_head_has_its_own_deadline(start: Start) -> None:
    running = start(idle_s=30, head_s=0.6)
    with running.connect() as raw:
        assert raw.send(REQUEST).answer().status == 200
        assert raw.send(REQUEST[:30]).answer().status == 408
        assert raw.closed()


def test_half_a_head_behind_a_whole_request_has_its_deadline(start: Start) -> None:
    running = start(idle_s=30, head_s=0.6)
    with running.connect() as raw:
        raw.send(REQUEST + REQUEST[:30])
        assert [raw.answer().status, raw.answer().status] == [200, 408]


def test_a_deadline_does_not_outlive_its_request(start: Start) -> None:
    running = start(head_s=0.8, body_s=0.8)
    with running.connect() as raw:
        raw.send(REQUEST[:-1]).send(REQUEST[-1:])
        assert raw.answer().status == 200
        began = time.monotonic()
        eventually(lambda: time.monotonic() - began > 1.0)
        assert raw.quiet()
        assert raw.send(post(b"{}")).answer().status == 200


def test_a_refused_sender_that_goes_on_is_cut_off(start: Start) -> None:
    running = start(linger_s=0.3)
    with running.connect() as raw:
        raw.send(post(b"x" * 300_000)[:1000])
        assert raw.answer().status == 413
        sender = threading.Thread(target=drip, args=(raw, b"x" * 100, 0.05))
        sender.start()
        eventually(lambda: running.listener.counters.connections["public"] == 0, "the cut")
        sender.join(PATIENCE_S)


def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give accepted connections small buffers, so that a reader who stops is felt soon."""
    made = ListenerProtocol.connection_made

    def connection_made(self: ListenerProtocol, transport: asyncio.Transport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
        transport.set_write_buffer_limits(high=1024)
        made(self, transport)

    monkeypatch.setattr(ListenerProtocol, "connection_made", connection_made)


def send_until(raw: Raw, requests: bytes, done: Callable[[], bool]) -> None:
    """Send as much as is taken, without reading, until it is all out or the condition holds."""
    raw.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    raw.sock.setblocking(False)
    left = memoryview(requests)

    def pushed() -> bool:
        nonlocal left
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while left:
                left = left[raw.sock.send(left) :]
        return not left or done()

    eventually(pushed, "the end of sending")


def test_a_sender_that_never_reads_is_cut_off(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch)
    running = start(body_s=0.5)
    counters = running.listener.counters
    with running.connect() as raw:
        eventually(lambda: counters.connections["public"] == 1, "the connection")
        send_until(raw, post(b"", path="/no") * 50_000, lambda: counters.connections["public"] == 0)
        eventually(lambda: counters.connections["public"] == 0, "the cut")
        assert counters.requests[("other", 404)] < 50_000


def test_a_sender_that_reads_late_loses_nothing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch)
    running = start(body_s=10.0)
    with running.connect() as raw:
        sender = threading.Thread(target=raw.send, args=(post(b"", path="/no") * 2_000,))
        raw.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sender.start()
        assert {raw.answer().status for _ in range(2_000)} == {404}
        sender.join(PATIENCE_S)


@pytest.mark.parametrize("slow", [b"", REQUEST[:30], REQUEST[:-1]], ids=["silent", "half a head", "half a body"])
def test_a_signed_request_is_prompt_while_200_slow_sockets_stand(start: Start, slow: bytes) -> None:
    running = start()
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(running.connect()) for _ in range(200)]
        for raw in crowd:
            raw.send(slow)
        eventually(lambda: running.listener.counters.connections["public"] == 200, "the crowd")
        for number in range(5):
            began = time.monotonic()
            assert running.ask(post(str(number).encode())).status == 200
            assert time.monotonic() - began < 2
        assert all(raw.quiet() for raw in crowd)
    eventually(lambda: running.listener.counters.connections["public"] == 0, "the leaving")


def test_200_slow_sockets_are_all_closed_in_time(start: Start) -> None:
    running = start(head_s=0.5, linger_s=0.2)
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(running.connect()).send(b"POST")
        eventually(lambda: running.listener.counters.connections["public"] == 0, "the end of the crowd")
    assert running.ask(post()).status == 200
