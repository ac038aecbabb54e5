"""Regular work by the wall clock: a laptop that slept catches up at its next tick."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from booking_tui.ports import Clock

logger = logging.getLogger(__name__)

TICK_S = 15.0
"""The longest wait between two looks at the clock."""
LATE_TICKS = 3


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is due every so often; ``run`` may raise, it is then due again after ``again_after_error``."""

    name: str
    every: timedelta
    run: Callable[[], None]
    again_after_error: timedelta = timedelta(seconds=TICK_S)


class Ticker:
    """Runs due jobs one after another on its own thread.

    ``pause(seconds)`` waits and says whether it is time to end; it is replaced in tests.
    """

    def __init__(self, clock: Clock, jobs: Sequence[Job], pause: Callable[[float], bool] | None = None) -> None:
        self._clock = clock
        self._jobs = tuple(jobs)
        self._ended = Event()
        self._pause = pause or self._ended.wait
        self._due: dict[str, datetime] = {}
        self._failing: dict[str, str] = {}
        self._lock = Lock()
        self._beat: float | None = None
        self._last_tick: datetime | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin; every job is due at once."""
        self._beat = self._clock.monotonic()
        self._thread = Thread(target=self._run, name="ticker", daemon=True)
        self._thread.start()

    def stop(self, deadline_s: float) -> None:
        """End after the job that is running, waiting for it at most so long."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(deadline_s)

    def tick(self) -> None:
        """Run every job that is due now."""
        for job in self._jobs:
            now = self._clock.now()
            due = self._due.get(job.name)
            # A wall clock set back must not put work off: nothing is ever due later than one interval from now.
            if due is not None and now < due <= now + job.every:
                continue
            self._due[job.name] = now + self._try(job)
        with self._lock:
            self._beat = self._clock.monotonic()
            self._last_tick = self._clock.now()

    @property
    def alive(self) -> bool:
        """Whether ticks come in time."""
        with self._lock:
            beat = self._beat
        return beat is not None and not self._ended.is_set() and self._clock.monotonic() - beat < TICK_S * LATE_TICKS

    @property
    def last_tick(self) -> datetime | None:
        """When the last round ended, UTC."""
        with self._lock:
            return self._last_tick

    def failing(self) -> tuple[str, ...]:
        """Name the jobs whose last run failed, each with its error, in sentences."""
        with self._lock:
            return tuple(f"{name} failed: {why}" for name, why in self._failing.items())

    def _try(self, job: Job) -> timedelta:
        try:
            job.run()
        except Exception as error:
            logger.exception("regular work failed: %s", job.name)
            with self._lock:
                self._failing[job.name] = str(error) or type(error).__name__
            return min(job.again_after_error, job.every)
        with self._lock:
            self._failing.pop(job.name, None)
        return job.every

    def _run(self) -> None:
        while not self._ended.is_set():
            self.tick()
            if self._pause(TICK_S):
                return
