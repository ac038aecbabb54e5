"""The public address: since when it is this one, and whether Cal.com is known to send to it.

An address that changed leads to a silence that looks like a calm day: whoever sends still has the old one. So the
address by which a delivery last came is kept between runs and compared with the one that stands.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Protocol, cast, runtime_checkable

from booking_tui.domain.instants import from_text, to_text
from booking_tui.ports import Clock
from booking_tui.services.records import Records
from booking_tui.store.errors import StoreUnavailable
from booking_tui.store.kept import Kept

logger = logging.getLogger(__name__)

KEY = "tunnel.address"
CALCOM = "calcom"
LOOKS = 5
"""So often a delivery is looked for in the inbox after one was heard of: writing it down takes a moment."""
Read = Callable[[], str | None]
Write = Callable[[str], None]
Came = Callable[[datetime], bool]


@runtime_checkable
class StandsIn(Protocol):
    """A source of ways in that only play a part, such as a demo's: nobody enters their addresses anywhere."""

    @property
    def stands_in(self) -> bool:
        """Whether it does."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """The address that stands or stood last, by which way in and since when, and the one that Cal.com knows."""

    url: str | None = None
    way: str = ""
    since: datetime | None = None
    known: str | None = None

    @property
    def moved_from(self) -> str | None:
        """The address that Cal.com sends to as far as is known, when it is another one."""
        return self.known if self.known is not None and self.known != self.url else None


def nothing_kept() -> str | None:
    """Know nothing of earlier runs."""
    return None


def nothing_came(since: datetime) -> bool:
    """Know of no delivery."""
    del since
    return False


def keep_nothing(text: str) -> None:
    """Keep nothing for later runs."""
    del text


class Addresses:
    """Remembers the public address between runs. Safe from any thread; ``write`` must not wait.

    ``came`` says whether Cal.com itself delivered something by the tunnel since an instant: other senders, whose
    webhooks this program may have moved by itself, and tests of one's own say nothing of what Cal.com knows.
    """

    def __init__(
        self, clock: Clock, read: Read = nothing_kept, write: Write = keep_nothing, came: Came = nothing_came
    ) -> None:
        self._clock = clock
        self._came = came
        self._looks = LOOKS
        self._read = read
        self._write = write
        self._lock = Lock()
        self._address: Address | None = None

    @property
    def now(self) -> Address:
        """What is known of the address."""
        with self._lock:
            return self._known()

    def stands(self, url: str, way: str) -> None:
        """Note that this address leads here, by this way in."""
        with self._lock:
            before = self._known()
            if url != before.url:
                self._become(replace(before, url=url, way=way, since=self._clock.now()))
            elif way != before.way:
                self._become(replace(before, way=way))

    def expect(self) -> None:
        """Note that a delivery came by the present address, whosever it is."""
        self._looks = LOOKS

    def look(self) -> bool:
        """See whether a delivery that was heard of is Cal.com's; give whether that is news."""
        with self._lock:
            address = self._known()
            if self._looks <= 0 or address.since is None or address.known == address.url:
                return False
            self._looks -= 1
        if not self._came(address.since):
            return False
        self.confirm()
        return True

    def confirm(self) -> None:
        """Note that Cal.com sends to the present address: a delivery of its own came by it, or a person said so."""
        with self._lock:
            before = self._known()
            if before.url is not None and before.known != before.url:
                self._become(replace(before, known=before.url))

    def _known(self) -> Address:
        if self._address is None:
            self._address = _read(self._read())
        return self._address

    def _become(self, address: Address) -> None:
        self._address = address
        since = None if address.since is None else to_text(address.since)
        kept = {"url": address.url, "way": address.way, "since": since, "known": address.known}
        self._write(json.dumps(kept))


def kept_addresses(clock: Clock, records: Records) -> Addresses:
    """Give the memory of a home's public address."""
    kept = Kept(records.database)

    def read() -> str | None:
        try:
            return kept.get(KEY)
        except StoreUnavailable:
            return None

    def write(text: str) -> None:
        records.database.submit(lambda transaction: kept.put(transaction, KEY, text)).add_done_callback(_log_failure)

    def came(since: datetime) -> bool:
        try:
            return records.inbox.came_by_tunnel(CALCOM, since)
        except StoreUnavailable:
            return False

    return Addresses(clock, read, write, came)


def _log_failure(written: Future[None]) -> None:
    if not written.cancelled() and (error := written.exception()) is not None:
        logger.warning("the public address could not be kept for the next start: %s", error)


def _read(text: str | None) -> Address:
    """Read what was kept; what makes no sense is nothing known."""
    try:
        values = cast("dict[str, object]", json.loads(text or "{}"))
        since = values.get("since")
        return Address(
            url=_text(values.get("url")),
            way=_text(values.get("way")) or "",
            since=None if since is None else from_text(str(since)),
            known=_text(values.get("known")),
        )
    except (ValueError, TypeError, AttributeError):
        return Address()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
