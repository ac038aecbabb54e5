"""Failed checks are limited by source; good ones never are."""

from __future__ import annotations

import pytest

from booking_tui.listener.limiter import FailedChecks, group_of
from tests.listener.conftest import Start, post

BAD = post(signature="0" * 64)


class HandClock:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_minute_holds_so_many_and_no_more() -> None:
    clock = HandClock()
    checks = FailedChecks(60, clock)
    assert [checks.wait("a") for _ in range(60)] == [0.0] * 60
    assert checks.wait("a") == pytest.approx(1.0)
    clock.seconds += 0.5
    assert checks.wait("a") == pytest.approx(0.5)
    clock.seconds += 0.5
    assert checks.wait("a") == 0.0
    assert checks.wait("a") > 0
    clock.seconds += 3600
    assert [checks.wait("a") for _ in range(61)].count(0.0) == 60


def test_sources_do_not_share() -> None:
    checks = FailedChecks(1, HandClock())
    assert checks.wait("192.0.2.1") == 0.0
    assert checks.wait("192.0.2.1") > 0
    assert checks.wait("192.0.2.2") == 0.0


def test_memory_is_bounded_and_the_busiest_stay() -> None:
    checks = FailedChecks(1, HandClock(), most_sources=100)
    checks.wait("noisy")
    for number in range(10_000):
        checks.wait(f"192.0.2.{number}")
        if number % 50 == 0:
            assert checks.wait("noisy") > 0
    assert len(checks) == 100


def test_zero_admits_none() -> None:
    checks = FailedChecks(0, HandClock())
    assert checks.wait("a") == 60.0


@pytest.mark.parametrize(
    ("source", "group"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unknown", "unknown"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_one_subscriber_is_one_source(source: str, group: str) -> None:
    assert group_of(source) == group


def test_over_the_limit_is_429_with_the_time_to_wait(start: Start) -> None:
    running = start(failed_checks_per_minute=3)
    assert [running.ask(BAD).status for _ in range(3)] == [401, 401, 401]
    answer = running.ask(BAD)
    assert (answer.status, answer.body) == (429, b"")
    assert 1 <= int(answer.header("retry-after") or 0) <= 20
    assert len(running.store.deliveries) == 3
    assert running.listener.counters.rate_limited == 1


def test_a_flood_of_bad_ones_never_limits_a_good_one(start: Start) -> None:
    running = start(failed_checks_per_minute=2)
    with running.connect() as raw:
        for number in range(50):
            assert raw.send(BAD).answer().status == (401 if number < 2 else 429)
            assert raw.send(post(str(number).encode())).answer().json["status"] == "accepted"
    assert len(running.store.deliveries) == 52


def test_a_missing_signature_counts_as_failed(start: Start) -> None:
    running = start(failed_checks_per_minute=1)
    request = post(signature=None)
    assert [running.ask(request).status for _ in range(2)] == [401, 429]


def test_what_never_reached_the_check_does_not_count(start: Start) -> None:
    running = start(failed_checks_per_minute=1)
    for request in (post(path="/x"), post(method="GET"), post(host="evil.example"), post(b"x" * 300_000)):
        running.ask(request)
    assert running.ask(BAD).status == 401


def test_behind_the_tunnel_each_sender_has_its_own(start: Start) -> None:
    running = start(failed_checks_per_minute=1, public_host=lambda: "hooks.example.com")

    def bad(sender: str) -> int:
        forwarded = [("X-Forwarded-For", sender)]
        return running.ask(post(signature="0" * 64, host="hooks.example.com", headers=forwarded)).status

    assert [bad("203.0.113.1"), bad("203.0.113.1"), bad("203.0.113.2")] == [401, 429, 401]
    # What a sender writes before the edge's own word does not help it.
    assert bad("198.51.100.9, 203.0.113.2") == 429


def test_without_a_tunnel_the_header_is_nobodys_word(start: Start) -> None:
    running = start(failed_checks_per_minute=1)
    statuses = [
        running.ask(post(signature="0" * 64, headers=[("X-Forwarded-For", f"203.0.113.{n}")])).status for n in range(3)
    ]
    assert statuses == [401, 429, 429]
