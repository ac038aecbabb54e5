"""How the screen says the way in is doing: a sign and a word for one line, a sentence with its age for the sheet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.services.tunnel_words import NOT_LISTENING, STATES, moved, not_set_up
from booking_tui.settings import Settings
from booking_tui.tui.glyphs import Glyphs

_OUT = frozenset({TunnelState.UNREACHABLE, TunnelState.RECONNECTING, TunnelState.RETRYING, TunnelState.BLOCKED})
_LOCAL = ("http://127.", "http://localhost", "http://[::1]", "http://0.0.0.0")
TONES = {"good": "$text-success", "muted": "$text-muted", "warn": "$text-warning", "bad": "$text-error"}
"""The colours of the tones, for lines that are drawn by style."""


class StateSaid(NamedTuple):
    """A state at a glance: sign, word, and the tone they may have."""

    glyph: str
    word: str
    tone: str


def is_local(url: str) -> bool:
    """Whether an address leads to this machine only."""
    return url.startswith(_LOCAL)


def leads_in(url: str | None, status: TunnelStatus | None, *, demo: bool) -> bool:
    """Whether an address is one that Cal.com can send to; a demo's is here, and so is its Cal.com."""
    if url is None:
        return False
    return not is_local(url) or (demo and status is not None and (status.url or status.last_url) is not None)


def state_said(status: TunnelStatus, signs: Glyphs) -> StateSaid:
    """Say the state in a word or two."""
    if not_set_up(status):
        return StateSaid(signs.idle, "not set up", "muted")
    if not_listening(status):
        return StateSaid(signs.fail, "not listening", "bad")
    if status.state is TunnelState.UP and moved(status):
        return StateSaid(signs.warn, "new address", "warn")
    if status.again:
        return StateSaid(signs.warn, STATES[TunnelState.RETRYING], "warn")
    glyph, tone = {
        TunnelState.OFF: (signs.idle, "muted"),
        TunnelState.STARTING: (signs.busy, "muted"),
        TunnelState.UP: (signs.ok, "good"),
        TunnelState.BLOCKED: (signs.fail, "bad"),
    }.get(status.state, (signs.warn, "warn"))
    return StateSaid(glyph, STATES[status.state], tone)


def not_listening(status: TunnelStatus) -> bool:
    """Whether the program itself could not take its port."""
    return status.problem is not None and status.problem.code == NOT_LISTENING


def since_of(status: TunnelStatus) -> datetime:
    """Give since when what is said of the way in holds: an outage lasts from its beginning, through every new try."""
    if status.state is TunnelState.UP and moved(status):
        return status.address_since or status.since
    if status.state in _OUT or status.again:
        return status.down_since or status.since
    return status.since


def lasting(since: timedelta) -> str:
    """Say how long something lasts: ``40 s``, ``12 min``, ``3 h 12 min``, ``2 d 4 h``; what lies ahead is ``0 s``."""
    seconds = max(0, int(since.total_seconds()))
    minutes, hours = seconds // 60, seconds // 3600
    if minutes < 1:
        return f"{seconds} s"
    if hours < 1:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"


def lasting_by_minute(since: timedelta) -> str:
    """Say the same for a line that is drawn once a minute; nothing below a minute."""
    return lasting(since) if since >= timedelta(minutes=1) else ""


def state_sentence(status: TunnelStatus, now: datetime) -> str:
    """Say the state in one sentence, with how long it has lasted."""
    if not_set_up(status):
        return "Not set up yet: only this machine reaches this desk."
    length = lasting(now - since_of(status))
    if not_listening(status):
        return f"Not listening for {length}, {_next_try(status, now)}."
    if status.state is TunnelState.UP and moved(status):
        ago = f" {length} ago" if status.address_since is not None else ""
        return f"Up, but the address changed{ago}: enter the new one at Cal.com."
    if status.state is TunnelState.RETRYING or status.again:
        return f"Down for {length}, {_next_try(status, now)}."
    return {
        TunnelState.OFF: "Off: only this machine reaches this desk.",
        TunnelState.STARTING: f"Being opened for {length}."
        if status.url is None
        else f"Open for {length}, and being tried out.",
        TunnelState.UP: f"Up for {length}: what Cal.com sends comes in here.",
        TunnelState.UNREACHABLE: f"Open, but it has not answered for {length}.",
        TunnelState.RECONNECTING: f"Cut off for {length}; it reconnects by itself.",
        TunnelState.BLOCKED: f"Down for {length}, until you change something.",
    }[status.state]


def _next_try(status: TunnelStatus, now: datetime) -> str:
    if status.next_try_at is None or status.next_try_at <= now:
        return "being tried again now"
    return f"tried again by itself in {lasting(status.next_try_at - now + timedelta(milliseconds=999))}"


def local_end(settings: Settings) -> str | None:
    """Give where the way in leads to on this machine; None where the port is a free one, known only when it stands."""
    listener = settings.listener
    return f"{listener.host}:{listener.port}" if listener.port else None
