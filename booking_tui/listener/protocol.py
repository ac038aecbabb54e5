"""uvicorn's HTTP/1.1 protocol with what it lacks: deadlines, a limit on the head, a cap, and a close that is heard."""

from __future__ import annotations

import asyncio
import logging
import re
from http import HTTPStatus

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from booking_tui.listener.census import Census
from booking_tui.listener.exchange import OTHER_ROUTE
from booking_tui.listener.metrics import Counters
from booking_tui.listener.options import ListenerOptions
from booking_tui.listener.wire import Wire

HEAD_END = b"\r\n\r\n"
BLANK_LINE = b"\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:([^\r\n]*)", re.IGNORECASE)
READ_BYTES = 32_768
"""The most taken from a socket at once. Parsing that much in one-byte chunks takes some 30 ms, in which all wait."""

logger = logging.getLogger("booking_tui.listener.http")


class ListenerProtocol(H11Protocol):
    """One connection.

    Requests that are broken or too slow are answered here, without the app. The app finds this object in
    ``scope["state"]["connection"]``.
    """

    def __init__(
        self, config: Config, server_state: ServerState, *, options: ListenerOptions, census: Census, counters: Counters
    ) -> None:
        super().__init__(config, server_state, {"connection": self}, asyncio.get_running_loop())
        self.logger = logger
        self.first_byte_at = 0.0
        """Loop time at which the present request's first byte came; 0 between requests."""
        self.request_complete = False
        """Whether the present request has been received whole."""
        self._options = options
        self._census = census
        self._counters = counters
        self._data_at = 0.0
        self._passed_over = False
        """Whether an empty line before the present request was passed over."""
        self._peer_done = False
        self._deadline: asyncio.TimerHandle | None = None
        self._deadline_kind = ""
        self._stalled: asyncio.TimerHandle | None = None

    # asyncio's side

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if hasattr(transport, "max_size"):
            setattr(transport, "max_size", READ_BYTES)  # noqa: B010 - asyncio has it, its stubs do not
        self._wire = Wire(transport, self.loop, self._options.linger_s, self._has_unread)
        super().connection_made(self._wire)
        self._set_deadline("head", self._options.head_s)
        self._census.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._census.left(self)
        self._clear_deadline()
        self._unset_keepalive_if_required()
        self._unset_stalled()
        self._wire.lost()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._wire.is_closing():
            return
        self._data_at = self.loop.time()
        if not self.first_byte_at:
            self.first_byte_at = self._data_at
        super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]
        # Some clients shut their sending side after the request and still wait for the answer.
        self._peer_done = self.request_complete and not self._wire.is_closing()
        return self._peer_done

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(self._options.body_s, self.evict)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unset_stalled()

    # uvicorn's side

    def handle_events(self) -> None:
        if self.conn.their_state is h11.IDLE:
            if self._blank_line_alone():
                return
            fault = self._head_fault()
            if fault is not None:
                self._refuse(fault)
                return
        super().handle_events()
        if self._wire.is_closing():
            return
        state = self.conn.their_state
        if state is h11.IDLE:
            if self.first_byte_at:
                self._set_deadline("head", self._options.head_s)
        elif state is h11.SEND_BODY:
            self._set_deadline("body", self._options.body_s)
        elif not self.request_complete:
            self.request_complete = True
            self._clear_deadline()
            self._census.works(self)

    def on_response_complete(self) -> None:
        buffered = bool(self.conn.trailing_data[0])
        self.first_byte_at = self._data_at if buffered else 0.0
        self.request_complete = False
        self._passed_over = False
        self._census.waits(self)
        super().on_response_complete()
        if self._peer_done and not self.request_complete:
            self._wire.close()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn passes its words
        self._refuse(HTTPStatus.BAD_REQUEST)

    def shutdown(self) -> None:
        if not self._wire.is_closing():
            super().shutdown()

    def evict(self) -> None:
        """Cut the connection off at once."""
        self._clear_deadline()
        self._unset_keepalive_if_required()
        self._unset_stalled()
        self._wire.abort()

    def hold(self) -> None:
        """Gather what is written, so that an answer leaves in one piece."""
        self._wire.hold()

    def release(self) -> None:
        """Send what was gathered."""
        self._wire.release()

    # Ours

    def _blank_line_alone(self) -> bool:
        """Pass over one empty line before a request, as RFC 9112 (2.2) has it; True when that was all."""
        data, peer_done = self.conn.trailing_data
        if self._passed_over or data[:1] != BLANK_LINE[:1]:
            return False
        if not data.startswith(BLANK_LINE):
            self._set_deadline("head", self._options.head_s)
            return len(data) < len(BLANK_LINE)
        self._passed_over = True
        rest = data[len(BLANK_LINE) :]
        # Between two requests a connection's state is that of a new one.
        self.conn = h11.Connection(h11.SERVER, self._options.head_bytes)
        if rest:
            self.conn.receive_data(rest)
        if peer_done:
            self.conn.receive_data(b"")
        if rest or peer_done:
            return False
        self.first_byte_at = 0.0
        self._set_deadline("head", self._options.head_s)
        return True

    def _head_fault(self) -> HTTPStatus | None:
        """Look at the raw head before it is parsed: its size, bare line feeds, folded lines, and lengths said twice."""
        data = self.conn.trailing_data[0]
        end = data.find(HEAD_END)
        if end > self._options.head_bytes or (end < 0 and len(data) > self._options.head_bytes):
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        head = data if end < 0 else data[: end + 2]
        if head.count(b"\n") != head.count(b"\r\n") or b"\r\n " in head or b"\r\n\t" in head:
            return HTTPStatus.BAD_REQUEST
        # Two lengths, even equal ones, are read differently along the way.
        lengths = _LENGTH.findall(head) if end >= 0 else []
        return HTTPStatus.BAD_REQUEST if len(lengths) > 1 or any(b"," in each for each in lengths) else None

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer without the app, with an empty body, and close. An app at work learns that its peer has gone."""
        self._clear_deadline()
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:  # pyright: ignore[reportUnnecessaryComparison]
            cycle.disconnected = True
            cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [(b"content-length", b"0"), (b"connection", b"close")]
            response = h11.Response(status_code=status, headers=headers, reason=status.phrase.encode())
            self._wire.write(self.conn.send(response) + self.conn.send(h11.EndOfMessage()))
            self._counters.answered(OTHER_ROUTE, status)
        self._wire.close()

    def _has_unread(self) -> bool:
        """Whether the peer may still be sending, so that a plain close would reset the connection."""
        if self.conn.their_state is h11.IDLE or self.conn.their_state is h11.DONE:
            return bool(self.conn.trailing_data[0])
        return not self.request_complete or bool(self.conn.trailing_data[0])

    def _set_deadline(self, kind: str, seconds: float) -> None:
        if self._deadline_kind == kind:
            return
        self._clear_deadline()
        self._deadline_kind = kind
        self._deadline = self.loop.call_later(seconds, self._on_deadline)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
            self._deadline_kind = ""

    def _unset_stalled(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _on_deadline(self) -> None:
        self._clear_deadline()
        if self.first_byte_at:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._wire.close()
