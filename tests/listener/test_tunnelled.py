"""What comes in through the tunnel: told apart, counted, and the self-test's words."""

from __future__ import annotations

import pytest

from booking_tui.domain.webhook import TUNNEL
from tests.listener.conftest import Start, post

NAME = "fox-owl.example.com"
FORWARDED = ("X-Forwarded-For", "203.0.113.7")


def get(path: str, host: str = NAME, *, forwarded: bool = True) -> bytes:
    headers = [FORWARDED] if forwarded else []
    return post(b"", path=path, host=host, signature=None, headers=headers, method="GET", length=False)


class Words:
    """Knows some words, each once."""

    def __init__(self, *known: str) -> None:
        self.known = set(known)

    def __call__(self, word: str) -> bool:
        known = word in self.known
        self.known.discard(word)
        return known


def test_a_word_of_this_process_comes_back_once(start: Start) -> None:
    running = start(public_host=lambda: NAME, knows=Words("abc-123_x"))
    answers = [running.ask(get("/webhooks/ping/abc-123_x")) for _ in range(2)]
    assert [(answer.status, answer.body) for answer in answers] == [(204, b""), (404, b"")]
    assert running.tunnelled == [False, False]


def test_the_test_works_without_a_tunnel_too(start: Start) -> None:
    running = start(knows=Words("abc"))
    assert running.ask(get("/webhooks/ping/abc", "127.0.0.1", forwarded=False)).status == 204
    assert running.tunnelled == []


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/ping",
        "/webhooks/ping/",
        "/webhooks/ping/abc/",
        "/webhooks/ping/abc/abc",
        "/webhooks/ping/a%62c",
        "/webhooks/ping/abc?x=1",
        "/webhooks/ping/..",
        "/webhooks/ping/*",
        f"/webhooks/ping/{'a' * 129}",
        "/ping/abc",
    ],
)
def test_other_spellings_are_no_word(start: Start, path: str) -> None:
    words = Words("abc", "*", "..", "", "a" * 129)
    answer = start(knows=words).ask(get(path, "127.0.0.1"))
    assert answer.status == (204 if "?" in path else 404)


def test_only_get_asks(start: Start) -> None:
    running = start(knows=Words("abc"))
    assert running.ask(post(path="/webhooks/ping/abc")).status == 405
    assert running.ask(get("/webhooks/ping/abc", "127.0.0.1")).status == 204


@pytest.mark.parametrize(
    ("host", "headers", "tunnelled"),
    [
        (NAME, [FORWARDED], True),
        (NAME.upper(), [FORWARDED], True),
        ("127.0.0.1", [FORWARDED, ("X-Forwarded-Host", NAME)], True),
        (NAME, [], False),
        ("127.0.0.1", [FORWARDED], False),
        ("127.0.0.1", [FORWARDED, ("X-Forwarded-Host", "elsewhere.example.com")], False),
    ],
)
def test_what_the_tunnel_hands_over_is_marked(
    start: Start, host: str, headers: list[tuple[str, str]], tunnelled: bool
) -> None:
    running = start(public_host=lambda: NAME)
    assert running.ask(post(host=host, headers=headers)).status == 200
    assert running.ask(post(host=host, headers=headers, signature="0" * 64)).status == 401
    assert [delivery.via for delivery in running.store.deliveries] == [TUNNEL if tunnelled else None] * 2
    assert running.tunnelled == ([False, True, False] if tunnelled else [])


def test_every_request_counts_for_the_plan_whatever_becomes_of_it(start: Start) -> None:
    running = start(public_host=lambda: NAME, failed_checks_per_minute=1)
    for request in (get("/"), get("/webhooks/calcom"), *[post(host=NAME, signature="0" * 64, headers=[FORWARDED])] * 3):
        running.ask(request)
    assert running.tunnelled == [False] * 5


def test_a_default_port_in_the_name_is_the_same_name(start: Start) -> None:
    running = start(public_host=lambda: NAME)
    assert running.ask(post(host=f"{NAME}:443", headers=[FORWARDED])).status == 200
    assert running.store.deliveries[0].via == TUNNEL


def test_the_names_follow_the_tunnel(start: Start) -> None:
    name: list[str | None] = [None]
    running = start(public_host=lambda: name[0])
    assert running.ask(post(host=NAME)).status == 404
    name[0] = NAME
    assert running.ask(post(host=NAME)).status == 200
    name[0] = "other.example.com"
    assert [running.ask(post(host=each)).status for each in (NAME, "other.example.com")] == [404, 200]


def test_a_public_name_with_a_port_is_that_port_alone(start: Start) -> None:
    running = start(public_host=lambda: "127.0.0.1:4567")
    running.ask(post(host="127.0.0.1:4567", headers=[FORWARDED]))
    running.ask(post(host="127.0.0.1:4568", headers=[FORWARDED]))
    assert [delivery.via for delivery in running.store.deliveries] == [TUNNEL, None]
