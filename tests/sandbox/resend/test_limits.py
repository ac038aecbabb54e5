"""The rate limit and the quotas."""

from __future__ import annotations

from datetime import UTC, datetime

from booking_tui.sandbox.resend import ResendSandbox
from tests.sandbox.resend.calling import Api, Callers, Make, mail, refused


def test_ten_calls_a_second_by_the_simulators_clock(make: Make, callers: Callers) -> None:
    sandbox = make(per_second=10)
    api = callers(sandbox)
    left = [api.http.get("/emails").headers["ratelimit-remaining"] for _ in range(10)]
    assert left == [str(number) for number in range(9, -1, -1)]
    answer = api.send()
    assert refused(answer) == (429, "rate_limit_exceeded")
    assert answer.headers["ratelimit-limit"] == "10"
    assert answer.headers["ratelimit-remaining"] == "0"
    assert answer.headers["ratelimit-reset"] == "1"
    assert answer.headers["retry-after"] == "1"
    # One team: another key has no window of its own.
    assert callers(sandbox, sandbox.sending_key).send().status_code == 429
    sandbox.advance(1)
    assert api.send().status_code == 200
    assert len(sandbox.mailbox) == 1


def test_a_batch_is_one_call(make: Make, callers: Callers) -> None:
    api = callers(make(per_second=1))
    assert api.http.post("/emails/batch", json=[mail()] * 5).status_code == 200
    assert api.send().status_code == 429


def test_every_recipient_counts_against_the_quotas(api: Api, sandbox: ResendSandbox) -> None:
    answer = api.send(cc="bo@example.com", bcc=["eve@example.com"])
    assert answer.headers["x-resend-daily-quota"] == "3"
    assert answer.headers["x-resend-monthly-quota"] == "3"
    sandbox.limits.daily = None
    headers = api.send().headers
    assert "x-resend-daily-quota" not in headers
    assert headers["x-resend-monthly-quota"] == "4"


def test_the_day_is_the_one_of_utc(make: Make, callers: Callers) -> None:
    late = datetime(2026, 11, 24, 23, 59, 50, tzinfo=UTC)
    sandbox = make(clock=lambda: late, daily=2)
    api = callers(sandbox)
    assert api.http.post("/emails/batch", json=[mail()] * 2).status_code == 200
    assert refused(api.send()) == (429, "daily_quota_exceeded")
    sandbox.advance(10)
    assert api.send().headers["x-resend-daily-quota"] == "1"
    assert api.http.get("/usage").json()["emails"]["monthly"]["used"] == 3


def test_the_month_ends_too(make: Make, callers: Callers) -> None:
    last = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    sandbox = make(clock=lambda: last, monthly=1)
    api = callers(sandbox)
    api.sent()
    assert refused(api.send()) == (429, "monthly_quota_exceeded")
    sandbox.advance(1)
    assert api.send().status_code == 200


def test_a_batch_too_large_for_the_quota_is_refused_whole(make: Make, callers: Callers) -> None:
    sandbox = make(daily=2)
    assert refused(callers(sandbox).http.post("/emails/batch", json=[mail()] * 3)) == (429, "daily_quota_exceeded")
    assert not sandbox.emails


def test_what_is_scheduled_meets_the_quota_when_it_is_due(make: Make, callers: Callers) -> None:
    sandbox = make(daily=1)
    api = callers(sandbox)
    later = api.sent(scheduled_at="2026-11-24T10:21:00Z")
    api.sent()
    sandbox.advance(60)
    assert api.last_event(later) == "failed"
    assert len(sandbox.mailbox) == 1
