"""One word and one glyph for each state, in the agenda, in lists and in details alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.tui.glyphs import ASCII, UNICODE
from booking_tui.tui.standing import standing_of
from tests.tui.conftest import NOW

HOUR = timedelta(hours=1)
AT_ONCE = Booking("u", start=NOW + HOUR, end=NOW + 2 * HOUR, attendees=(Attendee("Ada", "a@example.com"),))
OVER = {"start": NOW - 2 * HOUR, "end": NOW - HOUR}
STATES = {
    "○ confirmed": {"status": BookingStatus.ACCEPTED},
    "● in progress": {"status": BookingStatus.ACCEPTED, "start": NOW - HOUR},
    "✓ done": {"status": BookingStatus.ACCEPTED, **OVER},
    "∅ no-show": {"status": BookingStatus.ACCEPTED, **OVER, "attendees": (Attendee("Ada", "a", absent=True),)},
    "? wants your yes": {"status": BookingStatus.PENDING},
    "? unanswered": {"status": BookingStatus.PENDING, **OVER},
    "→ moved": {"status": BookingStatus.RESCHEDULED},
    "– cancelled": {"status": BookingStatus.CANCELLED},
    "✗ declined": {"status": BookingStatus.REJECTED},
    "▲ in doubt": {"status": BookingStatus.ACCEPTED, "needs_reread": True},
}


@pytest.mark.parametrize("said", STATES)
def test_says_a_state(said: str) -> None:
    assert standing_of(replace(AT_ONCE, **STATES[said]), NOW).said(UNICODE) == said


def test_no_glyph_of_a_state_reads_as_a_letter() -> None:
    for name in ("ok", "idle", "done", "absent", "waiting", "moved", "cancelled", "fail", "warn", "test"):
        assert not getattr(UNICODE, name).isalnum()
    assert not ASCII.test.isalnum()
