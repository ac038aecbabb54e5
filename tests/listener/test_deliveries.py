"""What a webhook delivery is answered, and what is stored of it."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from booking_tui.domain.webhook import SignatureFinding, Verdict
from tests.listener.conftest import Start, eventually, hmac_check, post, sign


def test_a_signed_delivery_is_stored_then_accepted(start: Start) -> None:
    running = start()
    body = b'{"triggerEvent":"BOOKING_CREATED"}'

    answer = running.ask(post(body))

    assert answer.status == 200
    assert answer.header("content-type") == "application/json"
    assert answer.body == b'{"status":"accepted","id":"row-1"}'
    (delivery,) = running.store.deliveries
    assert delivery.source == "calcom"
    assert delivery.body == body
    assert (delivery.verdict, delivery.http_status) == (Verdict.VALID, 200)
    assert delivery.trigger == "BOOKING_CREATED"
    assert delivery.dedup_key is not None
    assert delivery.secret_id == "0123abcd"
    assert delivery.peer == "127.0.0.1"
    assert not delivery.test
    assert timedelta() <= datetime.now(UTC) - delivery.received_at < timedelta(seconds=10)


def test_the_same_delivery_again_is_a_duplicate_of_the_first(start: Start) -> None:
    running = start()
    first = running.ask(post())

    second = running.ask(post())

    assert second.status == 200
    assert second.json == {"status": "duplicate", "id": first.json["id"]}
    assert len(running.store.deliveries) == 2


def test_the_row_is_told_and_its_latency_noted_after_the_answer(start: Start) -> None:
    running = start()
    running.ask(post())
    running.ask(post())

    eventually(lambda: set(running.store.latencies) == {"row-1", "row-2"}, "the latencies")

    assert running.told == ["row-1", "row-2"]
    assert all(0 < latency < 5_000 for latency in running.store.latencies.values())


def test_latency_counts_from_the_first_byte(start: Start) -> None:
    running = start()
    request = post()
    with running.connect() as raw:
        raw.send(request[:20])
        eventually(lambda: running.listener.counters.connections["public"] == 1, "the connection")
        began = datetime.now(UTC)
        eventually(lambda: datetime.now(UTC) - began > timedelta(milliseconds=60))
        raw.send(request[20:]).answer()

    eventually(lambda: bool(running.store.latencies), "the latency")
    assert running.store.latencies["row-1"] >= 50


REFUSED = {
    "no signature": (post(signature=None), Verdict.MISSING),
    "the literal": (post(signature="no-secret-provided"), Verdict.MISSING),
    "another secret": (post(signature=sign(b'{"triggerEvent":"PING"}', b"other")), Verdict.INVALID),
    "another body": (post(signature=sign(b"{}")), Verdict.INVALID),
    "empty": (post(signature=""), Verdict.INVALID),
    "with a scheme": (post(signature="sha256=" + sign(b'{"triggerEvent":"PING"}')), Verdict.INVALID),
    "not ASCII": (post(signature=b"\xff\xfe\xe9" * 20), Verdict.INVALID),
    "twice, the right one first": (post(headers=[("x-cal-signature-256", "0" * 64)]), Verdict.INVALID),
    "twice the right one": (
        post(headers=[("X-CAL-SIGNATURE-256", sign(b'{"triggerEvent":"PING"}'))]),
        Verdict.INVALID,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_authentic_is_401_and_kept_as_evidence(start: Start, name: str) -> None:
    request, verdict = REFUSED[name]
    running = start()

    answer = running.ask(request)

    assert (answer.status, answer.body) == (401, b"")
    (delivery,) = running.store.deliveries
    assert (delivery.verdict, delivery.http_status) == (verdict, 401)
    assert delivery.dedup_key is None
    assert delivery.secret_id is None


def test_all_refusals_look_the_same(start: Start) -> None:
    running = start()
    answers = {repr(running.ask(request)) for request, _ in REFUSED.values()}
    assert len(answers) == 1


def test_a_refused_delivery_does_not_use_up_the_key_of_the_real_one(start: Start) -> None:
    running = start()
    running.ask(post(signature="0" * 64))
    assert running.ask(post()).json["status"] == "accepted"


UNUSABLE = {
    "empty": b"",
    "not JSON": b"not json at all",
    "not UTF-8": b"\xff\xfe{}\x00",
    "NUL": b"\x00" * 50,
    "BOM": b"\xef\xbb\xbf{}",
    "null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "NaN": b'{"triggerEvent":NaN}',
    "Infinity": b'{"a":1e999}',
    "keys twice": b'{"triggerEvent":"A","triggerEvent":"B"}',
    "a lone surrogate": b'{"triggerEvent":"\\ud800"}',
    "a long integer": b'{"a":' + b"9" * 5000 + b"}",
    "a deep nest": b"[" * 100_000,
    "UTF-16": "{}".encode("utf-16"),
    "a trigger that is no text": b'{"triggerEvent":{"a":[1]}}',
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_authenticity_alone_decides(start: Start, name: str) -> None:
    running = start()
    body = UNUSABLE[name]

    assert running.ask(post(body)).status == 200
    assert running.ask(post(body, signature="0" * 64)).status == 401
    assert [delivery.body for delivery in running.store.deliveries] == [body, body]


@pytest.mark.parametrize("name", ["trigger_of", "dedup_key", "check"])
def test_a_reader_that_breaks_never_makes_a_500(start: Start, name: str) -> None:
    def broken(*_: object) -> str:
        raise RecursionError("too deep")

    running = start(route={name: broken})
    answer = running.ask(post())

    if name == "trigger_of":
        assert answer.status == 200
        assert running.store.deliveries[0].trigger is None
    else:
        assert (answer.status, answer.body) == (503, b"")
        assert answer.header("retry-after") is not None


def test_what_an_unsigned_sender_may_do_is_the_checks_word(start: Start) -> None:
    def lenient(headers: object, body: bytes) -> SignatureFinding:
        finding = hmac_check(headers, body)  # type: ignore[arg-type]
        return SignatureFinding(Verdict.UNSIGNED_ALLOWED) if finding.verdict is Verdict.MISSING else finding

    running = start(route={"check": lenient})

    assert running.ask(post(signature=None)).json["status"] == "accepted"
    assert running.ask(post(signature="no-secret-provided")).json["status"] == "duplicate"
    assert running.ask(post(signature="0" * 64)).status == 401
    assert [d.verdict for d in running.store.deliveries] == [
        Verdict.UNSIGNED_ALLOWED,
        Verdict.UNSIGNED_ALLOWED,
        Verdict.INVALID,
    ]


@pytest.mark.parametrize(("value", "test"), [("1", True), ("0", False), ("true", False), ("", False)])
def test_the_test_header_marks_a_delivery(start: Start, value: str, test: bool) -> None:
    running = start()
    running.ask(post(headers=[("X-Booking-Tui-Test", value)]))
    assert running.store.deliveries[0].test is test


def test_headers_are_kept_in_order_and_byte_for_byte(start: Start) -> None:
    running = start()
    running.ask(post(b"{}", headers=[("X-B", b"caf\xc3\xa9"), ("X-A", "1"), ("X-B", "again")]))
    kept = running.store.deliveries[0].headers
    assert kept == (
        ("host", "127.0.0.1"),
        ("content-length", "2"),
        ("x-cal-signature-256", sign(b"{}")),
        ("x-b", "caf\u00c3\u00a9"),
        ("x-a", "1"),
        ("x-b", "again"),
    )


@pytest.mark.parametrize(
    ("forwarded", "public", "source"),
    [
        (["203.0.113.7"], "hooks.example.com", "203.0.113.7"),
        (["10.0.0.1, 203.0.113.7"], "hooks.example.com", "203.0.113.7"),
        (["203.0.113.7", "198.51.100.2"], "hooks.example.com", "198.51.100.2"),
        (["2001:db8::7"], "hooks.example.com", "2001:db8::7"),
        (["203.0.113.7, nonsense"], "hooks.example.com", "unknown"),
        ([""], "hooks.example.com", "unknown"),
        (["203.0.113.7"], None, "127.0.0.1"),
        ([], "hooks.example.com", "127.0.0.1"),
    ],
)
def test_the_source_is_the_peer_or_the_tunnels_last_word(
    start: Start, forwarded: list[str], public: str | None, source: str
) -> None:
    running = start(public_host=lambda: public)
    running.ask(post(host=public or "127.0.0.1", headers=[("X-Forwarded-For", value) for value in forwarded]))
    assert running.store.deliveries[0].peer == source


def test_what_follows_a_stored_row_may_fail_without_costing_the_answer(start: Start) -> None:
    def broken(_: str) -> None:
        raise RuntimeError("nobody is there")

    running = start(on_stored=broken)
    with running.connect() as raw:
        assert raw.send(post()).answer().status == 200
        assert raw.send(post(b"{}")).answer().status == 200
    eventually(lambda: len(running.store.latencies) == 2, "the latencies")


def test_a_delivery_as_large_as_allowed_is_taken(start: Start) -> None:
    running = start()
    body = json.dumps({"pad": "x" * (262_144 - 11)}).encode()
    assert len(body) == 262_144
    assert running.ask(post(body)).status == 200
    assert running.store.deliveries[0].body == body


def test_many_deliveries_on_one_connection(start: Start) -> None:
    running = start()
    with running.connect() as raw:
        for number in range(50):
            assert raw.send(post(str(number).encode())).answer().json["status"] == "accepted"
    latencies = running.store.latencies
    eventually(lambda: len(latencies) == 50, "the latencies")
    assert all(a == f"row-{n}" for a, n in zip(running.told, itertools.count(1), strict=False))
