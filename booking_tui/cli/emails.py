"""``emails``: the outbox. What changes emails is in ``email_deeds``."""

from __future__ import annotations

import shlex

import click

from booking_tui.cli.email_deeds import DEEDS
from booking_tui.cli.email_finding import ALL, emails_of, find_email, planned_subjects
from booking_tui.cli.email_preview import (
    FORMS,
    emit_form,
    open_in_browser,
    short_message,
    written,
    written_sample,
)
from booking_tui.cli.email_shapes import (
    email_shape,
    preview_shape,
    shown_email_shape,
    summary_shape,
    suppression_shape,
)
from booking_tui.cli.email_templates import command_templates
from booking_tui.cli.email_words import emit_case, emit_emails, emit_summary
from booking_tui.cli.frame import Noun
from booking_tui.cli.lists import chosen_filter, list_options
from booking_tui.cli.output import Column, emit_json, emit_line, emit_lines, emit_note, emit_table, local_second
from booking_tui.cli.session import Failure, Session, pass_session
from booking_tui.domain.mail.addresses import address_key
from booking_tui.domain.mail.groups import GROUPS
from booking_tui.domain.mail.words import group_title
from booking_tui.ports.mail_desk import UNSUPPRESS, MailOrder
from booking_tui.services.mail_queries import RATE_DAYS, TARGET_RATE
from booking_tui.services.queries import Queries

_SUPPRESSED = (Column("address", gives=True), Column("why"), Column("since"), Column("client"), Column("id"))


@click.group("emails", cls=Noun, commands=(*DEEDS, command_templates))
def command_emails() -> None:
    """Look at the outbox and settle what failed. An id may be shortened to its beginning or its end."""


@command_emails.command("list")
@list_options
@click.option("--group", type=click.Choice(GROUPS), default=None, help="Only one group.")
@pass_session
def list_emails(session: Session, limit: int, filter_text: str, group: str | None) -> None:
    """List emails, newest first."""
    with session.queries() as queries:
        chosen, now = chosen_filter(queries, filter_text), queries.now()
        emails, more = emails_of(queries, group or ALL, chosen, limit)
        if session.json:
            subjects = planned_subjects(queries, emails)
            emit_json([email_shape(email, now, subjects.get(email.id)) for email in emails])
            return
        if emails:
            emit_emails(emails, now, queries.zone)
        else:
            emit_line("No email matches." if filter_text or group else "There are no emails yet.")
        _say_standstill(queries)
    if more:
        emit_note(f"The newest {limit} are shown; --limit 0 shows all.")


def _say_standstill(queries: Queries) -> None:
    from booking_tui.services.mail.pauses import Pauses

    standstill = Pauses(queries.records).standstill(queries.now())
    if standstill is not None:
        emit_note(f"Nothing is sent now: {group_title(standstill.reason)}.")


@command_emails.command("show")
@click.argument("email_id", metavar="ID")
@pass_session
def show_email(session: Session, email_id: str) -> None:
    """Show one email whole: what is the case with it, what helps, its tries and what was said of it."""
    with session.queries() as queries:
        email = find_email(queries, email_id)
        detail, now = queries.mail_detail(email.id), queries.now()
        if detail is None:
            raise Failure(f"the email {email.id} is gone")
        planned = planned_subjects(queries, [detail.email]).get(email.id)
        if session.json:
            body = queries.records.outbox.body(email.id)
            emit_json(shown_email_shape(detail, now, planned_subject=planned, body=body))
            return
        subject = detail.email.subject or detail.email.own_subject or planned
        emit_case(detail, now, queries.zone, subject=subject, program=session.program)


@command_emails.command("preview")
@click.argument("email_id", metavar="[ID]", required=False)
@click.option("--sample", metavar="KIND", help="Instead of an email: one of a kind to an invented guest.")
@click.option("--language", metavar="XX", help="The language of the invented guest; else the practice's own.")
@click.option("--text", "form", flag_value="text", help="As plain text (the default).")
@click.option("--html", "form", flag_value="html", help="As HTML.")
@click.option("--ics", "form", flag_value="ics", help="The calendar file that goes with it.")
@click.option("--open", "open_it", is_flag=True, help="In the browser.")
@pass_session
def preview(
    session: Session,
    email_id: str | None,
    *,
    sample: str | None,
    language: str | None,
    form: str | None,
    open_it: bool,
) -> None:
    """Show an email as it was sent, or as it would be written now."""
    if (email_id is None) == (sample is None):
        raise click.UsageError("give the id of an email, or --sample KIND for one to an invented guest")
    if language is not None and sample is None:
        raise click.UsageError("--language goes with --sample: an email has the language of its guest")
    if sample is not None:
        found = written_sample(session, sample, language)
    else:
        with session.queries() as queries:
            found = written(queries, find_email(queries, email_id or ""))
    if open_it:
        again = [email_id or f"--sample {shlex.quote(sample or '')}", f"--language {language}" if language else ""]
        asked = " ".join(part for part in again if part)
        instead = f"{session.program} emails preview {asked} --html > email.html writes it to a file"
        where = open_in_browser(found.html, instead=instead)
        if not session.json:
            emit_line(f"Opened {where}.")
            return
    if session.json:
        emit_json(preview_shape(found))
    else:
        emit_form(found, FORMS[form or "text"])


@command_emails.command("text")
@click.argument("email_id", metavar="ID")
@pass_session
def text(session: Session, email_id: str) -> None:
    """Print an email as a short message, to be copied and sent another way."""
    with session.queries() as queries:
        email = find_email(queries, email_id)
        message = short_message(queries, email)
    if session.json:
        emit_json({"id": email.id, "to": email.to, "to_name": email.to_name, "text": message})
    else:
        emit_lines(message)


@command_emails.command("summary")
@pass_session
def summary(session: Session) -> None:
    """Say how emails are doing: the share that arrives, what waits, what failed and why."""
    with session.queries() as queries:
        found = queries.mail_summary()
        causes = [(group, cause) for group in ("failed", "retrying") for cause in queries.mail_causes(group)]
        if session.json:
            today = queries.today()
            emit_json(summary_shape(found, causes, target=TARGET_RATE, days=RATE_DAYS, today=today))
        else:
            emit_summary(found, causes, queries.zone, target=TARGET_RATE, days=RATE_DAYS)


@command_emails.group("suppressions", cls=Noun, invoke_without_command=True)
@click.pass_context
@pass_session
def suppressions(session: Session, context: click.Context) -> None:
    """List the addresses that the provider does not send to, newest first."""
    if context.invoked_subcommand is not None:
        return
    with session.queries() as queries:
        found = queries.suppressions()
        if session.json:
            emit_json([suppression_shape(each.suppression, client=each.client) for each in found])
            return
        if not found:
            emit_line("No address is suppressed, as far as is known here.")
            return
        rows = [
            (
                each.suppression.address,
                each.suppression.origin,
                local_second(each.suppression.since, queries.zone),
                "yes" if each.client else "no",
                each.suppression.provider_id,
            )
            for each in found
        ]
        emit_table(_SUPPRESSED, rows)


@suppressions.command("remove")
@click.argument("address")
@pass_session
def remove(session: Session, address: str) -> None:
    """Take an address off the provider's list, so that emails to it are sent again."""
    with session.queries() as queries:
        known = {address_key(each.suppression.address): each for each in queries.suppressions()}
    found = known.get(address_key(address))
    if found is None:
        raise Failure(f"{address!r} is not on the list; booking-tui emails suppressions shows it")
    with session.desk() as desk:
        desk.mail(MailOrder(UNSUPPRESS, to=found.suppression.address))
    if session.json:
        emit_json(suppression_shape(found.suppression, client=found.client))
    else:
        emit_line(f"{found.suppression.address} is off the list: emails to it are sent again.")
