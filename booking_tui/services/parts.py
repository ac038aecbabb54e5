"""What an engine is made of: the wiring fills this in, the engine knows no concrete class behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from booking_tui.ports import Clock, DeliveryStore, Ids, TestSender, WebhookSource
from booking_tui.services.ingest import Ingest
from booking_tui.services.records import Records
from booking_tui.services.sending import LOOPBACK, Address


class Listening(Protocol):
    """What the engine needs of a listener. The ports are 0 while it is not started."""

    public_port: int
    local_port: int

    @property
    def running(self) -> bool:
        """Whether it takes requests."""
        ...

    def start(self) -> None:
        """Bind both ports and return once they accept; raises when it cannot."""
        ...

    def stop(self, deadline_s: float) -> None:
        """Stop accepting and let requests at work finish."""
        ...


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the engine gives to the listener that is made for it."""

    store: DeliveryStore
    ready: Callable[[], dict[str, str] | None]
    """None when all is well, else the failing parts and why."""
    metrics: Callable[[], str]
    control: Callable[[str, bytes], tuple[int, bytes]]
    control_token: str
    on_stored: Callable[[str], None]


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything an engine needs from outside. ``role`` and ``version`` are for people who find the home in use."""

    role: str
    version: str
    database: Path
    lock: Path
    control: Path
    clock: Clock
    ids: Ids
    sources: Mapping[str, WebhookSource]
    retention_days: int
    listener: Callable[[Hooks], Listening]
    sender: Callable[[Callable[[], Address | None]], TestSender]
    """Makes the sender of tests, which asks for the listener's address each time."""
    gauge: Callable[[str, str, float], str]
    """Makes Prometheus text of name, meaning and value."""
    write_private: Callable[[Path, bytes], None]
    prepare: Callable[[], None] = _nothing
    """Makes the folders of the home."""
    announce: Callable[[], None] = _nothing
    """Puts the home on the list of running ones."""
    withdraw: Callable[[], None] = _nothing
    seed: Callable[[Records, Ingest], None] | None = None
    """Fills the home before anything is received."""
    public_url: Callable[[], str | None] = _nothing
    listen_host: str = LOOPBACK
    demo: bool = False
