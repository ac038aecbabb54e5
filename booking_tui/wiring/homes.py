"""Opening a home for reading or for doing, and what went wrong in words."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfoNotFoundError

from booking_tui.clock import SystemClock, TimeOrderedIds
from booking_tui.domain.webhook import WebhookEvent
from booking_tui.paths import Home, SharedFolder, running_homes, withdraw
from booking_tui.ports import Clock, DeedRefused, Desk, SignatureWhy, WebhookSource
from booking_tui.services.desk import LocalDesk
from booking_tui.services.facts import FactBus
from booking_tui.services.ingest import Ingest
from booking_tui.services.lock import HomeLock, LockHeld, holder_of, read_control
from booking_tui.services.mail_place import MailPlace
from booking_tui.services.queries import Queries
from booking_tui.services.records import Records
from booking_tui.services.tunnel_deeds import TunnelDeeds
from booking_tui.settings import Settings
from booking_tui.store.database import (
    AmbiguousPrefix,
    Database,
    Interrupted,
    SchemaTooNew,
    StoreUnavailable,
    UnknownBooking,
)
from booking_tui.store.errors import remedy
from booking_tui.wiring.mail import LiveMail
from booking_tui.wiring.sources import Sign, sources
from booking_tui.wiring.tries import own_sender
from booking_tui.wiring.tunnel_setup import set_up_tunnel

if TYPE_CHECKING:
    from booking_tui.ports.mail import MailWriting
    from booking_tui.services.mail.mailroom import Mailroom

logger = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""How long to wait for a home that another process holds and does not serve: it is starting, stopping or a command."""
LOOK_S = 0.05


def reading(
    database: Database,
    settings: Settings,
    clock: Clock,
    *,
    demo: bool = False,
    known: dict[str, WebhookSource],
    holder: Desk | None = None,
    writing: Callable[[], MailWriting] | None = None,
) -> Queries:
    """Make the reading front over an open database.

    The ``holder`` of the home explains signatures when there is one: its secrets are those that were compared.
    ``writing`` gives what writes emails, for previews.
    """
    queries = Queries(
        database,
        clock,
        settings.practice.zone,
        demo=demo,
        explain={name: _explaining(source, holder) for name, source in known.items()},
        mask={name: source.mask for name, source in known.items()},
    )
    queries.mail_writing = writing
    return queries


def _explaining(source: WebhookSource, holder: Desk | None) -> Callable[[WebhookEvent], SignatureWhy]:
    if holder is None:
        return source.explain

    def explain(event: WebhookEvent) -> SignatureWhy:
        try:
            return holder.explain(event.id)
        except DeedRefused:
            return source.explain(event)

    return explain


def signer(desk: Desk | None, settings: Settings) -> Sign:
    """Give what signs a body: the desk whose secrets are those of the listener, else the settings of this process."""

    def sign(source: str, body: bytes) -> tuple[tuple[str, str], ...]:
        if desk is not None:
            try:
                return desk.sign(source, body)
            except DeedRefused:
                logger.info("the process that holds the home did not sign; this one does")
        known = sources(settings).get(source)
        return () if known is None else known.sign(body)

    return sign


def holder_desk(home: Home) -> Desk | None:
    """Give the desk of the process that holds and serves a home; None when nobody does."""
    return _attached(home) if is_served(home) else None


def _attached(home: Home) -> Desk:
    from booking_tui.services.attached import AttachedDesk

    return AttachedDesk(home.control)


def open_queries(home: Home, settings: Settings, *, clock: Clock | None = None) -> Queries:
    """Open a home for reading; leaving the with-block closes it. A home without a database gets an empty one.

    Raises StoreUnavailable, SchemaTooNew, or OSError when the home cannot be made.
    """
    now = clock or SystemClock()
    database = _readable(home, settings, now)
    mail = LiveMail(home, settings, now)
    known = dict(sources(settings, mail=mail))
    return reading(
        database, settings, now, demo=is_demo(home), known=known, holder=holder_desk(home), writing=mail.writing
    )


@contextmanager
def open_nothing(settings: Settings) -> Generator[Queries]:
    """Give what a home that is not there yet would answer: an empty database, gone after the block."""
    with tempfile.TemporaryDirectory(prefix="booking-tui-nothing-") as folder:
        home = Home(Path(folder))
        with open_queries(home, settings.with_values("database", url=None)) as queries:
            yield queries


def _readable(home: Home, settings: Settings, clock: Clock) -> Database:
    path = settings.database.path(home.database)
    try:
        return Database.open_readonly(path)
    except StoreUnavailable:
        if path.is_file() and not os.access(path.parent, os.W_OK):
            raise
        # Only the holder of the lock makes or migrates a database; while somebody else is, it will be there soon.
        home.ensure()
        try:
            with HomeLock(home.lock, "cli"):
                Database.open(path, clock=clock, ids=TimeOrderedIds(clock)).close()
        except LockHeld:
            wait_until_served(home)
        return Database.open_readonly(path)


@contextmanager
def open_desk(home: Home, settings: Settings, *, clock: Clock | None = None) -> Generator[Desk]:
    """Open a home for doing: through the process that holds it, else by holding it for as long as the block lasts.

    What the deeds put into the inbox is applied before the block is left. Raises LockHeld when the home is held by a
    process that does not serve it, StoreUnavailable, SchemaTooNew, or OSError.
    """
    home.ensure()
    lock = HomeLock(home.lock, "cli")
    if not _take(lock, home):
        yield _attached(home)
        return
    with closing(lock):
        home.control.unlink(missing_ok=True)
        now = clock or SystemClock()
        path = settings.database.path(home.database)
        with closing(Database.open(path, clock=now, ids=TimeOrderedIds(now))) as database:
            yield from _own_desk(home, database, settings, now)


def _own_desk(home: Home, database: Database, settings: Settings, clock: Clock) -> Generator[Desk]:
    demo = is_demo(home)
    records, bus = Records(database), FactBus()
    mail = LiveMail(home, settings, clock)
    known = sources(settings, mail=mail)
    place = MailPlace(lambda: _mailroom(records, mail, clock, bus, demo=demo))
    ingest = Ingest(records, known, clock, bus, demo=demo, mail=place.at_ingest)
    place.wake_ingest = ingest.wake
    desk = LocalDesk(
        records,
        known,
        clock,
        bus,
        wake=ingest.wake,
        own_address=lambda: None,
        sender=own_sender(lambda: None, settings, clock),
        tunnel=TunnelDeeds(None, partial(set_up_tunnel, home, settings)),
        mail=place.do,
        set_up_mail=mail.set_up,
    )
    yield desk
    ingest.run_once()


def _mailroom(records: Records, mail: LiveMail, clock: Clock, bus: FactBus, *, demo: bool) -> Mailroom:
    """Give a mailroom that plans and does orders, and sends nothing."""
    from booking_tui.services.mail.mailroom import Mailroom

    return Mailroom(records, mail.source(), clock, records.database.ids, bus, demo=demo)


def demo_mark(home: Home) -> Path:
    """Give the file whose presence says that a home is a demo's."""
    return home.root / "demo"


def is_demo(home: Home) -> bool:
    """Say whether an invented practice lives in a home: test marks mean nothing there."""
    return demo_mark(home).exists()


def _take(lock: HomeLock, home: Home) -> bool:
    """Take the lock; False when its holder serves the home. Raises LockHeld when neither happens in time."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            lock.acquire()
        except LockHeld:
            if is_served(home):
                return False
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_S)
        else:
            return True


def is_served(home: Home) -> bool:
    """Say whether the process that holds the home has said how to reach it."""
    point = read_control(home.control)
    if point is None:
        return False
    try:
        holder = holder_of(home.lock)
    except OSError:
        # Another user's home, or one that is only to be read: it is not for us to ask its holder.
        return False
    return holder is not None and holder.pid in {0, point.pid}


def served_homes() -> list[Home]:
    """Give the homes whose engine runs now: listed, alive, and holding the lock. Others are taken off the list."""
    found: list[Home] = []
    for running in running_homes():
        holder = holder_of(running.home.lock)
        if holder is not None and holder.pid in {0, running.pid}:
            found.append(running.home)
        else:
            withdraw(running.home)
    return found


def wait_until_served(home: Home) -> None:
    """Wait a little until the process that holds the home serves it or lets it go."""
    deadline = time.monotonic() + PATIENCE_S
    while holder_of(home.lock) is not None and not is_served(home) and time.monotonic() < deadline:
        time.sleep(LOOK_S)


def failure_in_words(error: BaseException, database: Path | None = None) -> str | None:
    """Give what went wrong, why and what to do, in one line; None for what is not known here.

    ``database`` is the file meant, where the caller knows it.
    """
    from booking_tui.listener.sockets import CannotListen, PortTaken

    match error:
        case LockHeld():
            return f"{error}; stop that one first, or use another --home"
        case PortTaken():
            words = "choose another by listener.port or --port, for the local one by listener.local_port"
            return f"port {error.port} is taken by another program; {words}"
        case CannotListen():
            return f"{error}; listener.host and listener.port say where"
        case StoreUnavailable():
            named = f" {database}" if database and str(database) not in error.reason else ""
            helps = remedy(error.reason)
            return f"the database{named} cannot be used: {error.reason}{f'; {helps}' if helps else ''}"
        case SchemaTooNew() | AmbiguousPrefix() | SharedFolder():
            return str(error)
        case UnknownBooking():
            return f"no booking has the uid {error}; booking-tui bookings list shows all"
        case Interrupted():
            return "the read was called off"
        case ZoneInfoNotFoundError():
            return f"this machine does not know the time zone {error}; set practice.zone to another"
        case _:
            return None
