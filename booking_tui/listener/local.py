"""The local port: health, readiness, metrics and control. It is never tunnelled."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from booking_tui.listener.exchange import JSON, Exchange, Header, Routes
from booking_tui.listener.metrics import CONTENT_TYPE, Counters
from booking_tui.listener.options import ListenerOptions
from booking_tui.listener.site import RETRY_AFTER

TEXT: Header = (b"content-type", b"text/plain; charset=utf-8")
PROMETHEUS: Header = (b"content-type", CONTENT_TYPE)
CHALLENGE: Header = (b"www-authenticate", b"Bearer")

T = TypeVar("T")

logger = logging.getLogger("booking_tui.listener")


@dataclass(frozen=True, slots=True)
class LocalPages:
    """What the local port shows and does. All three are called in a worker thread, several at a time."""

    ready: Callable[[], dict[str, str] | None]
    """None when all is well, else the failing parts and why, in words."""
    metrics: Callable[[], str]
    """More Prometheus text (``metrics.gauge`` makes it) to follow the listener's own; may be empty."""
    control: Callable[[str, bytes], tuple[int, bytes]]
    """Takes the bearer token and the body; gives a status and a JSON body. Compares the token in constant time."""
    control_token: str | None = None
    """When given, another token is refused with 401 before the body is read."""


class LocalDesk:
    """Answers on the local port."""

    def __init__(
        self,
        pages: LocalPages,
        options: ListenerOptions,
        counters: Counters,
        page_workers: ThreadPoolExecutor,
        deed_workers: ThreadPoolExecutor,
    ) -> None:
        self._pages = pages
        self._options = options
        self._counters = counters
        self._page_workers = page_workers
        self._deed_workers = deed_workers

    def routes(self) -> Routes:
        """Give the site's routes."""
        return {
            b"/healthz": {"GET": self._health},
            b"/readyz": {"GET": self._ready},
            b"/metrics": {"GET": self._metrics},
            b"/control": {"POST": self._control},
        }

    async def _health(self, exchange: Exchange) -> None:
        await exchange.answer(HTTPStatus.OK, (TEXT,), b"ok\n")

    async def _ready(self, exchange: Exchange) -> None:
        try:
            failing = await self._in_worker(self._page_workers, self._pages.ready, self._options.commit_s)
        except TimeoutError:
            failing = {"readiness": f"no answer within {self._options.commit_s:g} s"}
        if failing is None:
            await exchange.answer(HTTPStatus.OK, (TEXT,), b"ready\n")
        else:
            body = json.dumps({"failing": failing}).encode()
            await exchange.answer(HTTPStatus.SERVICE_UNAVAILABLE, (JSON, RETRY_AFTER), body)

    async def _metrics(self, exchange: Exchange) -> None:
        try:
            more = await self._in_worker(self._page_workers, self._pages.metrics, self._options.commit_s)
        except Exception:
            # The listener's own figures are worth having when somebody else's cannot be had.
            logger.exception("the gauges of the services could not be read")
            more = ""
        await exchange.answer(HTTPStatus.OK, (PROMETHEUS,), (self._counters.render() + more).encode())

    async def _control(self, exchange: Exchange) -> None:
        token = _bearer(exchange)
        if token is None or not self._fits(token):
            raise await exchange.refuse(HTTPStatus.UNAUTHORIZED, CHALLENGE)
        body = await exchange.body(self._options.control_body)
        status, answer = await self._in_worker(
            self._deed_workers, lambda: self._pages.control(token, body), self._options.local_s
        )
        await exchange.answer(status, (JSON,) if answer else (), answer)

    def _fits(self, token: str) -> bool:
        wanted = self._pages.control_token
        return wanted is None or hmac.compare_digest(token.encode(), wanted.encode())

    async def _in_worker(self, workers: ThreadPoolExecutor, call: Callable[[], T], timeout_s: float) -> T:
        running = asyncio.get_running_loop().run_in_executor(workers, call)
        return await asyncio.wait_for(running, timeout_s)


def _bearer(exchange: Exchange) -> str | None:
    """Give the token of the one Authorization header; None without one, or with several."""
    values = [value for name, value in exchange.headers if name == b"authorization"]
    if len(values) != 1:
        return None
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
