"""Public addresses as people paste them, made into what the settings take: a name, or an address without a path."""

from __future__ import annotations

import re

from booking_tui.ports import DeedRefused
from booking_tui.services.tunnel_words import SUBSCRIBER_PATH

_QUOTES = "\"'`<>“”‘’"
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*(?::\d{1,5})?(?<!http)(?<!https)")
"""A name with a dot in it, and a port perhaps; nothing ends in the beginning of another address."""
_OURS = frozenset({"", "/webhooks", SUBSCRIBER_PATH})
"""Paths that may follow a pasted address: they are this program's own."""


def host_name(text: str, label: str) -> str:
    """Give the host name in a pasted text; empty stays empty. Raises DeedRefused with what to type instead."""
    host, path = _parts(text)
    if path not in _OURS:
        raise DeedRefused(
            f"{label}: “{_short(path)}” does not belong in it; type {_such(host, 'your-name.ngrok-free.dev')}"
        )
    return host


def origin(text: str, label: str) -> str:
    """Give the https address in a pasted text, without a path; empty stays empty. Raises DeedRefused likewise."""
    host, path = _parts(text)
    if path not in _OURS:
        such = _such(f"https://{host}", "https://hooks.example.com")
        raise DeedRefused(
            f"{label}: “{_short(path)}” does not belong in it, the address must lead here whole; type {such}"
        )
    return f"https://{host}" if host else ""


def _parts(text: str) -> tuple[str, str]:
    """Give the host with its port, and the path, of an address as it was pasted."""
    bare = text.strip().strip(_QUOTES).strip()
    scheme, colon, rest = bare.partition("://")
    if colon and scheme.lower() in {"http", "https"}:
        bare = rest
    host, slash, path = bare.partition("/")
    return host.rstrip(".").lower(), f"{slash}{path}".rstrip("/")


def _such(found: str, otherwise: str) -> str:
    """Give what was probably meant, where it can be an address; of two that ran into one another nobody can say."""
    host = found.removeprefix("https://")
    return found if len(found) <= 60 and _HOST.fullmatch(host) else f"one such as {otherwise}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
