"""Addresses of people: which can be written to, which are the same, and what a person may type as one."""

from __future__ import annotations

MAX_LENGTH = 254
"""Of a whole address, and 64 of it before the @ (RFC 5321)."""
_MAX_LOCAL = 64
_MAX_LABEL = 63
_NOBODY = (".invalid", "@sms.cal.com")
"""Ends addresses that stand for no mailbox: Cal.com makes up the second for guests who gave only a phone number."""


def address_key(address: str) -> str:
    """Give the form in which addresses are compared."""
    return address.strip().casefold()


def stands_for_nobody(address: str) -> bool:
    """Say whether an address was made up for somebody who has none: nothing is missing there."""
    return address_key(address).endswith(_NOBODY)


def usable(address: str) -> bool:
    """Say whether an email can be sent to what stands as someone's address."""
    try:
        checked = check_address(address)
    except ValueError:
        return False
    return not stands_for_nobody(checked)


def check_address(text: str) -> str:
    """Give the one address that a person typed, tidied up: stripped, the domain in lower case, its letters kept.

    Raises ValueError with a sentence for the person when it is none, several, or comes with a name.
    """
    address = text.strip()
    if not address:
        raise ValueError("Type an address.")
    if any(not char.isprintable() or char.isspace() for char in address):
        raise ValueError("An address has no blanks and no hidden characters.")
    if any(char in address for char in ",;"):
        raise ValueError("Only one address can stand here.")
    if any(char in address for char in '<>()[]"\\:'):
        raise ValueError("Type the address alone, without a name and without brackets.")
    local, at, domain = address.partition("@")
    if not at:
        raise ValueError("An address has an @ between the name and the domain.")
    if "@" in domain:
        raise ValueError(f"An address has one @, and this one has {address.count('@')}.")
    _check_local(local)
    return f"{local}@{_checked_domain(domain, room=MAX_LENGTH - len(local) - 1)}"


def _check_local(local: str) -> None:
    if not local:
        raise ValueError("The name before the @ is missing.")
    if len(local.encode(errors="replace")) > _MAX_LOCAL:
        raise ValueError(f"The name before the @ is longer than {_MAX_LOCAL} characters.")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise ValueError("The name before the @ has a dot too many.")


def _checked_domain(domain: str, room: int) -> str:
    if not domain:
        raise ValueError("The domain after the @ is missing.")
    if len(domain) > room:
        raise ValueError(f"An address has at most {MAX_LENGTH} characters.")
    labels = domain.lower().split(".")
    if not all(labels):
        raise ValueError("The domain after the @ has a dot too many.")
    if len(labels) == 1:
        raise ValueError("The domain after the @ has no dot, such as the one in example.com.")
    if not all(_is_label(label) for label in labels) or labels[-1].isdigit():
        raise ValueError("The domain after the @ holds characters that no domain has.")
    return ".".join(labels)


def _is_label(label: str) -> bool:
    # Letters of every script: how a domain with umlauts is written on the wire is the provider's business. Marks
    # (category M) belong to letters in many scripts, and isalnum() does not know them.
    inner = all(char.isalnum() or char == "-" or not char.isascii() for char in label)
    return inner and len(label) <= _MAX_LABEL and not label.startswith("-") and not label.endswith("-")
