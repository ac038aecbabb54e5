"""The pages of the welcome sheet as lines of text: the three ways, the fresh secret, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.services.tunnel_words import moved, not_set_up
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import Glyphs, glyphs
from booking_tui.tui.way_in_words import is_local, state_said
from booking_tui.tui.widgets.flow import BLANK, Piece, TextLine, flowed

DEMO, CONNECT, DESK = "demo", "connect", "desk"
"""The three ways, by the targets of their lines."""
INDENT = 4
STEP = 3
_NEXT = "Next: the way in. "
_ZONE_LINES = 'zone = "Europe/Berlin" below [practice] in config.toml'
"""As it has to stand there: a line with a dotted key would belong to the section above it."""
THIS_MACHINE = "this machine"
"""What the settings say of a zone that nobody set."""


@dataclass(frozen=True)
class WelcomeScene:
    """What the sheet knows at one moment.

    ``url`` is the address that Cal.com can send to, None while there is none; ``elsewhere`` says where settings are
    written when they are not written here; ``errand`` says what the secret is for when one led here for it.
    """

    signs: Glyphs
    url: str | None
    status: TunnelStatus | None
    secret_set: bool
    configured: bool
    demo: bool
    attached: bool
    zone: str
    zone_from: str
    roomy: bool = True
    elsewhere: str | None = None
    saved_in: str | None = None
    errand: str = ""
    trouble: str = ""


def scene_of(context: Context) -> WelcomeScene:
    """Look at how things are now."""
    url, settings = context.webhook_url(), context.settings
    return WelcomeScene(
        signs=glyphs(context.look),
        url=None if url is None or is_local(url) else url,
        status=context.tunnel(),
        secret_set=context.secret_set,
        configured=settings.configured,
        demo=context.demo,
        attached=context.attached,
        zone=context.zone.key,
        zone_from=settings.origins.get("practice.zone", ""),
    )


def why_no_connecting(scene: WelcomeScene) -> str | None:
    """Say why Cal.com cannot be connected from here; None when it can."""
    if scene.demo:
        return "not in the demo, which has no real Cal.com"
    return None if scene.secret_set else scene.elsewhere


# -- the three ways


def choice_lines(scene: WelcomeScene, width: int) -> list[TextLine]:
    """Give the first page; the lines of a way that can be taken lead to it."""
    about = "Bookings made at Cal.com arrive here by themselves, are kept on this machine, and stay yours. "
    lines = [*flowed((Piece("Your booking desk.", "strong"),), width), BLANK]
    lines += [*flowed((Piece(about), Piece(_state(scene))), width), BLANK]
    no_connecting = why_no_connecting(scene)
    ways = (
        ("Look around", _about_demo(scene), "" if scene.demo else DEMO),
        ("Connect Cal.com", no_connecting or _about_connecting(scene), "" if no_connecting else CONNECT),
        (*_about_desk(scene), DESK),
    )
    for number, (title, words, target) in enumerate(ways, 1):
        if number > 1 and scene.roomy:
            lines.append(BLANK)
        lines += _way(number, title, words, target, width)
    return lines


def _way(number: int, title: str, words: str, target: str, width: int) -> list[TextLine]:
    head = (Piece(f" {number}  ", "accent" if target else "muted"), Piece(title, "strong" if target else "muted"))
    return [
        *flowed(head, width, INDENT, target),
        *flowed((Piece(" " * INDENT), Piece(words, "muted")), width, INDENT, target),
    ]


def _about_demo(scene: WelcomeScene) -> str:
    if scene.demo:
        return "you are in it: an invented practice, and nothing is kept"
    back = "q comes back here" if scene.attached else "your own desk rests until you press q"
    return f"invented guests, nothing is kept; {back}"


def _about_connecting(scene: WelcomeScene) -> str:
    first = "the secret is set; now" if scene.secret_set else "a fresh secret,"
    return f"{first} the way in from outside, and four steps at cal.com"


def _about_desk(scene: WelcomeScene) -> tuple[str, str]:
    if scene.demo or scene.secret_set:
        return "Go on to the desk", "everything is there"
    return "Open the empty desk", "everything is there and waits"


def _state(scene: WelcomeScene) -> str:
    if scene.demo:
        return "This is the demo: everything in it is invented."
    if not scene.secret_set:
        return "What is missing is the webhook secret." if scene.configured else "Nothing is set up yet."
    if scene.url is None:
        return "The secret is set. What is missing is the way in from outside."
    return "The secret and the way in are set."


# -- the fresh secret


def secret_lines(scene: WelcomeScene, secret: str, width: int) -> list[TextLine]:
    """Give the second page: the secret first, so that it is never saved unseen."""
    lines = flowed((Piece("Connect Cal.com", "strong"),), width)
    if scene.trouble:
        lines += [BLANK, *flowed((Piece(f"{scene.signs.fail} not saved: {scene.trouble}", "bad"),), width, 2)]
    elif scene.errand:
        lines += [BLANK, *flowed((Piece(scene.errand, "warn"),), width)]
    lines += [BLANK, *_step("1", "A fresh secret: Cal.com signs with it", width)]
    lines += flowed((Piece(" " * STEP), Piece(secret, "good")), width, STEP)
    note = "shown only here; the same until it is saved"
    lines += flowed((Piece(" " * STEP), Piece(note, "muted")), width, STEP)
    lines += [BLANK, *_step("2", f"{scene.signs.enter} writes it to config.toml, for you alone", width)]
    third = "Then the way in from outside, and four steps at cal.com, with everything ready to copy"
    lines += [BLANK, *_step("3", third, width)]
    return [*lines, BLANK, *_zone(scene, width)]


def _step(number: str, words: str, width: int) -> list[TextLine]:
    return flowed((Piece(f"{number}  ", "accent"), Piece(words)), width, STEP)


def _zone(scene: WelcomeScene, width: int) -> list[TextLine]:
    """Say in which zone times are shown, and how that is changed; that none was found is a warning."""
    if scene.zone_from != THIS_MACHINE:
        return flowed((Piece(f"Times are shown in {scene.zone}.", "muted"),), width)
    if scene.zone in {"UTC", "Etc/UTC"}:
        said = f"{scene.signs.warn} Times are shown in UTC: this machine names no other zone. "
        help_words = f"{_ZONE_LINES} sets yours, from the next start."
        return flowed((Piece(said, "warn"), Piece(help_words)), width, 2)
    words = f"Times are shown in {scene.zone} (this machine's); {_ZONE_LINES} sets another, from the next start."
    return flowed((Piece(words, "muted"),), width)


# -- what comes next


def next_lines(scene: WelcomeScene, width: int) -> list[TextLine]:
    """Give the third page: the secret is set, and the way in comes next."""
    signs = scene.signs
    done = (Piece(f"{signs.done} A webhook secret is set", "good"), Piece("."))
    if scene.saved_in is not None:
        done = (Piece(f"{signs.done} The secret is saved", "good"), Piece(f" in {scene.saved_in}."))
    onward = "go on to the test event" if scene.errand else "go on to the desk; Hooks shows all this again with i"
    keys = (
        ("s", "set up the tunnel" if scene.url is None else "change the way in"),
        ("w", "the four steps at cal.com, with everything to copy"),
        (signs.enter, onward),
    )
    words = _way_in(scene)
    # Lines that follow stand below the words, not below a sign.
    lines = [*flowed(done, width, 2), BLANK, *flowed(words, width, 0 if words[0].text == _NEXT else 2)]
    if scene.url is not None:
        lines += flowed((Piece("  "), Piece(scene.url, "name")), width, 2)
    lines.append(BLANK)
    column = max(STEP, len(signs.enter) + 1)
    for key, words in keys:
        lines += flowed((Piece(key.ljust(column), "accent"), Piece(words)), width, column)
    return [*lines, BLANK, *_zone(scene, width)]


def _way_in(scene: WelcomeScene) -> Sequence[Piece]:
    status, signs = scene.status, scene.signs
    if scene.url is not None and (status is None or status.state is TunnelState.UP):
        if status is not None and moved(status):
            return (Piece(f"{signs.warn} The way in stands at a new address; enter it at Cal.com:", "warn"),)
        return (Piece(f"{signs.ok} The way in stands. Cal.com can send to"),)
    if status is None or not_set_up(status) or status.state is TunnelState.OFF:
        words = "Cal.com needs a public https address that leads to this machine."
        return Piece(_NEXT, "strong"), Piece(words)
    said = state_said(status, signs)
    return (Piece(f"{said.glyph} The way in: {said.word}", "plain" if said.tone == "muted" else said.tone),)
