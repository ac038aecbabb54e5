"""Text made ready for keeping and for searching."""

from __future__ import annotations

import unicodedata


def storable(text: str) -> str:
    """Replace lone surrogates, which JSON can carry and UTF-8 cannot, by question marks."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def fold_address(address: str) -> str:
    """Give the form in which addresses are compared, ready for keeping."""
    return storable(address.strip().casefold())


def fold_name(name: str) -> str:
    """Give the form in which people's names are compared: case, accents and wide gaps make no other person."""
    return " ".join(fold(name).split())


def fold(text: str) -> str:
    """Take case and accents away, so that ``muller`` finds ``Müller``."""
    # Full-text queries end at a NUL.
    text = text.replace("\0", " ")
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", storable(text).casefold())
    return "".join(char for char in apart if not unicodedata.combining(char)).casefold()
