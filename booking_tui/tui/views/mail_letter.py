"""What an email says: its text, its calendar file, and what differs from the revision before."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import ndiff

from booking_tui.services.mail_queries import MailPreview
from booking_tui.tui.views.eye import Eye
from booking_tui.tui.views.mail_reading import MailReading
from booking_tui.tui.views.mail_words import address_said, hidden
from booking_tui.tui.widgets.flow import BLANK, Piece, TextLine, field, flowed
from booking_tui.tui.widgets.lines_view import Build

COLUMN = 9
_HIDDEN = "hidden while names are hidden; H shows it"


def letter_lines(reading: MailReading, eye: Eye) -> Build:
    """Draw address, subject and text."""
    email, preview = reading.email, reading.preview

    def build(width: int) -> list[TextLine]:
        lines: list[TextLine] = []
        lines += field("To", (Piece(address_said(email.to, eye.look), "name"),), width, column=COLUMN)
        if preview is None:
            return [*lines, BLANK, *flowed((Piece(_sentence(reading.problem or ""), "warn"),), width)]
        lines += field("Subject", (Piece(hidden(preview.subject, email, eye.look), "strong"),), width, column=COLUMN)
        if not preview.frozen:
            lines += flowed((Piece("As it would be now; written for good when it is sent.", "muted"),), width)
        lines.append(BLANK)
        return lines + _text(preview.text, reading, eye, width)

    return build


def _text(text: str, reading: MailReading, eye: Eye, width: int) -> list[TextLine]:
    lines: list[TextLine] = []
    for part in hidden(text, reading.email, eye.look).rstrip().split("\n"):
        lines += flowed((Piece(part),), width) if part else [BLANK]
    return lines


def calendar_lines(reading: MailReading, eye: Eye) -> Build:
    """Draw the attached .ics as it is."""
    preview = reading.preview

    def build(width: int) -> list[TextLine]:
        if preview is None or preview.calendar_file is None:
            return flowed((Piece("This email carries no calendar file.", "muted"),), width)
        if eye.look.privacy:
            return flowed((Piece(_HIDDEN, "muted"),), width)
        lines: list[TextLine] = []
        for part in preview.calendar_file.decode("utf-8", "replace").replace("\r\n", "\n").rstrip().split("\n"):
            name, colon, value = part.partition(":")
            pieces = (Piece(f"{name}{colon}", "name"), Piece(value)) if colon else (Piece(part),)
            lines += flowed(pieces, width, 2)
        return lines

    return build


def change_lines(reading: MailReading, eye: Eye) -> Build:
    """Draw what differs from the revision before: address, subject, text."""
    older, now, before = reading.detail.older, reading.preview, reading.before

    def build(width: int) -> list[TextLine]:
        if older is None:
            return _changed_in_place(reading, eye, width)
        lines = flowed(
            (Piece(f"Revision {older.revision} {eye.signs.moved} {reading.email.revision}", "strong"),), width
        )
        lines.append(BLANK)
        lines += _pair("To", address_said(older.to, eye.look), address_said(reading.email.to, eye.look), width)
        if now is None or before is None:
            return lines
        email = reading.email
        lines += _pair("Subject", hidden(before.subject, older, eye.look), hidden(now.subject, email, eye.look), width)
        lines.append(BLANK)
        if eye.look.privacy:
            return [*lines, *flowed((Piece(_HIDDEN, "muted"),), width)]
        return lines + list(_differing(before, now, width))

    return build


def _pair(label: str, old: str, new: str, width: int) -> list[TextLine]:
    if old == new:
        return field(label, f"{new}  (the same)", width, column=COLUMN, tone="muted")
    return [
        *field(label, (Piece("- ", "bad"), Piece(old, "bad")), width, column=COLUMN),
        *field("", (Piece("+ ", "good"), Piece(new, "good")), width, column=COLUMN),
    ]


def _differing(before: MailPreview, now: MailPreview, width: int) -> Iterator[TextLine]:
    """Give the text with what went out of it and what came in."""
    tones = {"- ": "bad", "+ ": "good", "  ": "muted"}
    if before.text == now.text:
        yield from flowed((Piece("The text is the same.", "muted"),), width)
        return
    for line in ndiff(before.text.rstrip().split("\n"), now.text.rstrip().split("\n")):
        if line[:2] in tones:
            yield from flowed((Piece(line.rstrip(), tones[line[:2]]),), width, 2)


def _changed_in_place(reading: MailReading, eye: Eye, width: int) -> list[TextLine]:
    """Say what a person changed of an email that had not left the machine."""
    edits = [entry for entry in reading.deeds if entry.action == "email_edited" and entry.email_id == reading.email.id]
    if not edits:
        return flowed((Piece("This is the first revision: nothing was changed.", "muted"),), width)
    lines = flowed((Piece("Changed before it was sent", "strong"),), width)
    for entry in edits:
        for name, (old, new) in entry.changes.items():
            if name in {"to", "subject", "text"}:
                shown = ("•••", "•••") if eye.look.privacy else (str(old or "(as written)"), str(new or "(as written)"))
                lines += [BLANK, *_pair(name.capitalize(), *shown, width)]
    return lines


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
