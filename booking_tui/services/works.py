"""What works on a home once it is taken, put together."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking_tui.services.desk import LocalDesk
from booking_tui.services.facts import FactBus
from booking_tui.services.ingest import Ingest
from booking_tui.services.mail_place import MailPlace
from booking_tui.services.parts import Parts
from booking_tui.services.records import Records
from booking_tui.services.sending import Address
from booking_tui.services.tunnel_deeds import TunnelDeeds
from booking_tui.services.vitals import Vitals
from booking_tui.services.way_in import WayIn

if TYPE_CHECKING:
    from booking_tui.services.mail.mailroom import Mailroom


@dataclass(frozen=True, slots=True)
class Works:
    """What exists once the home is taken."""

    records: Records
    ingest: Ingest
    desk: LocalDesk
    vitals: Vitals
    way_in: WayIn
    mail: MailPlace


def assemble(parts: Parts, bus: FactBus, records: Records, own_address: Callable[[], Address | None]) -> Works:
    """Make everything, and fill an empty home where there is something to fill it with. Nothing is started."""
    clock = parts.clock
    way_in = WayIn(parts.tunnel, parts.ping, clock, bus, records)
    mail = MailPlace(lambda: _mailroom(parts, bus, records, lambda: way_in.url))
    ingest = Ingest(records, parts.sources, clock, bus, demo=parts.demo, mail=mail.at_ingest, mail_changed=mail.changed)
    mail.wake_ingest = ingest.wake
    if parts.seed is not None:
        parts.seed(records, ingest)
    desk = LocalDesk(
        records,
        parts.sources,
        clock,
        bus,
        wake=ingest.wake,
        own_address=own_address,
        sender=parts.sender(own_address, lambda: way_in.url),
        tunnel=TunnelDeeds(way_in.supervisor, parts.set_up_tunnel),
        mail=mail.do,
        set_up_mail=parts.set_up_mail,
    )
    vitals = Vitals(records, ingest, clock, bus, parts.retention_days)
    return Works(records, ingest, desk, vitals, way_in, mail)


def _mailroom(parts: Parts, bus: FactBus, records: Records, public_url: Callable[[], str | None]) -> Mailroom:
    from booking_tui.services.mail.mailroom import Mailroom, MailSource

    source = parts.mail() if parts.mail is not None else MailSource()
    # The home's lock sees to it that there is one of this name at a time.
    holder = f"{platform.node()}:{parts.files.database}"
    return Mailroom(records, source, parts.clock, parts.ids, bus, demo=parts.demo, public_url=public_url, holder=holder)
