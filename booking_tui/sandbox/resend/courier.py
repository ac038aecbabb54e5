"""Carries webhooks to their endpoints over real HTTP; on loopback only."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from booking_tui.sandbox.resend.engine import Engine
from booking_tui.sandbox.resend.hooks import Hook, Message

TIMEOUT_S = 15.0
"""How long an endpoint may take, in real seconds."""
_RESPONSE_KEPT = 2_048

Attempted = Callable[[Hook, Message, int, str, bool], None]


def on_loopback(url: str) -> bool:
    """Say whether an address is one to which this simulator sends."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme == "http" and host in {"127.0.0.1", "localhost", "::1"}


class Courier:
    """Each webhook has a lane: its messages go one after the other, a slow endpoint holds up nobody else's.

    `route` maps an endpoint to the loopback address that stands for it.
    """

    def __init__(self, engine: Engine, route: Callable[[str], str], timeout_s: float) -> None:
        self._engine = engine
        self._route = route
        self._timeout_s = timeout_s

    def reaches(self, endpoint: str) -> bool:
        """Say whether it sends there."""
        return on_loopback(self._route(endpoint))

    def submit(self, hook: Hook, message: Message, headers: dict[str, str], done: Callable[[int, str], None]) -> None:
        """Send one attempt soon; `done` gets the status and the answer's text, 0 and the cause if there is none."""
        url, body = self._route(hook.endpoint), message.body

        async def attempt() -> None:
            status, response = await self._post(url, body, headers)
            done(status, response)

        self._engine.submit(hook.id, attempt)

    def _client(self) -> httpx.AsyncClient:
        # A context of its own is never used, and spares reading all certificates of the machine each time.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=self._timeout_s, verify=context)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        if not on_loopback(url):
            return 0, "not an address on loopback"
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._client() as client,
                client.stream("POST", url, content=body, headers=headers) as response,
            ):
                return response.status_code, await _beginning(response)
        except TimeoutError:
            return 0, "no answer in time"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return 0, str(error) or type(error).__name__


async def _beginning(response: httpx.Response) -> str:
    kept = b""
    async for chunk in response.aiter_bytes():
        kept += chunk[: _RESPONSE_KEPT - len(kept)]
        if len(kept) >= _RESPONSE_KEPT:
            break
    return kept.decode("utf-8", "replace")
