"""What happened to an email, in the order in which it happened: tries, the provider's words, and one's own deeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.mail.answer import Phase
from booking_tui.domain.mail.delivery import said_once
from booking_tui.domain.mail.email import Attempt, EmailEvent, EmailState
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.words import wait_words
from booking_tui.tui.views.eye import Eye
from booking_tui.tui.views.mail_reading import MailReading
from booking_tui.tui.views.mail_words import hidden, time_said, waits_for_its_turn
from booking_tui.tui.widgets.flow import BLANK, Piece, TextLine, flowed
from booking_tui.tui.widgets.json_text import json_lines, read_json
from booking_tui.tui.widgets.lines_view import Build

TRY, SAID, YOURS = "try:", "said:", "yours:"
TIME_CELLS = 9
_SOURCES = {"webhook": "webhook", "pulled": "fetched", "read": "asked"}
_GOOD = frozenset({"email.delivered", "email.opened", "email.clicked"})
_BAD = frozenset({"email.bounced", "email.complained", "email.failed", "email.suppressed"})
_DEEDS = {
    "email_retried": "you tried it again",
    "email_edited": "you changed it",
    "email_held": "you held it back",
    "email_released": "you let it go",
    "email_cancelled": "you called it off",
    "email_kept": "you kept it as it is",
    "email_put_off": "you put it off",
    "email_deed_undone": "you took that back",
}
_WAITS_FOR: dict[str, str] = {
    MailReason.NOT_CONFIGURED: "by itself, once it is set how to send",
    MailReason.TEMPLATE_BROKEN: "by itself, once its template is mended",
    MailReason.KEY_REFUSED: "by itself, once the key is mended",
    MailReason.KEY_RESTRICTED: "by itself, once the key has the right",
    MailReason.ACCOUNT_SUSPENDED: "by itself, once Resend has lifted it",
    MailReason.DOMAIN_NOT_VERIFIED: "by itself, once the domain is verified",
    MailReason.OWN_ADDRESS_ONLY: "by itself, once you send from a domain of your own",
    MailReason.HOLD_ALL: "when you let them go",
    MailReason.HELD_BY_YOU: "when you let it go",
}
"""What an email waits for that is held: the same as *Why* says of it."""
_PARTS = frozenset({"to", "subject", "text"})


class Moment(NamedTuple):
    """One entry of the timeline: ``target`` names it, for what is asked of it."""

    at: datetime
    number: str
    pieces: tuple[Piece, ...]
    target: str


def moments(reading: MailReading, eye: Eye) -> list[Moment]:
    """Give everything that happened, first one first."""
    detail = reading.detail
    found = [_try(each, reading, eye) for each in detail.attempts]
    found += [_event(number, each, reading, eye) for number, each in enumerate(detail.events)]
    found += [_deed(each, eye) for each in reading.deeds]
    return sorted(found, key=lambda one: one.at)


def _try(attempt: Attempt, reading: MailReading, eye: Eye) -> Moment:
    signs = eye.signs
    pieces = [Piece(*_outcome(attempt))]
    if attempt.status is not None:
        pieces.append(Piece(f"  {attempt.status}", "muted"))
    if attempt.ended_at is not None:
        took = (attempt.ended_at - attempt.started_at).total_seconds() * 1000
        pieces.append(Piece(f"  {took:,.0f} ms" if took >= 1 else "", "muted"))
    if attempt.batch_id:
        pieces.append(Piece("  with others", "muted"))
    if attempt.name or attempt.message:
        said = ": ".join(part for part in (attempt.name, attempt.message) if part)
        pieces.append(Piece(f"  {signs.dash} {hidden(said_once(said), reading.email, eye.look)}", "plain"))
    return Moment(attempt.started_at, str(attempt.number), tuple(pieces), f"{TRY}{attempt.number}")


def _outcome(attempt: Attempt) -> tuple[str, str]:
    if attempt.ended_at is None or attempt.phase is None:
        return "on its way, no answer yet", "warn"
    if attempt.phase == Phase.NEVER_SENT:
        return "not sent: nothing left this machine", "warn"
    if attempt.phase == Phase.UNCERTAIN:
        return "sent, and no answer came", "warn"
    status = attempt.status or 0
    if 200 <= status < 300:
        return "given to Resend", "good"
    return ("an error at Resend", "warn") if status >= 500 else ("refused by Resend", "bad")


def _event(number: int, event: EmailEvent, reading: MailReading, eye: Eye) -> Moment:
    tone = "good" if event.kind in _GOOD else "bad" if event.kind in _BAD else "plain"
    pieces = [Piece(event.kind, tone)]
    by = _SOURCES.get(event.source, event.source)
    pieces.append(Piece(f"  {by} {eye.signs.done}" if event.event_id else f"  {by}", "muted"))
    if event.detail:
        pieces.append(Piece(f"  {hidden(said_once(event.detail), reading.email, eye.look)}"))
    return Moment(event.at, "", tuple(pieces), f"{SAID}{number}")


def _deed(entry: HistoryEntry, eye: Eye) -> Moment:
    words = _DEEDS.get(entry.action, entry.action.replace("_", " "))
    told = [_change(name, pair, eye) for name, pair in entry.changes.items() if name in _PARTS]
    pieces = [Piece(words, "accent")]
    if told:
        pieces.append(Piece(f": {'; '.join(told)}"))
    return Moment(entry.at, "", tuple(pieces), f"{YOURS}{entry.seq}")


def _change(name: str, pair: Sequence[object], eye: Eye) -> str:
    if name != "to":
        return f"another {name}"
    if eye.look.privacy:
        return "another address"
    return f"{pair[0]} {eye.signs.moved} {pair[1]}"


def tries_lines(reading: MailReading, eye: Eye, stopped: str | None = None) -> Build:
    """Draw the timeline, what comes next, and why there is this email at all. ``stopped`` is why nothing is sent."""
    email = reading.email

    def build(width: int) -> list[TextLine]:
        lines: list[TextLine] = []
        day = ""
        for moment in moments(reading, eye):
            local = moment.at.astimezone(eye.zone)
            if (here := time_said(moment.at, eye.now, eye.zone).rpartition(" ")[0]) != day:
                day = here
                lines.append(TextLine((Piece(day or "today", "muted"),)))
            head = (Piece(f"{local:%H:%M:%S}  ", "muted"), Piece(f"{moment.number:>2} ", "strong"))
            lines += flowed((*head, *moment.pieces), width, TIME_CELLS + 4, moment.target)
        if not lines:
            lines = flowed((Piece("Not tried yet.", "muted"),), width)
        lines += flowed((Piece("next      ", "muted"), *_next(reading, eye, stopped)), width, 10)
        lines.append(BLANK)
        lines += flowed((Piece("why       ", "muted"), Piece(reading.detail.why or "not noted", "muted")), width, 10)
        if email.provider_id:
            lines += flowed((Piece("Resend id ", "muted"), Piece(email.provider_id, "muted")), width, 10)
        return lines

    return build


def _next(reading: MailReading, eye: Eye, stopped: str | None) -> tuple[Piece, ...]:
    """Say what happens by itself."""
    email = reading.email
    if email.state is EmailState.SCHEDULED and email.handed_over:
        return (Piece(f"Resend sends it {time_said(email.send_at, eye.now, eye.zone)}"),)
    if email.next_at is None:
        waits_for = _WAITS_FOR.get(email.reason or "") if email.state is EmailState.HELD else None
        return (Piece(waits_for or "nothing by itself", "muted"),)
    if stopped and waits_for_its_turn(email, eye.now):
        return (Piece(stopped),)
    return (Piece(f"{time_said(email.next_at, eye.now, eye.zone)}, {wait_words(email.next_at, eye.now)}"),)


class Raw(NamedTuple):
    """What was answered, as it came; ``event_id`` is the request in Hooks that brought it."""

    title: str
    text: str
    event_id: str | None = None
    key: str = ""
    """By which the provider knows it again: no second email comes of another try."""


def raw_of(reading: MailReading, target: str | None) -> Raw | None:
    """Give the raw answer of an entry, or else what was said last; None when nothing was answered."""
    detail = reading.detail
    kind, _, number = (target or _said_last(reading)).partition(":")
    if f"{kind}:" == SAID:
        event = detail.events[int(number)]
        said = {"type": event.kind, "email_id": event.provider_id, "detail": event.detail, "source": event.source}
        return Raw(event.kind, json.dumps(said, indent=2, ensure_ascii=False), event.event_id)
    wanted = [each for each in detail.attempts if str(each.number) == number] if f"{kind}:" == TRY else detail.attempts
    if not wanted:
        return None
    attempt = wanted[-1]
    return Raw(f"try {attempt.number}", attempt.raw or attempt.message or "", key=attempt.idempotency_key)


def _said_last(reading: MailReading) -> str:
    """Name the last entry that is an answer: that it was taken says little once it came back."""
    detail = reading.detail
    said = [(each.ended_at or each.started_at, f"{TRY}{each.number}") for each in detail.attempts]
    said += [(each.at, f"{SAID}{number}") for number, each in enumerate(detail.events)]
    return max(said, key=lambda one: one[0], default=(None, ""))[1]


def raw_lines(raw: Raw, width: int) -> list[TextLine]:
    """Draw a raw answer, and below it the key it was sent with."""
    lines = _answer_lines(raw, width)
    if raw.key:
        lines += [BLANK, *flowed((Piece("Sent with the key ", "muted"), Piece(raw.key, "muted")), width)]
    return lines


def _answer_lines(raw: Raw, width: int) -> list[TextLine]:
    """Draw what was answered: as JSON where it is some, else as text."""
    if not raw.text.strip():
        return flowed((Piece("Nothing was answered.", "muted"),), width)
    try:
        return list(json_lines(read_json(raw.text.encode("utf-8", "replace")), width))
    except ValueError:
        lines: list[TextLine] = []
        for part in raw.text.split("\n"):
            lines += flowed((Piece(part),), width)
        return lines
