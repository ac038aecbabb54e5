"""Why an email stands where it stands: the cause in plain words, the likely slip, and what helps, best first."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len

from booking_tui.domain.booking import Booking
from booking_tui.domain.mail.delivery import said_once
from booking_tui.domain.mail.email import Email, EmailState
from booking_tui.domain.mail.groups import PLANNED, group_of
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.typos import where
from booking_tui.domain.mail.words import kind_name, words_of
from booking_tui.tui.dates import day_word
from booking_tui.tui.standing import standing_of
from booking_tui.tui.text import cut, person
from booking_tui.tui.views.eye import Eye
from booking_tui.tui.views.mail_reading import MailReading
from booking_tui.tui.views.mail_words import address_said, hidden, stand_said, time_said, waits_for_its_turn
from booking_tui.tui.views.today_words import clock, in_words
from booking_tui.tui.widgets.flow import Piece, TextLine, field, flowed
from booking_tui.tui.widgets.lines_view import Build

DEED = "deed:"
BOOKING = "booking:"
EMAIL = "email:"
COLUMN = 11
_KEYS: dict[str, tuple[str, str, str]] = {
    "edit": ("e", "mail.edit", "correct it and send it again"),
    "retry": ("r", "mail.retry", "try it again"),
    "keep": ("K", "mail.keep", "keep it as it is, stop asking"),
    "text": ("M", "mail.message", "copy it as a text message"),
    "release": ("P", "mail.hold", "let it go"),
    "hold": ("P", "mail.hold", "hold it back"),
    "cancel": ("x", "mail.cancel", "call it off"),
    "open_booking": ("b", "mail.booking", "go to the booking"),
    "settings": ("i", "mail.setup", "see how sending is set up"),
}
"""What ``MailWords.do`` names: its key, its command, and what it does in words."""
_BEFORE_IT_GOES: dict[str, str] = {
    "edit": "correct it before it goes out",
    "retry": "send it now",
    "release": "let it go at its time",
}
"""What the same deeds are called for what has never left the machine and waits for its time."""
UNDONE = "undone:"
"""Begins the reason of a revision that was taken back."""
TAKEN_UP = "It is set how to send now: this email is being taken up."
MOST_DEEDS = 5
SAID_LINES = 1
"""What was answered stands whole among the tries."""
_AN_ERROR = 300
"""From this status on an answer is no success."""


def choice_word(target: str | None) -> str:
    """Say what Enter does on a line that leads somewhere."""
    if not target:
        return ""
    return "Do it" if target.startswith(DEED) else "Go there" if target.startswith((BOOKING, EMAIL)) else "Raw"


def title_of(email: Email, eye: Eye) -> str:
    """Name an email for the frame of its pane."""
    who = person(email.to_name.strip() or email.to or "nobody", privacy=eye.look.privacy)
    return f"{who} · {kind_name(email.kind)}"


def why_lines(
    reading: MailReading,
    eye: Eye,
    *,
    setup: bool = False,
    brief: bool = False,
    ready: bool = False,
    stopped: str | None = None,
) -> Build:
    """Say what happened to an email and what to do; with ``brief`` what to do comes right behind what happened.

    ``setup``: how to send can be set up from here. ``ready``: it is set by now. ``stopped`` is why nothing is sent.
    """
    email = reading.email
    words = words_of(email, eye.now)
    stand = stand_said(email, eye.now, eye.signs)

    def build(width: int) -> list[TextLine]:
        title = Piece(f"{stand.glyph} {hidden(words.title, email, eye.look)}", _loud(stand.tone))
        lines = flowed((title,), width, 2)
        lines += address_lines(reading, eye, width)
        if ready and email.state is EmailState.HELD and email.reason == MailReason.NOT_CONFIGURED:
            return [*lines, *flowed((Piece("  "), Piece(TAKEN_UP, "muted")), width, 2), *_booking(reading, eye, width)]
        detail = flowed((Piece("  "), Piece(hidden(words.detail, email, eye.look), "muted")), width, 2)
        said = _said(email, eye, width)
        asked = "Try again?" if email.failed or email.state is EmailState.RETRYING else "Next"
        next_words = stopped if stopped and waits_for_its_turn(email, eye.now) else words.again
        again = field(asked, hidden(next_words, email, eye.look), width, column=COLUMN) if next_words else []
        booking = [*_booking(reading, eye, width), *_revisions(reading, eye, width)]
        deeds = _deeds(reading, words.do, width, setup=setup)
        if brief:
            return [*lines, *deeds, *booking, *again, *said, *detail]
        return [*lines, *detail, *said, *again, *booking, *deeds]

    return build


def _loud(tone: str) -> str:
    return "strong" if tone in {"plain", "muted"} else tone


def address_lines(reading: MailReading, eye: Eye, width: int) -> list[TextLine]:
    """Write the address; below it, under the very place, what was probably meant."""
    email, meant = reading.email, reading.detail.suggestion
    shown = address_said(email.to, eye.look)
    if meant is None or eye.look.privacy:
        pieces = [Piece(f"  {shown}", "name")]
        if meant is not None:
            pieces.append(Piece(f"  {eye.signs.warn} its domain looks mistyped", "warn"))
        return flowed(pieces, width, 2)
    start, end = where(email.to, meant)
    shown = cut(email.to)
    right = where(meant, email.to)
    in_domain = right[0] > meant.find("@")
    guess = meant.rpartition("@")[2] if in_domain else meant
    if shown != email.to or cell_len(shown) != len(shown) or len(shown) + 2 > width or end <= start:
        return [*flowed((Piece(f"  {shown}", "name"),), width, 2), *_meant(meant, width)]
    lines = flowed((Piece(f"  {shown[:start]}", "name"), Piece(shown[start:end], "bad"), Piece(shown[end:])), width, 2)
    below = " " * (2 + start) + "^" * (end - start)
    if len(below) + len(guess) + 13 > width:
        return [*lines, TextLine((Piece(below, "bad"),)), *_meant(meant, width)]
    return [*lines, TextLine((Piece(below, "bad"), Piece(" looks like "), Piece(cut(guess, 40), "good")))]


def _meant(meant: str, width: int) -> list[TextLine]:
    return flowed((Piece("  looks like "), Piece(meant, "good")), width, 4)


def _said(email: Email, eye: Eye, width: int) -> list[TextLine]:
    """Quote what was answered last, where it was no success."""
    if not email.last_message and not email.last_name:
        return []
    status = email.last_status or 0
    bits = [str(status) if status >= _AN_ERROR else "", email.last_name or "", email.last_message or ""]
    answer = said_once(" · ".join(bit for bit in bits if bit))
    # What every refusal begins with says nothing of this one.
    said = hidden(answer.rpartition("rejected the message: ")[2] or answer, email, eye.look)
    return field("Said", cut(said, SAID_LINES * max(10, width - COLUMN)), width, column=COLUMN)


def _booking(reading: MailReading, eye: Eye, width: int) -> list[TextLine]:
    record = reading.detail.record
    if record is None:
        return []
    booking, email = record.booking, reading.email
    pieces = [Piece(f"{start_words(booking, eye)}.", "strong")]
    standing = standing_of(booking, eye.now)
    if standing.word != "confirmed":
        pieces.append(Piece(f" {standing.said(eye.signs)}.", standing.tone))
    if arrived := _arrived(reading, eye):
        sorrow = email.failed and not reading.arrived and not reading.underway
        pieces.append(Piece(f" {arrived}.", "warn" if sorrow else "plain"))
    lines = field("Booking", pieces, width, column=COLUMN, target=f"{BOOKING}{booking.uid}")
    if email.starts is not None and booking.start is not None and email.starts != booking.start:
        lines += field("", "it speaks of another start than the booking has now", width, column=COLUMN, tone="warn")
    return lines


def start_words(booking: Booking, eye: Eye) -> str:
    """Say when a booking starts, and how far off that is."""
    if booking.start is None:
        return "no time known"
    local, now = booking.start.astimezone(eye.zone), eye.now
    today = local.date() == now.astimezone(eye.zone).date()
    day = "today" if today else day_word(local.date(), now.astimezone(eye.zone).date())
    away = f", {in_words(booking.start - now)}" if booking.start > now else ""
    return f"{day} {clock(booking.start, eye.zone)}{away}"


def _arrived(reading: MailReading, eye: Eye) -> str:
    """Say what reached this guest of this booking's emails: one rule, whichever of them is looked at."""
    email = reading.email
    others = [one for one in reading.arrived if one.id != email.id]
    if others:
        return f"The {kind_name(others[-1].kind)} arrived {_when(others[-1].updated_at, eye)}"
    if reading.arrived:
        return ""
    if reading.underway:
        last = reading.underway[-1]
        what = "" if last.id == email.id else f"The {kind_name(last.kind)} is not known to have arrived yet"
        return what or "Not known to have arrived yet"
    return "Nothing arrived" if reading.tried else "Nothing was sent yet"


def _when(instant: datetime, eye: Eye) -> str:
    return time_said(instant, eye.now, eye.zone)


def _revisions(reading: MailReading, eye: Eye, width: int) -> list[TextLine]:
    """Lead to the revisions before and after."""
    lines: list[TextLine] = []
    older, newer = reading.detail.older, reading.detail.newer
    if newer is not None and newer.reason_key.startswith(UNDONE):
        newer = None
    if older is not None:
        words = f"revision {older.revision} to {address_said(older.to, eye.look)}, {_when(older.created_at, eye)}"
        lines += field("Before", words, width, column=COLUMN, target=f"{EMAIL}{older.id}")
    if newer is not None:
        words = f"revision {newer.revision} to {address_said(newer.to, eye.look)}, {_when(newer.created_at, eye)}"
        lines += field("After it", words, width, column=COLUMN, target=f"{EMAIL}{newer.id}")
    return lines


def deeds_of(reading: MailReading, do: tuple[str, ...], *, setup: bool = False) -> list[tuple[str, str, str]]:
    """Give the deeds that help as (key, command, words), the best first."""
    email = reading.email
    waits = group_of(email) == PLANNED and email.first_attempt_at is None
    found: list[tuple[str, str, str]] = []
    for deed in do:
        if deed in _KEYS and (deed != "settings" or setup):
            key, command, words = _KEYS[deed]
            found.append((key, command, _BEFORE_IT_GOES.get(deed, words) if waits else words))
    suppressed = email.reason == "suppressed" and email.failed
    if suppressed:
        found.insert(1, (":", "mail.unsuppress", "take the address off Resend's list"))
    return found[:MOST_DEEDS]


def _deeds(reading: MailReading, do: tuple[str, ...], width: int, *, setup: bool) -> list[TextLine]:
    lines: list[TextLine] = []
    for number, (key, command, words) in enumerate(deeds_of(reading, do, setup=setup)):
        pieces = (Piece(f"{key} ", "accent"), Piece(words, "strong" if number == 0 else "plain"))
        lines += field("Do" if number == 0 else "", pieces, width, column=COLUMN, target=f"{DEED}{command}")
    return lines
