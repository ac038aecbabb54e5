"""Who sends emails, and who writes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from booking_tui.domain.booking import Attendee, Booking
from booking_tui.domain.mail.answer import Answer, RemoteEmail
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.domain.mail.email import CANCELLED, DECLINED, MOVED, Suppression


class MailRefused(Exception):  # noqa: N818 - it names what happened
    """A question to the provider was not answered usefully: ``answer`` says how far it got and what was said."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.message or answer.name or "no answer")
        self.answer = answer


class MailProvider(Protocol):
    """Hands emails over. Blocking, for one thread at a time; every call ends within 30 seconds.

    Nothing here retries. What hands something over never raises: the answer says how far it got.
    """

    def send(self, body: bytes, idempotency_key: str) -> Answer:
        """Hand over one email: ``body`` is the exact JSON of POST /emails."""
        ...

    def send_batch(self, body: bytes, idempotency_key: str) -> Answer:
        """Hand over up to 100 emails without attachments at once: ``body`` is the exact JSON array. All or none."""
        ...

    def cancel(self, provider_id: str) -> Answer:
        """Call off an email that is scheduled at the provider; ``ids`` holds its id when that worked."""
        ...

    def reschedule(self, provider_id: str, at: datetime) -> Answer:
        """Move an email that is scheduled at the provider to another time (UTC)."""
        ...

    def read(self, provider_id: str) -> RemoteEmail | None:
        """Give an email as the provider has it; None when it knows none of that id. Raises MailRefused."""
        ...

    def latest(self, limit: int = 100, *, after: str | None = None) -> list[RemoteEmail]:
        """Give the emails of the account, newest first, that follow ``after``. Raises MailRefused."""
        ...

    def suppressions(self) -> list[Suppression]:
        """Give all addresses that the provider does not send to. Raises MailRefused."""
        ...

    def unsuppress(self, address: str) -> None:
        """Take an address off the provider's list. Raises MailRefused."""
        ...

    def missed_events(self, since: datetime, own: OwnWebhooks, known: KnownEvents) -> MissedEvents:
        """Give the webhooks of ours, made since then, that did not reach us, oldest first. Raises MailRefused.

        What is ``known`` is left out at no cost.
        """
        ...

    def keep_webhook(self, url: str, own: OwnWebhooks, begin: BeginWebhook) -> WebhookKept:
        """See that exactly one enabled webhook of ours leads to ``url`` with the kinds we read. Raises MailRefused.

        One of ours that leads elsewhere is pointed here, a second one is deleted; whatever is not ours stays as it is.
        ``begin`` is called before one is made, and has to be durable when it returns.
        """
        ...

    def domains(self) -> dict[str, str]:
        """Give the account's sending domains with their status (``verified``, ``pending``…). Raises MailRefused."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True)
class MissedEvent:
    """A webhook as the provider's log has it: its message id (svix-id) and its body's bytes."""

    message_id: str
    body: bytes
    at: datetime


KnownEvents = Callable[[Sequence[str]], Collection[str]]
"""Gives those of the message ids that need not be fetched."""


@dataclass(frozen=True, slots=True)
class MissedEvents:
    """What did not reach us; not ``complete`` when only the first part could be fetched."""

    events: tuple[MissedEvent, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class BegunWebhook:
    """A webhook that was to be made, and of which no answer told: where it leads, and what was there before."""

    endpoint: str
    beside: frozenset[str]


@dataclass(frozen=True, slots=True)
class OwnWebhooks:
    """By what a home knows its webhooks in an account that others use, too: only those are changed, deleted, read."""

    ids: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    """Signing secrets we have: who signs with one is ours, where no id is known that is still there."""
    begun: BegunWebhook | None = None


BeginWebhook = Callable[[BegunWebhook], None]


@dataclass(frozen=True, slots=True)
class WebhookKept:
    """What ``keep_webhook`` did; ``secret`` is the signing secret when the provider gave one."""

    webhook_id: str
    created: bool
    changed: bool
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class MailParts:
    """A rendered email. ``calendar_file`` is the .ics, None when it carries none, and ``calendar_name`` its name."""

    subject: str
    html: str
    text: str
    calendar_file: bytes | None = None
    calendar_method: str = "PUBLISH"
    calendar_name: str = "appointment.ics"


class TemplateBroken(Exception):  # noqa: N818 - it names what happened
    """A template cannot be used: the file's name, the line where that is known, and why, in words."""

    def __init__(self, name: str, line: int | None, why: str) -> None:
        super().__init__(f"{name}{'' if line is None else f', line {line}'}: {why}")
        self.name = name
        self.line = line
        self.why = why


@dataclass(frozen=True, slots=True)
class MailSubjectMatter:
    """What an email is about: everything a template may speak of.

    ``before`` is the booking that was moved, for its old time; ``earlier`` are those that were moved before it, the
    latest first: a meeting is one event in calendars, however often it moves. ``heard`` is the booking of which the
    recipient was told last, as it was then; None when that is not sure. ``own_subject`` and ``own_text`` replace the
    template's; ``now`` is UTC. ``short``: the text is to be sent as a message, without what only an email can do.
    """

    kind: str
    recipient: Attendee
    booking: Booking | None
    now: datetime
    before: Booking | None = None
    own_subject: str | None = None
    own_text: str | None = None
    short: bool = False
    earlier: tuple[Booking, ...] = ()
    heard: Booking | None = None

    @property
    def meeting(self) -> Booking | None:
        """The booking whose time is meant. What does not take place is the appointment that the recipient knows of."""
        return (self.heard if self.kind in {CANCELLED, DECLINED} else None) or self.booking

    @property
    def replaced(self) -> Booking | None:
        """The booking whose time a move replaces, in the recipient's eyes."""
        return (self.heard or self.before) if self.kind == MOVED else None


class MailWriting(Protocol):
    """Writes emails from templates."""

    def write(self, matter: MailSubjectMatter) -> MailParts:
        """Render a whole email. Raises TemplateBroken."""
        ...

    def subject(self, matter: MailSubjectMatter) -> str:
        """Render the subject alone, in well under a millisecond. Raises TemplateBroken."""
        ...


@dataclass(frozen=True, slots=True)
class MailAccount:
    """How to send, by the settings as they are now. ``sender`` is ``Name <address>``."""

    provider: MailProvider
    writing: MailWriting
    sender: str
    reply_to: str | None
    handoff: bool = False
    """Reminders are scheduled at the provider, where it can take them."""
    mark: str = ""
    """Differs when the settings differ: what was held or paused because of them is tried again then."""
    hears: bool = True
    """Webhooks of the provider can be checked: a signing secret is set."""
    account: str = ""
    """Differs when key or address of the provider do: only the same one knows what was handed over to it before."""
    zone: str = "UTC"
    """The practice's time zone, for guests whose own is not known."""


MailSetup = Callable[[], MailAccount | None]
"""Gives how to send now; None while there is no key or no sender. Asked before every round, so it must be quick."""

ReadMailEvents = Callable[[bytes], Sequence[MailEvent]]
"""Reads the body of a provider's webhook; raises ValueError with why it cannot be read."""
