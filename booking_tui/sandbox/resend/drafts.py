"""Reads a request to send, by the rules of `POST /emails`.

`from`, `to` and `subject` are required, and one of `html` and `text`; at most 50 `to`; tags have ASCII letters, digits,
`_` and `-`, 256 at most; attachments hold base64 or a list of bytes (or a URL), 40 MB in all after encoding, and some
kinds of file are refused; `scheduled_at` is at most 30 days ahead. Not simulated: templates, topics, times in words.
"""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import PurePosixPath

from booking_tui.sandbox.resend.model import Attachment, Draft, address_of
from booking_tui.sandbox.resend.wire import ApiError, Json, JsonObject, invalid, missing

TO_MAX = 50
AHEAD = timedelta(days=30)
ATTACHMENTS_MAX = 40_000_000
FORBIDDEN = frozenset({
    ".app", ".bat", ".cmd", ".com", ".cpl", ".dll", ".exe", ".hta", ".jar", ".js", ".jse", ".lnk", ".msi", ".msp",
    ".pif", ".ps1", ".reg", ".scr", ".sys", ".url", ".vb", ".vbe", ".vbs", ".wsf",
})  # fmt: skip

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER = re.compile(r"[!-9;-~]+")


def read_draft(body: Json, now: datetime, *, batch: bool = False) -> Draft:
    """Read one request; an item of a batch silently loses its attachments. Raises `ApiError`."""
    if not isinstance(body, dict):
        raise ApiError(400, "validation_error", "The request body must be an object.")
    for name in ("from", "to", "subject"):
        if body.get(name) in (None, "", []):
            raise missing(name)
    html, text = _text(body, "html"), _text(body, "text")
    if html is None and text is None:
        raise ApiError(422, "missing_required_field", "Missing `html` or `text` field.")
    return Draft(
        from_=_sender(body),
        to=_addresses(body, "to", TO_MAX),
        subject=_required_text(body, "subject"),
        html=html,
        text=_plain(html) if text is None and html is not None else text or None,
        cc=_addresses(body, "cc"),
        bcc=_addresses(body, "bcc"),
        reply_to=_addresses(body, "reply_to"),
        headers=_headers(body),
        tags=_tags(body),
        attachments=() if batch else _attachments(body),
        scheduled_at=read_schedule(body, now) if body.get("scheduled_at") is not None else None,
    )


def read_schedule(body: JsonObject, now: datetime) -> datetime:
    """Read `scheduled_at`: ISO 8601 with an offset, not in the past, at most 30 days ahead. Raises `ApiError` 422."""
    value = body.get("scheduled_at")
    if value is None:
        raise missing("scheduled_at")
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise invalid("Invalid `scheduled_at` field. It must be a date in ISO 8601 format.") from None
    if at.tzinfo is None:
        # The service guesses a zone here; a caller that lets it guess is wrong half of the year.
        raise invalid("Invalid `scheduled_at` field. It must have an offset from UTC.")
    if not now <= at <= now + AHEAD:
        raise invalid("Invalid `scheduled_at` field. It must be in the future, at most 30 days ahead.")
    return at


def _text(body: JsonObject, name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid(f"The `{name}` field must be a `string`.")
    return value


def _required_text(body: JsonObject, name: str) -> str:
    value = _text(body, name)
    if value is None:
        raise missing(name)
    return value


def _sender(body: JsonObject) -> str:
    sender = _required_text(body, "from")
    if address_of(sender) is None:
        raise _bad_address("from")
    return sender


def _addresses(body: JsonObject, name: str, most: int | None = None) -> tuple[str, ...]:
    value = body.get(name)
    if value is None:
        return ()
    found: list[str] = []
    for text in value if isinstance(value, list) else [value]:
        if not isinstance(text, str) or address_of(text) is None:
            raise _bad_address(name)
        found.append(text)
    if most is not None and len(found) > most:
        raise invalid(f"The `{name}` field must have at most {most} items.")
    return tuple(found)


def _bad_address(name: str) -> ApiError:
    form = "`email@example.com` or `Name <email@example.com>`"
    return invalid(f"Invalid `{name}` field. The email address needs to follow the {form} format.")


def _headers(body: JsonObject) -> dict[str, str]:
    value = body.get("headers")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid("The `headers` field must be an `object`.")
    found: dict[str, str] = {}
    for name, text in value.items():
        if not isinstance(text, str) or not _HEADER.fullmatch(name) or "\r" in text or "\n" in text:
            raise invalid("The `headers` field must have names and values that are header fields.")
        found[name] = text
    return found


def _tags(body: JsonObject) -> dict[str, str]:
    value = body.get("tags")
    if value is None:
        return {}
    if not isinstance(value, list):
        raise invalid("The `tags` field must be an `array`.")
    found: dict[str, str] = {}
    for tag in value:
        name, text = (tag.get("name"), tag.get("value")) if isinstance(tag, dict) else (None, None)
        if not (isinstance(name, str) and isinstance(text, str) and _TAG.fullmatch(name) and _TAG.fullmatch(text)):
            raise invalid("Tags should only contain ASCII letters, numbers, underscores, or dashes.")
        found[name] = text
    return found


def _attachments(body: JsonObject) -> tuple[Attachment, ...]:
    value = body.get("attachments")
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _bad_file("The `attachments` field must be an `array`.")
    files = tuple(_attachment(item) for item in value)
    if sum(len(file.content or b"") * 4 // 3 for file in files) > ATTACHMENTS_MAX:
        raise _bad_file("The attachments must not exceed 40 MB after encoding.")
    return files


def _attachment(item: Json) -> Attachment:
    if not isinstance(item, dict):
        raise _bad_file("An attachment must be an `object`.")
    content, path, name = item.get("content"), _text(item, "path"), _text(item, "filename")
    if content is None and path is None:
        raise _bad_file("Attachment must have either a `content` or `path`.")
    if not name:
        raise _bad_file("Attachment must have a `filename`.")
    if PurePosixPath(name).suffix.lower() in FORBIDDEN:
        raise _bad_file(f"Attachments of type {PurePosixPath(name).suffix} are not allowed.")
    kind = _text(item, "content_type") or mimetypes.guess_type(name)[0] or "application/octet-stream"
    raw = None if content is None else _content(content)
    return Attachment(name, raw, kind, _text(item, "content_id"), path)


def _content(content: Json) -> bytes:
    try:
        if isinstance(content, str):
            return base64.b64decode(content, validate=True)
        if isinstance(content, list):
            return bytes(number for number in content if isinstance(number, int))
    except (binascii.Error, ValueError):
        pass
    raise _bad_file("Attachment `content` must be base64 or an array of bytes.")


def _bad_file(message: str) -> ApiError:
    return ApiError(422, "invalid_attachment", message)


class _Text(HTMLParser):
    """Collects what a reader without HTML sees."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in {"style", "script", "head"}
        if tag in {"br", "p", "div", "tr", "h1", "h2", "h3", "li"}:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script", "head"} and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _plain(html: str) -> str:
    """Make the text part that is missing from the HTML part."""
    reader = _Text()
    reader.feed(html)
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line)
