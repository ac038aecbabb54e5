"""What is said about the way in: taken over piece by piece, and told to whoever listens when it changed."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.ports import Clock, TunnelSource
from booking_tui.services.facts import HEALTH, Fact, FactBus
from booking_tui.services.tunnel_address import Addresses
from booking_tui.services.tunnel_traffic import TunnelTraffic

_WELL = frozenset({TunnelState.UP, TunnelState.OFF})


class TunnelBoard:
    """Holds the status. Read from any thread, written by the supervisor's thread and by whoever asks it to restart."""

    def __init__(
        self, source: TunnelSource, clock: Clock, bus: FactBus, traffic: TunnelTraffic, addresses: Addresses
    ) -> None:
        self._source = source
        self._clock = clock
        self._bus = bus
        self._traffic = traffic
        self._addresses = addresses
        self._lock = Lock()
        self._status = TunnelStatus(source.kind, TunnelState.OFF, clock.now())
        self._last_url: str | None = None

    @property
    def status(self) -> TunnelStatus:
        """How the way in is doing now."""
        with self._lock:
            status = self._status
        address = self._addresses.now
        return replace(
            status,
            last_delivery_at=self._traffic.last_delivery_at,
            requests_this_month=self._traffic.requests_this_month,
            # Another command, or another name, leads to another address: that of before must not be handed out.
            last_url=status.url or (address.url if address.way == self._source.way else None),
            address_since=address.since,
            moved_from=address.moved_from,
            known_here=address.known is not None and address.known == status.url,
        )

    @property
    def said(self) -> TunnelStatus:
        """What was said last, without what others count."""
        with self._lock:
            return self._status

    @property
    def last_url(self) -> str | None:
        """The last public URL that this process had; None while none is wanted."""
        with self._lock:
            return self._last_url

    def anew(self) -> None:
        """Say that a person wants it opened anew: what was before is no outage any more."""
        self.say(state=TunnelState.STARTING, next_try_at=None, down_since=self._clock.now())

    def say(self, *, restarts: int = 0, **changes: object) -> None:
        """Take over what changed, and tell it when it did."""
        now = self._clock.now()
        with self._lock:
            before = self._status
            changed = replace(before, **changes, restarts=before.restarts + restarts)  # pyright: ignore[reportArgumentType]
            if changed.state is not before.state:
                changed = replace(changed, since=now)
            if changed.state in _WELL:
                changed = replace(changed, down_since=None)
            elif changed.down_since is None:
                changed = replace(changed, down_since=now)
            self._status = changed
            if changed.kind == "none":
                self._last_url = None
            elif changed.url is not None:
                self._last_url = changed.url
        if changed.url is not None and changed.url != before.url:
            self._addresses.stands(changed.url, self._source.way)
        if changed != before:
            self._tell()

    def look_at_address(self) -> None:
        """See whether Cal.com is known to send to the present address by now."""
        if self._addresses.look():
            self._tell()

    def settle_address(self) -> None:
        """Take a person's word that it does."""
        self._addresses.confirm()
        self._tell()

    def _tell(self) -> None:
        self._bus.publish(Fact(HEALTH, "tunnel", self._clock.now()))
