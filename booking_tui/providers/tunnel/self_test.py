"""One request out through the public URL and back: the only proof that the way in works."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import httpx

from booking_tui.domain.tunnel import TunnelFailed, TunnelProblem
from booking_tui.providers.network_words import causes
from booking_tui.providers.tunnel.deadline import Deadline
from booking_tui.providers.tunnel.words import code_in, one_line, problem_of_code

WHOLE_S: Final = 11.0
"""Less than a proof waits for, so that nothing is left behind."""
_MOST_BYTES: Final = 4096
_HEADERS: Final = {
    "User-Agent": "booking-tui-self-test",
    # Any value keeps ngrok's warning page for browsers away.
    "ngrok-skip-browser-warning": "1",
    "Accept-Encoding": "identity",
}
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_SLOW: Final = TunnelProblem(
    "The public web address did not answer in time.", "It is tried again by itself.", again=True
)
_ELSEWHERE: Final = "Compare the address with the one your tunnel shows; another computer may be using it."


def ping(
    url: str, nonce: str, *, timeout_s: float = 10.0, whole_s: float = WHOLE_S, monotonic: Callable[[], float]
) -> float:
    """Ask for the nonce through the public URL and give the round trip in milliseconds.

    ``timeout_s`` holds for each of connecting and waiting for the answer, ``whole_s`` for all of it: a server that
    answers drop by drop is cut off then. Raises TunnelFailed with the cause in words.
    """
    deadline = Deadline()
    address = f"{url.rstrip('/')}/webhooks/ping/{nonce}"
    try:
        trusted = urlsplit(address).hostname not in _LOOPBACK
        with httpx.Client(timeout=timeout_s, trust_env=trusted, follow_redirects=False, headers=_HEADERS) as client:
            # Making a client reads this machine's certificates: that is no part of the way.
            started = monotonic()
            with (
                deadline.within(whole_s),
                client.stream("GET", address, extensions=deadline.extensions) as answer,
            ):
                status, headers = answer.status_code, answer.headers
                took_ms = (monotonic() - started) * 1000
                body = "" if status == HTTPStatus.NO_CONTENT else _beginning(answer)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        raise TunnelFailed(_SLOW if deadline.passed else _why_no_answer(error)) from None
    if status == HTTPStatus.NO_CONTENT:
        return took_ms
    code = code_in(headers.get("Ngrok-Error-Code", "")) or (code_in(body) if "ngrok" in body.lower() else None)
    raise TunnelFailed(problem_of_code(code) if code else _why_wrong_answer(status, headers.get("Location", "")))


def _beginning(answer: httpx.Response) -> str:
    """Read a few kilobytes; a broken rest does not matter, the status has said enough."""
    read = b""
    try:
        for chunk in answer.iter_raw(1024):
            read += chunk
            if len(read) >= _MOST_BYTES:
                break
    except httpx.HTTPError:
        pass
    return read[:_MOST_BYTES].decode("utf-8", "replace")


def _why_no_answer(error: Exception) -> TunnelProblem:
    found = [*causes(error)]
    if any(isinstance(cause, socket.gaierror) for cause in found):
        return TunnelProblem(
            "This computer does not find the public web address by name.",
            "Check the internet connection; a new address may need a minute until it is known everywhere.",
            again=True,
        )
    if any(isinstance(cause, ssl.SSLError) for cause in found) or "SSL" in str(error):
        return TunnelProblem(
            "The public web address has no valid certificate, so senders would refuse it.",
            "Check the date of this computer and the certificate of the address.",
            again=True,
        )
    if isinstance(error, httpx.TimeoutException):
        return _SLOW
    if isinstance(error, httpx.ProxyError):
        return TunnelProblem(
            "The proxy of this network did not pass the test on.", "Ask whoever runs the network.", again=True
        )
    if isinstance(error, httpx.ConnectError):
        return TunnelProblem(
            "Nothing answers at the public web address.",
            "Check that the tunnel to this computer is running.",
            again=True,
        )
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return TunnelProblem("The public web address is not a web address.", "Correct it in the settings.", again=False)
    return TunnelProblem(
        f"The connection through the public web address broke off ({type(error).__name__}).",
        "It is tried again by itself.",
        again=True,
    )


def _why_wrong_answer(status: int, location: str) -> TunnelProblem:
    if status == HTTPStatus.NOT_FOUND:
        return TunnelProblem(
            "The public web address leads somewhere else than to this booking_tui.", _ELSEWHERE, again=True
        )
    if 300 <= status < 400:
        target = one_line(urlsplit(location).netloc, 80) if location else ""
        where = f" to {target}" if target else ""
        return TunnelProblem(
            f"The public web address sends visitors on{where}; webhooks do not follow.",
            "Give the address that answers itself, with https and without a path.",
            again=False,
        )
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}:
        return TunnelProblem(
            f"Something in front of the public web address asks for a login (status {status}).",
            "Let /webhooks/ pass without a login there.",
            again=False,
        )
    if status >= 500:
        return TunnelProblem(
            f"The public web address answers, but the way from there to this computer is broken (status {status}).",
            "Check that the tunnel leads to listener.port of this computer.",
            again=True,
        )
    return TunnelProblem(f"The public web address leads somewhere else (status {status}).", _ELSEWHERE, again=True)
