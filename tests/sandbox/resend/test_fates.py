"""What becomes of mail, and how it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.sandbox.resend.hooks import Hook
from tests.sandbox.conftest import Subscriber
from tests.sandbox.resend.calling import EMAIL_EVENTS, Api, Callers, Make, told


@pytest.fixture
def hook(sandbox: ResendSandbox, subscriber: Subscriber) -> Hook:
    return sandbox.webhooks.add(subscriber.url, [*EMAIL_EVENTS, "suppression.added", "suppression.removed"])


def bodies(subscriber: Subscriber) -> list[dict[str, Any]]:
    return [json.loads(got.body) for got in subscriber.got]


def test_delivered(api: Api, sandbox: ResendSandbox, hook: Hook, subscriber: Subscriber) -> None:
    email_id = api.sent(headers={"X-Entity-Ref-ID": "b1"})
    sandbox.settle()
    sent, delivered = bodies(subscriber)
    assert (sent["type"], delivered["type"]) == ("email.sent", "email.delivered")
    assert set(delivered) == {"type", "created_at", "data"}
    assert delivered["created_at"] == "2026-11-24T10:20:00.000Z"
    data = delivered["data"]
    assert data["email_id"] == email_id
    assert data["created_at"] == "2026-11-24T10:20:00.000Z"
    assert data["to"] == ["ada@example.com"]
    assert data["tags"] == {"kind": "reminder_24h"}
    assert data["headers"] == [{"name": "X-Entity-Ref-ID", "value": "b1"}]
    assert set(data) == {"email_id", "created_at", "message_id", "from", "to", "subject", "tags", "headers"}


def test_a_bounce_suppresses(api: Api, sandbox: ResendSandbox, hook: Hook, subscriber: Subscriber) -> None:
    sandbox.fates.set("ADA@example.com", "bounce", after_s=30)
    email_id = api.sent()
    assert api.last_event(email_id) == "sent"
    sandbox.advance(30)
    assert api.last_event(email_id) == "bounced"
    bounced = next(body for body in bodies(subscriber) if body["type"] == "email.bounced")
    bounce = bounced["data"]["bounce"]
    assert (bounce["type"], bounce["subType"]) == ("Permanent", "NoEmail")
    assert "550 5.1.1" in bounce["message"]
    assert bounce["diagnosticCode"] == ["smtp; 550 5.1.1 no such user"]
    added = bodies(subscriber)[-1]
    assert added["type"] == "suppression.added"
    assert (added["data"]["email"], added["data"]["origin"]) == ("ada@example.com", "bounce")
    assert added["data"]["source_id"] == email_id
    again = api.sent()
    assert api.last_event(again) == "suppressed"
    sandbox.settle()
    last = bodies(subscriber)[-1]
    assert last["type"] == "email.suppressed"
    assert last["data"]["suppressed"]["type"] == "OnAccountSuppressionList"
    assert last["data"]["suppressed"]["reason"] == "previous_bounce"
    assert not sandbox.mailbox


def test_a_soft_bounce_does_not_suppress(api: Api, sandbox: ResendSandbox, hook: Hook, subscriber: Subscriber) -> None:
    sandbox.fates.set("ada@example.com", "soft_bounce")
    api.sent()
    sandbox.settle()
    bounce = bodies(subscriber)[-1]["data"]["bounce"]
    assert (bounce["type"], bounce["subType"]) == ("Transient", "MailboxFull")
    assert "ada@example.com" not in sandbox.suppressions


def test_a_delay_ends_in_delivery(api: Api, sandbox: ResendSandbox, hook: Hook, subscriber: Subscriber) -> None:
    sandbox.fates.set("ada@example.com", "delay", after_s=600)
    email_id = api.sent()
    assert api.last_event(email_id) == "delivery_delayed"
    assert not sandbox.mailbox
    sandbox.advance(600)
    assert api.last_event(email_id) == "delivered"
    assert [name for name, _ in told(subscriber.got)] == ["email.sent", "email.delivery_delayed", "email.delivered"]


def test_a_complaint_follows_the_delivery_and_suppresses(
    api: Api, sandbox: ResendSandbox, hook: Hook, subscriber: Subscriber
) -> None:
    sandbox.fates.set("ada@example.com", "complain", after_s=120)
    email_id = api.sent()
    assert api.last_event(email_id) == "delivered"
    sandbox.advance(120)
    assert api.last_event(email_id) == "complained"
    assert [row.origin for row in sandbox.suppressions] == ["complaint"]
    api.sent()
    sandbox.settle()
    assert bodies(subscriber)[-1]["data"]["suppressed"]["reason"] == "previous_complaint"


def test_a_lost_one_stays_sent_for_ever(api: Api, sandbox: ResendSandbox) -> None:
    sandbox.fates.set("@example.com", "lose")
    email_id = api.sent()
    sandbox.advance(10 * 86_400)
    assert api.last_event(email_id) == "sent"
    assert not sandbox.mailbox


def test_a_failure_has_a_reason(api: Api, sandbox: ResendSandbox, hook: Hook, subscriber: Subscriber) -> None:
    sandbox.fates.set("ada@example.com", "fail")
    assert api.last_event(api.sent()) == "failed"
    sandbox.settle()
    assert bodies(subscriber)[-1]["data"]["failed"]["reason"]


def test_a_quota_that_is_reached_is_a_reason(
    api: Api, sandbox: ResendSandbox, hook: Hook, subscriber: Subscriber
) -> None:
    api.sent(scheduled_at="2026-11-24T10:30:00Z")
    sandbox.limits.daily = 0
    sandbox.advance(600)
    assert [name for name, _ in told(subscriber.got)] == ["email.scheduled", "email.failed"]
    assert bodies(subscriber)[-1]["data"]["failed"] == {"reason": "reached_daily_quota"}


def test_each_recipient_has_a_fate_and_an_event_of_its_own(
    api: Api, sandbox: ResendSandbox, hook: Hook, subscriber: Subscriber
) -> None:
    sandbox.suppressions.add("eve@example.com")
    email_id = api.sent(to=["ada@example.com", "Bo <bo@gmial.com>"], cc=["eve@example.com"])
    sandbox.settle()
    assert sorted(told(subscriber.got)[1:]) == [
        ("email.bounced", ["bo@gmial.com"]),
        ("email.delivered", ["ada@example.com"]),
        ("email.sent", ["ada@example.com", "bo@gmial.com"]),
        ("email.suppressed", ["eve@example.com"]),
        ("suppression.added", ["bo@gmial.com"]),
    ]
    assert [(message.id, message.delivered_to) for message in sandbox.mailbox] == [(email_id, ("ada@example.com",))]
    assert sandbox.mailbox.to("ADA@example.com") == [sandbox.mailbox[0]]


@pytest.mark.parametrize(
    ("address", "last"),
    [
        ("delivered@resend.dev", "delivered"),
        ("delivered+label@resend.dev", "delivered"),
        ("bounced@resend.dev", "bounced"),
        ("bounced+1@resend.dev", "bounced"),
        ("complained+x@resend.dev", "complained"),
        ("suppressed@resend.dev", "suppressed"),
    ],
)
def test_the_test_addresses_do_what_they_say_each_time(
    api: Api, sandbox: ResendSandbox, address: str, last: str
) -> None:
    for _ in range(2):
        email_id = api.sent(to=address)
        sandbox.advance(60)
        assert api.last_event(email_id) == last
    assert len(sandbox.suppressions) == 0


@pytest.mark.parametrize("domain", ["outlok.com", "gmial.com", "hotmial.com", "GMAIL.CON"])
def test_mistyped_domains_bounce(api: Api, domain: str) -> None:
    assert api.last_event(api.sent(to=f"ada@{domain}")) == "bounced"


def test_what_was_decided_wins_and_can_be_forgotten(sandbox: ResendSandbox) -> None:
    fates = sandbox.fates
    fates.set("@gmial.com", "deliver")
    fates.set("ada@gmial.com", "lose")
    assert [fates.of(name).name for name in ("ada@gmial.com", "bo@gmial.com")] == ["lose", "deliver"]
    fates.clear("ADA@gmial.com")
    assert fates.of("ada@gmial.com").name == "deliver"
    fates.clear()
    assert fates.of("ada@gmial.com").name == "bounce"
    wrong: list[Any] = [("ada@example.com", "vanish"), ("example.com", "lose")]
    for address, fate in wrong:
        with pytest.raises(ValueError, match=r"."):
            fates.set(address, fate)


def test_mail_takes_as_long_as_was_said(make: Make, callers: Callers) -> None:
    sandbox = make(delivery_s=3)
    email_id = callers(sandbox).sent()
    sandbox.advance(2.9)
    assert callers(sandbox).last_event(email_id) == "sent"
    sandbox.advance(0.1)
    assert callers(sandbox).last_event(email_id) == "delivered"
    assert [event for _, event, _ in sandbox.emails[0].history] == ["sent", "delivered"]
