"""Waiting for a row to become durable, from an asyncio loop, without ever taking the row back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future

from booking_tui.domain.webhook import Receipt


class NotDurableError(Exception):
    """No commit came in time; the row may still become durable later."""


async def receipt_of(future: Future[Receipt], timeout_s: float) -> Receipt:
    """Wait for the store's receipt. Raises NotDurableError after ``timeout_s``, or what the store failed with.

    The future is never cancelled: its writer has it in hand.
    """
    if future.done():
        return future.result()
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not waiter.done():
            waiter.set_result(None)

    call_in(loop, future, wake)
    timer = loop.call_later(timeout_s, wake)
    try:
        await waiter
    finally:
        timer.cancel()
    if not future.done():
        raise NotDurableError(f"no commit within {timeout_s:g} s")
    return future.result()


def call_in(loop: asyncio.AbstractEventLoop, future: Future[Receipt], call: Callable[[], None]) -> None:
    """Call something in the loop once the future is done; a loop that has closed meanwhile is let be."""

    def done(_: Future[Receipt]) -> None:
        # The loop says by RuntimeError that it has closed; asking it first would leave a gap.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(call)

    future.add_done_callback(done)
