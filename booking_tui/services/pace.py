"""How fast deliveries come in, and what that means for applying them."""

from __future__ import annotations

WINDOW_S = 0.1


class Pace:
    """Counts arrivals and sees their rate over the last while. Counting is for any thread, the rest for one."""

    def __init__(self) -> None:
        self.arrivals = 0
        self._seen = 0
        self._since = 0.0
        self._per_s = 0.0

    def count(self) -> None:
        """Note that one came in."""
        self.arrivals += 1

    def load(self, now: float, each_s: float) -> float:
        """Give which part of all time applying what comes in would take, at ``each_s`` seconds for one.

        Above 1 a backlog grows, whatever is done.
        """
        passed = now - self._since
        if passed >= WINDOW_S:
            self._per_s = (self.arrivals - self._seen) / passed
            self._seen, self._since = self.arrivals, now
        return self._per_s * each_s
