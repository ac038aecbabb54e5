"""Keeps the way in from outside open, proves it, and says the truth about it.

The supervisor's own thread opens the tunnel, looks at it every second, sends itself a request through the public URL
(at the start, after a change, after a sleep, when asked, and rarely otherwise), and opens it again when it is gone.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event, Lock, Thread

from booking_tui.domain.tunnel import NOT_SET_UP, TunnelFailed, TunnelProblem, TunnelState, TunnelStatus
from booking_tui.ports import Clock, Doubtful, Ping, Tunnel, TunnelSource
from booking_tui.services.facts import FactBus
from booking_tui.services.nonces import Nonces
from booking_tui.services.tunnel_address import Addresses
from booking_tui.services.tunnel_askers import Askers
from booking_tui.services.tunnel_board import TunnelBoard
from booking_tui.services.tunnel_pace import SleepWatch, TestPace, TryPace
from booking_tui.services.tunnel_proof import Abandoned, Errands
from booking_tui.services.tunnel_traffic import TunnelTraffic

logger = logging.getLogger(__name__)

LOOK_S = 1.0
"""How often the tunnel is looked at; a look asks this machine only."""
FAILED_TESTS_BEFORE_RESTART = 4
TEST_WAIT_S = 20.0
_CRASHED = TunnelProblem("the tunnel's own code failed", "the log has the details; R opens it again", again=True)


class _WokenEarly(Abandoned):
    """Somebody wants the tunnel opened anew, or the engine stops."""


class TunnelSupervisor:
    """Holds the tunnel of a running engine. ``pause(seconds)`` waits until the time or a wish; replaced in tests."""

    def __init__(
        self,
        source: TunnelSource,
        ping: Ping,
        clock: Clock,
        bus: FactBus,
        traffic: TunnelTraffic,
        *,
        addresses: Addresses | None = None,
        nonces: Nonces | None = None,
        pause: Callable[[float], bool] | None = None,
        jitter: Callable[[], float] = lambda: secrets.randbelow(1000) / 1000,
    ) -> None:
        self._source = source
        self._ping = ping
        self._clock = clock
        self._traffic = traffic
        self._board = TunnelBoard(source, clock, bus, traffic, addresses or Addresses(clock))
        self._say = self._board.say
        self.nonces = nonces or Nonces(clock.monotonic)
        self._wish = Event()
        self._pause = pause or self._wish.wait
        self._cancelled = Event()
        """Set to interrupt an opening; the tunnel in hand looks at it."""
        self._ended = False
        self._anew = False
        self._askers = Askers()
        self._restarted_in_vain = False
        """Whether the tunnel was opened anew because of failed tests, and no proof has come since."""
        self._stood = False
        """Whether it has stood since it was last opened again."""
        self._orders = Lock()
        """Held while the two marks of a restart are set or taken away: one without the other says something else."""
        self._tests = TestPace(clock.monotonic)
        self._tries = TryPace(clock.monotonic, jitter)
        self._errands = Errands()
        self._sleep = SleepWatch(clock)
        self._thread: Thread | None = None
        self._port = 0

    # -- for any thread

    def start(self, port: int) -> None:
        """Begin to keep a way in to this port, on a thread of its own."""
        if self._source.kind != "none":
            self._say(state=TunnelState.STARTING, url=self._source.standing_url)
        self._thread = Thread(target=self.keep_open, args=(port,), name="tunnel", daemon=True)
        self._thread.start()

    def stop(self, deadline_s: float) -> None:
        """End the tunnel and every process of it, waiting for that at most so long."""
        self._ended = True
        self._cancelled.set()
        self._wish.set()
        self._askers.end()
        if self._thread is not None:
            self._thread.join(deadline_s)

    def let_go(self) -> None:
        """Answer whoever waits for a test, now and from now on: the end is near."""
        self._askers.end()

    @property
    def status(self) -> TunnelStatus:
        """How the way in is doing now."""
        return self._board.status

    @property
    def last_url(self) -> str | None:
        """The last public URL there was: what still comes in under it while it is looked for again is genuine."""
        return self._board.last_url

    @property
    def url(self) -> str | None:
        """Where the world reaches this home, as far as is known; None while there is no way in."""
        return self._board.said.url

    def settle_address(self) -> None:
        """Take a person's word that Cal.com sends to the present address by now."""
        self._board.settle_address()

    def restart(self) -> None:
        """Read the settings anew and open the tunnel anew, at once."""
        self._board.anew()
        with self._orders:
            self._anew = True
            self._cancelled.set()
        self._wish.set()

    def test(self) -> TunnelStatus:
        """Send a request through the public URL now and give how it went; without a URL nothing is sent.

        Raises TimeoutError when no answer is known within ``TEST_WAIT_S``, or when others wait for one already.
        """
        self._askers.wait(self._wish.set, TEST_WAIT_S)
        return self.status

    # -- in its own thread

    def keep_open(self, port: int) -> None:
        """Keep a way in to this port until ``stop``: what the thread of ``start`` does."""
        self._port = port
        while not self._ended:
            with self._orders:
                self._anew = False
                self._cancelled.clear()
            if self._ended:
                # The order to end came between the two lines above, and its mark was just wiped away.
                break
            try:
                self._keep(self._source.make())
            except Abandoned:
                self._forget_failures()
            except TunnelFailed as failed:
                self._become(self._source.kind)
                self._wait_after(failed.problem)
            except Exception:
                logger.exception("the tunnel's supervisor met an error")
                self._wait_after(_CRASHED)
        self._say(state=TunnelState.OFF, url=None, inspector=None, next_try_at=None)

    def _keep(self, tunnel: Tunnel | None) -> None:
        """Open a tunnel and stay with it; comes back only by an exception."""
        if tunnel is None:
            self._become("none")
            self._say(state=TunnelState.OFF, url=None, problem=None, inspector=None, next_try_at=None)
            while True:
                self._rest(None)
        self._become(tunnel.kind)
        self._say(state=TunnelState.STARTING, next_try_at=None)
        try:
            url = tunnel.open(self._port, self._cancelled)
            logger.info("the tunnel stands at %s", url)
            self._opened(tunnel, url)
            self._stay(tunnel)
        except TunnelFailed:
            if self._anew or self._ended:
                raise _WokenEarly from None
            raise
        finally:
            self._say(state=TunnelState.STARTING, url=None, inspector=None)
            tunnel.close()

    def _become(self, kind: str) -> None:
        """Say which kind it is from now on; what another kind met says nothing of this one."""
        said = self._board.said
        if kind != said.kind:
            self._say(kind=kind, url=None, self_test=None, problem=None, restarts=-said.restarts)

    def _opened(self, tunnel: Tunnel, url: str) -> None:
        self._stood = True
        self._tests.begin(tunnel.kind, url)
        self._tries.opened()
        self._sleep.begin()
        self._say(url=url, state=TunnelState.STARTING, problem=None, inspector=tunnel.inspector)

    def _stay(self, tunnel: Tunnel) -> None:
        while True:
            self._look(tunnel)
            self._rest(LOOK_S)

    def _look(self, tunnel: Tunnel) -> None:
        """See whether it still stands, and prove it when that is due."""
        if self._sleep.woke():
            logger.info("this machine slept: the tunnel is tested at once")
            self._tests.begin()
        url = tunnel.look()
        if url is None:
            self._say(state=TunnelState.RECONNECTING, url=None)
            self._askers.answer()
            return
        if url != self.url:
            if url == self.last_url:
                self._tests.came_back()
            else:
                logger.info("the public URL changed to %s", url)
                self._tests.begin(url=url)
            self._say(url=url, state=TunnelState.STARTING, inspector=tunnel.inspector)
        self._board.look_at_address()
        if self._traffic.delivered_since(self._tests.last):
            # A delivery that came through proves more than a test; it saves one of the plan's requests.
            self._proved()
            self._say(state=TunnelState.UP, problem=None)
        if self._tests.take(asked=bool(self._askers)):
            self._prove(tunnel, url)

    def _prove(self, tunnel: Tunnel, url: str) -> None:
        """Send one request around through the public URL."""
        seen = self._traffic.seen
        result, problem = self._errands.prove(
            self._ping, self.nonces, self._clock, url, lambda: self._ended or self._anew
        )
        if self._ended or self._anew:
            raise _WokenEarly
        if problem is None:
            self._proved()
            marked = self._traffic.seen != seen
            self._say(state=TunnelState.UP, problem=None, self_test=replace(result, marked=marked))
            self._askers.answer()
            return
        self._tests.failed()
        logger.warning("the self-test through %s failed: %s", url, problem.what)
        self._say(state=TunnelState.UNREACHABLE, problem=problem, self_test=result)
        self._askers.answer()
        if not self._tries.proved_once and isinstance(tunnel, Doubtful) and tunnel.doubt():
            return
        enough = self._tests.failures >= FAILED_TESTS_BEFORE_RESTART
        if enough and not self._restarted_in_vain and self._board.said.kind != "url":
            # Once: when that does not help, the fault lies elsewhere, and what still comes through must not be cut off.
            self._restarted_in_vain = True
            raise TunnelFailed(problem)

    def _proved(self) -> None:
        self._tests.proved()
        self._tries.proved()
        self._restarted_in_vain = False

    def _forget_failures(self) -> None:
        self._tries.forget()
        self._tests.allow()

    def _wait_after(self, problem: TunnelProblem) -> None:
        """Say what went wrong and wait: for the next try, or for a person when trying cannot help."""
        if problem.again:
            seconds = self._tries.pause_after(problem.rest_s)
            again_at = self._clock.now() + timedelta(seconds=seconds)
            restarts, self._stood = int(self._stood), False
            self._say(state=TunnelState.RETRYING, problem=problem, next_try_at=again_at, restarts=restarts)
        else:
            seconds = None
            self._say(state=TunnelState.BLOCKED, problem=problem, next_try_at=None)
        level = logging.INFO if problem.code == NOT_SET_UP else logging.WARNING
        logger.log(level, "the tunnel is down: %s", problem.what)
        try:
            self._rest(seconds)
        except _WokenEarly:
            self._forget_failures()

    def _rest(self, seconds: float | None) -> None:
        """Wait, at most until the settings change; raises when the tunnel is to be opened anew or ended."""
        until = None if seconds is None else self._clock.monotonic() + seconds
        while True:
            left = LOOK_S if until is None else min(LOOK_S, until - self._clock.monotonic())
            if left > 0:
                self._pause(left)
            self._wish.clear()
            if self._ended or self._anew:
                raise _WokenEarly
            if self._source.changed():
                self._board.anew()
                raise _WokenEarly
            if self._askers:
                if self.url is not None:
                    return
                self._askers.answer()
            if until is not None and self._clock.monotonic() >= until:
                return
