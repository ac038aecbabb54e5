"""``events``: the webhook inbox."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from booking_tui.cli.frame import Noun
from booking_tui.cli.lists import chosen_filter, list_options, take
from booking_tui.cli.output import (
    Column,
    emit_json,
    emit_line,
    emit_lines,
    emit_note,
    emit_table,
    local_second,
    with_progress,
)
from booking_tui.cli.session import Failure, Session, pass_session
from booking_tui.cli.shapes import event_shape, shown_event_shape, utf8
from booking_tui.domain.rows import EventRow
from booking_tui.domain.webhook import WebhookEvent
from booking_tui.domain.words import history_sentence
from booking_tui.services.queries import Queries

_COLUMNS = (
    Column("received"),
    Column("from"),
    Column("trigger", gives=True),
    Column("verdict"),
    Column("state"),
    Column("http", right=True),
    Column("ms", right=True),
    Column("id"),
    Column("remark", gives=True),
)


@click.group("events", cls=Noun)
def command_events() -> None:
    """Look at the received webhooks and work with them. An id may be shortened to its beginning or its end."""


@command_events.command("list")
@list_options
@pass_session
def list_events(session: Session, limit: int, filter_text: str) -> None:
    """List received webhooks, newest first."""
    with session.queries() as queries:
        chosen = chosen_filter(queries, filter_text)
        rows, more = take(
            limit,
            lambda after, wanted: queries.events_page(chosen, after=after, limit=wanted),
            lambda row: row.seq,
        )
        if session.json:
            emit_json([event_shape(row) for row in rows])
            return
        if not rows:
            emit_line("No event matches." if filter_text else "Nothing has come in yet.")
            return
        emit_table(_COLUMNS, [_cells(row, queries.zone) for row in rows])
    if more:
        emit_note(f"The newest {limit} are shown; --limit 0 shows all.")


@command_events.command("show")
@click.argument("event_id", metavar="ID")
@pass_session
def show_event(session: Session, event_id: str) -> None:
    """Show one received webhook whole: headers, body (secrets masked) and what it changed."""
    from booking_tui import wiring

    with session.queries() as queries:
        event = _find(queries, event_id)
        masked = wiring.masked(event)
        effects = queries.effects(event.id)
        if session.json:
            emit_json(shown_event_shape(masked, effects))
            return
        why = queries.explain(event.id) or wiring.explain_signature(session.settings, event)
        facts = {
            "id": event.id,
            "received": f"{local_second(event.received_at, queries.zone)} {queries.zone.key}",
            "from": f"{event.source} {event.peer}",
            "trigger": event.trigger,
            "verdict": event.verdict.value if event.http_status == 200 else f"{event.verdict.value}: {why.likely}",
            "to do": why.do if event.http_status != 200 else None,
            "state": f"{event.state.value}{' (test)' if event.test else ''}",
            "answer": f"{event.http_status}{'' if event.latency_ms is None else f' in {event.latency_ms:.1f} ms'}",
            "booking": event.booking_uid,
            "error": event.error,
            "replay of": event.replay_of,
            "repeats": event.duplicate_of,
        }
        for name, value in facts.items():
            if value:
                emit_line(f"{name:<9}  {value}")
        for entry in effects:
            emit_line(f"{'changed':<9}  {history_sentence(entry, queries.zone.key)}")
        emit_line("")
        for name, value in masked.headers:
            emit_line(f"{name}: {value}")
        emit_line("")
        emit_lines(_pretty(masked.body))


@command_events.command("replay")
@click.argument("event_ids", metavar="ID...", nargs=-1, required=True)
@pass_session
def replay(session: Session, event_ids: tuple[str, ...]) -> None:
    """Check stored webhooks against the secrets of now and take them in once more."""
    made: list[str] = []
    ids = _all_found(session, event_ids)
    with session.desk() as desk:
        with_progress(ids, "replaying", lambda one: made.extend(desk.replay([one])))
    with session.queries() as queries:
        events = [event for event in map(queries.event, made) if event is not None]
        if session.json:
            emit_json([event_shape(event) for event in events])
        else:
            emit_table(_COLUMNS, [_cells(event, queries.zone) for event in events])


@command_events.command("export")
@click.argument("event_id", metavar="ID")
@pass_session
def export(session: Session, event_id: str) -> None:
    """Print a webhook as a fixture: headers and body, secrets masked, signed anew."""
    from booking_tui import wiring

    with session.queries() as queries:
        event = _find(queries, event_id)
        signer = wiring.signer(wiring.holder_desk(session.home), session.settings)
        fixture = wiring.fixture(session.settings, event, signer)
        text = utf8(fixture.body)
        emit_json(
            {
                "method": "POST",
                "path": f"/webhooks/{event.source}",
                "headers": [[name, value] for name, value in fixture.headers],
                "body": text,
                "body_base64": shown_event_shape(fixture, ())["body_base64"],
            }
        )


@command_events.command("forget")
@click.argument("event_ids", metavar="[ID]...", nargs=-1)
@click.option("--test", is_flag=True, help="All test events and the bookings they made.")
@pass_session
def forget(session: Session, event_ids: tuple[str, ...], test: bool) -> None:
    """Delete what the inbox keeps of webhooks; that they once came stays known, so a repeat has no effect."""
    if test == bool(event_ids):
        raise click.UsageError("give the ids of events, or --test")
    ids = [] if test else _all_found(session, event_ids)
    with session.desk() as desk:
        count = desk.forget_test() if test else desk.forget(ids)
    if session.json:
        emit_json({"forgotten": count, "ids": None if test else ids})
    else:
        emit_line(f"Forgotten: {count} event{'' if count == 1 else 's'}.")


def _find(queries: Queries, prefix: str) -> WebhookEvent:
    event = queries.event(prefix)
    if event is None:
        raise Failure(f"no event has the id {prefix!r}; booking-tui events list shows all")
    return event


def _all_found(session: Session, prefixes: tuple[str, ...]) -> list[str]:
    """Give the whole ids before anything is changed: one unknown id stops the command."""
    with session.queries() as queries:
        return list(dict.fromkeys(_find(queries, prefix).id for prefix in prefixes))


def _cells(row: EventRow | WebhookEvent, zone: ZoneInfo) -> list[object]:
    remark = row.error or (f"= {row.duplicate_of}" if row.duplicate_of else None)
    remark = remark or (f"replay of {row.replay_of}" if row.replay_of else "")
    return [
        local_second(row.received_at, zone),
        row.source,
        row.trigger,
        row.verdict.value,
        row.state.value + (" (test)" if row.test else ""),
        row.http_status,
        "" if row.latency_ms is None else f"{row.latency_ms:.1f}",
        row.id,
        remark,
    ]


def _pretty(body: bytes) -> str:
    """Give JSON indented, other text as it is, and bytes that are no text in hexadecimal."""
    import json

    text = utf8(body)
    if text is None:
        return body.hex(" ")
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
