"""The checks that every request passes before its handler runs, as an ASGI app."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus

from booking_tui.listener.exchange import CLOSE, Answered, Exchange, Handler, Header, Receive, Routes, Scope, Send
from booking_tui.listener.hosts import HostRule
from booking_tui.listener.metrics import Counters
from booking_tui.listener.options import ListenerOptions

RETRY_AFTER: Header = (b"retry-after", b"2")
ANY_SEGMENT = b"/*"
SEGMENT = re.compile(rb"[A-Za-z0-9_-]{1,128}")

logger = logging.getLogger("booking_tui.listener")


def unheard(_: bool) -> None:
    """Do nothing with what came through a tunnel."""


class Site:
    """Routes by the exact bytes of the path; a route ending in ``/*`` takes any one last segment of plain letters.

    Whatever matches no route is 404, whatever breaks inside is 503.
    """

    def __init__(
        self,
        routes: Routes,
        hosts: HostRule,
        options: ListenerOptions,
        counters: Counters,
        on_tunnelled: Callable[[bool], None] = unheard,
    ) -> None:
        """``on_tunnelled`` is called with False for each request that came through the tunnel, whatever it was."""
        self._on_tunnelled = on_tunnelled
        self._routes = routes
        self._hosts = hosts
        self._options = options
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, self._counters)
        try:
            await self._handle(exchange)
        except Answered:
            return
        except asyncio.CancelledError:
            # Only stopping cancels, and the connection is cut by then: there is nobody left to answer.
            return
        except Exception:
            logger.exception("a request could not be handled")
            if not exchange.answered:
                await exchange.answer(HTTPStatus.SERVICE_UNAVAILABLE, (RETRY_AFTER,))

    async def _handle(self, exchange: Exchange) -> None:
        if exchange.broken:
            raise await exchange.refuse(HTTPStatus.BAD_REQUEST, CLOSE)
        self._notice_tunnel(exchange)
        name, methods = self._route(exchange)
        if methods is None or not self._hosts.admits(exchange.host):
            raise await exchange.refuse(HTTPStatus.NOT_FOUND)
        exchange.route = name.decode("ascii")
        handler = methods.get(exchange.method)
        if handler is None:
            allowed = ", ".join(methods).encode()
            raise await exchange.refuse(HTTPStatus.METHOD_NOT_ALLOWED, (b"allow", allowed))
        if len(exchange.headers) > self._options.head_fields:
            raise await exchange.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, CLOSE)
        await handler(exchange)

    def _notice_tunnel(self, exchange: Exchange) -> None:
        forwarded = exchange.forwarded is not None
        if forwarded and self._hosts.through_tunnel(exchange.host, exchange.forwarded_host, exchange.peer):
            exchange.tunnelled = True
            self._on_tunnelled(False)  # noqa: FBT003 - a callback of one argument

    def _route(self, exchange: Exchange) -> tuple[bytes, Mapping[str, Handler] | None]:
        """Find the route of exactly this path, else the one whose last segment may be anything."""
        parent, _, tail = exchange.path.rpartition(b"/")
        if tail != b"*" and (methods := self._routes.get(exchange.path)) is not None:
            return exchange.path, methods
        name = parent + ANY_SEGMENT
        methods = self._routes.get(name) if SEGMENT.fullmatch(tail) else None
        exchange.tail = "" if methods is None else tail.decode("ascii")
        return name, methods
