"""Links that an email may carry: https only, and only where they are known to lead."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from booking_tui.domain.booking import Booking

_LINK = re.compile(r"https://[^\s\x00-\x20\x7f\"'<>\\^`{|}]+", re.IGNORECASE)
_LIMIT = 2_000
_GOOGLE = "https://calendar.google.com/calendar/render"


def safe_link(text: str | None) -> str | None:
    """Give an https address of a host, as it may stand in an email; None for anything else.

    Also None for one that names a user: ``https://bank.example@evil.example`` leads elsewhere than it says.
    """
    if not text or len(text) > _LIMIT or not text.isprintable() or not _LINK.fullmatch(text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return None
    return text


def reschedule_link(booking: Booking) -> str | None:
    """Give the page on which the guest moves the booking, None when it is not known."""
    base = _base(booking)
    return base and safe_link(f"{base}/reschedule/{booking.uid}")


def cancel_link(booking: Booking) -> str | None:
    """Give the page on which the guest cancels the booking, None when it is not known."""
    base = _base(booking)
    return base and safe_link(f"{base}/booking/{booking.uid}?cancel=true")


def _base(booking: Booking) -> str | None:
    """Give the address of the booker's site.

    None for a group booking: these pages are the whole group's, and a seat's own are not known.
    """
    page, path = safe_link(booking.booking_page), f"/booking/{booking.uid}"
    if page is None or booking.seats is not None or not page.endswith(path):
        return None
    return page.removesuffix(path)


def google_link(title: str, start: datetime, end: datetime, place: str) -> str:
    """Give the address that offers a meeting to somebody's Google Calendar."""
    query = {
        "action": "TEMPLATE",
        "text": title,
        "dates": f"{start:%Y%m%dT%H%M%SZ}/{end:%Y%m%dT%H%M%SZ}",
    }
    if place:
        query["location"] = place
    return f"{_GOOGLE}?{urlencode(query)}"
