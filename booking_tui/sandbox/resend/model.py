"""What is sent: drafts as they are asked for, emails as they are kept, messages as they arrive."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from booking_tui.sandbox.resend.wire import Json, JsonObject, in_events, in_rows

LastEvent = Literal[
    "queued",
    "scheduled",
    "sent",
    "delivered",
    "delivery_delayed",
    "bounced",
    "complained",
    "suppressed",
    "failed",
    "canceled",
]

_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\".]+")
_NAMED = re.compile(r"([^<>\r\n]*)<([^<>]*)>\s*")


def address_of(text: str) -> str | None:
    """Give the bare address of `a@b.example` or `Name <a@b.example>` in lower case; None for anything else."""
    named = _NAMED.fullmatch(text)
    bare = (named[2] if named else text).strip()
    return bare.lower() if _ADDRESS.fullmatch(bare) and bare.isprintable() else None


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file; `content` is None when it would be fetched from `path`."""

    filename: str
    content: bytes | None
    content_type: str
    content_id: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A valid request to send; addresses as they were written."""

    from_: str
    to: tuple[str, ...]
    subject: str
    html: str | None = None
    text: str | None = None
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    attachments: tuple[Attachment, ...] = ()
    scheduled_at: datetime | None = None

    def recipients(self) -> tuple[str, ...]:
        """Give every bare address once, in order."""
        bare = (address_of(text) or text for text in (*self.to, *self.cc, *self.bcc))
        return tuple(dict.fromkeys(bare))

    def weight(self) -> int:
        """Say about how many bytes it holds."""
        files = sum(len(file.content or b"") for file in self.attachments)
        return files + len(self.html or "") + len(self.text or "") + len(self.subject) + 1_000


@dataclass(slots=True)
class Email:
    """One email of the account; `history` is every event with its time and its recipients."""

    id: str
    message_id: str
    draft: Draft
    created_at: datetime
    api_key: str
    idempotency_key: str | None
    last_event: LastEvent
    scheduled_at: datetime | None = None
    history: list[tuple[datetime, LastEvent, tuple[str, ...]]] = field(
        default_factory=list[tuple[datetime, LastEvent, tuple[str, ...]]]
    )


@dataclass(frozen=True, slots=True)
class Message:
    """An email as it lies in the mailbox: it was delivered to `delivered_to`, `sent_at` is when that was."""

    id: str
    to: tuple[str, ...]
    from_: str
    subject: str
    html: str | None
    text: str | None
    attachments: tuple[Attachment, ...]
    tags: Mapping[str, str]
    headers: Mapping[str, str]
    idempotency_key: str | None
    sent_at: datetime
    delivered_to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()

    def shape(self) -> JsonObject:
        """Describe it, for the control path; attachments in base64."""
        return {
            "id": self.id,
            "from": self.from_,
            "to": list[Json](self.to),
            "cc": list[Json](self.cc),
            "bcc": list[Json](self.bcc),
            "reply_to": list[Json](self.reply_to),
            "delivered_to": list[Json](self.delivered_to),
            "subject": self.subject,
            "html": self.html,
            "text": self.text,
            "tags": {**self.tags},
            "headers": {**self.headers},
            "idempotency_key": self.idempotency_key,
            "sent_at": in_events(self.sent_at),
            "attachments": [_file_shape(file) for file in self.attachments],
        }


def _file_shape(file: Attachment) -> JsonObject:
    content = None if file.content is None else base64.b64encode(file.content).decode()
    return {"filename": file.filename, "content_type": file.content_type, "content": content, "path": file.path}


def listed(email: Email) -> JsonObject:
    """Describe an email as lists do: without its content."""
    draft = email.draft
    return {
        "id": email.id,
        "message_id": email.message_id,
        "to": list[Json](draft.to),
        "from": draft.from_,
        "created_at": in_rows(email.created_at),
        "subject": draft.subject,
        "bcc": list[Json](draft.bcc),
        "cc": list[Json](draft.cc),
        "reply_to": list[Json](draft.reply_to),
        "last_event": email.last_event,
        "scheduled_at": in_rows(email.scheduled_at) if email.scheduled_at else None,
    }


def shape(email: Email) -> JsonObject:
    """Describe one email as `GET /emails/{id}` does."""
    return {"object": "email", **listed(email), "html": email.draft.html, "text": email.draft.text}


def event_data(email: Email, recipients: tuple[str, ...]) -> JsonObject:
    """Give the `data` of an event: `to` are the recipients it is about, `tags` an object of names and values."""
    draft = email.draft
    data: JsonObject = {
        "created_at": in_events(email.created_at),
        "email_id": email.id,
        "message_id": email.message_id,
        "from": draft.from_,
        "to": list[Json](recipients),
        "subject": draft.subject,
    }
    if draft.tags:
        data["tags"] = {**draft.tags}
    if draft.headers:
        data["headers"] = [{"name": name, "value": value} for name, value in draft.headers.items()]
    return data
