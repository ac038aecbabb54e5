"""Applies stored deliveries to the bookings, each in one transaction, in the order in which they came.

The state of the inbox row is left in the very transaction that writes the bookings: after a crash a delivery is
either applied and says so, or is still ``stored`` and is applied at the next start.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from threading import Event, Lock, Thread

from booking_tui.domain.decision import Decision, World
from booking_tui.domain.webhook import EventState, WebhookEvent
from booking_tui.ports import Clock, WebhookSource
from booking_tui.services.facts import BOOKING, EVENT, HISTORY, MAIL, Fact, FactBus
from booking_tui.services.mail_hook import MailHook, no_mail
from booking_tui.services.pace import Pace
from booking_tui.services.records import Records
from booking_tui.store.database import StoreUnavailable, Transaction

logger = logging.getLogger(__name__)

BATCH = 128
FIRST_BATCH = 8
SMALLEST_BATCH = 4
SLICE_S = 0.01
"""How long the writer may be kept from the listener at a stretch while deliveries keep coming in."""
CALM_SLICE_S = 0.1
"""The same while nothing comes in: the next delivery must not wait long either."""
GATHER_S = 0.02
"""When more than one comes in such a while, they are applied together: that costs less than each alone."""
FLOOD_S = 1.0
"""How long a backlog waits at most, while more floods in, before the next slice."""
LOOK_S = 0.05
"""How often the flood is looked at meanwhile."""
FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 5.0
LAGS = 512


@dataclass(slots=True)
class IngestCounts:
    """What was done since the start."""

    processed: int = 0
    ignored: int = 0
    parked: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: EventState
    uids: tuple[str, ...] = ()
    changed: bool = False
    emails: tuple[str, ...] = ()


class Ingest:
    """The thread that turns deliveries into bookings.

    ``demo`` says that test marks mean nothing on this home: its bookings are like any other. ``mail`` plans emails;
    ``mail_changed`` is called when it did.
    """

    def __init__(
        self,
        records: Records,
        sources: Mapping[str, WebhookSource],
        clock: Clock,
        bus: FactBus,
        *,
        demo: bool = False,
        mail: MailHook = no_mail,
        mail_changed: Callable[[], None] | None = None,
    ) -> None:
        self._records = records
        self._mail = mail
        self._mail_changed = mail_changed
        self.sources = sources
        self._clock = clock
        self._bus = bus
        self._demo = demo
        self._work = Lock()
        self._wake = Event()
        self._ended = Event()
        self._pace = Pace()
        self._seen = 0
        self._thread: Thread | None = None
        self._lags: deque[float] = deque(maxlen=LAGS)
        self._trouble: str | None = None
        self.counts = IngestCounts()

    def start(self) -> None:
        """Begin, with what an earlier run left."""
        self._wake.set()
        self._thread = Thread(target=self._run, name="ingest", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that something was stored; from any thread, returns at once."""
        self._pace.count()
        self._wake.set()

    def stop(self, deadline_s: float) -> None:
        """Apply what is stored, for at most so long, and end. What is left waits for the next start."""
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(deadline_s)

    @property
    def waiting(self) -> int:
        """About how many deliveries came in and are not looked at yet."""
        return max(0, self._pace.arrivals - self._seen)

    @property
    def trouble(self) -> str | None:
        """Why nothing can be applied now; None when it can."""
        return self._trouble

    def lags(self) -> list[float]:
        """Give the latest lags between a delivery's arrival and its being applied, in seconds."""
        return list(self._lags)

    def run_once(self, *, as_of_received: bool = False) -> int:
        """Apply everything that waits and give how many there were.

        ``as_of_received`` dates the history by the deliveries' arrival instead of now. Raises StoreUnavailable; what
        was applied until then stays applied.
        """
        done = 0
        while count := self._apply_batch(BATCH, as_of_received=as_of_received):
            done += count
        return done

    def _run(self) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            self._wake.wait()
            self._wake.clear()
            ending = self._ended.is_set()
            try:
                self._drain()
            except Exception as error:  # noqa: BLE001 - whatever it was, what is stored must be tried again
                self._note_trouble(error)
                if ending or self._ended.wait(retry_s):
                    return
                retry_s = min(retry_s * 2, LONGEST_RETRY_S)
                self._wake.set()
                continue
            self._trouble = None
            retry_s = FIRST_RETRY_S
            if ending:
                return

    def _note_trouble(self, error: Exception) -> None:
        self.counts.retries += 1
        self._trouble = str(error) or type(error).__name__
        if isinstance(error, StoreUnavailable):
            logger.warning("deliveries cannot be applied now: %s", error.reason)
        else:
            logger.error("applying deliveries failed", exc_info=error)

    def _drain(self, size: int = FIRST_BATCH) -> None:
        """Apply until nothing waits; while deliveries keep coming, in short slices with pauses."""
        while True:
            if self._pace.load(self._clock.monotonic(), GATHER_S) > 1:
                self._ended.wait(GATHER_S)
            arrivals = self._pace.arrivals
            started = self._clock.monotonic()
            done = self._apply_batch(size)
            if done == 0:
                return
            took = max(self._clock.monotonic() - started, 1e-6)
            calm = self._pace.arrivals == arrivals or self._ended.is_set()
            fitting = int(done * (CALM_SLICE_S if calm else SLICE_S) / took)
            size = max(SMALLEST_BATCH, min(BATCH, size * 2, fitting))
            if not calm:
                self._give_way(took, took / max(done, FIRST_BATCH))

    def _give_way(self, took: float, each_s: float) -> None:
        """Leave the machine to the listener: hardly when both can keep up, long while that is hopeless.

        Answering cannot wait, applying can; both at once only makes both slow.
        """
        waited = 0.0
        while (left := min(FLOOD_S, took * self._pace.load(self._clock.monotonic(), each_s) ** 4) - waited) > 0:
            arrivals = self._pace.arrivals
            look = min(LOOK_S, left)
            if self._ended.wait(look) or self._pace.arrivals == arrivals:
                return
            waited += look

    def _apply_batch(self, size: int, *, as_of_received: bool = False) -> int:
        """Apply up to ``size`` deliveries: all queued at once, so that they share commits."""
        with self._work:
            arrivals = self._pace.arrivals
            events = self._records.inbox.pending(size)
            queued = [
                (event, self._records.database.submit(partial(self._apply, event, as_of_received))) for event in events
            ]
            done = self._settle(queued)
            # What is refused or a duplicate arrives too and never waits: a short batch means that nothing does.
            self._seen = arrivals if len(events) < size else min(arrivals, self._seen + done)
            return done

    def _settle(self, queued: Sequence[tuple[WebhookEvent, Future[_Outcome]]]) -> int:
        facts: list[Fact] = []
        unavailable: StoreUnavailable | None = None
        for event, future in queued:
            try:
                outcome = self._outcome(event, future)
            except StoreUnavailable as error:
                unavailable = error
                continue
            self._count(event, outcome)
            facts.extend(self._facts(event, outcome))
        if facts:
            self._bus.publish(*facts)
        if self._mail_changed is not None and any(fact.kind == MAIL for fact in facts):
            self._mail_changed()
        if unavailable is not None:
            raise unavailable
        return len(queued)

    def _outcome(self, event: WebhookEvent, future: Future[_Outcome]) -> _Outcome:
        try:
            return future.result()
        except StoreUnavailable:
            raise
        except Exception as error:
            logger.exception("delivery %s cannot be applied", event.id)
            words = f"this delivery broke the program: {type(error).__name__}: {error}"[:500]
            self._records.database.write(
                lambda tx: self._records.inbox.settle(tx, event.id, EventState.PARKED, error=words)
            )
            return _Outcome(EventState.PARKED)

    def _apply(self, event: WebhookEvent, as_of_received: bool, tx: Transaction) -> _Outcome:
        world = self._records.bookings.world(tx)
        decision = self._decide(event, world)
        at = event.received_at if as_of_received else self._clock.now()
        before = {booking.uid: world.booking(booking.uid) for booking in decision.bookings}
        for booking in decision.bookings:
            self._records.bookings.save(tx, booking, at=at)
        self._records.bookings.carry_notes(tx, decision.bookings, at=at)
        for block in decision.busy_blocks:
            self._records.busy.save(tx, block)
        self._records.history.append(tx, decision.changes, at=at, event_id=event.id)
        emails = self._mail(tx, event, decision, before, at)
        state = _state_after(decision)
        self._records.inbox.settle(
            tx,
            event.id,
            state,
            booking_uid=decision.booking_uid,
            error=decision.parked,
            trigger=decision.trigger,
        )
        uids = tuple(booking.uid for booking in decision.bookings)
        return _Outcome(state, uids, bool(decision.changes), tuple(emails))

    def _decide(self, event: WebhookEvent, world: World) -> Decision:
        source = self.sources.get(event.source)
        if source is None:
            return Decision(parked=f"this program does not know the sender “{event.source}”", trigger=event.trigger)
        headers = {name.lower(): value for name, value in event.headers}
        return source.interpret(event.body, headers, world, event.test and not self._demo)

    def _count(self, event: WebhookEvent, outcome: _Outcome) -> None:
        match outcome.state:
            case EventState.PARKED:
                self.counts.parked += 1
            case EventState.IGNORED:
                self.counts.ignored += 1
            case _:
                self.counts.processed += 1
        self._lags.append(max(0.0, (self._clock.now() - event.received_at).total_seconds()))

    def _facts(self, event: WebhookEvent, outcome: _Outcome) -> list[Fact]:
        now = self._clock.now()
        facts = [Fact(EVENT, event.id, now)]
        facts.extend(Fact(BOOKING, uid, now) for uid in outcome.uids)
        facts.extend(Fact(MAIL, email_id, now) for email_id in outcome.emails)
        if outcome.changed:
            facts.extend(Fact(HISTORY, uid, now) for uid in outcome.uids)
        return facts


def _state_after(decision: Decision) -> EventState:
    if decision.parked is not None:
        return EventState.PARKED
    return EventState.PROCESSED if decision.ignored is None else EventState.IGNORED
