"""One HTTP request to this home's own process, on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LOOPBACK = "127.0.0.1"
MAX_ANSWER = 16 * 1024 * 1024


class Address(NamedTuple):
    """Where a home's own listener takes deliveries."""

    port: int
    host: str = LOOPBACK


class Reply(NamedTuple):
    """What came back."""

    status: int
    body: bytes


def post(address: Address, path: str, headers: Sequence[tuple[str, str]], body: bytes, timeout_s: float) -> Reply:
    """Send one POST with exactly these headers besides Host, length and close. Raises OSError when no answer came."""
    import http.client

    connection = http.client.HTTPConnection(address.host, address.port, timeout=timeout_s)
    try:
        connection.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", f"{LOOPBACK}:{address.port}")
        for name, value in headers:
            connection.putheader(name, value.encode("latin-1", "replace"))
        connection.putheader("Content-Length", str(len(body)))
        connection.putheader("Connection", "close")
        connection.endheaders(body)
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(MAX_ANSWER))
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"the exchange broke: {error or type(error).__name__}") from error
    finally:
        connection.close()
