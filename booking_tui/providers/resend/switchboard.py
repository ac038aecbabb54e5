"""The SDK, talking over our own connections. Importing this imports the SDK: do so on first use."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import resend
from resend.http_client import HTTPClient

from booking_tui.providers.resend.http import Exchange

_CURRENT: ContextVar[Exchange] = ContextVar("resend_exchange")


class Switchboard(HTTPClient):
    """Hands every request of the SDK to the exchange that this thread holds.

    The SDK knows one client, one key and one address for the whole process; an exchange has those of its account.
    """

    def request(  # noqa: PLR0917 - the SDK's signature
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: dict[str, object] | list[object] | None = None,
        files: dict[str, Any] | None = None,  # noqa: ARG002
        data: dict[str, str] | None = None,  # noqa: ARG002
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Do what the SDK asks for. Raises LookupError outside of ``through``."""
        return _CURRENT.get().request(method, url, headers, json)


_BOARD = Switchboard()


def through(exchange: Exchange, ask: Callable[[], object]) -> None:
    """Let the SDK ask something over an exchange, which then knows what came of it. Never raises for what comes back.

    The SDK's own verdict is not looked at: it has one error for all that may happen on the way, and takes an answer
    that is not JSON for an error of the server's.
    """
    # Set each time: RESEND_API_URL, RESEND_API_KEY or somebody else in the process may have set them too.
    resend.default_http_client = _BOARD
    resend.api_url = ""
    resend.api_key = "set-by-the-exchange"
    token = _CURRENT.set(exchange)
    try:
        with contextlib.suppress(Exception):
            ask()
    finally:
        _CURRENT.reset(token)
