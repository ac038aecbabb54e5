"""Invented matters: for previews, and for trying a template before it is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.mail.email import CANCELLED, CUSTOM, DECLINED, FOLLOW_UP, MOVED, REMINDER, REQUESTED
from booking_tui.domain.mail.timing import offset_of
from booking_tui.ports.mail import MailSubjectMatter
from booking_tui.services.mail.view import Practice

SAMPLE_NOW = datetime(2027, 3, 3, 9, 30, tzinfo=UTC)
SAMPLE_START = datetime(2027, 3, 4, 14, 0, tzinfo=UTC)
SAMPLE_PRACTICE = Practice("Practice Example", "desk@example.com", "Europe/Berlin", "en")
_UID = "8Kd2hVq7mLpXw3tRz5nBcY"
_STATUS = {
    REQUESTED: BookingStatus.PENDING,
    CANCELLED: BookingStatus.CANCELLED,
    DECLINED: BookingStatus.REJECTED,
}
_EVENT = {"en": "Introductory call", "de": "Erstgespräch"}
_REASON = {
    "en": "I am ill and hope to be well again next week.",
    "de": "Ich bin krank und hoffe, nächste Woche wieder gesund zu sein.",
}
_LETTER = {
    "en": "Dear Ada,\n\nplease ring twice: the bell is old.\n\nUntil tomorrow",
    "de": "Liebe Frau Lovelace,\n\nbitte klingeln Sie zweimal: Die Klingel ist alt.\n\nBis morgen",
}
_HOSTILE = "\"'><b>&{{ 7*7 }} javascript:alert(1)"


def preview(kind: str, language: str | None = None, zone: str | None = "Europe/Berlin") -> MailSubjectMatter:
    """Give a believable matter of a kind: ``reminder`` stands for any, ``reminder_1h`` is read at its time.

    Raises ValueError for a reminder whose offset cannot be read.
    """
    now = SAMPLE_START - offset_of(kind) if kind.startswith(REMINDER) else SAMPLE_NOW
    kind = f"{REMINDER}24h" if kind == "reminder" else kind
    spoken = "de" if (language or "").startswith("de") else "en"
    guest = Attendee("Ada Lovelace", "ada@example.com", zone, None, language)
    booking = Booking(
        uid=_UID,
        status=_STATUS.get(kind, BookingStatus.ACCEPTED),
        title="Introductory call between Practice Example and Ada Lovelace",
        event_type="introductory-call",
        event_title=_EVENT[spoken],
        start=SAMPLE_START,
        end=SAMPLE_START + timedelta(minutes=50),
        zone=zone,
        attendees=(guest,),
        location="Google Meet",
        meeting_url="https://meet.google.com/abc-defg-hij",
        cancellation_reason=_REASON[spoken] if kind in {CANCELLED, DECLINED} else None,
        ical_uid=f"{_UID}@Cal.com",
        ical_sequence=1 if kind == MOVED else 0,
        booking_page=f"https://app.cal.com/booking/{_UID}",
    )
    before = None
    if kind == MOVED:
        old = SAMPLE_START - timedelta(days=1, hours=4)
        before = replace(booking, uid="3Zq9", start=old, end=old + timedelta(minutes=50), ical_sequence=0)
    matter = MailSubjectMatter(kind, guest, booking, now, before)
    if kind == CUSTOM:
        return replace(matter, own_text=_LETTER[spoken])
    return replace(matter, now=SAMPLE_START + timedelta(hours=3)) if kind == FOLLOW_UP else matter


def trials(kind: str, language: str) -> Iterator[MailSubjectMatter]:
    """Give matters of a kind as different as they can come: complete, bare, from far away, and hostile."""
    full = preview(kind, language)
    booking = full.booking
    if booking is None:
        return
    yield full
    yield replace(full, short=True)
    if full.before is not None:
        yield replace(full, before=replace(full.before, start=booking.start, end=booking.end))
    nobody = replace(full.recipient, name="", zone=None)
    bare = Booking(uid="x", start=booking.start)
    yield replace(full, recipient=nobody, booking=bare, before=None, own_text=None)
    if kind == CUSTOM:
        yield replace(full, recipient=nobody, booking=None, own_text="One line.")
    away = replace(full.recipient, zone="Asia/Tokyo")
    soon = replace(booking, zone="Asia/Tokyo", meeting_url=None, location="in person", booking_page=None)
    yield replace(full, recipient=away, booking=soon, now=SAMPLE_START - timedelta(minutes=60), own_text="A\n\nB")
    bad = replace(full.recipient, name=_HOSTILE)
    worst = replace(
        booking,
        attendees=(bad,),
        event_title=_HOSTILE,
        location=_HOSTILE,
        meeting_url="javascript:alert(1)",
        booking_page="javascript:alert(1)",
        cancellation_reason=_HOSTILE,
    )
    yield replace(full, recipient=bad, booking=worst, own_text=_HOSTILE if kind == CUSTOM else None)
