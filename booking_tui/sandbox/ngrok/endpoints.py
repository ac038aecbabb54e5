"""The endpoints that this agent keeps online, and how the REST interface shows them in both its schemas."""

from __future__ import annotations

import threading
from typing import NamedTuple

from booking_tui.sandbox.ngrok.bodies import JsonObject, as_object
from booking_tui.sandbox.ngrok.upstream import Upstream

_KEPT_DURATIONS = 500
_PASSED_THROUGH = ("traffic_policy", "metadata", "description", "bindings")


class Wanted(NamedTuple):
    """What a call asks for."""

    name: str
    upstream: Upstream
    url: str
    inspect: bool
    pooling: bool
    more: JsonObject


class MalformedError(ValueError):
    """A call describes no endpoint."""


def wanted_endpoint(body: JsonObject, name: str = "") -> Wanted:
    """Read the body of a call of the endpoints interface. Raises `MalformedError`."""
    address = as_object(body.get("upstream"))
    if address is None:
        raise MalformedError("upstream is required")
    more = {key: body[key] for key in _PASSED_THROUGH if key in body}
    return _wanted(name or _text(body, "name"), _text(address, "url"), _text(body, "url"), body, more)


def wanted_tunnel(body: JsonObject) -> Wanted:
    """Read the body of a call of the older tunnels interface. Raises `MalformedError`."""
    host = _text(body, "domain") or _text(body, "hostname")
    if not host and (name := _text(body, "subdomain")):
        host = f"{name}.ngrok-free.example"
    scheme = "http" if body.get("schemes") == ["http"] else "https"
    if _text(body, "proto") in {"tcp", "tls"}:
        scheme = _text(body, "proto")
    return _wanted(_text(body, "name"), _text(body, "addr"), f"{scheme}://{host}", body, {})


def _wanted(name: str, address: str, url: str, body: JsonObject, more: JsonObject) -> Wanted:
    if not name:
        raise MalformedError("name is required")
    if not address:
        raise MalformedError("upstream is required")
    try:
        upstream = Upstream.parsed(address)
    except ValueError as error:
        raise MalformedError(str(error)) from None
    inspect = body.get("inspect") not in {False, "false"}
    return Wanted(name, upstream, url, inspect, body.get("pooling_enabled") is True, more)


def _text(body: JsonObject, key: str) -> str:
    value = body.get(key, "")
    return str(value) if isinstance(value, str | int) else ""


class Endpoint:
    """One endpoint: a public URL, and the program on this machine that gets what comes there."""

    def __init__(self, wanted: Wanted, url: str) -> None:
        self.wanted = wanted
        self.url = url
        """Changes when the session comes back with another URL."""
        self._open = 0
        self._durations: list[float] = []
        self._count = 0
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self.wanted.name

    def enter(self) -> None:
        """Count a request that is under way."""
        with self._lock:
            self._open += 1

    def leave(self, duration_ns: int) -> None:
        """Count a request that is done."""
        with self._lock:
            self._open -= 1
            self._count += 1
            self._durations = [*self._durations[-_KEPT_DURATIONS:], float(duration_ns)]

    def shown(self) -> JsonObject:
        """Give it as the endpoints interface does."""
        return {
            "name": self.name,
            "uri": f"/api/endpoints/{_escaped(self.name)}",
            "url": self.url,
            "upstream": {"url": self.wanted.upstream.url, "protocol": "http1"},
            "inspect": self.wanted.inspect,
            "pooling_enabled": self.wanted.pooling,
            **self.wanted.more,
        }

    def shown_as_tunnel(self) -> JsonObject:
        """Give it as the older tunnels interface does."""
        return {
            "name": self.name,
            "ID": f"{abs(hash(self.name)):032x}",
            "uri": f"/api/tunnels/{_escaped(self.name)}",
            "public_url": self.url,
            "proto": self.url.partition("://")[0],
            "config": {"addr": self.wanted.upstream.url, "inspect": self.wanted.inspect},
            "metrics": self.metrics(),
        }

    def metrics(self) -> JsonObject:
        """Give the counters, durations in nanoseconds."""
        with self._lock:
            durations, count = sorted(self._durations), self._count
        spread = {f"p{share}": _percentile(durations, share) for share in (50, 90, 95, 99)}
        rates = {"rate1": 0, "rate5": 0, "rate15": 0}
        return {
            "conns": {"count": count, "gauge": self._open, **rates, **spread},
            "http": {"count": count, **rates, **spread},
        }


def _percentile(ordered: list[float], share: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)] if ordered else 0


def _escaped(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-_.~" else f"%{ord(char):02X}" for char in name)
