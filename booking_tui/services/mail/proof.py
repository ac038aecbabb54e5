"""Whether the provider has shown that it knows the key that is set: kept between runs, by the key's fingerprint."""

from __future__ import annotations

from collections.abc import Callable

from booking_tui.services.records import Records

_KEY = "proven"
Answered = Callable[[str], bool]
"""Says of an account, by its fingerprint, whether the provider has shown in this run that it knows the key."""


class KeyProof:
    """Remembers the last account that was proven. Without ``answered`` nobody can say, and nothing is doubted."""

    def __init__(self, records: Records, answered: Answered | None) -> None:
        self._records = records
        self._answered = answered
        self._proven: str | None = None

    def holds(self, account: str) -> bool:
        """Say whether an account is proven; a proof that is new is kept. Raises StoreUnavailable."""
        if self._answered is None or account == self._proven:
            return True
        if is_proven(self._records, account):
            self._proven = account
        elif self._answered(account):
            log = self._records.mail_log
            self._records.database.write(lambda transaction: log.remember(transaction, _KEY, account))
            self._proven = account
        return account == self._proven


def is_proven(records: Records, account: str) -> bool:
    """Say whether a proof of this account is kept."""
    return records.mail_log.remembered(_KEY) == account
