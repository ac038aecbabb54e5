"""``config``: what is set, where it comes from, and whether it can be used. Runs with broken settings too."""

from __future__ import annotations

import os

import click

from booking_tui.cli.frame import Noun
from booking_tui.cli.output import Column, cut, emit_json, emit_line, emit_note, emit_table
from booking_tui.cli.session import Failure, Session, pass_session
from booking_tui.settings import Shown

_VALUE = 48
"""Cells that a value may take in the table; --json has all of it."""


@click.group("config", cls=Noun)
def command_config() -> None:
    """Look at the settings; secrets are masked."""


@command_config.command("show")
@click.option("--changed", is_flag=True, help="Only what is not a default.")
@pass_session
def show(session: Session, changed: bool) -> None:
    """Show every setting with its value and where it comes from."""
    from booking_tui.settings import describe, load_anyway
    from booking_tui.wiring.tunnels import knowing_token

    settings, problems = load_anyway(session.home.root, os.environ)
    settings = knowing_token(session.home, settings)
    rows = [row for row in describe(settings) if not changed or row.key in settings.origins]
    if session.json:
        emit_json({row.key: {"value": row.value, "origin": row.origin, "allowed": row.allowed} for row in rows})
    else:
        columns = (Column("setting"), Column("value", gives=True), Column("comes from", gives=True))
        emit_table(columns, [(row.key, cut(_in_words(row.value), _VALUE), _origin(row)) for row in rows])
    if problems:
        count = f"{len(problems)} setting{' is' if len(problems) == 1 else 's are'}"
        emit_note(f"{count} wrong and shown as default; see: {session.program} config check")


@command_config.command("path")
@pass_session
def path(session: Session) -> None:
    """Show where everything lies."""
    home = session.home
    places = {
        "home": home.root,
        "config": home.config,
        "env": home.env,
        "database": home.database,
        "logs": home.logs,
    }
    if session.json:
        emit_json({name: str(place) for name, place in places.items()})
        return
    for name, place in places.items():
        emit_line(f"{name:<8}  {place}")


@command_config.command("check")
@pass_session
def check(session: Session) -> None:
    """Say whether the settings can be used; exit 1 with one line for each that cannot."""
    from booking_tui.settings import load_anyway
    from booking_tui.tui.wishes import ui_problems

    settings, wrong = load_anyway(session.home.root, os.environ)
    problems = (*wrong, *ui_problems(settings))
    if problems:
        raise Failure("\n".join(problem.sentence() for problem in problems))
    warnings = [*settings.warnings, *settings.near_misses]
    if session.json:
        emit_json({"ok": True, "set": len(settings.origins), "warnings": warnings})
        return
    count = len(settings.origins)
    emit_line(f"The settings can be used; {count or 'none'} of them {'is' if count == 1 else 'are'} not the default.")
    for warning in warnings:
        emit_line(f"Warning: {warning}")


def _origin(row: Shown) -> str:
    return f"{row.origin} (used by later versions)" if row.later else row.origin


def _in_words(value: object) -> str:
    import json

    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
