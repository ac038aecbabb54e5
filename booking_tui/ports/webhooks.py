"""How deliveries are checked, kept and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from booking_tui.domain.decision import Decision, World
from booking_tui.domain.webhook import Delivery, Receipt, SignatureFinding, Verdict, WebhookEvent


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
    dedup_key: Callable[[Sequence[tuple[str, str]], bytes], str]
    """Of an authentic delivery, by its headers and its bytes."""
    interpret: Interpreter
    sign: Callable[[bytes], tuple[tuple[str, str], ...]]
    """Makes the signature headers over a body with the newest live secret; empty when there is none."""
    signature_headers: frozenset[str]
    """Lower-case names of the headers that ``sign`` replaces."""
    explain: Callable[[WebhookEvent], SignatureWhy]
    mask: Callable[[bytes], bytes]
    """Blots out the secrets in a body, for showing it."""
    check_again: Callable[[WebhookEvent], SignatureFinding] | None = None
    """Checks a stored delivery as it was when it came; None when the time does not matter."""
    refresh: Callable[[], None] = _nothing
    """Takes over at once what changed in the settings; the check does so by itself, a little later."""
