"""Handing emails over: what goes out, and what every answer means."""

from __future__ import annotations

import json
import logging
import threading
from typing import Any

import pytest

from booking_tui import __version__
from booking_tui.domain.mail.answer import Limits, Phase
from booking_tui.ports.mail import MailProvider
from booking_tui.providers.resend.client import ResendProvider
from booking_tui.providers.resend.http import Timeouts
from tests.providers.resend.conftest import HASTY, KEY, PATIENT, Providers, Servers
from tests.providers.resend.loopback import (
    DROPPED,
    GIBBERISH,
    HALF_BODY,
    HALF_HEAD,
    SILENT,
    Loopback,
    Reply,
    error,
    reply,
)

ID = "9d7b1e52-6c1c-4bd0-9a29-5ff4d4a0f6a1"
OTHER_ID = "0f0e1d2c-3b4a-4958-8776-655443322110"
BODY = '{ "to" : ["ada@example.com"],\n\t"subject":"Zo\\u00eb · Zoë – “14:00”", "n": 1.0, "n": 1e2 }\n'.encode()
EMAIL_KEY = "reminder_24h/abc/1"


def test_the_frozen_bytes_go_out_as_they_are(server: Loopback, provider: ResendProvider) -> None:
    sender: MailProvider = provider
    answer = sender.send(BODY, EMAIL_KEY)
    request = server.requests[0]
    assert request.body == BODY
    assert (request.method, request.target) == ("POST", "/emails")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["idempotency-key"] == EMAIL_KEY
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == f"booking-tui/{__version__}"
    assert request.headers["accept-encoding"] == "identity"
    assert (answer.phase, answer.status, answer.ids, answer.accepted) == (Phase.ANSWERED, 200, (ID,), True)
    assert answer.took_ms > 0


def test_a_large_body_arrives_whole(server: Loopback, provider: ResendProvider) -> None:
    body = json.dumps({"html": "ä" * 2_000_000}, ensure_ascii=False).encode()
    assert provider.send(body, EMAIL_KEY).accepted
    assert server.requests[0].body == body


def test_one_connection_serves_many_requests(server: Loopback, provider: ResendProvider) -> None:
    for _ in range(5):
        assert provider.send(BODY, EMAIL_KEY).accepted
    assert (server.connections, len(server.requests)) == (1, 5)


SENTENCE = "The API's own sentence."
# What was answered, and what it means: phase, status, name.
ANSWERS: dict[str, tuple[Reply, tuple[Phase, int | None, str | None]]] = {
    "created": (reply(201, {"id": ID}), (Phase.ANSWERED, 201, None)),
    "more than the id": (reply(200, {"object": "email", "id": ID, "statusCode": 200}), (Phase.ANSWERED, 200, None)),
    "no id": (reply(200, {}), (Phase.UNCERTAIN, 200, None)),
    "an empty id": (reply(200, {"id": ""}), (Phase.UNCERTAIN, 200, None)),
    "an id of another type": (reply(200, {"id": 7}), (Phase.UNCERTAIN, 200, None)),
    "an id that leads elsewhere": (reply(200, {"id": "a/../b"}), (Phase.UNCERTAIN, 200, None)),
    "a list": (reply(200, [{"id": ID}]), (Phase.UNCERTAIN, 200, None)),
    "HTML": (reply(200, "<html>Sign in to the airport's network</html>"), (Phase.UNCERTAIN, 200, None)),
    "broken JSON": (reply(200, '{"id": "'), (Phase.UNCERTAIN, 200, None)),
    "nothing": (Reply(b"HTTP/1.1 204 No Content\r\n\r\n"), (Phase.UNCERTAIN, 204, None)),
    "a redirect": (reply(302, "", {"Location": "/elsewhere"}), (Phase.UNCERTAIN, 302, None)),
    "an error in disguise": (
        reply(200, {"statusCode": 422, "name": "validation_error", "message": SENTENCE}),
        (Phase.ANSWERED, 422, "validation_error"),
    ),
    "a refusal": (error(422, "missing_required_field", SENTENCE), (Phase.ANSWERED, 422, "missing_required_field")),
    "HTTP's status wins": (
        reply(403, {"statusCode": 401, "name": "restricted_api_key", "message": SENTENCE}),
        (Phase.ANSWERED, 403, "restricted_api_key"),
    ),
    "a name the docs do not know": (error(418, "teapot", SENTENCE), (Phase.ANSWERED, 418, "teapot")),
    "an error without a status": (
        reply(409, {"name": "invalid_idempotent_request", "message": SENTENCE}),
        (Phase.ANSWERED, 409, "invalid_idempotent_request"),
    ),
    "an error without a name": (
        reply(500, {"statusCode": 500, "message": SENTENCE}),
        (Phase.ANSWERED, 500, None),
    ),
    "the API is ill": (error(500, "application_error", SENTENCE), (Phase.ANSWERED, 500, "application_error")),
    "a gateway's JSON": (reply(503, {"message": SENTENCE}), (Phase.UNCERTAIN, 503, None)),
    "a gateway's page": (reply(502, "<html>Bad gateway</html>"), (Phase.UNCERTAIN, 502, None)),
    "the edge refuses the client": (reply(403, "error code: 1010"), (Phase.UNCERTAIN, 403, None)),
    "an empty error": (reply(500), (Phase.UNCERTAIN, 500, None)),
    "an odd status inside": (reply(200, {"statusCode": True, "id": 1}), (Phase.UNCERTAIN, 200, None)),
    "dropped after reading": (DROPPED, (Phase.UNCERTAIN, None, None)),
    "half a head": (HALF_HEAD, (Phase.UNCERTAIN, None, None)),
    "half a body": (HALF_BODY, (Phase.UNCERTAIN, 200, None)),
    "no HTTP": (GIBBERISH, (Phase.UNCERTAIN, None, None)),
    "silence": (SILENT, (Phase.UNCERTAIN, None, None)),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_every_answer_says_how_far_it_got(case: str, server: Loopback, providers: Providers) -> None:
    answered, (phase, status, name) = ANSWERS[case]
    provider = providers(server.url, timeouts=HASTY if answered is SILENT else PATIENT)
    server.route = lambda _: answered
    answer = provider.send(BODY, EMAIL_KEY)
    assert (answer.phase, answer.status, answer.name) == (phase, status, name)
    assert answer.accepted == (phase is Phase.ANSWERED and name is None and status in {200, 201})
    assert len(server.requests) == 1, "nothing is retried and no redirect is followed"
    if SENTENCE.encode() in answered.raw:
        assert answer.message == SENTENCE


def test_after_a_lost_answer_the_connection_is_not_used_again(server: Loopback, providers: Providers) -> None:
    provider = providers(server.url, timeouts=Timeouts(read_s=1.0))
    server.route = lambda _: SILENT
    assert provider.send(BODY, EMAIL_KEY).phase is Phase.UNCERTAIN
    server.route = lambda _: reply(200, {"id": OTHER_ID})
    assert provider.send(BODY, EMAIL_KEY).ids == (OTHER_ID,)
    assert server.connections == 2


def test_the_headers_of_limits(server: Loopback, provider: ResendProvider) -> None:
    headers = {
        "RateLimit-Limit": "2",
        "RATELIMIT-REMAINING": "0",
        "ratelimit-reset": "1",
        "Retry-After": "3",
        "X-Resend-Daily-Quota": "99",
        "x-resend-monthly-quota": "2999",
    }
    server.route = lambda _: error(429, "rate_limit_exceeded", "Too many requests.", headers)
    answer = provider.send(BODY, EMAIL_KEY)
    assert answer.limits == Limits(limit=2, remaining=0, reset_s=1.0, daily_used=99, monthly_used=2999)
    assert (answer.retry_after_s, answer.message) == (3.0, "Too many requests.")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "Sun, 22 Nov 2026 09:07:00 GMT"}, 120.0),
        ({"retry-after": "Sun, 22 Nov 2026 09:07:00 GMT", "date": "Sun, 22 Nov 2026 09:06:50 GMT"}, 10.0),
        ({"retry-after": "Sun, 22 Nov 2026 09:00:00 GMT"}, 0.0),
        ({"retry-after": "99999999"}, 86_400.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(
    headers: dict[str, str], seconds: float | None, server: Loopback, provider: ResendProvider
) -> None:
    server.route = lambda _: error(429, "rate_limit_exceeded", headers=headers)
    assert provider.send(BODY, EMAIL_KEY).retry_after_s == seconds


@pytest.mark.parametrize("text", ["", "12 eggs", "∞".encode().decode("latin-1"), "nan", "1" * 40, "-1"])
def test_odd_limits_count_as_absent(text: str, server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: Reply(
        f'HTTP/1.1 200 OK\r\nratelimit-limit: {text}\r\nContent-Length: 11\r\n\r\n{{"id": "x"}}'.encode("latin-1")
    )
    answer = provider.send(BODY, EMAIL_KEY)
    assert (answer.accepted, answer.limits) == (True, Limits())


def test_the_raw_answer_is_kept_and_cut(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: reply(502, "é\x00" * 5_000)
    raw = provider.send(BODY, EMAIL_KEY).raw
    assert 4_000 < len(raw.encode()) <= 4_096
    assert "\x00" not in raw


@pytest.mark.parametrize("key", ["", "x" * 257, "a\r\nX-Evil: 1", "ключ", " padded", "a\x00b", "padded "])
def test_an_impossible_idempotency_key_is_never_sent(key: str, server: Loopback, provider: ResendProvider) -> None:
    for answer in (provider.send(BODY, key), provider.send_batch(b"[]", key)):
        assert (answer.phase, answer.name) == (Phase.NEVER_SENT, "invalid_idempotency_key")
    assert server.requests == []


def batch(count: int) -> bytes:
    return json.dumps([{"to": f"p{number}@example.com"} for number in range(count)]).encode() + b" \n"


def ids(count: int) -> list[dict[str, Any]]:
    return [{"id": f"id-{number}"} for number in range(count)]


def test_a_batch_gives_its_ids_in_order(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: reply(200, {"data": ids(3)})
    answer = provider.send_batch(batch(3), "batch/1")
    assert answer.ids == ("id-0", "id-1", "id-2")
    request = server.requests[0]
    assert (request.method, request.target, request.body) == ("POST", "/emails/batch", batch(3))
    assert request.headers["idempotency-key"] == "batch/1"
    assert request.headers["x-batch-validation"] == "strict"


@pytest.mark.parametrize(
    "document",
    [
        {"data": ids(2)},
        {"data": ids(4)},
        {"data": [*ids(2), {"id": None}]},
        {"data": [*ids(2), "id-2"]},
        {"data": [*ids(3), "id-3"]},
        {"data": ids(3), "errors": [{"index": 0, "message": "no"}]},
        {"data": None},
        {"id": ID},
        {},
    ],
)
def test_a_batch_whose_ids_do_not_fit_is_uncertain(
    document: dict[str, Any], server: Loopback, provider: ResendProvider
) -> None:
    server.route = lambda _: reply(200, document)
    answer = provider.send_batch(batch(3), "batch/1")
    assert (answer.phase, answer.ids) == (Phase.UNCERTAIN, ())


def test_a_refused_batch_and_one_that_is_no_list(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: error(422, "validation_error", SENTENCE)
    for body in (batch(1), b"{}", b"\xff", b"[" * 5_000):
        answer = provider.send_batch(body, "batch/1")
        assert (answer.phase, answer.status, answer.message) == (Phase.ANSWERED, 422, SENTENCE)
    server.route = lambda _: reply(200, {"data": []})
    assert provider.send_batch(b"{}", "batch/1").phase is Phase.UNCERTAIN


def test_the_key_is_in_nothing_that_can_be_kept(
    server: Loopback, provider: ResendProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.route = lambda request: error(403, f"no {KEY}", f"{request.headers['authorization']} is no key")
    answer = provider.send(BODY, EMAIL_KEY)
    assert answer.message == "Bearer ••• is no key"
    assert KEY not in repr(answer) + repr(provider) + repr(vars(provider)) + caplog.text


def test_a_key_across_the_cut_is_hidden_too(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda _: reply(502, "x" * (4_096 - len(KEY) // 2) + KEY)
    assert KEY[: len(KEY) // 2 - 2] not in provider.send(BODY, EMAIL_KEY).raw


@pytest.mark.parametrize("key", ["re_\r\nX-Evil: 1", "schlüssel", "re_\udce9", "a b", "", "  "])
def test_a_key_that_no_header_can_hold_is_for_the_api_to_refuse(
    key: str, server: Loopback, providers: Providers
) -> None:
    server.route = lambda request: error(401, "invalid_api_key", request.headers["authorization"])
    answer = providers(server.url, key).send(BODY, EMAIL_KEY)
    assert (answer.phase, answer.status, answer.name) == (Phase.ANSWERED, 401, "invalid_api_key")
    assert "x-evil" not in server.requests[0].headers
    assert "•••" in answer.message or not key.strip()


def test_two_accounts_in_two_threads_do_not_mix(servers: Servers, providers: Providers) -> None:
    accounts = [(f"re_account_{name}", servers()) for name in "ab"]
    start = threading.Barrier(2)

    def send(key: str, server: Loopback) -> None:
        provider = providers(server.url, key)
        start.wait(5)
        for number in range(50):
            assert provider.send(f'{{"n":{number}}}'.encode(), f"{key}/{number}").accepted

    threads = [threading.Thread(target=send, args=account) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for key, server in accounts:
        assert [request.json["n"] for request in server.requests] == [*range(50)]
        assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {key}"}


def test_one_provider_in_two_threads_keeps_answers_apart(server: Loopback, provider: ResendProvider) -> None:
    server.route = lambda request: reply(200, {"id": request.json["id"]})
    wrong: list[str] = []

    def send(name: str) -> None:
        for number in range(50):
            wanted = f"{name}-{number}"
            answer = provider.send(json.dumps({"id": wanted}).encode(), wanted)
            if answer.ids != (wanted,):
                wrong.append(wanted)

    threads = [threading.Thread(target=send, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
