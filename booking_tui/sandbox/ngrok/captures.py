"""What the inspector keeps of the requests that came through: in memory only, newest first, within a budget."""

from __future__ import annotations

import binascii
import threading
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from booking_tui.sandbox.ngrok.http1 import Fields, head_bytes

BUDGET = 50 * 1024 * 1024
BODY_LIMIT = 4 * 1024 * 1024
"""A longer body is kept in part only, as the real inspector does."""


class Tape:
    """Keeps what passes by, up to the limit."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def through(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Hand the pieces on, and keep them."""
        for piece in pieces:
            if self._size < BODY_LIMIT:
                self._pieces.append(piece)
                self._size += len(piece)
            yield piece

    @property
    def body(self) -> bytes:
        """Give what was kept."""
        return b"".join(self._pieces)[:BODY_LIMIT]


class Message(NamedTuple):
    """A request or a response as it passed."""

    start: str
    fields: Fields
    body: bytes

    def raw(self) -> bytes:
        """Give it as bytes of the wire; a body that came in chunks is one chunk here."""
        chunked = any(name.lower() == "transfer-encoding" for name, _ in self.fields)
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(self.body), self.body) if chunked and self.body else self.body
        return head_bytes(self.start, self.fields) + body

    def headers(self) -> dict[str, list[str]]:
        """Give the fields as the inspector shows them: by name, the names in Go's spelling."""
        shown: dict[str, list[str]] = {}
        for name, value in self.fields:
            shown.setdefault("-".join(part.capitalize() for part in name.split("-")), []).append(value)
        return shown


class Capture(NamedTuple):
    """One request with its response."""

    id: str
    endpoint: str
    remote: str
    start: float
    duration_ns: int
    request: Message
    response: Message

    @property
    def size(self) -> int:
        """Give about how much memory it takes."""
        return len(self.request.body) + len(self.response.body) + 2048

    def shown(self) -> dict[str, object]:
        """Give it as the REST interface does."""
        method, target, proto = self.request.start.split(" ", 2)
        answer_proto, _, status = self.response.start.partition(" ")
        whole, fraction = divmod(self.start, 1)
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
        return {
            "uri": f"/api/requests/http/{self.id}",
            "id": self.id,
            "tunnel_name": self.endpoint,
            "remote_addr": self.remote,
            "start": f"{at}.{int(fraction * 1e6):06d}Z",
            "duration": self.duration_ns,
            "request": {
                "method": method,
                "proto": proto,
                "headers": self.request.headers(),
                "uri": target,
                "raw": _base64(self.request.raw()),
            },
            "response": {
                "status": status,
                "status_code": int(status[:3]) if status[:3].isdecimal() else 0,
                "proto": answer_proto,
                "headers": self.response.headers(),
                "raw": _base64(self.response.raw()),
            },
        }


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


class Captures:
    """The captures of this process; the oldest give way when the budget is spent."""

    def __init__(self, budget: int = 0) -> None:
        """Take the budget as the configuration has it: 0 is the default, less than that keeps nothing."""
        self._off = budget < 0
        self._kept: dict[str, Capture] = {}
        self._room = budget or BUDGET
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, capture: Capture) -> None:
        """Take one in."""
        if self._off:
            return
        with self._lock:
            self._kept[capture.id] = capture
            self._room -= capture.size
            while self._room < 0 and len(self._kept) > 1:
                oldest = self._kept.pop(next(iter(self._kept)))
                self._room += oldest.size

    def find(self, capture_id: str) -> Capture | None:
        """Give the one with that id."""
        return self._kept.get(capture_id)

    def newest(self, limit: int, endpoint: str = "") -> list[Capture]:
        """List the newest, of one endpoint when it is named."""
        with self._lock:
            kept = [one for one in reversed(self._kept.values()) if not endpoint or one.endpoint == endpoint]
        # By their start: they were taken in when they ended.
        return sorted(kept, key=lambda one: one.start, reverse=True)[:limit]

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._room += sum(one.size for one in self._kept.values())
            self._kept.clear()
