"""What came back when an email was handed to the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    """How far a request got."""

    NEVER_SENT = "never_sent"
    """Nothing left this machine: no name, no route, refused, or the request was not complete."""
    UNCERTAIN = "uncertain"
    """The whole request may have arrived; what came back says nothing about it (timeout, cut off, not the API)."""
    ANSWERED = "answered"
    """The API answered in its own words."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the answer's headers said of limits; None where they did not.

    ``limit`` and ``remaining`` are requests in this second, ``reset_s`` the seconds until the next one begins
    (ratelimit-limit, -remaining, -reset); ``daily_used`` and ``monthly_used`` are emails (x-resend-daily-quota,
    x-resend-monthly-quota).
    """

    limit: int | None = None
    remaining: int | None = None
    reset_s: float | None = None
    daily_used: int | None = None
    monthly_used: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one request. ``ids`` are the provider's ids, one for each email, in the order given.

    ``status`` and ``name`` are those of the API's error body; ``raw`` is what was answered, cut to 4 KiB.
    """

    phase: Phase
    status: int | None = None
    name: str | None = None
    message: str = ""
    ids: tuple[str, ...] = ()
    retry_after_s: float | None = None
    limits: Limits = Limits()
    raw: str = ""
    took_ms: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether the provider has taken it."""
        return self.phase is Phase.ANSWERED and bool(self.ids)


@dataclass(frozen=True, slots=True)
class RemoteEmail:
    """An email as the provider has it; ``last_event`` is its word without ``email.``: ``delivered``."""

    id: str
    to: tuple[str, ...]
    subject: str
    last_event: str
    created_at: datetime
    scheduled_at: datetime | None = None
