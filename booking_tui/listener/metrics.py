"""Counters of the listener, and their Prometheus text (format 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping

PREFIX = "booking_tui_"
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram, in seconds."""

Labels = tuple[tuple[str, str], ...]


class Counters:
    """What the listener counted since it was made. Written by the listener's thread only; reading is safe anywhere."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._born = monotonic()
        self.requests: dict[tuple[str, int], int] = {}
        """Answers by route and status; route ``other`` is whatever matched none."""
        self.deliveries: dict[tuple[str, str], int] = {}
        """Stored deliveries by source and verdict."""
        self.connections: dict[str, int] = {}
        """Connections open now, by port (``public``, ``local``)."""
        self.refused_connections = 0
        """Connections closed because the cap was reached."""
        self.rate_limited = 0
        """Requests answered 429."""
        self._latency = [0] * (len(BOUNDS) + 1)
        self._latency_sum = 0.0

    def answered(self, route: str, status: int) -> None:
        """Count one answer."""
        key = (route, status)
        self.requests[key] = self.requests.get(key, 0) + 1

    def stored(self, source: str, verdict: str, seconds: float) -> None:
        """Count one durable delivery and the time from its first byte to its answer."""
        key = (source, verdict)
        self.deliveries[key] = self.deliveries.get(key, 0) + 1
        self._latency[bisect_left(BOUNDS, seconds)] += 1
        self._latency_sum += seconds

    def render(self) -> str:
        """Give everything as Prometheus text."""
        requests = {(("route", r), ("status", str(s))): n for (r, s), n in sorted(dict(self.requests).items())}
        deliveries = {(("source", s), ("verdict", v)): n for (s, v), n in sorted(dict(self.deliveries).items())}
        connections = {(("port", port),): n for port, n in sorted(dict(self.connections).items())}
        return "".join(
            (
                family("requests_total", "counter", "Answers by route and status.", requests),
                family("deliveries_total", "counter", "Stored deliveries by source and verdict.", deliveries),
                self._histogram(),
                family("connections", "gauge", "Connections open now.", connections),
                family(
                    "refused_connections_total",
                    "counter",
                    "Connections closed because the cap was reached.",
                    {(): self.refused_connections},
                ),
                family("rate_limited_total", "counter", "Requests answered 429.", {(): self.rate_limited}),
                gauge("uptime_seconds", "Seconds since the listener was made.", self._monotonic() - self._born),
            )
        )

    def _histogram(self) -> str:
        name = f"{PREFIX}webhook_receive_seconds"
        lines = [f"# HELP {name} From a delivery's first byte to its answer.", f"# TYPE {name} histogram"]
        total = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), tuple(self._latency), strict=True):
            total += count
            lines.append(f'{name}_bucket{{le="{bound}"}} {total}')
        lines += [f"{name}_sum {self._latency_sum:.6f}", f"{name}_count {total}", ""]
        return "\n".join(lines)


def gauge(name: str, about: str, value: float) -> str:
    """Give one gauge without labels as Prometheus text; the name gets the program's prefix."""
    return family(name, "gauge", about, {(): value})


def counter(name: str, about: str, value: float) -> str:
    """Give one counter without labels as Prometheus text; the name gets the program's prefix."""
    return family(name, "counter", about, {(): value})


def family(name: str, kind: str, about: str, samples: Mapping[Labels, float]) -> str:
    """Give one metric with all its samples as Prometheus text; the name gets the program's prefix."""
    lines = [f"# HELP {PREFIX}{name} {about}", f"# TYPE {PREFIX}{name} {kind}"]
    for labels, value in samples.items():
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        lines.append(f"{PREFIX}{name}{{{inside}}} {_number(value)}" if inside else f"{PREFIX}{name} {_number(value)}")
    return "\n".join((*lines, ""))


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6f}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
