"""Hiding the secrets that payloads carry, wherever a body is shown or exported."""

from __future__ import annotations

import json
import re

MASK = "•••"

# A body may have been cut inside a value: its rest counts as the value too.
_PAIR = re.compile(
    rb"""(?P<key>"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))(?P<colon>\s*+:\s*+)?"""
    rb"""(?(colon)(?P<value>"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[-0-9][-+.0-9eE]*+)?)""",
    re.DOTALL,
)
_SECRET_ENDINGS = ("password", "passcode", "secret", "token", "apikey", "api_key", "hashedlink")
_LINK_KEYS = frozenset({"downloadlink", "downloadurl", "recording", "link", "connectandjoinurl"})
"""Links that open what they point at for whoever holds them; the proof is in their query."""


def mask(body: bytes) -> bytes:
    """Replace the values of secret fields by dots and leave every other byte as it is.

    Works on the bytes, so that a body which is not valid JSON does not show its secrets either.
    """
    return _PAIR.sub(_masked, body)


def _masked(match: re.Match[bytes]) -> bytes:
    value = match["value"]
    if value is None:
        return match[0]
    key = _key(match["key"])
    if key.endswith(_SECRET_ENDINGS):
        hidden = b'""' if value == b'""' else f'"{MASK}"'.encode()
    elif key in _LINK_KEYS and b"?" in value:
        hidden = value[: value.index(b"?") + 1] + f'{MASK}"'.encode()
    else:
        return match[0]
    return match["key"] + match["colon"] + hidden


def _key(quoted: bytes) -> str:
    try:
        name = json.loads(quoted)
    except ValueError:
        name = quoted[1:-1].decode("utf-8", "replace")
    return str(name).casefold()
