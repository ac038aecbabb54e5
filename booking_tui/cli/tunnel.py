"""``tunnel``: the way in from outside, as the engine of this home keeps it."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from booking_tui.cli.frame import Noun
from booking_tui.cli.output import emit_json, emit_line, emit_note, progress
from booking_tui.cli.session import Failure, Session, pass_session
from booking_tui.domain.tunnel import TunnelFailed, TunnelProblem, TunnelState, TunnelStatus

if TYPE_CHECKING:
    from booking_tui.services.attached import AttachedDesk

SETTLE_S = 30.0
"""How long ``restart`` waits for the tunnel to stand or to fail."""
LOOK_S = 0.2
_WAITING = frozenset({TunnelState.BLOCKED, TunnelState.RETRYING})
_NO_ENGINE = "no engine runs on this home, and it is what holds the tunnel: start booking-tui, or booking-tui serve"


@click.group("tunnel", cls=Noun)
def command_tunnel() -> None:
    """Look at the way in from outside, test it, open it anew, or fetch the agent."""


@command_tunnel.command("status")
@pass_session
def status(session: Session) -> None:
    """Say whether the world reaches this home, and how that was proved last."""
    found = _status(session)
    if session.json:
        emit_json(_shape(session, found))
        return
    for name, words in _lines(session, found):
        emit_line(f"{name:<14}  {words}")


@command_tunnel.command("test")
@pass_session
def test(session: Session) -> None:
    """Send a request around through the public URL now; exit 1 when it does not come back."""
    found = _engine(session).test_tunnel()
    if found.url is None or found.self_test is None:
        raise Failure(f"there is no public URL to test now: {_why(found)}")
    if not found.self_test.passed:
        raise Failure(f"the request through {_send_to(found)} did not come back: {_why(found)}")
    if session.json:
        emit_json(_shape(session, found))
    else:
        emit_line(f"{_send_to(found)} leads here: {found.self_test.round_trip_ms:.0f} ms around.")


@command_tunnel.command("restart")
@pass_session
def restart(session: Session) -> None:
    """Open the tunnel anew, by the settings as they are now, and wait until it stands; exit 1 when it does not."""
    desk = _engine(session)
    emit_note("opening the tunnel …")
    found = _settled(desk, desk.restart_tunnel())
    if found.state not in {TunnelState.UP, TunnelState.OFF}:
        raise Failure(f"the tunnel does not stand: {_why(found)}")
    if session.json:
        emit_json(_shape(session, found))
    else:
        wanted = found.state is not TunnelState.OFF
        emit_line(
            f"{_send_to(found)} leads here." if wanted else "No tunnel is wanted: tunnel.kind is none, or --no-tunnel."
        )


@command_tunnel.command("install")
@click.option("--yes", is_flag=True, help="Download without asking.")
@pass_session
def install(session: Session, *, yes: bool) -> None:
    """Download the ngrok agent from ngrok, after a yes, unless this machine has one."""
    from booking_tui.wiring import tunnels

    agent = tunnels.find_agent(session.settings)
    if agent.path is None or agent.problem is not None:
        try:
            url, target = tunnels.agent_download()
            _agree(url, str(target), yes=yes)
            with progress("downloading the ngrok agent") as move:
                tunnels.install_agent(url, target, lambda done, total: move(done, total or max(done, 1)))
        except TunnelFailed as failed:
            raise Failure(_in_one(failed.problem)) from None
        agent = tunnels.find_agent(session.settings)
        if agent.problem is not None:
            raise Failure(_in_one(agent.problem))
    opens = _open_with_it(session)
    if session.json:
        emit_json({"path": str(agent.path), "source": agent.source})
    else:
        emit_line(f"The ngrok agent is {agent.path} ({agent.source}).")
        if opens:
            emit_line(
                "The running booking-tui opens the tunnel with it now: booking-tui tunnel status says how it goes."
            )


def _open_with_it(session: Session) -> bool:
    """Have a running engine that waits for an agent look again; give whether it does."""
    from booking_tui.ports import DeedRefused
    from booking_tui.services.tunnel_words import not_set_up

    try:
        found = _status(session)
        if found is None or found.kind != "ngrok" or found.state not in _WAITING or not_set_up(found):
            return False
        _engine(session).restart_tunnel()
    except (DeedRefused, Failure):
        return False
    return True


def _in_one(problem: TunnelProblem) -> str:
    """Give a problem on one line, with the page that helps."""
    page = f" ({problem.page})" if problem.page else ""
    return f"{problem.what} {problem.do}{page}"


def _send_to(found: TunnelStatus) -> str:
    """Give the address that is entered at Cal.com: the bare one takes no deliveries."""
    from booking_tui.services.tunnel_words import subscriber_url

    return subscriber_url(found.url or "")


def _agree(url: str, target: str, *, yes: bool) -> None:
    if yes:
        return
    question = f"Download the ngrok agent (some 10 MB) from {url} to {target}?"
    if not (sys.stdin and sys.stdin.isatty()):
        raise Failure(f"nothing is downloaded without a yes: booking-tui tunnel install --yes fetches it from {url}")
    if not click.confirm(question, err=True):
        raise Failure("nothing was downloaded")


def _engine(session: Session) -> AttachedDesk:
    from booking_tui import wiring
    from booking_tui.services.attached import AttachedDesk

    desk = wiring.holder_desk(session.home)
    if not isinstance(desk, AttachedDesk):
        from booking_tui.wiring.listening import why_unserved

        raise Failure(why_unserved(session.home, session.settings) or _NO_ENGINE)
    return desk


def _status(session: Session) -> TunnelStatus | None:
    """Ask the engine; None when none runs."""
    from booking_tui import wiring
    from booking_tui.services.attached import AttachedDesk

    desk = wiring.holder_desk(session.home)
    return desk.status().tunnel if isinstance(desk, AttachedDesk) else None


def _settled(desk: AttachedDesk, found: TunnelStatus) -> TunnelStatus:
    """Wait until the tunnel stands proved, or has failed."""
    end = time.monotonic() + SETTLE_S
    while found.state in {TunnelState.STARTING, TunnelState.RECONNECTING} and time.monotonic() < end:
        time.sleep(LOOK_S)
        found = desk.status().tunnel or found
    return found


def _why(found: TunnelStatus) -> str:
    if found.problem is not None:
        return _in_one(found.problem)
    return {
        TunnelState.OFF: "no tunnel is wanted (tunnel.kind is none, or --no-tunnel)",
        TunnelState.RECONNECTING: "its session is lost, and it tries to come back",
    }.get(found.state, "it is being opened")


def _shape(session: Session, found: TunnelStatus | None) -> dict[str, object]:
    from booking_tui.services.tunnel_json import write_tunnel

    known: dict[str, object] = {"running": found is not None}
    if found is None:
        kind = session.settings.tunnel.kind
        found = TunnelStatus(kind, TunnelState.OFF, datetime.now(UTC))
    return known | dict(write_tunnel(found))


def _lines(session: Session, found: TunnelStatus | None) -> list[tuple[str, str]]:
    """Give the status for people, a name and its words each."""
    from booking_tui.services.tunnel_words import KINDS, PLAN_REQUESTS, STATES, UNMARKED, UNMARKED_DO, moved
    from booking_tui.wiring import tunnels

    kind = session.settings.tunnel.kind if found is None else found.kind
    lines = [("kind", KINDS[kind])]
    if tunnels.is_demo(session.home):
        lines.append(("agent", "the demo's stand-in for ngrok"))
    elif kind == "ngrok":
        agent = tunnels.find_agent(session.settings)
        wrong = agent.problem
        place = f"{agent.path} ({agent.source})" if wrong is None else f"{wrong.what} {wrong.do}"
        lines += [("authtoken", tunnels.token_words(session.home, session.settings)), ("agent", place)]
    if found is None:
        return [*lines, ("state", _not_running(session))]
    again = TunnelState.RETRYING if found.again else found.state
    lines += [("state", STATES[again]), ("Subscriber URL", _address(found))]
    if moved(found):
        ago = "" if found.address_since is None else f" {_ago(found.address_since)} ago"
        lines.append(("changed", f"the address did{ago}: enter the new one at Cal.com, which still has another"))
    if found.problem is not None:
        lines += [("problem", found.problem.what), ("do", found.problem.do)]
        lines += [("page", found.problem.page)] if found.problem.page else []
    if found.self_test is not None:
        took = found.self_test.round_trip_ms
        words = f"{took:.0f} ms around" if took is not None else f"failed: {found.self_test.why}"
        before = "" if found.state is TunnelState.UP or took is None else ", before this"
        lines.append(("self-test", f"{_ago(found.self_test.at)} ago, {words}{before}"))
        if took is not None and not found.self_test.marked:
            lines += [("headers", UNMARKED), ("do", UNMARKED_DO)]
    last = found.delivered_here_at
    lines.append(("last delivery", "none has come by this address" if last is None else f"{_ago(last)} ago"))
    lines.append(("restarts", str(found.restarts)))
    if kind == "ngrok":
        lines.append(("this month", f"{found.requests_this_month:,} of the free plan's {PLAN_REQUESTS:,} requests"))
    return lines


def _not_running(session: Session) -> str:
    """Say that nothing answers on this home, and why as far as that can be seen."""
    from booking_tui.wiring.listening import why_unserved

    unserved = why_unserved(session.home, session.settings)
    return f"not running: {_NO_ENGINE}" if unserved is None else f"not open: {unserved}"


def _address(found: TunnelStatus) -> str:
    """Give the address to enter at Cal.com, and whether it leads here now."""
    from booking_tui.services.tunnel_words import address_to_send_to

    url = address_to_send_to(found)
    if url is None:
        return "none"
    return url if found.url is not None else f"{url} (does not lead here just now)"


def _ago(at: datetime) -> str:
    from booking_tui.services.status import age

    return age(datetime.now(UTC) - at)
