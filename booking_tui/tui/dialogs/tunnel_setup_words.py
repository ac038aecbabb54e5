"""What the set-up sheet reads and says: a pasted authtoken, hints at the fields, and how the try is going."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from textual.content import Content

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.ports import TunnelSetup
from booking_tui.services.tunnel_words import NOT_LISTENING, moved, not_set_up, subscriber_url
from booking_tui.settings import Settings
from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.text import fit, plain, styled
from booking_tui.tui.way_in_words import lasting, local_end

TOKEN_PAGE = "https://dashboard.ngrok.com/get-started/your-authtoken"  # noqa: S105 - an address, no secret
TOKEN = "tunnel.authtoken"  # noqa: S105 - the setting's name
LABELS = {"authtoken": "Authtoken", "domain": "Fixed address", "public_url": "Address", "command": "Command"}
"""What the fields are called, by the settings they write; refusals begin with it."""
EXAMPLE = "cloudflared tunnel --url http://127.0.0.1:{port}"
TITLE_CELLS = 22
FAILED = frozenset({TunnelState.BLOCKED, TunnelState.RETRYING, TunnelState.UNREACHABLE})
STALE = timedelta(seconds=4)
"""So long after the try a state that began before it is taken for the way in of before."""


class Kind(NamedTuple):
    """One of the ways in that can be chosen."""

    name: str
    title: str
    about: str


KINDS: tuple[Kind, ...] = (
    Kind("ngrok", "ngrok", "a free account gives one address that stays"),
    Kind("url", "An address of my own", "a proxy or a server of yours leads here"),
    Kind("command", "A command", "such as cloudflared; it prints the address"),
    Kind("none", "None", "this machine only; Cal.com cannot send here"),
)


class FieldSaid(NamedTuple):
    """Something wrong: at which field, None for the sheet as a whole, and the sentence."""

    field: str | None
    words: str


def kind_prompt(kind: Kind, signs: Glyphs, *, chosen: bool) -> Content:
    """Draw one kind, marked when it is the one chosen."""
    sign = styled(f"{signs.ok if chosen else signs.idle} ", "$text-accent" if chosen else "$text-muted")
    return Content.assemble(
        sign, fit(kind.title, TITLE_CELLS, "bold" if chosen else ""), styled(kind.about, "$text-muted")
    )


def pasted_token(text: str) -> str:
    """Give the authtoken in what was pasted: ngrok's whole command or a line that sets it is unwrapped.

    Anything else stays as it is, a token that is broken by a blank as well: of half a token nobody must make a whole.
    """
    words = text.split()
    rest = _behind_command(words)
    if rest is None:
        rest = words[1:] if words[:1] in (["export"], ["set"]) and len(words) > 1 else words
        name, equals, value = rest[0].partition("=") if rest else ("", "", "")
        if equals and name == "NGROK_AUTHTOKEN":
            rest = [value, *rest[1:]]
        elif words[:1] == ["authtoken:"]:
            rest = words[1:]
    return " ".join(rest).strip("\"'")


def _behind_command(words: Sequence[str]) -> Sequence[str] | None:
    """Give what stands behind ``ngrok config add-authtoken``, without options; None where that does not stand."""
    if "add-authtoken" not in words:
        return None
    at = words.index("add-authtoken")
    before = [word for word in words[:at] if word not in {"$", "%", ">"}]
    if before[-1:] != ["config"] or not before[:1] or not before[0].removesuffix(".exe").endswith("ngrok"):
        return words
    rest = words[at + 1 :]
    options = next((number for number, word in enumerate(rest) if word.startswith("--")), len(rest))
    return rest[:options] or words


def token_hint(settings: Settings, status: TunnelStatus | None) -> str:
    """Say where the present authtoken comes from, or where to find one."""
    where = settings.origins.get(TOKEN)
    if where is not None:
        return f"one is kept already ({where}); empty keeps it"
    if _kept(status):
        return "one is kept already; empty keeps it"
    return f"ctrl+o opens the page that shows it: {TOKEN_PAGE}"


def field_hints(settings: Settings, status: TunnelStatus | None) -> dict[str, str]:
    """Give what helps at each field."""
    return {
        "authtoken": token_hint(settings, status),
        "domain": "may stay empty: ngrok then gives yours",
        "public_url": f"it must lead to {local_end(settings) or 'this machine'}",
        "command": "{port} stands for our port; the https address that it prints is taken",
    }


def first_kind(settings: Settings, status: TunnelStatus | None) -> str:
    """Give the kind that stands chosen when the sheet opens."""
    kind = settings.tunnel.kind if status is None else status.kind
    return kind if kind in {known.name for known in KINDS} else KINDS[0].name


def chosen_setup(kind: str, given: Mapping[str, str], *, inspect: bool) -> TunnelSetup:
    """Give what was chosen; fields that the kind does not have stay as they are, and so does a token not typed."""
    return TunnelSetup(
        kind,
        authtoken=pasted_token(given.get("authtoken", "")) or None,
        domain=given.get("domain"),
        public_url=given.get("public_url"),
        command=given.get("command"),
        inspect=kind == "ngrok" and inspect,
    )


def token_missing(settings: Settings, status: TunnelStatus | None) -> bool:
    """Whether it is certain that there is no authtoken yet."""
    unknown = settings.tunnel.authtoken is None and TOKEN not in settings.origins
    return unknown and status is not None and not_set_up(status)


def _kept(status: TunnelStatus | None) -> bool:
    return status is not None and status.kind == "ngrok" and not not_set_up(status)


def wrong_field(words: str) -> FieldSaid:
    """Find the field that a refusal speaks of: it begins with the field's label, or names the setting behind it."""
    for name, label in LABELS.items():
        if words.startswith(f"{label}: "):
            rest = words.removeprefix(f"{label}: ")
            return FieldSaid(name, f"{rest[:1].upper()}{rest[1:]}")
    return FieldSaid(next((name for name in LABELS if f"tunnel.{name}" in words), None), words)


def refusal_words(words: str, signs: Glyphs, *, demo: bool) -> Content:
    """Say why nothing was written; a demo refuses whatever is well chosen, and that is nothing wrong."""
    return (
        styled(f"{signs.dot} {words}", "$text-accent") if demo else styled(f"{signs.fail} {words}", "bold $text-error")
    )


def after_setup(settings: Settings, setup: TunnelSetup) -> Settings:
    """Give the settings as they are once the choice is written, so that the sheet opens with it the next time."""
    texts = {"domain": setup.domain, "public_url": setup.public_url, "command": setup.command}
    written = {name: value or None for name, value in texts.items() if value is not None}
    changed = settings.with_values("tunnel", kind=setup.kind, inspect=setup.inspect, **written)
    if not setup.authtoken or TOKEN in settings.origins:
        return changed
    return changed.with_origin(TOKEN, "tunnel/ngrok.yml")


def is_fresh(status: TunnelStatus, tried: datetime, now: datetime) -> bool:
    """Whether a state speaks of the way in that is being tried, not of the one before."""
    if status.problem is not None and status.problem.code == NOT_LISTENING:
        return True
    return status.since >= tried or now - tried > STALE


def going_words(
    status: TunnelStatus | None,
    tried: datetime,
    now: datetime,
    signs: Glyphs,
    *,
    written_only: bool,
) -> Sequence[Content]:
    """Say how the try is going, a line for each part."""
    if written_only:
        return (
            styled(f"{signs.done} Written.", "bold $text-success"),
            styled("It counts as soon as booking-tui runs on this home.", "$text-muted"),
        )
    if status is None or not is_fresh(status, tried, now) or status.state is TunnelState.STARTING:
        return _opening(status, tried, now, signs)
    if status.state is TunnelState.UP:
        test = status.self_test
        took = "" if test is None or test.round_trip_ms is None else f" in {test.round_trip_ms:,.0f} ms"
        works = (
            styled(f"{signs.ok} It works: a request went out and came back{took}.", "bold $text-success"),
            styled(subscriber_url(status.url or ""), "bold $text-primary"),
        )
        if not moved(status):
            return works
        return (
            *works,
            styled(f"{signs.warn} Cal.com still has another address: enter this one there.", "$text-warning"),
        )
    if status.state is TunnelState.OFF:
        return (styled(f"{signs.idle} Off, as you chose: only this machine reaches this desk.", "$foreground"),)
    return _trouble(status, now, signs)


def _opening(status: TunnelStatus | None, tried: datetime, now: datetime, signs: Glyphs) -> Sequence[Content]:
    length = lasting(now - tried)
    if status is not None and status.url is not None and status.since >= tried:
        said = f"{signs.busy} Open; a request is on its way round"
        return styled(said, "$text-accent"), styled(subscriber_url(status.url), "$text-primary")
    return styled(f"{signs.busy} Being opened, {length}", "$text-accent"), styled(
        "it may take half a minute", "$text-muted"
    )


def _trouble(status: TunnelStatus, now: datetime, signs: Glyphs) -> Sequence[Content]:
    problem = status.problem
    sign, style = (signs.fail, "$text-error") if status.state is TunnelState.BLOCKED else (signs.warn, "$text-warning")
    what = "It is not open yet." if problem is None else problem.what
    lines = [styled(f"{sign} {what}", f"bold {style}")]
    if problem is not None:
        lines.append(plain(problem.do))
    if status.next_try_at is not None and status.next_try_at > now:
        left = lasting(status.next_try_at - now + timedelta(milliseconds=999))
        lines.append(styled(f"tried again by itself in {left}", "$text-muted"))
    if problem is not None and problem.page:
        lines.append(styled(f"ctrl+o opens {problem.page}", "$text-muted"))
    return lines
