"""A filter of bookings, turned into what an index can find.

Words are looked for in folded copies (``booking_text``), parts of words included. Few hits become a list of row ids;
many become a condition to walk the list's own index with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from peewee import SQL

from booking_tui.domain.booking import BookingStatus
from booking_tui.domain.instants import cut
from booking_tui.store.folding import fold
from booking_tui.store.models import BookingTable as Row
from booking_tui.store.readers import Reader

if TYPE_CHECKING:
    from booking_tui.domain.filter import Term

Condition: TypeAlias = Any
"""One of Peewee's expressions, which have no common type."""

FEW = 2000
"""Up to so many hits are listed and sorted; above, hits are so dense that walking the index finds a page soon."""
_TRIGRAM = 3

_HAS: Mapping[str, Callable[[], Condition]] = {
    "note": lambda: Row.private_note.is_null(is_null=False),
    "notes": lambda: Row.notes.is_null(is_null=False),
    "payment": lambda: Row.payment_state.is_null(is_null=False),
    "link": lambda: Row.meeting_url.is_null(is_null=False),
    "location": lambda: Row.location.is_null(is_null=False),
    "seats": lambda: Row.seats.is_null(is_null=False),
    "guests": lambda: Row.guests > 1,
    "answers": lambda: Row.answers != "[]",
    "reason": lambda: Row.cancellation_reason.is_null(is_null=False),
    "recording": lambda: Row.recordings != "[]",
    "error": lambda: (Row.needs_reread == True) | (Row.failed_apps != "[]"),  # noqa: E712
    "reread": lambda: Row.needs_reread == True,  # noqa: E712
    "test": lambda: Row.test == True,  # noqa: E712
    "series": lambda: Row.recurring == True,  # noqa: E712
    "absent": lambda: Row.absent == True,  # noqa: E712
    "no-show": lambda: Row.absent == True,  # noqa: E712
    "moved": lambda: Row.rescheduled_from.is_null(is_null=False) | Row.rescheduled_to.is_null(is_null=False),
}

_TRIGGERS = (
    'WITH RECURSIVE kinds (name) AS (SELECT min("trigger") FROM inbox UNION ALL'
    ' SELECT (SELECT min("trigger") FROM inbox WHERE "trigger" > name) FROM kinds WHERE name IS NOT NULL)'
    " SELECT name FROM kinds WHERE name IS NOT NULL"
)
_OF_EVENTS = frozenset({"trigger", "verdict", "state"})


class Word(NamedTuple):
    """A text to look for: among people's names and addresses only, or in everything."""

    text: str
    people_only: bool = False


@dataclass(slots=True)
class Selection:
    """What a filter asks of bookings: statuses, a half-open range of starts, other conditions, perhaps known ids."""

    statuses: frozenset[BookingStatus] = frozenset(BookingStatus)
    low: datetime | None = None
    high: datetime | None = None
    conditions: list[Condition] = field(default_factory=list)
    ids: list[int] | None = None

    def not_before(self, instant: datetime) -> None:
        self.low = instant if self.low is None else max(self.low, instant)

    def not_from(self, instant: datetime) -> None:
        self.high = instant if self.high is None else min(self.high, instant)

    def only(self, ids: Iterable[int]) -> None:
        self.ids = sorted(ids) if self.ids is None else sorted(set(self.ids).intersection(ids))


def escape_like(text: str) -> str:
    """Make text safe between percent signs of a LIKE with backslash as escape."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def in_json(values: Sequence[str | int]) -> Condition:
    """Give the right side of an IN over any number of values."""
    return SQL("(SELECT value FROM json_each(?))", (json.dumps(list(values)),))


def select(reader: Reader, terms: Sequence[Term]) -> Selection:
    """Work out what a filter asks of bookings."""
    selection = Selection()
    wanted: list[Word] = []
    for term in terms:
        if term.instant is not None and term.until is not None:
            _apply_day(reader, selection, term.instant, term.until, negated=term.negated)
        elif term.key in {None, "who"}:
            word = Word(term.value, term.key == "who")
            if term.key is None and term.status is not None:
                _apply_status_word(reader, selection, word, term.status, negated=term.negated)
            elif term.negated:
                selection.conditions.append(_not_in_text(word))
            else:
                wanted.append(word)
        elif term.key in _OF_EVENTS:
            _apply_events(reader, selection, term)
        else:
            _apply(selection, term)
    if wanted:
        _apply_words(reader, selection, wanted)
    return selection


def _apply(selection: Selection, term: Term) -> None:
    if term.key == "status":
        named = frozenset(status for status in BookingStatus if status.value == term.value)
        selection.statuses &= frozenset(BookingStatus) - named if term.negated else named
    elif term.key in {"from", "to"}:
        if term.instant is not None:
            # "not from that day on" is "before that day", and the other way round.
            since = (term.key == "from") != term.negated
            (selection.not_before if since else selection.not_from)(cut(term.instant))
    else:
        condition = _condition(term)
        selection.conditions.append(~condition if term.negated else condition)


def _apply_day(reader: Reader, selection: Selection, start: datetime, end: datetime, *, negated: bool) -> None:
    """Ask for what touches a day; a booking without length touches the day of its start."""
    touches = (Row.starts < end) & ((Row.ends > start) | (Row.starts >= start))
    if negated:
        selection.conditions.append(~touches)
        return
    # The longest booking is known: so the start index is walked over no more than it needs.
    selection.not_before(back(start, longest(reader)))
    selection.not_from(end)
    selection.conditions.append(touches)


def longest(reader: Reader) -> timedelta:
    """Give the length of the longest booking there is."""
    return timedelta(seconds=reader.rows("SELECT max(length_s) FROM booking")[0][0] or 0)


def back(now: datetime, length: timedelta) -> datetime:
    """Give the instant so long ago, or the first there is."""
    first = datetime.min.replace(tzinfo=UTC)
    return first if length >= now - first else now - length


def _apply_status_word(
    reader: Reader, selection: Selection, word: Word, status: BookingStatus, *, negated: bool
) -> None:
    """Ask for a status or a text, for a bare word that may mean either; negated, for neither."""
    if negated:
        selection.statuses -= {status}
        selection.conditions.append(_not_in_text(word))
        return
    where, parameters = text_query([word])
    hits = f"SELECT rowid FROM booking_text WHERE {where}"  # noqa: S608
    if reader.rows(f"{hits} LIMIT 1", tuple(parameters)):
        in_text = (Row.id + 0).in_(SQL(f"({hits})", tuple(parameters)))
        selection.conditions.append((Row.status == status.value) | in_text)
    else:
        selection.statuses &= {status}


def _condition(term: Term) -> Condition:
    value = fold(term.value)
    if term.key == "has":
        make = _HAS.get(value)
        return SQL("0") if make is None else make()
    return SQL(
        "(lower(coalesce(event_type, '') || ' ' || coalesce(event_title, '')) LIKE ? ESCAPE '\\')",
        (f"%{escape_like(value)}%",),
    )


def triggers(reader: Reader, value: str) -> str:
    """Give the triggers there are whose name holds the value, as a JSON array; hops along the index."""
    wanted = fold(value)
    return json.dumps([name for (name,) in reader.rows(_TRIGGERS) if wanted in fold(name)])


def _apply_events(reader: Reader, selection: Selection, term: Term) -> None:
    """Ask for bookings by the events that spoke of them."""
    if term.key == "trigger":
        test, value = '"trigger" IN (SELECT value FROM json_each(?))', triggers(reader, term.value)
    else:
        test, value = f"{term.key} = ?", term.value
    walked = SQL(f"EXISTS (SELECT 1 FROM inbox WHERE booking_uid = uid AND {test})", (value,))  # noqa: S608
    if term.negated:
        selection.conditions.append(~walked)
        return
    found = reader.rows(
        "SELECT DISTINCT booking.id FROM inbox JOIN booking ON booking.uid = booking_uid"  # noqa: S608
        f" WHERE {test} LIMIT {FEW + 1}",
        (value,),
    )
    if len(found) <= FEW:
        selection.only(row[0] for row in found)
    else:
        selection.conditions.append(walked)


def text_query(words: Sequence[Word]) -> tuple[str, list[str]]:
    """Give the WHERE clause over ``booking_text`` (and its parameters) that all these words ask for."""
    matches: list[str] = []
    clauses: list[str] = []
    parameters: list[str] = []
    for word in words:
        value = fold(word.text)
        if len(value) >= _TRIGRAM:
            quoted = '"' + value.replace('"', '""') + '"'
            matches.append(f"people : {quoted}" if word.people_only else quoted)
        else:
            pattern = f"%{escape_like(value)}%"
            if word.people_only:
                clauses.append("people LIKE ? ESCAPE '\\'")
                parameters.append(pattern)
            else:
                clauses.append("(people LIKE ? ESCAPE '\\' OR words LIKE ? ESCAPE '\\')")
                parameters += [pattern, pattern]
    if matches:
        clauses.insert(0, "booking_text MATCH ?")
        parameters.insert(0, " AND ".join(matches))
    return " AND ".join(clauses), parameters


def _apply_words(reader: Reader, selection: Selection, words: Sequence[Word]) -> None:
    where, parameters = text_query(words)
    sql = f"SELECT rowid FROM booking_text WHERE {where}"  # noqa: S608
    found = reader.rows(f"{sql} LIMIT {FEW + 1}", tuple(parameters))
    if len(found) <= FEW:
        selection.only(row[0] for row in found)
    else:
        # A sum keeps SQLite from looking the hits up one by one and sorting them all.
        selection.conditions.append((Row.id + 0).in_(SQL(f"({sql})", tuple(parameters))))


def _not_in_text(word: Word) -> Condition:
    where, parameters = text_query([word])
    return (Row.id + 0).not_in(SQL(f"(SELECT rowid FROM booking_text WHERE {where})", tuple(parameters)))  # noqa: S608


def row_ids(reader: Reader, words: Sequence[Word]) -> list[int]:
    """Give the ids of at most ``FEW`` bookings whose text holds all these words."""
    where, parameters = text_query(words)
    sql = f"SELECT rowid FROM booking_text WHERE {where} LIMIT {FEW}"  # noqa: S608
    return [row[0] for row in reader.rows(sql, tuple(parameters))]
