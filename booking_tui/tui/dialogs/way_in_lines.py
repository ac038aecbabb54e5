"""The first page of the way-in sheet as lines of text: how it is doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.services.tunnel_words import (
    KINDS,
    OWN_CODES,
    PLAN_REQUESTS,
    UNMARKED,
    UNMARKED_DO,
    moved,
    not_set_up,
    subscriber_url,
)
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import Glyphs, glyphs
from booking_tui.tui.way_in_words import lasting, leads_in, local_end, not_listening, state_said, state_sentence
from booking_tui.tui.widgets.flow import BLANK, Piece, TextLine, field, flowed

COLUMN = 12
BAR = 20
NEARLY = 0.8
"""The share of the month's requests from which on the bar warns."""


@dataclass(frozen=True)
class WayInScene:
    """What the sheet knows at one moment; ``secret_from`` says where the webhook secret is kept, None without one."""

    status: TunnelStatus | None
    url: str | None
    now: datetime
    signs: Glyphs
    local_end: str | None
    secret_from: str | None
    demo: bool
    attached: bool = False
    inspect: bool = False
    """Whether the inspector is wanted, whether or not it stands now."""
    roomy: bool = True
    """Whether there is room for air between the parts."""

    @property
    def air(self) -> list[TextLine]:
        """A blank line where there is room for one."""
        return [BLANK] if self.roomy else []

    @property
    def down(self) -> bool:
        """Whether the address does not lead here just now."""
        return self.status is None or self.status.url is None

    @property
    def reachable(self) -> bool:
        """Whether the address is one that Cal.com can send to."""
        return leads_in(self.url, self.status, demo=self.demo)


def scene_of(context: Context, *, roomy: bool = True) -> WayInScene:
    """Look at how things are now."""
    settings = context.settings
    secret_from = None
    if context.secret_set:
        secret_from = settings.origins.get("calcom.webhook_secrets", "the settings of this home")
    return WayInScene(
        status=context.tunnel(),
        url=context.webhook_url(),
        now=context.clock.now(),
        signs=glyphs(context.look),
        local_end=local_end(settings),
        secret_from=secret_from,
        demo=context.demo,
        attached=context.attached,
        inspect=settings.tunnel.inspect,
        roomy=roomy,
    )


# -- how it is doing


def state_lines(scene: WayInScene, width: int) -> list[TextLine]:
    """Give the first page."""
    status = scene.status
    if status is None:
        return _nobody(scene, width)
    said = state_said(status, scene.signs)
    tone = "strong" if said.tone == "muted" else said.tone
    lines = flowed((Piece(f"{said.glyph} ", said.tone), Piece(state_sentence(status, scene.now), tone)), width, 2)
    lines += [BLANK, *_trouble(status, width), *_moved(status, width), *_address(scene, width)]
    lines += _field("Kind", KINDS.get(status.kind, status.kind), width)
    if status.state is not TunnelState.OFF and not not_set_up(status) and not not_listening(status):
        lines += [*scene.air, *_proofs(status, scene, width), *_agent(status, scene, width)]
    if scene.demo:
        lines += [*scene.air, *flowed((Piece("In this demo a stand-in plays the way in.", "muted"),), width)]
    return lines


def _nobody(scene: WayInScene, width: int) -> list[TextLine]:
    """Say that nobody answers: the listener is not there yet, or the process that has it is not there any more."""
    if not scene.attached:
        words = "Nothing listens on this home yet; the way in opens with the listener."
        return flowed((Piece(f"{scene.signs.busy} ", "muted"), Piece(words, "strong")), width, 2)
    words = "The process that does the work does not answer, so nothing is known of the way in."
    lines = flowed((Piece(f"{scene.signs.warn} ", "warn"), Piece(words, "warn")), width, 2)
    return [*lines, BLANK, *_field("Do", "Start booking-tui again, or wait until the other process answers.", width)]


def _moved(status: TunnelStatus, width: int) -> list[TextLine]:
    """Say what to do about an address that Cal.com does not know yet."""
    if not moved(status):
        return []
    lines = _field("Do", "y copies the new address: enter it at Cal.com as Subscriber URL.", width)
    lines += _field("Then", "the first delivery by it settles this; d says that it is done already.", width)
    return [*lines, *_field("Before", subscriber_url(status.moved_from or ""), width, "muted"), BLANK]


def _field(label: str, value: Sequence[Piece] | str, width: int, tone: str = "plain") -> list[TextLine]:
    return field(label, value, width, column=COLUMN, tone=tone)


def _trouble(status: TunnelStatus, width: int) -> list[TextLine]:
    """Say what happened, what helps, and on which page."""
    problem = status.problem
    if problem is None:
        if status.state is TunnelState.OFF:
            return [*_field("Do", "s sets a way in up; without one Cal.com cannot send here.", width), BLANK]
        return []
    lines: list[TextLine] = []
    if not not_set_up(status):
        code = f"  {problem.code}" if problem.code and problem.code not in OWN_CODES else ""
        lines += _field("Why", (Piece(problem.what), Piece(code, "muted")), width)
    lines += _field("Do", problem.do, width)
    if problem.page:
        lines += _field("Page", problem.page, width, "name")
    return [*lines, BLANK]


def _address(scene: WayInScene, width: int) -> list[TextLine]:
    if scene.url is None:
        return _field("Send to", "no address yet", width, "muted")
    if not scene.reachable:
        return _field("Send to", (Piece(scene.url, "name"), Piece("  this machine only", "muted")), width)
    down = ()
    if scene.down:
        another = scene.status is not None and scene.status.kind == "command"
        down = (Piece("  the last one; it may come back as another" if another else "  down just now", "warn"),)
    lines = _field("Send to", (Piece(scene.url, "name"), *down), width)
    if scene.local_end is not None:
        lines += _field("Leads to", (Piece(scene.local_end), Piece("  and to nothing else here", "muted")), width)
    return lines


def _proofs(status: TunnelStatus, scene: WayInScene, width: int) -> list[TextLine]:
    """Say what shows that it works: the self-test, and what really came in."""
    test, signs = status.self_test, scene.signs
    if test is None:
        lines = _field("Self-test", "none yet", width, "muted")
    else:
        ago = Piece(f"  {ago_words(test.at, scene.now)}", "muted")
        round_trip = "" if test.round_trip_ms is None else f" in {test.round_trip_ms:,.0f} ms"
        good = (Piece(f"{signs.done} ", "good"), Piece(f"came back{round_trip}"), ago)
        bad = (Piece(f"{signs.fail} ", "bad"), Piece(test.why or "did not come back"), ago)
        # What came back before it went down proves nothing of now.
        past = (Piece(f"the last one came back{round_trip} {ago_words(test.at, scene.now)}, before this", "muted"),)
        lines = _field("Self-test", bad if not test.passed else good if status.state is TunnelState.UP else past, width)
    return lines + _deliveries(status, scene, width)


def _deliveries(status: TunnelStatus, scene: WayInScene, width: int) -> list[TextLine]:
    """Say when something last came by this address."""
    last, test = status.delivered_here_at, status.self_test
    if last is not None:
        return _field("Deliveries", f"the last one came through {ago_words(last, scene.now)}", width)
    if test is not None and test.passed and not test.marked and status.state is TunnelState.UP:
        lines = _field("Deliveries", f"cannot be told apart here: {UNMARKED}", width, "warn")
        return lines + _field("Do", f"{UNMARKED_DO[:1].upper()}{UNMARKED_DO[1:]}.", width)
    before = status.last_delivery_at
    by_another = "" if before is None else f"; by another address {ago_words(before, scene.now)}"
    return _field("Deliveries", f"nothing has come in through it yet{by_another}", width, "muted")


def _agent(status: TunnelStatus, scene: WayInScene, width: int) -> list[TextLine]:
    """Say what it cost so far: restarts, the plan's requests, and whether the inspector sees everything."""
    times = "none" if status.restarts == 0 else "once" if status.restarts == 1 else f"{status.restarts:,} times"
    lines = _field("Restarts", times, width, "muted" if status.restarts == 0 else "plain")
    if status.kind == "ngrok":
        lines += _field("This month", _used(status.requests_this_month, scene.signs), width)
        on = status.inspector is not None
        off = "on, once the way in stands" if scene.inspect and scene.down else "off"
        lines += _field("Inspector", f"on, at {status.inspector}" if on else off, width, "plain" if on else "muted")
    return lines


def _used(requests: int, signs: Glyphs) -> tuple[Piece, ...]:
    """Draw how much of the month's requests is used."""
    share = requests / PLAN_REQUESTS
    full = min(BAR, round(share * BAR))
    tone = "bad" if share >= 1 else "warn" if share >= NEARLY else "good"
    return (
        Piece(signs.full * full, tone),
        Piece(signs.empty * (BAR - full), "muted"),
        Piece(f"  {requests:,} of {PLAN_REQUESTS:,} requests"),
        Piece("  free plan", "muted"),
    )


def ago_words(instant: datetime, now: datetime) -> str:
    """Say how long ago something was."""
    return f"{lasting(now - instant)} ago"
