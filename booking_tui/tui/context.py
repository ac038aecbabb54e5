"""What every view is given: the readers, the deeds, the clock, and how to show things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from textual.app import App

    from booking_tui.domain.tunnel import TunnelStatus
    from booking_tui.domain.webhook import WebhookEvent
    from booking_tui.ports import Clock, Desk
    from booking_tui.services.queries import Queries
    from booking_tui.services.status import Lamp
    from booking_tui.settings import Settings


@dataclass(slots=True)
class Look:
    """How things are shown right now; views read it at each drawing."""

    ascii: bool = False
    privacy: bool = False
    compact: bool = False


class Story(NamedTuple):
    """One entry of the catalogue of test events, by the name that ``TestRequest.scenario`` takes."""

    name: str
    group: str
    title: str
    about: str


@dataclass(slots=True)
class Context:
    """The handles of one dashboard. Views keep what is on screen and nothing else; truth is behind these."""

    queries: Queries
    desk: Desk
    clock: Clock
    zone: ZoneInfo
    settings: Settings
    look: Look = field(default_factory=Look)
    webhook_url: Callable[[], str | None] = lambda: None
    """The address that Cal.com should send to; None when there is none yet."""
    tunnel: Callable[[], TunnelStatus | None] = lambda: None
    """How the way in from outside is doing; None while no engine answers."""
    lamps: Callable[[], Sequence[Lamp]] = tuple
    """The lamps of the health strip as they were last read."""
    live_secrets: Callable[[], Sequence[str]] | None = None
    """Gives the webhook secrets as they are set now, newest first; None where they stay as ``settings`` says."""
    keep_setting: Callable[[str, object], None] | None = None
    """Writes one setting into the person's file; None where nothing is kept. Raises DeedRefused."""
    mail_ready: Callable[[], bool] | None = None
    """Says whether it is set how to send emails; None where ``settings`` says it."""
    mail_setup: Callable[[App[object], Callable[[], None]], None] | None = None
    """Opens the sheet that sets up sending, and says when it is closed; None where there is none."""
    mailbox_url: Callable[[], str | None] = lambda: None
    """The page that shows what the demo's emails look like to guests; None where emails go to real ones."""
    attached: bool = False
    """Whether another process does the work and this dashboard only reads and asks."""
    demo: bool = False
    stories: Callable[[], Sequence[Story]] = tuple
    """The catalogue of test events; empty where none can be sent."""
    fixture: Callable[[WebhookEvent], WebhookEvent] | None = None
    """Makes of an event what may be kept as a test fixture: secrets masked, signed anew."""

    @property
    def secrets(self) -> Sequence[str]:
        """The webhook secrets that count now, newest first."""
        return self.settings.calcom.webhook_secrets if self.live_secrets is None else self.live_secrets()

    @property
    def secret_set(self) -> bool:
        """Whether a webhook secret is set now."""
        return bool(self.secrets)
