"""Likely slips in a typed address, and where they lie. Only ever a suggestion: a person decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from booking_tui.domain.mail.addresses import address_key, check_address
from booking_tui.domain.mail.providers import COMMON, COUNTRIES, KNOWN, NO_SUCH_ENDING

__all__ = ["check_address", "suggest", "where"]

_SHORT = 4
"""Letters of a name up to which one slip must explain all, since many other short names exist."""
_TINY = 2
_LONG = 7
"""Letters of a name from which its first one may be wrong as well when there are two slips."""
_TRUSTED = 2
"""Other clients with the same domain: that many do not share a slip."""
_LONGEST = 80
"""Characters of a domain that is compared at all."""
_ROWS = ("qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "1234567890")


def suggest(address: str, known_domains: Mapping[str, int] | None = None) -> str | None:
    """Give the address that was probably meant; None when nothing looks wrong.

    ``known_domains`` are those of other clients, with how many have them: they may be meant too.
    """
    local, at, domain = _tidied(address).rpartition("@")
    if not at or "@" in local or not domain or len(domain) > _LONGEST:
        return None
    try:
        meant = check_address(f"{local}@{_meant(domain, known_domains or {})}")
    except ValueError:
        return None
    return meant if address_key(meant) != address.casefold() else None


def where(address: str, suggestion: str) -> tuple[int, int]:
    """Give the part of an address, from and to, that a suggestion changes: whole words between dots and the @."""
    pairs = list(zip(address, suggestion, strict=False))
    same = next((n for n, (a, b) in enumerate(pairs) if a.lower() != b.lower()), len(pairs))
    room = len(pairs) - same
    ends = list(zip(reversed(address), reversed(suggestion), strict=False))[:room]
    tail = next((n for n, (a, b) in enumerate(ends) if a.lower() != b.lower()), len(ends))
    start, end = same, len(address) - tail
    if len(address) == len(suggestion) == start:
        return 0, 0
    while start > 0 and address[start - 1] not in "@.":
        start -= 1
    while end < len(address) and address[end] not in "@.":
        end += 1
    return (start - 1 if 0 < start == end else start), end


def _tidied(address: str) -> str:
    """Drop what cannot belong to an address, and what a slip of the finger puts at its ends."""
    text = "".join(address.split()).removeprefix("mailto:").strip("<>()[]\"'.,;:")
    local, at, domain = text.rpartition("@")
    return f"{_without_extra_dots(local)}{at}{_without_extra_dots(domain.lower().replace(',', '.'))}"


def _without_extra_dots(text: str) -> str:
    return ".".join(part for part in text.split(".") if part)


def _meant(domain: str, clients: Mapping[str, int]) -> str:
    """Give the domain that was probably meant: itself when it is well known, or unlike all that are."""
    if _stands(domain, clients):
        return domain
    name, dot, ending = domain.rpartition(".")
    if ending in NO_SUCH_ENDING:
        domain = f"{name}{dot}{NO_SUCH_ENDING[ending]}"
        if _stands(domain, clients):
            return domain
    provider = _provider(domain)
    if provider is not None or domain in clients:
        return provider or domain
    client = _nearest(domain, sorted(clients, key=lambda known: (-clients[known], known)))
    if client is None:
        return domain
    # One client's domain may hold a slip itself.
    return client if _stands(client, clients) else _provider(client) or client


def _stands(domain: str, clients: Mapping[str, int]) -> bool:
    return domain in KNOWN or clients.get(domain, 0) >= _TRUSTED


def _provider(domain: str) -> str | None:
    bare = domain.removeprefix("www.")
    if bare in COMMON:
        return bare
    if "." not in bare:
        return next((known for known in COMMON if known.partition(".")[0] == bare), _nearest(bare, COMMON))
    return _nearest(bare, COMMON)


def _nearest(domain: str, candidates: Iterable[str]) -> str | None:
    """Give the candidate with the fewest slips between, within what its length allows; the first of equals."""
    best: tuple[int, str] | None = None
    for known in candidates:
        most = 2 if best is None else best[0] - 1
        if known != domain and abs(len(known) - len(domain)) <= most:
            slips = _slips(domain, known)
            if slips <= most and _plausible(domain, known, slips):
                best = (slips, known)
    return None if best is None else best[1]


def _plausible(typed: str, known: str, slips: int) -> bool:
    """Say whether so many slips are a likely accident for this name rather than another name."""
    typed_name, _, typed_ending = typed.partition(".")
    name, _, _ = known.partition(".")
    if typed_name == name:
        return typed_ending.removeprefix("co.").removeprefix("com.") not in COUNTRIES
    if len(name) <= _TINY:
        return False
    if len(name) <= _SHORT:
        return slips == 1 and _by_finger(typed, known)
    return slips == 1 or len(name) >= _LONG or typed[0] == known[0]


def _by_finger(typed: str, known: str) -> bool:
    """Say whether one slip is one of the fingers: left out, doubled, swapped, or the key beside it."""
    if len(typed) != len(known):
        return len(typed) < len(known) or any(a == b for a, b in pairwise(typed))
    differing = [(a, b) for a, b in zip(typed, known, strict=True) if a != b]
    return len(differing) > 1 or any(a + b in row or b + a in row for a, b in differing for row in _ROWS)


def _slips(typed: str, known: str) -> int:
    """Count the slips between two words: letters left out, put in, taken for another, or swapped with the next."""
    before_last: list[int] = []
    last = list(range(len(known) + 1))
    for i, letter in enumerate(typed, 1):
        row = [i]
        for j, other in enumerate(known, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == known[j - 2] and typed[i - 2] == other:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before_last, last = last, row
    return last[-1]
