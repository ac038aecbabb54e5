"""Finding the booking that a person means: by its uid, by the beginning of it, or by who booked."""

from __future__ import annotations

from booking_tui.cli.output import local_time
from booking_tui.cli.session import Failure
from booking_tui.domain.filter import Filter, Term
from booking_tui.domain.rows import BookingRow, Scope
from booking_tui.services.queries import Queries

NAMED = 5
"""So many bookings are named when several are meant."""
_LOOKED_AT = 200


def find_uid(queries: Queries, text: str) -> str:
    """Give the uid that a text means: a whole one, a prefix of one only, or a guest with one appointment only.

    Of an appointment that was moved the newest version is meant. Raises Failure, which names the bookings that match.
    """
    record = queries.booking_records([text]).get(text)
    if record is not None and not record.booking.is_shell:
        return text
    wanted = text.strip()
    if not wanted:
        raise Failure("an empty text names no booking; booking-tui bookings list shows all")
    beginning = queries.uids_beginning(wanted, NAMED + 1)
    if len(beginning) == 1:
        return beginning[0]
    rows = queries.booking_rows(beginning) or _of_guest(queries, wanted)
    if not rows:
        raise Failure(
            f"no booking has the uid {text!r}, and no guest is called so; booking-tui bookings list shows all"
        )
    newest = _newest(queries, rows)
    if not beginning and len(newest) == 1:
        return newest[0].uid
    raise Failure(_several(queries, text, rows if beginning else newest))


def _of_guest(queries: Queries, wanted: str) -> list[BookingRow]:
    chosen = Filter((Term("who", wanted),), wanted)
    return queries.bookings_page(Scope.ALL, chosen, limit=_LOOKED_AT)


def _newest(queries: Queries, rows: list[BookingRow]) -> list[BookingRow]:
    """Keep of each appointment the last version that is among the rows; more than are named need no look."""
    found: list[BookingRow] = []
    by_uid = {row.uid: row for row in rows}
    done: set[str] = set()
    for row in rows:
        if row.uid in done:
            continue
        versions = queries.chain_uids(row.uid)
        done.update(versions)
        found.append(next((by_uid[uid] for uid in reversed(versions) if uid in by_uid), row))
        if len(found) > NAMED:
            break
    return found


def _several(queries: Queries, text: str, rows: list[BookingRow]) -> str:
    named = "; ".join(f"{local_time(row.start, queries.zone)} {row.who} {row.uid}" for row in rows[:NAMED])
    count = f"{len(rows)}" if len(rows) <= NAMED else f"more than {NAMED}"
    return f"{count} bookings match {text!r}, name one by its uid: {named}"
