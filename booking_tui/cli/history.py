"""``history`` and ``audit``: what happened to a booking, and whether the record of it is whole."""

from __future__ import annotations

import click

from booking_tui.cli.finding import find_uid
from booking_tui.cli.frame import Noun, Verb
from booking_tui.cli.output import Column, emit_json, emit_line, emit_table, local_second, progress
from booking_tui.cli.session import Failure, Session, pass_session
from booking_tui.cli.shapes import history_shape
from booking_tui.domain.words import history_sentence

_COLUMNS = (Column("at"), Column("who"), Column("what", gives=True), Column("uid"))


@click.command("history", cls=Verb)
@click.argument("uid")
@pass_session
def command_history(session: Session, uid: str) -> None:
    """Show a booking's whole timeline, newest first, across all its moves."""
    with session.queries() as queries:
        # What is known of a uid that has no details yet is history too.
        history = queries.history(uid) or queries.history(find_uid(queries, uid))
        if session.json:
            emit_json([history_shape(entry) for entry in history])
            return
        rows = [
            (
                local_second(entry.at, queries.zone),
                entry.actor,
                history_sentence(entry, queries.zone.key),
                entry.booking_uid,
            )
            for entry in history
        ]
    emit_table(_COLUMNS, rows)


@click.group("audit", cls=Noun)
def command_audit() -> None:
    """Check the chain of the history."""


@command_audit.command("verify")
@pass_session
def verify(session: Session) -> None:
    """Check every link of the chain; exit 1 names the first that is broken."""
    with session.queries() as queries, progress("checking") as move:
        report = queries.records.history.verify(move)
    if not report.ok:
        place = f"at entry {report.broken_seq}" if report.broken_seq is not None else "as a whole"
        raise Failure(
            f"the history is broken {place}: {report.reason}; "
            "restore a backup made before that, or keep this file as evidence"
        )
    if session.json:
        emit_json({"ok": True, "entries": report.entries, "erased": report.erased, "head": report.head})
    else:
        count = f"{report.entries} {'entry' if report.entries == 1 else 'entries'}"
        emit_line(f"The history is whole: {count}, last link {report.head[:16]}.")
