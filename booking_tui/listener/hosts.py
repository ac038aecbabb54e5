"""Who is spoken to and who speaks: the Host header and the source address."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
UNKNOWN = "unknown"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?")


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
        wanted = public.lower()
        names = (name.decode("latin-1").lower().strip() for name in (host, forwarded_host or b""))
        return any(wanted in (name, name.removesuffix(":443")) for name in names)

    def admits(self, header: bytes) -> bool:
        """Say whether the value of a Host header names this program, with any port or the one that was allowed."""
        host = header.decode("latin-1").lower()
        if host in self._allowed:
            return True
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        if match[1] in self._allowed:
            return True
        public = self._public_host()
        if public is None:
            return False
        # With a port in it, the public name is meant with that port.
        return public.lower() in (host, match[1])


def source_of(peer: str, forwarded: bytes | None, *, tunnelled: bool) -> str:
    """Give the address a request came from: the peer, or what the tunnel's edge wrote last into X-Forwarded-For.

    ``tunnelled`` says whether it came through the tunnel. Anyone on loopback can write that header too, so the result
    is for limits and for showing, never for trust.
    """
    if forwarded is None or not tunnelled or not is_loopback(peer):
        return peer or UNKNOWN
    last = forwarded.rpartition(b",")[2].strip().decode("latin-1")
    try:
        return str(ipaddress.ip_address(last))
    except ValueError:
        return UNKNOWN


def is_loopback(peer: str) -> bool:
    """Say whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
