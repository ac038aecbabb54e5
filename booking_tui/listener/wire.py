"""The transport as the protocol sees it: a close that lets the peer read the last answer first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Wire(asyncio.Transport):
    """Wraps asyncio's transport.

    Closing a socket while the peer is still sending resets the connection, and the reset may overtake the answer.
    So, when ``unread()`` says that more may come, only the sending side is shut and the rest is thrown away for
    ``linger_s`` seconds.
    """

    def __init__(
        self,
        inner: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        linger_s: float,
        unread: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._inner = inner
        self._loop = loop
        self._linger_s = linger_s
        self._unread = unread
        self._closing = False
        self._cut: asyncio.TimerHandle | None = None
        self._held: list[bytes | bytearray | memoryview] | None = None
        self.get_extra_info = inner.get_extra_info
        self.pause_reading = inner.pause_reading
        self.resume_reading = inner.resume_reading
        self.set_protocol = inner.set_protocol

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing:
            return
        if self._held is None:
            self._inner.write(data)
        else:
            self._held.append(data)

    def hold(self) -> None:
        """Gather what is written, so that an answer leaves in one piece."""
        self._held = []

    def release(self) -> None:
        """Send what was gathered."""
        if self._held is not None:
            held, self._held = self._held, None
            if held and not self._closing:
                self._inner.write(b"".join(held))

    def is_closing(self) -> bool:
        return self._closing or self._inner.is_closing()

    def close(self) -> None:
        if self.is_closing():
            return
        self.release()
        self._closing = True
        if self._unread():
            self._shut_sending()
        else:
            self._inner.close()
        if self._cut is None:
            self._cut = self._loop.call_later(self._linger_s, self._inner.abort)

    def abort(self) -> None:
        """Close at once, dropping what is unsent."""
        self._closing = True
        self._inner.abort()

    def lost(self) -> None:
        """Note that the connection is gone."""
        self._closing = True
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None

    def _shut_sending(self) -> None:
        try:
            self._inner.write_eof()
            self._inner.resume_reading()
        except OSError:
            self._inner.abort()
