"""The day: its agenda, what comes next, how full the week is, and what just happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from booking_tui.domain.booking import Booking, BookingStatus
from booking_tui.domain.filter import Filter, Term
from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.instants import minutes_between
from booking_tui.domain.rows import BookingRow, BusyRow, EventRow, Scope
from booking_tui.domain.webhook import EventState, Verdict
from booking_tui.domain.words import history_sentence, trigger_words
from booking_tui.services.mail_queries import MailQueries
from booking_tui.services.reading import EVERYTHING

STANDING = (BookingStatus.ACCEPTED, BookingStatus.PENDING)
CALLED_OFF = (BookingStatus.CANCELLED, BookingStatus.REJECTED)
WEEK = 7
MONTH_DAYS = 30
NEXT_PAGE = 50
_REFUSED = (Verdict.INVALID, Verdict.MISSING)
QUIET = frozenset({"emails_planned", "emails_dropped"})
MAIL_SOURCE = "resend"
NO_TESTS = Filter((Term("has", "test", negated=True, instant=None),), "")


@dataclass(frozen=True, slots=True)
class Agenda:
    """One local day ``[start, end)``: standing bookings and taken time that touch it, by start.

    ``cancelled`` holds what was to be on this day and will not be.
    """

    day: date
    start: datetime
    end: datetime
    rows: tuple[BookingRow, ...]
    busy: tuple[BusyRow, ...]
    cancelled: tuple[BookingRow, ...]

    @property
    def booked_minutes(self) -> int:
        """Minutes of this day that confirmed bookings take; overlaps count once."""
        taken = ((row.start, row.end) for row in self.rows if row.status is BookingStatus.ACCEPTED)
        return covered_minutes(taken, self.start, self.end)


class DayLoad(NamedTuple):
    """How much of one local day is booked, in minutes."""

    day: date
    minutes: int
    bookings: int


@dataclass(frozen=True, slots=True)
class Month:
    """What became of the bookings that ended in the last 30 days: kept, missed by the guest, or called off."""

    kept: int
    total: int
    no_shows: int
    cancelled: int

    @property
    def kept_share(self) -> float | None:
        """Kept ones among all, 0 to 1; None without any."""
        return self.kept / self.total if self.total else None


class FeedLine(NamedTuple):
    """One thing that happened: a delivery or a change. ``ok`` is False for what was refused or parked."""

    at: datetime
    source: str
    text: str
    ok: bool
    event_id: str | None
    booking_uid: str | None = None
    test: bool = False


class TodayQueries(MailQueries):
    """What the first screen shows."""

    def agenda(self, day: date | None = None) -> Agenda:
        """Give one local day, today by default. Quick."""
        return self.agendas(day or self.today(), 1)[0]

    def agendas(self, first: date, days: int) -> list[Agenda]:
        """Give so many local days from ``first`` on, read in one look. Quick."""
        bounds = [(day, *self.day_bounds(day)) for day in (first + timedelta(days=number) for number in range(days))]
        start, end = bounds[0][1], bounds[-1][2]
        with self.records.database.reader():
            rows = self.records.bookings.between(start, end)
            busy = self.records.busy.between(start, end)
        return [_agenda(day, begin, finish, rows, busy) for day, begin, finish in bounds]

    def has_begun(self) -> bool:
        """Whether this home has had a booking, or an authentic delivery, that is no test. Quick."""
        tests = () if self.demo else NO_TESTS.terms
        authentic = Filter((*tests, *(Term("verdict", str(each), negated=True) for each in _REFUSED)), "")
        with self.records.database.reader():
            return bool(
                self.bookings_page(Scope.ALL, Filter(tests, ""), limit=1) or self.events_page(authentic, limit=1)
            )

    def next_up(self) -> BookingRow | None:
        """Give the confirmed booking that starts next; without one, the one in progress that began last. Quick."""
        now = self.now()
        rows = self.bookings_page(Scope.UPCOMING, EVERYTHING if self.demo else NO_TESTS, limit=NEXT_PAGE, now=now)
        coming = next((row for row in rows if row.start > now), None)
        return coming or (rows[-1] if rows else None)

    def week_load(self, day: date | None = None) -> list[DayLoad]:
        """Give the seven local days from the Monday of a day's week. Quick."""
        chosen = day or self.today()
        monday = chosen - timedelta(days=chosen.weekday())
        days = [monday + timedelta(days=number) for number in range(WEEK)]
        first, last = self.day_bounds(days[0])[0], self.day_bounds(days[-1])[1]
        rows = [row for row in self._counted(first, last) if row.status is BookingStatus.ACCEPTED]
        return [self._load(each, rows) for each in days]

    def last_30_days(self) -> Month:
        """Count what became of the bookings that ended in the last 30 days. Quick for a practice's size."""
        now = self.now()
        rows = [row for row in self._counted(now - timedelta(days=MONTH_DAYS), now) if row.end <= now]
        held = [row for row in rows if row.status is BookingStatus.ACCEPTED]
        no_shows = sum(row.absent for row in held)
        cancelled = sum(row.status is BookingStatus.CANCELLED for row in rows)
        return Month(len(held) - no_shows, len(held) + cancelled, no_shows, cancelled)

    def feed(self, limit: int) -> list[FeedLine]:
        """Give what happened last, newest first: deliveries and the changes they made. Quick."""
        with self.records.database.reader():
            # What is said of emails is told by the entries it makes; and what will be sent is no news.
            events = [row for row in self.events_page(limit=limit * 2) if row.source != MAIL_SOURCE or not row_ok(row)]
            entries = [entry for entry in self.records.history.recent(limit * 2) if entry.action not in QUIET]
            uids = sorted({entry.booking_uid for entry in entries if entry.booking_uid})
            bookings = {uid: record.booking for uid, record in self.records.bookings.records(uids).items()}
        # A change comes after the delivery that made it, so it stands above it.
        ranked = [
            *(
                ((entry.at, 1, entry.seq), _change_line(entry, bookings.get(entry.booking_uid or ""), self.zone.key))
                for entry in entries
            ),
            *(((row.received_at, 0, row.seq), event_line(row)) for row in events[:limit]),
        ]
        ranked.sort(key=lambda pair: pair[0], reverse=True)
        return [line for _, line in ranked[:limit]]

    def _counted(
        self, start: datetime, end: datetime, statuses: Iterable[BookingStatus] | None = None
    ) -> list[BookingRow]:
        """Give the bookings that touch a stretch and count: tests do not, save on a demo home."""
        rows = self.records.bookings.between(start, end, statuses=statuses)
        return [row for row in rows if self._counts(row)]

    def _counts(self, row: BookingRow) -> bool:
        return self.demo or not row.test

    def _load(self, day: date, rows: list[BookingRow]) -> DayLoad:
        start, end = self.day_bounds(day)
        touching = [row for row in rows if row.start < end and row.end > start]
        minutes = covered_minutes(((row.start, row.end) for row in touching), start, end)
        return DayLoad(day, minutes, sum(row.start >= start for row in touching))


def _agenda(day: date, start: datetime, end: datetime, rows: list[BookingRow], busy: Sequence[BusyRow]) -> Agenda:
    """Give one day of what touches several."""
    touching = [row for row in rows if row.start < end and row.end > start]
    return Agenda(
        day,
        start,
        end,
        rows=tuple(row for row in touching if row.status in STANDING),
        busy=tuple(row for row in busy if row.start < end and row.end > start),
        cancelled=tuple(row for row in touching if row.status in CALLED_OFF),
    )


def _change_line(entry: HistoryEntry, booking: Booking | None, zone: str) -> FeedLine:
    sentence = history_sentence(entry, zone)
    first = booking.attendees[0] if booking is not None and booking.attendees else None
    who = first.name or first.email if first is not None else ""
    text = f"{who}: {sentence}" if who else sentence
    test = booking is not None and booking.test
    return FeedLine(
        entry.at, entry.actor, text, ok=True, event_id=entry.event_id, booking_uid=entry.booking_uid, test=test
    )


def row_ok(row: EventRow) -> bool:
    """Say whether a delivery was taken in, or is being."""
    return row.state not in {EventState.QUARANTINED, EventState.PARKED}


def event_line(row: EventRow) -> FeedLine:
    """Say one delivery in a line of the feed."""
    words = trigger_words(row.trigger)
    remark = {
        EventState.QUARANTINED: "refused: no signature" if row.verdict is Verdict.MISSING else "refused: bad signature",
        EventState.PARKED: f"parked: {row.error}" if row.error else "parked",
        EventState.DUPLICATE: "seen before",
        EventState.STORED: "waits to be applied",
    }.get(row.state)
    text = f"{words} · {remark}" if remark else words
    if row.replay_of is not None:
        text = f"replay: {text}"
    return FeedLine(row.received_at, row.source, text, row_ok(row), row.id, row.booking_uid, row.test)


def covered_minutes(stretches: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime) -> int:
    """Count the minutes of ``[start, end)`` that the stretches cover together."""
    total = 0
    reached = start
    for first, last in sorted(stretches):
        begin, finish = max(first, reached), min(last, end)
        if finish > begin:
            total += minutes_between(begin, finish)
            reached = finish
    return total
