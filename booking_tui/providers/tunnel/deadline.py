"""Ends a request after so many seconds in all: httpx's limits are for each single silence, and a drip never is one."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from typing import Final

Timer = Callable[[float, Callable[[], None]], threading.Timer]
_CONNECTED: Final = ("connect_tcp.complete", "start_tls.complete")
"""Ends of the names that httpcore gives the steps of connecting, a proxy's too; their result is the connection."""


class Deadline:
    """Remembers the connection of one client and cuts it when the time is over."""

    def __init__(self, timer: Timer = threading.Timer) -> None:
        self._timer = timer
        self._socket: socket.socket | None = None
        self.passed = False
        """Whether the last request was cut: what came of its answer is not all of it, even if it looks like that."""

    @property
    def extensions(self) -> dict[str, object]:
        """Give what a request of httpx needs in its ``extensions``."""
        return {"trace": self._trace}

    @contextlib.contextmanager
    def within(self, seconds: float) -> Generator[None]:
        """Cut the connection if this block takes longer; what reads from it fails then."""
        self.passed = False
        timer = self._timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _trace(self, event: str, info: Mapping[str, object]) -> None:
        if event.endswith(_CONNECTED):
            ask = getattr(info.get("return_value"), "get_extra_info", None)
            found = None if ask is None else ask("socket")
            self._socket = found if isinstance(found, socket.socket) else None

    def _cut(self) -> None:
        self.passed = True
        if self._socket is not None:
            # Past TLS, whose own way of ending would wait for the other side; a closed one is no trouble.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
