"""The dashboard on a home, and the demo on a throwaway one."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator, MutableMapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking_tui.clock import SystemClock
from booking_tui.domain.tunnel import TunnelStatus
from booking_tui.paths import Home, write_private
from booking_tui.ports import Clock, DeedRefused, Desk
from booking_tui.services.engine import Engine
from booking_tui.services.facts import FactBus
from booking_tui.services.lock import LockHeld
from booking_tui.services.queries import Queries
from booking_tui.services.status import EngineStatus
from booking_tui.services.tunnel_words import address_to_send_to
from booking_tui.settings import Settings, demo_settings, load, load_anyway, machine_zone
from booking_tui.store.database import Database
from booking_tui.wiring.config_file import keep_setting
from booking_tui.wiring.engines import build_engine
from booking_tui.wiring.homes import demo_mark, is_demo, reading, signer, wait_until_served
from booking_tui.wiring.listening import Listening
from booking_tui.wiring.live_secrets import LiveSecrets
from booking_tui.wiring.mail import LiveMail
from booking_tui.wiring.sources import fixture, sources
from booking_tui.wiring.tries import scenarios
from booking_tui.wiring.tunnels import knowing_token

if TYPE_CHECKING:
    from booking_tui.tui.app import BookingApp
    from booking_tui.tui.context import Context, Story

DEMO_SEED = 4
DEMO_SECRET_BYTES = 24


def run_dashboard(home: Home, settings: Settings) -> None:
    """Show the dashboard until the person leaves; the welcome screen may lead through the demo and back."""
    from booking_tui.tui.app import DEMO

    while True:
        with open_dashboard(home, settings) as app:
            answer = app.open()
        if answer != DEMO:
            return
        run_demo(None, os.environ)


def run_demo(keep: Path | None, environ: MutableMapping[str, str], *, live: bool = False, chaos: bool = False) -> None:
    """Show the dashboard on an invented practice. Without ``keep`` its home is removed when the person leaves."""
    from booking_tui.logs import Logging

    root = keep or Path(tempfile.mkdtemp(prefix="booking-tui-demo-"))
    home = Home(root)
    try:
        _mark_as_demo(home)
        with Logging("demo", home.logs), open_demo(home, environ, live=live, chaos=chaos) as app:
            if keep is None:
                _remove_at_last(app, root)
            app.open()
    finally:
        if keep is None:
            shutil.rmtree(root, ignore_errors=True)
    if keep is not None:
        sys.stdout.write(f"The demo's home was kept: booking-tui --home {home.root}\n")


def _remove_at_last(app: BookingApp, root: Path) -> None:
    """Have a throwaway home removed also when the screen hangs in a terminal that is gone."""
    stop = app.last_resort

    def end() -> None:
        try:
            stop()
        finally:
            shutil.rmtree(root, ignore_errors=True)

    app.last_resort = end


@contextmanager
def open_dashboard(home: Home, settings: Settings) -> Generator[BookingApp]:
    """Make the dashboard of a home: with the engine in it, or attached to the process that runs it.

    Raises LockHeld when the home is held by a process that does not serve it, StoreUnavailable, SchemaTooNew, OSError.
    """
    engine = build_engine(home, settings)
    try:
        engine.open()
    except LockHeld:
        wait_until_served(home)
        with _attached(home, settings) as app:
            yield app
        return
    with _own(engine, home, settings) as app:
        yield app


def _context(
    queries: Queries,
    desk: Desk,
    settings: Settings,
    status: Callable[[], EngineStatus | None],
    *,
    home: Home,
    demo: bool,
    attached: bool = False,
) -> Context:
    from booking_tui.tui.context import Context

    def webhook_url() -> str | None:
        found = status()
        if found is None or not found.public_port:
            return None
        outside = None if found.tunnel is None else address_to_send_to(found.tunnel)
        return outside or found.webhook_url

    def tunnel() -> TunnelStatus | None:
        found = status()
        return None if found is None else found.tunnel

    live = LiveSecrets(settings, None if demo else home)
    context = Context(
        queries=queries,
        desk=desk,
        clock=queries.clock,
        zone=ZoneInfo(settings.practice.zone),
        settings=settings,
        webhook_url=webhook_url,
        tunnel=tunnel,
        live_secrets=lambda: live.secrets,
        keep_setting=None if demo else partial(keep_setting, home, settings),
        attached=attached,
        demo=demo,
        stories=stories,
        fixture=lambda event: fixture(settings, event, signer(desk, settings)),
    )
    if not demo:
        context.mail_setup = partial(_open_mail_setup, context)
    context.mail_ready = LiveMail(home, settings, queries.clock, follow=not demo).ready
    return context


def _open_mail_setup(context: Context, app: object, closed: Callable[[], None]) -> None:
    from booking_tui.tui.dialogs.mail_setup import open_mail_setup

    open_mail_setup(context, app, closed)


def _begin(context: Context, home: Home, start: Callable[[], None]) -> None:
    """Do what the first frame did without, on a thread of its own."""
    context.settings = knowing_token(home, context.settings)
    start()


@contextmanager
def _own(engine: Engine, home: Home, settings: Settings, *, demo: bool = False) -> Generator[BookingApp]:
    from booking_tui.tui.app import BookingApp
    from booking_tui.tui.setup import Setup

    with ExitStack() as stack:
        stack.callback(engine.stop)
        listening = Listening(engine, settings)
        stack.callback(listening.stop)
        writing = LiveMail(home, settings, engine.clock, follow=not demo).writing
        queries = reading(
            engine.database, settings, engine.clock, demo=demo, known=dict(engine.sources), writing=writing
        )
        context = _context(queries, engine.desk, settings, listening.status, home=home, demo=demo)
        app = BookingApp(
            context,
            facts=engine.bus,
            start=partial(_begin, context, home, listening.start),
            status=listening.status,
            setup=None if demo else Setup(partial(save_secret, home, settings)),
            welcome=not (settings.calcom.webhook_secrets or settings.calcom.allow_unsigned),
            last_resort=engine.stop,
        )
        yield app


@contextmanager
def _attached(home: Home, settings: Settings) -> Generator[BookingApp]:
    from booking_tui.services.attached import AttachedDesk, Watch
    from booking_tui.tui.app import BookingApp

    clock, bus, desk, demo = SystemClock(), FactBus(), AttachedDesk(home.control), is_demo(home)
    with ExitStack() as stack:
        database = Database.open_readonly(settings.database.path(home.database))
        stack.callback(database.close)
        watch = Watch(database, desk.status, clock, bus)
        stack.callback(watch.stop)
        mail = LiveMail(home, settings, clock)
        known = dict(sources(settings, mail=mail))
        queries = reading(database, settings, clock, demo=demo, known=known, holder=desk, writing=mail.writing)
        context = _context(queries, desk, settings, lambda: watch.status, home=home, demo=demo, attached=True)
        start = partial(_begin, context, home, watch.start)
        yield BookingApp(context, facts=bus, start=start, status=lambda: watch.status)


@contextmanager
def open_demo(
    home: Home,
    environ: MutableMapping[str, str],
    *,
    live: bool = False,
    chaos: bool = False,
    seed: int = DEMO_SEED,
    clock: Clock | None = None,
) -> Generator[BookingApp]:
    """Make the dashboard on an invented practice: everything simulated, on free ports, knowing no real setting."""
    from booking_tui.sandbox.people import OLD_SECRET
    from booking_tui.wiring.demo import Clients, practice_seed, where_to_send, with_stand_in_tunnel
    from booking_tui.wiring.demo_mail import simulated_resend, with_mail

    _mark_as_demo(home)
    secret = _demo_secret(home)
    settings = demo_settings(secret=secret, zone=machine_zone(environ), environ=environ)
    settings = with_stand_in_tunnel(home, settings, secret)
    zone = settings.practice.zone
    filled = practice_seed(seed, zone, secret, mail=True)
    with ExitStack() as stack:
        resend = simulated_resend((clock or SystemClock()).now, chaos=chaos)
        resend.start()
        stack.callback(resend.stop)
        settings = with_mail(settings, resend)
        engine = build_engine(home, settings, demo=True, clock=clock, role="demo", seed=filled, retired=(OLD_SECRET,))
        stack.callback(engine.stop)
        engine.open()
        if live or chaos:
            clients = Clients(seed, settings, lambda: where_to_send(engine), chaos=chaos)
            stack.callback(clients.stop)
            clients.start()
        app = stack.enter_context(_own(engine, home, settings, demo=True))
        app.context.mailbox_url = lambda: f"{resend.url}/_sandbox/mailbox"
        yield app


def stories() -> list[Story]:
    """Give the catalogue of test events as the screen lists it."""
    from booking_tui.tui.context import Story

    return [Story(each.name, each.group, each.title, each.about) for each in scenarios()]


def _mark_as_demo(home: Home) -> None:
    """Make the home a demo's. Raises DeedRefused for one with anything of somebody's own in it."""
    if is_demo(home):
        return
    if home.config.exists() or home.env.exists() or home.database.exists():
        raise DeedRefused(f"{home.root} is a home already and not a demo's; name another folder")
    home.ensure()
    write_private(demo_mark(home), b"An invented practice lives here.\n")


def _demo_secret(home: Home) -> str:
    """Give the demo's webhook secret, kept in its home so that commands with ``--home`` know it."""
    import secrets

    if home.config.exists():
        kept = load(home.root, {}).calcom.webhook_secrets
        if kept:
            return kept[0]
    return save_secret_text(home, secrets.token_urlsafe(DEMO_SECRET_BYTES))


def save_secret(home: Home, settings: Settings, secret: str) -> str:
    """Write the first webhook secret into ``config.toml``, keeping the rest of it; gives the file's path.

    Raises DeedRefused when a secret is set already, or when it would have no effect there.
    """
    if load_anyway(home.root, {})[0].calcom.webhook_secrets:
        raise DeedRefused("a webhook secret is set already, and stays as it is")
    if home.config.exists() or settings.configured:
        keep_setting(home, settings, "calcom.webhook_secrets", [secret])
    else:
        save_secret_text(home, secret)
    return str(home.config)


def save_secret_text(home: Home, secret: str) -> str:
    """Write a ``config.toml`` with one webhook secret, 0600; gives the secret."""
    if home.config.exists():
        raise DeedRefused(f"{home.config} is there already: set calcom.webhook_secrets in it")
    home.ensure()
    write_private(home.config, f"[calcom]\nwebhook_secrets = [{json.dumps(secret)}]\n".encode())
    return secret
