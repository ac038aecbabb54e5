"""What Join and Copy on Today do: the link of a booking, its guest's email, or where webhooks go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_tui.tui.copying import copy_words
from booking_tui.tui.opening import open_words
from booking_tui.tui.views.booking_links import NO_PAGE, NO_REACH, page_of, reach_of

if TYPE_CHECKING:
    from textual.app import App

    from booking_tui.domain.booking import Booking


def why_no_link(booking: Booking | None, *, copying: bool) -> str | None:
    """Say why there is nothing to open or to copy; None when there is."""
    if booking is None:
        return "no booking is selected"
    if copying:
        return None if reach_of(booking) else NO_REACH
    return None if page_of(booking) else NO_PAGE


def browsed(app: App[object], booking: Booking) -> tuple[str, str]:
    """Open a booking's link; give the news and its tone."""
    return open_words(app, page_of(booking))


def copied(app: App[object], booking: Booking | None, url: str | None) -> tuple[str, str] | None:
    """Copy a booking's link or its guest's email, without a booking the address for webhooks; give the news."""
    if booking is None:
        return None if url is None else (copy_words(app, url, what="the address for webhooks"), "success")
    reach = reach_of(booking)
    return None if reach is None else (copy_words(app, reach.text, what=reach.what), "success")
