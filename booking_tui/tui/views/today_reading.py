"""What the Today view reads, all at once: quick questions for the screen's thread, and slower ones for another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from booking_tui.domain.rows import BookingRow
from booking_tui.tui.text import hide_names

if TYPE_CHECKING:
    from booking_tui.services.queries import Agenda, BookingDetail, DayLoad, FeedLine, Month, Need, Queries

DAYS_AHEAD = 14
NEXT_DAYS = 2
FEED_LINES = 60
NEWEST_LINES = 16


class TodayReading(NamedTuple):
    """One look at the home: the chosen day, the next days with bookings, what comes next, how full it is."""

    agenda: Agenda
    next_days: tuple[Agenda, ...]
    next_up: BookingRow | None
    next_detail: BookingDetail | None
    week: tuple[DayLoad, ...]
    month: Month
    feed: tuple[FeedLine, ...]
    begun: bool = True
    """Whether anything that is no test has come in at all, now or earlier."""

    @property
    def following(self) -> BookingRow | None:
        """The first booking after the chosen day; None when none is near."""
        if self.next_days:
            return self.next_days[0].rows[0]
        return self.next_up if self.next_up is not None and self.next_up.start >= self.agenda.end else None

    @property
    def brand_new(self) -> bool:
        """Whether the first steps are still to be done: what was refused and what tests did is no beginning."""
        return not (self.begun or self.agenda.rows)


def read_today(queries: Queries, day: date, *, privacy: bool) -> TodayReading:
    """Read everything the view shows but its needs. Quick; raises what the queries raise."""
    following, month = queries.next_up(), queries.last_30_days()
    return TodayReading(
        agenda=queries.agenda(day),
        next_days=tuple(_next_days(queries, day)),
        next_up=following,
        next_detail=None if following is None else queries.booking_detail(following.uid),
        week=tuple(queries.week_load(day)),
        month=month,
        feed=read_feed(queries, privacy=privacy),
        begun=following is not None or month.total > 0 or queries.has_begun(),
    )


def _next_days(queries: Queries, day: date) -> Sequence[Agenda]:
    """Give the next days that have bookings, at most two and within a fortnight."""
    ahead = queries.agendas(day + timedelta(days=1), DAYS_AHEAD)
    return [agenda for agenda in ahead if agenda.rows][:NEXT_DAYS]


def read_feed(queries: Queries, *, privacy: bool, limit: int = FEED_LINES) -> tuple[FeedLine, ...]:
    """Give what happened last, oldest first; with ``privacy`` no line names anybody."""
    lines = queries.feed(limit)[::-1]
    if not privacy:
        return tuple(lines)
    records = queries.booking_records(sorted({line.booking_uid for line in lines if line.booking_uid}))
    names = {
        uid: [text for guest in record.booking.attendees for text in (guest.name, guest.email)]
        for uid, record in records.items()
    }
    return tuple(line._replace(text=hide_names(line.text, names.get(line.booking_uid or "", ()))) for line in lines)


def read_newest(queries: Queries, known: Sequence[FeedLine], *, privacy: bool) -> tuple[FeedLine, ...]:
    """Give what is known with the newest few lines read again: what a burst can afford many times a second."""
    newest = read_feed(queries, privacy=privacy, limit=NEWEST_LINES)
    seen = set(newest)
    before = [line for line in known if line not in seen and (not newest or line.at < newest[0].at)]
    return (*before, *newest)[-FEED_LINES:]


def read_needs(queries: Queries) -> list[Need]:
    """Read what wants a person; belongs on a thread of its own."""
    return queries.needs_you()
