"""What the provider's answers mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from booking_tui.domain.mail.answer import Answer, Limits, Phase
from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.outcome import (
    KEY_LIFE,
    Outcome,
    Pause,
    after_interruption,
    backoff,
    classify,
    key_alive,
    proves_untaken,
)
from booking_tui.domain.mail.reasons import CONFIGURATION, MailReason

NOW = datetime(2027, 12, 31, 22, 30, tzinfo=UTC)
FIRST = NOW - timedelta(minutes=10)
OLD = NOW - KEY_LIFE
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def said(status: int, name: str | None, message: str = "", retry_after_s: float | None = None) -> Answer:
    return Answer(Phase.ANSWERED, status, name, message, retry_after_s=retry_after_s)


def judged(
    answer: Answer,
    *,
    attempts: int = 1,
    first: datetime = FIRST,
    now: datetime = NOW,
    jitter: float = 0.5,
    in_doubt: bool = False,
) -> Outcome:
    return classify(answer, attempts=attempts, first_attempt_at=first, now=now, jitter=jitter, in_doubt=in_doubt)


TIMED_OUT = Answer(Phase.UNCERTAIN)
OWN = (
    "You can only send testing emails to your own email address (me@example.com). To send emails to other recipients, "
    "please verify a domain at resend.com/domains, and change the `from` address to an email using this domain."
)
UNVERIFIED = "The own-practice.example domain is not verified. Please, add and verify your domain"


@pytest.mark.parametrize(
    ("status", "name", "message", "state", "reason"),
    [
        (400, "validation_error", "", "dead", "rejected"),
        (400, "invalid_idempotency_key", "", "dead", "program_fault"),
        (401, "missing_api_key", "", "held", "key_refused"),
        (401, "restricted_api_key", "", "held", "key_restricted"),
        (403, "restricted_api_key", "", "held", "key_restricted"),
        (403, "invalid_api_key", "", "held", "key_refused"),
        (403, "suspended_api_key", "", "held", "account_suspended"),
        (403, "invalid_permission", "", "held", "key_restricted"),
        (403, "validation_error", OWN, "held", "own_address_only"),
        (403, "validation_error", UNVERIFIED, "held", "domain_not_verified"),
        (403, "validation_error", "", "held", "domain_not_verified"),
        (403, None, "error code: 1010", "dead", "program_fault"),
        (404, "not_found", "", "dead", "program_fault"),
        (405, "method_not_allowed", "", "dead", "program_fault"),
        (409, "concurrent_idempotent_requests", "", "retrying", "busy"),
        (409, "invalid_idempotent_request", "", "unknown", "body_differs"),
        (409, "resource_locked", "", "retrying", "busy"),
        (422, "missing_required_field", "", "dead", "rejected"),
        (422, "missing_required_parameter", "", "dead", "rejected"),
        (422, "invalid_attachment", "", "dead", "rejected"),
        (422, "invalid_parameter", "", "dead", "rejected"),
        (422, "validation_error", "", "dead", "rejected"),
        (422, "invalid_from_address", "", "dead", "rejected"),
        (422, "invalid_region", "", "dead", "rejected"),
        (429, "rate_limit_exceeded", "", "retrying", "rate_limited"),
        (429, "daily_quota_exceeded", "", "retrying", "daily_quota"),
        (429, "monthly_quota_exceeded", "", "retrying", "monthly_quota"),
        (500, "application_error", "", "retrying", "provider_down"),
        (500, "internal_server_error", "", "retrying", "provider_down"),
        (503, "service_unavailable", "", "retrying", "provider_down"),
        (502, None, "", "retrying", "provider_down"),
        # never seen before: by the family of the status
        (400, "something_new", "", "dead", "rejected"),
        (401, "something_new", "", "held", "key_refused"),
        (403, "security_error", "", "dead", "rejected"),
        (408, None, "", "retrying", "provider_down"),
        (409, "something_new", "", "retrying", "busy"),
        (418, None, "", "dead", "rejected"),
        (429, "something_new", "", "retrying", "rate_limited"),
        (599, "something_new", "", "retrying", "provider_down"),
        (302, None, "", "unknown", "not_the_provider"),
        (200, None, "", "unknown", "not_the_provider"),
        (0, None, "", "unknown", "not_the_provider"),
    ],
)
def test_each_answer_by_status_and_name(status: int, name: str | None, message: str, state: str, reason: str) -> None:
    outcome = judged(said(status, name, message))
    assert (outcome.state, outcome.reason) == (state, reason)


def test_a_message_decides_nothing_where_a_name_does() -> None:
    assert judged(said(422, "validation_error", OWN)).reason is MailReason.REJECTED
    assert judged(said(429, "rate_limit_exceeded", "daily_quota_exceeded")).reason is MailReason.RATE_LIMITED


def test_taken_is_taken() -> None:
    answer = Answer(Phase.ANSWERED, 200, ids=("id1",))
    for doubt in (False, True):
        assert judged(answer, in_doubt=doubt) == Outcome(EmailState.ACCEPTED, None, None, True, None)


def test_what_the_settings_must_mend_stops_the_sender_and_costs_nothing() -> None:
    for name in ("invalid_api_key", "restricted_api_key", "suspended_api_key", "validation_error"):
        outcome = judged(said(403, name))
        assert outcome.reason is not None
        assert outcome.reason in CONFIGURATION
        assert outcome == Outcome(EmailState.HELD, outcome.reason, None, False, Pause(outcome.reason, None))


def test_offline_costs_nothing_and_is_asked_again_soon() -> None:
    answer = Answer(Phase.NEVER_SENT)
    for jitter, seconds in ((0.0, 15), (1.0, 60)):
        next_at = NOW + seconds * SECOND
        expected = Outcome(EmailState.RETRYING, MailReason.OFFLINE, next_at, False, Pause(MailReason.OFFLINE, next_at))
        assert judged(answer, jitter=jitter) == expected
    assert judged(answer, first=OLD).state is EmailState.RETRYING


def test_no_answer_is_unknown_and_asked_with_the_same_key_while_it_lives() -> None:
    assert judged(TIMED_OUT) == Outcome(EmailState.UNKNOWN, MailReason.NO_ANSWER, NOW + 15 * SECOND, True, None)
    assert judged(TIMED_OUT, attempts=4).next_at == NOW + 15 * MINUTE
    assert judged(TIMED_OUT, attempts=40, first=OLD + MINUTE).next_at == NOW + MINUTE
    assert judged(TIMED_OUT, first=OLD) == Outcome(EmailState.UNKNOWN, MailReason.KEY_EXPIRED, None, True, None)


def test_a_strange_page_is_told_from_a_gateway_that_gave_up() -> None:
    assert judged(Answer(Phase.UNCERTAIN, 200)).reason is MailReason.NOT_THE_PROVIDER
    assert judged(Answer(Phase.UNCERTAIN, 403)).reason is MailReason.NOT_THE_PROVIDER
    assert judged(Answer(Phase.UNCERTAIN, 504)).reason is MailReason.NO_ANSWER


def test_trouble_over_there_is_waited_out_for_most_of_a_day() -> None:
    answer = said(500, "application_error")
    assert judged(answer, attempts=2) == Outcome(
        EmailState.RETRYING, MailReason.PROVIDER_DOWN, NOW + MINUTE, True, None
    )
    assert judged(answer, attempts=40, first=OLD + SECOND).next_at == NOW + SECOND
    assert judged(answer, attempts=40, first=OLD) == Outcome(EmailState.DEAD, MailReason.TRIES_USED, None, True, None)


def test_what_it_asks_for_wins() -> None:
    assert judged(said(503, None, retry_after_s=700)).next_at == NOW + 700 * SECOND
    assert judged(said(409, "resource_locked", retry_after_s=7)).next_at == NOW + 7 * SECOND
    assert judged(said(429, "rate_limit_exceeded", retry_after_s=7), jitter=0).next_at == NOW + 7 * SECOND
    limits = Limits(reset_s=3)
    assert judged(Answer(Phase.ANSWERED, 429, limits=limits), jitter=0).next_at == NOW + 3 * SECOND
    assert judged(Answer(Phase.ANSWERED, 429), jitter=1).next_at == NOW + 2 * SECOND


@pytest.mark.parametrize("asked", [-1.0, 0.0, 1e-45, float("nan"), float("inf"), float("-inf"), 1e300])
def test_nonsense_that_it_asks_for_does_not(asked: float) -> None:
    outcome = judged(said(503, None, retry_after_s=asked))
    assert outcome.next_at is not None
    assert NOW < outcome.next_at <= FIRST + KEY_LIFE


def test_rate_limiting_makes_all_wait_and_costs_nothing() -> None:
    outcome = judged(said(429, "rate_limit_exceeded", retry_after_s=2), first=OLD)
    assert outcome.pause == Pause(MailReason.RATE_LIMITED, outcome.next_at)
    assert not outcome.counts


def test_another_request_with_the_key_is_waited_for_shortly_and_not_for_ever() -> None:
    answer = said(409, "concurrent_idempotent_requests")
    assert judged(answer, first=NOW, jitter=0).next_at == NOW + SECOND
    assert judged(answer, first=NOW, jitter=1).next_at == NOW + 5 * SECOND
    assert judged(answer, jitter=0).next_at == NOW + 15 * SECOND
    assert not judged(answer).counts
    assert judged(answer, first=OLD).reason is MailReason.KEY_EXPIRED


def test_quotas_wait_for_their_day() -> None:
    new_year = datetime(2028, 1, 1, 0, 1, tzinfo=UTC)
    expected = Pause(MailReason.DAILY_QUOTA, new_year)
    day = judged(said(429, "daily_quota_exceeded", retry_after_s=5))
    assert day == Outcome(EmailState.RETRYING, MailReason.DAILY_QUOTA, new_year, False, expected)
    month = judged(said(429, "monthly_quota_exceeded"), now=NOW - 20 * timedelta(days=1))
    tomorrow = datetime(2027, 12, 12, 0, 1, tzinfo=UTC)
    expected = Pause(MailReason.MONTHLY_QUOTA, new_year)
    assert month == Outcome(EmailState.RETRYING, MailReason.MONTHLY_QUOTA, tomorrow, False, expected)
    midnight = datetime(2027, 3, 1, 0, 0, 30, tzinfo=UTC)
    for name in ("daily_quota_exceeded", "monthly_quota_exceeded"):
        assert judged(said(429, name), now=midnight).next_at == midnight.replace(minute=1, second=0)
    short = judged(said(429, "monthly_quota_exceeded"), now=datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC))
    assert short.pause == Pause(MailReason.MONTHLY_QUOTA, datetime(2027, 2, 1, 0, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (TIMED_OUT, MailReason.NO_ANSWER),
        (Answer(Phase.NEVER_SENT), MailReason.OFFLINE),
        (said(429, "rate_limit_exceeded"), MailReason.RATE_LIMITED),
        (said(403, "invalid_api_key"), MailReason.KEY_REFUSED),
        (said(500, "application_error"), MailReason.PROVIDER_DOWN),
        (said(404, "not_found"), MailReason.PROGRAM_FAULT),
        (said(409, "concurrent_idempotent_requests"), MailReason.BUSY),
        (said(409, "invalid_idempotent_request"), MailReason.BODY_DIFFERS),
    ],
)
def test_a_doubt_stays_until_an_answer_settles_it(answer: Answer, reason: MailReason) -> None:
    calm, doubtful = judged(answer), judged(answer, in_doubt=True)
    assert (doubtful.state, doubtful.reason) == (EmailState.UNKNOWN, reason)
    assert (doubtful.counts, doubtful.pause) == (calm.counts, calm.pause)
    if reason is not MailReason.BODY_DIFFERS:
        assert doubtful.next_at is not None
        assert judged(answer, in_doubt=True, first=OLD).reason is MailReason.KEY_EXPIRED
        assert judged(answer, in_doubt=True, first=OLD).next_at is None


def test_a_word_on_the_content_settles_a_doubt() -> None:
    assert judged(said(422, "validation_error"), in_doubt=True).state is EmailState.DEAD


def test_which_answers_prove_that_nothing_was_taken() -> None:
    assert proves_untaken(Answer(Phase.NEVER_SENT))
    assert all(proves_untaken(said(status, None)) for status in (400, 401, 403, 422, 429))
    assert not any(proves_untaken(said(status, None)) for status in (200, 302, 408, 409, 500, 503))
    assert not proves_untaken(TIMED_OUT)
    assert not proves_untaken(Answer(Phase.UNCERTAIN, 429))
    assert not proves_untaken(Answer(Phase.ANSWERED, 200, ids=("id1",)))


def test_an_attempt_cut_short_is_unknown() -> None:
    assert after_interruption(first_attempt_at=FIRST, now=NOW) == Outcome(
        EmailState.UNKNOWN, MailReason.INTERRUPTED, NOW, True, None
    )
    assert after_interruption(first_attempt_at=OLD, now=NOW).reason is MailReason.KEY_EXPIRED


def test_a_key_lives_for_22_hours_from_its_first_use() -> None:
    assert key_alive(None, NOW)
    assert key_alive(OLD + SECOND, NOW)
    assert not key_alive(OLD, NOW)


def test_of_a_key_that_was_first_used_in_the_future_nobody_knows_the_age() -> None:
    assert key_alive(NOW + 9 * MINUTE, NOW)
    assert not key_alive(NOW + 11 * MINUTE, NOW)
    assert not key_alive(NOW + 48 * HOUR, NOW)


def test_the_waits_between_tries() -> None:
    waits = [15 * SECOND, MINUTE, 4 * MINUTE, 15 * MINUTE, HOUR, HOUR, HOUR]
    assert [backoff(number, 0.5) for number in range(1, 8)] == waits
    assert backoff(0, 0.5) == backoff(-3, 0.5) == waits[0]
