"""A received webhook: what was found when it was checked, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TUNNEL = "tunnel"
TEST_KEY = "test:"
"""Begins the deduplication keys of tests: they are told apart from the real deliveries with the same bytes."""
_PRIVATE_HEADERS = frozenset({"authorization", "cookie", "set-cookie"})
_PRIVATE_ENDINGS = ("-token", "-secret", "-key", "apikey", "-password", "-authorization", "-auth")


def is_private_header(name: str) -> bool:
    """Say whether a header carries what opens doors; a signature proves its own body and opens none."""
    lowered = name.lower().replace("_", "-")
    return lowered in _PRIVATE_HEADERS or lowered.endswith(_PRIVATE_ENDINGS)


class Verdict(StrEnum):
    """What the signature check said."""

    VALID = "valid"
    MISSING = "missing"
    """No signature, or Cal.com's literal for a webhook without a secret."""
    INVALID = "invalid"
    """A signature that matches no live secret."""
    UNSIGNED_ALLOWED = "unsigned-allowed"
    PULLED = "pulled"


class EventState(StrEnum):
    """Where a received event stands."""

    STORED = "stored"
    PROCESSED = "processed"
    IGNORED = "ignored"
    PARKED = "parked"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class SignatureFinding:
    """The outcome of a signature check. ``secret_id`` names the secret that matched (first 8 hex of its SHA-256)."""

    verdict: Verdict
    secret_id: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request on a webhook route, as it came: raw bytes, headers in order, before any parsing."""

    source: str
    received_at: datetime
    headers: tuple[tuple[str, str], ...]
    body: bytes
    verdict: Verdict
    http_status: int
    """The answer that goes out once the row is durable: 200 or 401."""
    trigger: str | None = None
    """Read from the body when it could be read cheaply; only a label."""
    dedup_key: str | None = None
    """None when the delivery must not be deduplicated (refused, or a replay)."""
    secret_id: str | None = None
    peer: str = ""
    test: bool = False
    replay_of: str | None = None
    via: str | None = None
    """``TUNNEL`` for what came in through the public URL; None for what came another way."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the store says of a delivery once it is durable."""

    event_id: str
    """For a duplicate: the id of the event it repeats."""
    duplicate: bool = False
    row_id: str = ""
    """The id of this delivery's own row."""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One row of the inbox, whole."""

    seq: int
    id: str
    source: str
    trigger: str | None
    received_at: datetime
    verdict: Verdict
    state: EventState
    http_status: int
    latency_ms: float | None
    booking_uid: str | None
    error: str | None
    replay_of: str | None
    duplicate_of: str | None
    test: bool
    headers: tuple[tuple[str, str], ...]
    body: bytes
    secret_id: str | None
    peer: str
    body_bytes: int
    """The size as received; larger than ``len(body)`` when a refused body was cut for keeping."""
    via: str | None = None
    """``TUNNEL`` when it came in through the public URL."""
