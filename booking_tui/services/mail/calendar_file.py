"""The .ics of an email: one event that a calendar merges with the one Cal.com or Google sent, since its UID is theirs.

METHOD is PUBLISH: it offers the event and asks for no answer, because an attachment cannot carry an invitation that
every mail program understands.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    booking = matter.booking
    if booking is None or booking.start is None:
        return None
    from icalendar import Calendar, Event

    event = cast("_Component", Event())
    event.add("uid", uid_of(booking, matter.before))
    event.add("sequence", max(0, booking.ical_sequence or 0))
    event.add("dtstamp", utc(matter.now))
    event.add("dtstart", utc(booking.start))
    if booking.end is not None and booking.end > booking.start:
        event.add("dtend", utc(booking.end))
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


def uid_of(booking: Booking, before: Booking | None = None) -> str:
    """Give the UID under which the meeting is known in calendars. Cal.com's is made of the first booking's uid."""
    known = booking.ical_uid or (before and before.ical_uid)
    first = booking.uid if before is None else before.uid
    return one_line(known or f"{first}@Cal.com", 1_000)


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
