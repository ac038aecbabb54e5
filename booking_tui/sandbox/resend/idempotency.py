"""Idempotency keys: a key belongs to its method and endpoint, and is remembered for 24 hours with the first answer.

The same key with the same bytes gets the first answer again; with other bytes, 409 `invalid_idempotent_request`; while
the first request is in progress, 409 `concurrent_idempotent_requests`. What was refused leaves no key behind.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking_tui.sandbox.resend.wire import ApiError, Json

LIFETIME = timedelta(hours=24)
LONGEST = 256
KEPT = 20_000


@dataclass(slots=True)
class _Entry:
    fingerprint: str
    expires_at: datetime
    answer: Json = None
    answered: bool = False
    busy: bool = True


class IdempotencyKeys:
    """All keys of a team. Used under the world's lock."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def claim(self, scope: str, body: bytes, now: datetime) -> Json:
        """Take a key for a request, or give the first answer (None: the request is new). Raises `ApiError` 409."""
        self._forget(now)
        fingerprint = hashlib.sha256(body).hexdigest()
        entry = self._entries.get(scope)
        if entry is None:
            self._entries[scope] = _Entry(fingerprint, now + LIFETIME)
            return None
        if entry.fingerprint != fingerprint:
            raise ApiError(
                409, "invalid_idempotent_request", "Same idempotency key used with a different request payload."
            )
        if entry.busy:
            raise ApiError(
                409,
                "concurrent_idempotent_requests",
                "Same idempotency key used while original request is still in progress.",
            )
        return entry.answer

    def keep(self, scope: str, answer: Json, expires_at: datetime) -> None:
        """Remember the first answer."""
        entry = self._entries[scope]
        entry.answer, entry.answered, entry.expires_at = answer, True, expires_at

    def release(self, scope: str) -> None:
        """Say that the request is over."""
        entry = self._entries.get(scope)
        if entry is not None:
            entry.busy = False
            if not entry.answered:
                del self._entries[scope]

    def _forget(self, now: datetime) -> None:
        # A busy one holds its place: its request is still to be answered.
        for scope in [s for s, entry in self._entries.items() if entry.expires_at <= now and not entry.busy]:
            del self._entries[scope]
        while len(self._entries) > KEPT:
            self._entries.popitem(last=False)


def read_key(header: str | None) -> str | None:
    """Check the header's value; None means that there is none. Raises `ApiError` 400."""
    if header is not None and not 1 <= len(header) <= LONGEST:
        raise ApiError(400, "invalid_idempotency_key", "The idempotency key must be between 1 and 256 characters.")
    return header
