"""Starting, stopping, ports, sockets and silence."""

from __future__ import annotations

import contextlib
import itertools
import logging
import socket
import subprocess
import sys
import threading
import time

import pytest

from booking_tui.domain.webhook import Receipt
from booking_tui.listener.protocol import ListenerProtocol
from booking_tui.listener.server import Gate, LocalPages
from booking_tui.listener.sockets import CannotListen, PortTaken, listening_socket, port_of
from tests.listener.conftest import PATIENCE_S, MemoryStore, Pages, Start, eventually, post


def listener_threads() -> int:
    return sum(thread.name.startswith("listener") for thread in threading.enumerate())


def test_free_ports_are_taken_and_known(start: Start) -> None:
    running = start()
    listener = running.listener
    assert listener.running
    assert 0 < listener.public_port != listener.local_port > 0
    assert running.ask(post()).status == 200


@pytest.mark.parametrize("which", ["port", "local_port"])
def test_a_taken_port_is_said_and_leaves_nothing_behind(start: Start, which: str) -> None:
    before = listener_threads()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(PortTaken) as caught:
            start(**{which: taken})
    assert caught.value.port == taken
    assert str(taken) in str(caught.value)
    # One of a test before may have ended meanwhile.
    assert listener_threads() <= before


def test_the_public_port_is_free_again_when_the_local_one_was_taken(start: Start) -> None:
    with listening_socket("127.0.0.1", 0) as spare:
        free = port_of(spare)
    with listening_socket("127.0.0.1", 0) as other:
        with pytest.raises(PortTaken):
            start(port=free, local_port=port_of(other))
        listening_socket("127.0.0.1", free).close()


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("no.such.host.invalid", 0), ("127.0.0.1", 70_000)])
def test_an_impossible_address_is_said_in_words(start: Start, host: str, port: int) -> None:
    before = listener_threads()
    with pytest.raises(CannotListen) as caught:
        start(host=host, port=port)
    assert caught.value.reason
    # One of a test before may have ended meanwhile.
    assert listener_threads() <= before


def test_accepted_sockets_do_not_wait_to_fill_a_packet(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted: list[int] = []
    made = ListenerProtocol.connection_made

    def note(self: ListenerProtocol, transport: object) -> None:
        sock = transport.get_extra_info("socket")  # type: ignore[attr-defined]
        accepted.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        made(self, transport)  # type: ignore[arg-type]

    monkeypatch.setattr(ListenerProtocol, "connection_made", note)
    running = start()
    running.ask(post())
    running.ask_local(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert len(accepted) == 2
    assert all(accepted)


def test_only_loopback_is_listened_on(start: Start) -> None:
    running = start()
    for port in (running.listener.public_port, running.listener.local_port):
        with socket.socket() as other:
            other.bind(("127.0.0.2", port))


def test_stopping_twice_and_starting_again(start: Start) -> None:
    running = start()
    listener = running.listener
    with pytest.raises(RuntimeError):
        listener.start()
    listener.stop(1)
    listener.stop(1)
    assert not listener.running
    assert listener.public_port == listener.local_port == 0
    listener.start()
    assert running.ask(post()).status == 200


def test_a_listener_never_started_can_be_stopped(start: Start) -> None:
    running = start()
    running.listener.stop()
    running.listener.stop()


def test_stopping_lets_a_request_at_work_finish(start: Start) -> None:
    store = MemoryStore()
    store.hold = True
    running = start(store=store)
    port = running.listener.public_port
    with running.connect() as idle, running.connect() as half, running.connect() as raw:
        half.send(post()[:30])
        raw.send(post())
        eventually(lambda: len(store.held) == 1, "the delivery")
        eventually(lambda: running.listener.counters.connections["public"] == 3, "the connections")
        stopping = threading.Thread(target=running.listener.stop, args=(5.0,))
        stopping.start()

        assert idle.closed()
        assert half.closed()
        assert stopping.is_alive()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
        store.held[0].set_result(Receipt("event", row_id="row"))

        assert raw.answer().status == 200
        assert raw.closed()
        stopping.join(5)
    assert not stopping.is_alive()
    assert running.told == ["row"]


def test_stopping_waits_no_longer_than_told(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    store.hold = True
    running = start(store=store)
    with running.connect() as raw, running.connect() as half:
        raw.send(post())
        half.send(post()[:-1])
        eventually(lambda: len(store.held) == 1, "the delivery")
        began = time.monotonic()
        running.listener.stop(0.3)
        assert 0.2 < time.monotonic() - began < 3
        assert raw.closed()
        assert half.closed()
    assert running.told == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_stopping_does_not_wait_for_a_local_page_that_hangs(start: Start) -> None:
    go_on = threading.Event()
    pages = Pages()

    def hang(token: str, body: bytes) -> tuple[int, bytes]:
        pages.commands.append((token, body))
        go_on.wait(10)
        return 200, b"{}"

    running = start(pages=LocalPages(pages.ready, pages.metrics, hang))
    request = post(path="/control", signature=None, headers=[("Authorization", "Bearer t")])
    try:
        with running.connect_local() as raw:
            raw.send(request)
            eventually(lambda: bool(pages.commands), "the command")
            began = time.monotonic()
            running.listener.stop(0.2)
            assert time.monotonic() - began < 3
    finally:
        go_on.set()


def test_stopping_leaves_no_thread(start: Start) -> None:
    before = listener_threads()
    running = start()
    running.ask_local(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    running.listener.stop(1)
    eventually(lambda: listener_threads() == before, "the end of the threads")


def test_what_was_acknowledged_before_a_stop_is_stored(start: Start) -> None:
    running = start()
    acknowledged: list[object] = []

    def hammer() -> None:
        with contextlib.suppress(ConnectionError), running.connect() as raw:
            for number in itertools.count():
                acknowledged.append(raw.send(post(f"{threading.get_ident()} {number}".encode())).answer().json["id"])

    hammers = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in hammers:
        thread.start()
    eventually(lambda: len(acknowledged) > 40, "some answers")
    running.listener.stop(5)
    for thread in hammers:
        thread.join(PATIENCE_S)
    assert len(set(acknowledged)) == len(acknowledged)
    assert len(running.store.deliveries) == len(acknowledged)


def test_a_thread_that_cannot_start_says_why(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    before = listener_threads()

    async def broken(_self: Gate, _sock: socket.socket) -> None:
        raise OSError("no such luck")

    monkeypatch.setattr(Gate, "open", broken)
    with pytest.raises(OSError, match="no such luck"):
        start()
    # One of a test before may have ended meanwhile.
    assert listener_threads() <= before


def test_a_thread_that_ends_badly_is_logged_and_over(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_self: Gate, _deadline_s: float) -> None:
        raise OSError("no such luck")

    running = start()
    monkeypatch.setattr(Gate, "close", broken)
    running.listener.stop(1)
    assert not running.listener.running
    assert "the listener ended" in caplog.text


def test_a_fault_on_one_connection_is_logged_and_spares_the_others(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    received = ListenerProtocol.data_received

    def data_received(self: ListenerProtocol, data: bytes) -> None:
        if data == b"trip":
            raise RuntimeError("tripped")
        received(self, data)

    monkeypatch.setattr(ListenerProtocol, "data_received", data_received)
    running = start()
    with running.connect() as raw:
        assert raw.send(b"trip").closed()
    assert running.ask(post()).status == 200
    assert "in the listener's loop" in caplog.text


QUIET = """
import socket, sys
from datetime import UTC, datetime
import time
from concurrent.futures import Future
from booking_tui.domain.webhook import Receipt, SignatureFinding, Verdict
from booking_tui.listener.server import Listener, ListenerOptions, LocalPages, WebhookRoute

class Store:
    def put(self, delivery):
        raise OSError("disk full")
    def answered(self, row_id, latency_ms):
        pass

class Clock:
    def now(self):
        return datetime.now(UTC)
    def monotonic(self):
        return time.monotonic()

def broken(*_):
    raise RuntimeError("broken")

route = WebhookRoute("calcom", lambda h, b: SignatureFinding(Verdict.VALID), broken, lambda b: "key")
listener = Listener(ListenerOptions(port=0, local_port=0), store=Store(), routes={"/w": route},
    local=LocalPages(broken, broken, broken), clock=Clock())
listener.start()
def ask(port, data):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(data)
        return sock.recv(12)
host = b"Host: localhost\\r\\nContent-Length: 0\\r\\n"
assert ask(listener.public_port, b"POST /w HTTP/1.1\\r\\n" + host + b"\\r\\n").endswith(b"503")
assert ask(listener.public_port, b"nonsense\\r\\n\\r\\n").endswith(b"400")
upgrade = b"Upgrade: websocket\\r\\nConnection: upgrade\\r\\n"
assert ask(listener.public_port, b"POST /x HTTP/1.1\\r\\n" + upgrade + host + b"\\r\\n").endswith(b"404")
for path in (b"/readyz", b"/metrics"):
    ask(listener.local_port, b"GET " + path + b" HTTP/1.1\\r\\n" + host + b"\\r\\n")
listener.stop()
"""


def test_nothing_is_ever_written_to_the_terminal() -> None:
    """The screen may be drawn on it. Development mode would also tell of resources left open."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", QUIET], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
