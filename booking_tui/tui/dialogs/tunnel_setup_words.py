"""What the set-up sheet reads and says: a pasted authtoken, hints at the fields, and how the try is going."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from textual.content import Content

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.ports import TunnelSetup
from booking_tui.services.tunnel_words import not_set_up
from booking_tui.settings import Settings
from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.text import fit, plain, styled
from booking_tui.tui.way_in_words import lasting, local_end

TOKEN_PAGE = "https://dashboard.ngrok.com/get-started/your-authtoken"  # noqa: S105 - an address, no secret
EXAMPLE = "cloudflared tunnel --url http://127.0.0.1:{port}"
TITLE_CELLS = 22
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
    """Give the authtoken in what was pasted: the text alone, ngrok's whole command, or a line that sets it."""
    words = text.split()
    if not words:
        return ""
    after = words.index("add-authtoken") + 1 if "add-authtoken" in words else len(words)
    word = words[after] if after < len(words) else words[-1]
    return word.rpartition("=")[2].strip("\"'")


def token_hint(settings: Settings, status: TunnelStatus | None) -> str:
    """Say where the present authtoken comes from, or where to find one."""
    where = settings.origins.get("tunnel.authtoken")
    if where is not None:
        return f"one is set by {where}; empty keeps it"
    if _kept(status):
        return "one is kept already; empty keeps it"
    return "ngrok's page shows it: ctrl+o opens that"


def field_hints(settings: Settings, status: TunnelStatus | None) -> dict[str, str]:
    """Give what helps at each field."""
    return {
        "authtoken": token_hint(settings, status),
        "domain": "may stay empty: ngrok then gives yours",
        "public_url": f"https, without a path; it must lead to {local_end(settings) or 'this machine'}",
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
    return settings.tunnel.authtoken is None and status is not None and not_set_up(status)


def _kept(status: TunnelStatus | None) -> bool:
    return status is not None and status.kind == "ngrok" and not not_set_up(status)


def wrong_field(words: str) -> FieldSaid:
    """Find the field that a refusal speaks of."""
    lower = words.lower()
    named = (("tunnel.domain", "domain"), ("tunnel.public_url", "public_url"), ("tunnel.command", "command"))
    field = next((name for key, name in named if key in lower), "authtoken" if "authtoken" in lower else None)
    return FieldSaid(field, words)


def after_setup(settings: Settings, setup: TunnelSetup) -> Settings:
    """Give the settings as they are once the choice is written, so that the sheet opens with it the next time."""
    texts = {"domain": setup.domain, "public_url": setup.public_url, "command": setup.command}
    written = {name: value or None for name, value in texts.items() if value is not None}
    return settings.with_values("tunnel", kind=setup.kind, inspect=setup.inspect, **written)


def is_fresh(status: TunnelStatus, tried: datetime, now: datetime) -> bool:
    """Whether a state speaks of the way in that is being tried, not of the one before."""
    return status.since >= tried or now - tried > STALE


def going_words(
    status: TunnelStatus | None, tried: datetime, now: datetime, signs: Glyphs, *, written_only: bool
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
        return (
            styled(f"{signs.ok} It works: a request went out and came back{took}.", "bold $text-success"),
            styled(status.url or "", "bold $text-primary"),
        )
    if status.state is TunnelState.OFF:
        return (styled(f"{signs.idle} Off, as you chose: only this machine reaches this desk.", "$foreground"),)
    return _trouble(status, now, signs)


def _opening(status: TunnelStatus | None, tried: datetime, now: datetime, signs: Glyphs) -> Sequence[Content]:
    length = lasting(now - tried)
    if status is not None and status.url is not None and status.since >= tried:
        said = f"{signs.busy} Open; a request is on its way round"
        return styled(said, "$text-accent"), styled(status.url, "$text-primary")
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
