"""Whatever the provider answers, and whenever: what always holds of the outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.domain.mail.answer import Answer, Limits, Phase
from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.outcome import KEY_LIFE, backoff
from booking_tui.domain.mail.reasons import MailReason
from tests.domain.mail.test_outcome import NOW, TIMED_OUT, judged, said


@given(st.integers(-5, 10_000), st.floats(0, 1))
def test_waits_grow_and_stay_within_bounds(attempts: int, jitter: float) -> None:
    wait = backoff(attempts, jitter)
    assert backoff(attempts + 1, jitter) >= wait
    middle = backoff(attempts, 0.5)
    assert 0.9 * middle <= wait <= 1.1 * middle


_NAMES = (
    st.none()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            *(
                "validation_error",
                "invalid_api_key",
                "restricted_api_key",
                "rate_limit_exceeded",
                "daily_quota_exceeded",
            ),
            *("monthly_quota_exceeded", "concurrent_idempotent_requests", "invalid_idempotent_request", "not_found"),
        ]
    )
)
_ANSWERS = st.builds(
    Answer,
    phase=st.sampled_from(Phase),
    status=st.none() | st.integers(-1, 1000),
    name=_NAMES,
    message=st.text(max_size=20),
    ids=st.just(()) | st.just(("id1",)),
    retry_after_s=st.none() | st.floats(),
    limits=st.builds(Limits, reset_s=st.none() | st.floats()),
)
_AGES = st.timedeltas(min_value=timedelta(hours=-1), max_value=timedelta(days=40))


@given(_ANSWERS, st.integers(-1, 1000), _AGES, st.floats(), st.booleans())
def test_whatever_is_answered_has_an_outcome(
    answer: Answer, attempts: int, age: timedelta, jitter: float, in_doubt: bool
) -> None:
    first = NOW - age
    outcome = judged(answer, attempts=attempts, first=first, jitter=jitter, in_doubt=in_doubt)
    ends = {"accepted", "held", "dead", "retrying", "unknown"}
    assert outcome.state in ends
    assert (outcome.reason is None) == (outcome.state is EmailState.ACCEPTED)
    if outcome.next_at is not None:
        assert outcome.next_at > NOW
        assert outcome.state in {EmailState.RETRYING, EmailState.UNKNOWN}
    if outcome.state is EmailState.RETRYING:
        assert outcome.next_at is not None
    if outcome.state is EmailState.UNKNOWN and outcome.next_at is not None:
        assert outcome.next_at <= first + KEY_LIFE
    if outcome.pause is not None:
        assert not outcome.counts
        assert outcome.pause.until is None or outcome.pause.until > NOW


@given(_ANSWERS, _AGES, st.floats(0, 1))
def test_nothing_that_may_have_been_taken_looks_as_if_it_were_still_ours(
    answer: Answer, age: timedelta, jitter: float
) -> None:
    outcome = judged(answer, first=NOW - age, jitter=jitter, in_doubt=True)
    assert outcome.state in {EmailState.ACCEPTED, EmailState.UNKNOWN, EmailState.DEAD}
    if outcome.state is EmailState.DEAD:
        assert outcome.reason is MailReason.REJECTED


@pytest.mark.parametrize("now", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_do_no_harm(now: datetime) -> None:
    for answer in (TIMED_OUT, said(429, "daily_quota_exceeded"), said(429, "monthly_quota_exceeded"), said(503, None)):
        assert judged(answer, first=now, now=now).state in {EmailState.UNKNOWN, EmailState.RETRYING, EmailState.DEAD}
