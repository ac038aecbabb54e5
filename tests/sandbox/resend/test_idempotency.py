"""Idempotency keys."""

from __future__ import annotations

import threading

import pytest

from booking_tui.sandbox.resend import ResendSandbox
from tests.sandbox.resend.calling import Api, Callers, mail, refused

HOUR = 3600


def test_the_same_key_and_body_give_the_first_answer(api: Api, sandbox: ResendSandbox) -> None:
    assert api.sent(key="k") == api.sent(key="k")
    assert len(sandbox.mailbox) == 1
    sandbox.advance(24 * HOUR - 1)
    api.sent(key="k")
    assert len(sandbox.mailbox) == 1


def test_after_24_hours_a_key_is_forgotten(api: Api, sandbox: ResendSandbox) -> None:
    first = api.sent(key="k")
    sandbox.advance(24 * HOUR)
    assert api.sent(key="k") != first
    assert len(sandbox.mailbox) == 2


def test_another_body_under_the_same_key_is_refused_however_valid(api: Api, sandbox: ResendSandbox) -> None:
    api.sent(key="k")
    assert refused(api.send(key="k", subject="Other")) == (409, "invalid_idempotent_request")
    # Bytes are compared, not values: a body that was rendered anew has drifted.
    again = api.http.post("/emails", json=dict(reversed(mail().items())), headers={"Idempotency-Key": "k"})
    assert refused(again) == (409, "invalid_idempotent_request")
    assert len(sandbox.mailbox) == 1


def test_what_was_refused_leaves_the_key_free(api: Api, sandbox: ResendSandbox) -> None:
    assert api.send(key="k", to="nobody").status_code == 422
    api.sent(key="k")
    assert len(sandbox.mailbox) == 1


@pytest.mark.parametrize(("key", "status"), [("", 400), ("x" * 257, 400), ("x" * 256, 200), ("x", 200)])
def test_the_length_of_a_key(api: Api, key: str, status: int) -> None:
    answer = api.send(key=key)
    assert answer.status_code == status
    assert status == 200 or refused(answer) == (400, "invalid_idempotency_key")


def test_without_a_key_every_request_is_a_new_mail(api: Api, sandbox: ResendSandbox) -> None:
    assert api.sent() != api.sent()
    assert len(sandbox.mailbox) == 2


def test_a_key_in_use_is_refused_and_accepted_only_once(api: Api, sandbox: ResendSandbox, callers: Callers) -> None:
    sandbox.faults.next("slow", seconds=1.0)
    answers: list[str] = []
    slow = threading.Thread(target=lambda: answers.append(callers(sandbox).sent(key="k")))
    slow.start()
    sandbox.mailbox.wait_for(lambda messages: len(messages) == 1)  # stored, not answered yet
    assert refused(api.send(key="k")) == (409, "concurrent_idempotent_requests")
    slow.join(5)
    assert api.sent(key="k") == answers[0]
    assert len(sandbox.mailbox) == 1


def test_keys_of_scheduled_mail_live_until_a_day_after_it_is_due(api: Api, sandbox: ResendSandbox) -> None:
    body = {"key": "k", "scheduled_at": "2026-11-27T10:20:00Z"}
    first = api.sent(**body)
    sandbox.advance(50 * HOUR)
    assert api.sent(**body) == first
    assert len(sandbox.emails) == 1


@pytest.mark.parametrize("fault", ["drop_after", "partial", "broken_json", "no_content"])
def test_a_lost_answer_is_had_by_asking_again(api: Api, sandbox: ResendSandbox, fault: str) -> None:
    sandbox.faults.next(fault, on="POST /emails")
    try:
        api.send(key="k")
    except Exception as error:
        assert "Protocol" in type(error).__name__
    assert len(sandbox.mailbox) == 1
    assert api.sent(key="k") == sandbox.mailbox[0].id
    assert len(sandbox.mailbox) == 1
