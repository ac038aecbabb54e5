"""Blots out what may be a secret in a text that somebody else wrote: a client's words, or a command line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

BLOT: Final = "•••"
_QUOTED = re.compile(r"""(?ix) (auth_?token ["']? \s* [:=] \s* ["']?) (?!https?:) [^\s"'\\]+""")
_USER_IN_URL = re.compile(r"(://)[^\s/@]+@")
_NAMED = re.compile(
    r"""(?ix)
    ( (?: token | passw(?:or)?d | passphrase | pwd | secret | key | credentials? | authorization ) ["']? \s* [:=] \s*
    | \b (?: bearer | basic ) \s+
    | (?<! [\w-]) --? [\w-]* (?: token | password | secret | key ) \s+ )
    (?! https?:) (?: (?: bearer | basic ) \s+ )? (?: "[^"]*"? | '[^']*'? | [^\s"',;&]+ )
    """
)
"""What stands behind the name of a secret."""
_RANDOM = re.compile(
    # Neither a part of a path or of a host's name, nor a long word: letters and digits, or mixed case.
    r"(?<![\w./+-])(?:eyJ[\w-]+\.[\w.-]+"
    r"|(?=[\w+-]*[0-9])(?=[\w+-]*[A-Za-z])[\w+-]{20,}+=*(?!\w|\.\w|/)"
    r"|(?=[\w+-]*[a-z])(?=[\w+-]*[A-Z])[\w+-]{28,}+=*(?!\w|\.\w|/))"
)
_LOOKS_LIKE_TOKEN = re.compile(r"\b(?:cr_|ak_)?[0-9A-Za-z]{20,}_[0-9A-Za-z]{12,}\b|\b(?:cr|ak)_[0-9A-Za-z]{16,}\b")


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Blot out the known secrets and whatever looks like a token that an agent quotes."""
    for secret in sorted({secret for secret in known if len(secret) >= 4}, key=len, reverse=True):
        text = text.replace(secret, BLOT)
    return _LOOKS_LIKE_TOKEN.sub(BLOT, _QUOTED.sub(rf"\1{BLOT}", text))


def redact_any(text: str) -> str:
    """Blot out whatever may be a secret in the words of a program that we know nothing of; rather too much of it."""
    text = _NAMED.sub(rf"\1{BLOT}", _USER_IN_URL.sub(rf"\1{BLOT}@", redact(text)))
    return _RANDOM.sub(BLOT, text)
