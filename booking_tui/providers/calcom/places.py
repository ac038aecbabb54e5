"""Cal.com's location codes in words, and where the meeting's link hides."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from booking_tui.providers.calcom.fields import LONG, Fields, link_of, object_of, text_of

_WORDS = {
    "integrations:daily": "Cal Video",
    "integrations:google:meet": "Google Meet",
    "integrations:zoom": "Zoom",
    "integrations:office365_video": "Microsoft Teams",
    "integrations:jitsi": "Jitsi",
    "integrations:whereby_video": "Whereby",
    "integrations:webex_video": "Webex",
    "inPerson": "in person",
    "attendeeInPerson": "at the guest's place",
    "link": "link meeting",
    "phone": "phone",
    "userPhone": "phone",
    "somewhereElse": "somewhere else",
    "conferencing": "video call",
}
_HOSTS = {"meet.google.com": "Google Meet", "zoom.us": "Zoom", "teams.microsoft.com": "Microsoft Teams"}


def place_words(location: str) -> str:
    """Say in words where a meeting is, from Cal.com's code, a link or a plain text."""
    if location in _WORDS:
        return _WORDS[location]
    if location.startswith("integrations:"):
        words = re.sub(r"[:_\-\s]+", " ", location.removeprefix("integrations:")).strip()
        return words[:1].upper() + words[1:] if words else "video call"
    link = link_of(location)
    if link is None:
        return location
    return _link_words(link)


def _link_words(link: str) -> str:
    try:
        host = (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return "video call"
    for known, words in _HOSTS.items():
        if host == known or host.endswith("." + known):
            return words
    return f"video call ({host})" if host else "video call"


def place_of(payload: Fields, *, changed: bool) -> tuple[str | None, str | None]:
    """Give (words, link) of a meeting's place.

    ``changed``: the event says that the place is a new one, so a link left over from the old place does not count.
    """
    location = text_of(payload, "location", LONG)
    plain = location is not None and not location.startswith("integrations:")
    written = link_of(location)
    given = link_of(object_of(payload, "metadata").get("videoCallUrl")) or link_of(
        object_of(payload, "videoCallData").get("url")
    )
    link = written if changed and plain else given or written
    return (place_words(location) if location else None), link
