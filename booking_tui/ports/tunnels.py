"""The way in from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol, runtime_checkable


class Tunnel(Protocol):
    """One kind of way in from outside. All calls come from one thread; each may block for as long as it says.

    ``open``, ``look`` and ``close`` may follow one another again and again on the same object.
    """

    @property
    def kind(self) -> str:
        """``ngrok``, ``url`` or ``command``."""
        ...

    def open(self, port: int, cancelled: Event) -> str:
        """Lead the public URL to ``127.0.0.1:port``; gives it, without a trailing slash.

        Blocks until it stands, 25 seconds at most; returns at once (by raising) when ``cancelled`` is set meanwhile.
        Ends whatever an earlier, crashed run left behind. Raises TunnelFailed, and leaves nothing running then.
        """
        ...

    def look(self) -> str | None:
        """Give the public URL as it is now, which may be another one; None while the session is lost and may come back.

        Answers within 3 seconds. Raises TunnelFailed when it is gone for good.
        """
        ...

    def close(self) -> None:
        """End it and every process it started, within 3 seconds. Never raises; nothing to end is no error."""
        ...

    @property
    def inspector(self) -> str | None:
        """The agent's own page on this machine that lists requests, while there is one."""
        ...


@runtime_checkable
class Doubtful(Protocol):
    """A tunnel that reads its URL out of somebody's words, and may have read the wrong one."""

    def doubt(self) -> bool:
        """Note that the URL in use does not lead here. True when ``look`` gives another one from now on."""
        ...


class TunnelSource(Protocol):
    """Makes the way in that the settings want now."""

    @property
    def kind(self) -> str:
        """``ngrok``, ``url``, ``command`` or ``none``."""
        ...

    @property
    def way(self) -> str:
        """Tell this way in from others of its kind, without showing what is set: an address belongs to one of them."""
        ...

    @property
    def standing_url(self) -> str | None:
        """Give the public URL that leads here without anything being opened; None for what has to be opened."""
        ...

    def make(self) -> Tunnel | None:
        """Give a fresh tunnel by the settings as they are now; None when none is wanted.

        Raises TunnelFailed when the settings cannot be used.
        """
        ...

    def changed(self) -> bool:
        """Say whether the settings became others since the last ``make``. Asked every second."""
        ...


Ping = Callable[[str, str], float]
"""Sends a nonce through a public URL to ``/webhooks/ping/{nonce}``; gives the round trip in milliseconds.

Raises TunnelFailed with why it did not come back to this process.
"""


@dataclass(frozen=True, slots=True)
class TunnelSetup:
    """Which way in is wanted: ``kind`` is ``ngrok``, ``url``, ``command`` or ``none``; None leaves a value as it is.

    An empty text removes a value. ``first`` says that nothing was tried yet since the sheet was opened: what is set
    now is what one goes back to.
    """

    kind: str
    authtoken: str | None = field(default=None, repr=False)
    domain: str | None = None
    public_url: str | None = None
    command: str | None = None
    inspect: bool = False
    first: bool = field(default=False, compare=False)
