"""The exact bytes that are handed over: an email's request is rendered once, and every try sends the same."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime

from booking_tui.domain.instants import to_second_text
from booking_tui.ports.mail import MailParts
from booking_tui.services.mail.words_in_mail import SUBJECT_LIMIT, fits_a_header, name_of_a_person, one_line

ID_TAG = "booking_tui_email"
KIND_TAG = "kind"
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ADDRESS_LIMIT = 320


def mailbox(name: str, address: str) -> str:
    """Give ``Name <address>``, quoted where it must be. Raises ValueError for another header or a list."""
    from email.errors import MessageError
    from email.headerregistry import Address

    if not fits_a_header(name) or not address.isprintable():
        raise ValueError("a control character does not belong in a name or an address")
    wrong = f"not one email address: {address[:80]!r}"
    if len(address) > _ADDRESS_LIMIT or any(char.isspace() for char in address):
        raise ValueError(wrong)
    try:
        parsed = Address(display_name=name, addr_spec=address)
    except (ValueError, LookupError, AttributeError, MessageError) as error:
        raise ValueError(wrong) from error
    if not parsed.username or not parsed.domain:
        raise ValueError(wrong)
    return str(parsed)


def tags(**values: str) -> list[dict[str, str]]:
    """Give the provider's tags. Raises ValueError for a value that it would refuse."""
    for name, value in values.items():
        if not _TAG.fullmatch(value):
            raise ValueError(f"the tag {name} may hold letters, digits, - and _ only: {value[:80]!r}")
    return [{"name": name, "value": value} for name, value in values.items()]


def frozen_body(
    parts: MailParts,
    *,
    sender: str,
    to_name: str,
    to: str,
    reply_to: str | None,
    email_id: str,
    kind: str,
    scheduled_at: datetime | None = None,
) -> bytes:
    """Give the JSON of POST /emails: same arguments, same bytes.

    Raises ValueError when an address, the sender or a tag cannot stand in an email.
    """
    if not fits_a_header(sender):
        raise ValueError("a control character does not belong in the sender")
    body: dict[str, object] = {
        "from": sender,
        "to": [mailbox(name_of_a_person(to_name), to)],
        "subject": one_line(parts.subject, SUBJECT_LIMIT),
        "html": parts.html,
        "text": parts.text,
        # Gmail puts emails with one subject into one thread, and folds away what it has shown before.
        "headers": {"X-Entity-Ref-ID": email_id},
        "tags": tags(**{ID_TAG: email_id, KIND_TAG: kind}),
    }
    if reply_to:
        body["reply_to"] = mailbox("", reply_to)
    if parts.calendar_file is not None:
        body["attachments"] = [
            {
                "filename": parts.calendar_name,
                "content": base64.b64encode(parts.calendar_file).decode("ascii"),
                "content_type": f"text/calendar; charset=utf-8; method={parts.calendar_method}",
            }
        ]
    if scheduled_at is not None:
        body["scheduled_at"] = to_second_text(scheduled_at)
    return json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")
