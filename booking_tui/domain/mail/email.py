"""What an email of the outbox is: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from booking_tui.domain.mail.reasons import WAITS_ON_PURPOSE

CONFIRMATION = "confirmation"
REQUESTED = "requested"
MOVED = "moved"
CANCELLED = "cancelled"
DECLINED = "declined"
FOLLOW_UP = "follow_up"
CUSTOM = "custom"
"""Written by a person."""
REMINDER = "reminder_"
"""Begins the kind of a reminder; what follows is its offset as the settings write it: ``reminder_24h``."""
NOTICES = (CONFIRMATION, REQUESTED, MOVED, CANCELLED, DECLINED)
"""The kinds that tell of a change, as soon as it is known."""
WITH_CALENDAR_FILE = frozenset({CONFIRMATION, MOVED, CANCELLED})
"""The kinds that carry an .ics: they cannot go as part of a batch (Resend: /emails/batch takes no attachments)."""


class EmailState(StrEnum):
    """Where an email stands."""

    SCHEDULED = "scheduled"
    """Waits for its time."""
    SENDING = "sending"
    """Claimed: a request may be on its way."""
    ACCEPTED = "accepted"
    """The provider has taken it; nothing is known of its delivery yet."""
    DELIVERED = "delivered"
    """The receiving server has taken it."""
    DELAYED = "delayed"
    """The provider goes on trying by itself."""
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    """The provider did not send it: the address is on its suppression list."""
    RETRYING = "retrying"
    """An attempt failed; another follows by itself."""
    UNKNOWN = "unknown"
    """A request left this machine and no answer came: it may have been sent."""
    HELD = "held"
    """Waits for a person, or for what the settings lack."""
    DEAD = "dead"
    """Refused for good, or all tries are used."""
    SKIPPED = "skipped"
    """Never sent: it no longer made sense."""
    CANCELLED = "cancelled"
    """Never sent: it is no longer wanted."""


FAILED = frozenset(
    {
        *(EmailState.BOUNCED, EmailState.COMPLAINED, EmailState.SUPPRESSED),
        *(EmailState.DEAD, EmailState.UNKNOWN, EmailState.HELD),
    }
)
"""The states that the word "failed" stands for."""
WAITING = frozenset({EmailState.SCHEDULED, EmailState.RETRYING, EmailState.HELD})
"""Not with the provider: can still be changed, held and cancelled without anybody noticing."""
TAKEN = frozenset(
    {
        *(EmailState.ACCEPTED, EmailState.DELIVERED, EmailState.DELAYED),
        *(EmailState.BOUNCED, EmailState.COMPLAINED, EmailState.SUPPRESSED),
    }
)
"""The provider has it."""


class Settled(StrEnum):
    """How a failed email stopped asking for attention."""

    FIXED = "fixed"
    """A new revision took its place: another address, subject or text."""
    RETRIED = "retried"
    """A new revision took its place, and nothing was changed."""
    KEPT = "kept"
    """A person said: keep as is, stop asking."""

    @property
    def superseded(self) -> bool:
        """Whether a new revision took its place."""
        return self is not Settled.KEPT


@dataclass(frozen=True, slots=True)
class Email:
    """One logical email to one person: a row of the outbox.

    All instants are UTC. ``reason`` is a word of ``domain.mail.reasons`` or None. ``next_at`` is when the sender looks
    at it next; None when nothing happens by itself any more.
    """

    seq: int
    id: str
    kind: str
    booking_uid: str | None
    reason_key: str
    """Unique for ever: the one reason for which this email exists."""
    revision: int
    """1, or one more than that of the email it replaced."""
    to_name: str
    to: str
    subject: str
    state: EmailState
    reason: str | None
    send_at: datetime
    useful_until: datetime | None
    """From this instant on it makes no sense any more; None: always useful."""
    next_at: datetime | None
    attempts: int
    """Attempts that count; rate limiting and being offline do not."""
    first_attempt_at: datetime | None
    idempotency_key: str
    provider_id: str | None
    last_status: int | None
    last_name: str | None
    last_message: str | None
    created_at: datetime
    updated_at: datetime
    starts: datetime | None = None
    """The start of the meeting it speaks of."""
    revises: str | None = None
    """The id of the email it replaced."""
    settled: Settled | None = None
    settled_at: datetime | None = None
    handed_over: bool = False
    """It was scheduled at the provider, which sends it at ``send_at``."""
    own_subject: str | None = None
    """What a person wrote in place of the template's subject."""
    own_text: str | None = None
    """What a person wrote in place of the template's text."""
    frozen: bool = False
    """Its body is rendered and stays as it is."""
    test: bool = False
    own_address: bool = False
    """A person chose the address, and it is no guest's."""

    @property
    def failed(self) -> bool:
        """Whether it failed, and nobody has settled it yet; what is held on purpose has not."""
        held = self.state is EmailState.HELD and self.reason in WAITS_ON_PURPOSE
        return self.state in FAILED and self.settled is None and not held

    @property
    def is_reminder(self) -> bool:
        """Whether it reminds of a meeting."""
        return self.kind.startswith(REMINDER)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to hand an email over, and what was answered."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    """None while it runs, or when the program ended meanwhile."""
    phase: str | None
    """A value of ``Phase``."""
    status: int | None
    name: str | None
    message: str | None
    raw: str | None
    """What was answered, cut to a few KiB; strangers' text."""
    idempotency_key: str
    batch_id: str | None = None


@dataclass(frozen=True, slots=True)
class EmailEvent:
    """What the provider said later about an email: one event of its webhooks, or of reading it."""

    at: datetime
    """When it happened, by the provider's clock."""
    kind: str
    """The provider's word: ``email.delivered``."""
    provider_id: str
    recipient: str | None
    detail: str | None
    """In the provider's words: a bounce's type, subtype and message."""
    source: str
    """``webhook``, ``pulled`` (its webhook log) or ``read`` (the email itself)."""
    event_id: str | None = None
    """The webhook request that brought it, in our inbox."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that the provider does not send to."""

    address: str
    origin: str
    """``bounce``, ``complaint`` or ``manual``."""
    since: datetime
    provider_id: str | None = None
