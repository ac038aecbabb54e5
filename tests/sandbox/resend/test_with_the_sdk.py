"""The vendor's own client as a second opinion: it is content with the answers, the errors and the signatures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import resend
from resend.exceptions import (
    InvalidApiKeyError,
    MissingRequiredFieldsError,
    RateLimitError,
    ResendError,
    ValidationError,
)

from booking_tui.sandbox.resend import ResendSandbox
from tests.sandbox.conftest import Subscriber
from tests.sandbox.resend.calling import Make, headers_of, mail

pytestmark = pytest.mark.filterwarnings("default::ResourceWarning")  # it leaves its connections open


def params(**more: Any) -> Any:
    """Give what is sent; as anything, for the client wants its own types."""
    return mail(**more)


@pytest.fixture
def sdk(make: Make, monkeypatch: pytest.MonkeyPatch) -> ResendSandbox:
    """Give a sandbox whose clock is real, for the client checks the times of webhooks."""
    sandbox = make(clock=lambda: datetime.now(UTC))
    monkeypatch.setattr(resend, "api_key", sandbox.api_key)
    monkeypatch.setattr(resend, "api_url", sandbox.url)
    # The program puts a transport of its own into the client, for the whole process.
    monkeypatch.setattr(resend, "default_http_client", resend.RequestsClient(timeout=10))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return sandbox


def test_emails(sdk: ResendSandbox) -> None:
    sent: Any = resend.Emails.send(params(), {"idempotency_key": "k"})
    assert resend.Emails.send(params(), {"idempotency_key": "k"})["id"] == sent["id"]
    assert sent["http_headers"]["x-resend-daily-quota"] == "1"
    assert resend.Emails.get(sent["id"])["last_event"] == "delivered"
    batch: Any = resend.Batch.send([params(), params(to="x")], {"batch_validation": "permissive"})
    assert (len(batch["data"]), batch["errors"][0]["index"]) == (1, 1)
    assert len(resend.Emails.list({"limit": 10})["data"]) == 2


def test_scheduled_emails(sdk: ResendSandbox) -> None:
    at = sdk.clock() + timedelta(days=1)
    later = resend.Emails.send(params(scheduled_at=at.isoformat()))
    moved = resend.Emails.update({"id": later["id"], "scheduled_at": (at + timedelta(days=1)).isoformat()})
    assert moved["id"] == later["id"]
    assert resend.Emails.cancel(later["id"])["id"] == later["id"]
    assert resend.Emails.get(later["id"])["last_event"] == "canceled"


def test_errors_are_told_apart(sdk: ResendSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingRequiredFieldsError):
        resend.Emails.send(params(subject=None))
    with pytest.raises(ValidationError):
        resend.Emails.send(params(to="nobody"))
    with pytest.raises(ResendError) as conflict:
        resend.Emails.send(params(), {"idempotency_key": "k"})
        resend.Emails.send(params(subject="Other"), {"idempotency_key": "k"})
    assert (conflict.value.code, conflict.value.error_type) == (409, "invalid_idempotent_request")
    sdk.faults.next("rate_limit")
    with pytest.raises(RateLimitError):
        resend.Emails.send(params())
    monkeypatch.setattr(resend, "api_key", "re_unknown")
    with pytest.raises(InvalidApiKeyError):
        resend.Emails.send(params())


def test_webhooks(sdk: ResendSandbox, subscriber: Subscriber) -> None:
    made = resend.Webhooks.create({"endpoint": subscriber.url, "events": ["email.sent"]})
    resend.Emails.send(params())
    (got,) = subscriber.wait_for(lambda got: len(got) == 1)
    headers = headers_of(got)
    signed: Any = {name: headers[f"svix-{name}"] for name in ("id", "timestamp", "signature")}
    payload = resend.Webhooks.verify(
        {"payload": got.body.decode(), "headers": signed, "webhook_secret": made["signing_secret"]}
    )
    assert payload["type"] == "email.sent"
    sdk.settle()
    (event,) = resend.Webhooks.list_events(made["id"])["data"]
    assert event["status"] == "success"
    assert resend.Webhooks.get_event(made["id"], event["id"])["payload"] == payload
    resend.Webhooks.replay_event(made["id"], event["id"])
    sdk.settle()
    assert len(resend.Webhooks.list_event_attempts(made["id"], event["id"])["data"]) == 2
    resend.Webhooks.update({"webhook_id": made["id"], "status": "disabled"})
    assert resend.Webhooks.list()["data"][0]["status"] == "disabled"
    assert resend.Webhooks.rotate_signing_secret(made["id"])["signing_secret"] != made["signing_secret"]
    assert resend.Webhooks.get(made["id"])["endpoint"] == subscriber.url
    assert resend.Webhooks.remove(made["id"])["deleted"] is True


def test_suppressions_domains_and_usage(sdk: ResendSandbox) -> None:
    added = resend.Suppressions.add({"email": "ada@example.com"})
    assert resend.Suppressions.get("ada@example.com")["id"] == added["id"]
    assert resend.Suppressions.list({"origin": "manual"})["data"][0]["email"] == "ada@example.com"
    assert resend.Suppressions.remove(added["id"])["deleted"] is True
    assert len(resend.Domains.list()["data"]) == 2
    assert resend.Usage.get()["emails"]["daily"]["limit"] == 100
