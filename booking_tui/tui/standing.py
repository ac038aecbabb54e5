"""How a booking stands at a moment: one word, one glyph and one tone for each state, the same in every view."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from booking_tui.domain.booking import Booking, BookingStatus
from booking_tui.domain.rows import BookingRow
from booking_tui.tui.glyphs import Glyphs, Sign

_STYLES = {"good": "$text-success", "warn": "$text-warning", "accent": "$text-accent", "muted": "$text-muted"}
_CALLED_OFF = {
    BookingStatus.CANCELLED: ("cancelled", "cancelled"),
    BookingStatus.REJECTED: ("declined", "fail"),
    BookingStatus.RESCHEDULED: ("moved", "moved"),
}


class Standing(NamedTuple):
    """A state in a word, with the name of its glyph and its tone (good, warn, accent or muted)."""

    word: str
    glyph_name: str
    tone: str

    def glyph(self, signs: Glyphs) -> str:
        """Give the glyph in the present look."""
        return str(getattr(signs, self.glyph_name))

    def sign(self, signs: Glyphs) -> Sign:
        """Give the glyph with the colour that it may have."""
        return Sign(self.glyph(signs), _STYLES[self.tone])

    def said(self, signs: Glyphs) -> str:
        """Give glyph and word."""
        return f"{self.glyph(signs)} {self.word}"


def test_words(standing: Standing) -> str:
    """Say that a test made it, and how it stands where that is not as usual."""
    return "test" if standing.word == "confirmed" else f"test {standing.word}"


def standing_of_row(row: BookingRow, now: datetime) -> Standing:
    """Say how a booking of a list stands."""
    return _standing(row.status, row.start, row.end, now, absent=row.absent, doubt=row.needs_reread)


def standing_of(booking: Booking, now: datetime) -> Standing:
    """Say how a whole booking stands."""
    absent = bool(booking.attendees) and booking.attendees[0].absent
    return _standing(booking.status, booking.start, booking.end, now, absent=absent, doubt=booking.needs_reread)


def _standing(
    status: BookingStatus, start: datetime | None, end: datetime | None, now: datetime, *, absent: bool, doubt: bool
) -> Standing:
    over = end is not None and end <= now
    if doubt:
        return Standing("in doubt", "warn", "warn")
    if status in _CALLED_OFF:
        return Standing(*_CALLED_OFF[status], "muted")
    if status is BookingStatus.PENDING:
        return Standing("unanswered", "waiting", "muted") if over else Standing("wants your yes", "waiting", "warn")
    if absent:
        return Standing("no-show", "absent", "warn")
    if over:
        return Standing("done", "done", "muted")
    if start is not None and start <= now:
        return Standing("in progress", "ok", "accent")
    return Standing("confirmed", "idle", "good")
