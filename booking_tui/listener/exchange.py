"""One request and its answer, as the sites see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from http import HTTPStatus
from typing import Protocol, TypedDict, cast

from booking_tui.listener.metrics import Counters

OTHER_ROUTE = "other"

Header = tuple[bytes, bytes]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CLOSE: Header = (b"connection", b"close")
EMPTY: Header = (b"content-length", b"0")
JSON: Header = (b"content-type", b"application/json")


class Connection(Protocol):
    """What a site asks of the connection."""

    first_byte_at: float
    request_complete: bool

    def hold(self) -> None:
        """Gather what is written from here on."""
        ...

    def release(self) -> None:
        """Send what was gathered in one piece."""
        ...


class Scope(TypedDict):
    """The parts of an ASGI HTTP scope that are read here."""

    http_version: str
    method: str
    raw_path: bytes
    headers: list[Header]
    client: tuple[str, int] | None
    state: dict[str, Connection]


class Answered(Exception):  # noqa: N818 - it ends the handling, it is no error
    """The request has its answer already, or its peer has gone: nothing is left to do."""


class Exchange:
    """One request: its head, read once, and the way to answer it."""

    __slots__ = (
        "_connection",
        "_counters",
        "_receive",
        "_send",
        "answered",
        "chunked",
        "content_length",
        "encoded",
        "first_byte_at",
        "forwarded",
        "forwarded_host",
        "headers",
        "host",
        "hosts",
        "method",
        "path",
        "peer",
        "route",
        "tail",
        "test",
        "tunnelled",
        "version",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, counters: Counters) -> None:
        self._receive = receive
        self._send = send
        self._counters = counters
        self._connection = scope["state"]["connection"]
        self.first_byte_at = self._connection.first_byte_at
        self.method = scope["method"]
        self.path = scope["raw_path"]
        self.version = scope["http_version"]
        self.headers = scope["headers"]
        client = scope["client"]
        self.peer = client[0] if client else ""
        self.route = OTHER_ROUTE
        """The name under which the answer is counted."""
        self.tail = ""
        """The last segment of the path on a route that ends in ``/*``."""
        self.answered = False
        self.tunnelled = False
        """Whether it came in through the tunnel."""
        self._read_head()

    def _read_head(self) -> None:
        self.hosts = 0
        self.host = b""
        self.content_length = -1
        self.chunked = self.encoded = self.test = False
        self.forwarded: bytes | None = None
        self.forwarded_host: bytes | None = None
        for name, value in self.headers:
            if name == b"host":
                self.hosts += 1
                self.host = value
            elif name == b"content-length":
                self.content_length = int(value)
            elif name == b"transfer-encoding":
                self.chunked = True
            elif name == b"content-encoding":
                self.encoded = self.encoded or value.strip().lower() not in (b"", b"identity")
            elif name == b"x-forwarded-for":
                self.forwarded = value
            elif name == b"x-forwarded-host":
                self.forwarded_host = value
            elif name == b"x-booking-tui-test":
                self.test = value == b"1"

    @property
    def broken(self) -> bool:
        """Whether the head is one that two servers could read differently."""
        return (
            self.hosts != 1
            or self.version not in ("1.1", "1.0")
            or (self.chunked and (self.content_length >= 0 or self.version == "1.0"))
        )

    async def answer(self, status: int, headers: Sequence[Header] = (), body: bytes = b"") -> None:
        """Send the whole answer. The connection closes when the request has not been received whole."""
        fields = [(b"content-length", str(len(body)).encode()) if body else EMPTY, *headers]
        if not self._connection.request_complete:
            fields.append(CLOSE)
        self.answered = True
        self._connection.hold()
        try:
            await self._send({"type": "http.response.start", "status": status, "headers": fields})
            await self._send({"type": "http.response.body", "body": body})
        finally:
            self._connection.release()
        self._counters.answered(self.route, status)

    async def refuse(self, status: int, *headers: Header) -> Answered:
        """Send an empty answer; give the exception that ends the handling."""
        await self.answer(status, headers)
        return Answered()

    async def body(self, most: int) -> bytes:
        """Read the whole body, at most ``most`` bytes. Raises Answered after a 413, and when the peer has gone."""
        if self.content_length > most:
            raise await self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if self.encoded:
            raise await self.refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        body = b""
        gathered: bytearray | None = None
        more = True
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                raise Answered
            part = cast("bytes", message["body"])
            more = cast("bool", message["more_body"])
            if not body:
                body = part
                size = len(part)
            else:
                gathered = bytearray(body) if gathered is None else gathered
                gathered += part
                size = len(gathered)
            if size > most:
                raise await self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, CLOSE)
        return body if gathered is None else bytes(gathered)

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Give the headers in order as text, byte for byte (Latin-1)."""
        return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers)


Handler = Callable[[Exchange], Awaitable[None]]
Routes = Mapping[bytes, Mapping[str, Handler]]
