"""Batches: strict or permissive, queued first, without attachments."""

from __future__ import annotations

from typing import Any

from booking_tui.sandbox.resend import ResendSandbox
from tests.sandbox.resend.calling import Api, mail, refused

BAD = mail(to="nobody")


def test_items_are_queued_first_and_lose_their_attachments(api: Api, sandbox: ResendSandbox) -> None:
    items = [mail(to="a@example.com"), mail(to="b@example.com", attachments=[{"filename": "a.ics", "content": "AAAA"}])]
    answer = api.http.post("/emails/batch", json=items)
    ids = [item["id"] for item in answer.json()["data"]]
    assert set(answer.json()) == {"data"}
    assert [api.last_event(email_id) for email_id in ids] == ["queued", "queued"]
    assert not sandbox.mailbox
    sandbox.advance(1)
    assert [(message.id, message.attachments) for message in sandbox.mailbox] == [(ids[0], ()), (ids[1], ())]


def test_strict_is_all_or_nothing_and_tells_the_index(api: Api, sandbox: ResendSandbox) -> None:
    answer = api.http.post("/emails/batch", json=[mail(), BAD, mail(subject=None)])
    assert refused(answer) == (422, "validation_error")
    assert "index 1" in answer.json()["message"]
    assert not sandbox.emails


def test_permissive_takes_the_good_ones(api: Api, sandbox: ResendSandbox) -> None:
    items = [BAD, mail(subject="Good"), mail(from_="a@example.org")]
    answer = api.http.post("/emails/batch", json=items, headers={"x-batch-validation": "permissive"}).json()
    assert len(answer["data"]) == 1
    assert [error["index"] for error in answer["errors"]] == [0, 2]
    assert all(error["message"] for error in answer["errors"])
    assert sandbox.emails[0].draft.subject == "Good"


def test_one_key_covers_the_array(api: Api, sandbox: ResendSandbox) -> None:
    headers = {"Idempotency-Key": "k"}
    first = api.http.post("/emails/batch", json=[mail(), mail()], headers=headers).json()
    assert api.http.post("/emails/batch", json=[mail(), mail()], headers=headers).json() == first
    assert refused(api.http.post("/emails/batch", json=[mail()], headers=headers)) == (
        409,
        "invalid_idempotent_request",
    )
    assert len(sandbox.emails) == 2
    # A key belongs to its endpoint.
    assert api.send(key="k").status_code == 200


def test_sizes(api: Api, sandbox: ResendSandbox) -> None:
    sandbox.limits.daily = None
    assert api.http.post("/emails/batch", json=[mail()] * 100).status_code == 200
    wrongs: list[Any] = [[], [mail()] * 101, {}]
    for wrong in wrongs:
        assert refused(api.http.post("/emails/batch", json=wrong)) == (422, "validation_error")


def test_an_item_may_be_scheduled(api: Api, sandbox: ResendSandbox) -> None:
    answer = api.http.post("/emails/batch", json=[mail(scheduled_at="2026-11-24T11:00:00Z")])
    assert api.last_event(answer.json()["data"][0]["id"]) == "scheduled"
