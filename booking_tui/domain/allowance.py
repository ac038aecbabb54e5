"""So much at once, and so much again in a second: a bucket that fills up by itself."""

from __future__ import annotations


class Allowance:
    """Counts what is used against what has come back by now. ``now`` is always monotonic, in seconds."""

    def __init__(self, at_once: float, per_s: float) -> None:
        self._at_once = at_once
        self._per_s = per_s
        self._used = 0.0
        self._at: float | None = None

    def has(self, amount: float, now: float) -> bool:
        """Whether so much is left."""
        self._refill(now)
        return self._used + amount <= self._at_once

    def take(self, amount: float, now: float) -> bool:
        """Use so much if it is left, and say whether it was; nothing is used otherwise."""
        fits = self.has(amount, now)
        if fits:
            self._used += amount
        return fits

    def owe(self, amount: float, now: float) -> float:
        """Use so much in any case, and give the seconds until nothing is owed any more."""
        self._refill(now)
        self._used += amount
        return max(0.0, self._used - self._at_once) / self._per_s

    def give(self, amount: float) -> None:
        """Let so much more be used."""
        self._used = max(0.0, self._used - amount)

    def _refill(self, now: float) -> None:
        if self._at is not None:
            self._used = max(0.0, self._used - (now - self._at) * self._per_s)
        self._at = now
