"""Who is spoken to and who speaks: the Host header and the source address."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
UNKNOWN = "unknown"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{0,5}))?")
"""A name and its port; the port may be left empty behind its colon (RFC 3986, 3.2.3)."""
_WITH_PORT = re.compile(r"(?:\[([^\[\]]*)\](?::[0-9]{0,5})?|([0-9.]+):[0-9]{1,5})")


def nobody() -> str | None:
    """Name no tunnel."""
    return None


class HostRule:
    """Which names a port answers to: loopback always, then the allowed ones and the tunnel's present name."""

    def __init__(self, allowed: Sequence[str] = (), public_host: Callable[[], str | None] = nobody) -> None:
        self._allowed = LOOPBACK_NAMES | {name.strip().lower() for name in allowed}
        self._public_host = public_host

    def through_tunnel(self, host: bytes, forwarded_host: bytes | None, peer: str) -> bool:
        """Say whether a request that somebody forwarded came in by the present public name.

        The tunnel's own end on this machine hands it over: it comes from loopback, names whom it forwards for, and the
        public name stands in Host, or in X-Forwarded-Host where a proxy of one's own puts another into Host. Any
        program on this machine can write the same, so this decides about limits and about what is shown, no more.
        """
        public = self._public_host()
        if public is None or not is_loopback(peer):
            return False
        # Each proxy on the way may have added a name of its own.
        names = (host, *(forwarded_host or b"").split(b","))
        return any(_names(public, name.decode("latin-1").lower().strip(), ports=("", "443")) for name in names)

    def admits(self, header: bytes) -> bool:
        """Say whether the value of a Host header names this program, with any port or the one that was allowed."""
        host = header.decode("latin-1").lower()
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        if match[1] in self._allowed or host in self._allowed:
            return True
        public = self._public_host()
        return public is not None and _names(public, host)


def _names(public: str, host: str, ports: Sequence[str] | None = None) -> bool:
    """Say whether a host names the public one, with any port or one of these; a port of the public one's must fit."""
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    # With the dot of the root or without, a whole name is the same.
    name, port = match[1].removesuffix("."), match[2] or ""
    wanted = public.lower()
    return wanted == f"{name}:{port}" or (wanted == name and (ports is None or port in ports))


def source_of(peer: str, forwarded: bytes | None, *, tunnelled: bool) -> str:
    """Give the address a request came from: the peer, or what the tunnel's edge wrote last into X-Forwarded-For.

    ``tunnelled`` says whether it came through the tunnel. Anyone on loopback can write that header too, so the result
    is for limits and for showing, never for trust.
    """
    if forwarded is None or not tunnelled or not is_loopback(peer):
        return peer or UNKNOWN
    last = forwarded.rpartition(b",")[2].strip().decode("latin-1")
    # Azure writes a port behind it, and then brackets around an address with colons.
    match = _WITH_PORT.fullmatch(last)
    try:
        return str(ipaddress.ip_address(match[1] or match[2] if match else last))
    except ValueError:
        return UNKNOWN


def is_loopback(peer: str) -> bool:
    """Say whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
