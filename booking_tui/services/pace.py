"""How fast deliveries come in, and whether applying them can keep up."""

from __future__ import annotations

WINDOW_S = 0.1
FLOOD = 0.75
"""Above this share of all time that applying what comes in would take, it waits until the flood is over."""


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

    def is_flood(self, now: float, each_s: float) -> bool:
        """Say whether more comes in than could be applied beside answering, at ``each_s`` seconds for one."""
        passed = now - self._since
        if passed >= WINDOW_S:
            self._per_s = (self.arrivals - self._seen) / passed
            self._seen, self._since = self.arrivals, now
        return self._per_s * each_s > FLOOD
