"""Hiding what opens doors in Resend's payloads, wherever a body is shown or exported."""

from __future__ import annotations

import re

from booking_tui.providers.calcom import masking

MASK = masking.MASK

# The link of a click is one from our own emails: whoever holds the part after the host can move or cancel a booking.
# A body may have been cut inside a value: its rest counts as the value too.
_LINK = re.compile(
    rb"""("(?:[a-z]+_)?+(?:link|url|href)"\s*+:\s*+"(?:[A-Za-z][A-Za-z0-9+.-]*+:)?+(?:\\?/){2})"""
    rb"""(?:[^"\\/?#@]*+@)?+([^"\\/?#@]*+)(?:[^"\\]|\\.)++("|\\?\Z)""",
    re.DOTALL,
)


def mask(body: bytes) -> bytes:
    """Replace what follows the host in the link of a click, and secrets by their names; leave every other byte.

    Works on the bytes, so that a body which is not valid JSON does not show its secrets either.
    """
    return masking.mask(_LINK.sub(_hidden, body))


def _hidden(match: re.Match[bytes]) -> bytes:
    end = b'"' if match[3] == b'"' else b""
    return match[1] + match[2] + b"/" + MASK.encode() + end
