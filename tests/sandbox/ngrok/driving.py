"""An agent as a child process, and bounded ways of waiting for what it does."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN = "2abcDEFghiJKLmno_9xyzUVWrst"
DEADLINE_S = 5.0
LEFT_OVER_S = 3.0


def wait_until(condition: Callable[[], Any], what: str = "") -> Any:
    """Ask again every few milliseconds until the answer is yes, five seconds at most."""
    until = time.monotonic() + DEADLINE_S
    while not (answer := condition()):
        assert time.monotonic() < until, what or condition
        time.sleep(0.01)
    return answer


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@contextlib.contextmanager
def connected(url: str, timeout_s: float = DEADLINE_S) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(url.partition("://")[2], timeout=timeout_s)
    try:
        yield connection
    finally:
        connection.close()


def send(
    url: str,
    method: str = "GET",
    path: str = "/",
    body: Any = None,
    headers: dict[str, str] | None = None,
    timeout_s: float = DEADLINE_S,
) -> Reply:
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    with connected(url, timeout_s) as connection:
        connection.request(method, path, data, headers or {})
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())


@dataclass
class Driven:
    """The child process; its lines are read in a thread, as long as it lives."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _readers: list[threading.Thread] = field(default_factory=list)

    def read(self) -> None:
        for stream, into in ((self.process.stdout, self.lines), (self.process.stderr, self.complaints)):
            assert stream is not None
            reader = threading.Thread(target=self._collect, args=(stream, into), daemon=True)
            reader.start()
            self._readers.append(reader)

    @staticmethod
    def _collect(stream: Any, into: list[str]) -> None:
        for line in stream:
            into.append(line.rstrip("\n"))

    def line(self, part: str, count: int = 1) -> str:
        """Wait for the count-th line with this in it."""

        def found() -> list[str]:
            matching = [line for line in self.lines if part in line]
            return matching[count - 1 : count]

        return wait_until(found, f"no line with {part!r} in {self.lines} {self.complaints}")[0]

    @property
    def web(self) -> str:
        return "http://" + self.line("starting web service").partition("addr=")[2].split(" ")[0]

    def online(self) -> Driven:
        self.line("tunnel session started")
        return self

    def rest(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        return send(self.web, method, path, body, **more)

    def control(self, **wish: str) -> Any:
        reply = self.rest("POST", "/_fake/control", wish)
        assert reply.status == 200, reply.body
        return reply.json

    def state(self) -> Any:
        return self.rest("GET", "/_fake/control").json

    def open(self, upstream: str, name: str = "desk", **more: Any) -> str:
        reply = self.rest("POST", "/api/endpoints", {"name": name, "upstream": {"url": upstream}, **more})
        assert reply.status == 201, reply.body
        return reply.json["url"]

    def exit_code(self) -> int:
        code = self.process.wait(DEADLINE_S)
        for reader in self._readers:
            reader.join(DEADLINE_S)
        return code

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE_S)
        for reader in self._readers:
            reader.join(DEADLINE_S)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


def still_running(mark: str) -> list[str]:
    """List the processes with this text in their command line, where the system shows them."""
    found: list[str] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if mark in command:
                found.append(f"{entry.name}: {command}")
    return found
