"""What every view is given: the readers, the deeds, the clock, and how to show things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from booking_tui.domain.webhook import WebhookEvent
    from booking_tui.ports import Clock, Desk
    from booking_tui.services.queries import Queries
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
    attached: bool = False
    """Whether another process does the work and this dashboard only reads and asks."""
    demo: bool = False
    stories: Callable[[], Sequence[Story]] = tuple
    """The catalogue of test events; empty where none can be sent."""
    fixture: Callable[[WebhookEvent], WebhookEvent] | None = None
    """Makes of an event what may be kept as a test fixture: secrets masked, signed anew."""
