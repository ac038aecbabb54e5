"""What webhooks say of emails and addresses, in every form in which they come."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_tui.domain.mail.answer import RemoteEmail
from booking_tui.domain.mail.delivery import MailEvent, reason_of, state_of
from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.ports.mail import ReadMailEvents
from booking_tui.providers.resend.hooks import KINDS
from booking_tui.providers.resend.masking import MASK, mask
from booking_tui.providers.resend.reader import EMAIL_TAG, instant, read_events, remote_event, trigger_of

AT = datetime(2026, 11, 22, 23, 41, 12, 126_000, tzinfo=UTC)
EMAIL_ID = "56761188-7520-42d8-8898-ff6fc54ce618"


def event(kind: str, data: dict[str, Any] | None = None, **wrapper: Any) -> bytes:
    told = {
        "email_id": EMAIL_ID,
        "created_at": "2026-11-22 23:41:11.894719+00",
        "from": "Practice <desk@example.com>",
        "to": ["ada@example.com"],
        "subject": "Tomorrow 14:00",
        "tags": {EMAIL_TAG: "0192-our-own", "category": "reminder"},
        **(data or {}),
    }
    return json.dumps({"type": kind, "created_at": "2026-11-22T23:41:12.126Z", "data": told, **wrapper}).encode()


def one(body: bytes) -> MailEvent:
    (found,) = read_events(body)
    return found


def test_one_event_whole() -> None:
    read: ReadMailEvents = read_events
    assert list(read(event("email.delivered"))) == [
        MailEvent(
            kind="email.delivered",
            at=AT,
            provider_id=EMAIL_ID,
            email_tag="0192-our-own",
            recipient="ada@example.com",
        )
    ]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("email.")])
def test_every_kind_of_email_that_we_ask_for_is_read_and_means_a_state(kind: str) -> None:
    assert one(event(kind)).kind == kind
    assert state_of(kind) is not None or kind == "email.scheduled"


@pytest.mark.parametrize("kind", ["email.received", "domain.created", "contact.created", "email.translated", "inbox.x"])
def test_what_says_nothing_of_our_emails_is_nothing(kind: str) -> None:
    assert read_events(event(kind)) == ()


def test_one_event_for_each_recipient() -> None:
    found = read_events(
        event("email.delivered", {"to": ["Ada <ada@example.com>", "bob@example.com", "ada@example.com"]})
    )
    assert [each.recipient for each in found] == ["ada@example.com", "bob@example.com"]
    assert {each.email_tag for each in found} == {"0192-our-own"}


@pytest.mark.parametrize(
    ("to", "recipient"),
    [("ada@example.com", "ada@example.com"), ([], None), (None, None), ([None, 7], None), ({"a": 1}, None), ("", None)],
)
def test_recipients_in_odd_forms(to: object, recipient: str | None) -> None:
    assert one(event("email.sent", {"to": to})).recipient == recipient


@pytest.mark.parametrize(
    ("tags", "tag"),
    [
        ([{"name": "category", "value": "x"}, {"name": EMAIL_TAG, "value": "ours"}], "ours"),
        ({EMAIL_TAG: "ours"}, "ours"),
        ({EMAIL_TAG: 7}, None),
        ({EMAIL_TAG: ""}, None),
        ([{"name": EMAIL_TAG}], None),
        (["text", None], None),
        ({"category": "x"}, None),
        (None, None),
        ("text", None),
    ],
)
def test_our_tag_in_either_form(tags: object, tag: str | None) -> None:
    assert one(event("email.sent", {"tags": tags})).email_tag == tag


BOUNCE = {"message": "The recipient's mailbox does not exist.", "type": "Permanent", "subType": "NoEmail"}


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        (None, "The recipient's mailbox does not exist."),
        ("550 5.1.1 no such user", "The recipient's mailbox does not exist. 550 5.1.1 no such user"),
        (["550 5.1.1 a", "550 5.1.1 b"], "The recipient's mailbox does not exist. 550 5.1.1 a 550 5.1.1 b"),
        ([7, "", None], "The recipient's mailbox does not exist."),
        ({}, "The recipient's mailbox does not exist."),
    ],
)
def test_a_bounce_with_its_cause(code: object, detail: str) -> None:
    found = one(event("email.bounced", {"bounce": {**BOUNCE, "diagnosticCode": code}}))
    assert (found.bounce_type, found.bounce_subtype, found.detail) == ("Permanent", "NoEmail", detail)
    assert reason_of(found) is MailReason.MAILBOX_UNKNOWN
    assert state_of(found.kind) is EmailState.BOUNCED


@pytest.mark.parametrize(
    ("kind", "data", "detail"),
    [
        ("email.failed", {"failed": {"reason": "reached_daily_quota"}}, "reached_daily_quota"),
        ("email.suppressed", {"suppressed": {"message": "On the list.", "type": "OnAccount"}}, "On the list."),
        ("email.suppressed", {"suppressed": {"type": "OnAccount"}}, "OnAccount"),
        ("email.suppressed", {"suppressed": {"reason": "previous_bounce"}}, "previous_bounce"),
        ("email.bounced", {"bounce": "text"}, None),
        ("email.bounced", {}, None),
        ("email.delivered", {"bounce": BOUNCE}, None),
    ],
)
def test_the_cause_of_other_events(kind: str, data: dict[str, Any], detail: str | None) -> None:
    assert one(event(kind, data)).detail == detail


def test_a_domain_that_was_verified() -> None:
    data = {"id": "d1", "name": "example.com", "status": "verified", "records": []}
    assert one(event("domain.updated", data)) == MailEvent("domain.updated", AT, detail="verified")
    assert one(event("domain.updated", {})).detail is None


def test_addresses_that_were_suppressed_and_freed() -> None:
    data = {"id": "e1", "email": "ada@example.com", "origin": "complaint", "source_id": EMAIL_ID}
    found = one(event("suppression.added", data))
    assert found == MailEvent("suppression.added", AT, recipient="ada@example.com", origin="complaint")
    assert one(event("suppression.removed", {**data, "origin": None})).origin is None
    with pytest.raises(ValueError, match="names no address"):
        read_events(event("suppression.added", {"email": None}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T23:41:12.126Z", AT),
        ("2026-11-22 23:41:12.126981+00", AT),
        ("2026-11-23T00:41:12.126+01:00", AT),
        ("2026-11-22 23:41:12.126", AT),
        (" 2026-11-22T23:41:12.126Z ", AT),
        ("yesterday", None),
        ("", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("0001-01-01T00:00:00+12:00", None),
        ("1" * 1_000, None),
        (1_614_265_330, None),
        (None, None),
    ],
)
def test_times_in_both_forms(text: Any, expected: datetime | None) -> None:
    assert instant(text) == expected


def test_without_a_time_of_its_own_the_email_s_counts() -> None:
    assert one(event("email.sent", created_at=None)).at == datetime(2026, 11, 22, 23, 41, 11, 894_000, tzinfo=UTC)
    with pytest.raises(ValueError, match="no time"):
        read_events(event("email.sent", {"created_at": 7}, created_at="soon"))


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"7", b'{"data":{}}', b'{"type":7}', b"\xff", b"[" * 99])
def test_what_cannot_be_read_is_said_in_a_sentence(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"^the body .{10,}"):
        read_events(body)


def test_a_minimal_event_is_enough() -> None:
    found = one(b'{"type":"email.sent","created_at":"2026-11-22T23:41:12.126Z"}')
    assert found == MailEvent("email.sent", AT)


@pytest.mark.parametrize(
    ("body", "trigger"),
    [
        (event("email.bounced"), "email.bounced"),
        (b' {\n "type" : "email.delivery_delayed" }', "email.delivery_delayed"),
        (b'{"created_at":"x","type":"suppression.added"}', "suppression.added"),
        (b'{"type":"email.sent","cut', "email.sent"),
        (b'{"a":1,"type":7}', None),
        (b"[]", None),
        (b"nonsense", None),
        (b"", None),
        (b" " * 70_000 + b'{"x":1,"type":"a"}', None),
    ],
)
def test_the_label_is_found_cheaply(body: bytes, trigger: str | None) -> None:
    assert trigger_of(body) == trigger


def test_reading_an_email_says_the_same_as_an_event() -> None:
    remote = RemoteEmail(EMAIL_ID, ("ada@example.com",), "Tomorrow", "delivered", AT)
    assert remote_event(remote, AT) == MailEvent(
        "email.delivered", AT, EMAIL_ID, recipient="ada@example.com", source="read"
    )
    several = RemoteEmail(EMAIL_ID, ("a@example.com", "b@example.com"), "Tomorrow", "canceled", AT)
    assert remote_event(several, AT).recipient is None
    assert state_of(remote_event(several, AT).kind) is EmailState.CANCELLED


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(codec=None), max_size=20)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["email_id", "to", "tags", "bounce", "email", "name", "value", "x"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*KINDS, "email.opened", "x"]), json_values, json_values)
def test_any_shape_is_read_or_refused_with_a_sentence(kind: str, at: object, data: object) -> None:
    body = json.dumps({"type": kind, "created_at": at, "data": data}).encode()
    try:
        found = read_events(body)
    except ValueError as error:
        assert str(error)
        return
    for each in found:
        assert each.at.tzinfo is not None
        repr(each).encode("utf-8")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_masked(body: bytes) -> None:
    trigger_of(body)
    mask(body)
    try:
        read_events(body)
    except ValueError as error:
        assert str(error)


def clicked(link: str) -> bytes:
    return event("email.clicked", {"click": {"link": link, "ipAddress": "203.0.113.7", "userAgent": "Mozilla"}})


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://cal.example.com/reschedule/dGVzdA?token=abc#x", f"https://cal.example.com/{MASK}"),
        ("https://me:secret@cal.example.com:8443/cancel/1", f"https://cal.example.com:8443/{MASK}"),
        ("https://cal.example.com?token=abc", f"https://cal.example.com/{MASK}"),
        ("https://cal.example.com", "https://cal.example.com"),
        ("//cal.example.com/x", f"//cal.example.com/{MASK}"),
        ("mailto:desk@example.com", "mailto:desk@example.com"),
    ],
)
def test_what_a_clicked_link_opens_is_hidden(link: str, shown: str) -> None:
    masked = json.loads(mask(clicked(link)))
    assert masked["data"]["click"] == {"link": shown, "ipAddress": "203.0.113.7", "userAgent": "Mozilla"}


def test_escaped_slashes_and_a_cut_body_hide_nothing_less() -> None:
    assert mask(rb'{"link":"https:\/\/cal.example.com\/cancel\/1"}') == (
        rb'{"link":"https:\/\/cal.example.com/' + MASK.encode() + b'"}'
    )
    assert (
        mask(b'{"link": "https://cal.example.com/cancel/1\\') == b'{"link": "https://cal.example.com/' + MASK.encode()
    )


def test_everything_else_stays_as_it_is() -> None:
    for kind in ("email.delivered", "email.bounced", "suppression.added"):
        body = event(kind, {"bounce": BOUNCE})
        assert mask(body) == body
