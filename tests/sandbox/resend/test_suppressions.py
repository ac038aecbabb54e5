"""The suppression list."""

from __future__ import annotations

from typing import Any

import pytest

from booking_tui.sandbox.resend import ResendSandbox
from tests.sandbox.conftest import Subscriber
from tests.sandbox.resend.calling import Api, refused, told


def test_added_found_and_removed(api: Api, sandbox: ResendSandbox, subscriber: Subscriber) -> None:
    sandbox.webhooks.add(subscriber.url, ["suppression.added", "suppression.removed"])
    added = api.http.post("/suppressions", json={"email": "Ada@Example.com"})
    assert added.status_code == 201
    row_id = added.json()["id"]
    assert added.json() == {"object": "suppression", "id": row_id}
    row = {
        "object": "suppression",
        "id": row_id,
        "email": "ada@example.com",
        "origin": "manual",
        "source_id": None,
        "created_at": "2026-11-24 10:20:00.000000+00",
    }
    assert api.http.get(f"/suppressions/{row_id}").json() == row
    assert api.http.get("/suppressions/ADA%40example.com").json() == row
    assert api.http.post("/suppressions", json={"email": "ada@example.com"}).json()["id"] == row_id
    removed = {"object": "suppression", "id": row_id, "deleted": True}
    assert api.http.delete("/suppressions/ada%40example.com").json() == removed
    assert refused(api.http.get(f"/suppressions/{row_id}")) == (404, "not_found")
    assert refused(api.http.delete(f"/suppressions/{row_id}")) == (404, "not_found")
    sandbox.settle()
    assert [name for name, _ in told(subscriber.got)] == ["suppression.added", "suppression.removed"]


def test_after_removal_mail_goes_out_again_and_a_bounce_suppresses_anew(api: Api, sandbox: ResendSandbox) -> None:
    api.sent(to="ada@gmial.com")
    assert api.last_event(api.sent(to="ada@gmial.com")) == "suppressed"
    api.http.delete("/suppressions/ada%40gmial.com")
    assert api.last_event(api.sent(to="ada@gmial.com")) == "bounced"
    assert "ada@gmial.com" in sandbox.suppressions


def test_listed_by_origin_in_pages(api: Api, sandbox: ResendSandbox) -> None:
    ids = [sandbox.suppressions.add(f"p{number}@example.com").id for number in range(3)]
    sandbox.suppressions.add("b@example.com", "bounce", "source")
    page = api.http.get("/suppressions", params={"origin": "manual", "limit": 2}).json()
    assert ([row["id"] for row in page["data"]], page["has_more"]) == ([ids[2], ids[1]], True)
    page = api.http.get("/suppressions", params={"origin": "bounce"}).json()
    assert [(row["email"], row["source_id"]) for row in page["data"]] == [("b@example.com", "source")]
    assert "object" not in page["data"][0]
    assert len(api.http.get("/suppressions").json()["data"]) == 4
    assert refused(api.http.get("/suppressions", params={"origin": "x"})) == (422, "validation_error")


def test_batches(api: Api) -> None:
    emails = ["a@example.com", "A@example.com", "b@example.com"]
    added = api.http.post("/suppressions/batch/add", json={"emails": emails})
    assert added.status_code == 201
    ids = [row["id"] for row in added.json()["data"]]
    assert len(ids) == 2
    removed = api.http.post("/suppressions/batch/remove", json={"emails": ["a@example.com", "nobody@example.com"]})
    assert removed.json() == {"data": [{"object": "suppression", "id": ids[0], "deleted": True}]}
    removed = api.http.post("/suppressions/batch/remove", json={"ids": ids})
    assert [row["id"] for row in removed.json()["data"]] == [ids[1]]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {"email": "nobody"}),
        ("", []),
        ("/batch/add", {"emails": []}),
        ("/batch/add", {"emails": ["a@example.com"] * 101}),
        ("/batch/add", {"emails": ["nobody"]}),
        ("/batch/remove", {}),
        ("/batch/remove", {"emails": ["a@example.com"], "ids": ["x"]}),
        ("/batch/remove", {"ids": []}),
    ],
)
def test_bad_bodies(api: Api, path: str, body: Any) -> None:
    assert refused(api.http.post(f"/suppressions{path}", json=body)) == (422, "validation_error")


def test_an_address_is_required(api: Api) -> None:
    assert refused(api.http.post("/suppressions", json={})) == (422, "missing_required_field")
