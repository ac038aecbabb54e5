"""What stops all sending: a person's switch, or what the provider said of the account. Kept between runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple, cast

from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.mail.outcome import Pause
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction

_QUOTA_TRIED = timedelta(days=1)
_PAUSE, _HOLD, _MARK = "pause", "hold_all", "account"


class Standstill(NamedTuple):
    """Why nothing is sent now. ``until`` None: until the settings change or a person tries again."""

    reason: MailReason
    since: datetime
    until: datetime | None


class Pauses:
    """Reads and writes what stops all sending."""

    def __init__(self, records: Records) -> None:
        self._log = records.mail_log

    def standstill(self, now: datetime) -> Standstill | None:
        """Give why nothing is sent now; None when sending goes on. A pause that is over counts no more."""
        held = self._log.remembered(_HOLD)
        if isinstance(held, str):
            return Standstill(MailReason.HOLD_ALL, from_text(held), None)
        kept = self._log.remembered(_PAUSE)
        if not isinstance(kept, dict):
            return None
        values = cast("dict[str, str | None]", kept)
        until = values["until"]
        found = Standstill(
            MailReason(str(values["reason"])), from_text(str(values["since"])), from_text(until) if until else None
        )
        return None if found.until is not None and found.until <= now else found

    def pause(self, transaction: Transaction, pause: Pause, now: datetime) -> None:
        """Stop sending, for what the provider said."""
        end = pause.until
        if end is not None and pause.reason is MailReason.MONTHLY_QUOTA:
            # One is let through each day: a larger plan may have been bought.
            end = min(end, now + _QUOTA_TRIED)
        until = None if end is None else to_text(end)
        value = {"reason": pause.reason.value, "since": to_text(now), "until": until}
        self._log.remember(transaction, _PAUSE, value)

    def lift(self, transaction: Transaction) -> None:
        """End a pause; the person's switch stays as it is."""
        self._log.remember(transaction, _PAUSE, None)

    def hold_all(self, transaction: Transaction, now: datetime, *, on: bool) -> None:
        """Turn the person's switch."""
        self._log.remember(transaction, _HOLD, to_text(now) if on else None)

    def account_changed(self, mark: str) -> bool:
        """Say whether the settings by which is sent are others than those last noted."""
        return self._log.remembered(_MARK) != mark

    def note_account(self, transaction: Transaction, mark: str) -> None:
        """Note the settings by which is sent."""
        self._log.remember(transaction, _MARK, mark)
