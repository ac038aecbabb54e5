"""What "o" opens and "y" copies of a booking, the same in every view, and the words that say so in the footer."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from booking_tui.domain.booking import Booking, BookingStatus
from booking_tui.tui.commands import Command

NO_PAGE = "neither a link of a call nor a page at Cal.com is known"
NO_REACH = "neither a link of a call nor an email is known"
CALL = "the call's link"
EMAIL = "the guest's email"


class Reach(NamedTuple):
    """A text that leads to a call or a guest, and what it is."""

    text: str
    what: str


def page_of(booking: Booking) -> str | None:
    """Give what "o" opens: the page at Cal.com of what is to be answered or looked at there, else the call."""
    if booking.needs_reread or booking.status is BookingStatus.PENDING:
        return booking.booking_page or booking.meeting_url
    return booking.meeting_url or booking.booking_page


def reach_of(booking: Booking) -> Reach | None:
    """Give what "y" copies: the call's link, else the guest's email."""
    if booking.meeting_url:
        return Reach(booking.meeting_url, CALL)
    email = next((guest.email for guest in booking.attendees if guest.email), "")
    return Reach(email, EMAIL) if email else None


def browse_word(booking: Booking | None) -> str:
    """Name what "o" would do."""
    page = None if booking is None else page_of(booking)
    return "Cal.com page" if booking is not None and page is not None and page != booking.meeting_url else "Join"


def copy_word(booking: Booking | None) -> str:
    """Name what "y" would do."""
    reach = None if booking is None else reach_of(booking)
    return "Copy" if reach is None else "Copy link" if reach.what == CALL else "Copy email"


def named(command: Command, word: str) -> Command:
    """Give a command with another word in the footer."""
    return command if command.footer == word else replace(command, footer=word)
