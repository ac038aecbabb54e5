"""An email in the forms in which it leaves the screen: a short text message, lines to paste, a page in the browser."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from booking_tui.domain.booking import Booking
from booking_tui.domain.mail.email import Email
from booking_tui.domain.mail.words import kind_name
from booking_tui.domain.safe_text import clean
from booking_tui.services.mail.freezing import matter_of
from booking_tui.services.mail.short_message import short_message
from booking_tui.services.queries import Queries

_OTHER = "-"
"""A letter of one line, to find out where the letter ends and what is the same under each begins."""


class _Bookings:
    """The bookings as an email's matter asks for them."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    def booking(self, uid: str) -> Booking | None:
        detail = self._queries.booking_detail(uid)
        return None if detail is None else detail.booking


def text_message(queries: Queries, email: Email) -> str:
    """Write what an email says, as of now, as a message for another way. Raises TemplateBroken, or ValueError."""
    if queries.mail_writing is None:
        preview = queries.mail_preview(email.id)
        if preview is None:
            raise ValueError("there are no templates here to write it by")
        return clean(preview.text, one_line=False).strip()
    matter = matter_of(email, _Bookings(queries), queries.now())
    return clean(short_message(queries.mail_writing(), matter), one_line=False).strip()


def letter_of(queries: Queries, email: Email) -> str:
    """Give the letter that the template begins an email with: what a text of one's own takes the place of.

    Empty where it cannot be told. Raises TemplateBroken, or ValueError.
    """
    if queries.mail_writing is None:
        return ""
    writing = queries.mail_writing()
    matter = replace(matter_of(email, _Bookings(queries), max(queries.now(), email.send_at)), own_text=None)
    lines = short_message(writing, matter).split("\n")
    other = short_message(writing, replace(matter, own_text=_OTHER)).split("\n")
    same = 0
    while same < min(len(lines), len(other)) and lines[-1 - same] == other[-1 - same]:
        same += 1
    letter, below = lines[: len(lines) - same], other[: len(other) - same]
    if not same or below[:1] != [_OTHER]:
        return ""
    if letter and len(below) > 1 and _value(letter[-1]) and _value(letter[-1]) == _value(below[-1]):
        # Only its label is another one below a text of one's own: it tells when the meeting is.
        letter.pop()
    return clean("\n".join(letter), one_line=False).strip()


def _value(line: str) -> str:
    return line.partition(": ")[2].strip()


def email_line(email: Email) -> str:
    """Write an email on one line: to whom, which, and how it stands."""
    who = email.to_name.strip() or email.to
    return clean(f"{who}  {email.to}  {kind_name(email.kind)}  {email.state}  {email.id}", one_line=True)


class LookedAt:
    """Pages that were written for the browser: private, and removed when the program ends."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def write(self, email: Email, html: str) -> Path:
        """Write an email's html where only this person can read it. Raises OSError."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="booking-mail-"))
            atexit.register(self.remove)
        path = self._folder / f"{email.id[-12:]}.html"
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(html)
        return path

    def remove(self) -> None:
        """Remove every page."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            atexit.unregister(self.remove)
            self._folder = None
