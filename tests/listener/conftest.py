"""A listener on free ports with a store in memory, and a client that speaks raw bytes."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import pytest

from booking_tui.domain.webhook import Delivery, Receipt, SignatureFinding, Verdict
from booking_tui.listener.options import ListenerOptions
from booking_tui.listener.server import Listener, LocalPages, WebhookRoute

SECRET = b"a-secret-for-tests"
PATH = "/webhooks/calcom"
PATIENCE_S = 10.0
"""How long a test waits for what must come; never reached when all is well."""


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class MemoryStore:
    """Keeps deliveries in memory from a writer's thread, with the rules of the real one: one row a delivery,
    authentic repeats point at the first."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.latencies: dict[str, float] = {}
        self.refuse: Exception | None = None
        """Makes every ``put`` fail at once."""
        self.fail: Exception | None = None
        """Makes every row fail to commit."""
        self.held: list[Future[Receipt]] = []
        """Futures not resolved while ``hold`` is set."""
        self.hold = False
        self._first: dict[str, str] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()

    def put(self, delivery: Delivery) -> Future[Receipt]:
        if self.refuse is not None:
            raise self.refuse
        future: Future[Receipt] = Future()
        if self.hold:
            self.held.append(future)
        elif self.fail is not None:
            future.set_exception(self.fail)
        else:
            future.set_result(self._keep(delivery))
        return future

    def answered(self, row_id: str, latency_ms: float) -> None:
        self.latencies[row_id] = latency_ms

    def _keep(self, delivery: Delivery) -> Receipt:
        with self._lock:
            row_id = f"row-{next(self._ids)}"
            self.deliveries.append(delivery)
            if delivery.dedup_key is None:
                return Receipt(row_id, row_id=row_id)
            first = self._first.setdefault(delivery.dedup_key, row_id)
            return Receipt(first, duplicate=first != row_id, row_id=row_id)


def sign(body: bytes, secret: bytes = SECRET) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def hmac_check(headers: Sequence[tuple[str, str]], body: bytes) -> SignatureFinding:
    got = [value for name, value in headers if name.lower() == "x-cal-signature-256"]
    if not got or got == ["no-secret-provided"]:
        return SignatureFinding(Verdict.MISSING)
    if len(got) == 1 and hmac.compare_digest(got[0].encode("latin-1"), sign(body).encode()):
        return SignatureFinding(Verdict.VALID, "0123abcd")
    return SignatureFinding(Verdict.INVALID)


def trigger_of(body: bytes) -> str | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value.get("triggerEvent") if isinstance(value, dict) else None


def dedup_key(_headers: object, body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def json(self) -> dict[str, object]:
        return json.loads(self.body)


class Raw:
    """One connection. Reading is by deadlines, never by sleeping."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.sock.close()

    def send(self, data: bytes) -> Raw:
        self.sock.sendall(data)
        return self

    def answer(self) -> Answer:
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        code = int(status.split(" ")[1])
        length = next((int(value) for name, value in headers if name == "content-length"), 0)
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Answer(code, headers, body)

    def _more(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError(f"closed after {self._buffer!r}")
        self._buffer += data

    def closed(self) -> bool:
        """Wait until the other side closes; False when it sends something instead."""
        try:
            return not self._buffer and self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def quiet(self) -> bool:
        """Whether there is nothing to read and no end now."""
        return not select.select([self.sock], [], [], 0)[0]


def post(
    body: bytes = b'{"triggerEvent":"PING"}',
    *,
    path: str = PATH,
    host: str | None = "127.0.0.1",
    signature: str | bytes | None = "sign",
    headers: Sequence[tuple[str, str | bytes]] = (),
    method: str = "POST",
    length: bool = True,
) -> bytes:
    """Build a request; signed rightly unless told otherwise."""
    lines = [f"{method} {path} HTTP/1.1".encode()]
    if host is not None:
        lines.append(b"Host: " + host.encode())
    if length:
        lines.append(b"Content-Length: %d" % len(body))
    if signature == "sign":
        signature = sign(body)
    if signature is not None:
        lines.append(b"X-Cal-Signature-256: " + _bytes(signature))
    lines += [name.encode() + b": " + _bytes(value) for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


@dataclass
class Running:
    """A started listener and everything a test may look at."""

    listener: Listener
    store: MemoryStore
    told: list[str]
    tunnelled: list[bool]

    def connect(self) -> Raw:
        return Raw(self.listener.public_port)

    def connect_local(self) -> Raw:
        return Raw(self.listener.local_port)

    def ask(self, request: bytes) -> Answer:
        with self.connect() as raw:
            return raw.send(request).answer()

    def ask_local(self, request: bytes) -> Answer:
        with self.connect_local() as raw:
            return raw.send(request).answer()


@dataclass
class Pages:
    """The local pages of a test."""

    failing: dict[str, str] | None = None
    gauges: str = ""
    commands: list[tuple[str, bytes]] = field(default_factory=list)
    answer: tuple[int, bytes] = (200, b'{"done":true}')

    def ready(self) -> dict[str, str] | None:
        return self.failing

    def metrics(self) -> str:
        return self.gauges

    def control(self, token: str, body: bytes) -> tuple[int, bytes]:
        self.commands.append((token, body))
        return self.answer


Start = Callable[..., Running]


@pytest.fixture
def start() -> Iterator[Start]:
    """Give a function that starts a listener on free ports; options by name. All are stopped at the end."""
    running: list[Running] = []

    def go(
        *,
        store: MemoryStore | None = None,
        pages: LocalPages | None = None,
        route: dict[str, object] | None = None,
        public_host: Callable[[], str | None] = lambda: None,
        on_stored: Callable[[str], None] | None = None,
        knows: Callable[[str], bool] = lambda word: False,
        **options: object,
    ) -> Running:
        store = store or MemoryStore()
        told: list[str] = []
        tunnelled: list[bool] = []
        calcom = replace(WebhookRoute("calcom", hmac_check, trigger_of, dedup_key), **(route or {}))
        blank = Pages()
        listener = Listener(
            replace(ListenerOptions(port=0, local_port=0), **options),
            store=store,
            routes={PATH: calcom},
            local=pages or LocalPages(blank.ready, blank.metrics, blank.control),
            clock=WallClock(),
            public_host=public_host,
            on_stored=on_stored or told.append,
            on_tunnelled=tunnelled.append,
            knows=knows,
        )
        listener.start()
        running.append(Running(listener, store, told, tunnelled))
        return running[-1]

    yield go
    for one in running:
        one.listener.stop(1.0)


def eventually(condition: Callable[[], bool], what: str = "the condition") -> None:
    """Wait for a condition with a deadline."""
    deadline = time.monotonic() + PATIENCE_S
    waiter = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} never came")
        waiter.wait(0.005)
