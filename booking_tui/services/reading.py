"""What every group of queries stands on: the tables, the clock and the practice's zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking_tui.domain.filter import Filter, Term, parse
from booking_tui.domain.instants import cut
from booking_tui.ports import Clock
from booking_tui.services.records import Records
from booking_tui.store.database import Database

EVERYTHING = Filter((), "")
"""The filter that keeps every row."""


class Reading:
    """Reads one home. ``zone`` names the practice's zone; raises ZoneInfoNotFoundError when there is none so named.

    ``demo`` says that test marks mean nothing here.
    """

    def __init__(self, database: Database, clock: Clock, zone: str, *, demo: bool = False) -> None:
        self.records = Records(database)
        self.clock = clock
        self.zone = ZoneInfo(zone)
        self.demo = demo

    def now(self) -> datetime:
        """Give the instant in UTC."""
        return self.clock.now()

    def today(self) -> date:
        """Give the practice's date."""
        return self.now().astimezone(self.zone).date()

    def filter(self, text: str) -> Filter:
        """Read what a person typed as a filter. Raises FilterError with a sentence."""
        return parse(text, self.today(), self.zone.key)

    def day_bounds(self, day: date) -> tuple[datetime, datetime]:
        """Give the half-open stretch of a local day in UTC: 23 to 25 hours where clocks change."""
        return self._midnight(day), self._midnight(day + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        # A midnight that clocks skip is read with the offset before the jump: that is the instant of the jump.
        return cut(datetime.combine(day, time(), tzinfo=self.zone))


def state_is(state: str, *more: Term) -> Filter:
    """Make the filter of one event state."""
    return Filter((Term("state", state, negated=False, instant=None), *more), "")


def since(instant: datetime) -> Term:
    """Make the filter term of what came at or after an instant."""
    return Term("from", "", negated=False, instant=instant)
