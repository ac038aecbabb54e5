"""The mailbox: as a sequence, as JSON, and as pages for people."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest

from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.sandbox.resend import mailbox as box
from tests.sandbox.resend.calling import Api, mail

BASE = "/_sandbox/mailbox"
ICS = "BEGIN:VCALENDAR\r\nSUMMARY:A very long line that\r\n  is folded\r\nEND:VCALENDAR\r\n"
HOSTILE = "</title><script>alert(1)</script>\"'&<img src=x onerror=alert(1)>\u202egnp.exe"


class Elements(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


@pytest.fixture
def browser(sandbox: ResendSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        yield client


def test_an_empty_mailbox_says_so(browser: httpx.Client) -> None:
    page = browser.get(BASE)
    assert page.status_code == 200
    assert "nothing yet" in page.text
    assert browser.get(BASE, params={"json": 1}).json() == {"messages": []}


def test_the_list_has_the_newest_first(api: Api, sandbox: ResendSandbox, browser: httpx.Client) -> None:
    api.sent(subject="First")
    sandbox.advance(60)
    api.sent(subject="Second", to="bo@example.com", attachments=[{"filename": "a.ics", "content": "AAAA"}])
    text = browser.get(BASE).text
    assert text.index("Second") < text.index("First")
    for told in ("bo@example.com", "Tue 24 Nov 2026, 10:21:00 UTC", "reminder_24h", "1 file", "2 delivered"):
        assert told in text
    rows = browser.get(BASE, params={"json": 1}).json()["messages"]
    assert [row["subject"] for row in rows] == ["Second", "First"]
    assert rows[0]["delivered_to"] == ["bo@example.com"]


def test_a_message_is_shown_in_a_frame_that_may_do_nothing(api: Api, browser: httpx.Client) -> None:
    content = base64.b64encode(ICS.encode()).decode()
    email_id = api.sent(
        key="reminder/b1/1",
        text="See you.",
        reply_to="robin.vale@example.com",
        headers={"X-Entity-Ref-ID": "b1"},
        attachments=[{"filename": "session.ics", "content": content}],
    )
    page = browser.get(f"{BASE}/{email_id}")
    (frame,) = Elements(page.text).all("iframe")
    assert frame["sandbox"] == ""
    assert frame["srcdoc"] == mail()["html"]
    for told in ("See you.", "robin.vale@example.com", "X-Entity-Ref-ID", "reminder/b1/1", "SUMMARY:A very long line"):
        assert told in page.text
    assert "long line that is folded" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    (link,) = [attrs["href"] for attrs in Elements(page.text).all("a") if "files" in str(attrs["href"])]
    saved = browser.get(str(link))
    assert saved.text == ICS
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''session.ics"
    shown = browser.get(f"{BASE}/{email_id}", params={"json": 1}).json()
    assert shown["attachments"][0]["content"] == content
    assert shown["idempotency_key"] == "reminder/b1/1"


def test_the_frame_can_be_as_narrow_as_a_phone(api: Api, browser: httpx.Client) -> None:
    email_id = api.sent()
    assert Elements(browser.get(f"{BASE}/{email_id}").text).all("iframe")[0]["class"] == "wide"
    phone = browser.get(f"{BASE}/{email_id}", params={"width": "phone"}).text
    assert Elements(phone).all("iframe")[0]["class"] == "phone"


def test_a_mail_without_html_shows_its_text(api: Api, browser: httpx.Client) -> None:
    email_id = api.sent(html=None, text="Just words")
    page = browser.get(f"{BASE}/{email_id}").text
    assert not Elements(page).all("iframe")
    assert "Just words" in page


def test_strangers_text_is_only_text(api: Api, browser: httpx.Client) -> None:
    email_id = api.sent(
        subject=HOSTILE,
        text=HOSTILE,
        html=f'<p>"{HOSTILE}"</p>',
        from_=f"{HOSTILE.replace('<', '').replace('>', '')} <a@example.com>",
        headers={"X-A": HOSTILE},
        attachments=[
            {"filename": f"{HOSTILE}.txt", "content": base64.b64encode(HOSTILE.encode()).decode()},
            {"filename": "x.html", "content": "PGI+", "content_type": "text/html"},
        ],
    )
    for page in (browser.get(BASE).text, browser.get(f"{BASE}/{email_id}").text):
        elements = Elements(page)
        assert not elements.all("script")
        assert not elements.all("img")
        assert not [attrs for _, attrs in elements.found if any(name.startswith("on") for name in attrs)]
        assert html.escape(HOSTILE[:30]) in page
        assert "\u202e" not in re.sub(r'srcdoc="[^"]*"', "", page)
    files = [browser.get(f"{BASE}/{email_id}/files/{number}") for number in (0, 1)]
    assert {file.headers["content-type"] for file in files} == {"application/octet-stream"}
    assert files[0].headers["content-disposition"].isascii()


def test_what_is_not_there(api: Api, browser: httpx.Client) -> None:
    email_id = api.sent()
    assert browser.get(f"{BASE}/nothing").status_code == 404
    assert browser.get(f"{BASE}/nothing", params={"json": 1}).status_code == 404
    assert browser.get(f"{BASE}/{email_id}/files/0").status_code == 404
    assert browser.get(f"{BASE}/nothing/files/0").status_code == 404


def test_it_can_be_emptied(api: Api, sandbox: ResendSandbox, browser: httpx.Client) -> None:
    api.sent()
    assert browser.delete(BASE).json() == {"messages": []}
    assert len(sandbox.mailbox) == 0
    api.sent()
    sandbox.mailbox.clear()
    assert list(sandbox.mailbox) == []


def test_it_is_bounded_by_count_and_by_weight(
    api: Api, sandbox: ResendSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box, "KEPT", 3)
    ids = [api.sent() for _ in range(5)]
    assert [message.id for message in sandbox.mailbox] == ids[2:]
    monkeypatch.setattr(box, "HEAVIEST", 5_000)
    heavy = [api.sent(text="x" * 2_000) for _ in range(3)]
    assert [message.id for message in sandbox.mailbox] == heavy[1:]


def test_waiting_for_mail(api: Api, sandbox: ResendSandbox) -> None:
    with pytest.raises(TimeoutError):
        sandbox.mailbox.wait_for(bool, timeout_s=0.01)
    api.sent()
    assert sandbox.mailbox.wait_for(lambda messages: len(messages) == 1) == sandbox.mailbox[:]
