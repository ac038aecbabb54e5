"""What can be checked about a home: what was found, why it matters, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.services.status import age
from booking_tui.services.tunnel_words import STATES, UNMARKED, UNMARKED_DO, moved, not_set_up, subscriber_url

RARE_TEST_S = 3600.0
"""A self-test older than this proves little; one is due every half hour."""


_UNMARKED_WHY = "without that, deliveries cannot be told from what this machine sends itself"
_ON_ITS_WAY = frozenset({TunnelState.STARTING, TunnelState.RECONNECTING})


class Finding(StrEnum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"
    """It could not be made, since something it stands on is missing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``found`` and ``why`` are sentences, ``fix`` is the command or the deed that mends it."""

    group: str
    name: str
    finding: Finding
    found: str
    why: str = ""
    fix: str = ""


def worst(checks: Iterable[Check]) -> Finding:
    """Give the worst finding."""
    found = {check.finding for check in checks}
    return next((each for each in (Finding.FAIL, Finding.WARN) if each in found), Finding.OK)


def tunnel_checks(status: TunnelStatus | None, now: datetime, silence: str | None = None) -> list[Check]:
    """Judge the way in by what the engine says of it; None when none runs, or, with ``silence``, gives no answer."""
    if status is None:
        why = "the engine holds the tunnel"
        found = "not known: no engine runs" if silence is None else "not known: the engine does not answer"
        return [Check("Tunnel", "way in", Finding.SKIPPED, found, why, "booking-tui serve")]
    if status.state is TunnelState.OFF:
        found = "none is wanted (tunnel.kind is none): nothing outside this machine reaches it"
        return [Check("Tunnel", "way in", Finding.OK, found)]
    return [_way_in(status, now), _self_test(status, now)]


def _way_in(status: TunnelStatus, now: datetime) -> Check:
    why = "without it Cal.com's webhooks do not arrive"
    problem = status.problem
    if not_set_up(status) and problem is not None:
        return Check("Tunnel", "way in", Finding.WARN, problem.what, why, problem.do)
    if status.state is TunnelState.UP:
        url = subscriber_url(status.url or "")
        if not moved(status):
            return Check("Tunnel", "way in", Finding.OK, f"{url} leads here")
        ago = "" if status.address_since is None else f" {age(now - status.address_since)} ago"
        found = f"the address changed{ago}, and no delivery has come by the new one: {url}"
        why = "what Cal.com sends to the old one is lost"
        return Check("Tunnel", "way in", Finding.WARN, found, why, "enter the new one at Cal.com as Subscriber URL")
    finding = Finding.WARN if status.state in _ON_ITS_WAY and not status.again else Finding.FAIL
    found = STATES[status.state] if problem is None else problem.what
    fix = "booking-tui tunnel restart" if problem is None else problem.do
    return Check("Tunnel", "way in", finding, found, why, fix)


def _self_test(status: TunnelStatus, now: datetime) -> Check:
    test = status.self_test
    why = "it is the only proof that what is sent to the public URL comes here"
    if test is None:
        return Check("Tunnel", "self-test", Finding.SKIPPED, "none was sent yet", why, "booking-tui tunnel test")
    old = age(now - test.at)
    through = status.delivered_here_at
    if not test.passed:
        if status.state is TunnelState.UP and through is not None and through > test.at:
            found = f"it did not come back {old} ago ({test.why}), but a delivery came through {age(now - through)} ago"
            return Check("Tunnel", "self-test", Finding.WARN, found, why, _page(status))
        return Check("Tunnel", "self-test", Finding.FAIL, f"it did not come back: {test.why}", why, _page(status))
    if status.state is not TunnelState.UP:
        # A proof of before proves nothing about now.
        found = f"the last one came back {old} ago, before this"
        return Check("Tunnel", "self-test", Finding.SKIPPED, found, why, "booking-tui tunnel test")
    if not test.marked:
        found = f"{test.round_trip_ms:.0f} ms around, {old} ago, but {UNMARKED}"
        return Check("Tunnel", "self-test", Finding.WARN, found, _UNMARKED_WHY, UNMARKED_DO)
    proved = max(test.at, through) if through is not None else test.at
    finding = Finding.WARN if (now - proved).total_seconds() > RARE_TEST_S else Finding.OK
    found = f"{test.round_trip_ms:.0f} ms around, {old} ago"
    fix = "" if finding is Finding.OK else "booking-tui tunnel test"
    return Check("Tunnel", "self-test", finding, found, why, fix)


def _page(status: TunnelStatus) -> str:
    problem = status.problem
    if problem is None:
        return "booking-tui tunnel test"
    return f"{problem.do} {problem.page}" if problem.page else problem.do
