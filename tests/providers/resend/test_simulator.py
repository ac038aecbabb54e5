"""The whole provider against the simulated Resend, and its webhooks against the check of their signatures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from booking_tui.domain.mail.answer import Phase
from booking_tui.domain.webhook import Verdict
from booking_tui.ports.mail import MailRefused, OwnWebhooks, WebhookKept
from booking_tui.providers.resend.client import ResendProvider
from booking_tui.providers.resend.hooks import KINDS
from booking_tui.providers.resend.reader import EMAIL_TAG, read_events, remote_event, trigger_of
from booking_tui.providers.resend.signature import StandardWebhooks, dedup_key, message_key
from booking_tui.sandbox.resend import ResendSandbox
from tests.providers.resend.conftest import NOW, Providers, Servers
from tests.providers.resend.loopback import Loopback, Request, reply

FUTURE = "2026-11-25T14:00:00.000Z"


@pytest.fixture
def sandbox() -> Iterator[ResendSandbox]:
    made = ResendSandbox(clock=lambda: NOW, per_second=None)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def provider(sandbox: ResendSandbox, providers: Providers) -> ResendProvider:
    return providers(sandbox.url, sandbox.api_key)


@pytest.fixture
def desk(servers: Servers) -> Loopback:
    """What receives the webhooks."""
    server = servers()
    server.route = lambda _: reply(200, {"ok": True})
    return server


def email(to: str = "ada@example.org", **other: Any) -> bytes:
    told = {
        "from": "Practice <desk@example.com>",
        "to": [to],
        "subject": "Tomorrow 14:00",
        "text": "See you – Zoë",
        "tags": [{"name": EMAIL_TAG, "value": f"own-{to.partition('@')[0]}"}],
        **other,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def test_the_same_key_and_body_are_one_email(sandbox: ResendSandbox, provider: ResendProvider) -> None:
    first, again = (provider.send(email(), "reminder/b1/1") for _ in range(2))
    assert first.ids == again.ids
    assert first.accepted
    assert len(sandbox.mailbox) == 1
    assert sandbox.received[-1].body == email()
    other = provider.send(email(subject="Other"), "reminder/b1/1")
    assert (other.status, other.name) == (409, "invalid_idempotent_request")
    assert other.message


LOST = ("drop_after", "partial", "broken_json", "no_content")
UNLUCKY = ("drop_before", "garbage", "redirect", "bad_gateway")


@pytest.mark.parametrize("fault", [*LOST, *UNLUCKY])
def test_an_uncertain_email_is_sent_once_by_trying_again(
    fault: str, sandbox: ResendSandbox, provider: ResendProvider
) -> None:
    sandbox.faults.next(fault, on="POST /emails")
    assert provider.send(email(), "reminder/b1/1").phase is Phase.UNCERTAIN
    assert len(sandbox.mailbox) == (1 if fault in LOST else 0)
    assert provider.send(email(), "reminder/b1/1").accepted
    assert len(sandbox.mailbox) == 1


@pytest.mark.parametrize(
    ("fault", "status", "name"),
    [
        ("rate_limit", 429, "rate_limit_exceeded"),
        ("application_error", 500, "application_error"),
        ("unavailable", 503, "service_unavailable"),
    ],
)
def test_what_the_api_itself_says_is_an_answer(
    fault: str, status: int, name: str, sandbox: ResendSandbox, provider: ResendProvider
) -> None:
    sandbox.faults.next(fault)
    answer = provider.send(email(), "reminder/b1/1")
    assert (answer.phase, answer.status, answer.name) == (Phase.ANSWERED, status, name)


def test_the_rate_and_the_quota_are_told(providers: Providers) -> None:
    sandbox = ResendSandbox(clock=lambda: NOW, per_second=2, daily=100)
    sandbox.start()
    try:
        provider = providers(sandbox.url, sandbox.api_key)
        answers = [provider.send(email(), f"k{number}") for number in range(3)]
        assert [answer.limits.remaining for answer in answers[:2]] == [1, 0]
        assert answers[1].limits.daily_used == 2
        assert (answers[2].status, answers[2].name) == (429, "rate_limit_exceeded")
        assert answers[2].retry_after_s is not None
    finally:
        sandbox.stop()


def test_a_batch(sandbox: ResendSandbox, provider: ResendProvider) -> None:
    people = ("ada@example.org", "bo@example.org", "cy@example.org")
    body = b"[" + b",\n".join(email(person) for person in people) + b"]"
    answer = provider.send_batch(body, "batch/1")
    assert answer.accepted
    found = [provider.read(each) for each in answer.ids]
    assert [each.to for each in found if each] == [(person,) for person in people]
    assert provider.send_batch(body, "batch/1").ids == answer.ids
    bad = b"[" + email() + b',{"to":"x@example.org"}]'
    refused = provider.send_batch(bad, "batch/2")
    assert (refused.phase, refused.status) == (Phase.ANSWERED, 422)
    sandbox.advance(60)
    assert len(sandbox.mailbox) == len(people)


def test_keys_that_may_not(sandbox: ResendSandbox, providers: Providers) -> None:
    wrong = providers(sandbox.url, "re_wrong").send(email(), "k")
    assert (wrong.phase, wrong.accepted, wrong.status in {401, 403}) == (Phase.ANSWERED, False, True)
    sending = providers(sandbox.url, sandbox.sending_key)
    assert sending.send(email(), "k").accepted
    with pytest.raises(MailRefused) as refused:
        sending.suppressions()
    assert refused.value.answer.name == "restricted_api_key"


def test_reading_scheduling_moving_and_calling_off(sandbox: ResendSandbox, provider: ResendProvider) -> None:
    sent = provider.send(email(scheduled_at=FUTURE), "reminder/b1/1")
    found = provider.read(sent.ids[0])
    assert found is not None
    assert (found.last_event, found.scheduled_at) == ("scheduled", datetime.fromisoformat(FUTURE))
    later = datetime.fromisoformat(FUTURE) + timedelta(hours=2)
    assert provider.reschedule(sent.ids[0], later).ids == sent.ids
    moved = provider.read(sent.ids[0])
    assert moved is not None
    assert moved.scheduled_at == later
    assert provider.cancel(sent.ids[0]).ids == sent.ids
    assert not provider.cancel(sent.ids[0]).accepted
    cancelled = provider.read(sent.ids[0])
    assert cancelled is not None
    assert remote_event(cancelled, NOW).kind == "email.canceled"
    sandbox.advance(86_400 * 4)
    assert len(sandbox.mailbox) == 0
    assert provider.read("00000000-0000-4000-8000-000000000000") is None


def test_the_list_of_emails(sandbox: ResendSandbox, provider: ResendProvider) -> None:
    for number in range(7):
        sandbox.advance(1)
        assert provider.send(email(f"p{number}@example.org"), f"k{number}").accepted
    newest = provider.latest(3)
    assert [each.to for each in newest] == [(f"p{number}@example.org",) for number in (6, 5, 4)]
    assert provider.latest(after=newest[-1].id)[0].to == ("p3@example.org",)


def test_suppressions_and_domains(sandbox: ResendSandbox, provider: ResendProvider) -> None:
    sandbox.fates.set("bo@example.org", "bounce")
    assert provider.send(email("bo@example.org"), "k1").accepted
    sandbox.settle()
    assert [(each.address, each.origin) for each in provider.suppressions()] == [("bo@example.org", "bounce")]
    provider.unsuppress("bo@example.org")
    provider.unsuppress("bo@example.org")
    assert provider.suppressions() == []
    sandbox.account.set_domain("new.example.com", "pending")
    assert provider.domains()["new.example.com"] == "pending"
    assert provider.domains()["example.com"] == "verified"


def keep(provider: ResendProvider, desk: Loopback, own: OwnWebhooks = OwnWebhooks()) -> WebhookKept:  # noqa: B008
    return provider.keep_webhook(f"{desk.url}/webhooks/resend", own, lambda _: None)


def checked(sandbox: ResendSandbox, request: Request, secret: str | None) -> Verdict:
    check = StandardWebhooks([secret or ""], sandbox.clock)
    return check(list(request.headers.items()), request.body).verdict


def test_its_webhooks_are_authentic_and_readable(
    sandbox: ResendSandbox, provider: ResendProvider, desk: Loopback
) -> None:
    kept = keep(provider, desk)
    sandbox.fates.set("bo@example.org", "bounce")
    ids = {person: provider.send(email(person), person).ids[0] for person in ("ada@example.org", "bo@example.org")}
    sandbox.settle()
    assert {checked(sandbox, request, kept.secret) for request in desk.requests} == {Verdict.VALID}
    found = [event for request in desk.requests for event in read_events(request.body)]
    told = {(event.kind, event.recipient) for event in found}
    assert told == {
        ("email.sent", "ada@example.org"),
        ("email.delivered", "ada@example.org"),
        ("email.sent", "bo@example.org"),
        ("email.bounced", "bo@example.org"),
        ("suppression.added", "bo@example.org"),
    }
    assert {trigger_of(request.body) for request in desk.requests} == {kind for kind, _ in told}
    for event in found:
        if event.kind.startswith("email."):
            assert event.recipient is not None
            assert (event.provider_id, event.email_tag) == (
                ids[event.recipient],
                f"own-{event.recipient.partition('@')[0]}",
            )
    bounced = next(event for event in found if event.kind == "email.bounced")
    assert bounced.bounce_type == "Permanent"
    assert bounced.detail


def test_a_stranger_s_webhooks_are_not(sandbox: ResendSandbox, provider: ResendProvider, desk: Loopback) -> None:
    kept = keep(provider, desk)
    sandbox.webhook_faults.next("wrong_signature")
    assert provider.send(email(), "k").accepted
    sandbox.settle()
    verdicts = [checked(sandbox, request, kept.secret) for request in desk.requests]
    assert sorted(verdicts) == [Verdict.INVALID, Verdict.VALID]


def test_a_retry_is_known_by_its_id(sandbox: ResendSandbox, provider: ResendProvider, desk: Loopback) -> None:
    kept = keep(provider, desk)
    statuses = iter([500, 200, 200])
    desk.route = lambda _: reply(next(statuses))
    assert provider.send(email(), "k").accepted
    sandbox.advance(10)
    assert {checked(sandbox, request, kept.secret) for request in desk.requests} == {Verdict.VALID}
    keys = [dedup_key(list(request.headers.items()), request.body) for request in desk.requests]
    assert (len(keys), len(set(keys))) == (3, 2)


def test_what_was_missed_is_fetched_under_the_same_id(
    sandbox: ResendSandbox, provider: ResendProvider, desk: Loopback
) -> None:
    kept = keep(provider, desk)
    desk.route = lambda _: reply(503)
    assert provider.send(email(), "k").accepted
    sandbox.settle()
    own = OwnWebhooks(frozenset({kept.webhook_id}))
    missed = provider.missed_events(NOW - timedelta(hours=1), own, lambda _: ()).events
    assert [trigger_of(event.body) for event in missed] == ["email.sent", "email.delivered"]
    refused = {dedup_key(list(request.headers.items()), request.body) for request in desk.requests}
    assert {message_key(event.message_id) for event in missed} == refused
    assert {json.dumps(json.loads(event.body)) for event in missed} == {
        json.dumps(json.loads(request.body)) for request in desk.requests
    }
    assert provider.missed_events(NOW + timedelta(seconds=1), own, lambda _: ()).events == ()


def test_one_webhook_of_ours_whatever_else_there_is(
    sandbox: ResendSandbox, provider: ResendProvider, desk: Loopback
) -> None:
    old = sandbox.webhooks.add("http://127.0.0.1:9/webhooks/resend", ["email.sent"])
    sandbox.webhooks.add("http://127.0.0.1:9/other", ["email.sent"])
    other = sandbox.webhooks.add("http://localhost:9/webhooks/resend", ["email.sent"])
    surplus = sandbox.webhooks.add("http://localhost:9/webhooks/resend", ["email.sent"])
    url = f"{desk.url}/webhooks/resend"
    own = OwnWebhooks(frozenset({old.id, surplus.id}))
    first = keep(provider, desk, own)
    assert (first.created, first.changed) == (False, True)
    second = keep(provider, desk, own)
    assert (second.created, second.changed, second.webhook_id) == (False, False, first.webhook_id)
    hooks = {hook.endpoint: hook for hook in sandbox.webhooks}
    assert set(hooks) == {"http://127.0.0.1:9/other", "http://localhost:9/webhooks/resend", url}
    assert hooks["http://localhost:9/webhooks/resend"] is other
    assert (hooks[url].id, set(hooks[url].events)) == (first.webhook_id, set(KINDS))
    assert first.secret == hooks[url].signing_secret
    hooks[url].status = "disabled"
    assert keep(provider, desk, own).changed
    assert hooks[url].status == "enabled"
