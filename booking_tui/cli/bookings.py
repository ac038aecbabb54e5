"""``bookings``: list, show, note."""

from __future__ import annotations

import sys
from zoneinfo import ZoneInfo

import click

from booking_tui.cli.finding import find_uid
from booking_tui.cli.frame import Noun
from booking_tui.cli.lists import PAGE, chosen_filter, list_options, take
from booking_tui.cli.output import Column, emit_json, emit_line, emit_note, emit_table, local_time
from booking_tui.cli.session import Failure, Session, pass_session
from booking_tui.cli.shapes import Recorded, Shape, booking_shape
from booking_tui.domain.booking import NOTE_LIMIT
from booking_tui.domain.rows import BookingRow, Scope
from booking_tui.domain.words import money_words, status_word
from booking_tui.services.queries import Queries

_COLUMNS = (
    Column("when"),
    Column("min", right=True),
    Column("who", gives=True),
    Column("what", gives=True),
    Column("status"),
    Column("where", gives=True),
    Column("uid"),
)


@click.group("bookings", cls=Noun)
def command_bookings() -> None:
    """Look at bookings and write notes on them."""


@command_bookings.command("list")
@list_options
@pass_session
def list_bookings(session: Session, limit: int, filter_text: str) -> None:
    """List bookings: those that have not ended by start, then the ended ones, newest first."""
    with session.queries() as queries:
        chosen, now = chosen_filter(queries, filter_text), queries.now()
        rows, more = take(
            limit,
            lambda after, wanted: queries.bookings_page(Scope.ALL, chosen, after=after, limit=wanted, now=now),
            lambda row: queries.booking_key(row, now),
        )
        if session.json:
            emit_json(_shapes(queries, [row.uid for row in rows]))
            return
        if not rows:
            emit_line("No booking matches." if filter_text else "No bookings yet.")
            return
        emit_table(_COLUMNS, [_cells(row, queries.zone) for row in rows])
    if more:
        emit_note(f"The first {limit} are shown; --limit 0 shows all.")


@command_bookings.command("show")
@click.argument("uid")
@pass_session
def show_booking(session: Session, uid: str) -> None:
    """Show one booking whole. UID may be the beginning of one, or a guest with one appointment."""
    with session.queries() as queries:
        _print(session, queries, find_uid(queries, uid))


@command_bookings.command("note")
@click.argument("uid")
@click.argument("text")
@pass_session
def note(session: Session, uid: str, text: str) -> None:
    """Write your own note on a booking: TEXT, or - for standard input; an empty text removes it."""
    if text == "-":
        text = _from_stdin()
    if len(text) > NOTE_LIMIT:
        raise click.UsageError(f"a note has at most {NOTE_LIMIT:,} characters, this one has {len(text):,}; shorten it")
    with session.queries() as queries:
        uid = find_uid(queries, uid)
    with session.desk() as desk:
        desk.write_note(uid, text)
    with session.queries() as queries:
        _print(session, queries, uid)


def _from_stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode().replace("\r\n", "\n").rstrip("\n")
    except UnicodeDecodeError:
        raise Failure("standard input is not UTF-8 text; nothing was changed") from None


def _shapes(queries: Queries, uids: list[str]) -> list[Shape]:
    """Read bookings whole, a page at a time, in the order given."""
    found: list[Shape] = []
    for start in range(0, len(uids), PAGE):
        part = uids[start : start + PAGE]
        records = queries.booking_records(part)
        found.extend(booking_shape(records[uid]) for uid in part if uid in records)
    return found


def _record(queries: Queries, uid: str) -> Recorded:
    record = queries.booking_records([uid]).get(uid)
    if record is None or record.booking.is_shell:
        raise Failure(f"no booking has the uid {uid!r}; booking-tui bookings list shows all")
    return record


def _print(session: Session, queries: Queries, uid: str) -> None:
    record = _record(queries, uid)
    if session.json:
        emit_json(booking_shape(record))
        return
    booking, zone = record.booking, queries.zone
    payment = booking.payment
    lines: list[tuple[str, object]] = [
        ("title", booking.title),
        ("status", status_word(booking.status) + (" (test)" if booking.test else "")),
        ("start", f"{local_time(booking.start, zone)} {zone.key}"),
        ("end", local_time(booking.end, zone)),
        *(("guest", f"{one.name} <{one.email}>{' did not come' if one.absent else ''}") for one in booking.attendees),
        ("where", booking.meeting_url or booking.location),
        ("notes", booking.notes),
        *((answer.label or answer.slug, answer.value) for answer in booking.answers),
        ("your note", record.private_note),
        (
            "payment",
            payment
            and f"{payment.state} {money_words({'amount_minor': payment.amount_minor, 'currency': payment.currency})}",
        ),
        ("moved from", booking.rescheduled_from),
        ("moved to", booking.rescheduled_to),
        ("reason", booking.cancellation_reason),
        ("uid", booking.uid),
    ]
    width = max(len(name) for name, value in lines if value)
    for name, value in lines:
        if value:
            emit_line(f"{name:<{width}}  {value}")


def _cells(row: BookingRow, zone: ZoneInfo) -> list[object]:
    minutes = int((row.end - row.start).total_seconds() // 60)
    marks = "".join(f" ({word})" for word, is_so in (("test", row.test), ("no-show", row.absent)) if is_so)
    where = row.meeting_url or row.location
    what = row.event_type or row.title
    return [local_time(row.start, zone), minutes, row.who, what, status_word(row.status) + marks, where, row.uid]
