"""``emails templates``: what emails are written from, and one's own in its place."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from booking_tui.cli.email_words import say
from booking_tui.cli.frame import Noun, Verb
from booking_tui.cli.output import Column, emit_json, emit_line, emit_lines, emit_table
from booking_tui.cli.session import Failure, Session, pass_session

if TYPE_CHECKING:
    from booking_tui.services.mail.templates import MailTemplates, TemplateFile

_READ = {".html": "most guests see that one", ".txt": "mail programs that show no HTML take that one"}
_COLUMNS = (Column("template"), Column("from", gives=True), Column("note", gives=True))


def templates_of(session: Session) -> MailTemplates:
    """Give the templates of the session's home."""
    from booking_tui.paths import write_private
    from booking_tui.services.mail.writing import MailTemplates

    return MailTemplates(session.home.templates, write_private)


@click.group("templates", cls=Noun)
def command_templates() -> None:
    """Look at what emails are written from, and put your own in its place."""


@command_templates.command("list", cls=Verb)
@pass_session
def list_templates(session: Session) -> None:
    """List the templates, with where each comes from and what is wrong with it."""
    found = templates_of(session).names()
    if session.json:
        emit_json([_shape(each) for each in found])
        return
    emit_table(_COLUMNS, [[each.name, _origin(each), _note(each)] for each in found])
    emit_line(f"Your own go to {session.home.templates}")
    emit_line(f"What they make of an invented guest: {session.program} emails preview --sample KIND")


@command_templates.command("show", cls=Verb)
@click.argument("name")
@pass_session
def show_template(session: Session, name: str) -> None:
    """Print a template: yours, else the one to start from."""
    from booking_tui.ports.mail import TemplateBroken

    try:
        source = templates_of(session).source(name)
    except TemplateBroken as error:
        raise Failure(f"{error}; booking-tui emails templates list names them all") from error
    if session.json:
        emit_json({"name": name, "source": source})
    else:
        emit_lines(source.rstrip("\n"))


@command_templates.command("save", cls=Verb)
@click.argument("name")
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@pass_session
def save_template(session: Session, name: str, file: IO[str]) -> None:
    """Keep FILE (or what is piped in) as your own template; one that cannot be used is refused with line and reason."""
    from booking_tui.ports.mail import TemplateBroken

    try:
        source = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"the file cannot be read as UTF-8 text: {error}") from error
    session.home.ensure()
    templates = templates_of(session)
    try:
        path = templates.save(name, source)
    except TemplateBroken as error:
        raise Failure(f"{error}; nothing was kept") from error
    except OSError as error:
        raise Failure(f"the template cannot be kept: {error.strerror or error}") from error
    other = templates.beside(name)
    if session.json:
        emit_json({"name": name, "path": str(path), "beside": other})
    else:
        emit_line(f"Kept as {path}; it counts from the next email.")
    if other is not None:
        show = f"{session.program} emails templates show {other}"
        say(f"{other} is still the shipped one, and {_READ[Path(other).suffix]}; {show} gives the text to start from.")


def _note(each: TemplateFile) -> str:
    if each.broken is not None:
        return str(each.broken)
    return "" if each.beside is None else f"{each.beside} is still the shipped one"


def _origin(each: TemplateFile) -> str:
    return "booking_tui" if each.path is None else str(each.path)


def _shape(each: TemplateFile) -> dict[str, object]:
    trouble = None if each.broken is None else str(each.broken)
    path = None if each.path is None else str(each.path)
    return {"name": each.name, "path": path, "trouble": trouble, "beside": each.beside}
