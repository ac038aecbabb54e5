"""The tunnel's state in words for people, and as a lamp."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from booking_tui.domain.tunnel import NOT_SET_UP, TunnelState, TunnelStatus
from booking_tui.services.status import Lamp, LampLevel

KINDS = {
    "ngrok": "ngrok",
    "url": "a public address of your own",
    "command": "a command of your own",
    "none": "none, this machine only",
}
STATES = {
    TunnelState.OFF: "off",
    TunnelState.STARTING: "starting",
    TunnelState.UP: "up",
    TunnelState.UNREACHABLE: "does not answer",
    TunnelState.RECONNECTING: "reconnecting",
    TunnelState.RETRYING: "down, trying again",
    TunnelState.BLOCKED: "down",
}
PLAN_REQUESTS = 20_000
"""HTTP requests a month of ngrok's free plan, by its pricing page of August 2026."""


def host_of(url: str) -> str:
    """Give the name in a public URL, with its port when it has one; a text that is no URL comes back as it is."""
    try:
        return urlsplit(url).netloc or url
    except ValueError:
        return url


def public_name(url: str) -> str:
    """Give the name as it stands in the Host header of what senders send: ASCII, without a default port or a last dot.

    A text that is no URL comes back as it is.
    """
    try:
        parts = urlsplit(url)
        name = (parts.hostname or "").rstrip(".")
        port = parts.port
        written = name.encode("idna").decode("ascii") if not name.isascii() else name
    except (ValueError, UnicodeError):
        return url
    bracketed = f"[{written}]" if ":" in written else written
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return bracketed if port in {None, default} else f"{bracketed}:{port}"


def not_set_up(status: TunnelStatus) -> bool:
    """Whether nobody has set the way in up yet: that is no trouble."""
    return status.state is TunnelState.BLOCKED and status.problem is not None and status.problem.code == NOT_SET_UP


def tunnel_lamp(status: TunnelStatus) -> Lamp | None:
    """Give the lamp; None while no way in is wanted. Its age is that of the last proof, or of the state."""
    if status.state is TunnelState.OFF:
        return None
    if not_set_up(status):
        detail = "nothing outside this machine reaches it yet: Hooks, i, then s sets the tunnel up"
        return Lamp("tunnel", LampLevel.QUIET, "tunnel not set up", detail)
    problem = status.problem
    why = "" if problem is None else f"{problem.what} {problem.do}"
    if status.state is TunnelState.UP:
        proofs = [each for each in (tested_at(status), status.last_delivery_at) if each is not None]
        name = host_of(status.url or "")
        detail = f"{name} leads here; the age is the last proof's"
        return Lamp("tunnel", LampLevel.OK, f"tunnel {name}", detail, max(proofs, default=status.since))
    if status.state is TunnelState.STARTING:
        return Lamp("tunnel", LampLevel.QUIET, "tunnel starting", "the way in is being opened", None)
    level = LampLevel.BAD if status.state is TunnelState.BLOCKED else LampLevel.WARN
    return Lamp("tunnel", level, f"tunnel {STATES[status.state]}", why or STATES[status.state], status.since)


def tested_at(status: TunnelStatus) -> datetime | None:
    """Give when a self-test last came back; None when the last one did not."""
    test = status.self_test
    return test.at if test is not None and test.passed else None


Metric = Callable[[str, str, float], str]
"""Makes Prometheus text of name, meaning and value."""


def tunnel_figures(status: TunnelStatus, now: datetime, gauge: Metric, counter: Metric) -> str:
    """Give the tunnel's figures as Prometheus text."""
    figures = [
        gauge("tunnel_up", "1 while the public URL is proved to lead here.", int(status.state is TunnelState.UP)),
        counter("tunnel_restarts_total", "Times the tunnel had to be opened again.", status.restarts),
        gauge("tunnel_requests_month", "Requests through the tunnel this month.", status.requests_this_month),
    ]
    test = status.self_test
    if test is not None and test.round_trip_ms is not None:
        age = max(0.0, (now - test.at).total_seconds())
        figures += [
            gauge("tunnel_self_test_seconds", "Round trip of the last self-test.", test.round_trip_ms / 1000),
            gauge("tunnel_self_test_age_seconds", "Age of the last self-test that came back.", age),
        ]
    return "".join(figures)
