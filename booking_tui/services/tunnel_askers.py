"""Who waits for the outcome of a test of the tunnel."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock

MOST = 2
"""Each of them holds one of the few threads of the control endpoint, which has other things to answer."""


class Askers:
    """Threads that wait for one and the same answer. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[Event] = []
        self._ended = False

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def wait(self, ask: Callable[[], object], seconds: float) -> None:
        """Ask and wait for the answer; once all is ended there is nothing to wait for.

        Raises TimeoutError when none comes in time, and at once when enough others wait already.
        """
        done = Event()
        with self._lock:
            if self._ended:
                return
            if len(self._waiting) >= MOST:
                raise TimeoutError
            self._waiting.append(done)
        ask()
        try:
            if not done.wait(seconds):
                raise TimeoutError
        finally:
            with self._lock:
                self._waiting = [each for each in self._waiting if each is not done]

    def answer(self) -> None:
        """Let all of them go on."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.set()

    def end(self) -> None:
        """Let all of them go on, and whoever asks later."""
        with self._lock:
            self._ended = True
        self.answer()
