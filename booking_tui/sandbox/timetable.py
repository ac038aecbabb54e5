"""The practice's hours: full hours from 9 to 18 with a lunch break, on the practice's own wall clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOURS = (9, 10, 11, 12, 14, 15, 16, 17)
"""The hours at which a session may begin."""
EVENING = time(18, 15)
"""When the evening group begins."""


class Timetable:
    """Knows which spans are given away; all instants in UTC, all dates on the wall clock of the zone."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self._taken: dict[date, list[tuple[datetime, datetime]]] = {}

    def at(self, day: date, clock: time) -> datetime:
        """Give the instant of a wall-clock time."""
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def day_of(self, instant: datetime) -> date:
        """Give the practice's date at that instant."""
        return instant.astimezone(self.zone).date()

    def free(self, start: datetime, length: timedelta) -> bool:
        """Say whether nothing is in that span."""
        day = self.day_of(start)
        end = start + length
        near = (day - timedelta(days=1), day, day + timedelta(days=1))
        return not any(begin < end and start < stop for on in near for begin, stop in self._taken.get(on, ()))

    def take(self, start: datetime, length: timedelta) -> bool:
        """Give the span away; False when something is in it already."""
        if not self.free(start, length):
            return False
        self._taken.setdefault(self.day_of(start), []).append((start, start + length))
        return True

    def close(self, day: date) -> None:
        """Give a whole day away."""
        begin = self.at(day, time(0))
        self._taken.setdefault(day, []).append((begin, begin + timedelta(hours=24)))

    def slots(self, first: date, last: date, *, weekends: bool = False) -> Iterator[datetime]:
        """Give every start on the grid from one date to another, both included."""
        day = first
        while day <= last:
            if weekends or day.weekday() < 5:
                yield from (self.at(day, time(hour)) for hour in HOURS)
            day += timedelta(days=1)
