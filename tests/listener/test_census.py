"""What happens when too many connections stand."""

from __future__ import annotations

import contextlib

from booking_tui.domain.webhook import Receipt
from booking_tui.listener.options import ListenerOptions
from tests.listener.conftest import MemoryStore, Raw, Running, Start, eventually, post


def crowd(stack: contextlib.ExitStack, running: Running, size: int) -> list[Raw]:
    """Open connections one after the other, each known to the listener before the next."""
    raws: list[Raw] = []
    for number in range(1, size + 1):
        raws.append(stack.enter_context(running.connect()))
        eventually(lambda number=number: running.listener.counters.connections["public"] == number, "the connection")
    return raws


def test_the_default_cap_is_wide() -> None:
    assert ListenerOptions().connections >= 512


def test_over_the_cap_the_oldest_idle_one_goes(start: Start) -> None:
    running = start(connections=4)
    with contextlib.ExitStack() as stack:
        raws = crowd(stack, running, 4)
        raws[1].send(post()[:40])

        assert running.ask(post()).status == 200

        assert raws[0].closed()
        assert all(raw.quiet() for raw in raws[1:])
        assert running.listener.counters.refused_connections == 1


def test_an_answered_request_makes_a_connection_young_again(start: Start) -> None:
    running = start(connections=3)
    with contextlib.ExitStack() as stack:
        raws = crowd(stack, running, 3)
        assert raws[0].send(post()).answer().status == 200

        assert running.ask(post()).status == 200

        assert raws[1].closed()
        assert raws[0].send(post(b"{}")).answer().status == 200


def test_half_a_body_does_not_protect(start: Start) -> None:
    running = start(connections=2)
    with contextlib.ExitStack() as stack:
        raws = crowd(stack, running, 2)
        raws[0].send(post()[:-1])
        assert running.ask(post()).status == 200
        assert raws[0].closed()


def test_a_complete_request_is_never_cut(start: Start) -> None:
    store = MemoryStore()
    store.hold = True
    running = start(store=store, connections=3)
    with contextlib.ExitStack() as stack:
        raws = crowd(stack, running, 3)
        for number, raw in enumerate(raws):
            raw.send(post(str(number).encode()))
        eventually(lambda: len(store.held) == 3, "the requests")

        with running.connect() as late:
            assert late.closed()

        for future in store.held:
            future.set_result(Receipt("row"))
        assert [raw.answer().status for raw in raws] == [200, 200, 200]


def test_a_flood_of_idle_connections_does_not_keep_a_signed_request_out(start: Start) -> None:
    running = start(connections=50)
    with contextlib.ExitStack() as stack:
        for _ in range(150):
            stack.enter_context(running.connect())
        for number in range(5):
            assert running.ask(post(str(number).encode())).status == 200
        assert running.listener.counters.connections["public"] <= 50
    counters = running.listener.counters
    eventually(lambda: counters.connections["public"] == 0, "the leaving")
    assert counters.refused_connections >= 100


def test_the_local_port_is_counted_apart(start: Start) -> None:
    running = start(connections=1)
    with running.connect():
        assert running.ask_local(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200
    assert running.listener.counters.refused_connections == 0
