"""What the health strip says: the engine's lamps with their ages, and the mode this dashboard runs in."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from booking_tui.services.status import EngineStatus, Lamp, LampLevel
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.text import cut

TROUBLE_CELLS = 90
_RANKS = {LampLevel.BAD: 2, LampLevel.WARN: 1, LampLevel.OK: 0, LampLevel.QUIET: 0}
HOST_CELLS = 26
"""The cells that a host may take in the strip: Hooks names it whole."""
_VIEWS = {"listener": "hooks", "deliveries": "hooks", "tunnel": "hooks", "mail": "mail", "templates": "mail"}
_STYLES = {
    LampLevel.OK: "$text-success",
    LampLevel.QUIET: "$text-muted",
    LampLevel.WARN: "$text-warning",
    LampLevel.BAD: "$text-error",
}


class LampWords(NamedTuple):
    """One lamp as it is drawn: its sign and colour, then words with an age."""

    key: str
    glyph: str
    style: str
    words: str


def strip_lamps(status: EngineStatus | None, context: Context, trouble: str | None = None) -> tuple[Lamp, ...]:
    """Give all lamps in their places; only those that have something to say now. ``trouble`` kept the start away."""
    lamps: list[Lamp] = []
    if trouble is not None:
        cause = trouble.partition(";")[0].strip()
        lamps.append(Lamp("engine", LampLevel.BAD, f"not listening: {cut(cause, TROUBLE_CELLS)}", trouble))
    elif status is None and context.attached:
        lamps.append(
            Lamp("engine", LampLevel.WARN, "engine away", "the process that does the work does not answer; ctrl+r asks")
        )
    elif status is None:
        lamps.append(Lamp("starting", LampLevel.QUIET, "starting", "the listener is being started"))
    else:
        lamps.extend(status.lamps)
    if context.demo:
        lamps.append(Lamp("mode", LampLevel.QUIET, "demo", "an invented practice; nothing here reaches anybody"))
    elif context.attached:
        lamps.append(Lamp("mode", LampLevel.QUIET, "attached", "another process does the work; deeds are sent to it"))
    if context.look.privacy:
        lamps.append(Lamp("privacy", LampLevel.QUIET, "names hidden", "H shows names again"))
    return tuple(lamps)


def worst(lamps: tuple[Lamp, ...]) -> Lamp | None:
    """Give the first of the lamps that most need a look; None when all is well."""
    bad = [lamp for lamp in lamps if _RANKS[lamp.level] > 0]
    return max(bad, key=lambda lamp: _RANKS[lamp.level], default=None)


def view_of(lamp: Lamp) -> str:
    """Name the view that tells more about a lamp."""
    return _VIEWS.get(lamp.key, "today")


def minutes_age(since: datetime, now: datetime) -> str:
    """Say an age that need not tick by the second: ``now``, ``3 min``, ``2 h``, ``5 d``."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 60 * 48:
        return f"{minutes // 60} h"
    return f"{minutes // (60 * 24)} d"


def lamp_words(lamp: Lamp, now: datetime, signs: Glyphs, *, narrow: bool) -> LampWords:
    """Give the sign and the words of a lamp; narrow screens drop what can be guessed."""
    glyph = {
        LampLevel.OK: signs.ok,
        LampLevel.QUIET: signs.busy if lamp.key == "starting" else signs.idle,
        LampLevel.WARN: signs.warn,
        LampLevel.BAD: signs.fail,
    }[lamp.level]
    words = _tunnel_words(lamp, narrow=narrow) if lamp.key == "tunnel" else lamp.text
    if narrow and lamp.level is LampLevel.OK:
        words = {"listener": words.replace("listener ", ""), "database": "db", "deliveries": "last"}.get(
            lamp.key, words
        )
    if lamp.at is not None:
        age = minutes_age(lamp.at, now)
        # Of what goes wrong "now" would say less than nothing: it reads as part of the sentence.
        if age != "now" or lamp.level is LampLevel.OK:
            words = f"{words} {age.replace(' ', '') if narrow else age}"
    return LampWords(lamp.key, glyph, _STYLES[lamp.level], words)


def _tunnel_words(lamp: Lamp, *, narrow: bool) -> str:
    """Say of the way in what has room: its state always, its host where there is some."""
    if lamp.level is LampLevel.OK:
        host = lamp.text.removeprefix("tunnel ")
        return "tunnel" if narrow else f"tunnel {cut(host, HOST_CELLS)}"
    if narrow and lamp.level is LampLevel.QUIET:
        return {"tunnel not set up": "no tunnel"}.get(lamp.text, lamp.text)
    return lamp.text
