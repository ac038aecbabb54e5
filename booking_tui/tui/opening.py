"""Opening addresses in the browser: http and https only, and the address in words where there is none."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path
from urllib.parse import urlsplit

from textual.app import App


def open_words(app: App[object], url: str | None) -> tuple[str, str]:
    """Open an address; give what to say and its tone (``success``, ``warning``)."""
    if not url or not may_open(url):
        return "this is no web address, so it is not opened", "warning"
    if not _has_browser():
        return f"no browser here; the address is {url}", "warning"
    app.open_url(url)
    return f"opened {url}", "success"


def open_page(app: App[object], page: Path) -> tuple[str, str]:
    """Open a page of our own that lies on this machine; give what to say and its tone."""
    if not _has_browser():
        return f"no browser here; until you leave, the page lies at {page}", "warning"
    app.open_url(page.as_uri())
    return "opened in the browser; the page is removed when you leave", "success"


def may_open(url: str) -> bool:
    """Say whether an address from outside may be handed to a browser."""
    if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def _has_browser() -> bool:
    """Say whether a browser with a window of its own can be started from here."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return bool(os.environ.get("BROWSER"))
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
