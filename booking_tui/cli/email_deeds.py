"""``emails``: what changes them. Every verb prints what it changed; what was refused is told on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from booking_tui.cli.email_finding import ids_meant
from booking_tui.cli.email_reports import ASK_ABOVE, make_sure, report
from booking_tui.cli.email_switch import nobody_sends, turn_switch
from booking_tui.cli.frame import Verb
from booking_tui.cli.session import Failure, Session, pass_session
from booking_tui.ports import DeedRefused
from booking_tui.ports.mail_desk import (
    CANCEL,
    EDIT,
    GRACE_S,
    HOLD,
    KEEP,
    RELEASE,
    RETRY,
    SNOOZE,
    UNDO,
    MailDone,
    MailOrder,
)

F = TypeVar("F", bound=Callable[..., Any])

AT_ONCE = 500
"""Emails in one order: each is one transaction, and others write as well."""
_FILE_LIMIT = 1_000_000
"""Bytes of a file that can be a text for an email at all."""
_maybe_ids = click.argument("email_ids", metavar="[ID]...", nargs=-1)
_by_filter = click.option(
    "--filter", "filter_text", metavar="TEXT", help="Instead of ids: all that match and that this is for."
)
_yes = click.option("--yes", is_flag=True, help=f"Do not ask when a filter finds more than {ASK_ABOVE} emails.")


_at_once = click.option(
    "--now",
    "at_once",
    is_flag=True,
    help=f"At once, without the {GRACE_S:.0f} seconds in which undo still stops it.",
)


@click.command("retry", cls=Verb)
@_maybe_ids
@_by_filter
@_yes
@click.option(
    "--even-so", is_flag=True, help="Also what may then arrive twice, and to addresses at which nothing arrives."
)
@_at_once
@pass_session
def retry(
    session: Session,
    email_ids: tuple[str, ...],
    *,
    filter_text: str | None,
    yes: bool,
    even_so: bool,
    at_once: bool,
) -> None:
    """Send failed emails again, or waiting ones now."""
    order = MailOrder(RETRY, even_so=even_so, grace_s=_grace(at_once=at_once))
    _do(session, order, email_ids, filter_text, yes=yes)


def _grace(*, at_once: bool) -> float:
    """Give how long what is sent can be taken back: as on the screen, unless it is to leave at once."""
    return 0.0 if at_once else GRACE_S


@click.command("edit", cls=Verb)
@click.argument("email_id", metavar="ID")
@click.option("--to", metavar="A", help="Another address; all bookings of the same guest get it, too.")
@click.option("--subject", metavar="S", help="Another subject; an empty one takes the template's again.")
@click.option("--text", metavar="T", help="Another text; an empty one takes the template's again.")
@click.option(
    "--text-file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="F",
    help="The text from a file (- for standard input).",
)
@click.option("--as-typed", is_flag=True, help="The address is right, even if it looks mistyped.")
@click.option("--even-so", is_flag=True, help="Also if the one before may arrive as well.")
@_at_once
@pass_session
def edit(
    session: Session,
    email_id: str,
    *,
    to: str | None,
    subject: str | None,
    text: str | None,
    text_file: Path | None,
    as_typed: bool,
    even_so: bool,
    at_once: bool,
) -> None:
    """Change an email's address, subject or text; one that the provider has already is sent anew."""
    if text is not None and text_file is not None:
        raise click.UsageError("--text and --text-file exclude each other")
    if to is None and subject is None and text is None and text_file is None:
        raise click.UsageError("nothing is to be changed: give --to, --subject, --text or --text-file")
    written = text if text_file is None else _read(text_file)
    grace_s = _grace(at_once=at_once)
    order = MailOrder(EDIT, to=to, subject=subject, text=written, as_typed=as_typed, even_so=even_so, grace_s=grace_s)
    _do(session, order, (email_id,))


@click.command("hold", cls=Verb)
@_maybe_ids
@click.option("--all", "everything", is_flag=True, help="All emails, until release: the same as naming none.")
@_by_filter
@_yes
@pass_session
def hold(session: Session, email_ids: tuple[str, ...], *, everything: bool, filter_text: str | None, yes: bool) -> None:
    """Hold emails back; without ids the switch for everything: nothing is sent any more."""
    if everything and (email_ids or filter_text is not None):
        raise click.UsageError("give the ids of emails, --filter TEXT, or --all")
    if email_ids or filter_text is not None:  # an empty filter must not turn the switch
        _do(session, MailOrder(HOLD), email_ids, filter_text, yes=yes)
    else:
        turn_switch(session, on=True, said=everything)


@click.command("release", cls=Verb)
@_maybe_ids
@click.option("--all", "everything", is_flag=True, help="Turn the switch for everything back: the same as naming none.")
@_by_filter
@_yes
@_at_once
@pass_session
def release(
    session: Session,
    email_ids: tuple[str, ...],
    *,
    everything: bool,
    filter_text: str | None,
    yes: bool,
    at_once: bool,
) -> None:
    """Let held emails go; without ids the switch for everything: sending goes on."""
    if everything and (email_ids or filter_text is not None):
        raise click.UsageError("give the ids of emails, --filter TEXT, or --all")
    if email_ids or filter_text is not None:  # an empty filter must not turn the switch
        order = MailOrder(RELEASE, grace_s=_grace(at_once=at_once))
        _do(session, order, email_ids, filter_text, yes=yes)
    elif at_once:
        raise click.UsageError("--now is for emails named by their ids or by --filter")
    else:
        turn_switch(session, on=False, said=True)


@click.command("cancel", cls=Verb)
@_maybe_ids
@_by_filter
@_yes
@pass_session
def cancel(session: Session, email_ids: tuple[str, ...], *, filter_text: str | None, yes: bool) -> None:
    """Never send these emails."""
    _do(session, MailOrder(CANCEL), email_ids, filter_text, yes=yes)


@click.command("keep", cls=Verb)
@_maybe_ids
@_by_filter
@_yes
@pass_session
def keep(session: Session, email_ids: tuple[str, ...], *, filter_text: str | None, yes: bool) -> None:
    """Leave failed emails as they are and stop asking for them."""
    _do(session, MailOrder(KEEP), email_ids, filter_text, yes=yes)


@click.command("snooze", cls=Verb)
@_maybe_ids
@click.option(
    "--until",
    metavar="WHEN",
    required=True,
    help="+2h, 18:30, tomorrow, tomorrow 9:00, 2027-03-05 14:00, or an instant with its offset; a day alone is 9:00.",
)
@_by_filter
@_yes
@pass_session
def snooze(session: Session, email_ids: tuple[str, ...], *, until: str, filter_text: str | None, yes: bool) -> None:
    """Send waiting emails later than planned."""
    from booking_tui.domain.mail.when import read_when

    with session.queries() as queries:
        try:
            instant = read_when(until, queries.now(), queries.zone)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--until") from None
    _do(session, MailOrder(SNOOZE, until=instant), email_ids, filter_text, yes=yes)


@click.command("undo", cls=Verb)
@click.argument("undo_id", metavar="UNDO")
@pass_session
def undo(session: Session, undo_id: str) -> None:
    """Take a deed back by the word that it gave for that, while nothing of it has left this machine."""
    order = MailOrder(UNDO, undo=undo_id.strip())
    with session.desk() as desk:
        done = desk.mail(order)
    report(session, order, [done])


def _do(
    session: Session,
    order: MailOrder,
    prefixes: Sequence[str],
    filter_text: str | None = None,
    *,
    yes: bool = False,
) -> None:
    """Find the emails, do the deed to all of them, and tell what came of it."""
    with session.queries() as queries:
        ids = ids_meant(queries, order.deed, prefixes, filter_text or "")
    if not prefixes:
        make_sure(order.deed, len(ids), yes=yes)
    alone = nobody_sends(session)
    results: list[MailDone] = []
    with session.desk() as desk:
        for start in range(0, len(ids), AT_ONCE):
            part = tuple(ids[start : start + AT_ONCE])
            try:
                results.append(desk.mail(replace(order, ids=part)))
            except DeedRefused as error:
                if not results:
                    raise
                results.append(MailDone(refused=tuple((email_id, str(error)) for email_id in part)))
    report(session, order, results, alone=alone)


def _read(file: Path) -> str:
    """Read a text for an email. Raises Failure when it is none."""
    where = "standard input" if str(file) == "-" else str(file)
    if str(file) == "-":
        content = sys.stdin.buffer.read(_FILE_LIMIT + 1)
    else:
        with file.open("rb") as opened:
            content = opened.read(_FILE_LIMIT + 1)
    if len(content) > _FILE_LIMIT:
        raise Failure(f"{where} is too large to be an email's text; nothing was changed")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n")
    except UnicodeDecodeError:
        raise Failure(f"{where} is not UTF-8 text; nothing was changed") from None


DEEDS: tuple[click.Command, ...] = (retry, edit, hold, release, cancel, keep, snooze, undo)
