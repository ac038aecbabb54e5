"""The latest wall time that was seen, kept between runs: a clock that was set back is noticed by it.

Another part may have looked at it last: what was planned meanwhile says when that was.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.mail.outcome import SET_BACK
from booking_tui.store.database import Transaction
from booking_tui.store.mail_log import MailLog
from booking_tui.store.outbox_claims import Claims

_KEY = "latest_time"
_KEPT_EVERY = timedelta(minutes=5)


class LatestTime:
    """Compares the wall clock with the latest time it has shown."""

    def __init__(self, log: MailLog, claims: Claims) -> None:
        self._log = log
        self._claims = claims
        self._seen: datetime | None = None
        self._kept: datetime | None = None

    def was_set_back(self, now: datetime) -> bool:
        """Say whether the clock shows an earlier time than before, by more than clocks are corrected by."""
        if self._seen is None:
            kept = self._log.remembered(_KEY)
            self._seen = self._kept = from_text(kept) if isinstance(kept, str) else None
        seen = self._seen
        if any(known is not None and known - now > SET_BACK for known in (seen, self._claims.newest())):
            return True
        self._seen = now if seen is None else max(seen, now)
        return False

    def is_to_be_kept(self, now: datetime) -> bool:
        """Say whether it is time to write it down."""
        return self._kept is None or now - self._kept >= _KEPT_EVERY

    def keep(self, transaction: Transaction, now: datetime) -> None:
        """Write it down; from now on this is the latest."""
        self._log.remember(transaction, _KEY, to_text(now))
        self._seen = self._kept = now
