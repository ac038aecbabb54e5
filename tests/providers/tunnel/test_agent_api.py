"""The agent's own interface when it is not well: it drips, floods, or goes on for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.providers.tunnel.agent_api import MOST_BYTES, AgentApi, NoAnswer
from booking_tui.providers.tunnel.self_test import ping

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
Say = Callable[[socket.socket, threading.Event], None]


@contextmanager
def talking(say: Say) -> Iterator[str]:
    """Give the address of a server that answers each request as it likes until the test is over."""
    over = threading.Event()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.recv(65536)
                say(connection, over)

        def serve() -> None:
            while not over.is_set():
                connection, _ = server.accept()
                threads.append(threading.Thread(target=answer, args=(connection,)))
                threads[-1].start()

        accepting = threading.Thread(target=serve)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            socket.create_connection(server.getsockname()).close()
            accepting.join(5)
            for thread in threads:
                thread.join(5)
    assert not any(thread.is_alive() for thread in threads)


def drip(beginning: bytes) -> Say:
    def say(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(beginning)
        while not over.wait(0.02):
            connection.sendall(b" ")

    return say


def flood(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(HEAD)
    while not over.is_set():
        connection.sendall(b" " * 100_000)


@pytest.mark.parametrize("beginning", [HEAD, b"HTTP/1.1 200 OK\r\nX: "], ids=["body", "head"])
def test_an_agent_that_answers_drop_by_drop_gives_no_answer(beginning: bytes) -> None:
    with talking(drip(beginning)) as url:
        api = AgentApi(url, answer_s=0.2)
        with pytest.raises(NoAnswer):
            api.endpoints()
        with pytest.raises(NoAnswer):
            api.online()
        api.close()


def test_an_agent_that_floods_is_read_only_so_far() -> None:
    with talking(flood) as url:
        api = AgentApi(url, answer_s=5.0)
        with pytest.raises(NoAnswer, match="without an end"):
            api.endpoints()
        api.close()
    assert MOST_BYTES == 1_000_000


@pytest.mark.parametrize("beginning", [b"HTTP/1.1 404 NF\r\nX: ", b"HTTP/1.1 204 No"], ids=["head", "status"])
def test_a_self_test_is_cut_off_whatever_drips(beginning: bytes) -> None:
    with talking(drip(beginning)) as url, pytest.raises(TunnelFailed, match="in time"):
        ping(url, "nonce", whole_s=0.2, monotonic=lambda: 0.0)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("Timer")]


def test_a_drip_behind_a_clear_answer_does_not_matter() -> None:
    answer = b"HTTP/1.1 502 Bad Gateway\r\nNgrok-Error-Code: ERR_NGROK_8012\r\n\r\n"
    with talking(drip(answer)) as url, pytest.raises(TunnelFailed) as failed:
        ping(url, "nonce", whole_s=0.2, monotonic=lambda: 0.0)
    assert failed.value.problem.code == "ERR_NGROK_8012"
