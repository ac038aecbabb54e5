"""What a template may speak of: plain texts, cleaned, nothing of a booking that has no place in an email.

Not in here on purpose: the guest's notes and answers, other guests, the practitioner's private note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.mail.email import (
    CANCELLED,
    CONFIRMATION,
    DECLINED,
    MOVED,
    REMINDER,
    REQUESTED,
    WITH_CALENDAR_FILE,
)
from booking_tui.ports.mail import MailSubjectMatter, TemplateBroken
from booking_tui.services.mail.languages import Language
from booking_tui.services.mail.links import cancel_link, google_link, reschedule_link, safe_link
from booking_tui.services.mail.times import Span, same_clock, span, utc, zone_named
from booking_tui.services.mail.words_in_mail import name_of_a_person, one_line, several_lines, without_sites

_REASON_LIMIT = 500
_VIDEO_CALL = "video call"


@dataclass(frozen=True, slots=True)
class Practice:
    """Who writes, as the settings have it. ``zone`` is an IANA name, ``locale`` a language such as de or de-AT."""

    name: str
    email: str | None = None
    zone: str = "UTC"
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class PracticeWords:
    """The practice as templates see it."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Guest:
    """The recipient as templates see it; the name is empty when there is none to greet."""

    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the meeting is; ``link`` is an https address or empty."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Links:
    """Where the guest can do something; empty where that is not known or makes no sense."""

    reschedule: str
    cancel: str
    google: str


@dataclass(frozen=True, slots=True)
class View:
    """Everything that templates and phrases can name."""

    kind: str
    language: str
    direction: str
    guest: Guest
    practice: PracticeWords
    time: Span | None
    """In the guest's zone, or in the practice's when that one is unknown."""
    there: Span | None
    """In the practice's zone, where its clock shows another time."""
    old: Span | None
    """The time that the guest knew before the booking was moved, where it was another one."""
    same_start: bool
    """The booking was made anew for the time at which it began before: its other details changed."""
    what: str
    """What the guest booked, empty when unknown. Never for subjects and previews: it may be clinical."""
    length: str
    place: Place | None
    """None also when the meeting will not take place."""
    links: Links
    reason: str
    message: str
    """What a person wrote in place of the template's text."""
    calendar_file: bool
    short: bool
    """The text becomes a message that is sent another way: nothing in it is about emails."""


class Say(Mapping[str, str]):
    """The phrases of a language, filled in for one email: ``{{ say.greeting }}``."""

    def __init__(self, language: Language, view: View) -> None:
        self._phrases = language.phrases
        self._view = view

    def __getitem__(self, name: str) -> str:
        phrase = self._phrases[name]

        def value(path: str) -> str:
            found: object = self._view
            for step in path.split("."):
                if found is None:
                    break
                found = getattr(found, step)
            if found is None:
                raise TemplateBroken(phrase.file, phrase.line, f"{name}: {{{path}}} is not known in every such email")
            return str(found)

        return phrase.fill(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._phrases)

    def __len__(self) -> int:
        return len(self._phrases)


_PARTS: Mapping[str, type] = {
    **dict.fromkeys(("time", "there", "old"), Span),
    "guest": Guest,
    "practice": PracticeWords,
    "place": Place,
    "links": Links,
}
FILLS = frozenset(
    {
        *(f"{name}.{field.name}" for name, part in _PARTS.items() for field in fields(part) if field.type != "bool"),
        *("what", "length", "reason"),
    }
)
"""Every name that may stand between braces in a phrase."""


def view_of(matter: MailSubjectMatter, language: Language, practice: Practice) -> View:
    """Look at a matter with the eyes of its recipient."""
    booking, kind = matter.booking, kind_of(matter.kind)
    here = zone_named(practice.zone) or ZoneInfo("UTC")
    zone = guest_zone(matter.recipient, booking)
    start, end = _times(matter.meeting)
    time = there = None
    if start is not None:
        time = span(start, end, zone or here, language, matter.now, assumed=zone is None)
        if zone is not None and not same_clock(start, end, zone, here):
            there = span(start, end, here, language, matter.now)
    old = None
    old_start, old_end = _times(matter.replaced)
    if old_start is not None and (old_start, old_end) != (start, end):
        old = span(old_start, old_end, zone or here, language, matter.now)
    place = _place(matter, language)
    return View(
        kind=kind,
        language=language.code,
        direction=language.direction,
        guest=Guest(name_of_a_person(matter.recipient.name)),
        practice=PracticeWords(one_line(practice.name) or practice.email or "", practice.email or ""),
        time=time,
        there=there,
        old=old,
        same_start=start is not None and start == old_start,
        what=one_line(booking.event_title or "", 120) if booking else "",
        length=_length(start, end, language),
        place=place,
        links=_links(matter, kind, language, practice, place),
        reason=_reason(matter),
        message=several_lines(matter.own_text or ""),
        calendar_file=kind in WITH_CALENDAR_FILE and start is not None,
        short=matter.short,
    )


def kind_of(kind: str) -> str:
    """Give the name of a kind's templates: all reminders share theirs."""
    return "reminder" if kind.startswith(REMINDER) else kind


def guest_zone(recipient: Attendee, booking: Booking | None) -> ZoneInfo | None:
    """Give the recipient's zone. The booking's own is the booker's: it says nothing about anybody else."""
    own = zone_named(recipient.zone)
    if own is not None or booking is None:
        return own
    booker = booking.attendees[0] if booking.attendees else None
    is_booker = booker is None or booker.email.casefold() == recipient.email.casefold()
    return zone_named(booking.zone) if is_booker else None


def _times(booking: Booking | None) -> tuple[datetime | None, datetime | None]:
    if booking is None or booking.start is None:
        return None, None
    end = booking.end if booking.end is not None and booking.end > booking.start else None
    return utc(booking.start), None if end is None else utc(end)


def _length(start: datetime | None, end: datetime | None, language: Language) -> str:
    if start is None or end is None:
        return ""
    minutes = round((end - start).total_seconds() / 60)
    return language.pattern("length", {"minutes": str(minutes)}) if 1 < minutes < 24 * 60 else ""


def is_off(booking: Booking) -> bool:
    """Whether the meeting will not take place."""
    return booking.status in {BookingStatus.CANCELLED, BookingStatus.REJECTED}


def _place(matter: MailSubjectMatter, language: Language) -> Place | None:
    booking = matter.booking
    if booking is None or is_off(booking) or matter.kind in {CANCELLED, DECLINED}:
        return None
    link = safe_link(booking.meeting_url) or safe_link(booking.location) or ""
    text = one_line(booking.location or "")
    if text in language.places:
        text = language.places[text]
    elif text.startswith(f"{_VIDEO_CALL} ("):
        text = language.places.get(_VIDEO_CALL, _VIDEO_CALL) + text.removeprefix(_VIDEO_CALL)
    if not _can_be_joined(matter, booking):
        link = ""
    elif not link and (booking.meeting_url or "").startswith("http://"):
        # Plain http is shown, for want of anything better, and not offered to be clicked.
        text = f"{text}, {one_line(booking.meeting_url or '')}" if text else one_line(booking.meeting_url or "")
    if safe_link(text):
        text = ""
    return Place(text, link) if text or link else None


def _can_be_joined(matter: MailSubjectMatter, booking: Booking) -> bool:
    """Whether there is, or will be, a meeting to go to: not for a mere request, and not once it is over."""
    if matter.kind == REQUESTED or booking.status is not BookingStatus.ACCEPTED:
        return False
    last = booking.end or booking.start
    return last is None or last > matter.now


def _links(matter: MailSubjectMatter, kind: str, language: Language, practice: Practice, place: Place | None) -> Links:
    booking = matter.booking
    if booking is None or booking.start is None or booking.start <= matter.now:
        return Links("", "", "")
    changes = kind in {CONFIRMATION, REQUESTED, MOVED, "reminder"}
    google = ""
    # A moved booking gets none: the link can only add, and would leave the old time standing beside the new one.
    if kind == CONFIRMATION and booking.end is not None and booking.end > booking.start:
        title = calendar_title(language, practice)
        where = (place.link or place.text) if place else ""
        google = google_link(title, utc(booking.start).astimezone(UTC), utc(booking.end).astimezone(UTC), where)
    return Links(
        (changes and reschedule_link(booking)) or "",
        (changes and cancel_link(booking)) or "",
        google,
    )


def calendar_title(language: Language, practice: Practice) -> str:
    """Give what the meeting is called in a calendar, which families and colleagues see: nothing of what it is about."""
    name = one_line(practice.name)
    if not name:
        return language.phrases["appointment"].source
    return language.phrases["calendar_summary"].fill({"practice.name": name}.__getitem__)


def _reason(matter: MailSubjectMatter) -> str:
    """Give why a booking was cancelled or declined, for the one who booked.

    Who wrote it is not known: it may be the booker's own words, so no other guest of the booking reads it, and what
    looks like an address is taken out, so that nobody advertises in the practice's name.
    """
    booking = matter.booking
    if booking is None or not booking.cancellation_reason or booking.seats is not None:
        return ""
    booker = booking.attendees[0] if booking.attendees else None
    if booker is not None and booker.email.casefold() != matter.recipient.email.casefold():
        return ""
    return one_line(without_sites(booking.cancellation_reason), _REASON_LIMIT)
