"""The checks of ``doctor``, made on a home as it is; nothing is changed by looking."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import MutableMapping
from datetime import datetime

from booking_tui.clock import SystemClock
from booking_tui.domain.filter import Filter, Term
from booking_tui.domain.tunnel import TunnelStatus
from booking_tui.domain.webhook import Verdict
from booking_tui.paths import Home
from booking_tui.ports import Clock, DeedRefused
from booking_tui.services.attached import AttachedDesk
from booking_tui.services.doctor import Check, Finding, tunnel_checks
from booking_tui.services.lock import holder_of
from booking_tui.services.records import Records
from booking_tui.services.status import EngineStatus, LampLevel, age
from booking_tui.settings import Settings, load_anyway
from booking_tui.settings.problems import Problem
from booking_tui.store.database import Database
from booking_tui.store.errors import SchemaTooNew, StoreUnavailable
from booking_tui.wiring.homes import holder_desk, is_demo
from booking_tui.wiring.listening import why_unserved
from booking_tui.wiring.mail_checks import mail_checks
from booking_tui.wiring.tunnels import TokenFound, find_agent, find_token, is_no_agent

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_home(home: Home, environ: MutableMapping[str, str], clock: Clock | None = None) -> list[Check]:
    """Check everything that can be checked. Never raises for what is wrong with the home."""
    time = clock or SystemClock()
    settings, problems = load_anyway(home.root, environ)
    status, silence = _engine(home)
    return [
        *_settings(settings, problems),
        _folder(home),
        _database(home, settings),
        _engine_check(home, settings, status, silence),
        *_webhooks(home, settings, time),
        *_agent(home, settings, None if status is None else status.tunnel),
        *tunnel_checks(None if status is None else status.tunnel, time.now(), silence or why_unserved(home, settings)),
        *mail_checks(home, settings, status),
    ]


def _engine(home: Home) -> tuple[EngineStatus | None, str | None]:
    """Ask the engine how it is doing; the second value says why it did not answer."""
    desk = holder_desk(home)
    if not isinstance(desk, AttachedDesk):
        return None, None
    try:
        return desk.status(), None
    except DeedRefused as refused:
        return None, str(refused)


def _settings(settings: Settings, problems: tuple[Problem, ...]) -> list[Check]:
    why = "a wrong setting stops the start"
    found = [
        Check("Machine", "settings", Finding.FAIL, problem.sentence(), why, "booking-tui config check")
        for problem in problems
    ]
    found += [
        Check("Machine", "settings", Finding.WARN, warning, "others could read your secrets", "chmod 600")
        for warning in settings.warnings
    ]
    found += [
        Check("Machine", "settings", Finding.WARN, miss, "a misspelt name sets nothing", "mend the name in .env")
        for miss in settings.near_misses
    ]
    count = len(settings.origins)
    are_set = "none is set" if count == 0 else "1 is set" if count == 1 else f"{count} are set"
    return found or [Check("Machine", "settings", Finding.OK, f"all can be used, {are_set}")]


def _folder(home: Home) -> Check:
    if not home.root.exists():
        return Check("Machine", "home", Finding.OK, f"{home.root} is not made yet; the first start makes it")
    if not os.access(home.root, os.W_OK | os.X_OK):
        why = "bookings are kept in it"
        return Check("Machine", "home", Finding.FAIL, f"{home.root} cannot be written", why, f"chmod u+rwx {home.root}")
    mode = stat.S_IMODE(home.root.stat().st_mode)
    if sys.platform != "win32" and mode & _OTHERS:
        found = f"{home.root} is open to others ({mode:04o})"
        return Check("Machine", "home", Finding.WARN, found, "it holds clients' data", f"chmod 700 {home.root}")
    return Check("Machine", "home", Finding.OK, f"{home.root}, for you alone")


def _database(home: Home, settings: Settings) -> Check:
    path = settings.database.path(home.database)
    if not path.exists():
        return Check("Machine", "database", Finding.OK, "none yet; the first start makes it")
    why = "everything is kept in it"
    try:
        database = Database.open_readonly(path)
    except (StoreUnavailable, SchemaTooNew, OSError) as error:
        return Check("Machine", "database", Finding.FAIL, str(error), why, "restore a backup, or update the program")
    try:
        trouble = database.damage()
    except StoreUnavailable as error:
        trouble = error.reason
    finally:
        database.close()
    size = path.stat().st_size / 1_000_000
    if trouble is not None:
        return Check("Machine", "database", Finding.FAIL, f"damaged: {trouble}", why, "restore a backup of it")
    return Check("Machine", "database", Finding.OK, f"{size:.1f} MB, whole")


def _engine_check(home: Home, settings: Settings, status: EngineStatus | None, silence: str | None) -> Check:
    why = "it takes deliveries in and keeps the tunnel"
    if status is not None:
        found = f"{status.role} runs, webhooks on port {status.public_port}"
        bad = next((lamp for lamp in status.lamps if lamp.level is LampLevel.BAD and lamp.key != "tunnel"), None)
        if bad is not None:
            return Check("Machine", "engine", Finding.FAIL, f"{bad.text}: {bad.detail}", why, "see the log")
        return Check("Machine", "engine", Finding.OK, found)
    if silence is not None:
        return Check("Machine", "engine", Finding.FAIL, silence, why, "end that process and start booking-tui again")
    try:
        held = holder_of(home.lock) if home.lock.exists() else None
    except OSError:
        held = None
    if held is not None:
        if unserved := why_unserved(home, settings):
            cause, _, do = unserved.partition("; ")
            return Check("Machine", "engine", Finding.FAIL, cause, why, f"{do}; it tries again by itself")
        found = f"the home is held by {held.role} (pid {held.pid}), which serves nobody"
        return Check("Machine", "engine", Finding.WARN, found, why, "wait for it, or end it")
    return Check("Machine", "engine", Finding.WARN, "none runs now", why, "booking-tui, or booking-tui serve")


def _webhooks(home: Home, settings: Settings, clock: Clock) -> list[Check]:
    secrets = settings.calcom.webhook_secrets
    why = "it proves that a delivery comes from your Cal.com"
    if not secrets:
        finding = Finding.WARN if settings.calcom.allow_unsigned else Finding.FAIL
        fate = "taken unsigned" if settings.calcom.allow_unsigned else "refused"
        found = f"none is set, so every delivery is {fate}"
        fix = "booking-tui, then 2 Connect: it makes one; or set CALCOM_WEBHOOK_SECRET or calcom.webhook_secrets"
        return [Check("Webhooks", "signing secret", finding, found, why, fix)]
    count = "1 is live" if len(secrets) == 1 else f"{len(secrets)} are live"
    good = _last(home, settings, "valid")
    bad = _last(home, settings, "invalid")
    now = clock.now()
    words = "no good signature yet" if good is None else f"last good signature {age(now - good)} ago"
    if bad is not None and (good is None or bad > good):
        found = f"{count}, {words}, a wrong one {age(now - bad)} ago"
        return [Check("Webhooks", "signing secret", Finding.WARN, found, why, "Hooks says why: booking-tui, then 4")]
    return [Check("Webhooks", "signing secret", Finding.OK, f"{count}, {words}")]


def _last(home: Home, settings: Settings, verdict: str) -> datetime | None:
    """Give when a delivery with this verdict last came; None when none did, or when nobody can say."""
    path = settings.database.path(home.database)
    if not path.exists():
        return None
    try:
        database = Database.open_readonly(path)
    except (StoreUnavailable, SchemaTooNew, OSError):
        return None
    try:
        chosen = Filter((Term("verdict", Verdict(verdict).value, negated=False, instant=None),), "")
        rows = Records(database).inbox.page(chosen, limit=1)
        return rows[0].received_at if rows else None
    except StoreUnavailable:
        return None
    finally:
        database.close()


def _agent(home: Home, settings: Settings, tunnel: TunnelStatus | None) -> list[Check]:
    if settings.tunnel.kind != "ngrok" or is_demo(home):
        return []
    token = find_token(home, settings)
    agent = find_agent(settings)
    checks = [_token_check(token)]
    if agent.problem is not None:
        finding = Finding.FAIL if token.found else Finding.WARN
        what, do = agent.problem.what, agent.problem.do
        return [*checks, Check("Tunnel", "ngrok agent", finding, what, "it makes the tunnel", do)]
    found = f"{agent.path}, from {agent.source}"
    if tunnel is not None and is_no_agent(tunnel.problem):
        # It looks again every few seconds, by its own search path.
        why = "booking-tui that runs does not find it: it looks again by itself, but where it was told to at its start"
        fix = "booking-tui tunnel status in a moment; if it stays, set tunnel.ngrok_path"
        return [*checks, Check("Tunnel", "ngrok agent", Finding.WARN, found, why, fix)]
    return [*checks, Check("Tunnel", "ngrok agent", Finding.OK, found)]


def _token_check(token: TokenFound) -> Check:
    why = "ngrok opens no tunnel without one"
    if token.problem is not None:
        do = f"{token.problem.do} {token.problem.page or ''}".rstrip()
        return Check("Tunnel", "authtoken", Finding.FAIL, token.words, why, do)
    if not token.found:
        fix = "booking-tui, then 4, i, s: paste it there; or set NGROK_AUTHTOKEN"
        return Check("Tunnel", "authtoken", Finding.WARN, token.words, why, fix)
    return Check("Tunnel", "authtoken", Finding.OK, token.words)
