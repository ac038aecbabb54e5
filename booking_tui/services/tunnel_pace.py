"""When to try the tunnel again, when to prove it, and whether this machine slept."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from booking_tui.domain.allowance import Allowance
from booking_tui.ports import Clock

FIRST_TRY_S, LONGEST_TRY_S = 1.0, 60.0
TEST_EVERY_S = {"ngrok": 30 * 60.0, "command": 5 * 60.0, "url": 60.0}
"""By kind: rarely with ngrok, whose free plan has 20,000 requests a month; a delivery proves the way in as well."""
NGROK_HOSTS = (".ngrok-free.app", ".ngrok-free.dev", ".ngrok.app", ".ngrok.dev", ".ngrok.io")
"""Names of ngrok's, however the tunnel is run: there the plan counts too, once it has stood for ``FIRST_S``."""
FIRST_S = 3600.0
EXTRA_AT_ONCE, EXTRA_PER_HOUR = 10, 20
"""Tests out of turn: after an opening, a change, a sleep or a failure. A tunnel that falls down each time uses many."""
STEADY_S = 180.0
"""What stood proved for so long is well: the failures before count no more."""
AFTER_FAILURE_S = (3.0, 10.0, 30.0, 60.0, 300.0)
SLEPT_S = 20.0
"""The wall clock going so much further than the monotonic one means that the machine slept."""


def pause_before_try(failures: int, jitter: float) -> float:
    """Give the seconds to wait after so many failures in a row; ``jitter`` is 0 to 1 and adds up to a quarter."""
    return min(LONGEST_TRY_S, FIRST_TRY_S * 2 ** (max(1, failures) - 1)) * (1 + jitter / 4)


class TryPace:
    """Says how long to wait before the tunnel is opened again: longer with each failure in a row."""

    def __init__(self, monotonic: Callable[[], float], jitter: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._jitter = jitter
        self._failures = 0
        self._proved_at: float | None = None

    @property
    def proved_once(self) -> bool:
        """Whether a proof came since the tunnel was last opened."""
        return self._proved_at is not None

    def opened(self) -> None:
        """Note that it was opened; whether it stays is not known yet."""
        self._proved_at = None

    def proved(self) -> None:
        """Note that a proof came. One alone ends no row of failures: it may fall down after each."""
        if self._proved_at is None:
            self._proved_at = self._monotonic()

    def pause_after(self, rest_s: float) -> float:
        """Count a failure and give the seconds to wait, at least ``rest_s``."""
        if self._proved_at is not None and self._monotonic() - self._proved_at >= STEADY_S:
            self._failures = 0
        self._failures += 1
        self._proved_at = None
        jitter = self._jitter()
        return max(pause_before_try(self._failures, jitter), rest_s * (1 + jitter / 4))

    def forget(self) -> None:
        """Begin a new row: a person changed something."""
        self._failures = 0


class TestPace:
    """Says when the next self-test is due. ``last`` is the monotonic instant of the last proof."""

    __test__ = False

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._next: float | None = None
        self._kind, self._host = "ngrok", ""
        self._opened_at = monotonic()
        self._extra = True
        """Whether the next test is one besides those of the usual pace."""
        self._allowance = Allowance(EXTRA_AT_ONCE, EXTRA_PER_HOUR / 3600)
        self.last = monotonic()
        self.failures = 0

    def begin(self, kind: str | None = None, url: str | None = None) -> None:
        """Note that something changed: a test is due at once, and what came before proves nothing any more."""
        if kind is not None:
            self._kind, self._opened_at = kind, self._monotonic()
        if url is not None:
            self._host = _host_of(url)
        self.last = self._next = self._monotonic()
        self.failures = 0
        self._extra = True

    def came_back(self) -> None:
        """Note that the same address is there again after a lost session; how many tests failed before still counts."""
        self.last = self._next = self._monotonic()
        self._extra = True

    def take(self, *, asked: bool) -> bool:
        """Whether to test now. What a person asked for is always done; tests out of turn have their limit."""
        now = self._monotonic()
        if not asked:
            if self._next is None or now < self._next:
                return False
            if self._extra:
                return self._allowance.take(1, now)
        return True

    def allow(self) -> None:
        """Note that a person wants the tunnel opened anew: the test after it is as good as asked for."""
        self._allowance.give(1)

    def proved(self) -> None:
        """Note that something came through: a test, or a delivery."""
        self.last = self._monotonic()
        self.failures = 0
        self._next = self.last + self._every()
        self._extra = False

    def failed(self) -> None:
        """Note that a test did not come back."""
        pause = AFTER_FAILURE_S[min(self.failures, len(AFTER_FAILURE_S) - 1)]
        self.failures += 1
        self._next = self._monotonic() + pause
        self._extra = True

    def _every(self) -> float:
        every = TEST_EVERY_S.get(self._kind, TEST_EVERY_S["ngrok"])
        spare = self._host.endswith(NGROK_HOSTS) and self._monotonic() - self._opened_at >= FIRST_S
        return max(every, TEST_EVERY_S["ngrok"]) if spare else every


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


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
