"""The simulator's own thread: it performs what falls due and sends webhooks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta

from booking_tui.sandbox.resend.world import World

POLL_S = 0.05
"""How late something may be that nobody announced, in seconds."""

logger = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]


class Engine:
    """Jobs of one lane run one after the other; lanes do not wait for each other."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._idle = threading.Condition(world.lock)
        self._backlog: deque[tuple[str, Job]] = deque()
        self._lanes: dict[str, deque[Job]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._open = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken: asyncio.Event | None = None
        self._ended = False
        self._thread: threading.Thread | None = None
        world.woken = self.wake

    def start(self) -> None:
        """Begin, in an own thread."""
        self._ended = False
        self._thread = threading.Thread(target=asyncio.run, args=(self._main(),), name="resend-sandbox", daemon=True)
        self._thread.start()

    def stop(self, deadline_s: float = 1.0) -> None:
        """End at once: what is on its way is dropped, what is due later does not happen."""
        with self._world.lock:
            self._ended = True
        self.wake()
        if self._thread is not None:
            self._thread.join(deadline_s)

    def wake(self) -> None:
        """Look at once; from any thread."""
        with self._world.lock:
            if self._loop is not None and self._woken is not None:
                self._loop.call_soon_threadsafe(self._woken.set)

    def submit(self, lane: str, job: Job) -> None:
        """Run a job as soon as those before it in its lane are done; from any thread."""
        with self._world.lock:
            self._open += 1
            self._backlog.append((lane, job))
        self.wake()

    def settle(self, timeout_s: float = 30.0) -> None:
        """Perform what is due now and wait until all of it is done; not from the engine's own thread.

        Raises TimeoutError. Virtual time stands still meanwhile, the timeout is real.
        """
        while True:
            self._world.perform_due()
            with self._idle:
                if self._thread is not None and not self._idle.wait_for(self._quiet, timeout_s):
                    raise TimeoutError(f"{self._open} webhooks are still being sent")
                due = self._world.next_due()
                if due is None or due > self._world.clock():
                    return

    def advance(self, seconds: float) -> None:
        """Go so many seconds ahead, from one due thing to the next, each done before the clock goes on."""
        target = self._world.clock() + timedelta(seconds=seconds)
        self.settle()
        while (due := self._world.next_due()) is not None and due <= target:
            self._world.clock.move_to(due)
            self.settle()
        self._world.clock.move_to(target)
        self.settle()

    def _quiet(self) -> bool:
        return self._open == 0 or self._ended

    async def _main(self) -> None:
        woken = asyncio.Event()
        with self._world.lock:
            self._loop, self._woken = asyncio.get_running_loop(), woken
        try:
            while not self._ended:
                woken.clear()
                self._world.perform_due()
                self._distribute()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), POLL_S)
        finally:
            with self._world.lock:
                self._loop = self._woken = None
            running = list(self._tasks.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            self._forget()

    def _forget(self) -> None:
        with self._idle:
            self._backlog.clear()
            self._lanes.clear()
            self._tasks.clear()
            self._open = 0
            self._idle.notify_all()

    def _distribute(self) -> None:
        with self._world.lock:
            while self._backlog:
                lane, job = self._backlog.popleft()
                self._lanes.setdefault(lane, deque()).append(job)
                if lane not in self._tasks:
                    self._tasks[lane] = asyncio.create_task(self._drain(lane))

    async def _drain(self, lane: str) -> None:
        waiting = self._lanes[lane]
        while waiting:
            job = waiting.popleft()
            try:
                await job()
            except Exception:
                logger.exception("the simulated Resend could not finish a job")
            finally:
                with self._idle:
                    self._open -= 1
                    self._idle.notify_all()
        del self._lanes[lane], self._tasks[lane]
