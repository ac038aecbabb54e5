"""When to try the tunnel again, when to prove it, and whether this machine slept."""

from __future__ import annotations

from collections.abc import Callable

from booking_tui.ports import Clock

FIRST_TRY_S, LONGEST_TRY_S = 1.0, 60.0
TEST_EVERY_S = {"ngrok": 30 * 60.0, "command": 5 * 60.0, "url": 60.0}
"""By kind: rarely with ngrok, whose free plan has 20,000 requests a month; a delivery proves the way in as well."""
AFTER_FAILURE_S = (3.0, 10.0, 30.0, 60.0, 300.0)
SLEPT_S = 20.0
"""The wall clock going so much further than the monotonic one means that the machine slept."""


def pause_before_try(failures: int, jitter: float) -> float:
    """Give the seconds to wait after so many failures in a row; ``jitter`` is 0 to 1 and adds up to a quarter."""
    return min(LONGEST_TRY_S, FIRST_TRY_S * 2 ** (max(1, failures) - 1)) * (1 + jitter / 4)


class TestPace:
    """Says when the next self-test is due. ``last`` is the monotonic instant of the last proof."""

    __test__ = False

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._next: float | None = None
        self._every = TEST_EVERY_S["ngrok"]
        self.last = monotonic()
        self.failures = 0

    def begin(self, kind: str | None = None) -> None:
        """Note that something changed: a test is due at once, and what came before proves nothing any more."""
        self._every = TEST_EVERY_S.get(kind or "", self._every)
        self.last = self._next = self._monotonic()
        self.failures = 0

    def due(self) -> bool:
        """Whether to test now."""
        return self._next is not None and self._monotonic() >= self._next

    def proved(self) -> None:
        """Note that something came through: a test, or a delivery."""
        self.last = self._monotonic()
        self.failures = 0
        self._next = self.last + self._every

    def failed(self) -> None:
        """Note that a test did not come back."""
        pause = AFTER_FAILURE_S[min(self.failures, len(AFTER_FAILURE_S) - 1)]
        self.failures += 1
        self._next = self._monotonic() + pause


class SleepWatch:
    """Compares the wall clock with the monotonic one, which stands still while the machine sleeps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Compare from now on."""
        self._wall, self._steady = self._clock.now(), self._clock.monotonic()

    def woke(self) -> bool:
        """Whether the machine slept since the last question."""
        wall, steady = self._clock.now(), self._clock.monotonic()
        ahead = (wall - self._wall).total_seconds() - (steady - self._steady)
        self._wall, self._steady = wall, steady
        return ahead > SLEPT_S
