"""What wants a person: requests that wait, deliveries that were refused or parked, bookings that are in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from booking_tui.domain.booking import Booking
from booking_tui.domain.filter import Filter, Term
from booking_tui.domain.rows import EventRow, Scope
from booking_tui.domain.webhook import EventState
from booking_tui.services.reading import since, state_is
from booking_tui.services.today import TodayQueries

LIMIT = 50
REFUSED_HOURS = 24
REFUSED_LIMIT = 200
EXPLAINED = 40


class Need(NamedTuple):
    """One thing that wants a person: ``kind`` is waiting, refused, parked, reread or app.

    ``target_kind`` and ``target_id`` name what to open (a booking or an event); ``at`` is since when; ``how_many``
    counts those alike.
    """

    kind: str
    text: str
    who: str | None
    at: datetime
    target_kind: str
    target_id: str
    how_many: int = 1


class NeedsQueries(TodayQueries):
    """The list of needs. Not for the screen's thread: explaining refusals reads their bytes."""

    def needs_you(self) -> list[Need]:
        """Give everything that wants a person: first what is broken, then what waits; newest first in each."""
        with self.records.database.reader():
            broken = [*self._parked(), *self._refused(), *self._doubtful()]
            waiting = self._waiting()
        broken.sort(key=lambda need: need.at, reverse=True)
        return [*broken, *waiting]

    def _waiting(self) -> list[Need]:
        rows = self.bookings_page(Scope.WAITING, limit=LIMIT)
        records = self.records.bookings.records([row.uid for row in rows])
        return [
            Need(
                "waiting",
                "waits for your yes",
                row.who or None,
                records[row.uid].created_at if row.uid in records else row.start,
                "booking",
                row.uid,
            )
            for row in rows
        ]

    def _refused(self) -> list[Need]:
        """Group the last day's refusals by their likely cause."""
        start = self.now() - timedelta(hours=REFUSED_HOURS)
        rows = self._counting(self.events_page(state_is(EventState.QUARANTINED, since(start)), limit=REFUSED_LIMIT))
        groups: dict[str, list[EventRow]] = {}
        for number, row in enumerate(rows):
            groups.setdefault(self._cause(row, explained=number < EXPLAINED), []).append(row)
        return [
            Need(
                "refused",
                f"refused{_times(len(found))}: {cause}",
                None,
                found[0].received_at,
                "event",
                found[0].id,
                len(found),
            )
            for cause, found in groups.items()
        ]

    def _cause(self, row: EventRow, *, explained: bool) -> str:
        why = self.explain(row.id) if explained else None
        if why is not None and why.likely:
            return why.likely
        return "the signature is missing" if row.verdict.value == "missing" else "the signature is wrong"

    def _parked(self) -> list[Need]:
        """Give the parked deliveries that no later replay has brought in."""
        rows = self._counting(self.events_page(state_is(EventState.PARKED), limit=LIMIT))
        mended = self._replayed_well() if rows else set[str]()
        return [
            Need(
                "parked",
                f"parked: {row.error or 'no reason was kept'}",
                None,
                row.received_at,
                "event",
                row.id,
            )
            for row in rows
            if row.id not in mended
        ]

    def _replayed_well(self) -> set[str]:
        replays = self.events_page(
            Filter((Term("has", "replay", negated=False, instant=None),), ""), limit=REFUSED_LIMIT
        )
        done = {EventState.PROCESSED, EventState.IGNORED}
        return {row.replay_of for row in replays if row.replay_of is not None and row.state in done}

    def _doubtful(self) -> list[Need]:
        """Give the coming bookings that the webhooks cannot settle, or whose calendar or video failed."""
        chosen = Filter((Term("has", "error", negated=False, instant=None),), "")
        rows = [
            *self.bookings_page(Scope.UPCOMING, chosen, limit=LIMIT),
            *self.bookings_page(Scope.WAITING, chosen, limit=LIMIT),
        ]
        records = self.records.bookings.records([row.uid for row in rows])
        needs: list[Need] = []
        for row in rows:
            record = records.get(row.uid)
            if record is None or (row.test and not self.demo):
                continue
            for kind, text in _doubts(record.booking):
                needs.append(Need(kind, text, row.who or None, record.updated_at, "booking", row.uid))
        return needs

    def _counting(self, rows: Sequence[EventRow]) -> list[EventRow]:
        """Leave out what was only tried, save on a demo home."""
        return [row for row in rows if self.demo or not row.test]


def _doubts(booking: Booking) -> list[tuple[str, str]]:
    doubts: list[tuple[str, str]] = []
    if booking.failed_apps:
        doubts.append(("app", f"{' and '.join(booking.failed_apps)} failed: there may be no calendar entry or no link"))
    if booking.needs_reread:
        doubts.append(("reread", "wants a look at Cal.com: the webhooks do not settle it"))
    return doubts


def _times(count: int) -> str:
    """Say how many, when there are several."""
    if count >= REFUSED_LIMIT:
        return f" {REFUSED_LIMIT} times or more"
    return "" if count == 1 else f" {count} times"
