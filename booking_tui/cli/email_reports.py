"""What a deed on emails came to: printed, and told beside it what nobody may miss."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from booking_tui.cli.email_finding import planned_subjects
from booking_tui.cli.email_shapes import email_shape
from booking_tui.cli.email_words import emit_emails, say
from booking_tui.cli.output import emit_json, emit_line, local_time
from booking_tui.cli.session import Failure, Session
from booking_tui.domain.instants import to_text
from booking_tui.domain.mail.email import Email, EmailState
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.words import wait_words
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

if TYPE_CHECKING:
    from booking_tui.services.queries import Queries

ASK_ABOVE = 10
"""A filter may find many more emails than was thought: above that many one is asked."""
TOLD = 20
"""Refusals told one by one."""
_DONE = {
    RETRY: "Tried again",
    EDIT: "Edited",
    HOLD: "Held",
    RELEASE: "Released",
    CANCEL: "Cancelled",
    KEEP: "Kept as is",
    SNOOZE: "Put off",
    UNDO: "Undone",
}
_SENDS = frozenset({RETRY, EDIT, RELEASE})
_GOES = frozenset({EmailState.SCHEDULED, EmailState.RETRYING, EmailState.UNKNOWN})


def make_sure(deed: str, count: int, *, yes: bool) -> None:
    """Ask before a deed on many emails that a filter found. Raises UsageError where nobody can be asked."""
    if yes or count <= ASK_ABOVE:
        return
    if not (sys.stdin and sys.stdin.isatty()):
        raise click.UsageError(f"that filter finds {count:,} emails; for more than {ASK_ABOVE} give --yes, too")
    if not click.confirm(f"{deed.capitalize()} {count:,} emails?", err=True):
        raise Failure("nothing was changed")


def report(session: Session, order: MailOrder, results: Sequence[MailDone], *, alone: bool = False) -> None:
    """Print the emails that were changed. Raises Failure with what was refused."""
    likely = next((each.likely for each in results if each.likely is not None), None)
    if likely is not None:
        raise Failure(
            f"{order.to} looks like {likely}; nothing was changed. Give --to {shlex.quote(likely)},"
            " or add --as-typed if it is meant as it stands"
        )
    changed = dict.fromkeys(email_id for each in results for email_id in (*each.done, *each.made))
    refused = [pair for each in results for pair in each.refused]
    if changed:
        with session.queries() as queries:
            found = {email.id: email for email in queries.records.outbox.emails(list(changed))}
            emails = [found[email_id] for email_id in changed if email_id in found]
            _print(session, queries, order, emails, results)
            if any(each.leaves_at is not None for each in results):
                _say_when(session, queries, emails, alone=alone)
        _say_beside(session, order, results)
    elif not refused:
        raise Failure("nothing was changed")
    if refused:
        told = [f"{email_id}: {why}" for email_id, why in refused[:TOLD]]
        more = [f"and {len(refused) - TOLD} more were refused"] if len(refused) > TOLD else []
        raise Failure("\n".join((*told, *more)))


def _print(
    session: Session, queries: Queries, order: MailOrder, emails: Sequence[Email], results: Sequence[MailDone]
) -> None:
    now = queries.now()
    if session.json:
        subjects = planned_subjects(queries, emails)
        shapes = [email_shape(email, now, subjects.get(email.id)) for email in emails]
        if order.deed in _SENDS:
            leaves = map(_leaves_at, emails)
            shapes = [{**shape, "leaves_at": at and to_text(at)} for shape, at in zip(shapes, leaves, strict=True)]
        words = {each_id: _undo_of(each, order) for each in results for each_id in (*each.done, *each.made)}
        emit_json([{**shape, "undo": words.get(email.id)} for shape, email in zip(shapes, emails, strict=True)])
        return
    emit_emails(emails, now, queries.zone)
    count = sum(len(each.done) for each in results)
    emit_line(f"{_DONE[order.deed]}: {count} email{'' if count == 1 else 's'}.")


def _undo_of(done: MailDone, order: MailOrder) -> str | None:
    """Give the word that takes a deed back; None when nothing does, as of what leaves at once."""
    return done.undo if done.leaves_at is None or order.grace_s > 0 else None


def _say_when(session: Session, queries: Queries, emails: Sequence[Email], *, alone: bool) -> None:
    """Say when it leaves what has just been let go, and what keeps it from that."""
    from booking_tui.services.mail.pauses import Pauses

    now = queries.now()
    goes = [at for at in map(_leaves_at, emails) if at is not None]
    standstill = Pauses(queries.records).standstill(now)
    if standstill is not None and standstill.reason is MailReason.HOLD_ALL:
        say(f"All emails are held: {session.program} emails release lets them go.")
    elif goes:
        soon = min(goes) <= now + timedelta(seconds=GRACE_S)
        first = "It" if len(goes) == 1 else "The first of them"
        due = f"{local_time(min(goes), queries.zone)} {queries.zone.key}"
        if alone:
            is_due = "it" if soon else f"it is due {due} and"
            say(f"Nothing runs on this home: {is_due} goes out when booking-tui or booking-tui serve runs.")
        elif soon and min(goes) > now:
            say(f"{first} leaves {wait_words(min(goes), now)}.")
        else:
            say(f"{first} goes out {'at once' if soon else due}.")


def _leaves_at(email: Email) -> datetime | None:
    """Give when an email leaves this machine at the earliest; None when it does not."""
    return max(email.next_at, email.send_at) if email.next_at and email.state in _GOES else None


def _say_beside(session: Session, order: MailOrder, results: Sequence[MailDone]) -> None:
    """Say what else came of it, and how all of it is taken back; what leaves at once is not."""
    others = sum(len(each.readdressed) for each in results)
    if others:
        are = "other booking of the same guest has" if others == 1 else "other bookings of the same guest have"
        say(f"{others:,} {are} {'the address of before again' if order.deed == UNDO else 'that address now, too'}.")
    for note in (note for each in results for note in each.notes):
        say(f"{note[0].upper()}{note[1:]}.")
    for each in results:
        if (word := _undo_of(each, order)) is not None:
            before = "" if each.leaves_at is None else " before it leaves"
            say(f"To take it back{before}: {session.program} emails undo {word}")
