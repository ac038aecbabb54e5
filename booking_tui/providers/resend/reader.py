"""Resend's webhook bodies, read into what they say of emails and of addresses.

The wrapper is ``{type, created_at, data}``; every field but the type counts as optional, because Resend's pages, its
OpenAPI file and its SDK disagree about most of them (bounce.diagnosticCode is a list or a text, tags are an object or a
list of pairs, ``to`` is a list or a text).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from booking_tui.domain.instants import cut
from booking_tui.domain.mail.answer import RemoteEmail
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.providers.calcom.fields import Fields, clean, object_of, objects_of, text_of
from booking_tui.providers.calcom.strict_json import Json, UnreadableError, read

EMAIL_TAG = "booking_tui_email"
"""The name of the tag by which our emails are known: its value is our own id."""

_EMAIL = "email."
_OF_EMAILS = frozenset(
    {
        *("email.sent", "email.scheduled", "email.delivered", "email.delivery_delayed", "email.complained"),
        *("email.bounced", "email.opened", "email.clicked", "email.failed", "email.suppressed"),
        *("email.queued", "email.canceled"),
    }
)
_CAUSES = {"email.bounced": "bounce", "email.failed": "failed", "email.suppressed": "suppressed"}
"""Where in the data an event tells its cause; the others tell none."""
_OF_DOMAINS = frozenset({"domain.updated"})
_OF_ADDRESSES = frozenset({"suppression.added", "suppression.removed"})
_RECIPIENTS_LIMIT = 100
"""Twice of what one email may have (POST /emails: at most 50)."""
_ADDRESS_LIMIT = 320
_DETAIL_LIMIT = 2_000
_LEADING_TYPE = re.compile(rb'\s*\{\s*"type"\s*:\s*"([a-z_.]{1,100})"\s*[,}]')
_SMALL = 65_536


def read_events(body: bytes) -> tuple[MailEvent, ...]:
    """Read one webhook: an event for each recipient it names, one for an address or a domain, none for all else.

    Raises ValueError with why it cannot be read, in words.
    """
    document = read(body)
    if not isinstance(document, dict):
        raise UnreadableError("the body is JSON but not an object, so it names no event")
    kind = text_of(document, "type", 100)
    if kind is None:
        raise UnreadableError("the body names no type of event: another program than Resend sent it")
    data = object_of(document, "data")
    if kind in _OF_EMAILS:
        return tuple(_of_email(kind, _time_of(document, data), data))
    if kind in _OF_ADDRESSES:
        return (_of_address(kind, _time_of(document, data), data),)
    if kind in _OF_DOMAINS:
        return (MailEvent(kind=kind, at=_time_of(document, data), detail=text_of(data, "status", 100)),)
    return ()


def trigger_of(body: bytes) -> str | None:
    """Give the event's name for a label, cheaply; None when it cannot be told. Never raises."""
    leading = _LEADING_TYPE.match(body)
    if leading is not None:
        return leading[1].decode("ascii")
    if len(body) > _SMALL:
        return None
    try:
        document = read(body)
    except UnreadableError:
        return None
    return text_of(document, "type", 100) if isinstance(document, dict) else None


def remote_event(remote: RemoteEmail, at: datetime) -> MailEvent:
    """Say what reading an email told, as if an event had told it."""
    recipient = remote.to[0] if len(remote.to) == 1 else None
    return MailEvent(f"{_EMAIL}{remote.last_event}", at, remote.id, recipient=recipient, source="read")


def instant(value: Json) -> datetime | None:
    """Read a time in either form of Resend's; None for anything else.

    Webhooks write ``2026-11-22T23:41:12.126Z``, the API ``2026-11-22 23:41:11.894000+00``. Without an offset it is UTC.
    """
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return cut(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def addresses_of(fields: Fields, key: str) -> list[str]:
    """Give the bare addresses of a field that is a list or a text, each once."""
    value = fields.get(key)
    listed = value if isinstance(value, list) else [value]
    found = (_address(item) for item in listed[:_RECIPIENTS_LIMIT] if isinstance(item, str))
    return list(dict.fromkeys(address for address in found if address))


def _address(text: str) -> str:
    """Take ``Name <address>`` apart."""
    bare = text.strip()
    if bare.endswith(">") and "<" in bare:
        bare = bare[bare.rindex("<") + 1 : -1]
    return clean(bare, _ADDRESS_LIMIT)


def _time_of(document: Fields, data: Fields) -> datetime:
    """Give when it happened; else when the email or the entry was made, which orders as well as anything."""
    at = instant(document.get("created_at")) or instant(data.get("created_at"))
    if at is None:
        raise UnreadableError("the event has no time that can be read")
    return at


def _of_email(kind: str, at: datetime, data: Fields) -> Iterator[MailEvent]:
    bounce = object_of(data, "bounce")
    for recipient in addresses_of(data, "to") or [None]:
        yield MailEvent(
            kind=kind,
            at=at,
            provider_id=text_of(data, "email_id"),
            email_tag=_tag_of(data),
            recipient=recipient,
            bounce_type=text_of(bounce, "type", 100),
            bounce_subtype=text_of(bounce, "subType", 100),
            detail=_detail_of(kind, data),
        )


def _of_address(kind: str, at: datetime, data: Fields) -> MailEvent:
    recipient = next(iter(addresses_of(data, "email")), None)
    if recipient is None:
        raise UnreadableError("the event names no address")
    return MailEvent(kind=kind, at=at, recipient=recipient, origin=text_of(data, "origin", 100))


def _tag_of(data: Fields) -> str | None:
    """Give our own id: tags come as an object (Resend's pages) or as a list of pairs (as they are sent)."""
    tags = data.get("tags")
    if isinstance(tags, dict):
        return text_of(tags, EMAIL_TAG)
    return next((text_of(pair, "value") for pair in objects_of(data, "tags") if pair.get("name") == EMAIL_TAG), None)


def _detail_of(kind: str, data: Fields) -> str | None:
    """Give what the provider or the receiving server says of the cause: their sentence, then the server's codes."""
    told = object_of(data, _CAUSES.get(kind, ""))
    sentence = text_of(told, "message", _DETAIL_LIMIT) or text_of(told, "reason") or text_of(told, "type")
    said = [*([sentence] if sentence else []), *_diagnosis(told)]
    return clean(" ".join(dict.fromkeys(said)), _DETAIL_LIMIT) or None


def _diagnosis(told: Fields) -> Iterator[str]:
    codes = told.get("diagnosticCode")
    for code in codes[:10] if isinstance(codes, list) else [codes]:
        if isinstance(code, str) and code.strip():
            yield clean(code, _DETAIL_LIMIT)
