"""Questions about bookings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from booking_tui.domain.booking import Booking
from booking_tui.domain.filter import Filter
from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.rows import BookingKey, BookingRow, Scope
from booking_tui.services.reading import EVERYTHING, Reading
from booking_tui.store.bookings import BookingRecord
from booking_tui.store.folding import fold
from booking_tui.store.history import ChainReport


@dataclass(frozen=True, slots=True)
class BookingDetail:
    """Everything about one booking.

    ``chain`` holds it and all that it was moved from and to, in the order of the moves; ``history`` is that of the
    whole chain, newest first.
    """

    booking: Booking
    private_note: str | None
    created_at: datetime
    updated_at: datetime
    chain: tuple[Booking, ...]
    history: tuple[HistoryEntry, ...]


class Found(NamedTuple):
    """A hit of a search: ``kind`` is ``booking``, ``guest``, ``email`` or ``event``; ``id`` opens it."""

    kind: str
    id: str
    text: str
    detail: str


class BookingQueries(Reading):
    """Lists and details of bookings. Pages read an index and are quick; count, anchors and words may take longer."""

    def bookings_page(
        self,
        scope: Scope,
        chosen: Filter = EVERYTHING,
        *,
        after: BookingKey | None = None,
        before: BookingKey | None = None,
        limit: int,
        now: datetime | None = None,
    ) -> list[BookingRow]:
        """Give up to ``limit`` rows that follow ``after`` or lead up to ``before``. Quick when the filter has no words.

        ``now`` parts what has ended from the rest; a list that is paged through keeps one.
        """
        return self.records.bookings.page(scope, chosen, now or self.now(), after=after, before=before, limit=limit)

    def booking_key(self, row: BookingRow, now: datetime | None = None) -> BookingKey:
        """Give a row's place in its list."""
        return self.records.bookings.key_of(row, now or self.now())

    def bookings_count(self, scope: Scope, chosen: Filter = EVERYTHING, now: datetime | None = None) -> int:
        """Count a list. May be slow: not for the screen's thread."""
        return self.records.bookings.count(scope, chosen, now or self.now())

    def bookings_anchors(
        self, scope: Scope, chosen: Filter = EVERYTHING, *, step: int, now: datetime | None = None
    ) -> list[BookingKey]:
        """Give the key of every ``step``-th row. May be slow: not for the screen's thread."""
        return self.records.bookings.anchors(scope, chosen, now or self.now(), step)

    def booking_detail(self, uid: str) -> BookingDetail | None:
        """Give one booking whole, or None."""
        with self.records.database.reader():
            record = self.records.bookings.record(uid)
            if record is None:
                return None
            chain = self.records.bookings.chain(uid)
            history = self.records.history.entries([booking.uid for booking in chain] or [uid])
        return BookingDetail(
            record.booking,
            record.private_note,
            record.created_at,
            record.updated_at,
            tuple(chain),
            tuple(history),
        )

    def booking_records(self, uids: list[str]) -> dict[str, BookingRecord]:
        """Give many bookings whole, by uid; unknown ones are left out."""
        return self.records.bookings.records(uids)

    def uids_beginning(self, prefix: str, limit: int) -> list[str]:
        """Give the uids that begin with a text. Quick."""
        return self.records.bookings.uids_beginning(prefix, limit)

    def booking_rows(self, uids: Sequence[str]) -> list[BookingRow]:
        """Give the list rows of bookings, by start; unknown ones are left out."""
        return self.records.bookings.rows(uids)

    def guests_meant(self, rows: Sequence[BookingRow], chosen: Filter) -> dict[str, str]:
        """Name, by uid of a group, the guest whom a filter found where that is not the first one."""
        named = [
            term
            for term in chosen.terms
            if term.key in {None, "who"} and not (term.negated or term.status or term.until)
        ]
        wanted = [fold(term.value) for term in named]
        groups = [row for row in rows if row.guests > 1] if wanted else []
        if not groups:
            return {}
        meant: dict[str, str] = {}
        for uid, record in self.booking_records([row.uid for row in groups]).items():
            found = [
                guest
                for guest in record.booking.attendees
                if all(word in fold(f"{guest.name}\n{guest.email}") for word in wanted)
            ]
            if found and found[0] != record.booking.attendees[0]:
                meant[uid] = found[0].name or found[0].email
        return meant

    def chain_uids(self, uid: str) -> list[str]:
        """Give the uids of a booking and all that it was moved from and to, in the order of the moves."""
        return [booking.uid for booking in self.records.bookings.chain(uid)]

    def history(self, uid: str) -> list[HistoryEntry]:
        """Give the timeline of a booking across its moves, newest first; empty for an unknown uid."""
        with self.records.database.reader():
            uids = [booking.uid for booking in self.records.bookings.chain(uid)]
            return self.records.history.entries(uids or [uid])

    def history_of_one(self, uid: str) -> list[HistoryEntry]:
        """Give the timeline of this uid alone, newest first."""
        return self.records.history.entries([uid])

    def verify_history(self) -> ChainReport:
        """Check the hash chain of the history. Slow: reads all of it."""
        return self.records.history.verify()

    def everywhere(self, text: str, limit: int) -> list[Found]:
        """Find guests, bookings, emails and events by a text. May be slow: not for the screen's thread."""
        wanted = text.strip()
        if not wanted:
            return []
        share = max(1, limit // 4)
        found = [
            *self._guests(wanted, share),
            *self._bookings(wanted, share),
            *self._emails(wanted, share),
            *self._events(wanted, share),
        ]
        return found[:limit]

    def _guests(self, text: str, limit: int) -> list[Found]:
        people = self.records.bookings.find_people(text, limit)
        return [
            Found("guest", person.email or person.name, person.name or person.email, _times(person.bookings))
            for person in people
        ]

    def _bookings(self, text: str, limit: int) -> list[Found]:
        rows = self.bookings_page(Scope.ALL, words(text), limit=limit)
        return [Found("booking", row.uid, row.who or row.title, _what(self.local_text(row.start), row)) for row in rows]

    def _emails(self, text: str, limit: int) -> list[Found]:
        from booking_tui.domain.mail.groups import PLANNED, group_of
        from booking_tui.domain.mail.words import kind_name, words_of

        now = self.now()
        found: list[Found] = []
        for email in self.records.outbox.page("all", words(text), limit=limit):
            when = self.local_text(email.send_at if group_of(email) == PLANNED else email.updated_at)
            detail = f"{kind_name(email.kind)} · {words_of(email, now).short} · {when}"
            found.append(Found("email", email.id, email.to_name.strip() or email.to, detail))
        return found

    def _events(self, text: str, limit: int) -> list[Found]:
        rows = self.records.inbox.page(words(text), limit=limit)
        return [
            Found("event", row.id, row.trigger or "no trigger", f"{row.source} · {self.local_text(row.received_at)}")
            for row in rows
        ]

    def local_text(self, instant: datetime) -> str:
        """Give an instant as ``Thu 4 Mar 2027 14:00`` in the practice's zone."""
        local = instant.astimezone(self.zone)
        return f"{local:%a} {local.day} {local:%b %Y %H:%M}"


def words(text: str) -> Filter:
    """Make the filter that looks for words and takes nothing in them for a key."""
    from booking_tui.domain.filter import Term

    return Filter(tuple(Term(None, word, negated=False, instant=None) for word in text.split()), text)


def _what(when: str, row: BookingRow) -> str:
    # A title names the practitioner first, which every one of them has in common.
    return f"{when} · {row.event_type or row.title}"


def _times(count: int) -> str:
    return "1 booking" if count == 1 else f"{count} bookings"
