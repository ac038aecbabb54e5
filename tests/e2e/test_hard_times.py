"""A flood, slow sockets, a full disk, a locked database: what the whole program does under each."""

from __future__ import annotations

import resource
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.e2e.served import Served, created, eventually, post


def accepted(served: Served, number: int) -> bool:
    status, _, body = post(served.port, created(number))
    return status == 200 and b'"accepted"' in body


def test_a_flood_of_bad_signatures_does_not_limit_a_signed_request(serve: Callable[..., Served]) -> None:
    served = serve()
    statuses: list[int] = []

    def flood(first: int) -> None:
        for number in range(first, first + 150):
            statuses.append(post(served.port, created(number), signature="0" * 64)[0])

    flooders = [threading.Thread(target=flood, args=(1000 * (n + 1),)) for n in range(4)]
    for flooder in flooders:
        flooder.start()
    took = []
    for number in range(40):
        began = time.monotonic()
        assert accepted(served, number)
        took.append(time.monotonic() - began)
    for flooder in flooders:
        flooder.join(60)
    assert set(statuses) == {401, 429}
    assert max(took) < 5
    refused = served.cli("events", "list", "--limit", "0", "--filter", "verdict:invalid")
    assert 0 < len(refused) <= statuses.count(401)
    assert len(served.cli("events", "list", "--limit", "0", "--filter", "verdict:valid")) == 40


def test_two_hundred_slow_sockets_hold_nobody_up(serve: Callable[..., Served]) -> None:
    served = serve()
    slow = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(200)]
    try:
        for number, plug in enumerate(slow):
            plug.sendall(b"POST /webhooks/calcom HTTP/1.1\r\nHost: localhost\r\n" if number % 2 else b"P")
        began = time.monotonic()
        for number in range(20):
            assert accepted(served, number)
        assert time.monotonic() - began < 5
        eventually(lambda: all(closed(plug) for plug in slow), deadline_s=12, why="slow heads are closed after 5 s")
    finally:
        for plug in slow:
            plug.close()


def closed(plug: socket.socket) -> bool:
    """Say whether the server has closed its side, reading whatever it said before."""
    plug.setblocking(False)
    try:
        while plug.recv(4096):
            continue
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux can limit the files of a running process")
def test_a_full_disk_is_answered_503_and_loses_nothing(serve: Callable[..., Served]) -> None:
    served = serve()
    for number in range(20):
        assert accepted(served, number)
    _, hard = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (4096, hard))
    status, headers, body = post(served.port, created(100))
    assert (status, body) == (503, b"")
    assert int(headers["retry-after"]) > 0
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    eventually(lambda: accepted(served, 101), deadline_s=20, why="it takes deliveries again when there is room")
    uids = {event["booking_uid"] for event in settled(served, 21)}
    assert {f"e2e{number:019d}" for number in [*range(20), 101]} <= uids
    assert served.cli("audit", "verify")["ok"] is True


def settled(served: Served, at_least: int) -> list[dict[str, object]]:
    """Wait until that many events were applied, and give them."""
    found: list[dict[str, object]] = []

    def enough() -> bool:
        found[:] = served.cli("events", "list", "--limit", "0", "--filter", "state:processed")
        return len(found) >= at_least

    eventually(enough, deadline_s=30)
    return found


def test_a_locked_database_is_answered_503_within_five_seconds_and_recovers(serve: Callable[..., Served]) -> None:
    served = serve()
    assert accepted(served, 1)
    with closing(sqlite3.connect(served.home / "bookings.db", isolation_level=None, timeout=10)) as intruder:
        intruder.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        status, headers, body = post(served.port, created(2))
        assert (status, body) == (503, b"")
        assert "retry-after" in headers
        assert time.monotonic() - began < 5
        intruder.execute("ROLLBACK")
    eventually(lambda: accepted(served, 3), deadline_s=20, why="it takes deliveries again when the lock is gone")
    settled(served, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_every_ending_signal_drains_and_exits_0(serve: Callable[..., Served]) -> None:
    import signal

    for number, how in enumerate((signal.SIGTERM, signal.SIGINT, signal.SIGHUP)):
        served = serve()
        assert accepted(served, number)
        assert served.stop(how) == 0
        assert not (served.home / "control.json").exists()
        served.close()


def test_what_a_stopped_process_left_stored_is_applied_by_the_next(serve: Callable[..., Served]) -> None:
    first = serve()
    for number in range(30):
        assert accepted(first, number)
    first.kill()
    second = serve()
    settled(second, 30)
    assert len(second.cli("bookings", "list", "--limit", "0")) == 30
