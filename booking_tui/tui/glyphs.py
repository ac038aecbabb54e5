"""One glyph for each state, always beside a word and never colour alone; and the same in plain ASCII."""

from __future__ import annotations

from typing import NamedTuple

from booking_tui.domain.webhook import EventState, Verdict
from booking_tui.tui.context import Look


class Glyphs(NamedTuple):
    """The signs of one look; each is one cell wide."""

    ok: str = "●"
    idle: str = "○"
    busy: str = "◌"
    warn: str = "▲"
    fail: str = "✗"
    waiting: str = "?"
    moved: str = "→"
    done: str = "✓"
    mark: str = "✓"
    refused: str = "✗"
    duplicate: str = "="
    parked: str = "▲"
    ignored: str = "–"
    note: str = "✎"
    cancelled: str = "–"
    absent: str = "∅"
    test: str = "◇"
    held: str = "‖"
    cursor: str = "▌"
    rule: str = "─"
    bar: str = "│"
    full: str = "█"
    empty: str = "·"
    busy_block: str = "▒"
    enter: str = "⏎"
    dot: str = "·"
    dash: str = "–"
    times: str = "×"
    sparks: str = "▁▂▃▄▅▆▇█"
    more: str = "…"
    up: str = "↑"
    down: str = "↓"


UNICODE = Glyphs()
ASCII = Glyphs(
    ok="*",
    idle="o",
    busy="~",
    warn="!",
    fail="x",
    waiting="?",
    moved=">",
    done="+",
    mark="*",
    refused="x",
    duplicate="=",
    parked="!",
    ignored="-",
    note="n",
    cancelled="-",
    absent="0",
    test="&",
    held="H",
    cursor=">",
    rule="-",
    bar="|",
    full="#",
    empty=".",
    busy_block="%",
    enter="Enter",
    dot="-",
    dash="-",
    times="x",
    sparks="_.-=+*#@",
    more="...",
    up="^",
    down="v",
)


def glyphs(look: Look) -> Glyphs:
    """Give the signs that fit the present look."""
    return ASCII if look.ascii else UNICODE


class Sign(NamedTuple):
    """A glyph with the colour it may have; the word beside it is the caller's."""

    glyph: str
    style: str


def verdict_sign(verdict: Verdict, state: EventState, signs: Glyphs) -> Sign:
    """Give the sign of a received request: what the check said, unless its state says more."""
    if state is EventState.DUPLICATE:
        return Sign(signs.duplicate, "$text-muted")
    if state is EventState.PARKED:
        return Sign(signs.parked, "$text-warning")
    if verdict in {Verdict.INVALID, Verdict.MISSING}:
        return Sign(signs.refused, "$text-error")
    if state is EventState.IGNORED:
        return Sign(signs.ignored, "$text-muted")
    if state is EventState.STORED:
        return Sign(signs.busy, "$text-warning")
    return Sign(signs.done, "$text-success")
