"""What Join and Copy on Today do: the link of a booking, its guest's address, or where webhooks go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_tui.tui.copying import copy_words
from booking_tui.tui.opening import open_words

if TYPE_CHECKING:
    from textual.app import App

    from booking_tui.domain.booking import Booking


def why_no_link(booking: Booking | None, *, copying: bool) -> str | None:
    """Say why there is nothing to open or to copy; None when there is."""
    if booking is None:
        return "no booking is selected"
    if booking.meeting_url or booking.booking_page or (copying and booking.attendees):
        return None
    return "this booking has no link: it takes place without a call"


def browsed(app: App[object], booking: Booking) -> tuple[str, str]:
    """Open a booking's link; give the news and its tone."""
    return open_words(app, booking.meeting_url or booking.booking_page)


def copied(app: App[object], booking: Booking | None, url: str | None) -> tuple[str, str] | None:
    """Copy a booking's link or its guest's address, without a booking the address for webhooks; give the news."""
    if booking is None:
        return None if url is None else (copy_words(app, url, what="the address for webhooks"), "success")
    link = booking.meeting_url or booking.booking_page
    if link:
        return copy_words(app, link, what="the link"), "success"
    if booking.attendees:
        return copy_words(app, booking.attendees[0].email, what="the guest's address"), "success"
    return None
