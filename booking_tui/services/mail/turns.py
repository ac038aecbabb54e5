"""Taking turns, first come, first served: whoever goes on and on lets everybody in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock


class Turns:
    """A lock that is handed to whoever has waited longest.

    One that is simply let go of is taken again, most often, by the thread that has just had it: a round of a thousand
    requests would keep everybody else waiting to its end, though it lets go after each.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Lock] = deque()
        self._taken = False

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    @contextmanager
    def turn(self) -> Generator[None]:
        """Wait for one's turn, and have it for as long as the block lasts. Not to be nested."""
        self._take()
        try:
            yield
        finally:
            self._pass_on()

    def _take(self) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            gate = Lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            gate.acquire()
        except BaseException:  # interrupted while it waited: the turn must not be handed to nobody
            with self._lock:
                waits = gate in self._waiting
                if waits:
                    self._waiting.remove(gate)
            if not waits:
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
