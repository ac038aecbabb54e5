"""Serves an application on a loopback port in an own thread, and can hang up on a caller."""

from __future__ import annotations

import asyncio
import socket
import threading

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_HANG_UP = "sandbox.hang_up"
_GRACE_S = 0.3


class _Protocol(H11Protocol):
    """HTTP/1.1 whose applications may close the connection without a word."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[_HANG_UP] = transport.abort
            try:
                await inner(scope, receive, send)
            except asyncio.CancelledError:
                # The server stops: its caller gets no answer, and that is no error of this program's.
                await _abort(scope, receive)

        self.app = app


class _HangUp(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.body:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            half = bytes(self.body)[: len(self.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
        await _abort(scope, receive)


async def _abort(scope: Scope, receive: Receive) -> None:
    scope[_HANG_UP]()
    while (await receive())["type"] != "http.disconnect":
        pass


def hang_up(body: bytes = b"") -> Response:
    """Give the answer that is none: the connection closes, in the middle of the body if there is one."""
    return _HangUp(body, media_type="application/json")


class LoopbackServer:
    """One application on one port of 127.0.0.1; 0 takes any free one."""

    def __init__(self, app: ASGIApp, port: int = 0, *, name: str) -> None:
        self.port = port
        self._app = app
        self._name = name
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Give the base address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Bind and serve; connections are taken from the moment this returns. Raises OSError."""
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(("127.0.0.1", self.port))
            listening.listen(128)
        except OSError:
            listening.close()
            raise
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            http=_Protocol,
            loop="asyncio",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name=self._name, daemon=True
        )
        self._thread.start()

    def stop(self, deadline_s: float = 5.0) -> None:
        """Stop serving; who is still being answered is hung up on."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(min(deadline_s, _GRACE_S))
            self._server.force_exit = True
            self._thread.join(deadline_s)
