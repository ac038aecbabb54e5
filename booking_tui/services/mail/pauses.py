"""What stops all sending: a person's switch, or what the provider said of the account. Kept between runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple, cast

from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.mail.outcome import Pause
from booking_tui.domain.mail.reasons import REFUSED_THERE, MailReason
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction

_QUOTA_TRIED = timedelta(days=1)
PROBED = timedelta(hours=1)
"""What the provider refused until something is mended may be mended there: one email is tried so often."""
_PAUSE, _HOLD, _MARK = "pause", "hold_all", "account"
SENDING_ALONE = frozenset(
    {
        *(MailReason.HOLD_ALL, MailReason.DAILY_QUOTA, MailReason.MONTHLY_QUOTA),
        *(MailReason.DOMAIN_NOT_VERIFIED, MailReason.OWN_ADDRESS_ONLY, MailReason.KEY_RESTRICTED),
    }
)
"""What stops emails from going out, and is no reason not to call one off that the provider would send."""


class Standstill(NamedTuple):
    """Why nothing is sent now. ``until`` None: until the settings change or a person tries again."""

    reason: MailReason
    since: datetime
    until: datetime | None
    probe: datetime | None = None
    """When one email is tried again; None: not before."""


class Pauses:
    """Reads and writes what stops all sending."""

    def __init__(self, records: Records) -> None:
        self._log = records.mail_log

    def standstill(self, now: datetime) -> Standstill | None:
        """Give why nothing is sent now; None when sending goes on. A pause that is over counts no more."""
        held = self._log.remembered(_HOLD)
        if isinstance(held, str):
            return Standstill(MailReason.HOLD_ALL, from_text(held), None)
        found = self._paused(None)
        return None if found is None or (found.until is not None and found.until <= now) else found

    def stops(self, now: datetime, transaction: Transaction | None = None) -> bool:
        """Say whether nothing may go out, as of a transaction or of the last commit: now and then one may."""
        if isinstance(self._log.remembered(_HOLD, transaction), str):
            return True
        found = self._paused(transaction)
        if found is None:
            return False
        again = found.until or found.probe
        return again is None or again > now

    def stops_everything(self, now: datetime, transaction: Transaction | None = None) -> bool:
        """Say whether the provider may not even be asked to call an email off."""
        found = self._paused(transaction)
        if found is None or found.reason in SENDING_ALONE:
            return False
        again = found.until or found.probe
        return again is None or again > now

    def _paused(self, transaction: Transaction | None) -> Standstill | None:
        kept = self._log.remembered(_PAUSE, transaction)
        if not isinstance(kept, dict):
            return None
        values = cast("dict[str, str | None]", kept)
        until, probe = values["until"], values.get("probe")
        return Standstill(
            MailReason(str(values["reason"])),
            from_text(str(values["since"])),
            from_text(until) if until else None,
            from_text(probe) if probe else None,
        )

    def pause(self, transaction: Transaction, pause: Pause, now: datetime) -> None:
        """Stop sending, for what the provider said."""
        end = pause.until
        if end is not None and pause.reason is MailReason.MONTHLY_QUOTA:
            # One is let through each day: a larger plan may have been bought.
            end = min(end, now + _QUOTA_TRIED)
        known = self._paused(transaction)
        goes_on = known is not None and known.until is None and known.reason is pause.reason
        since = min(known.since, now) if known is not None and goes_on else now
        value = {
            "reason": pause.reason.value,
            "since": to_text(since),
            "until": None if end is None else to_text(end),
            "probe": to_text(now + PROBED) if end is None else None,
        }
        self._log.remember(transaction, _PAUSE, value)

    def refused(self, transaction: Transaction) -> MailReason | None:
        """Give the reason of a pause that something is to be mended for at the provider; None when there is none."""
        found = self._paused(transaction)
        return found.reason if found is not None and found.reason in REFUSED_THERE else None

    def lift(self, transaction: Transaction) -> None:
        """End a pause; the person's switch stays as it is."""
        self._log.remember(transaction, _PAUSE, None)

    def clock_set_back(self, transaction: Transaction, now: datetime) -> None:
        """Trust no end that a clock told which ran ahead: whether a pause is over is asked by trying again.

        One without an end goes on, and is tried as often as ever.
        """
        found = self._paused(transaction)
        if found is not None and found.until is None:
            self.pause(transaction, Pause(found.reason, None), now)
        elif found is not None:
            self.lift(transaction)

    def hold_all(self, transaction: Transaction, now: datetime, *, on: bool) -> None:
        """Turn the person's switch."""
        self._log.remember(transaction, _HOLD, to_text(now) if on else None)

    def account_changed(self, mark: str) -> bool:
        """Say whether the settings by which is sent are others than those last noted."""
        return self._log.remembered(_MARK) != mark

    def forget_account(self, transaction: Transaction) -> None:
        """Have what is held for the settings tried again, whatever they are: nobody knows what they were then."""
        self.note_account(transaction, "")

    def note_account(self, transaction: Transaction, mark: str) -> None:
        """Note the settings by which is sent."""
        self._log.remember(transaction, _MARK, mark)
