"""Acknowledged means durable: kill -9 under load, again and again, loses nothing and applies nothing twice."""

from __future__ import annotations

import random
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.e2e.served import SECRET, Served, created, eventually, sign

ROUNDS = 20
CONNECTIONS = 4


class Load:
    """Sends numbered bookings over a few connections and remembers which were acknowledged."""

    def __init__(self, port: int, first: int) -> None:
        self.port, self.next = port, first
        self.lock = threading.Lock()
        self.acknowledged: list[int] = []
        self.threads = [threading.Thread(target=self._send, daemon=True) for _ in range(CONNECTIONS)]
        for thread in self.threads:
            thread.start()

    def _take(self) -> int:
        with self.lock:
            self.next += 1
            return self.next

    def _send(self) -> None:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as plug:
                plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while True:
                    number = self._take()
                    body = created(number)
                    head = (
                        f"POST /webhooks/calcom HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
                        f"X-Cal-Signature-256: {sign(body, SECRET)}\r\n\r\n"
                    )
                    plug.sendall(head.encode() + body)
                    if not self._acknowledged(plug):
                        return
                    with self.lock:
                        self.acknowledged.append(number)
        except OSError:
            return

    @staticmethod
    def _acknowledged(plug: socket.socket) -> bool:
        received = b""
        while b"accepted" not in received:
            chunk = plug.recv(4096)
            if not chunk:
                return False
            received += chunk
        return True

    def join(self) -> None:
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()


def test_twenty_kills_lose_nothing_and_apply_nothing_twice(
    serve: Callable[..., Served], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    moments = random.Random(20)
    home, acknowledged, first = tmp_path / "home", set(), 0
    for _ in range(ROUNDS):
        served = serve(home)
        load = Load(served.port, first)
        time.sleep(moments.uniform(0.02, 0.35))  # the random moment of the crash is what is tested
        served.kill()
        load.join()
        acknowledged.update(load.acknowledged)
        first = load.next
        served.close()
    assert len(acknowledged) > ROUNDS, "the load never got through"
    record_property("acknowledged", len(acknowledged))

    last = serve(home)
    eventually(lambda: not last.cli("events", "list", "--limit", "0", "--filter", "state:stored"), deadline_s=60)
    bookings = {booking["uid"] for booking in last.cli("bookings", "list", "--limit", "0")}
    lost = {number for number in acknowledged if f"e2e{number:019d}" not in bookings}
    assert not lost, f"acknowledged and then lost: {sorted(lost)[:5]}"
    assert last.cli("audit", "verify")["ok"] is True

    made = Counter(created_uids(last.home / "bookings.db"))
    assert not [uid for uid, times in made.items() if times > 1], "applied twice"


def created_uids(database: Path) -> list[str]:
    """Give the booking uid of every ``created`` entry in the history."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT booking_uid FROM booking_history WHERE action = 'created'").fetchall()
    return [uid for (uid,) in rows]
