"""What can be checked about a home: what was found, why it matters, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.services.status import age
from booking_tui.services.tunnel_words import STATES, host_of, not_set_up

RARE_TEST_S = 3600.0
"""A self-test older than this proves little; one is due every half hour."""


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
    return [_way_in(status), _self_test(status, now)]


def _way_in(status: TunnelStatus) -> Check:
    why = "without it Cal.com's webhooks do not arrive"
    problem = status.problem
    if not_set_up(status) and problem is not None:
        return Check("Tunnel", "way in", Finding.WARN, problem.what, why, problem.do)
    if status.state is TunnelState.UP:
        return Check("Tunnel", "way in", Finding.OK, f"{host_of(status.url or '')} leads here")
    finding = Finding.WARN if status.state in {TunnelState.STARTING, TunnelState.RECONNECTING} else Finding.FAIL
    found = STATES[status.state] if problem is None else problem.what
    fix = "booking-tui tunnel restart" if problem is None else problem.do
    return Check("Tunnel", "way in", finding, found, why, fix)


def _self_test(status: TunnelStatus, now: datetime) -> Check:
    test = status.self_test
    why = "it is the only proof that what is sent to the public URL comes here"
    if test is None:
        return Check("Tunnel", "self-test", Finding.SKIPPED, "none was sent yet", why, "booking-tui tunnel test")
    if not test.passed:
        return Check("Tunnel", "self-test", Finding.FAIL, f"it did not come back: {test.why}", why, _page(status))
    old = age(now - test.at)
    through = status.last_delivery_at
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
