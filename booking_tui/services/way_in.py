"""The tunnel of a running engine, with what the listener and the screens ask of it."""

from __future__ import annotations

from functools import partial

from booking_tui.domain.tunnel import TunnelStatus
from booking_tui.ports import Clock, Ping, TunnelSource
from booking_tui.services.facts import FactBus
from booking_tui.services.records import Records
from booking_tui.services.status import Lamp
from booking_tui.services.tunnel import TunnelSupervisor
from booking_tui.services.tunnel_address import Addresses, StandsIn, kept_addresses
from booking_tui.services.tunnel_traffic import TunnelTraffic, earlier_traffic
from booking_tui.services.tunnel_words import Metric, public_name, tunnel_figures, tunnel_lamp


class WayIn:
    """Holds the supervisor and counts what comes through."""

    def __init__(self, source: TunnelSource, ping: Ping, clock: Clock, bus: FactBus, records: Records) -> None:
        self._clock = clock
        self._traffic = TunnelTraffic(clock, partial(earlier_traffic, records))
        plays = isinstance(source, StandsIn) and source.stands_in
        self._addresses = Addresses(clock) if plays else kept_addresses(clock, records)
        """Of a stand-in nothing is ever confirmed: nobody has to enter its address anywhere."""
        self.supervisor = TunnelSupervisor(source, ping, clock, bus, self._traffic, addresses=self._addresses)

    @property
    def status(self) -> TunnelStatus:
        """How the way in is doing."""
        return self.supervisor.status

    @property
    def url(self) -> str | None:
        """Where the world reaches this home; None while it cannot."""
        return self.supervisor.url

    @property
    def host(self) -> str | None:
        """The name that requests from outside carry, as senders write it; the last one while there is none.

        A session that is lost for a moment, or a restart, must not refuse what is on its way.
        """
        last = self.supervisor.last_url
        return None if last is None else public_name(last)

    def passed(self, delivery: bool) -> None:
        """Note that a request came through, or else that an authentic delivery did."""
        if delivery:
            self._traffic.delivered()
            self._addresses.expect()
        else:
            self._traffic.requested()

    def knows(self, nonce: str) -> bool:
        """Say of a nonce, once, that this process made it."""
        return self.supervisor.nonces.take(nonce)

    def lamps(self) -> list[Lamp]:
        """Give its lamp, or none where no way in is wanted."""
        lamp = tunnel_lamp(self.status)
        return [] if lamp is None else [lamp]

    def figures(self, gauge: Metric, counter: Metric) -> str:
        """Give its figures as Prometheus text."""
        return tunnel_figures(self.status, self._clock.now(), gauge, counter)
