"""Making an engine for a home."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from booking_tui import __version__
from booking_tui.clock import SystemClock, TimeOrderedIds
from booking_tui.paths import Home, announce, withdraw, write_private
from booking_tui.ports import Clock, Ids, TestSender, WebhookSource
from booking_tui.services.engine import Engine
from booking_tui.services.ingest import Ingest
from booking_tui.services.parts import HomeFiles, Hooks, Listening, MakeSender, Parts
from booking_tui.services.records import Records
from booking_tui.services.sending import Address
from booking_tui.settings import Settings
from booking_tui.wiring.homes import is_demo
from booking_tui.wiring.live_secrets import LiveSecrets
from booking_tui.wiring.mail import LiveMail
from booking_tui.wiring.sources import sources
from booking_tui.wiring.tries import own_sender
from booking_tui.wiring.tunnel_setup import no_setup_in_demo, set_up_for_later, set_up_tunnel
from booking_tui.wiring.tunnels import LiveTunnel, real_ping


def build_engine(
    home: Home,
    settings: Settings,
    *,
    demo: bool = False,
    clock: Clock | None = None,
    ids: Ids | None = None,
    role: str = "dashboard",
    seed: Callable[[Records, Ingest], None] | None = None,
    retired: Sequence[str] = (),
    follow_tunnel: bool = True,
) -> Engine:
    """Make the engine of a home; nothing is touched before it is opened or started.

    On a ``demo`` home (one that a demo made is one anyway) test marks mean nothing. ``seed`` fills the home before
    anything is received; ``retired`` secrets admit nothing, they only help to explain. Without
    ``follow_tunnel`` the tunnel stays as these settings say, whatever the files say later.
    """
    from booking_tui.listener.metrics import counter, gauge

    time = clock or SystemClock()
    live = LiveSecrets(settings, None if demo else home)
    mail = LiveMail(home, settings, time, follow=not demo)
    known = sources(settings, retired, live, mail)
    on_demo = demo or is_demo(home)
    write_setup = set_up_tunnel if follow_tunnel else set_up_for_later

    return Engine(
        Parts(
            role=role,
            version=__version__,
            files=_files(home, settings),
            clock=time,
            ids=ids or TimeOrderedIds(time),
            sources=known,
            retention_days=settings.retention.webhooks_days,
            listener=partial(_listener, settings, time, known),
            sender=_sender(settings, time, live, tunnelled=on_demo),
            gauge=gauge,
            counter=counter,
            seed=seed,
            listen_host=settings.listener.host,
            demo=on_demo,
            mail=mail.source,
            set_up_mail=mail.no_setup_in_demo if on_demo else mail.set_up,
            tunnel=LiveTunnel(home, settings, follow=follow_tunnel and not demo, borrow=not demo),
            ping=real_ping(time.monotonic),
            set_up_tunnel=no_setup_in_demo if on_demo else partial(write_setup, home, settings),
        )
    )


def _files(home: Home, settings: Settings) -> HomeFiles:
    return HomeFiles(
        database=settings.database.path(home.database),
        lock=home.lock,
        control=home.control,
        write_private=write_private,
        prepare=home.ensure,
        announce=lambda: announce(home),
        withdraw=lambda: withdraw(home),
    )


def _sender(settings: Settings, clock: Clock, live: LiveSecrets, *, tunnelled: bool) -> MakeSender:
    """Give what makes the sender of tests. A demo's take the way that Cal.com's deliveries take: through the tunnel."""

    def make(address: Callable[[], Address | None], public_url: Callable[[], str | None]) -> TestSender:
        return own_sender(address, settings, clock, lambda: live.secrets, public_url if tunnelled else None)

    return make


def _listener(settings: Settings, clock: Clock, known: Mapping[str, WebhookSource], hooks: Hooks) -> Listening:
    from booking_tui.listener.options import ListenerOptions
    from booking_tui.listener.server import Listener, LocalPages, WebhookRoute

    chosen = settings.listener
    options = ListenerOptions(
        host=chosen.host,
        port=chosen.port,
        local_port=chosen.local_port,
        max_body=chosen.max_body,
        failed_checks_per_minute=chosen.failed_checks_per_minute,
        allowed_hosts=chosen.allowed_hosts,
    )
    routes = {
        f"/webhooks/{source.name}": WebhookRoute(source.name, source.check, source.trigger_of, source.dedup_key)
        for source in known.values()
    }
    return Listener(
        options,
        store=hooks.store,
        routes=routes,
        local=LocalPages(hooks.ready, hooks.metrics, hooks.control, hooks.control_token),
        clock=clock,
        public_host=hooks.public_host,
        on_stored=hooks.on_stored,
        on_tunnelled=hooks.on_tunnelled,
        knows=hooks.knows,
    )
