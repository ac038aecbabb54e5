"""The seams of the program: Protocols where two implementations exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from booking_tui.domain.decision import Decision, World
from booking_tui.domain.webhook import Delivery, Receipt, SignatureFinding, Verdict, WebhookEvent


class Clock(Protocol):
    """Where the time comes from. Tests and the demo bring their own."""

    def now(self) -> datetime:
        """Give the instant in UTC, cut to milliseconds."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never go backwards, for measuring."""
        ...


class Ids(Protocol):
    """Where new identifiers come from."""

    def new(self) -> str:
        """Give a fresh identifier whose text order is its order of making (UUIDv7, RFC 9562)."""
        ...


class SignatureCheck(Protocol):
    """Checks a webhook's signature over the raw bytes."""

    def __call__(self, headers: Sequence[tuple[str, str]], body: bytes) -> SignatureFinding:
        """Say whether the bytes are authentic. Never raises, whatever the input."""
        ...


class DeliveryStore(Protocol):
    """Takes deliveries in. The future resolves only after COMMIT; it fails when the row could not be made durable."""

    def put(self, delivery: Delivery) -> Future[Receipt]:
        """Store one delivery durably."""
        ...

    def answered(self, row_id: str, latency_ms: float) -> None:
        """Note how long the answer took; may be written later and may be lost."""
        ...


Interpreter = Callable[[bytes, Mapping[str, str], World, bool], Decision]
"""Reads raw bytes (with headers by lower-case name) and decides. The flag marks the event as a test. Never raises."""


class SignatureWhy(Protocol):
    """Why a signature was or was not accepted, in words a person can act on."""

    @property
    def verdict(self) -> Verdict:
        """What the check said."""
        ...

    @property
    def got(self) -> str | None:
        """The signature as it came, None when there was none."""
        ...

    @property
    def expected(self) -> Sequence[tuple[str, str]]:
        """What each live secret would have made: (secret id, hex)."""
        ...

    @property
    def likely(self) -> str:
        """The likely cause, one sentence."""
        ...

    @property
    def do(self) -> str:
        """What to do about it, one sentence."""
        ...


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """A ``SignatureWhy`` as it travels between two processes of the same person."""

    verdict: Verdict
    got: str | None
    expected: tuple[tuple[str, str], ...]
    likely: str
    do: str


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class WebhookSource:
    """What the program can do with the deliveries of one sender, told apart by the last part of the route."""

    name: str
    check: SignatureCheck
    trigger_of: Callable[[bytes], str | None]
    dedup_key: Callable[[bytes], str]
    interpret: Interpreter
    sign: Callable[[bytes], tuple[tuple[str, str], ...]]
    """Makes the signature headers over a body with the newest live secret; empty when there is none."""
    signature_headers: frozenset[str]
    """Lower-case names of the headers that ``sign`` replaces."""
    explain: Callable[[WebhookEvent], SignatureWhy]
    mask: Callable[[bytes], bytes]
    """Blots out the secrets in a body, for showing it."""
    refresh: Callable[[], None] = _nothing
    """Takes over at once what changed in the settings; the check does so by itself, a little later."""


class DeedRefused(Exception):  # noqa: N818 - it names what happened, not a mistake
    """A deed was not done. The text says in a sentence why, and what would help."""


@dataclass(frozen=True, slots=True)
class DeedAnswer:
    """How the listener answered an edited delivery.

    ``event_id`` is None when no row came of it; ``error`` says why no answer came at all.
    """

    status: int | None
    latency_ms: float | None
    event_id: str | None
    duplicate: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class TestRequest:
    """What to send as a test: a scenario by name, or ``body`` alone.

    ``overrides`` are (path, value) pairs rooted at the body, each value JSON or else text. ``fault`` is None,
    ``no-sign`` (the sender's literal for "no secret") or ``bad-signature``. ``pace`` waits between the steps of a
    scenario as its story tells; without it they go out at once.
    """

    __test__: ClassVar[bool] = False
    scenario: str | None = None
    body: bytes | None = None
    overrides: tuple[tuple[str, str], ...] = ()
    count: int = 1
    fault: str | None = None
    pace: bool = False


@dataclass(frozen=True, slots=True)
class TestAnswer:
    """How one test delivery went; ``latency_ms`` is first byte sent to answer read."""

    __test__: ClassVar[bool] = False
    status: int | None
    latency_ms: float | None
    trigger: str | None = None
    event_id: str | None = None
    error: str | None = None


TestSender = Callable[[TestRequest], list[TestAnswer]]
"""Sends test deliveries by real HTTP, one answer for each request made; raises DeedRefused for what cannot be sent."""


class Desk(Protocol):
    """What a person can do. One desk works in this process, the other asks the process that holds the home.

    Every method raises DeedRefused with a sentence when the deed could not be done; nothing else. Ids of events may be
    given as a prefix that names one event.
    """

    def replay(self, event_ids: Sequence[str]) -> list[str]:
        """Check the stored bytes against the secrets live now and take them in once more; gives the new ids."""
        ...

    def resend(
        self, event_id: str | None, body: bytes, headers: Sequence[tuple[str, str]], *, sign: bool
    ) -> DeedAnswer:
        """Send edited bytes to this home's own listener, signed anew or as they are, marked as a test."""
        ...

    def forget(self, event_ids: Sequence[str]) -> int:
        """Delete what the inbox keeps of these events; gives how many there were. Their keys still deduplicate."""
        ...

    def forget_test(self) -> int:
        """Delete all test events and the bookings they made; gives the number of events."""
        ...

    def write_note(self, uid: str, text: str) -> None:
        """Write the practitioner's own note of a booking; empty text removes it."""
        ...

    def explain(self, event_id: str) -> SignatureWhy:
        """Say why an event's signature was or was not accepted, by the secrets live where the listener is."""
        ...

    def sign(self, source: str, body: bytes) -> tuple[tuple[str, str], ...]:
        """Give the signature headers of a body, by the newest live secret of that sender; empty without one."""
        ...

    def send_test(self, request: TestRequest) -> list[TestAnswer]:
        """Send test deliveries to this home's own listener."""
        ...
