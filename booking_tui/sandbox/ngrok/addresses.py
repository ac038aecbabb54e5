"""Public URLs and the loopback edges that stand for them."""

from __future__ import annotations

import errno
import os
import threading
import zlib

from booking_tui.sandbox.ngrok.edge import Edge, Surroundings
from booking_tui.sandbox.ngrok.endpoints import MalformedError
from booking_tui.sandbox.ngrok.refusals import endpoint_refusal
from booking_tui.sandbox.ngrok.scenario import Scenario
from booking_tui.sandbox.ngrok.serving import listen, serve

DOMAIN = "ngrok-free.example"
_LOOPBACK = ("127.0.0.1", "localhost")
_FIRST = ("quiet", "early", "amber", "gentle", "north", "silver", "willow", "plain")
_SECOND = ("harbour", "meadow", "lantern", "orchard", "gallery", "bridge", "garden", "window")


class RefusedError(Exception):
    """The service refuses an endpoint; the text holds the error code."""


class Addresses:
    """Gives each public URL an edge; an edge once opened listens until the agent ends, as the service's does."""

    def __init__(self, scenario: Scenario, token: str, surroundings: Surroundings) -> None:
        self._scenario = scenario
        self._token = token
        self._around = surroundings
        self._edges: dict[str, Edge] = {}
        self._lock = threading.Lock()

    def edges(self) -> dict[str, str]:
        """Map each public host to the loopback address that stands for it."""
        return {url.partition("://")[2]: f"http://127.0.0.1:{edge.port}" for url, edge in self._edges.items()}

    def open(self, requested: str, *, pooling: bool) -> Edge:
        """Give the edge for the URL asked for, or for the account's own. Raises `RefusedError` and `MalformedError`."""
        scheme, _, host = requested.rpartition("://")
        if scheme in {"tcp", "tls"}:
            raise RefusedError(endpoint_refusal(8013, requested))
        host = host.strip("/")
        with self._lock:
            edge = self._edge(scheme or "https", host) if host else self._own()
            if not edge.idle and not (pooling and edge.pooled):
                raise RefusedError(endpoint_refusal(334, edge.url))
            edge.retired = False
            return edge

    def another(self) -> Edge:
        """Give an edge with a URL that was never used before. Raises `OSError`."""
        with self._lock:
            return self._listening(None if "loopback" in self._scenario else f"https://{_unknown_name()}", 0)

    def _own(self) -> Edge:
        """Give the account's own URL: always the same, unless the scenario wants a new one each time."""
        if fixed := self._scenario.text("url"):
            scheme, _, host = fixed.rpartition("://")
            return self._edge(scheme or "https", host)
        if "loopback" not in self._scenario:
            name = _unknown_name() if "random" in self._scenario else _name_of(self._token)
            return self._edge("https", name)
        if port := self._scenario.text("loopback"):
            return self._edge("http", f"127.0.0.1:{port}")
        waiting = [edge for edge in self._edges.values() if not edge.retired and edge.url.startswith("http://127.")]
        return self._listening(None, 0) if "random" in self._scenario or not waiting else waiting[0]

    def _edge(self, scheme: str, host: str) -> Edge:
        name, _, port = host.partition(":")
        if port and not (port.isdecimal() and int(port) <= 65535):
            raise MalformedError(f"bad port in {host!r}")
        if name in _LOOPBACK:
            return self._listening(f"http://127.0.0.1:{port or 80}", int(port or 80))
        return self._listening(f"{scheme}://{host}", 0)

    def _listening(self, url: str | None, port: int) -> Edge:
        if url in self._edges:
            return self._edges[url]
        try:
            listening = listen("127.0.0.1", port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            # Another agent, perhaps an orphan of ours, keeps this address online.
            raise RefusedError(endpoint_refusal(334, url or "")) from None
        port = listening.getsockname()[1]
        url = url or f"http://127.0.0.1:{port}"
        self._edges[url] = edge = Edge(url, port, self._around)
        serve(listening, f"edge {port}", edge.converse)
        return edge


def _name_of(token: str) -> str:
    number = zlib.crc32(token.encode())
    return f"{_FIRST[number % 8]}-{_SECOND[number // 8 % 8]}-{number // 64 % 9000 + 1000}.{DOMAIN}"


def _unknown_name() -> str:
    return f"{os.urandom(5).hex()}.{DOMAIN}"
