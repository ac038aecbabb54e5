"""A server on this machine that does with each request what a test says, down to the byte."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

SPAN_S = 0.02


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """Bytes to answer with. ``end`` closes the connection afterwards; ``hold`` keeps it open and says no more."""

    raw: bytes = b""
    end: bool = False
    hold: bool = False
    drip: bool = False
    """Goes on with one byte after the other, for as long as anybody listens."""


def reply(status: int = 200, body: object = None, headers: Mapping[str, str] | None = None) -> Reply:
    """Make an answer: a text as it is, anything else as JSON."""
    content = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
    kind = "text/html" if isinstance(body, str) else "application/json"
    given = {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return Reply(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + content)


def error(status: int, name: str, message: str = "", headers: Mapping[str, str] | None = None) -> Reply:
    return reply(status, {"statusCode": status, "name": name, "message": message}, headers)


DROPPED = Reply(end=True)
SILENT = Reply(hold=True)
DRIPPING_HEAD = Reply(b"HTTP/1.1 200 OK\r\nX-Slow: ", drip=True)
DRIPPING_BODY = Reply(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999999\r\n\r\n", drip=True)
HALF_HEAD = Reply(b"HTTP/1.1 200 OK\r\nContent-Ty", end=True)
HALF_BODY = Reply(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"id": "', end=True)
GIBBERISH = Reply(b"\x15\x03\x01\x00\x02\x02\x28 this is no HTTP\r\n\r\n", end=True)

Route = Callable[[Request], Reply]


@dataclass
class Loopback:
    """Answers with ``route``; remembers every request and counts the connections."""

    route: Route = lambda _: reply(200, {"id": "9d7b1e52-6c1c-4bd0-9a29-5ff4d4a0f6a1"})
    tls: ssl.SSLContext | None = None
    reads: bool = True
    """Whether requests are read at all; else the connection is reset after its first bytes."""
    stuck: bool = False
    """Whether connections are taken and then left alone."""
    requests: list[Request] = field(default_factory=list[Request])
    connections: int = 0

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._spawn(self._accept)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
            connection.settimeout(5)
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.stuck:
                self._over.wait(5)
            elif not self.reads:
                connection.recv(1_000)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif self.tls is None:
                self._converse(connection)
            else:
                with self.tls.wrap_socket(connection, server_side=True) as wrapped:
                    self._converse(wrapped)
        except OSError:
            pass
        finally:
            connection.close()

    def _converse(self, connection: socket.socket) -> None:
        left = b""
        while (found := _read(connection, left)) is not None:
            request, left = found
            with self._lock:
                self.requests.append(request)
            answer = self.route(request)
            connection.sendall(answer.raw)
            if answer.end:
                return
            while (answer.hold or answer.drip) and not self._over.wait(SPAN_S):
                if answer.drip:
                    connection.sendall(b"x")
                elif _gone(connection):
                    return


def _gone(connection: socket.socket) -> bool:
    connection.settimeout(0.001)
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        return False


def _read(connection: socket.socket, left: bytes) -> tuple[Request, bytes] | None:
    data = left
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            return None
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    size = int(headers.get("content-length", "0"))
    while len(rest) < size:
        more = connection.recv(65_536)
        if not more:
            return None
        rest += more
    return Request(method, target, headers, rest[:size]), rest[size:]
