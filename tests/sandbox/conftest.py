"""A real HTTP server on loopback whose answers a test decides."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Got:
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Subscriber:
    """Answers each request with the next status of `plan`, then with 200; status 0 means hang up, -1 stay silent."""

    url: str = ""
    plan: list[int] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, condition: Callable[[list[Got]], bool]) -> list[Got]:
        """Wait until what has arrived fulfils the condition, five seconds at most."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: condition(self.got), timeout=5), [g.body[:60] for g in self.got]
            return list(self.got)


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    state = Subscriber()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with state.arrived:
                state.got.append(Got(list(self.headers.items()), body))
                status = state.plan.pop(0) if state.plan else 200
                state.arrived.notify_all()
            if status == -1:
                state.release.wait(5)
            if status <= 0:
                self.close_connection = True
                return
            self.send_response(status)
            if status in {301, 302, 307, 308}:
                self.send_header("Location", state.url)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks/calcom"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    state.release.set()
    server.shutdown()
    server.server_close()
    thread.join(5)
