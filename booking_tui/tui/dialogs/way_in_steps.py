"""The second page of the way-in sheet as lines of text: the four steps at Cal.com."""

from __future__ import annotations

from collections.abc import Sequence

from booking_tui.domain.tunnel import TunnelState
from booking_tui.services.tunnel_words import moved, not_set_up
from booking_tui.tui.dialogs.way_in_lines import WayInScene, ago_words
from booking_tui.tui.way_in_words import not_listening
from booking_tui.tui.widgets.flow import Piece, TextLine, flowed

STEP = 3
HIDDEN = "•"
_PING = "press Ping test there"
WEBHOOKS_PAGE = "https://app.cal.com/settings/developer/webhooks"
TRIGGERS: tuple[tuple[str, str], ...] = (
    ("Booking", "created, requested, rescheduled, cancelled, rejected, no-show"),
    ("Payment", "initiated, paid"),
    ("Meeting", "started, ended"),
    ("You", "out of office"),
)
"""The triggers worth ticking, by the words that Cal.com's form uses, grouped."""


def step_lines(scene: WayInScene, width: int) -> list[TextLine]:
    """Give the second page."""
    lines: list[TextLine] = []
    if scene.demo:
        words = "This is the demo, which has no real Cal.com: on your own home it goes like this."
        lines += [*flowed((Piece(words, "muted"),), width), *scene.air]
    lines += _step("1", "At cal.com: Settings, Developer, Webhooks, New", "o opens it", width)
    lines += _under((Piece(WEBHOOKS_PAGE, "name"),), width)
    lines += [*scene.air, *_step("2", "Subscriber URL", "y copies it" if scene.reachable else "", width)]
    if scene.reachable:
        down = (Piece("  down just now", "warn"),) if scene.down else ()
        lines += _under((Piece(scene.url or "", "name"), *down), width)
    else:
        lines += _under((Piece(f"{scene.signs.warn} ", "warn"), Piece(_why_no_address(scene), "warn")), width, 2)
    lines += [*scene.air, *_secret(scene, width)]
    lines += [*scene.air, *_step("4", "Triggers to tick, Custom payload template left off, then Save", "", width)]
    for group, names in TRIGGERS:
        lines += flowed((Piece(f"{'':{STEP}}{group:<9}", "muted"), Piece(names)), width, STEP + 9)
    lines += [*scene.air, *last_word(scene, width)]
    return lines


def _why_no_address(scene: WayInScene) -> str:
    status = scene.status
    if status is not None and not_listening(status) and status.problem is not None:
        return f"{status.problem.what} {status.problem.do}"
    if status is None or status.state is TunnelState.OFF or not_set_up(status):
        return "Cal.com cannot reach this machine yet: s sets the way in up, then the address stands here."
    if status.url is not None:
        return "The way in leads to this machine only: s sets another one up, then its address stands here."
    return "The way in does not stand yet: w says why. Once it does, the address stands here."


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


def last_word(scene: WayInScene, width: int) -> list[TextLine]:
    """Say how to see that it works, and when it was last seen: what happened in the past proves nothing of now."""
    status, signs = scene.status, scene.signs
    if scene.demo:
        return _said(
            signs.idle, "muted", "In the demo press t in Hooks instead: it sends an event the same way.", width
        )
    if status is None or not_listening(status) or status.state is TunnelState.OFF or not_set_up(status):
        return _said(signs.idle, "muted", f"Once the way in stands: {_PING}.", width)
    if status.state is TunnelState.STARTING and not status.again:
        return _said(signs.busy, "muted", f"It is just being opened; once it is up: {_PING}.", width)
    if status.state is not TunnelState.UP:
        return _said(
            signs.warn, "warn", f"Down just now, so nothing comes in: w says why. Once it is up: {_PING}.", width
        )
    last = status.delivered_here_at
    if moved(status):
        words = f"Cal.com has another address: enter this one, save, and {_PING}."
        return _said(signs.warn, "warn", words, width)
    if last is not None and status.known_here:
        words = f"It works: the last delivery came through {ago_words(last, scene.now)}."
        return _said(signs.done, "good", words, width, tone="good")
    return _said(signs.idle, "muted", f"Then {_PING}: it appears here at once, signed.", width)


def _said(sign: str, colour: str, words: str, width: int, *, tone: str = "plain") -> list[TextLine]:
    return flowed((Piece(f"{sign}  ", colour), Piece(words, tone)), width, STEP)
