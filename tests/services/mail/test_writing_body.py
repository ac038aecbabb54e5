"""The bytes that go to the provider: the same for the same email, and no header of a stranger's making."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_tui.ports.mail import MailParts
from booking_tui.services.mail.body import frozen_body, mailbox, tags
from booking_tui.services.mail.samples import SAMPLE_PRACTICE, preview
from booking_tui.services.mail.writing import MailWriter

BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
PARTS = MailParts("Confirmed", "<p>Ü</p>", "Ü\n", b"BEGIN:VCALENDAR\r\n")
ID = "01934d2e-7a1b-7c3d-8e4f-5a6b7c8d9e0f"


def harmless(text: str) -> bool:
    """Whether a text is one line that steers nothing."""
    return not any(category(char) in {"Cc", "Zl", "Zp", "Cs"} or char in BIDI for char in text)


def body(parts: MailParts = PARTS, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "sender": "Practice Example <desk@example.com>",
        "to_name": "Ada Lovelace",
        "to": "ada@example.com",
        "reply_to": "desk@example.com",
        "email_id": ID,
        "kind": "confirmation",
    }
    return json.loads(frozen_body(parts, **(given | changes)))


def test_everything_that_resend_wants() -> None:
    assert body(scheduled_at=datetime(2027, 3, 4, 14, 0, 0, 250_000, tzinfo=UTC)) == {
        "from": "Practice Example <desk@example.com>",
        "to": ["Ada Lovelace <ada@example.com>"],
        "subject": "Confirmed",
        "html": "<p>Ü</p>",
        "text": "Ü\n",
        "reply_to": "desk@example.com",
        "headers": {"X-Entity-Ref-ID": ID},
        "tags": [{"name": "booking_tui_email", "value": ID}, {"name": "kind", "value": "confirmation"}],
        "attachments": [
            {
                "filename": "appointment.ics",
                "content": base64.b64encode(b"BEGIN:VCALENDAR\r\n").decode(),
                "content_type": "text/calendar; charset=utf-8; method=PUBLISH",
            }
        ],
        "scheduled_at": "2027-03-04T14:00:00Z",
    }


def test_the_calendar_file_is_called_as_the_guest_would_call_it() -> None:
    for language, name in (("en", "appointment.ics"), ("de", "termin.ics")):
        parts = MailWriter(SAMPLE_PRACTICE).write(preview("confirmation", language))
        assert body(parts)["attachments"][0]["filename"] == name


def test_what_there_is_not_is_not_named() -> None:
    assert (
        not {"attachments", "reply_to", "scheduled_at"} & body(replace(PARTS, calendar_file=None), reply_to=None).keys()
    )


def test_the_same_email_is_the_same_bytes_in_plain_ascii() -> None:
    def once() -> bytes:
        parts = MailWriter(SAMPLE_PRACTICE).write(preview("confirmation", "de"))
        return frozen_body(
            parts,
            sender="Ü <desk@example.com>",
            to_name="Ada",
            to="ada@example.com",
            reply_to=None,
            email_id=ID,
            kind="confirmation",
        )

    first = once()
    assert first == once() and first.isascii() and b'", "' not in first


def test_the_method_of_the_file_and_of_its_type_are_one() -> None:
    parts = MailWriter(SAMPLE_PRACTICE).write(preview("cancelled", "en"))
    attachment = body(parts)["attachments"][0]
    assert b"METHOD:PUBLISH" in base64.b64decode(attachment["content"])
    assert attachment["content_type"].endswith("; method=PUBLISH")


@pytest.mark.parametrize(
    ("name", "address", "whole"),
    [
        ("Ada", "ada@example.com", "Ada <ada@example.com>"),
        ("", "ada@example.com", "ada@example.com"),
        ("Lovelace, Ada", "ada@example.com", '"Lovelace, Ada" <ada@example.com>'),
        ('A "B" <c@d.example>', "ada@example.com", '"A \\"B\\" <c@d.example>" <ada@example.com>'),
        ("Jörg Weiß", "j.weiss+x@example.com", "Jörg Weiß <j.weiss+x@example.com>"),
        ("山田", "a@münchen.example", "山田 <a@münchen.example>"),
    ],
)
def test_a_mailbox_is_one_name_and_one_address(name: str, address: str, whole: str) -> None:
    assert mailbox(name, address) == whole


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Ada\r\nBcc: x@y.example", "ada@example.com"),
        ("Ada\x00", "ada@example.com"),
        ("Ada\u202e", "ada@example.com"),
        ("Ada", "ada@example.com\r\nBcc: x@y.example"),
        ("Ada", "a@b.example,c@d.example"),
        ("Ada", "a@b.example c@d.example"),
        ("Ada", "<a@b.example>"),
        ("Ada", "a@"),
        ("Ada", "@b.example"),
        ("Ada", "a"),
        ("Ada", ""),
        ("Ada", "a..b@c.example"),
        ("Ada", f"{'a' * 400}@b.example"),
    ],
)
def test_what_would_be_more_than_one_mailbox_is_refused(name: str, address: str) -> None:
    with pytest.raises(ValueError, match=r"address|control"):
        mailbox(name, address)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60) | st.emails())
def test_a_mailbox_is_refused_or_one_line(name: str, address: str) -> None:
    try:
        whole = mailbox(name, address)
    except ValueError:
        return
    assert harmless(whole) and address in whole


@settings(max_examples=200, deadline=None)
@given(name=st.text(max_size=300), subject=st.text(max_size=500))
def test_names_and_subjects_of_strangers_stay_in_their_header(name: str, subject: str) -> None:
    made = body(replace(PARTS, subject=subject), to_name=name)
    assert harmless(made["subject"]) and len(made["subject"]) <= 200
    (to,) = made["to"]
    assert harmless(to) and to.endswith("ada@example.com" if to == "ada@example.com" else "<ada@example.com>")
    if to != "ada@example.com":
        rest = to.removesuffix(" <ada@example.com>")
        assert rest.startswith('"') or not set('()<>@,:;".[]') & set(rest)


def test_a_link_is_no_name() -> None:
    for name in ("Win at https://evil.example", "www.evil.example", "evil.com", "x@evil.example"):
        assert body(to_name=name)["to"] == ["ada@example.com"]
    assert body(to_name="Dr. Ada St.John, Ph.D.")["to"] == ['"Dr. Ada St.John, Ph.D." <ada@example.com>']


def test_the_senders_line_is_one_line() -> None:
    with pytest.raises(ValueError, match="control"):
        body(sender="x <a@b.example>\r\nBcc: c@d.example")


def test_tags_hold_what_the_provider_takes() -> None:
    assert tags(kind="reminder_24h") == [{"name": "kind", "value": "reminder_24h"}]
    for value in ("", "a.b", "a b", "ü", "a\n", "x" * 257):
        with pytest.raises(ValueError, match="kind"):
            tags(kind=value)


def test_the_library_agrees_about_the_mailbox() -> None:
    assert mailbox("A. B.", "a@b.example") == str(Address("A. B.", addr_spec="a@b.example"))
