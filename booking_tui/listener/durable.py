"""Waiting for rows to become durable, from an asyncio loop, without ever taking a row back."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from booking_tui.domain.webhook import Receipt


class NotDurableError(Exception):
    """No commit came in time; the row may still become durable later."""


class Durability:
    """Tells one loop of rows that became durable.

    Rows become durable in groups, and waking the loop costs a system call: one call wakes it for the whole group.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, patience_s: float) -> None:
        """``patience_s`` is how long a row may take."""
        self.loop = loop
        self._patience_s = patience_s
        self._calls: deque[Callable[[], None]] = deque()
        self._awake = False
        self._waiting: dict[asyncio.Future[None], float] = {}
        """Who waits, and until when: all are equally patient, so the first gives up first."""
        self._timer: asyncio.TimerHandle | None = None

    async def receipt_of(self, future: Future[Receipt]) -> Receipt:
        """Wait for the store's receipt. Raises NotDurableError when it takes too long, or what the store failed with.

        The future is never cancelled: its writer has it in hand.
        """
        if future.done():
            return future.result()
        waiter: asyncio.Future[None] = self.loop.create_future()
        self.call_when_done(future, partial(_wake, waiter))
        self._waiting[waiter] = self.loop.time() + self._patience_s
        if self._timer is None:
            self._timer = self.loop.call_later(self._patience_s, self._give_up)
        try:
            await waiter
        finally:
            self._waiting.pop(waiter, None)
        if not future.done():
            raise NotDurableError(f"no commit within {self._patience_s:g} s")
        return future.result()

    def _give_up(self) -> None:
        """Wake those who have waited long enough, and come back for the next one."""
        self._timer = None
        for waiter, until in list(self._waiting.items()):
            if until > self.loop.time():
                self._timer = self.loop.call_at(until, self._give_up)
                return
            del self._waiting[waiter]
            _wake(waiter)

    def call_when_done(self, future: Future[Receipt], call: Callable[[], None]) -> None:
        """Call something that never raises in the loop once the future is done; a loop closed meanwhile is let be."""
        future.add_done_callback(partial(self._hand_over, call))

    def _hand_over(self, call: Callable[[], None], _: Future[Receipt]) -> None:
        self._calls.append(call)
        if self._awake:
            return
        self._awake = True
        # The loop says by RuntimeError that it has closed; asking it first would leave a gap.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._make_calls)

    def _make_calls(self) -> None:
        # First: what is handed over after the last look must wake the loop again.
        self._awake = False
        while self._calls:
            self._calls.popleft()()


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
