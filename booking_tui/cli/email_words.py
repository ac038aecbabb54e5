"""Emails for people: tables by group, one email's case, and its text as a short message."""

from __future__ import annotations

import math
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from booking_tui.cli.email_shapes import WELL
from booking_tui.cli.output import Column, emit_line, lines, local_second, local_time
from booking_tui.domain.mail.delivery import said_once
from booking_tui.domain.mail.email import Email, EmailState
from booking_tui.domain.mail.groups import GROUPS, group_of
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.words import group_title, kind_name, state_word, wait_words, words_of
from booking_tui.domain.safe_text import clean

if TYPE_CHECKING:
    from datetime import datetime

    from booking_tui.services.mail_queries import MailCause, MailDetail, MailSummary

_COLUMNS = (
    Column("who", gives=True),
    Column("mail"),
    Column("when"),
    Column("tries", right=True),
    Column("state"),
    Column("why", gives=True),
    Column("id"),
)
_HELPS = {
    "edit": ("correct it and send it once more", "emails edit {id} --to {to}"),
    "retry": ("try it now", "emails retry {id}"),
    "keep": ("leave it as it is, stop asking", "emails keep {id}"),
    "text": ("copy a text, to send another way", "emails text {id}"),
    "release": ("let it go", "emails release {id}"),
    "cancel": ("call it off", "emails cancel {id}"),
    "hold": ("hold it back", "emails hold {id}"),
    "settings": ("see what is not set up", "doctor"),
    "open_booking": ("look at the booking", "bookings show {uid}"),
}


_REASONS = frozenset(MailReason)


def say(text: str) -> None:
    """Say something beside the output, in a pipe too: what nobody may miss."""
    click.echo(clean(text), err=True)


def emit_emails(emails: Sequence[Email], now: datetime, zone: ZoneInfo) -> None:
    """Print a table; emails of several groups group by group, each under its heading, in one width."""
    ordered = sorted(emails, key=lambda email: GROUPS.index(group_of(email)))
    rows = [[clean(str(cell)) for cell in _cells(email, now, zone)] for email in ordered]
    width = shutil.get_terminal_size().columns if sys.stdout and sys.stdout.isatty() else None
    head, *body = lines(_COLUMNS, rows, width)
    counts = Counter(map(group_of, ordered))
    printed, shown = [head], ""
    for email, line in zip(ordered, body, strict=True):
        group = group_of(email)
        if len(counts) > 1 and group != shown:
            printed.append(f"── {group}: {counts[group]:,}")
            shown = group
        printed.append(line)
    click.echo("\n".join(printed))


def _cells(email: Email, now: datetime, zone: ZoneInfo) -> list[object]:
    words, state = words_of(email, now), state_word(email.state)
    why = words.short
    if why == state:  # the same word would say nothing: the whole cause does, where there is one
        known = email.state not in WELL and email.reason in _REASONS
        why = group_title(email.reason) if known else ""
    if email.state is EmailState.RETRYING and email.next_at is not None:
        why = f"{why}, {wait_words(email.next_at, now)}".removeprefix(", ")
    return [
        email.to_name.strip() or email.to or "–",
        kind_name(email.kind),
        local_time(_when(email), zone),
        email.attempts,
        state + (" (test)" if email.test else ""),
        why,
        email.id,
    ]


def _when(email: Email) -> datetime:
    """Give when it is due; of one that waits no more, when it came to where it is."""
    match email.state:
        case EmailState.SCHEDULED | EmailState.SENDING | EmailState.HELD:
            return email.send_at
        case EmailState.RETRYING:
            return email.next_at or email.send_at
        case _:
            return email.updated_at


def emit_case(detail: MailDetail, now: datetime, zone: ZoneInfo, *, subject: str | None, program: str) -> None:
    """Print what is the case with one email, and what helps."""
    email, words = detail.email, detail.words
    booking = None if detail.record is None else detail.record.booking
    facts: dict[str, object] = {
        "id": email.id,
        "to": f"{email.to_name} <{email.to}>" if email.to_name.strip() else email.to,
        "mail": f"{kind_name(email.kind)}{' (test)' if email.test else ''}",
        "subject": subject,
        "why": detail.why,
        "booking": booking and f"{local_time(booking.start, zone)} {booking.title} {booking.uid}".strip(),
        "state": email.state.value,
        "due": f"{local_second(email.send_at, zone)} {zone.key}",
        "next try": email.next_at
        and email.state is not EmailState.SCHEDULED
        and f"{local_second(email.next_at, zone)}, {wait_words(email.next_at, now)}",
        "useful": email.useful_until and f"until {local_second(email.useful_until, zone)}",
        "tries": email.attempts or None,
        "sent as": email.provider_id,
        "replaces": email.revises,
        "replaced": detail.newer and f"by {detail.newer.id}",
    }
    for name, value in facts.items():
        if value:
            emit_line(f"{name:<8}  {value}")
    emit_line("")
    emit_line(words.title)
    emit_line(words.detail)
    if email.last_message or email.last_name:
        emit_line(f"Said: {said_once(' · '.join(filter(None, (email.last_name, email.last_message))))}")
    if detail.suggestion:
        emit_line(f"{email.to} looks like {detail.suggestion}.")
    emit_line(f"Try again? {words.again}")
    _emit_helps(detail, program)
    _emit_log(detail, zone)


def _emit_helps(detail: MailDetail, program: str) -> None:
    """Print the commands that help. Strangers wrote the addresses and uids in them: they are quoted for a shell."""
    email = detail.email
    values = {
        "id": email.id,
        "to": shlex.quote(detail.suggestion) if detail.suggestion else "ADDRESS",
        "uid": shlex.quote(email.booking_uid or ""),
    }
    for deed in detail.words.do:
        about, command = _HELPS[deed]
        even_so = " --even-so" if deed == "retry" and _too_old(email) else ""
        emit_line(f"  {about:<33} {program} {command.format_map(values)}{even_so}")


def _too_old(email: Email) -> bool:
    return email.state is EmailState.UNKNOWN and email.next_at is None


def _emit_log(detail: MailDetail, zone: ZoneInfo) -> None:
    entries = [
        (
            attempt.started_at,
            f"try {attempt.number}",
            " · ".join(
                str(part)
                for part in (
                    attempt.phase or "no answer noted",
                    attempt.status,
                    attempt.name,
                    said_once(attempt.message or ""),
                )
                if part
            ).replace("_", " "),
        )
        for attempt in detail.attempts
    ]
    entries += [
        (event.at, event.kind, " · ".join(filter(None, (event.recipient, said_once(event.detail or ""), event.source))))
        for event in detail.events
    ]
    if entries:
        emit_line("")
    for at, what, said in sorted(entries, key=lambda entry: entry[0]):
        emit_line(f"{local_second(at, zone)}  {what}  {said}")


def emit_summary(
    summary: MailSummary, causes: Sequence[tuple[str, MailCause]], zone: ZoneInfo, *, target: float, days: int
) -> None:
    """Print all groups in numbers, and the causes of what failed or is tried again as (group, cause)."""
    counts, pause = summary.counts, summary.standstill
    until = "" if pause is None or pause.until is None else f", until {local_second(pause.until, zone)}"
    facts = {
        "delivered": _rate_words(counts.rate, counts.final, target, days),
        "failed": f"{counts.failed:,}",
        "retrying": f"{counts.retrying:,}",
        "planned": f"{counts.planned:,}, {counts.due:,} of them due now",
        "sent": f"{counts.sent:,}",
        "settled": f"{counts.settled:,}",
        "skipped": f"{counts.skipped:,}",
        "next": local_time(summary.next_at, zone),
        "paused": pause and f"{group_title(pause.reason)}, since {local_second(pause.since, zone)}{until}",
    }
    for name, value in facts.items():
        if value:
            emit_line(f"{name:<9}  {value}")
    for group in dict.fromkeys(group for group, _ in causes):
        emit_line("")
        emit_line(f"{group}, by cause")
        for cause in (cause for name, cause in causes if name == group):
            emit_line(f"{cause.how_many:>9,}  {cause.title}")


def _rate_words(rate: float | None, final: int, target: float, days: int) -> str:
    if rate is None:
        return f"nothing came to an end in {days} days"
    met = "is met" if rate >= target else "is missed"
    # Rounded down: what misses the goal must not look like it.
    return f"{math.floor(rate * 1000) / 10:.1f} % of {final:,} in {days} days; the goal of {target * 100:.0f} % {met}"
