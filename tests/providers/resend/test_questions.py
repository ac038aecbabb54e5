"""Reading and changing what is at the provider: emails, the suppression list, domains."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from booking_tui.domain.mail.answer import Phase, RemoteEmail
from booking_tui.domain.mail.email import Suppression
from booking_tui.ports.mail import MailRefused, OwnWebhooks
from booking_tui.providers.resend.client import ResendProvider
from booking_tui.providers.resend.http import Timeouts
from tests.providers.resend.conftest import Providers
from tests.providers.resend.loopback import DROPPED, SILENT, Loopback, Reply, Request, error, reply

ID = "9d7b1e52-6c1c-4bd0-9a29-5ff4d4a0f6a1"
AT = datetime(2026, 12, 1, 13, 0, tzinfo=UTC)
SENTENCE = "The API's own sentence."
NOT_FOUND = error(404, "not_found", "Email not found")


def remote(number: int = 0, **other: Any) -> dict[str, Any]:
    return {
        "object": "email",
        "id": f"email-{number}",
        "to": ["ada@example.com"],
        "subject": "Tomorrow 14:00",
        "created_at": "2026-11-22 08:13:42.674981+00",
        "last_event": "delivered",
        "scheduled_at": None,
        **other,
    }


def pages(entries: list[dict[str, Any]]) -> Callable[[Request], Reply]:
    """Serve a list as Resend does: ``limit``, ``after``, ``has_more``."""

    def serve(request: Request) -> Reply:
        asked = parse_qs(urlsplit(request.target).query)
        limit, after = int(asked["limit"][0]), asked.get("after", [None])[0]
        names = [entry.get("id") for entry in entries]
        start = names.index(after) + 1 if after else 0
        page = entries[start : start + limit]
        return reply(200, {"object": "list", "data": page, "has_more": start + limit < len(entries)})

    return serve


def test_cancelling_and_rescheduling(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: reply(200, {"object": "email", "id": ID})
    assert provider.cancel(ID).ids == (ID,)
    assert provider.reschedule(ID, datetime(2026, 12, 1, 14, tzinfo=timezone(timedelta(hours=1)))).ids == (ID,)
    cancelled, moved = server.requests
    assert (cancelled.method, cancelled.target) == ("POST", f"/emails/{ID}/cancel")
    assert (moved.method, moved.target) == ("PATCH", f"/emails/{ID}")
    assert moved.json["scheduled_at"] == "2026-12-01T13:00:00.000Z"


@pytest.mark.parametrize(
    ("answered", "phase", "name"),
    [
        (NOT_FOUND, Phase.ANSWERED, "not_found"),
        (error(422, "validation_error", SENTENCE), Phase.ANSWERED, "validation_error"),
        (reply(200, {"object": "email", "id": "another-one"}), Phase.UNCERTAIN, None),
        (DROPPED, Phase.UNCERTAIN, None),
    ],
)
def test_what_could_not_be_changed(
    answered: Reply, phase: Phase, name: str | None, server: Loopback, provider: ResendProvider
) -> None:
    server.route = lambda _: answered
    for answer in (provider.cancel(ID), provider.reschedule(ID, AT)):
        assert (answer.phase, answer.name, answer.accepted) == (phase, name, False)


BAD_IDS = ["", ".", "..", "a/../b", "a/b", "a?b", "a#b", "a b", "a%2fb", "ä", "x" * 129, "a\n", "\x00"]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_an_id_that_would_lead_elsewhere_is_never_sent(bad: str, server: Loopback, provider: ResendProvider) -> None:
    for answer in (provider.cancel(bad), provider.reschedule(bad, AT)):
        assert (answer.phase, answer.name) == (Phase.NEVER_SENT, "validation_error")
    for ask in (lambda: provider.read(bad), lambda: provider.latest(after=bad)):
        with pytest.raises(MailRefused) as refused:
            ask()
        assert refused.value.answer.phase is Phase.NEVER_SENT
    assert server.requests == []


def test_a_time_without_a_zone_is_never_sent(server: Loopback, provider: ResendProvider) -> None:
    assert provider.reschedule(ID, AT.replace(tzinfo=None)).phase is Phase.NEVER_SENT
    assert server.requests == []


def test_reading_an_email(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: reply(
        200, remote(1, to="Ada <ada@example.com>", scheduled_at="2026-12-01T13:00:00.000Z", last_event="scheduled")
    )
    assert provider.read("email-1") == RemoteEmail(
        id="email-1",
        to=("ada@example.com",),
        subject="Tomorrow 14:00",
        last_event="scheduled",
        created_at=datetime(2026, 11, 22, 8, 13, 42, 674_000, tzinfo=UTC),
        scheduled_at=AT,
    )
    assert (server.requests[0].method, server.requests[0].target) == ("GET", "/emails/email-1")
    assert server.requests[0].body == b""


def test_an_email_that_is_not_known(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: NOT_FOUND
    assert provider.read(ID) is None


@pytest.mark.parametrize(
    "answered",
    [
        reply(404, "<html>Not found</html>"),
        error(404, "another_name"),
        error(401, "restricted_api_key", SENTENCE),
        reply(200, remote(1)),
        reply(200, {"id": ID}),
        reply(200, remote(id=ID, created_at="yesterday")),
        reply(200, "<html></html>"),
        reply(302, "", {"Location": "/"}),
        DROPPED,
    ],
)
def test_what_is_no_answer_to_a_question_is_refused(
    answered: Reply, server: Loopback, provider: ResendProvider
) -> None:
    server.route = lambda _: answered
    with pytest.raises(MailRefused):
        provider.read(ID)


def test_a_refused_question_tells_what_was_said(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: error(401, "restricted_api_key", SENTENCE)
    asks: list[Callable[[], object]] = [
        lambda: provider.read(ID),
        provider.latest,
        provider.suppressions,
        lambda: provider.unsuppress("ada@example.com"),
        lambda: provider.missed_events(AT, OwnWebhooks(), lambda _: ()),
        lambda: provider.keep_webhook("https://desk.example.com/webhooks/resend", OwnWebhooks(), lambda _: None),
        provider.domains,
    ]
    for ask in asks:
        with pytest.raises(MailRefused, match="own sentence") as refused:
            ask()
        answer = refused.value.answer
        assert (answer.phase, answer.status, answer.name) == (Phase.ANSWERED, 401, "restricted_api_key")


def test_the_latest_emails_over_several_pages(server: Loopback, provider: ResendProvider) -> None:
    server.route = pages([remote(number) for number in range(250)])
    assert [email.id for email in provider.latest(230)] == [f"email-{number}" for number in range(230)]
    assert [request.target for request in server.requests] == [
        "/emails?limit=100",
        "/emails?limit=100&after=email-99",
        "/emails?limit=100&after=email-199",
    ]
    server.requests.clear()
    assert [email.id for email in provider.latest(2, after="email-7")] == ["email-8", "email-9"]
    assert server.requests[0].target == "/emails?limit=2&after=email-7"
    assert len(provider.latest(1_000)) == 250
    assert provider.latest(0) == []


def test_entries_that_lack_what_counts_are_left_out(server: Loopback, provider: ResendProvider) -> None:
    odd: list[Any] = [{}, remote(1, last_event=None), remote(2, created_at=7), "text", None, remote(3, to=None)]
    server.route = lambda _: reply(200, {"data": odd, "has_more": False})
    assert [(email.id, email.to) for email in provider.latest()] == [("email-3", ())]


ENDLESS: list[dict[str, Any]] = [
    {"data": [remote(1)], "has_more": True},
    {"data": [{"id": "a/../b"}], "has_more": True},
    {"data": [{}], "has_more": True},
    {"data": {"id": "x"}},
    {},
]


@pytest.mark.parametrize("document", ENDLESS)
def test_a_list_that_goes_in_circles_is_refused(
    document: dict[str, Any], server: Loopback, provider: ResendProvider
) -> None:
    server.route = lambda _: reply(200, document)
    with pytest.raises(MailRefused):
        provider.suppressions()
    assert len(server.requests) <= 2


def test_all_suppressions(server: Loopback, provider: ResendProvider) -> None:
    server.route = pages(
        [
            {
                "id": f"entry-{number}",
                "email": f"p{number}@example.com",
                "origin": "bounce",
                "created_at": "2026-11-17T19:32:22.980Z",
            }
            for number in range(101)
        ]
    )
    found = provider.suppressions()
    assert len(found) == 101
    assert found[0] == Suppression(
        "p0@example.com", "bounce", datetime(2026, 11, 17, 19, 32, 22, 980_000, tzinfo=UTC), "entry-0"
    )


def test_taking_an_address_off_the_list(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: reply(200, {"object": "suppression", "id": "x", "deleted": True})
    provider.unsuppress("a+b/c%d@example.com")
    request = server.requests[0]
    assert (request.method, request.target) == ("DELETE", "/suppressions/a%2Bb%2Fc%25d%40example.com")
    assert request.body == b""
    server.route = lambda _: error(404, "not_found", "Suppression not found")
    provider.unsuppress("ada@example.com")


@pytest.mark.parametrize("bad", ["", "ada", "..", "a@b@c", "a b@c", "a@b\n", "a\x00@b", "@", "a@" + "b" * 400])
def test_what_is_no_address_is_never_sent(bad: str, server: Loopback, provider: ResendProvider) -> None:
    with pytest.raises(MailRefused):
        provider.unsuppress(bad)
    assert server.requests == []


def test_domains_with_their_status(server: Loopback, provider: ResendProvider) -> None:
    server.route = pages(
        [
            {"id": "d1", "name": "example.com", "status": "verified"},
            {"id": "d2", "name": "mail.example.org", "status": "pending"},
            {"id": "d3", "name": None},
        ]
    )
    assert provider.domains() == {"example.com": "verified", "mail.example.org": "pending"}


def test_questions_keep_to_the_rate_that_the_answers_tell(server: Loopback, providers: Providers) -> None:
    waited: list[float] = []
    serve = pages([remote(number) for number in range(250)])
    told = iter([{"ratelimit-remaining": "0", "ratelimit-reset": "0.75"}, {"ratelimit-remaining": "0"}, {}])

    def serving(request: Request) -> Reply:
        served = serve(request)
        head, _, rest = served.raw.partition(b"\r\n")
        extra = "".join(f"{name}: {value}\r\n" for name, value in next(told).items()).encode()
        return Reply(head + b"\r\n" + extra + rest)

    server.route = serving
    assert len(providers(server.url, pause=waited.append).latest(250)) == 250
    assert waited == [0.75, 1.0]


def test_many_questions_end_within_one_deadline(server: Loopback, providers: Providers) -> None:
    serve = pages([remote(number) for number in range(500)])

    def serving(request: Request) -> Reply:
        return serve(request) if len(server.requests) < 3 else SILENT

    server.route = serving
    started = time.monotonic()
    with pytest.raises(MailRefused) as refused:
        providers(server.url, timeouts=Timeouts(5.0, 20.0, 1.0)).latest(500)
    assert time.monotonic() - started < 5
    assert refused.value.answer.phase is Phase.UNCERTAIN


def test_after_the_deadline_nothing_more_is_asked(server: Loopback, providers: Providers) -> None:
    class Jumping:
        seconds = 0.0

        def now(self) -> datetime:
            return AT

        def monotonic(self) -> float:
            return self.seconds

    clock = Jumping()
    serve = pages([remote(number) for number in range(500)])

    def serving(request: Request) -> Reply:
        clock.seconds += 20
        return serve(request)

    server.route = serving
    with pytest.raises(MailRefused) as refused:
        providers(server.url, clock=clock, timeouts=Timeouts()).latest(500)
    assert refused.value.answer.phase is Phase.NEVER_SENT
    assert len(server.requests) == 2
