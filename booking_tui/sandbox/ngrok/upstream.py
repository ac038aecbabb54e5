"""One request carried to the program behind an endpoint, and its answer back."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from booking_tui.sandbox.ngrok.http1 import CHUNKED, Connection, Fields, Head, WireError, body_length, head_bytes

CONNECT_S = 5.0
ANSWER_S = 60.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class UnreachableError(Exception):
    """Nothing listens at the upstream's port."""


class GarbledError(Exception):
    """The upstream answered with something that is no HTTP, or hung up before it answered."""


class Upstream(NamedTuple):
    """Where an endpoint forwards to."""

    url: str
    host: str
    port: int

    @classmethod
    def parsed(cls, text: str) -> Upstream:
        """Read `8080`, `localhost:8080` or `http://localhost:8080`. Raises `ValueError`, off this machine too."""
        scheme, separator, rest = text.partition("://")
        if not separator:
            scheme, rest = "http", text if not text.isdecimal() else f"localhost:{text}"
        host, _, port = rest.partition("/")[0].rpartition(":")
        if not host:
            host, port = port, "80"
        host = host.strip("[]")
        if scheme != "http" or host not in _LOOPBACK or not port.isdecimal() or int(port) > 65535:
            raise ValueError(f"the stand-in forwards to http on this machine only, not to {text!r}")
        return cls(
            f"http://{rest}" if separator or not text.isdecimal() else f"http://localhost:{text}", host, int(port)
        )


class Outgoing(NamedTuple):
    """A request on its way to the upstream."""

    start: str
    fields: Fields
    length: int
    pieces: Iterable[bytes]


class Incoming(NamedTuple):
    """The upstream's answer; its body is read while it is sent on."""

    head: Head
    length: int
    pieces: Iterable[bytes]
    took_all: bool
    """False when the upstream answered before it had taken the request's whole body."""


class Carrier:
    """A fresh connection to the upstream for one request."""

    def __init__(self, upstream: Upstream) -> None:
        try:
            sock = socket.create_connection((upstream.host, upstream.port), CONNECT_S)
        except OSError as error:
            reason = "connection refused" if isinstance(error, ConnectionRefusedError) else str(error)
            raise UnreachableError(f"dial tcp {upstream.host}:{upstream.port}: connect: {reason}") from None
        sock.settimeout(ANSWER_S)
        self._connection = Connection(sock)

    def close(self) -> None:
        """Hang up."""
        self._connection.sock.close()

    def carry(self, request: Outgoing) -> Incoming:
        """Send the request, read the head of the answer. Raises `GarbledError`, and `WireError` of the sender."""
        took_all = self._send(request)
        try:
            while (head := self._connection.read_head()) is not None and head.start[9:10] == "1":
                pass
            if head is None or not head.start.startswith("HTTP/1.") or not head.start[9:12].isdecimal():
                raise GarbledError("the server returned an invalid or incomplete HTTP response")
            length = self._answer_length(request.start, head)
        except (WireError, OSError) as error:
            raise GarbledError(str(error)) from None
        return Incoming(head, length, self._connection.pieces(length), took_all)

    def _send(self, request: Outgoing) -> bool:
        pieces = _Steps(request.pieces, self._connection.sock)
        try:
            self._connection.send(head_bytes(request.start, request.fields), pieces, chunked=request.length == CHUNKED)
        except OSError:
            # It hung up while we were sending: what it said before that counts.
            return False
        return not pieces.interrupted

    @staticmethod
    def _answer_length(start: str, head: Head) -> int:
        status = head.start[9:12]
        if start.startswith("HEAD ") or status in {"204", "304"}:
            return 0
        return body_length(head, of_request=False)


class _Steps:
    """The pieces of a body, until the other side speaks before it has got them all."""

    def __init__(self, pieces: Iterable[bytes], sock: socket.socket) -> None:
        self._pieces = pieces
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self.interrupted = False

    def __iter__(self) -> Iterator[bytes]:
        for number, piece in enumerate(self._pieces):
            if number and self._poll.poll(0):
                self.interrupted = True
                return
            yield piece
