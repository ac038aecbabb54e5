"""How often the whole day is read again while much comes in."""

from __future__ import annotations

LEAST_S, MOST_S = 1.0, 5.0
SHARE = 30
"""Reading the whole day may take one part in so many of the time; the live lines follow at once all the same."""


class WholePace:
    """Spaces the readings of the whole day by what they cost. Instants are monotonic seconds."""

    def __init__(self) -> None:
        self._began = 0.0
        self._pause_s = LEAST_S

    def begin(self, now: float) -> None:
        """Note that a reading begins."""
        self._began = now

    def end(self, now: float) -> None:
        """Note that it is drawn."""
        self._pause_s = min(max(LEAST_S, (now - self._began) * SHARE), MOST_S)

    def left(self, now: float) -> float:
        """Give the seconds until the next reading may begin; none or less when it may now."""
        return self._began + self._pause_s - now
