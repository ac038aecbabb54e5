"""Public addresses as people paste them, made into what the settings take: a name, or an address without a path."""

from __future__ import annotations

from booking_tui.ports import DeedRefused
from booking_tui.services.tunnel_words import SUBSCRIBER_PATH

_QUOTES = "\"'`<>“”‘’"
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
    return found if found.isprintable() and " " not in found and len(found) <= 60 else f"one such as {otherwise}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
