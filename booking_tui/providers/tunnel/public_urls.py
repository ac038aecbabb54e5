"""Finds, in what a tunnel client prints, the URL under which it can be reached."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import urlsplit

TUNNEL_HOSTS: Final = (
    *(".trycloudflare.com", ".ts.net", ".loca.lt", ".ngrok-free.app", ".ngrok-free.dev", ".ngrok.app", ".ngrok.dev"),
    *(".ngrok.io", ".lhr.life", ".lhr.rocks", ".serveo.net", ".pinggy.link", ".pinggy.online", ".share.zrok.io"),
    *(".devtunnels.ms", ".localto.net", ".tunnelmole.net", ".srv.us", ".playit.gg"),
)
"""Endings of the names that such services hand out; nothing else is published under them."""
_PAGES: Final = (
    *("www", "docs", "doc", "developers", "developer", "dash", "dashboard", "api", "login", "account", "accounts"),
    *("admin", "status", "support", "help", "community", "blog", "github", "gitlab"),
)
"""First parts of the names of pages for people: documentation, accounts, terms."""
_VENDORS: Final = (
    *("cloudflare.com", "tailscale.com", "ngrok.com", "github.com", "localtunnel.me", "localhost.run", "pinggy.io"),
    *("zrok.io", "bore.pub", "npmjs.com", "npmjs.org", "letsencrypt.org", "golang.org", "nodejs.org", "w3.org"),
)
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_URL = re.compile(r"https?://[^\s\"'<>|\\^`{}()\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE)
_SURE, _LIKELY, _LOCAL = 3, 2, 1


class Found(NamedTuple):
    """A URL, and how sure it is to be the wanted one: 3 a tunnel service's name, 2 a bare https origin, 1 loopback."""

    sureness: int
    url: str

    @property
    def sure(self) -> bool:
        """Whether there is no need to wait for a better one."""
        return self.sureness == _SURE


def plain(line: str) -> str:
    """Give a line without colours and without what a carriage return wrote over."""
    return _COLOURS.sub("", line).rstrip("\r\n").rpartition("\r")[2]


def urls_in(line: str, port: int) -> list[Found]:
    """Give the plausible public URLs of one line, as origins. ``port`` is ours: the way to it is not the way in."""
    found = (_rated(match.group(0).rstrip(".,;:!?]*"), port) for match in _URL.finditer(plain(line)))
    return [one for one in found if one is not None]


def best(found: Iterable[Found]) -> Found | None:
    """Give the surest of them, of several the first."""
    return max(found, key=lambda one: one.sureness, default=None)


def _rated(url: str, port: int) -> Found | None:
    try:
        parts = urlsplit(url)
        host, at = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.query or parts.fragment:
        return None
    bare = parts.path in {"", "/"}
    name = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme.lower()}://{name}" + (f":{at}" if at is not None else "")
    if host in _LOOPBACK:
        local = parts.scheme.lower() == "http" and bare and at is not None and at != port
        return Found(_LOCAL, origin) if local else None
    if parts.scheme.lower() != "https" or not _HOST.fullmatch(host) or _is_page(host):
        return None
    if host.endswith(TUNNEL_HOSTS):
        return Found(_SURE, origin)
    return Found(_LIKELY, origin) if bare else None


def _is_page(host: str) -> bool:
    if host.partition(".")[0] in _PAGES:
        return True
    return any(host == vendor or host.endswith(f".{vendor}") for vendor in _VENDORS) and not host.endswith(TUNNEL_HOSTS)
