"""The two pages of the way-in sheet as lines of text: how it is doing, and the four steps at Cal.com."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.services.tunnel_words import KINDS, PLAN_REQUESTS, not_set_up
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import Glyphs, glyphs
from booking_tui.tui.way_in_words import lasting, leads_in, local_end, state_said, state_sentence
from booking_tui.tui.widgets.flow import BLANK, Piece, TextLine, field, flowed

COLUMN = 12
STEP = 3
BAR = 20
HIDDEN = "•"
NEARLY = 0.8
"""The share of the month's requests from which on the bar warns."""
WEBHOOKS_PAGE = "https://app.cal.com/settings/developer/webhooks"
TRIGGERS: tuple[tuple[str, str], ...] = (
    ("Booking", "created, requested, rescheduled, cancelled, rejected, no-show"),
    ("Payment", "initiated, paid"),
    ("Meeting", "started, ended"),
    ("You", "out of office"),
)
"""The triggers worth ticking, by the words that Cal.com's form uses, grouped."""


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

    @property
    def reachable(self) -> bool:
        """Whether the address is one that Cal.com can send to."""
        return leads_in(self.url, self.status, demo=self.demo)


def scene_of(context: Context) -> WayInScene:
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
    )


# -- how it is doing


def state_lines(scene: WayInScene, width: int) -> list[TextLine]:
    """Give the first page."""
    status = scene.status
    if status is None:
        words = "Nothing listens on this home yet; the way in opens with the listener."
        return flowed((Piece(f"{scene.signs.busy} ", "muted"), Piece(words, "strong")), width, 2)
    said = state_said(status, scene.signs)
    tone = "strong" if said.tone == "muted" else said.tone
    lines = flowed((Piece(f"{said.glyph} ", said.tone), Piece(state_sentence(status, scene.now), tone)), width, 2)
    lines += [BLANK, *_trouble(status, width), *_address(scene, width)]
    lines += _field("Kind", KINDS.get(status.kind, status.kind), width)
    if status.state is not TunnelState.OFF and not not_set_up(status):
        lines += [BLANK, *_proofs(status, scene, width), *_agent(status, scene, width)]
    if scene.demo:
        lines += [BLANK, *flowed((Piece("In this demo a stand-in plays the way in.", "muted"),), width)]
    return lines


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
        code = f"  {problem.code}" if problem.code else ""
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
    lines = _field("Send to", scene.url, width, "name")
    if scene.local_end is not None:
        lines += _field("Leads to", (Piece(scene.local_end), Piece("  and to nothing else here", "muted")), width)
    return lines


def _proofs(status: TunnelStatus, scene: WayInScene, width: int) -> list[TextLine]:
    """Say what shows that it works: the self-test, and what really came in."""
    test, signs = status.self_test, scene.signs
    if test is None:
        lines = _field("Self-test", "none yet", width, "muted")
    else:
        ago = Piece(f"  {_ago(test.at, scene.now)}", "muted")
        round_trip = "" if test.round_trip_ms is None else f" in {test.round_trip_ms:,.0f} ms"
        good = (Piece(f"{signs.done} ", "good"), Piece(f"came back{round_trip}"), ago)
        bad = (Piece(f"{signs.fail} ", "bad"), Piece(test.why or "did not come back"), ago)
        lines = _field("Self-test", good if test.passed else bad, width)
    last = status.last_delivery_at
    came = (
        "nothing has come in through it yet" if last is None else f"the last one came through {_ago(last, scene.now)}"
    )
    return lines + _field("Deliveries", came, width, "muted" if last is None else "plain")


def _agent(status: TunnelStatus, scene: WayInScene, width: int) -> list[TextLine]:
    """Say what it cost so far: restarts, the plan's requests, and whether the inspector sees everything."""
    times = "none" if status.restarts == 0 else "once" if status.restarts == 1 else f"{status.restarts:,} times"
    lines = _field("Restarts", times, width, "muted" if status.restarts == 0 else "plain")
    if status.kind == "ngrok":
        lines += _field("This month", _used(status.requests_this_month, scene.signs), width)
        on = status.inspector is not None
        lines += _field("Inspector", f"on, at {status.inspector}" if on else "off", width, "plain" if on else "muted")
    return lines


def _used(requests: int, signs: Glyphs) -> tuple[Piece, ...]:
    """Draw how much of the month's requests is used."""
    share = requests / PLAN_REQUESTS
    full = min(BAR, max(1 if requests else 0, round(share * BAR)))
    tone = "bad" if share >= 1 else "warn" if share >= NEARLY else "good"
    return (
        Piece(signs.full * full, tone),
        Piece(signs.empty * (BAR - full), "muted"),
        Piece(f"  {requests:,} of {PLAN_REQUESTS:,} requests"),
        Piece("  free plan", "muted"),
    )


def _ago(instant: datetime, now: datetime) -> str:
    return f"{lasting(now - instant)} ago"


# -- the four steps


def step_lines(scene: WayInScene, width: int) -> list[TextLine]:
    """Give the second page."""
    lines = _step("1", "At cal.com: Settings, Developer, Webhooks, New", "o opens it", width)
    lines += _under((Piece(WEBHOOKS_PAGE, "name"),), width)
    lines += [BLANK, *_step("2", "Subscriber URL", "y copies it" if scene.reachable else "", width)]
    if scene.reachable:
        lines += _under((Piece(scene.url or "", "name"),), width)
    else:
        missing = "Cal.com cannot reach this machine yet: s sets the way in up, then the address stands here."
        lines += _under((Piece(f"{scene.signs.warn} ", "warn"), Piece(missing, "warn")), width, 2)
    lines += [BLANK, *_secret(scene, width)]
    lines += [BLANK, *_step("4", "Triggers to tick, then Save", "", width)]
    for group, names in TRIGGERS:
        lines += flowed((Piece(f"{'':{STEP}}{group:<9}", "muted"), Piece(names)), width, STEP + 9)
    lines += [BLANK, *_last_word(scene, width)]
    return lines


def _step(number: str, words: str, key: str, width: int) -> list[TextLine]:
    head = (Piece(f"{number}  ", "accent"), Piece(words, "strong"))
    if not key:
        return flowed(head, width, STEP)
    letter, _, does = key.partition(" ")
    return flowed((*head, Piece("   "), Piece(letter, "accent"), Piece(f" {does}", "muted")), width, STEP)


def _under(pieces: Sequence[Piece], width: int, hang: int = 0) -> list[TextLine]:
    return flowed((Piece(" " * STEP), *pieces), width, STEP + hang)


def _secret(scene: WayInScene, width: int) -> list[TextLine]:
    """Say where the secret is; it is copied, never shown."""
    if scene.secret_from is None:
        head = _step("3", "Secret", "", width)
        help_words = "None is set: press : and choose Show the welcome sheet; Connect Cal.com makes one."
        return head + _under((Piece(f"{scene.signs.warn} ", "warn"), Piece(help_words, "warn")), width, 2)
    dots = HIDDEN * 12
    kept = f"   never shown; kept in {scene.secret_from}"
    return _step("3", "Secret", "Y copies it", width) + _under((Piece(dots), Piece(kept, "muted")), width)


def _last_word(scene: WayInScene, width: int) -> list[TextLine]:
    """Say how to see that it works, and when it was last seen."""
    last = None if scene.status is None else scene.status.last_delivery_at
    if last is not None:
        seen = f"the last delivery came through {_ago(last, scene.now)}."
        return flowed((Piece(f"{scene.signs.done}  ", "good"), Piece(f"It works: {seen}", "good")), width, STEP)
    words = "Then press Ping test there: it appears here at once, signed."
    return flowed((Piece(f"{scene.signs.idle}  ", "muted"), Piece(words)), width, STEP)
