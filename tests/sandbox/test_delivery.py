"""Delivery over real HTTP, with virtual waiting."""

from __future__ import annotations

import socket

import pytest

from booking_tui.sandbox.calcom.delivery import Sender
from booking_tui.sandbox.calcom.signing import WireRequest, sign_file

REQUEST = sign_file(b'{"triggerEvent":"PING"}', "s")


class Waiting:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def test_bytes_and_headers_arrive_as_they_are(subscriber):
    body = '{"triggerEvent":"PING","name":"Zoë 🌻"}'.encode()
    with Sender(subscriber.url, mode="classic") as sender:
        answer = sender.send(sign_file(body, "s"))
    assert (answer.status, answer.attempts, answer.error, answer.body) == (200, 1, None, b"ok")
    assert answer.delivered
    assert answer.latency_ms > 0
    got = subscriber.got[0]
    headers = {name.lower(): value for name, value in got.headers}
    assert got.body == body
    assert headers["content-type"] == "application/json"
    assert headers["x-cal-webhook-version"] == "2021-10-20"
    assert len(headers["x-cal-signature-256"]) == 64
    assert "x-booking-tui-test" not in headers


def test_the_test_mark_is_added_when_asked(subscriber):
    with Sender(subscriber.url, mode="classic", test=True) as sender:
        sender.send(REQUEST)
    assert ("X-Booking-Tui-Test".lower(), "1") in [(n.lower(), v) for n, v in subscriber.got[0].headers]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_hosted_repeats_what_may_pass(subscriber, status):
    subscriber.plan = [status, status]
    waiting = Waiting()
    with Sender(subscriber.url, wait=waiting) as sender:
        answer = sender.send(REQUEST)
    assert (answer.status, answer.attempts) == (200, 3)
    assert len(waiting.seconds) == 2
    assert 10 <= waiting.seconds[0] <= 20
    assert 15 <= waiting.seconds[1] <= 30
    assert len({got.body for got in subscriber.got}) == 1


def test_hosted_gives_up_after_the_first_pass_and_three_more(subscriber):
    subscriber.plan = [503] * 9
    waiting = Waiting()
    with Sender(subscriber.url, wait=waiting) as sender:
        answer = sender.send(REQUEST)
    assert (answer.status, answer.attempts, answer.delivered) == (503, 4, False)
    assert len(waiting.seconds) == 3
    assert waiting.seconds[2] <= 600


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 409, 422, 501])
def test_hosted_takes_other_answers_as_final_and_follows_no_redirect(subscriber, status):
    subscriber.plan = [status]
    with Sender(subscriber.url, wait=Waiting()) as sender:
        answer = sender.send(REQUEST)
    assert (answer.status, answer.attempts, answer.delivered) == (status, 1, False)
    assert len(subscriber.got) == 1


def test_classic_tries_once(subscriber):
    subscriber.plan = [503]
    waiting = Waiting()
    with Sender(subscriber.url, mode="classic", wait=waiting) as sender:
        answer = sender.send(REQUEST)
    assert (answer.status, answer.attempts, waiting.seconds) == (503, 1, [])


def test_410_switches_the_webhook_off(subscriber):
    subscriber.plan = [410]
    with Sender(subscriber.url, wait=Waiting()) as sender:
        first, second = sender.deliver([REQUEST, REQUEST])
        assert not sender.active
    assert (first.status, first.attempts) == (410, 1)
    assert (second.status, second.attempts) == (None, 0)
    assert "410" in (second.error or "")
    assert len(subscriber.got) == 1


def test_a_first_pass_comes_before_any_repeat(subscriber):
    subscriber.plan = [500, 200]
    bodies = [b'{"n":1}', b'{"n":2}']
    with Sender(subscriber.url, wait=Waiting()) as sender:
        answers = sender.deliver([sign_file(body, "s") for body in bodies])
    assert [got.body for got in subscriber.got] == [b'{"n":1}', b'{"n":2}', b'{"n":1}']
    assert [answer.attempts for answer in answers] == [2, 1]


def test_delays_of_requests_are_waited(subscriber):
    waiting = Waiting()
    with Sender(subscriber.url, wait=waiting) as sender:
        sender.deliver([REQUEST, WireRequest(REQUEST.headers, REQUEST.body, delay_s=2.5)])
    assert waiting.seconds == [2.5]


def test_silence_is_a_timeout_and_is_repeated(subscriber):
    subscriber.plan = [-1]
    with Sender(subscriber.url, wait=Waiting(), timeout_s=0.2) as sender:
        answer = sender.send(REQUEST)
    assert (answer.status, answer.attempts) == (200, 2)


def test_a_broken_connection_is_told_in_words(subscriber):
    subscriber.plan = [0]
    with Sender(subscriber.url, mode="classic") as sender:
        answer = sender.send(REQUEST)
    assert answer.status is None
    assert "connection broke" in (answer.error or "")


def test_nobody_listening_is_told_in_words_and_repeated():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        waiting = Waiting()
        with Sender(f"http://127.0.0.1:{reserved.getsockname()[1]}/", wait=waiting) as sender:
            answer = sender.send(REQUEST)
    assert (answer.status, answer.attempts) == (None, 4)
    assert "nobody listens" in (answer.error or "")


def test_silence_is_told_in_words(subscriber):
    subscriber.plan = [-1]
    with Sender(subscriber.url, mode="classic", timeout_s=0.1) as sender:
        assert sender.send(REQUEST).error == "no answer in time"


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "no address at all", "http://[::1/"])
def test_a_bad_address_is_not_repeated(url):
    waiting = Waiting()
    with Sender(url, wait=waiting) as sender:
        answer = sender.send(REQUEST)
    assert (answer.status, waiting.seconds) == (None, [])
    assert "address" in (answer.error or "")
