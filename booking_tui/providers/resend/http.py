"""One pooled connection to the API, and how far each request got.

What the SDK's own transport leaves open is closed here: no proxy and no .netrc of the environment, no redirects, no
cookies, one deadline over everything, the key of this account alone, the bytes of the body as they are.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import httpx

from booking_tui import __version__
from booking_tui.providers.network_words import network_words

USER_AGENT = f"booking-tui/{__version__}"
"""Resend's edge answers 403, code 1010, to requests that name no client (resend.com/docs, knowledge base)."""
ANSWER_LIMIT = 8 * 1_048_576
"""The longest answer that is read; an email with its HTML is far below."""
_BODILESS = frozenset({"GET", "DELETE", "HEAD"})
"""The SDK gives ``{}`` along with these too; it stays here."""
_IDLE_S = 5
"""How long an idle connection is kept: not over a nap of the machine, after which it would be dead."""

Monotonic = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds. ``read_s`` is between two pieces of an answer, ``total_s`` over everything."""

    connect_s: float = 5.0
    read_s: float = 20.0
    total_s: float = 28.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it goes out; ``url`` is a path, or begins with the address of the API."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


class GivenUpError(Exception):
    """The deadline passed before the request was begun: it must not be sent any more."""


class _Stream(Protocol):
    """What httpcore hands out for a connection."""

    def get_extra_info(self, info: str) -> object: ...


class Exchange:
    """One request of the SDK: what it sends, how far it got, what came back.

    The request runs on a thread of its own, for a name may take longer to resolve than anybody wants to wait. What that
    thread notes after ``give_up`` counts no more.
    """

    def __init__(self, transport: PooledTransport, until: float, body: bytes | None = None) -> None:
        self._transport = transport
        self._until = until
        self._body = body
        self._lock = threading.Lock()
        self._given_up = False
        self._begun = False
        self._written = False
        self._received = bytearray()
        self.complete = False
        """The answer came whole."""
        self.status: int | None = None
        self.headers = httpx.Headers()
        self.trouble = ""
        """What went wrong in the words of the system; empty when an answer came."""

    @property
    def content(self) -> bytes:
        """What was answered, as far as it came."""
        return bytes(self._received)

    @property
    def may_have_arrived(self) -> bool:
        """Whether the whole request may have reached the other side."""
        return self.complete or self._written or (self._given_up and self._begun)

    def request(
        self, method: str, url: str, headers: Mapping[str, str], document: object
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Do what the SDK asks for. Raises OSError when no whole answer came."""
        body, verb = self._body, method.upper()
        if body is None and verb not in _BODILESS:
            body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        self._transport.carry(self, Outgoing(verb, url, headers, body), self._until)
        if not self.complete or self.status is None:
            raise ConnectionError(self.trouble or "no answer")
        return self.content, self.status, dict(self.headers)

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Take note of a step of httpcore's; raises GivenUpError where the request must go no further."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._transport.remember(info.get("return_value"))
        elif event == "http11.send_request_headers.started":
            with self._lock:
                if self._given_up:
                    raise GivenUpError
                self._begun = True
        elif event == "http11.send_request_body.complete":
            # Not noted when writing failed: then something of the body is missing at the other side.
            with self._lock:
                self._written = self._written or not self._given_up

    def head(self, response: httpx.Response) -> None:
        """Take the beginning of an answer."""
        with self._lock:
            if not self._given_up:
                self.status, self.headers = response.status_code, response.headers

    def take(self, chunk: bytes) -> None:
        """Take a piece of the answer's body."""
        with self._lock:
            if self._given_up:
                raise GivenUpError
            self._received += chunk
            if len(self._received) > ANSWER_LIMIT:
                raise ValueError(f"an answer longer than {ANSWER_LIMIT:,} bytes")

    def end(self, trouble: str = "") -> None:
        """Close it: with an answer, or with what went wrong."""
        with self._lock:
            if not self._given_up:
                self.complete, self.trouble = not trouble, trouble

    def give_up(self) -> bool:
        """Stop waiting; says whether there was anything to stop."""
        with self._lock:
            if self.complete or self.trouble:
                return False
            self._given_up, self.trouble = True, "timed out"
            return True


class PooledTransport:
    """The connections of one account to one host. Safe to use from several threads.

    ``base_url`` is the only place it ever talks to.
    """

    def __init__(self, base_url: str, api_key: str, timeouts: Timeouts, monotonic: Monotonic) -> None:
        try:
            url = httpx.URL(base_url.strip().rstrip("/"))
        except httpx.InvalidURL as error:
            raise ValueError(f"the address of the API cannot be read: {error}") from None
        if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
            raise ValueError(
                "the address of the API must be http:// or https:// with a host, and nothing after its path"
            )
        self._base = str(url).rstrip("/")
        self._authorization = f"Bearer {sendable(api_key)}".strip()
        self._timeouts = timeouts
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._closed = False
        self._sockets = weakref.WeakSet[socket.socket]()

    def carry(self, exchange: Exchange, outgoing: Outgoing, until: float) -> None:
        """Send one request and wait for its end, at most until then (monotonic)."""
        left = min(self._timeouts.total_s, until - self._monotonic())
        if left <= 0:
            exchange.end("timed out")
            return
        request = self._request(exchange, outgoing, left)
        worker = threading.Thread(target=self._send, args=(exchange, request), name="resend", daemon=True)
        worker.start()
        try:
            worker.join(left)
        finally:
            if exchange.give_up():
                self._cut()

    def remember(self, stream: object) -> None:
        """Keep hold of a connection's socket, for cutting it."""
        found = cast("_Stream", stream).get_extra_info("socket") if stream is not None else None
        if isinstance(found, socket.socket):
            with self._lock:
                self._sockets.add(found)

    def close(self) -> None:
        """Let go of all connections; nothing is sent any more."""
        with self._lock:
            self._closed = True
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _request(self, exchange: Exchange, outgoing: Outgoing, left: float) -> httpx.Request:
        path = outgoing.url.removeprefix(self._base)
        if not path.startswith("/"):
            raise ValueError("not an address of the API")
        sent = httpx.Headers(outgoing.headers)
        sent["Authorization"] = self._authorization
        sent["User-Agent"] = USER_AGENT
        sent["Accept-Encoding"] = "identity"
        if outgoing.body is not None:
            sent["Content-Type"] = "application/json"
        read_s = min(self._timeouts.read_s, left)
        timeout = httpx.Timeout(read_s, connect=min(self._timeouts.connect_s, left))
        extensions = {"trace": exchange.trace, "timeout": timeout.as_dict()}
        address = self._base + path
        return httpx.Request(outgoing.method, address, headers=sent, content=outgoing.body, extensions=extensions)

    def _send(self, exchange: Exchange, request: httpx.Request) -> None:
        try:
            response = self._connected().send(request, stream=True)
            try:
                exchange.head(response)
                for chunk in response.iter_bytes():
                    exchange.take(chunk)
            finally:
                response.close()
        except Exception as error:  # noqa: BLE001 - whatever it was, it is told to the thread that waits
            exchange.end(network_words(error))
        else:
            exchange.end()

    def _connected(self) -> httpx.Client:
        with self._lock:
            if self._closed:
                raise ConnectionError("closed")
            if self._client is None:
                limits = httpx.Limits(max_connections=10, max_keepalive_connections=2, keepalive_expiry=_IDLE_S)
                self._client = httpx.Client(trust_env=False, follow_redirects=False, limits=limits)
            return self._client

    def _cut(self) -> None:
        """End what hangs: the thread that waits for it wakes up and ends."""
        with self._lock:
            sockets = list(self._sockets)
        for found in sockets:
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)


def sendable(api_key: str) -> str:
    """Give the key as it is sent: what no header can hold becomes a question mark, and the API refuses it in words."""
    return "".join(char if "!" <= char <= "~" else "?" for char in api_key.strip())
