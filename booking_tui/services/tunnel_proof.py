"""Proves the way in: a request of our own goes out through the public URL and must come back to this very process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread

from booking_tui.domain.tunnel import SelfTest, TunnelFailed, TunnelProblem
from booking_tui.ports import Clock, Ping
from booking_tui.services.nonces import Nonces

DEADLINE_S = 12.0
"""For the whole request: a server that answers drop by drop must not hold the supervisor up."""
LOOK_S = 0.05
MOST_LEFT = 2
_TOO_SLOW = TunnelProblem("The public web address did not answer in time.", "It is tried again by itself.", again=True)
_STUCK = TunnelProblem(
    "Earlier self-tests still wait for an answer, so no other was sent.", "It is tried again by itself.", again=True
)
_NOT_HERE = TunnelProblem(
    "Something answers at the public web address, but it is not this booking_tui.",
    "Compare the address with the one your tunnel shows; another computer may be using it.",
    again=True,
)
_BROKEN = TunnelProblem("The self-test failed in its own code.", "The log has the details.", again=True)


class Abandoned(Exception):  # noqa: N818 - it names what happened
    """The answer is not wanted any more."""


class _Errand(Thread):
    """One request on its way. It is left alone when it takes too long: not everything it waits for can be ended."""

    def __init__(self, ping: Ping, url: str, nonce: str) -> None:
        super().__init__(name="tunnel-self-test", daemon=True)
        self._ping, self._url, self._nonce = ping, url, nonce
        self.done = Event()
        self.took_ms = 0.0
        self.problem: TunnelProblem | None = None

    def run(self) -> None:
        try:
            self.took_ms = self._ping(self._url, self._nonce)
        except TunnelFailed as failed:
            # What a test met may pass, whatever it was: only an opening finds out what does not.
            self.problem = replace(failed.problem, again=True, rest_s=0.0)
        except Exception:
            self.problem = _BROKEN
            raise
        finally:
            self.done.set()


class Errands:
    """Sends requests around, one at a time, and remembers those that were given up while still on their way."""

    def __init__(self) -> None:
        self._left: list[_Errand] = []

    def prove(
        self, ping: Ping, nonces: Nonces, clock: Clock, url: str, unwanted: Callable[[], bool]
    ) -> tuple[SelfTest, TunnelProblem | None]:
        """Send one request around and give how it went, with the problem when it did not come back.

        Nothing is sent while too many of before are still out: each holds a thread and a connection. Raises Abandoned
        as soon as ``unwanted`` holds.
        """
        at = clock.now()
        self._left = [errand for errand in self._left if errand.is_alive()]
        if len(self._left) >= MOST_LEFT:
            return SelfTest(at, None, _STUCK.what), _STUCK
        nonce = nonces.new()
        errand = _Errand(ping, url, nonce)
        errand.start()
        end = time.monotonic() + DEADLINE_S
        while not errand.done.wait(LOOK_S):
            late = time.monotonic() > end
            if not late and not unwanted():
                continue
            self._left.append(errand)
            if not late:
                raise Abandoned
            return SelfTest(at, None, _TOO_SLOW.what), _TOO_SLOW
        problem = errand.problem
        if problem is None and nonces.take(nonce):
            # Nobody brought the word here: whoever answered, it was not us.
            problem = _NOT_HERE
        return SelfTest(at, errand.took_ms if problem is None else None, problem and problem.what), problem
