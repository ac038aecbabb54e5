"""ngrok's public side on loopback: takes what a sender sends to a public URL, and answers as the edge does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import NamedTuple

from booking_tui.sandbox.ngrok.captures import Capture, Captures, Message, Tape
from booking_tui.sandbox.ngrok.endpoints import Endpoint
from booking_tui.sandbox.ngrok.http1 import (
    CHUNKED,
    TO_CLOSE,
    Connection,
    Fields,
    Head,
    WireError,
    body_length,
    end_to_end,
    head_bytes,
)
from booking_tui.sandbox.ngrok.logfmt import Log
from booking_tui.sandbox.ngrok.upstream import Carrier, GarbledError, Incoming, Outgoing, UnreachableError

_DRAINED = 1024 * 1024
_STATUS = {3200: "404 Not Found", 8012: "502 Bad Gateway", 3004: "502 Bad Gateway", 3204: "403 Forbidden"}
_TEXTS = {
    3200: "The endpoint {url} is offline.",
    3004: "ngrok gateway error\n\nThe server returned an invalid or incomplete HTTP response.",
    8012: "Traffic was successfully tunneled to the ngrok agent, but the agent failed to establish a connection to the "
    "upstream web service at {upstream}. The error encountered was:\n\n{error}",
}


class Surroundings(NamedTuple):
    """What an edge needs to know of the agent that it belongs to."""

    online: Callable[[], bool]
    refused: Callable[[], int | None]
    """The error code that the scenario makes the edge answer with."""
    captures: Captures
    log: Log
    clock: Callable[[], float]


class _Visit(NamedTuple):
    """One request at the edge: who sent it, and what we keep of it."""

    client: Connection
    head: Head
    length: int
    remote: str
    started: float
    ticks: int
    tape: Tape


class Edge:
    """One public URL; several endpoints may share it when they are pooled, and none means offline."""

    def __init__(self, url: str, port: int, surroundings: Surroundings) -> None:
        self.url = url
        self.port = port
        self.retired = False
        """True once its URL was given up for another one."""
        self._around = surroundings
        self._pool: list[Endpoint] = []
        self._turn = 0

    @property
    def idle(self) -> bool:
        """Say whether no endpoint is behind it."""
        return not self._pool

    @property
    def pooled(self) -> bool:
        """Say whether all endpoints behind it agree to share it."""
        return all(endpoint.wanted.pooling for endpoint in self._pool)

    def attach(self, endpoint: Endpoint) -> None:
        """Put an endpoint behind this URL."""
        self._pool = [*self._pool, endpoint]

    def detach(self, endpoint: Endpoint) -> None:
        """Take it away again."""
        self._pool = [one for one in self._pool if one is not endpoint]

    def converse(self, client: Connection) -> None:
        """Answer one request after the other on a sender's connection."""
        while (head := client.read_head()) is not None:
            if not self._visited(client, head):
                client.linger()
                return

    def _visited(self, client: Connection, head: Head) -> bool:
        words = head.start.split(" ")
        try:
            if len(words) != 3 or not words[2].startswith("HTTP/1."):
                raise WireError("no HTTP")
            length = body_length(head, of_request=True)
        except WireError:
            client.send(head_bytes("HTTP/1.1 400 Bad Request", [("Content-Length", "0"), ("Connection", "close")]))
            return False
        if "100-continue" in head.tokens("expect"):
            client.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        host, port = client.sock.getpeername()[:2]
        visit = _Visit(client, head, length, f"{host}:{port}", self._around.clock(), time.perf_counter_ns(), Tape())
        code, pool = self._around.refused(), self._pool
        if code is None and (not pool or not self._around.online()):
            code = 3200
        if code is not None:
            _, again = self._answer(visit, code)
            return again and visit.head.stays_open
        self._turn += 1
        endpoint = pool[self._turn % len(pool)]
        endpoint.enter()
        try:
            return self._forward(visit, endpoint)
        finally:
            endpoint.leave(time.perf_counter_ns() - visit.ticks)

    def _forward(self, visit: _Visit, endpoint: Endpoint) -> bool:
        upstream = endpoint.wanted.upstream
        fields = self._onward(visit)
        self._around.log.info("join connections", obj="join", id=os.urandom(6).hex(), l=upstream.url, r=visit.remote)
        try:
            carrier = Carrier(upstream)
        except UnreachableError as error:
            self._around.log.warning("failed to open private leg", obj="join", privaddr=upstream.url, err=str(error))
            answered, again = self._answer(visit, 8012, upstream=upstream.url, error=str(error))
            self._keep(visit, endpoint, fields, answered)
            return again and visit.head.stays_open
        try:
            pieces = visit.tape.through(visit.client.pieces(visit.length))
            incoming = carrier.carry(Outgoing(visit.head.start, fields, visit.length, pieces))
            answered, again = self._send_back(visit, incoming)
        except GarbledError:
            answered, again = self._answer(visit, 3004)
        finally:
            carrier.close()
        self._keep(visit, endpoint, fields, answered)
        return again and visit.head.stays_open

    def _onward(self, visit: _Visit) -> Fields:
        """Give the fields for the upstream: the sender's own, and where it came from."""
        fields = end_to_end(visit.head.fields)
        sender = visit.remote.rpartition(":")[0]
        before = [value for name, value in fields if name.lower() == "x-forwarded-for"]
        replaced = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
        fields = [pair for pair in fields if pair[0].lower() not in replaced]
        fields += [
            ("X-Forwarded-For", ", ".join([*before, sender])),
            ("X-Forwarded-Host", visit.head.first("host")),
            ("X-Forwarded-Proto", self.url.partition("://")[0]),
        ]
        return [*fields, ("Transfer-Encoding", "chunked")] if visit.length == CHUNKED else fields

    def _send_back(self, visit: _Visit, incoming: Incoming) -> tuple[Message, bool]:
        """Send the upstream's answer to the sender; say too whether the connection can be used again."""
        fields = end_to_end(incoming.head.fields)
        chunked = incoming.length in {CHUNKED, TO_CLOSE} and "HTTP/1.0" not in visit.head.start
        again = incoming.took_all and (chunked or incoming.length >= 0)
        if chunked:
            fields = [pair for pair in fields if pair[0].lower() != "content-length"]
            fields.append(("Transfer-Encoding", "chunked"))
        start = "HTTP/1.1" + incoming.head.start[8:]
        closing = [] if again and visit.head.stays_open else [("Connection", "close")]
        tape = Tape()
        visit.client.send(head_bytes(start, fields + closing), tape.through(incoming.pieces), chunked=chunked)
        return Message(start, fields, tape.body), again

    def _answer(self, visit: _Visit, code: int, **facts: str) -> tuple[Message, bool]:
        """Answer in the edge's own name; say too whether the connection can be used again."""
        known = {"url": self.url, "upstream": "the upstream", "error": "unknown", **facts}
        text = _TEXTS.get(code, "The edge refuses this request.").format_map(known)
        body = f"{text}\n\nERR_NGROK_{code}\n".encode()
        start = f"HTTP/1.1 {_STATUS.get(code, '429 Too Many Requests')}"
        fields = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Ngrok-Error-Code", f"ERR_NGROK_{code}"),
            ("Referrer-Policy", "no-referrer"),
        ]
        # After a garbled answer the sender's body may be half read already.
        again = code != 3004 and 0 <= visit.length <= _DRAINED
        if again:
            for _ in visit.tape.through(visit.client.pieces(visit.length)):
                pass
        closing = [] if again and visit.head.stays_open else [("Connection", "close")]
        visit.client.send(head_bytes(start, fields + closing), [] if visit.head.start.startswith("HEAD ") else [body])
        return Message(start, fields, body), again

    def _keep(self, visit: _Visit, endpoint: Endpoint, fields: Fields, answered: Message) -> None:
        if not endpoint.wanted.inspect:
            return
        request = Message(visit.head.start, fields, visit.tape.body)
        duration = time.perf_counter_ns() - visit.ticks
        self._around.captures.keep(
            Capture(new_id(), endpoint.name, visit.remote, visit.started, duration, request, answered)
        )


def new_id() -> str:
    """Make an id in the form of the inspector's."""
    return f"airt_{os.urandom(13).hex()}"
