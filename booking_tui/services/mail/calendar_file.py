"""The .ics of an email: one event that a calendar merges with the one Cal.com or Google sent, since its UID is theirs.

METHOD is PUBLISH: it offers the event and asks for no answer, because an attachment cannot carry an invitation that
every mail program understands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from booking_tui.domain.booking import Booking
from booking_tui.domain.mail.email import CANCELLED
from booking_tui.ports.mail import MailSubjectMatter
from booking_tui.services.mail.body import mailbox
from booking_tui.services.mail.times import utc
from booking_tui.services.mail.view import Place, Practice, is_off
from booking_tui.services.mail.words_in_mail import NAME_LIMIT, one_line

if TYPE_CHECKING:
    from icalendar import vCalAddress

METHOD = "PUBLISH"
_LAST_REVISION = 2**31 - 1
"""What an INTEGER of RFC 5545 (3.3.8) holds; what is told beyond it tells nothing."""
_PRODUCT = "-//booking_tui//EN"


class _Component(Protocol):
    """What is used of icalendar's components, which leave open what their parameters hold."""

    def add(self, name: str, value: object, parameters: Mapping[str, str] | None = None) -> None: ...


def calendar_file(
    matter: MailSubjectMatter,
    practice: Practice,
    *,
    title: str,
    place: Place | None,
    language: str = "en",
) -> bytes | None:
    """Give the file for a matter's booking; None when it has no time. ``title`` is plain text."""
    booking, meeting = matter.booking, matter.meeting
    if booking is None or meeting is None or meeting.start is None:
        return None
    from icalendar import Calendar, Event

    event = cast("_Component", Event())
    chain = (booking, *((matter.before,) if matter.before is not None else ()), *matter.earlier)
    event.add("uid", uid_of(chain))
    event.add("sequence", sequence_of(chain))
    event.add("dtstamp", utc(matter.now))
    event.add("dtstart", utc(meeting.start))
    if meeting.end is not None and meeting.end > meeting.start:
        event.add("dtend", utc(meeting.end))
    event.add("summary", one_line(title), parameters={"language": language})
    event.add("status", "CANCELLED" if is_off(booking) or matter.kind == CANCELLED else "CONFIRMED")
    # Families and colleagues share calendars: they see that there is something, not what.
    event.add("class", "PRIVATE")
    if place is not None:
        event.add("location", one_line(place.link or place.text))
        if place.link:
            event.add("url", place.link)
    if practice.email and (organizer := _person(practice.name, practice.email)) is not None:
        event.add("organizer", organizer)
    # No ATTENDEE: with METHOD:PUBLISH there must be none (RFC 5546, 3.2.1); nobody is asked for an answer.
    whole = Calendar()
    calendar = cast("_Component", whole)
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", METHOD)
    whole.add_component(cast("Event", event))
    return whole.to_ical()


def uid_of(chain: Sequence[Booking]) -> str:
    """Give the UID under which calendars know the meeting. Cal.com's is made of the first booking's uid, and kept.

    ``chain`` is the booking and those that were moved before it, the latest first.
    """
    known = next((booking.ical_uid for booking in chain if booking.ical_uid), None)
    first = chain[-1].rescheduled_from or chain[-1].uid
    return one_line(known or f"{first}@Cal.com", 1_000)


def sequence_of(chain: Sequence[Booking]) -> int:
    """Give the revision of the event: never less than one that was told before, or calendars keep the old time.

    A move of which none is known counts as one. Where Cal.com tells it, nothing is added: calendars would take its own
    next word for an older one.
    """
    revision = 0
    for moves, booking in enumerate(reversed(chain)):
        told = booking.ical_sequence
        if told is not None and 0 <= told <= _LAST_REVISION:
            revision = max(revision, told)
        elif moves:
            revision = min(revision + 1, _LAST_REVISION)
    return revision


def _person(name: str, address: str) -> vCalAddress | None:
    from icalendar import vCalAddress

    try:
        mailbox("", address)
    except ValueError:
        return None
    person = vCalAddress(f"mailto:{address}")
    # A parameter has no escape for these two that every calendar reads.
    if name := one_line(name, NAME_LIMIT).replace('"', "'").replace("\\", "/"):
        person.params["cn"] = name
    return person
