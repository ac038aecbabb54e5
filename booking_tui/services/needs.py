"""What wants a person: requests that wait, deliveries that were refused or parked, bookings that are in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from booking_tui.domain.booking import Booking
from booking_tui.domain.filter import Filter, Term
from booking_tui.domain.rows import EventRow, Scope
from booking_tui.domain.webhook import EventState
from booking_tui.services.mail_needs import mail_needs
from booking_tui.services.overlaps import overlapping, same_appointment
from booking_tui.services.reading import since, state_is
from booking_tui.services.today import STANDING, TodayQueries

LIMIT = 50
REFUSED_HOURS = 24
REFUSED_LIMIT = 200
EXPLAINED = 40
OVERLAP_DAYS = 60
PAIRS = 500


_WAITS = "waits for your yes: answer at Cal.com"
_REREAD = "a seat or part of a series changed, and Cal.com did not say how: look it up there"
_TAKEN_IN = frozenset({EventState.PROCESSED, EventState.IGNORED, EventState.DUPLICATE})


class _Attempt(NamedTuple):
    """A delivery, and the newest of it and its replays."""

    origin: EventRow
    latest: EventRow

    @property
    def parked(self) -> EventRow | None:
        """The one that was parked; None when all of them were refused."""
        return next((row for row in (self.latest, self.origin) if row.state is EventState.PARKED), None)


class Need(NamedTuple):
    """One thing that wants a person: ``kind`` is waiting, refused, parked, reread, app, overlap or mail.

    ``target_kind`` and ``target_id`` name what to open (a booking, an event or an email); ``at`` is since when;
    ``how_many`` counts those alike; ``link`` is the booking's page at its provider when that is known.
    """

    kind: str
    text: str
    who: str | None
    at: datetime
    target_kind: str
    target_id: str
    how_many: int = 1
    link: str | None = None


class NeedsQueries(TodayQueries):
    """The list of needs. Not for the screen's thread: explaining refusals reads their bytes."""

    def needs_you(self) -> list[Need]:
        """Give everything that wants a person: first what is broken, then what waits; newest first in each."""
        with self.records.database.reader():
            broken = [*mail_needs(self), *self._unsettled(), *self._doubtful(), *self._overlapping()]
            waiting = self._waiting()
        broken.sort(key=lambda need: need.at, reverse=True)
        return [*broken, *waiting]

    def _waiting(self) -> list[Need]:
        rows = self.bookings_page(Scope.WAITING, limit=LIMIT)
        records = self.records.bookings.records([row.uid for row in rows])
        needs: list[Need] = []
        for row in rows:
            record = records.get(row.uid)
            at, link = (row.start, None) if record is None else (record.created_at, record.booking.booking_page)
            needs.append(Need("waiting", _WAITS, row.who or None, at, "booking", row.uid, link=link))
        return needs

    def _unsettled(self) -> list[Need]:
        """Give what was not taken in, neither itself nor a replay of it.

        Of refusals those of the last day count, by their likely cause.
        """
        start = self.now() - timedelta(hours=REFUSED_HOURS)
        refused = self.events_page(state_is(EventState.QUARANTINED, since(start)), limit=REFUSED_LIMIT)
        parked = self.events_page(state_is(EventState.PARKED), limit=LIMIT)
        if not refused and not parked:
            return []
        attempts = self._attempts([*refused, *parked])
        return [*self._parked(attempts), *self._refused([one for one in attempts if one.origin.received_at >= start])]

    def _attempts(self, rows: Sequence[EventRow]) -> list[_Attempt]:
        """Put deliveries and their replays together; give those still open, newest first. Tests are left out."""
        replays = self.events_page(
            Filter((Term("has", "replay", negated=False, instant=None),), ""), limit=REFUSED_LIMIT
        )
        known = {row.id: row for row in (*rows, *replays)}
        families: dict[str, list[EventRow]] = {}
        for row in list(known.values()):
            families.setdefault(self._origin(row, known).id, []).append(row)
        found: list[_Attempt] = []
        for origin_id, family in families.items():
            origin = known[origin_id]
            latest = max((origin, *family), key=lambda row: row.seq)
            states = {origin.state, *(row.state for row in family)}
            if not origin.test and not states & _TAKEN_IN and latest.state is not EventState.STORED:
                found.append(_Attempt(origin, latest))
        return sorted(found, key=lambda one: one.origin.seq, reverse=True)

    def _origin(self, row: EventRow, known: dict[str, EventRow]) -> EventRow:
        """Follow replays back to what was received, as far as it is still there."""
        seen: set[str] = set()
        while row.replay_of is not None and row.id not in seen:
            seen.add(row.id)
            before = known.get(row.replay_of) or self.event_row(row.replay_of)
            if before is None:
                break
            row = known.setdefault(before.id, before)
        return row

    def _refused(self, attempts: Sequence[_Attempt]) -> list[Need]:
        groups: dict[str, list[EventRow]] = {}
        refused = [one.origin for one in attempts if one.parked is None]
        for number, row in enumerate(refused):
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

    def _parked(self, attempts: Sequence[_Attempt]) -> list[Need]:
        return [
            Need(
                "parked",
                f"parked: {row.error or 'no reason was kept'}",
                None,
                one.origin.received_at,
                "event",
                one.origin.id if one.origin.state is EventState.PARKED else row.id,
            )
            for one in attempts
            if (row := one.parked) is not None
        ]

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
                link = record.booking.booking_page
                needs.append(Need(kind, text, row.who or None, record.updated_at, "booking", row.uid, link=link))
        return needs

    def _overlapping(self) -> list[Need]:
        """Give the bookings from today on that stand at a time at which another one stands."""
        start, _ = self.day_bounds(self.today())
        rows = self._counted(start, start + timedelta(days=OVERLAP_DAYS), STANDING)
        pairs = overlapping(rows)[:PAIRS]
        records = self.records.bookings.records(sorted({row.uid for pair in pairs for row in pair}))
        needs: list[Need] = []
        named: set[str] = set()
        for first, second in pairs:
            if second.uid in named or first.uid not in records or second.uid not in records:
                continue
            one, other = records[first.uid], records[second.uid]
            if same_appointment(one.booking, other.booking):
                continue
            named.add(second.uid)
            at = max(one.created_at, other.created_at)
            text = f"overlaps with {first.who or first.title} {first.start.astimezone(self.zone):%H:%M}"
            link = other.booking.booking_page
            needs.append(Need("overlap", text, second.who or None, at, "booking", second.uid, link=link))
        return needs


def _doubts(booking: Booking) -> list[tuple[str, str]]:
    doubts: list[tuple[str, str]] = []
    if booking.failed_apps:
        doubts.append(("app", f"{' and '.join(booking.failed_apps)} failed: there may be no calendar entry or no link"))
    if booking.needs_reread:
        doubts.append(("reread", _REREAD))
    return doubts


def _times(count: int) -> str:
    """Say how many, when there are several."""
    if count >= REFUSED_LIMIT:
        return f" {REFUSED_LIMIT} times or more"
    return "" if count == 1 else f" {count} times"
