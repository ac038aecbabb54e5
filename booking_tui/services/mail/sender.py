"""The one thread that sends: looks at what is due, hands it over, and notes what came of it.

Every step is durable before the next: a claim before its request, an answer before the next claim. Killed anywhere,
the next run finds either nothing begun, or a claim without an answer, which is tried again with the same key and body.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

from booking_tui.domain.mail.answer import Answer
from booking_tui.ports import Clock
from booking_tui.ports.mail import MailAccount, MailSetup
from booking_tui.services.facts import BOOKING, HEALTH, HISTORY, MAIL, Fact, FactBus
from booking_tui.services.mail.between import Between, Jobs
from booking_tui.services.mail.claiming import Work, WorkKind
from booking_tui.services.mail.following import Following
from booking_tui.services.mail.handing_over import hand_over
from booking_tui.services.mail.looking import Looking
from booking_tui.services.mail.pace import SendingPace
from booking_tui.services.mail.pauses import Pauses, Standstill
from booking_tui.services.mail.planning import MailChoice
from booking_tui.services.mail.releasing import settings_changed
from booking_tui.services.mail.settling import Settling
from booking_tui.services.mail.turns import Turns
from booking_tui.services.records import Records
from booking_tui.services.ticker import TICK_S
from booking_tui.store.database import StoreUnavailable, Transaction

logger = logging.getLogger(__name__)

SHORTEST_S = 0.05
_ELSEWHERE = "another process sends the emails of this database now"
_DIED = "the part that sends emails has stopped; start the program anew"


@dataclass(slots=True)
class SendingCounts:
    """What was done since the start."""

    requests: int = 0
    accepted: int = 0
    failed: int = 0


class MailSender:
    """Sends what is due. ``holder`` tells this process from others at the same database.

    ``pause(seconds)`` waits and says whether it is time to end; ``between`` are jobs done when nothing is to be sent,
    and now and then while much is (catching up), each deciding by itself whether it is time; they are told whether the
    machine has just slept, and ask the provider in turns of their own (``undisturbed``).
    """

    def __init__(
        self,
        records: Records,
        setup: MailSetup,
        choice: Callable[[], MailChoice],
        clock: Clock,
        bus: FactBus,
        *,
        holder: str,
        jitter: Callable[[], float] = random.random,
        pause: Callable[[float], bool] | None = None,
        between: Jobs | None = None,
    ) -> None:
        self._records = records
        self._setup = setup
        self._clock = clock
        self._bus = bus
        self._jitter = jitter
        self._ended = Event()
        self._wake = Event()
        self._pause = pause or self._wait
        self._pace_pause = pause or self._ended.wait
        self._between = Between(between, setup, clock)
        self._pauses = Pauses(records)
        self._settling = Settling(records, self._pauses, Following(records))
        self._looking = Looking(records, self._pauses, choice, clock, holder=holder)
        self.pace = SendingPace(clock.monotonic)
        self.counts = SendingCounts()
        self._turns = Turns()
        self._trouble: str | None = None
        self._configured = False
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = Thread(target=self._run, name="mail", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that something may be due; from any thread, returns at once."""
        self._wake.set()

    def stop(self, deadline_s: float) -> None:
        """End after the request that is under way, waiting for it at most so long."""
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(deadline_s)

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def trouble(self) -> str | None:
        """Why nothing can be sent now for a reason of this machine's; None when it can."""
        died = self._thread is not None and not self._ended.is_set() and not self.alive
        return _DIED if died else self._trouble

    @property
    def configured(self) -> bool:
        """Whether there is a key and a sender, as of the last look."""
        return self._configured

    def standstill(self) -> Standstill | None:
        """Give why nothing is sent now, by a person's or the provider's word."""
        return self._pauses.standstill(self._clock.now())

    @property
    def waiting(self) -> int:
        """How many wait for a moment in which nothing is sent."""
        return self._turns.waiting

    @contextmanager
    def undisturbed(self) -> Generator[None]:
        """Let nothing be sent for as long as the block lasts: the provider is asked by one thread at a time.

        It waits for one request at most, not for all that is due.
        """
        with self._turns.turn():
            try:
                yield
            finally:
                # What was asked counts at the provider as much as what is sent.
                self.pace.begun()

    def run_once(self) -> int:
        """Hand over everything that is due now; gives the number of requests made. Raises StoreUnavailable."""
        made = 0
        while not self._ended.is_set() and self._is_allowed():
            # From the claim to what came of it nobody else asks the provider; the pause before is nobody's turn.
            with self._turns.turn():
                work = self._next_work()
            if work is None:
                break
            made += 1
            self._between.do_in_turn()
        return made

    def _is_allowed(self) -> bool:
        """Wait until the next request may be made, where one is due; False when it is time to end."""
        if self.pace.wait_s() <= 0:
            return True
        account, now = self._account(), self._clock.now()
        if account is None or not self._is_due(now) or self._pauses.stops_everything(now):
            return True
        return self._keep_pace()

    def _is_due(self, now: datetime) -> bool:
        due = self._records.claims.next_look()
        return due is not None and due <= now

    def _next_work(self) -> Work | None:
        """Make one look and what follows from it; None when nothing is due, or nothing may be sent."""
        account, now = self._account(), self._clock.now()
        if not self._looking.wanted(now, due=self._is_due(now)):
            return None
        work, touched = self._looking.look(account)
        self._trouble = None if self._looking.holds else _ELSEWHERE
        self._tell(touched)
        if work.kind is WorkKind.NOTHING:
            return None
        assert account is not None  # noqa: S101 - nothing is claimed without one
        self._hand_over(work, account)
        return work

    def _account(self) -> MailAccount | None:
        account = self._setup()
        self._configured = account is not None
        self._note_account(account)
        return account

    def _keep_pace(self) -> bool:
        """Wait until the next request is allowed; False when it is time to end."""
        begun: int | None = None
        while (wait_s := self.pace.wait_s()) > 0 and begun != self.pace.begun_so_far:
            # Once more when somebody else has asked meanwhile: then the wait begins anew.
            begun = self.pace.begun_so_far
            if self._pace_pause(wait_s):
                return False
        return True

    def _hand_over(self, work: Work, account: MailAccount) -> None:
        provider = account.provider
        self.counts.requests += 1
        self.pace.begun()
        answer = hand_over(provider, work)
        self.pace.heard(answer.limits, answer.retry_after_s)
        self._settle(work, answer)

    def _settle(self, work: Work, answer: Answer) -> None:
        now, jitter = self._clock.now(), self._jitter()

        def job(transaction: Transaction) -> list[str]:
            match work.kind:
                case WorkKind.BATCH:
                    self._settling.batch(transaction, work, answer, jitter=jitter, now=now)
                case WorkKind.CALL_OFF:
                    self._settling.called_off(transaction, work.claimed[0], answer, now)
                    return []
                case _:
                    self._settling.one(transaction, work.claimed[0], answer, jitter=jitter, now=now)
            return self._settling.mended(transaction, answer, now)

        freed = self._records.database.write(job)
        if answer.accepted:
            self.counts.accepted += len(work.claimed)
        else:
            self.counts.failed += len(work.claimed)
        self._tell([*(claimed.stored.id for claimed in work.claimed), *freed])
        uids = {claimed.stored.email.booking_uid for claimed in work.claimed} - {None}
        self._bus.publish(*(Fact(kind, uid, now) for uid in uids if uid for kind in (HISTORY, BOOKING)))

    def _note_account(self, account: MailAccount | None) -> None:
        """When the settings have changed, try again what was held or paused because of them."""
        mark = "" if account is None else account.mark
        if not self._pauses.account_changed(mark):
            return
        now = self._clock.now()
        released: list[str] = []

        def job(transaction: Transaction) -> None:
            self._pauses.note_account(transaction, mark)
            self._pauses.lift(transaction)
            if account is not None:
                released.extend(settings_changed(self._records, transaction, account, now))

        self._records.database.write(job)
        self._tell(released)
        self._bus.publish(Fact(HEALTH, "mail", now))

    def _tell(self, ids: list[str]) -> None:
        now = self._clock.now()
        self._bus.publish(*(Fact(MAIL, email_id, now) for email_id in dict.fromkeys(ids)))

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wake.clear()
            rest_s: float = TICK_S
            try:
                self.run_once()
                if not self._ended.is_set():
                    self._between.do()
                if self._looking.holds:
                    self._trouble = None
                rest_s = self._rest_s()
            except StoreUnavailable as error:
                self._trouble = error.reason
                logger.warning("emails cannot be worked on now: %s", error.reason)
            except Exception as error:
                self._trouble = str(error) or type(error).__name__
                logger.exception("sending emails failed")
            if self._pause(rest_s):
                break
        self._leave()

    def _rest_s(self) -> float:
        """Give how long nothing has to be looked at, by the wall clock: a laptop that slept looks at its next tick."""
        if self._trouble is not None or not self._configured or self.standstill() is not None:
            return TICK_S
        due = self._records.claims.next_look()
        if due is None:
            return TICK_S
        return min(TICK_S, max(SHORTEST_S, (due - self._clock.now()).total_seconds()))

    def _wait(self, seconds: float) -> bool:
        self._wake.wait(seconds)
        return self._ended.is_set()

    def _leave(self) -> None:
        try:
            self._looking.leave()
        except StoreUnavailable as error:
            logger.info("the sender's lease runs out by itself: %s", error.reason)
