"""Finds, in what a tunnel client prints, the URL under which it can be reached.

Much of what a client prints comes from outside: paths, headers and bodies of requests that anybody may send. A URL in
such a line is never the way in, or whoever sends a request could name a machine of his own.
"""

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
ANNOUNCED, SURE, LIKELY, LOCAL = 4, 3, 2, 1
_FROM_OUTSIDE = re.compile(
    r"\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT|TRACE|PROPFIND)\b|\bHTTP/[0-9]"
    r"|(?i:\b(?:referr?er|user[-_]?agent|origin|cookie|x-forwarded-\w+|forwarded|location|query|path|body)\b[\"']?\s*[:=])"
    r"|(?:^|\s)/\S*"
)
"""What a line about a request has: a method, a version, the name of a field, or a path."""
_TROUBLE = re.compile(
    r"""(?ix) \b
    (?: errors? | err | eror | fatal | panic | warn(?:ing)? | wrn | fail(?:ed|s|ure)? | unable | cannot | can't
    | (?:could|does|did) (?:n't | [ ]not) | refused | timed[ ]out | timeout | unreachable | trying | retry(?:ing)?
    | retries | updates? | upgrade | newer | newest | latest | versions? | release[ds]? | deprecated | changelog )
    \b (?! ["']? \s* [:=] \s* ["']? (?: <?nil>? | null | none | false | 0 | (?=["'\s,}]|$) ) )"""
)
"""What a line about a trouble has, or one about another version; ``err=nil`` is none."""
_KEY = r"(?:url|public[-_ ]?url|address|addr|link|endpoint|hostname|tunnel|at|is|to|from)"
_BEFORE = re.compile(rf"[(\[{{<\"'`|*>│┃→]*(?:[\"']?{_KEY}[\"']?[=:][\"']?)?", re.IGNORECASE)
"""All that may stand between the blank before a URL and the URL."""
_STAMP = re.compile(
    r"^[\s|\[]*(?:t=)?(?:\d{4}[-/]\d\d[-/]\d\d)?[T ]?(?:\d\d:\d\d:\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?\]?(?=\s|$)"
)
_ANNOUNCING = frozenset(
    (
        *("inf", "info", "lvl", "msg", "your", "the", "a", "quick", "new", "public", "web", "tunnel", "url", "address"),
        *("link", "is", "now", "at", "on", "it", "has", "been", "created", "visit", "available", "started", "online"),
        *("forwarding", "http", "https", "traffic", "from", "to", "tunneled", "with", "tls", "termination"),
    )
)
"""The only words that may stand on a line that announces an address, once the client has announced one."""


class Found(NamedTuple):
    """A URL, and how sure it is to be the wanted one.

    4 is a tunnel service's name on a line that only announces it, 3 such a name on any other line, 2 a bare https
    origin, 1 loopback.
    """

    sureness: int
    url: str

    @property
    def sure(self) -> bool:
        """Whether its name is one of a tunnel service."""
        return self.sureness >= SURE


def plain(line: str) -> str:
    """Give a line without colours and without what a carriage return wrote over."""
    return _COLOURS.sub("", line).rstrip("\r\n").rpartition("\r")[2]


def urls_in(line: str, port: int) -> list[Found]:
    """Give the plausible public URLs of one line, as origins. ``port`` is ours: the way to it is not the way in."""
    text = plain(line)
    if _FROM_OUTSIDE.search(_COLOURS.sub("", line)) or _TROUBLE.search(_URL.sub(" ", text)):
        return []
    found = (_rated(_trimmed(match), port) for match in _URL.finditer(text) if _begins_freely(text, match.start()))
    return [one for one in found if one is not None]


def announced(line: str, port: int) -> str | None:
    """Give the address that a line announces and does nothing else, of a tunnel service that is known; else None.

    It must stand there bare and alone: beside it a time, decorations and the few words of such a line are allowed.
    """
    text = _COLOURS.sub("", line).strip()
    matches = list(_URL.finditer(text))
    found = urls_in(text, port)
    if len(matches) != 1 or len(found) != 1 or not found[0].sure or any(char in text for char in "\r\v\f\x00"):
        return None
    url = found[0].url
    # localhost.run says the name once more in front of its URL.
    rest = _STAMP.sub("", text.replace(_trimmed(matches[0]), " ", 1).replace(url.partition("//")[2], " "))
    words = re.findall(r"\w+", rest)
    if "/" in rest or "?" in rest or any(word.lower() not in _ANNOUNCING for word in words):
        return None
    return url


def best_in(line: str, port: int) -> Found | None:
    """Give the surest URL of one line."""
    if (url := announced(line, port)) is not None:
        return Found(ANNOUNCED, url)
    return best(urls_in(line, port))


def same_family(one: str, other: str) -> bool:
    """Say whether two URLs are of the same tunnel service; an unknown service has no family."""
    hosts = (urlsplit(one).hostname or "", urlsplit(other).hostname or "")
    return any(all(host.endswith(end) for host in hosts) for end in TUNNEL_HOSTS)


def best(found: Iterable[Found]) -> Found | None:
    """Give the surest of them, of several the first."""
    return max(found, key=lambda one: one.sureness, default=None)


def _trimmed(match: re.Match[str]) -> str:
    return match.group(0).rstrip(".,;:!?]*")


def _begins_freely(text: str, start: int) -> bool:
    """Say whether a URL stands for itself: not within a path, a query, another URL or some field of a request."""
    before = text[:start].rsplit(maxsplit=1)[-1] if start and not text[start - 1].isspace() else ""
    if any(char in before for char in "/?&%#\\"):
        return False
    # Of JSON without blanks only the last key counts.
    return _BEFORE.fullmatch(re.split(r"[,;{]", before)[-1]) is not None


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
        return Found(LOCAL, origin) if local else None
    if parts.scheme.lower() != "https" or not _HOST.fullmatch(host) or _is_page(host):
        return None
    if not bare:
        return None
    return Found(SURE if host.endswith(TUNNEL_HOSTS) else LIKELY, origin)


def _is_page(host: str) -> bool:
    if host.partition(".")[0] in _PAGES:
        return True
    return any(host == vendor or host.endswith(f".{vendor}") for vendor in _VENDORS) and not host.endswith(TUNNEL_HOSTS)
