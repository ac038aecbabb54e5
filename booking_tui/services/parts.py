"""What an engine is made of: the wiring fills this in, the engine knows no concrete class behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from booking_tui.ports import Clock, DeliveryStore, Ids, Ping, TestSender, TunnelSource, WebhookSource
from booking_tui.services.ingest import Ingest
from booking_tui.services.records import Records
from booking_tui.services.sending import LOOPBACK, Address
from booking_tui.services.tunnel_deeds import SetUp

if TYPE_CHECKING:
    from booking_tui.ports.mail_desk import MailAccountFound, MailChoiceMade
    from booking_tui.services.mail.mailroom import MailSource


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
    public_host: Callable[[], str | None]
    """The name, with its port if it has one, by which the world reaches this home now."""
    on_tunnelled: Callable[[bool], None]
    """Told of each request that came through the tunnel, whether it was an authentic delivery."""
    knows: Callable[[str], bool]
    """Says of a nonce, once, that this process made it."""


MakeSender = Callable[[Callable[[], Address | None], Callable[[], str | None]], TestSender]
"""Makes the sender of tests, which asks for the listener's address and for the public URL each time."""


@dataclass(frozen=True, slots=True)
class HomeFiles:
    """Where a home lies on disk, and what is done there when an engine comes and goes."""

    database: Path
    lock: Path
    control: Path
    write_private: Callable[[Path, bytes], None]
    """Replaces a file in one step, for its owner alone."""
    prepare: Callable[[], None]
    """Makes the folders of the home."""
    announce: Callable[[], None]
    """Puts the home on the list of running ones."""
    withdraw: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything an engine needs from outside. ``role`` and ``version`` are for people who find the home in use."""

    role: str
    version: str
    files: HomeFiles
    clock: Clock
    ids: Ids
    sources: Mapping[str, WebhookSource]
    retention_days: int
    listener: Callable[[Hooks], Listening]
    sender: MakeSender
    gauge: Callable[[str, str, float], str]
    """Makes Prometheus text of name, meaning and value."""
    counter: Callable[[str, str, float], str]
    tunnel: TunnelSource
    ping: Ping
    set_up_tunnel: SetUp
    seed: Callable[[Records, Ingest], None] | None = None
    """Fills the home before anything is received."""
    mail: Callable[[], MailSource] | None = None
    """Gives what the settings say of emails; asked when emails are first worked on."""
    set_up_mail: Callable[[MailChoiceMade], MailAccountFound] | None = None
    listen_host: str = LOOPBACK
    demo: bool = False
