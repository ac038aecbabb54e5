"""How fast requests may follow one another: by what the provider's headers say, cautiously until they do."""

from __future__ import annotations

from collections.abc import Callable

from booking_tui.domain.mail.answer import Limits

FIRST_PER_S = 2
"""The least that any version of Resend's documentation has named."""
LONGEST_S = 60.0


class SendingPace:
    """Spreads requests evenly over each second, and stops where the provider says that none are left."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._per_s = float(FIRST_PER_S)
        self._next = 0.0
        self.begun_so_far = 0
        """The requests that have gone out."""
        self.limits = Limits()

    @property
    def per_second(self) -> float:
        """The requests allowed a second, as last heard."""
        return self._per_s

    def wait_s(self) -> float:
        """Give the seconds until the next request is allowed; 0 when it is."""
        return max(0.0, self._next - self._monotonic())

    def begun(self) -> None:
        """Note that a request goes out."""
        self.begun_so_far += 1
        self._next = max(self._next, self._monotonic() + 1.0 / self._per_s)

    def heard(self, limits: Limits, retry_after_s: float | None) -> None:
        """Take over what an answer said of limits."""
        if limits.limit is not None and limits.limit > 0:
            self._per_s = float(limits.limit)
        known = self.limits
        self.limits = Limits(
            limit=known.limit if limits.limit is None else limits.limit,
            remaining=known.remaining if limits.remaining is None else limits.remaining,
            reset_s=known.reset_s if limits.reset_s is None else limits.reset_s,
            daily_used=known.daily_used if limits.daily_used is None else limits.daily_used,
            monthly_used=known.monthly_used if limits.monthly_used is None else limits.monthly_used,
        )
        wait = retry_after_s or 0.0
        if limits.remaining == 0 and limits.reset_s is not None:
            wait = max(wait, limits.reset_s)
        if wait > 0:
            self._next = max(self._next, self._monotonic() + min(wait, LONGEST_S))
