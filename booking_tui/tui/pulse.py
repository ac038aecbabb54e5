"""What wakes the dashboard: facts in batches, the minute, and the signals that end a terminal program."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import signal
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from textual.app import App
from textual.timer import Timer

from booking_tui.ports import Clock

if TYPE_CHECKING:
    from booking_tui.services.facts import Fact, Subscription

BATCH_S = 0.1
"""Facts that come within this time are shown together."""
LEAST_S = 0.01
"""What comes after a rest is shown this soon: a delivery's facts come one behind the other."""


class FactSource(Protocol):
    """Where facts come from; the bus of the services is one."""

    def subscribe(self, wake: Callable[[], None]) -> Subscription:
        """Begin to hear; ``wake`` may be called from any thread."""
        ...


class Pulse:
    """Calls back on the screen's own thread. There is no timer that runs while nothing happens, but the minute's."""

    def __init__(self, app: App[object], clock: Clock, facts: FactSource | None) -> None:
        self._app = app
        self._clock = clock
        self._source = facts
        self._subscription: Subscription | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._own_context: contextvars.Context | None = None
        self._batch: Timer | None = None
        self._delivered = 0.0
        self._on_facts: Callable[[Sequence[Fact]], None] | None = None
        self._on_minute: Callable[[], None] | None = None

    def start(self, on_facts: Callable[[Sequence[Fact]], None], on_minute: Callable[[], None]) -> None:
        """Begin. Must be called on the screen's thread, inside its loop."""
        self._loop = asyncio.get_running_loop()
        self._own_context = contextvars.copy_context()
        self._on_facts = on_facts
        self._on_minute = on_minute
        for name in ("SIGTERM", "SIGHUP"):
            with contextlib.suppress(NotImplementedError, ValueError, AttributeError, RuntimeError):
                # Without this, Textual would be killed with the terminal still in its alternate screen.
                self._loop.add_signal_handler(getattr(signal, name), self._app.exit)
        if self._source is not None:
            self._subscription = self._source.subscribe(self._wake)
        self._wait_for_minute()

    def stop(self) -> None:
        """Hear nothing more."""
        if self._subscription is not None:
            self._subscription.close()
        if self._loop is not None:
            for name in ("SIGTERM", "SIGHUP"):
                with contextlib.suppress(NotImplementedError, ValueError, AttributeError, RuntimeError):
                    self._loop.remove_signal_handler(getattr(signal, name))

    def _wake(self) -> None:
        """Be told by any thread that there are facts. Never blocks."""
        if self._loop is not None and not self._loop.is_closed():
            # Not in the teller's own context: Textual finds its app by a context variable.
            self._loop.call_soon_threadsafe(self._collect, context=self._own_context)

    def _collect(self) -> None:
        if self._batch is None and self._app.is_running:
            left = self._delivered + BATCH_S - self._clock.monotonic()
            self._batch = self._app.set_timer(max(LEAST_S, left), self._deliver, name="facts")

    def _deliver(self) -> None:
        self._batch = None
        self._delivered = self._clock.monotonic()
        facts = self._subscription.drain() if self._subscription is not None else []
        if facts and self._on_facts is not None:
            self._on_facts(facts)

    def _wait_for_minute(self) -> None:
        now = self._clock.now()
        left = 60 - now.second - now.microsecond / 1_000_000
        self._app.set_timer(left + 0.02, self._minute, name="minute")

    def _minute(self) -> None:
        self._wait_for_minute()
        if self._on_minute is not None:
            self._on_minute()
