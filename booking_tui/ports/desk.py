"""What a person can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from booking_tui.domain.tunnel import TunnelStatus
from booking_tui.ports.tunnels import TunnelSetup
from booking_tui.ports.webhooks import SignatureWhy

if TYPE_CHECKING:
    from booking_tui.ports.mail_desk import MailAccountFound, MailChoiceMade, MailDone, MailOrder


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
    """How one test delivery went; ``latency_ms`` is first byte sent to answer read.

    ``unsigned``: what was sent had no signature, or the sender's literal for "no secret".
    """

    __test__: ClassVar[bool] = False
    status: int | None
    latency_ms: float | None
    trigger: str | None = None
    event_id: str | None = None
    error: str | None = None
    unsigned: bool = False


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

    def test_tunnel(self) -> TunnelStatus:
        """Send a request around through the public URL now, and say how the tunnel is doing then."""
        ...

    def restart_tunnel(self) -> TunnelStatus:
        """Begin to open the tunnel anew, by the settings as they are now."""
        ...

    def set_up_tunnel(self, setup: TunnelSetup) -> TunnelStatus | None:
        """Write which tunnel is wanted and begin to open it; None when no engine runs that could open it."""
        ...

    def mail(self, order: MailOrder) -> MailDone:
        """Do something with emails: send again, edit, hold, release, cancel, keep, put off, undo."""
        ...

    def set_up_mail(self, choice: MailChoiceMade) -> MailAccountFound:
        """Try a key for sending emails, and write down how they are wanted; nothing is written when it is refused."""
        ...
