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
_BESIDE = re.compile(rb"[\[{\]}]|[-0-9][-+.0-9eE]*+")
"""What counts between the strings of a hidden value: brackets, and the numbers of a list."""
_SECRET_ENDINGS = (
    *("password", "passcode", "secret", "token", "apikey", "api_key", "hashedlink"),
    *("accesscode", "access_code", "meetingcode", "meeting_code", "hostpin", "host_pin"),
)
_SECRET_KEYS = frozenset({"pin", "pwd"})
_LABELS = frozenset({"label", "type"})
"""What may be read of an answer whose value is hidden."""
_LINK_KEYS = frozenset({"downloadlink", "downloadurl", "recording", "link", "connectandjoinurl"})
"""Links that open what they point at for whoever holds them; the proof is in their query."""
_IN_URL = re.compile(
    rb"(?i)((?:[?&]|\\u0026|&amp;)(?:pwd|passwd|pass|password|passcode|pin|tk|sig|signature|secret|api_?key"
    rb'|(?:[a-z_]*_)?token)=)[^&#"\'\s\\<>]+'
)
"""A secret in the query of an address, in whatever text the address stands."""


def mask(body: bytes) -> bytes:
    """Replace the values of secret fields by dots and leave every other byte as it is.

    Works on the bytes, so that a body which is not valid JSON does not show its secrets either.
    """
    return _IN_URL.sub(rb"\1" + MASK.encode(), _without_secret_fields(body))


def _without_secret_fields(body: bytes) -> bytes:
    shown: list[bytes] = []
    hidden = _Hidden()
    end = 0
    for match in _PAIR.finditer(body):
        shown.append(hidden.beside(body[end : match.start()]))
        end = match.end()
        shown.append(hidden.pair(match) if hidden.open else _pair(match))
        if not hidden.open and match["colon"] and match["value"] is None and body[end : end + 1] in {b"{", b"["}:
            hidden.open = _is_secret(_key(match["key"]))
    shown.append(hidden.beside(body[end:]))
    return b"".join(shown)


class _Hidden:
    """Hides an object or list whose key is a secret's, to its closing bracket."""

    def __init__(self) -> None:
        self.open = False
        self._depth = 0

    def beside(self, gap: bytes) -> bytes:
        """Hide the numbers between two strings, and see where the value ends."""
        return _BESIDE.sub(self._seen, gap) if self.open else gap

    def _seen(self, match: re.Match[bytes]) -> bytes:
        sign = match[0]
        if not self.open:
            return sign
        if sign in {b"{", b"["}:
            self._depth += 1
        elif sign in {b"}", b"]"}:
            self._depth -= 1
            self.open = self._depth > 0
        else:
            return _dots(sign)
        return sign

    @staticmethod
    def pair(match: re.Match[bytes]) -> bytes:
        """Hide one value inside; what only says what it is stays."""
        if not match["colon"]:
            return _dots(match["key"])
        if match["value"] is None or _key(match["key"]) in _LABELS:
            return match[0]
        return match["key"] + match["colon"] + _dots(match["value"])


def _pair(match: re.Match[bytes]) -> bytes:
    value = match["value"]
    if value is None:
        return match[0]
    key = _key(match["key"])
    if _is_secret(key):
        hidden = _dots(value)
    elif key in _LINK_KEYS and b"?" in value:
        hidden = value[: value.index(b"?") + 1] + f'{MASK}"'.encode()
    else:
        return match[0]
    return match["key"] + match["colon"] + hidden


def _dots(value: bytes) -> bytes:
    return value if value == b'""' else f'"{MASK}"'.encode()


def _is_secret(key: str) -> bool:
    return key in _SECRET_KEYS or key.endswith(_SECRET_ENDINGS)


def _key(quoted: bytes) -> str:
    try:
        name = json.loads(quoted)
    except ValueError:
        name = quoted[1:-1].decode("utf-8", "replace")
    return str(name).casefold()
