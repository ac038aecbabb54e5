"""The simulator's own paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from booking_tui.sandbox.resend import ResendSandbox
from tests.sandbox.conftest import Subscriber
from tests.sandbox.resend.calling import Api, Callers, refused


@pytest.fixture
def control(sandbox: ResendSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.url}/_sandbox", trust_env=False) as client:
        yield client


def test_fates(control: httpx.Client, api: Api) -> None:
    set_ = control.post("/fates", json={"address": "ada@example.com", "fate": "bounce", "after_s": 5})
    assert set_.json() == {"ada@example.com": {"fate": "bounce", "after_s": 5}}
    email_id = api.sent()
    control.post("/advance", json={"seconds": 5})
    assert api.last_event(email_id) == "bounced"
    assert control.request("DELETE", "/fates", json={"address": "ada@example.com"}).json() == {}
    control.post("/fates", json={"address": "@example.com", "fate": "lose"})
    assert control.delete("/fates").json() == {}


def test_faults(control: httpx.Client, api: Api) -> None:
    rule = {"kind": "unavailable", "on": "POST /emails", "times": 2, "seconds": 0, "accepted": False}
    told = control.post("/faults", json=rule).json()
    assert told["rules"] == [rule | {"chance": 1.0}]
    assert "drop_after" in told["kinds"]
    assert [api.send().status_code for _ in range(3)] == [503, 503, 200]
    control.post("/faults", json={"kind": "bad_gateway", "chance": 1})
    assert api.send().status_code == 502
    assert control.delete("/faults").json()["rules"] == []
    assert control.post("/faults", json={"chaos": 1.0}).json()["chaos"] == 1.0
    assert control.get("/faults").json()["chaos"] == 1.0
    control.delete("/faults")
    assert api.send().status_code == 200


def test_faults_at_webhooks(control: httpx.Client, api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    sandbox.webhooks.add(subscriber.url, ["email.sent"])
    control.post("/webhook-faults", json={"kind": "duplicate"})
    api.sent()
    control.post("/advance", json={"seconds": 0})
    assert len(subscriber.got) == 2


def test_limits(control: httpx.Client, api: Api) -> None:
    assert control.get("/limits").json() == {"per_second": None, "daily": 100, "monthly": 3000}
    assert control.patch("/limits", json={"daily": 1, "monthly": None}).json() == {
        "per_second": None, "daily": 1, "monthly": None,
    }  # fmt: skip
    api.sent()
    assert refused(api.send()) == (429, "daily_quota_exceeded")


def test_keys_and_domains(control: httpx.Client, sandbox: ResendSandbox, callers: Callers) -> None:
    keys = control.post("/api-keys", json={"key": "re_new", "permission": "sending_access"}).json()
    assert keys["re_new"] == {"permission": "sending_access", "state": "active"}
    new = callers(sandbox, "re_new")
    assert control.post("/domains", json={"name": "New.example.com"}).json()["new.example.com"] == "verified"
    assert new.send(from_="a@new.example.com").status_code == 200
    control.post("/api-keys", json={"key": "re_new", "state": "suspended"})
    assert refused(new.send()) == (403, "suspended_api_key")
    assert "re_new" in control.get("/api-keys").json()
    assert "example.com" in control.get("/domains").json()


def test_clock_and_requests(control: httpx.Client, api: Api) -> None:
    assert control.get("/clock").json() == {"now": "2026-11-24T10:20:00.000Z"}
    assert control.post("/advance", json={"seconds": 86_400}).json() == {"now": "2026-11-25T10:20:00.000Z"}
    api.sent()
    assert control.get("/requests").json() == {"POST /emails": 1}


def test_a_webhook_that_is_never_answered_is_told(control: httpx.Client, api: Api, sandbox: ResendSandbox) -> None:
    def give_up(seconds: float) -> None:
        raise TimeoutError(f"after {seconds:g}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "advance", give_up)
        answer = control.post("/advance", json={"seconds": 5})
    assert (answer.status_code, answer.json()) == (504, {"error": "after 5"})
    assert control.get("/fates").json() == {}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/fates", {}),
        ("/fates", []),
        ("/fates", {"address": "a@example.com", "fate": "vanish"}),
        ("/fates", {"address": "a@example.com", "fate": "lose", "after_s": -1}),
        ("/faults", {"kind": "duplicate"}),
        ("/faults", {"kind": "slow", "on": 5}),
        ("/faults", {"kind": "slow", "accepted": "yes"}),
        ("/advance", {}),
        ("/advance", {"seconds": "1"}),
        ("/advance", {"seconds": 1e12}),
        ("/api-keys", {"key": "re_x", "permission": "all"}),
        ("/domains", {"name": "example.com", "status": "fine"}),
    ],
)
def test_wrong_values_are_told(control: httpx.Client, path: str, body: Any) -> None:
    answer = control.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
