"""The tunnel's state in words for people, and as a lamp."""

from __future__ import annotations

import re
import unicodedata
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
SUBSCRIBER_PATH = "/webhooks/calcom"
NOT_LISTENING = "not_listening"
"""The code of the problem that the program could not take its port, so that there is nothing to lead to."""
OWN_CODES = frozenset({NOT_SET_UP, NOT_LISTENING})
"""Codes of this program's own, which say nothing to a person."""
UNMARKED = "the proxy in front does not say for whom it passes requests on"
UNMARKED_DO = "have it send X-Forwarded-For, and Host or X-Forwarded-Host with the public name"
"""Of a proxy of one's own that leaves these out, deliveries come in and cannot be told from this machine's own."""
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
        written = name if name.isascii() else ".".join(_ascii(label) for label in re.split("[.。．｡]", name))
    except (ValueError, UnicodeError):
        return url
    bracketed = f"[{written}]" if ":" in written else written
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return bracketed if port in {None, default} else f"{bracketed}:{port}"


def _ascii(label: str) -> str:
    """Write one part of a name as senders do, by IDNA 2008: Python's own codec makes "ss" of "ß", another name."""
    plain = unicodedata.normalize("NFKC", label).lower()
    return plain if plain.isascii() else f"xn--{plain.encode('punycode').decode('ascii')}"


def subscriber_url(base: str) -> str:
    """Give the address that is entered at Cal.com for a public URL: no other one takes deliveries."""
    return f"{base.rstrip('/')}{SUBSCRIBER_PATH}"


def address_to_send_to(status: TunnelStatus) -> str | None:
    """Give the address for senders outside: while it is down the one it had; None where none is known or wanted."""
    if status.state is TunnelState.OFF or not_set_up(status):
        return None
    base = status.url or status.last_url
    return None if base is None else subscriber_url(base)


def moved(status: TunnelStatus) -> bool:
    """Whether the address that stands is another one than Cal.com is known to send to."""
    return status.url is not None and status.moved_from is not None


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
        if moved(status):
            return _moved_lamp(status)
        detail = f"{name} leads here; the age is the last proof's"
        return Lamp("tunnel", LampLevel.OK, f"tunnel {name}", detail, max(proofs, default=status.since))
    if status.state is TunnelState.STARTING and not status.again:
        return Lamp("tunnel", LampLevel.QUIET, "tunnel starting", "the way in is being opened", None)
    state = TunnelState.RETRYING if status.again else status.state
    level = LampLevel.BAD if state is TunnelState.BLOCKED else LampLevel.WARN
    since = status.down_since or status.since
    return Lamp("tunnel", level, f"tunnel {STATES[state]}", why or STATES[state], since)


def _moved_lamp(status: TunnelStatus) -> Lamp:
    old, new = host_of(status.moved_from or ""), subscriber_url(status.url or "")
    known = f"Cal.com still has {old}" if old != host_of(new) else "Cal.com still has the old one"
    detail = f"{known}: enter {new} there (Hooks, i, then y copies it)"
    return Lamp("tunnel", LampLevel.WARN, "tunnel address changed", detail, status.address_since)


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
