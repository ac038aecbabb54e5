"""The engine: everything that works on a home, started in order and stopped in the opposite one."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from threading import Lock

from booking_tui.domain.instants import to_text
from booking_tui.ports import Clock, WebhookSource
from booking_tui.services.desk import LocalDesk
from booking_tui.services.facts import EVENT, Fact, FactBus
from booking_tui.services.ingest import Ingest
from booking_tui.services.lock import ControlPoint, HomeLock
from booking_tui.services.parts import Hooks, Listening, Parts
from booking_tui.services.records import Records
from booking_tui.services.sending import LOOPBACK, Address
from booking_tui.services.status import EngineStatus, listener_lamp, write_status
from booking_tui.services.vitals import Vitals
from booking_tui.services.works import Works, assemble
from booking_tui.store.database import Database

logger = logging.getLogger(__name__)

STOP_S = 5.0
SHOWN_AT_ONCE = 64
"""More rows than a screen shows need not be drawn again for their answering times."""
LEAST_S = 0.25
"""What each part gets to end in, however little of the deadline is left."""
_ANY_ADDRESS = frozenset({"", "0.0.0.0", "localhost"})  # noqa: S104 - compared with, not bound to


class Engine:
    """Holds a home: its lock, writer, ingest, listener, clockwork and control endpoint. Started and stopped once."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._clock = parts.clock
        self.bus = FactBus()
        self._turning = Lock()
        self._stack: ExitStack | None = None
        self._deadline = 0.0
        self._started: datetime = parts.clock.now()
        self._works: Works | None = None
        self._listener: Listening | None = None

    def open(self) -> None:
        """Take the home: lock, database, what an earlier run left to apply, clockwork. Nothing is received yet.

        Raises LockHeld, StoreUnavailable, SchemaTooNew or OSError; everything begun until then is undone. Opening
        twice is no error.
        """
        with self._turning:
            self._open()

    def start(self) -> None:
        """Take the home unless that is done, and listen; returns once both ports accept.

        Raises what ``open`` raises, and what the listener raises when it cannot bind. A home that was opened before
        then stays open, and starting may be tried again.
        """
        with self._turning:
            if self.listening:
                return
            opened_before = self._stack is not None
            self._open()
            try:
                self._begun.mail.start()
                self._listen(self._begun)
            except BaseException:
                if not opened_before:
                    self._close(STOP_S)
                raise
        logger.info("the engine listens on ports %d and %d", self.public_port, self.local_port)

    def stop(self, deadline_s: float = STOP_S) -> None:
        """Stop taking deliveries, apply what is stored, close, and let the home go.

        What could not be applied within the deadline is applied at the next start. A second call does nothing.
        """
        with self._turning:
            self._close(deadline_s)
        logger.info("the engine has stopped")

    def _open(self) -> None:
        if self._stack is not None:
            return
        if self._works is not None:
            raise RuntimeError("an engine that was stopped is not started again: make a new one")
        self._deadline = time.monotonic() + STOP_S
        with ExitStack() as stack:
            self._parts.files.prepare()
            stack.enter_context(HomeLock(self._parts.files.lock, self._parts.role))
            self._work(stack)
            self._stack = stack.pop_all()

    def _close(self, deadline_s: float) -> None:
        stack, self._stack = self._stack, None
        if stack is not None:
            self._deadline = time.monotonic() + deadline_s
            stack.close()

    @property
    def running(self) -> bool:
        """Whether the home is taken."""
        return self._stack is not None

    @property
    def listening(self) -> bool:
        """Whether deliveries can come in."""
        return self._listener is not None and self._listener.running

    @property
    def clock(self) -> Clock:
        """The clock it goes by."""
        return self._clock

    @property
    def sources(self) -> Mapping[str, WebhookSource]:
        """The senders that are known, by name."""
        return self._parts.sources

    @property
    def database(self) -> Database:
        """The open database. Raises RuntimeError before the start, as the other parts do."""
        return self._begun.records.database

    @property
    def records(self) -> Records:
        """The tables."""
        return self._begun.records

    @property
    def desk(self) -> LocalDesk:
        """The deeds."""
        return self._begun.desk

    @property
    def ingest(self) -> Ingest:
        """What applies deliveries."""
        return self._begun.ingest

    @property
    def vitals(self) -> Vitals:
        """The health of the parts, and the clockwork."""
        return self._begun.vitals

    @property
    def public_port(self) -> int:
        """The port for webhooks; 0 while nothing listens."""
        return 0 if self._listener is None else self._listener.public_port

    @property
    def local_port(self) -> int:
        """The port for this machine's own pages; 0 while nothing listens."""
        return 0 if self._listener is None else self._listener.local_port

    @property
    def public_url(self) -> str | None:
        """Where the world reaches this home, when it does."""
        return None if self._works is None else self._works.way_in.url

    def status(self) -> EngineStatus:
        """Say how every part is doing. Cheap: asks memory only."""
        works = self._begun
        tunnel = works.way_in.status
        listener = listener_lamp(self.public_port, running=self.listening)
        return EngineStatus(
            role=self._parts.role,
            version=self._parts.version,
            started=self._started,
            public_port=self.public_port,
            local_port=self.local_port,
            public_url=tunnel.url,
            lamps=(listener, *works.way_in.lamps(), *works.mail.lamps(), *works.vitals.lamps()),
            tunnel=tunnel,
        )

    @property
    def _begun(self) -> Works:
        if self._works is None:
            raise RuntimeError("the engine has not been started")
        return self._works

    def _work(self, stack: ExitStack) -> None:
        parts = self._parts
        parts.files.control.unlink(missing_ok=True)
        database = Database.open(parts.files.database, clock=parts.clock, ids=parts.ids)
        stack.callback(database.close)
        records = Records(database)
        records.inbox.noted = self._answer_times_noted
        works = self._works = assemble(parts, self.bus, records, self._address)
        ingest, vitals = works.ingest, works.vitals
        stack.callback(lambda: ingest.stop(self._share(1.0)))
        ingest.start()
        stack.callback(lambda: vitals.ticker.stop(self._share(0.2)))
        vitals.ticker.start()
        stack.callback(lambda: works.mail.stop(self._share(0.5)))

    def _listen(self, works: Works) -> None:
        from booking_tui.services.control import Control

        parts, vitals, way_in = self._parts, works.vitals, works.way_in
        token = secrets.token_urlsafe(32)
        hooks = Hooks(
            store=works.records.inbox,
            ready=vitals.failing,
            metrics=lambda: (
                vitals.gauges(parts.gauge) + way_in.figures(parts.gauge, parts.counter) + works.mail.gauges(parts.gauge)
            ),
            control=Control(works.desk, token, {"status": lambda: write_status(self.status())}),
            control_token=token,
            on_stored=self._stored,
            public_host=lambda: way_in.host,
            on_tunnelled=way_in.passed,
            knows=way_in.knows,
        )
        with ExitStack() as stack:
            listener = parts.listener(hooks)
            listener.start()
            # What is on its way through the tunnel is answered before the tunnel goes.
            stack.callback(lambda: way_in.supervisor.stop(self._share(0.8)))
            stack.callback(lambda: listener.stop(self._share(0.6)))
            # Whoever waits for a test of the tunnel is answered first.
            stack.callback(way_in.supervisor.let_go)
            self._listener = listener
            way_in.supervisor.start(self.public_port)
            self._started = self._clock.now()
            stack.callback(lambda: parts.files.control.unlink(missing_ok=True))
            self._write_control(token)
            stack.callback(parts.files.withdraw)
            parts.files.announce()
            if self._stack is not None:
                self._stack.push(stack.pop_all())

    def _write_control(self, token: str) -> None:
        parts = self._parts
        point = ControlPoint(
            port=self.local_port,
            public_port=self.public_port,
            token=token,
            pid=os.getpid(),
            role=parts.role,
            version=parts.version,
            started=to_text(self._started),
        )
        point.write(parts.files.control, parts.files.write_private)

    def _share(self, part: float) -> float:
        """Give a part of what is left of the deadline, in seconds."""
        return max(LEAST_S, part * (self._deadline - time.monotonic()))

    def _address(self) -> Address | None:
        port = self.public_port
        if port == 0:
            return None
        host = self._parts.listen_host
        return Address(port, LOOPBACK if host in _ANY_ADDRESS else host)

    def _answer_times_noted(self, row_ids: Sequence[str]) -> None:
        now = self._clock.now()
        self.bus.publish(*(Fact(EVENT, row_id, now) for row_id in row_ids[-SHOWN_AT_ONCE:]))

    def _stored(self, row_id: str) -> None:
        works = self._begun
        now = self._clock.now()
        works.vitals.delivered()
        self.bus.publish(Fact(EVENT, row_id, now))
        works.ingest.wake()
