"""The team's suppression list: addresses that nothing is sent to, from any of its domains.

Origins: bounce, complaint, manual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from booking_tui.sandbox.resend.wire import JsonObject, in_events, in_rows
from booking_tui.sandbox.resend.world import World

Origin = Literal["bounce", "complaint", "manual"]
ORIGINS: tuple[Origin, ...] = ("bounce", "complaint", "manual")
KEPT = 5_000


@dataclass(frozen=True, slots=True)
class Suppression:
    """One address; `source_id` is the id of the email that bounced or was complained about."""

    id: str
    email: str
    origin: Origin
    source_id: str | None
    created_at: datetime


class Suppressions:
    """The list, by address in lower case; tells of every change as `suppression.added` and `suppression.removed`."""

    def __init__(self, world: World, emit: Callable[[str, JsonObject], None]) -> None:
        self._world = world
        self._emit = emit
        self._rows: dict[str, Suppression] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Suppression]:
        with self._world.lock:
            return iter(list(self._rows.values()))

    def __contains__(self, email: object) -> bool:
        return isinstance(email, str) and email.strip().lower() in self._rows

    def add(self, email: str, origin: Origin = "manual", source_id: str | None = None) -> Suppression:
        """Suppress an address; one that already is keeps its entry."""
        with self._world.lock:
            address = email.strip().lower()
            row = self._rows.get(address)
            if row is None:
                row = Suppression(self._world.new_id(), address, origin, source_id, self._world.clock())
                self._rows[address] = row
                if len(self._rows) > KEPT:
                    del self._rows[next(iter(self._rows))]
                self._emit("suppression.added", shape(row, in_events))
            return row

    def find(self, id_or_email: str) -> Suppression | None:
        """Find by id or by address."""
        with self._world.lock:
            by_address = self._rows.get(id_or_email.strip().lower())
            return by_address or next((row for row in self._rows.values() if row.id == id_or_email), None)

    def remove(self, id_or_email: str) -> Suppression | None:
        """Take an address off the list; None when it is not there."""
        with self._world.lock:
            row = self.find(id_or_email)
            if row is not None:
                del self._rows[row.email]
                self._emit("suppression.removed", shape(row, in_events))
            return row


def shape(row: Suppression, instant: Callable[[datetime], str] = in_rows) -> JsonObject:
    """Describe an entry as lists and events do."""
    return {
        "id": row.id,
        "email": row.email,
        "origin": row.origin,
        "source_id": row.source_id,
        "created_at": instant(row.created_at),
    }
