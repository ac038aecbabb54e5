"""Sending one email: what is refused, what arrives, and what the account says of it."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

import httpx
import pytest

from booking_tui.sandbox.resend import ResendSandbox, drafts, gate, postoffice
from tests.sandbox.resend.calling import NOW, Api, Callers, Make, mail, refused

ICS = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


def test_a_mail_is_accepted_delivered_and_can_be_looked_at(api: Api, sandbox: ResendSandbox) -> None:
    more = {
        "cc": "bo@example.com",
        "reply_to": "robin.vale@example.com",
        "headers": {"X-Entity-Ref-ID": "b1"},
        "attachments": [{"filename": "session.ics", "content": base64.b64encode(ICS).decode()}],
    }
    email_id = api.sent(key="reminder/b1/1", **more)
    message = sandbox.mailbox[0]
    assert (message.id, message.subject, message.from_) == (email_id, mail()["subject"], mail()["from"])
    assert (message.to, message.cc, message.bcc) == (("ada@example.com",), ("bo@example.com",), ())
    assert message.delivered_to == ("ada@example.com", "bo@example.com")
    assert message.tags == {"kind": "reminder_24h"}
    assert message.headers == {"X-Entity-Ref-ID": "b1"}
    assert message.idempotency_key == "reminder/b1/1"
    assert message.sent_at == NOW
    assert message.attachments[0].content == ICS
    assert message.attachments[0].content_type == "text/calendar"
    got = api.http.get(f"/emails/{email_id}").json()
    assert got["object"] == "email"
    assert got["to"] == ["ada@example.com"]
    assert got["reply_to"] == ["robin.vale@example.com"]
    assert got["last_event"] == "delivered"
    assert got["text"] == "See you tomorrow."
    assert got["created_at"] == "2026-11-24 10:20:00.000000+00"
    assert datetime.fromisoformat(got["created_at"]) == NOW
    assert got["message_id"].endswith("@email.practice.example.com>")


def test_the_text_part_is_made_of_the_html_unless_it_was_given(api: Api, sandbox: ResendSandbox) -> None:
    api.sent(html="<style>p{}</style><p>One</p><p>two &amp; <b>three</b></p>")
    api.sent(text="My own")
    api.sent(text="")
    assert [message.text for message in sandbox.mailbox] == ["One\ntwo & three", "My own", None]


def test_the_same_seed_gives_the_same_ids(make: Make, callers: Callers) -> None:
    first, second = (callers(make(seed=4)).sent() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", ["from", "to", "subject"])
@pytest.mark.parametrize("nothing", [None, "", []])
def test_required_fields(api: Api, name: str, nothing: Any) -> None:
    assert refused(api.send(**{name: nothing})) == (422, "missing_required_field")


def test_one_of_html_and_text_is_required(api: Api) -> None:
    assert refused(api.send(html=None)) == (422, "missing_required_field")
    assert api.send(html=None, text="Hello").status_code == 200


FIFTY = [f"p{number}@example.com" for number in range(50)]


@pytest.mark.parametrize(
    "more",
    [
        {"to": [*FIFTY, "one@example.com"]},
        {"to": "nobody"},
        {"to": ["ada@example.com", 5]},
        {"to": "Ada <ada@example.com"},
        {"to": "ada@example.com\r\nBcc: eve@example.com"},
        {"cc": "a b@example.com"},
        {"from_": "hello"},
        {"from_": 5},
        {"subject": 5},
        {"html": ["x"]},
        {"headers": ["x"]},
        {"headers": {"X-One": "a\r\nBcc: eve@example.com"}},
        {"headers": {"X One": "a"}},
        {"tags": {"kind": "x"}},
        {"tags": [{"name": "kind", "value": "a.b"}]},
        {"tags": [{"name": "kind", "value": "ä"}]},
        {"tags": [{"name": "kind", "value": "x" * 257}]},
        {"tags": [{"name": "kind"}]},
        {"tags": ["kind"]},
    ],
)
def test_fields_that_are_wrong(api: Api, sandbox: ResendSandbox, more: dict[str, Any]) -> None:
    assert refused(api.send(**more)) == (422, "validation_error")
    assert not sandbox.emails


def test_fifty_addresses_are_allowed(api: Api, sandbox: ResendSandbox) -> None:
    sandbox.limits.daily = None
    api.sent(to=FIFTY)
    assert len(sandbox.mailbox[0].delivered_to) == 50


@pytest.mark.parametrize(
    "file",
    [
        {"filename": "a.txt", "content": "not base64!"},
        {"filename": "a.txt", "content": [1, 999]},
        {"filename": "a.txt", "content": {}},
        {"filename": "a.txt"},
        {"content": "AAAA"},
        {"filename": "run.EXE", "content": "AAAA"},
        "a.txt",
    ],
)
def test_attachments_that_are_wrong(api: Api, file: Any) -> None:
    assert refused(api.send(attachments=[file])) == (422, "invalid_attachment")


def test_attachments_may_be_bytes_and_must_be_a_list(api: Api, sandbox: ResendSandbox) -> None:
    assert refused(api.send(attachments="x")) == (422, "invalid_attachment")
    api.sent(attachments=[{"filename": "a.bin", "content": [0, 255], "content_type": "x/y", "content_id": "c"}])
    file = sandbox.mailbox[0].attachments[0]
    assert (file.content, file.content_type, file.content_id) == (b"\x00\xff", "x/y", "c")


def test_what_would_be_fetched_fails_later(api: Api, sandbox: ResendSandbox) -> None:
    email_id = api.sent(attachments=[{"filename": "a.txt", "path": "https://files.example.com/a.txt"}])
    assert api.last_event(email_id) == "failed"
    assert not sandbox.mailbox


@pytest.mark.parametrize("raw", [b"{", b"\xff", b'{"subject": NaN}', b'{"subject":"\\ud800"}', b"[" * 50_000])
def test_bodies_that_are_not_json(api: Api, raw: bytes) -> None:
    assert refused(api.http.post("/emails", content=raw)) == (400, "validation_error")


def test_a_body_that_is_no_object(api: Api) -> None:
    assert refused(api.http.post("/emails", json=[])) == (400, "validation_error")


def test_the_domain_must_be_verified_exactly(api: Api, sandbox: ResendSandbox) -> None:
    for sender in ("a@example.org", "a@sub.example.com"):
        assert refused(api.send(from_=sender)) == (403, "validation_error")
    assert api.send(from_="A <a@example.com>").status_code == 200
    sandbox.account.set_domain("example.com", "failed")
    assert refused(api.send(from_="a@example.com")) == (403, "validation_error")
    sandbox.account.set_domain("sub.example.com", "verified")
    assert api.send(from_="a@sub.example.com").status_code == 200


def test_the_testing_sender_sends_to_the_owner_alone(api: Api, sandbox: ResendSandbox) -> None:
    onboarding = "Acme <onboarding@resend.dev>"
    answer = api.send(from_=onboarding)
    assert refused(answer) == (403, "validation_error")
    assert sandbox.account.owner in answer.json()["message"]
    assert api.send(from_=onboarding, to=sandbox.account.owner.upper()).status_code == 200
    assert api.send(from_=onboarding, to="delivered+1@resend.dev").status_code == 200
    assert refused(api.send(from_="other@resend.dev", to=sandbox.account.owner)) == (403, "validation_error")


def test_keys(sandbox: ResendSandbox, api: Api, callers: Callers) -> None:
    sending = callers(sandbox, sandbox.sending_key)
    email_id = sending.sent()
    assert sending.http.post("/emails/batch", json=[mail()]).status_code == 200
    for method, path in (("GET", f"/emails/{email_id}"), ("POST", f"/emails/{email_id}/cancel"), ("GET", "/webhooks")):
        assert refused(sending.http.request(method, path)) == (401, "restricted_api_key")
    assert refused(callers(sandbox, "re_unknown").send()) == (403, "invalid_api_key")
    sandbox.api_keys[sandbox.api_key].state = "suspended"
    assert refused(api.send()) == (403, "suspended_api_key")
    sandbox.api_keys[sandbox.api_key].state = "inactive"
    assert refused(api.send()) == (403, "restricted_api_key")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic cmVfeA=="])
def test_without_a_key(sandbox: ResendSandbox, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = httpx.post(f"{sandbox.url}/emails", json=mail(), headers=headers, trust_env=False)
    assert refused(answer) == (401, "missing_api_key")


def test_without_a_user_agent_the_edge_refuses(api: Api, sandbox: ResendSandbox) -> None:
    del api.http.headers["User-Agent"]
    answer = api.send()
    assert answer.status_code == 403
    assert "error code: 1010" in answer.text
    with pytest.raises(ValueError, match=r"."):
        answer.json()
    assert not sandbox.emails


def test_other_paths_and_methods(api: Api) -> None:
    assert refused(api.http.get("/nothing")) == (404, "not_found")
    assert refused(api.http.get("/emails/")) == (404, "not_found")
    assert refused(api.http.delete("/emails")) == (405, "method_not_allowed")
    assert refused(api.http.get("/emails/00000000-0000-4000-8000-000000000000")) == (404, "not_found")


def test_emails_are_listed_the_newest_first_in_pages(api: Api) -> None:
    ids = [api.sent(subject=f"No. {number}") for number in range(5)][::-1]
    page = api.http.get("/emails", params={"limit": 2}).json()
    assert (page["object"], page["has_more"]) == ("list", True)
    assert [row["id"] for row in page["data"]] == ids[:2]
    assert page["data"][0]["last_event"] == "delivered"
    assert "html" not in page["data"][0]
    page = api.http.get("/emails", params={"limit": 2, "after": ids[2]}).json()
    assert ([row["id"] for row in page["data"]], page["has_more"]) == (ids[3:], False)
    page = api.http.get("/emails", params={"limit": 1, "before": ids[2]}).json()
    assert ([row["id"] for row in page["data"]], page["has_more"]) == ([ids[1]], True)


@pytest.mark.parametrize(
    ("query", "status"),
    [({"limit": "0"}, 422), ({"limit": "101"}, 422), ({"limit": "x"}, 422), ({"after": "x"}, 404),
     ({"after": "x", "before": "y"}, 422)],
)  # fmt: skip
def test_bad_pages(api: Api, query: dict[str, str], status: int) -> None:
    assert api.http.get("/emails", params=query).status_code == status


def test_domains_and_usage(api: Api) -> None:
    rows = api.http.get("/domains").json()["data"]
    assert [(row["name"], row["status"]) for row in rows] == [
        ("example.com", "verified"),
        ("practice.example.com", "verified"),
    ]
    api.sent(cc="bo@example.com")
    usage = api.http.get("/usage").json()
    assert usage["emails"]["daily"] == {
        "used": 2, "limit": 100, "sent": 2, "received": 0, "resets_at": "2026-11-25T00:00:00.000Z",
    }  # fmt: skip
    assert usage["emails"]["monthly"]["resets_at"] == "2026-12-01T00:00:00.000Z"


def test_what_is_kept_is_bounded(api: Api, sandbox: ResendSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = api.sent(scheduled_at="2026-11-24T11:20:00Z")
    monkeypatch.setattr(postoffice, "KEPT", 3)
    ids = [api.sent() for _ in range(5)]
    assert [email.id for email in sandbox.emails] == [waiting, *ids[3:]]
    monkeypatch.setattr(postoffice, "HEAVIEST", 1)
    last = api.sent()
    assert [email.id for email in sandbox.emails] == [waiting, last]
    sandbox.advance(3600)
    assert len(sandbox.mailbox) == 7


def test_a_body_beyond_all_measure_is_refused(
    api: Api, sandbox: ResendSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "BODY_MAX", 100_000)
    assert refused(api.send(text="x" * 100_001)) == (413, "validation_error")
    assert not sandbox.emails
    monkeypatch.setattr(drafts, "ATTACHMENTS_MAX", 10)
    assert refused(api.send(attachments=[{"filename": "a", "content": "AAAA" * 4}])) == (422, "invalid_attachment")


def test_requests_are_counted_and_kept(api: Api, sandbox: ResendSandbox) -> None:
    email_id = api.sent(key="k1")
    api.http.get(f"/emails/{email_id}")
    assert sandbox.requests == {"POST /emails": 1, "GET /emails/{email_id}": 1}
    first = sandbox.received[0]
    assert (first.method, first.path, first.idempotency_key) == ("POST", "/emails", "k1")
    assert b"Tomorrow" in first.body
