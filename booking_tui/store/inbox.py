"""The webhook inbox: every delivery as it came, durable before it is answered.

Rows are light; bytes and headers lie in a side table. Deduplication keys outlive the rows they were made for.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING, Any

from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.instants import to_text
from booking_tui.domain.rows import EventRow
from booking_tui.domain.webhook import TEST_KEY, Delivery, EventState, Receipt, Verdict, WebhookEvent
from booking_tui.store import inbox_counts, inbox_pages, inbox_rows
from booking_tui.store.database import Database, Transaction
from booking_tui.store.folding import storable
from booking_tui.store.history import History
from booking_tui.store.inbox_counts import InboxCounts
from booking_tui.store.intake import Arrival, Intake

if TYPE_CHECKING:
    from booking_tui.domain.filter import Filter

__all__ = ["Inbox", "InboxCounts"]

KEEP_REFUSED_BYTES = 65_536
"""Real deliveries are smaller: one that was refused because of a wrong secret can be replayed once that is mended."""
KEEP_REFUSED_ROWS = 500
_CAP_EVERY = 128
_PURGE_BATCH = 500
_LATENCY_DELAY_S = 0.25
_TRIGGER_LIMIT = 200
_AUTHENTIC = frozenset({Verdict.VALID, Verdict.UNSIGNED_ALLOWED, Verdict.PULLED})

_compact = json.JSONEncoder(separators=(",", ":")).encode
_LATENCY = "UPDATE inbox SET latency_ms = ? WHERE id = ?"
_SETTLE = (
    'UPDATE inbox SET state = ?, booking_uid = coalesce(?, booking_uid), error = ?, "trigger" = coalesce(?, "trigger")'
    " WHERE id = ?"
)
_KNOWN = "SELECT key FROM inbox_key WHERE source = ? AND key IN (SELECT value FROM json_each(?))"
_OLD = "SELECT seq FROM inbox WHERE received_at < ? AND state <> 'stored' LIMIT ?"
_CAP = (
    "DELETE FROM inbox WHERE seq IN (SELECT seq FROM inbox WHERE state = 'quarantined'"
    " ORDER BY seq DESC LIMIT -1 OFFSET ?)"
)
_CUT = (
    "UPDATE inbox_content SET body = substr(body, 1, ?1) WHERE length(body) > ?1"
    " AND seq IN (SELECT seq FROM inbox WHERE state = 'quarantined')"
)


_FORGET_TEST_KEYS = "DELETE FROM inbox_key WHERE key >= ? AND key < ?"


class Inbox:
    """Takes deliveries in, hands them to whoever applies them, and lists them. Implements ``ports.DeliveryStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._history = History(database)
        self._latency_lock = threading.Lock()
        self._latencies: list[tuple[float, str]] = []
        self.noted: Callable[[Sequence[str]], None] | None = None
        """Told, in the writer's thread, of the rows whose answering time has just become known."""
        self._refused_since_cap = 0
        self._intake = Intake(database, self._keep_refused_few)
        database.before_close(self._flush_latencies)

    def put(self, delivery: Delivery) -> Future[Receipt]:
        """Store one delivery; the future resolves once the row is durable, else fails with StoreUnavailable."""
        authentic = delivery.verdict in _AUTHENTIC
        # What the writer need not do is done here, in the caller's thread.
        arrival = Arrival(
            row_id=self._database.ids.new(),
            source=delivery.source,
            key=None if delivery.dedup_key is None else storable(delivery.dedup_key),
            state=EventState.STORED if authentic else EventState.QUARANTINED,
            trigger=None if delivery.trigger is None else storable(delivery.trigger[:_TRIGGER_LIMIT]),
            received_at=to_text(delivery.received_at),
            verdict=delivery.verdict.value,
            http_status=delivery.http_status,
            replay_of=delivery.replay_of,
            test=delivery.test,
            secret_id=delivery.secret_id,
            body_bytes=len(delivery.body),
            via=delivery.via,
            headers=_compact(delivery.headers),
            body=delivery.body if authentic else delivery.body[:KEEP_REFUSED_BYTES],
            peer=storable(delivery.peer),
        )
        return self._intake.put(arrival)

    def known_keys(self, source: str, keys: Sequence[str]) -> set[str]:
        """Give those of the deduplication keys under which something came already."""
        with self._database.reader() as reader:
            return {row[0] for row in reader.rows(_KNOWN, (source, json.dumps(list(keys))))}

    def _keep_refused_few(self, transaction: Transaction, refused: int) -> None:
        """Bound what strangers can make the file grow by, between two rounds of housekeeping."""
        self._refused_since_cap += refused
        if self._refused_since_cap >= _CAP_EVERY:
            self._refused_since_cap = 0
            transaction.connection.execute(_CAP, (KEEP_REFUSED_ROWS,))

    def answered(self, row_id: str, latency_ms: float) -> None:
        """Note how long an answer took; written a moment later, many at a time."""
        with self._latency_lock:
            self._latencies.append((latency_ms, row_id))
            first = len(self._latencies) == 1
        if first:
            self._database.submit_later(self._write_latencies, _LATENCY_DELAY_S).add_done_callback(self._tell_noted)

    def _tell_noted(self, written: Future[list[str]]) -> None:
        if self.noted is not None and not written.cancelled() and written.exception() is None:
            self.noted(written.result())

    def _write_latencies(self, transaction: Transaction) -> list[str]:
        with self._latency_lock:
            noted, self._latencies = self._latencies, []
        transaction.connection.executemany(_LATENCY, noted)
        return [row_id for _, row_id in noted]

    def _flush_latencies(self) -> None:
        with self._latency_lock:
            waiting = bool(self._latencies)
        if waiting:
            # What cannot be written now may be lost: it is a measurement.
            self._database.submit(self._write_latencies).exception()

    def settle(
        self,
        transaction: Transaction,
        event_id: str,
        state: EventState,
        *,
        booking_uid: str | None = None,
        error: str | None = None,
        trigger: str | None = None,
    ) -> bool:
        """Set where an event stands; give False when it is no longer there."""
        words = [None if text is None else storable(text) for text in (booking_uid, error, trigger)]
        changed = transaction.connection.execute(_SETTLE, (state.value, *words, event_id)).rowcount
        return changed > 0

    def pending(self, limit: int) -> list[WebhookEvent]:
        """Give what is stored and not yet applied, in order of arrival."""
        with self._database.reader() as reader:
            return inbox_rows.pending(reader, limit)

    def event(self, event_id: str) -> WebhookEvent | None:
        """Give the event with exactly this id."""
        with self._database.reader() as reader:
            return inbox_rows.event(reader, event_id)

    def find(self, prefix: str) -> WebhookEvent | None:
        """Give the event whose id begins so. Raises AmbiguousPrefix when several do."""
        with self._database.reader() as reader:
            return inbox_rows.find(reader, prefix)

    def row(self, event_id: str) -> EventRow | None:
        """Give the event's list row."""
        with self._database.reader() as reader:
            return inbox_pages.row(reader, event_id)

    def effects(self, event_id: str) -> list[HistoryEntry]:
        """Give the history entries that one event made, newest first."""
        return self._history.by_event(event_id)

    def page(
        self, chosen: Filter, *, after: int | None = None, before: int | None = None, limit: int
    ) -> list[EventRow]:
        """Give events newest first: those older than seq ``after``, or the ``limit`` next newer than seq ``before``."""
        with self._database.reader() as reader:
            return inbox_pages.page(reader, chosen.terms, after=after, before=before, limit=limit)

    def count(self, chosen: Filter) -> int:
        """Count the events that match."""
        with self._database.reader() as reader:
            return inbox_pages.count(reader, chosen.terms)

    def anchors(self, chosen: Filter, step: int) -> list[int]:
        """Give the seq of every ``step``-th matching event, newest first, beginning with the first."""
        with self._database.reader() as reader:
            return inbox_pages.anchors(reader, chosen.terms, step)

    def counts_by_minute(self, minutes: int, now: datetime) -> list[int]:
        """Count arrivals in each of the last minutes, oldest first; the last one holds ``now``."""
        with self._database.reader() as reader:
            return inbox_counts.by_minute(reader, minutes, now)

    def today_counts(self, day_start: datetime) -> InboxCounts:
        """Count what came since ``day_start``."""
        with self._database.reader() as reader:
            return inbox_counts.since(reader, day_start)

    def latency(self, since: datetime) -> tuple[float, float, float] | None:
        """Give median, 95th percentile and worst latency in ms since then; None when none is known."""
        with self._database.reader() as reader:
            return inbox_counts.latency(reader, since)

    def through_tunnel(self, since: datetime) -> tuple[datetime | None, int]:
        """Give when an authentic delivery last came through the tunnel, and how many deliveries did since then."""
        with self._database.reader() as reader:
            return inbox_counts.through_tunnel(reader, since)

    def came_by_tunnel(self, source: str, since: datetime) -> bool:
        """Say whether this sender itself delivered something by the tunnel since then."""
        with self._database.reader() as reader:
            return inbox_counts.came_by_tunnel(reader, source, since)

    def forget(self, event_ids: Sequence[str]) -> int:
        """Remove events for good, their deduplication keys excepted; give how many were there."""
        return self._delete("id IN (SELECT value FROM json_each(?))", (json.dumps(list(event_ids)),))

    def forget_test(self) -> int:
        """Remove all events that were made for trying out, and their keys: the same test may then be made again."""

        def job(transaction: Transaction) -> int:
            transaction.connection.execute(_FORGET_TEST_KEYS, (TEST_KEY, f"{TEST_KEY}\U0010ffff"))
            return transaction.connection.execute("DELETE FROM inbox WHERE test = 1").rowcount

        return self._database.write(job)

    def purge(self, before: datetime) -> int:
        """Remove events that came before then and are settled; deduplication keys stay."""
        parameters = (to_text(before), _PURGE_BATCH)
        gone = 0
        # In portions, so that deliveries get their turn in between.
        while portion := self._delete(f"seq IN ({_OLD})", parameters):
            gone += portion
        return gone

    def cap_quarantine(self, keep_rows: int = KEEP_REFUSED_ROWS, keep_bytes: int = KEEP_REFUSED_BYTES) -> int:
        """Keep only the newest refused requests, and of those only the beginning; give how many went."""

        def job(transaction: Transaction) -> int:
            gone = transaction.connection.execute(_CAP, (keep_rows,)).rowcount
            transaction.connection.execute(_CUT, (keep_bytes,))
            return gone

        return self._database.write(job)

    def _delete(self, condition: str, parameters: tuple[Any, ...]) -> int:
        def job(transaction: Transaction) -> int:
            return transaction.connection.execute(f"DELETE FROM inbox WHERE {condition}", parameters).rowcount  # noqa: S608

        return self._database.write(job)
