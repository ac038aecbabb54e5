"""Scheduled mail: moved, cancelled, sent when it is due."""

from __future__ import annotations

from typing import Any

import pytest

from booking_tui.sandbox.resend import ResendSandbox
from tests.sandbox.resend.calling import Api, refused


def test_it_is_sent_when_it_is_due(api: Api, sandbox: ResendSandbox) -> None:
    email_id = api.sent(scheduled_at="2026-11-24T11:20:00+00:00")
    assert api.last_event(email_id) == "scheduled"
    sandbox.advance(3599)
    assert not sandbox.mailbox
    sandbox.advance(1)
    assert api.last_event(email_id) == "delivered"
    assert sandbox.mailbox[0].sent_at.isoformat() == "2026-11-24T11:20:00+00:00"


def test_it_can_be_moved(api: Api, sandbox: ResendSandbox) -> None:
    email_id = api.sent(scheduled_at="2026-11-24T11:20:00Z")
    moved = api.http.patch(f"/emails/{email_id}", json={"scheduled_at": "2026-11-24T13:20:00Z"})
    assert moved.json() == {"object": "email", "id": email_id}
    sandbox.advance(7200)
    assert not sandbox.mailbox
    sandbox.advance(3600)
    assert len(sandbox.mailbox) == 1


def test_it_can_be_cancelled_for_good(api: Api, sandbox: ResendSandbox) -> None:
    email_id = api.sent(scheduled_at="2026-11-24T11:20:00Z")
    assert api.http.post(f"/emails/{email_id}/cancel").json() == {"object": "email", "id": email_id}
    assert api.last_event(email_id) == "canceled"
    again = {"scheduled_at": "2026-11-24T12:20:00Z"}
    assert refused(api.http.patch(f"/emails/{email_id}", json=again)) == (422, "validation_error")
    assert refused(api.http.post(f"/emails/{email_id}/cancel")) == (422, "validation_error")
    sandbox.advance(86_400)
    assert not sandbox.mailbox


def test_what_was_sent_is_too_late_to_cancel(api: Api) -> None:
    email_id = api.sent()
    assert refused(api.http.post(f"/emails/{email_id}/cancel")) == (422, "validation_error")


@pytest.mark.parametrize(
    "at",
    ["soon", "2026-11-24T11:20:00", "2026-11-24T10:19:59Z", "2026-12-24T10:20:01Z", "", 5],
)
def test_instants_that_are_wrong(api: Api, at: Any) -> None:
    assert refused(api.send(scheduled_at=at)) == (422, "validation_error")
    email_id = api.sent(scheduled_at="2026-12-24T10:20:00Z")
    assert refused(api.http.patch(f"/emails/{email_id}", json={"scheduled_at": at})) == (422, "validation_error")


def test_moving_needs_an_instant(api: Api) -> None:
    email_id = api.sent(scheduled_at="2026-11-24T11:20:00Z")
    assert refused(api.http.patch(f"/emails/{email_id}", json={})) == (422, "missing_required_field")
    assert refused(api.http.patch(f"/emails/{email_id}", json=[])) == (422, "validation_error")


def test_it_fails_when_its_key_is_gone(api: Api, sandbox: ResendSandbox) -> None:
    email_id = api.sent(scheduled_at="2026-11-24T11:20:00Z")
    key = sandbox.api_keys.pop(sandbox.api_key)
    sandbox.advance(3600)
    sandbox.api_keys[sandbox.api_key] = key
    assert api.last_event(email_id) == "failed"
    assert not sandbox.mailbox
