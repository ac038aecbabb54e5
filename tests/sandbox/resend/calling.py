"""Calling a simulated Resend, and reading what it says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx

from booking_tui.sandbox.resend import ResendSandbox
from tests.sandbox.conftest import Got

NOW = datetime(2026, 11, 24, 10, 20, tzinfo=UTC)
EMAIL_EVENTS = [
    *("email.sent", "email.scheduled", "email.delivered", "email.delivery_delayed", "email.bounced"),
    *("email.complained", "email.failed", "email.suppressed"),
]

Make = Callable[..., ResendSandbox]
"""Makes and starts a sandbox with these options; its clock stands at `NOW` and it has no rate limit, unless said."""


class Api:
    """Calls a sandbox with a key."""

    def __init__(self, sandbox: ResendSandbox, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self.http = httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False, timeout=10)

    def send(self, *, key: str | None = None, **more: Any) -> httpx.Response:
        """Send one plain email, changed by `more`; None leaves a field out."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.http.post("/emails", json=mail(**more), headers=headers)

    def sent(self, **more: Any) -> str:
        """Send one and give its id."""
        answer = self.send(**more)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def last_event(self, email_id: str) -> str:
        return self.http.get(f"/emails/{email_id}").json()["last_event"]


class Callers(Protocol):
    """Makes a caller with that key; without one, with full access."""

    def __call__(self, sandbox: ResendSandbox, key: str | None = None) -> Api: ...


def mail(**more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "from": "Dr. Robin Vale <hello@practice.example.com>",
        "to": ["ada@example.com"],
        "subject": "Tomorrow 14:00: your session",
        "html": "<p>See you <b>tomorrow</b>.</p>",
        "tags": [{"name": "kind", "value": "reminder_24h"}],
    }
    if "from_" in more:
        more["from"] = more.pop("from_")
    return {name: value for name, value in (body | more).items() if value is not None}


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Give status and name of an error, after a look at its form."""
    body = answer.json()
    assert set(body) == {"statusCode", "name", "message"}
    assert body["statusCode"] == answer.status_code
    return answer.status_code, body["name"]


def expected_signature(secret: str, headers: dict[str, str], body: bytes) -> str:
    """Sign as Standard Webhooks says."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([headers["svix-id"].encode(), headers["svix-timestamp"].encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def told(got: Sequence[Got]) -> list[tuple[str, list[str]]]:
    """Give the events that a subscriber got, and whom they are about."""
    bodies = [json.loads(one.body) for one in got]
    return [(body["type"], body["data"].get("to") or [body["data"].get("email")]) for body in bodies]


def headers_of(got: Got) -> dict[str, str]:
    return {name.lower(): value for name, value in got.headers}
