"""Questions about received webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from booking_tui.domain.filter import Filter
from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.rows import EventRow
from booking_tui.domain.webhook import EventState, WebhookEvent
from booking_tui.ports import Clock, SignatureWhy
from booking_tui.services.booking_queries import BookingQueries
from booking_tui.services.reading import EVERYTHING
from booking_tui.store.database import Database
from booking_tui.store.inbox import InboxCounts

SPARK_MINUTES = 60

Explain = Callable[[WebhookEvent], SignatureWhy]
Mask = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class InboxSummary:
    """The day so far: ``today`` counts since local midnight.

    ``latency`` is (median, p95, worst) in ms over the last 24 h; ``per_minute`` holds the last hour's arrivals, oldest
    first.
    """

    today: InboxCounts
    latency: tuple[float, float, float] | None
    per_minute: tuple[int, ...]


class HookQueries(BookingQueries):
    """Lists and details of webhook requests. Pages are quick; count, anchors and words may be slow."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: str,
        *,
        demo: bool = False,
        explain: Mapping[str, Explain] | None = None,
        mask: Mapping[str, Mask] | None = None,
    ) -> None:
        """``explain`` and ``mask`` are by source."""
        super().__init__(database, clock, zone, demo=demo)
        self._explain = explain or {}
        self._mask = mask or {}

    def events_page(
        self, chosen: Filter = EVERYTHING, *, after: int | None = None, before: int | None = None, limit: int
    ) -> list[EventRow]:
        """Give events newest first: those older than seq ``after``, or the ``limit`` next newer than seq ``before``."""
        return self.records.inbox.page(chosen, after=after, before=before, limit=limit)

    def events_count(self, chosen: Filter = EVERYTHING) -> int:
        """Count events. May be slow: not for the screen's thread."""
        return self.records.inbox.count(chosen)

    def events_anchors(self, chosen: Filter = EVERYTHING, *, step: int) -> list[int]:
        """Give the seq of every ``step``-th event, newest first. May be slow: not for the screen's thread."""
        return self.records.inbox.anchors(chosen, step)

    def event(self, event_id: str) -> WebhookEvent | None:
        """Give an event whole, by its id or a prefix that names one. Raises AmbiguousPrefix."""
        return self.records.inbox.find(event_id)

    def event_row(self, event_id: str) -> EventRow | None:
        """Give an event's list row by its exact id."""
        return self.records.inbox.row(event_id)

    def event_states(self, event_ids: Sequence[str]) -> dict[str, EventState]:
        """Say where events stand, by exact id; those that are not there are left out. Quick."""
        with self.records.database.reader():
            rows = [self.event_row(event_id) for event_id in event_ids]
        return {row.id: row.state for row in rows if row is not None}

    def effects(self, event_id: str) -> list[HistoryEntry]:
        """Give the history entries that one event made, newest first."""
        return self.records.history.by_event(event_id)

    def explain(self, event_id: str) -> SignatureWhy | None:
        """Say why an event's signature was or was not accepted, by the secrets live now; None when nobody can say."""
        event = self.event(event_id)
        explain = None if event is None else self._explain.get(event.source)
        return None if event is None or explain is None else explain(event)

    def masked_body(self, event: WebhookEvent) -> bytes:
        """Give an event's body with the secrets in it blotted out."""
        mask = self._mask.get(event.source)
        return event.body if mask is None else mask(event.body)

    def inbox_summary(self) -> InboxSummary:
        """Count the day. May be slow with very many events: not for the screen's thread."""
        now = self.now()
        start, _ = self.day_bounds(self.today())
        with self.records.database.reader():
            return InboxSummary(
                self.records.inbox.today_counts(start),
                self.records.inbox.latency(now - timedelta(hours=24)),
                tuple(self.records.inbox.counts_by_minute(SPARK_MINUTES, now)),
            )
