"""HTTP/1.1 as bytes on a socket: heads, bodies by length or in chunks, nothing decoded that need not be."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from typing import NamedTuple

CHUNKED = -1
TO_CLOSE = -2
"""Besides a number of bytes, the two other ways in which a body can end."""

HEAD_LIMIT = 64 * 1024
_PIECE = 64 * 1024
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "expect"}
)

Fields = list[tuple[str, str]]


class WireError(Exception):
    """The other side hung up in the middle, or speaks no HTTP that we understand."""


class Head(NamedTuple):
    """A request's or a response's first line and its header fields, in their order and spelling."""

    start: str
    fields: Fields

    def first(self, name: str) -> str:
        """Give the first field of that name, empty without one."""
        return next((value for key, value in self.fields if key.lower() == name), "")

    def tokens(self, name: str) -> set[str]:
        """Give a comma separated field as a set of lower case words."""
        values = ",".join(value for key, value in self.fields if key.lower() == name)
        return {word.strip().lower() for word in values.split(",") if word.strip()}

    @property
    def stays_open(self) -> bool:
        """Say whether the other side will take another message on this connection."""
        if "HTTP/1.0" in self.start:
            return "keep-alive" in self.tokens("connection")
        return "close" not in self.tokens("connection")


def head_bytes(start: str, fields: Fields) -> bytes:
    """Write a head with the empty line that ends it."""
    lines = [start, *(f"{name}: {value}" for name, value in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def end_to_end(fields: Fields) -> Fields:
    """Leave out the fields that concern one connection only."""
    named = Head("", fields).tokens("connection")
    return [pair for pair in fields if pair[0].lower() not in _HOP_BY_HOP and pair[0].lower() not in named]


def body_length(head: Head, *, of_request: bool) -> int:
    """Say how the body that follows a head ends. Raises `WireError` when the head contradicts itself."""
    lengths = {value.strip() for name, value in head.fields if name.lower() == "content-length"}
    if coding := head.tokens("transfer-encoding"):
        if coding != {"chunked"} or (lengths and of_request):
            raise WireError("unsupported transfer coding")
        return CHUNKED
    if not lengths:
        return 0 if of_request else TO_CLOSE
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdecimal()):
        raise WireError("bad content length")
    return int(length)


class Connection:
    """One socket, read through a buffer."""

    __slots__ = ("_buffer", "sock")

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self._buffer = bytearray()

    def _fill(self) -> bool:
        try:
            data = self.sock.recv(_PIECE)
        except OSError as error:
            # Told apart from trouble on the socket that is being sent to at the same time.
            raise WireError(str(error)) from None
        self._buffer += data
        return bool(data)

    def _until(self, mark: bytes, limit: int) -> bytes | None:
        searched = 0
        while (found := self._buffer.find(mark, searched)) < 0:
            searched = max(0, len(self._buffer) - len(mark) + 1)
            if len(self._buffer) > limit:
                raise WireError("too long")
            if not self._fill():
                if self._buffer:
                    raise WireError("hung up in the middle")
                return None
        return self._take(found + len(mark))[:found]

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def read_head(self) -> Head | None:
        """Read the next head, None when the other side has hung up instead. Raises `WireError`."""
        raw = self._until(b"\r\n\r\n", HEAD_LIMIT)
        if raw is None:
            return None
        start, *lines = raw.decode("latin-1").lstrip("\r\n").split("\r\n")
        fields: Fields = []
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise WireError("bad header field")
            fields.append((name, value.strip()))
        return Head(start, fields)

    def pieces(self, length: int) -> Iterator[bytes]:
        """Read a body piece by piece as it comes. Raises `WireError` when it ends early."""
        if length == CHUNKED:
            yield from self._chunks()
        elif length == TO_CLOSE:
            while self._buffer or self._fill():
                yield self._take(_PIECE)
        else:
            yield from self._exactly(length)

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._buffer and not self._fill():
                raise WireError("hung up in the middle of a body")
            piece = self._take(min(size, _PIECE))
            size -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        while True:
            line = self._until(b"\r\n", 4096) or b""
            try:
                size = int(line.split(b";")[0], 16)
            except ValueError:
                raise WireError("bad chunk") from None
            if size <= 0:
                break
            yield from self._exactly(size)
            if b"".join(self._exactly(2)) != b"\r\n":
                raise WireError("bad chunk")
        while self._until(b"\r\n", HEAD_LIMIT):
            pass

    def send(self, head: bytes, pieces: Iterable[bytes] = (), *, chunked: bool = False) -> None:
        """Send a head and its body; the head goes out together with the first piece."""
        pending = head
        for piece in pieces:
            self.sock.sendall(pending + (b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece))
            pending = b""
        pending += b"0\r\n\r\n" if chunked else b""
        if pending:
            self.sock.sendall(pending)

    def linger(self) -> None:
        """Take what is still coming in for a moment, so that hanging up does not destroy our answer on its way."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(0.5)
            for _ in range(512):
                if not self.sock.recv(_PIECE):
                    return
        except OSError:
            return
