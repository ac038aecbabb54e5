"""What is done between sending: catching up, planning anew, looking how the emails are doing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from booking_tui.ports import Clock
from booking_tui.ports.mail import MailAccount, MailSetup

logger = logging.getLogger(__name__)

SLEPT = timedelta(minutes=2)
"""The wall clock ran so far ahead of the monotonic one: the machine slept, or its clock was set."""
ASIDE_S = 2.0
"""While much is sent, what is done between is done so often all the same."""

Jobs = Callable[[MailAccount | None, bool], None]
"""Told how to send now, and whether the machine has just slept; each decides by itself whether it is time."""


class Between:
    """Does these jobs, between two rounds of sending and in the middle of a long one. Used by the thread that sends."""

    def __init__(self, jobs: Jobs | None, setup: MailSetup, clock: Clock) -> None:
        self._jobs = jobs
        self._setup = setup
        self._clock = clock
        self._done_at = clock.monotonic()
        self._wall_ahead: timedelta | None = None

    def do(self) -> None:
        """Do them now."""
        if self._jobs is None:
            return
        try:
            self._jobs(self._setup(), self._slept())
        finally:
            self._done_at = self._clock.monotonic()

    def do_in_turn(self) -> None:
        """Do them in the middle of a round, when they were not done for a while. Never raises.

        What fails keeps nothing from being sent: after the round it is tried again, and told.
        """
        if self._jobs is None or self._clock.monotonic() - self._done_at < ASIDE_S:
            return
        try:
            self.do()
        except Exception:
            logger.exception("what is done while emails are sent failed")

    def _slept(self) -> bool:
        """Say whether the wall clock ran ahead of the monotonic one since the last time it was asked."""
        ahead = timedelta(seconds=self._clock.now().timestamp() - self._clock.monotonic())
        before, self._wall_ahead = self._wall_ahead, ahead
        return before is not None and ahead - before > SLEPT
