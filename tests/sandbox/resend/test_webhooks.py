"""Webhooks: registered, signed, tried again, and what goes wrong with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from booking_tui.sandbox.resend import ResendSandbox
from tests.sandbox.conftest import Subscriber
from tests.sandbox.resend.calling import NOW, Api, Callers, Make, expected_signature, headers_of, refused, told

SENT = ["email.sent"]
TRIES = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]


def create(api: Api, url: str, events: Sequence[str] = SENT) -> dict[str, Any]:
    answer = api.http.post("/webhooks", json={"endpoint": url, "events": [*events]})
    assert answer.status_code == 201, answer.text
    return answer.json()


def times(subscriber: Subscriber) -> list[int]:
    return [int(headers_of(got)["svix-timestamp"]) - int(NOW.timestamp()) for got in subscriber.got]


def test_it_is_registered_changed_and_removed(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    made = create(api, subscriber.url)
    assert set(made) == {"object", "id", "signing_secret"}
    assert made["signing_secret"].startswith("whsec_")
    one = f"/webhooks/{made['id']}"
    assert api.http.get(one).json() == {
        "object": "webhook",
        "id": made["id"],
        "endpoint": subscriber.url,
        "events": SENT,
        "status": "enabled",
        "created_at": "2026-11-24 10:20:00.000000+00",
        "signing_secret": made["signing_secret"],
    }
    listed = api.http.get("/webhooks").json()
    assert (listed["object"], listed["has_more"], len(listed["data"])) == ("list", False, 1)
    assert "signing_secret" not in listed["data"][0]
    changed = {"endpoint": subscriber.url + "/two", "events": ["email.bounced"], "status": "disabled"}
    assert api.http.patch(one, json=changed).json() == {"object": "webhook", "id": made["id"]}
    now = api.http.get(one).json()
    assert {name: now[name] for name in changed} == changed
    assert api.http.delete(one).json() == {"object": "webhook", "id": made["id"], "deleted": True}
    assert refused(api.http.get(one)) == (404, "not_found")
    assert refused(api.http.delete(one)) == (404, "not_found")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"endpoint": None}, "missing_required_field"),
        ({"events": None}, "missing_required_field"),
        ({"endpoint": "https://hooks.example.com/x"}, "validation_error"),
        ({"endpoint": "http://[::1"}, "validation_error"),
        ({"endpoint": 5}, "validation_error"),
        ({"events": []}, "validation_error"),
        ({"events": ["email.teleported"]}, "validation_error"),
        ({"events": "email.sent"}, "validation_error"),
    ],
)
def test_bad_webhooks_are_refused(api: Api, subscriber: Subscriber, change: dict[str, Any], error: str) -> None:
    body = {"endpoint": subscriber.url, "events": SENT} | change
    assert refused(api.http.post("/webhooks", json=body)) == (422, error)


def test_bad_changes_change_nothing(api: Api, subscriber: Subscriber) -> None:
    made = create(api, subscriber.url)
    one = f"/webhooks/{made['id']}"
    before = api.http.get(one).json()
    wrong: list[Any] = [{"status": "asleep"}, {"events": SENT, "endpoint": "x"}, []]
    for body in wrong:
        assert refused(api.http.patch(one, json=body)) == (422, "validation_error")
    assert api.http.get(one).json() == before


def test_what_is_sent_is_signed_over_its_raw_bytes(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    made = create(api, subscriber.url)
    api.sent(subject="Zoë 🌻")
    sandbox.settle()
    (got,) = subscriber.got
    headers = headers_of(got)
    assert headers["svix-signature"] == expected_signature(made["signing_secret"], headers, got.body)
    assert headers["svix-timestamp"] == str(int(NOW.timestamp()))
    assert headers["svix-id"].startswith("msg_")
    assert "." not in headers["svix-id"]
    assert headers["content-type"] == "application/json"
    assert "Zoë 🌻".encode() in got.body


def test_only_what_was_asked_for_comes_and_only_while_it_is_enabled(
    api: Api, sandbox: ResendSandbox, subscriber: Subscriber
) -> None:
    made = create(api, subscriber.url, ["email.bounced", "suppression.added"])
    api.sent()
    api.sent(to="ada@gmial.com")
    sandbox.settle()
    assert [name for name, _ in told(subscriber.got)] == ["email.bounced", "suppression.added"]
    api.http.patch(f"/webhooks/{made['id']}", json={"status": "disabled"})
    api.sent(to="bo@gmial.com")
    sandbox.settle()
    assert len(subscriber.got) == 2


def test_after_rotation_both_secrets_sign_for_a_day(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    made = create(api, subscriber.url)
    rotated = api.http.post(f"/webhooks/{made['id']}/signing-secret/rotate").json()
    assert (rotated["object"], rotated["id"]) == ("webhook", made["id"])
    secrets = [rotated["signing_secret"], made["signing_secret"]]
    assert secrets[0] != secrets[1]
    api.sent()
    sandbox.advance(86_400)
    api.sent()
    sandbox.settle()
    both, new = subscriber.got
    signatures = [expected_signature(secret, headers_of(both), both.body) for secret in secrets]
    assert headers_of(both)["svix-signature"] == " ".join(signatures)
    assert headers_of(new)["svix-signature"] == expected_signature(secrets[0], headers_of(new), new.body)


@pytest.mark.parametrize("status", [302, 400, 401, 410, 500])
def test_everything_but_2xx_is_tried_again_by_the_schedule(
    api: Api, sandbox: ResendSandbox, subscriber: Subscriber, status: int
) -> None:
    subscriber.plan = [status] * 20
    made = create(api, subscriber.url)
    api.sent()
    sandbox.advance(40 * 3600)
    due = [sum(TRIES[: count + 1]) for count in range(8)]
    assert times(subscriber) == due
    assert len({headers_of(got)["svix-id"] for got in subscriber.got}) == 1
    assert len({got.body for got in subscriber.got}) == 1
    for got in subscriber.got:
        headers = headers_of(got)
        assert headers["svix-signature"] == expected_signature(made["signing_secret"], headers, got.body)
    event = api.http.get(f"/webhooks/{made['id']}/events").json()["data"][0]
    assert (event["status"], event["next_attempt_at"]) == ("failed", None)


def test_no_answer_counts_as_a_failure_and_a_later_success_ends_it(
    make: Make, callers: Callers, subscriber: Subscriber
) -> None:
    sandbox = make(webhook_timeout_s=0.5)
    api = callers(sandbox)
    subscriber.plan = [-1, 0]
    made = create(api, subscriber.url)
    api.sent()
    sandbox.advance(3600)
    assert times(subscriber) == [0, 5, 305]
    event = api.http.get(f"/webhooks/{made['id']}/events").json()["data"][0]
    attempts = api.http.get(f"/webhooks/{made['id']}/events/{event['id']}/attempts").json()["data"]
    assert [attempt["http_status_code"] for attempt in attempts] == [200, 0, 0]
    assert attempts[-1]["response"] == "no answer in time"
    assert event["status"] == "success"


def test_a_log_is_kept_and_can_be_caught_up_from(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    subscriber.plan = [503]
    made = create(api, subscriber.url)
    email_id = api.sent()
    sandbox.settle()
    log = f"/webhooks/{made['id']}/events"
    (event,) = api.http.get(log).json()["data"]
    assert event == {
        "id": headers_of(subscriber.got[0])["svix-id"],
        "type": "email.sent",
        "created_at": "2026-11-24 10:20:00.000000+00",
        "status": "attempting",
        "next_attempt_at": "2026-11-24 10:20:05.000000+00",
    }
    whole = api.http.get(f"{log}/{event['id']}").json()
    assert whole["object"] == "webhook_event"
    assert whole["payload"] == json.loads(subscriber.got[0].body)
    assert whole["payload"]["data"]["email_id"] == email_id
    (attempt,) = api.http.get(f"{log}/{event['id']}/attempts").json()["data"]
    assert attempt["http_status_code"] == 503
    assert attempt["response"] == "ok"
    assert attempt["sent_at"] == "2026-11-24 10:20:00.000000+00"
    assert refused(api.http.get(f"{log}/msg_x")) == (404, "not_found")


def test_a_replay_has_the_same_id_and_a_new_signature(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    made = create(api, subscriber.url)
    api.sent()
    sandbox.advance(100)
    log = f"/webhooks/{made['id']}/events"
    event_id = api.http.get(log).json()["data"][0]["id"]
    assert api.http.post(f"{log}/{event_id}/replay").json() == {"object": "webhook_event", "id": event_id}
    sandbox.settle()
    first, second = (headers_of(got) for got in subscriber.got)
    assert first["svix-id"] == second["svix-id"]
    assert int(second["svix-timestamp"]) - int(first["svix-timestamp"]) == 100
    assert first["svix-signature"] != second["svix-signature"]
    api.http.patch(f"/webhooks/{made['id']}", json={"status": "disabled"})
    assert refused(api.http.post(f"{log}/{event_id}/replay")) == (422, "validation_error")


def test_a_replay_takes_over_from_the_retries(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    subscriber.plan = [500, 500, 500]
    made = create(api, subscriber.url)
    api.sent()
    sandbox.settle()
    log = f"/webhooks/{made['id']}/events"
    api.http.post(f"{log}/{api.http.get(log).json()['data'][0]['id']}/replay")
    sandbox.advance(3600)
    assert times(subscriber) == [0, 0, 5, 305]


def test_who_fails_for_five_days_is_switched_off(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    subscriber.plan = [500] * 200
    made = create(api, subscriber.url)
    for _ in range(12):
        api.sent()
        sandbox.advance(12 * 3600)
    assert api.http.get(f"/webhooks/{made['id']}").json()["status"] == "disabled"
    count = len(subscriber.got)
    api.http.patch(f"/webhooks/{made['id']}", json={"status": "enabled"})
    subscriber.plan = []
    api.sent()
    sandbox.settle()
    assert len(subscriber.got) == count + 1


def test_a_removed_one_gets_nothing_more(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    subscriber.plan = [500]
    made = create(api, subscriber.url)
    api.sent()
    sandbox.settle()
    api.http.delete(f"/webhooks/{made['id']}")
    sandbox.advance(3600)
    assert len(subscriber.got) == 1


def test_two_webhooks_get_the_same_message(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    first, second = create(api, subscriber.url), create(api, subscriber.url + "/two")
    assert first["signing_secret"] != second["signing_secret"]
    api.sent()
    sandbox.settle()
    assert len({headers_of(got)["svix-id"] for got in subscriber.got}) == 1
    assert len({headers_of(got)["svix-signature"] for got in subscriber.got}) == 2


def test_a_public_address_goes_where_it_stands_for(make: Make, callers: Callers, subscriber: Subscriber) -> None:
    def route(url: str) -> str:
        return url.replace("https://fox.example", subscriber.url.rpartition("/webhooks")[0])

    sandbox = make(route=route)
    api = callers(sandbox)
    made = create(api, "https://fox.example/webhooks/resend")
    assert api.http.get(f"/webhooks/{made['id']}").json()["endpoint"] == "https://fox.example/webhooks/resend"
    api.sent()
    sandbox.settle()
    assert len(subscriber.got) == 1


def test_what_an_endpoint_answers_is_kept_and_nothing_goes_elsewhere(make: Make, callers: Callers) -> None:
    sandbox = make()
    # A page of its own will do as an endpoint.
    hook = sandbox.webhooks.add(f"{sandbox.url}/_sandbox/portal", SENT)
    far = sandbox.webhooks.add("http://hooks.example.com/", SENT)
    callers(sandbox).sent()
    sandbox.settle()
    assert hook.log[0].attempts[0].response.startswith("<!doctype html>")
    assert far.log[0].attempts[0].response == "not an address on loopback"


def test_there_are_fifty_at_most(api: Api, subscriber: Subscriber) -> None:
    for number in range(50):
        create(api, f"{subscriber.url}/{number}")
    body = {"endpoint": subscriber.url, "events": SENT}
    assert refused(api.http.post("/webhooks", json=body)) == (422, "validation_error")


def test_a_change_of_a_domain_is_told(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    create(api, subscriber.url, ["domain.updated", "domain.created"])
    sandbox.account.set_domain("example.com", "failed")
    sandbox.account.set_domain("new.example.com", "pending")
    sandbox.settle()
    updated, created = (json.loads(got.body) for got in subscriber.got)
    assert (updated["type"], updated["data"]["status"]) == ("domain.updated", "failed")
    assert (created["type"], created["data"]["name"]) == ("domain.created", "new.example.com")


# -- faults -----------------------------------------------------------------------------------------------------------


def test_a_duplicate_is_the_same_message_twice(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    made = create(api, subscriber.url)
    sandbox.webhook_faults.next("duplicate")
    api.sent()
    sandbox.advance(600)
    first, second = subscriber.got
    assert first.body == second.body
    assert headers_of(first)["svix-id"] == headers_of(second)["svix-id"]
    assert api.http.get(f"/webhooks/{made['id']}/events").json()["data"][0]["status"] == "success"


def test_reordered(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    create(api, subscriber.url, ["email.sent", "email.delivered"])
    sandbox.webhook_faults.next("reorder", on="email.sent")
    api.sent()
    sandbox.advance(1)
    assert [name for name, _ in told(subscriber.got)] == ["email.delivered", "email.sent"]


def test_delayed(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    create(api, subscriber.url)
    sandbox.webhook_faults.next("delay", seconds=7_200)
    api.sent()
    sandbox.advance(7_199)
    assert not subscriber.got
    sandbox.advance(1)
    assert times(subscriber) == [7_200]
    assert json.loads(subscriber.got[0].body)["created_at"] == "2026-11-24T10:20:00.000Z"


def test_a_lost_one_stands_in_the_log_and_a_replay_brings_it(
    api: Api, sandbox: ResendSandbox, subscriber: Subscriber
) -> None:
    made = create(api, subscriber.url)
    sandbox.webhook_faults.next("lose")
    api.sent()
    sandbox.advance(40 * 3600)
    assert not subscriber.got
    log = f"/webhooks/{made['id']}/events"
    (event,) = api.http.get(log).json()["data"]
    assert event["status"] == "failed"
    api.http.post(f"{log}/{event['id']}/replay")
    sandbox.settle()
    assert len(subscriber.got) == 1


def test_a_wrong_signature_is_followed_by_a_right_one(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    subscriber.plan = [401]
    made = create(api, subscriber.url)
    sandbox.webhook_faults.next("wrong_signature")
    api.sent()
    sandbox.advance(5)
    wrong, right = subscriber.got
    assert headers_of(wrong)["svix-signature"] != expected_signature(
        made["signing_secret"], headers_of(wrong), wrong.body
    )
    assert headers_of(right)["svix-signature"] == expected_signature(
        made["signing_secret"], headers_of(right), right.body
    )


def test_the_log_is_bounded(sandbox: ResendSandbox) -> None:
    hook = sandbox.webhooks.add("http://127.0.0.1:9/", ["email.sent"])
    sandbox.webhook_faults.sometimes("lose", 1.0)
    for _ in range(2_100):
        sandbox.webhooks.emit("email.sent", {})
    assert len(hook.log) == 2_000
    assert hook.log[0].created_at - NOW == timedelta()
