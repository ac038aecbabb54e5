"""What the provider's answer means for an email, and for the sender as a whole.

Judged by status and name, never by message, save for the one pair that shares both. An answer that proves that nothing
was taken burns no attempt where waiting mends it; one that leaves it open makes the email *unknown*: tried again with
the same key and the same body as long as the provider remembers the key, and never after that.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.timing import shifted

KEY_LIFE = timedelta(hours=22)
"""From the first attempt that may have been taken. The provider forgets a key after 24 h; the rest is for clocks."""
SET_BACK = timedelta(minutes=10)
"""A clock that is set back by more than this says nothing of the age of a key any more."""
_STEPS_S = (15, 60, 240, 900, 3600)
_LONGEST_WAIT_S = 86_400.0
"""No answer makes the sender wait longer than this, whatever its retry-after says."""


class Pause(NamedTuple):
    """The whole sender stops. ``until`` None: until the settings change or a person retries."""

    reason: MailReason
    until: datetime | None


class Outcome(NamedTuple):
    """What becomes of an email after an attempt.

    ``next_at`` is when it is looked at again, None when nothing follows by itself; ``counts`` is whether the attempt
    counts.
    """

    state: EmailState
    reason: MailReason | None
    next_at: datetime | None
    counts: bool
    pause: Pause | None


class _Attempt(NamedTuple):
    """What is known of the attempt that was answered."""

    answer: Answer
    attempts: int
    key_ends: datetime
    now: datetime
    jitter: float

    @property
    def key_alive(self) -> bool:
        return self.now < self.key_ends


_CONFIGURATION: dict[str, MailReason] = {
    "missing_api_key": MailReason.KEY_REFUSED,
    "invalid_api_key": MailReason.KEY_REFUSED,
    "restricted_api_key": MailReason.KEY_RESTRICTED,
    "invalid_permission": MailReason.KEY_RESTRICTED,
    "suspended_api_key": MailReason.ACCOUNT_SUSPENDED,
}


def classify(
    answer: Answer,
    *,
    attempts: int,
    first_attempt_at: datetime,
    now: datetime,
    jitter: float,
    in_doubt: bool = False,
) -> Outcome:
    """Say what becomes of an email. Never raises, whatever was answered.

    ``attempts`` are those that count, this one included; ``jitter`` is a random number from 0 to 1;
    ``first_attempt_at`` is that of the first attempt that may have been taken. ``in_doubt`` is whether an earlier one
    may have been: then no answer that says nothing of *that* one makes the email look as if it were still ours.
    """
    attempt = _Attempt(answer, attempts, shifted(first_attempt_at, KEY_LIFE), now, jitter)
    outcome = _by_phase(attempt)
    return _still_in_doubt(outcome, attempt) if in_doubt else outcome


def after_interruption(*, first_attempt_at: datetime, now: datetime) -> Outcome:
    """Say what becomes of an email whose attempt was under way when the program ended: it may have been taken."""
    if not key_alive(first_attempt_at, now):
        return _key_expired()
    return Outcome(EmailState.UNKNOWN, MailReason.INTERRUPTED, now, counts=True, pause=None)


def key_alive(first_attempt_at: datetime | None, now: datetime) -> bool:
    """Say whether an email may be handed over again: the provider still knows its key, or has never seen it.

    To be asked before each attempt: a machine may have slept since the next one was planned. Of a first attempt that
    seems still to come, made by another clock, nobody knows how old it is.
    """
    if first_attempt_at is None:
        return True
    return shifted(first_attempt_at, -SET_BACK) <= now < shifted(first_attempt_at, KEY_LIFE)


def proves_untaken(answer: Answer) -> bool:
    """Say whether an answer proves that this attempt was not taken: the life of its key has not begun with it."""
    refused = answer.status is not None and 400 <= answer.status < 500 and answer.status not in {408, 409}
    return answer.phase is Phase.NEVER_SENT or (answer.phase is Phase.ANSWERED and not answer.accepted and refused)


def backoff(attempts: int, jitter: float) -> timedelta:
    """Give the wait after so many attempts: 15 s, 1 min, 4 min, 15 min, 1 h, then hourly, each ±10 %."""
    step = _STEPS_S[min(max(attempts, 1), len(_STEPS_S)) - 1]
    return timedelta(seconds=step * (0.9 + 0.2 * _fraction(jitter)))


def _fraction(jitter: float) -> float:
    return min(max(jitter, 0.0), 1.0) if math.isfinite(jitter) else 0.5


def _by_phase(attempt: _Attempt) -> Outcome:
    answer = attempt.answer
    if answer.accepted:
        return Outcome(EmailState.ACCEPTED, None, None, counts=True, pause=None)
    if answer.phase is Phase.NEVER_SENT:
        return _wait(MailReason.OFFLINE, attempt, 15 + 45 * _fraction(attempt.jitter), everybody=True)
    if answer.phase is Phase.UNCERTAIN:
        # A gateway that gave up (502, 504) is the provider's own; any other page is somebody else's.
        strange = answer.status is not None and answer.status < 500
        return _unknown(MailReason.NOT_THE_PROVIDER if strange else MailReason.NO_ANSWER, attempt)
    return _by_status(attempt)


def _by_status(attempt: _Attempt) -> Outcome:
    status = attempt.answer.status or 0
    if status >= 500 or status in {408, 425}:
        return _trouble_there(attempt)
    if status == 409:
        return _conflict(attempt)
    if status == 429:
        return _too_much(attempt)
    if 400 <= status < 500:
        return _refused(status, attempt.answer)
    return _unknown(MailReason.NOT_THE_PROVIDER, attempt)


def _refused(status: int, answer: Answer) -> Outcome:
    name = answer.name or ""
    if status in {401, 403} and name in _CONFIGURATION:
        return _held(_CONFIGURATION[name])
    if status == 401:
        return _held(MailReason.KEY_REFUSED)
    if status == 403 and name == "validation_error":
        return _held(_domain_trouble(answer.message))
    fault = status in {404, 405} or name == "invalid_idempotency_key" or (status == 403 and not name)
    reason = MailReason.PROGRAM_FAULT if fault else MailReason.REJECTED
    return Outcome(EmailState.DEAD, reason, None, counts=True, pause=None)


def _domain_trouble(message: str) -> MailReason:
    """Tell apart the two refusals that share status and name; both advise to verify a domain."""
    words = message.casefold()
    own = "your own" in words and "address" in words
    return MailReason.OWN_ADDRESS_ONLY if own else MailReason.DOMAIN_NOT_VERIFIED


def _held(reason: MailReason) -> Outcome:
    return Outcome(EmailState.HELD, reason, None, counts=False, pause=Pause(reason, None))


def _conflict(attempt: _Attempt) -> Outcome:
    if attempt.answer.name == "invalid_idempotent_request":
        return Outcome(EmailState.UNKNOWN, MailReason.BODY_DIFFERS, None, counts=True, pause=None)
    if not attempt.key_alive:
        return _key_expired()
    # Another request with this key runs there, or did not end well: soon at first, then as if offline.
    fresh = attempt.key_ends - attempt.now > KEY_LIFE - timedelta(minutes=1)
    shortest, spread = (1, 4) if fresh else (15, 45)
    return _wait(MailReason.BUSY, attempt, _asked(attempt.answer) or shortest + spread * _fraction(attempt.jitter))


def _too_much(attempt: _Attempt) -> Outcome:
    match attempt.answer.name:
        case "daily_quota_exceeded":
            return _quota(MailReason.DAILY_QUOTA, attempt.now, _tomorrow(attempt.now))
        case "monthly_quota_exceeded":
            return _quota(MailReason.MONTHLY_QUOTA, attempt.now, _next_month(attempt.now))
        case _:
            asked = _asked(attempt.answer) or _seconds(attempt.answer.limits.reset_s) or 1.0
            return _wait(MailReason.RATE_LIMITED, attempt, asked + _fraction(attempt.jitter), everybody=True)


def _quota(reason: MailReason, now: datetime, free_again: datetime) -> Outcome:
    """Wait for the quota to begin anew. The email itself is due each day: a larger plan may have been bought."""
    pause = Pause(reason, free_again)
    return Outcome(EmailState.RETRYING, reason, min(_tomorrow(now), free_again), counts=False, pause=pause)


def _tomorrow(now: datetime) -> datetime:
    return _a_minute_into(shifted(_by_its_clock(now), timedelta(days=1)))


def _next_month(now: datetime) -> datetime:
    first = _by_its_clock(now).replace(day=1)
    return _a_minute_into(shifted(first, timedelta(days=32)).replace(day=1))


def _by_its_clock(now: datetime) -> datetime:
    # Who says right after midnight that the day is used up has another clock: it means the day before.
    return shifted(now.astimezone(UTC), -timedelta(minutes=1))


def _a_minute_into(day: datetime) -> datetime:
    return day.replace(hour=0, minute=1, second=0, microsecond=0)


def _trouble_there(attempt: _Attempt) -> Outcome:
    if not attempt.key_alive:
        return Outcome(EmailState.DEAD, MailReason.TRIES_USED, None, counts=True, pause=None)
    next_at = _next(attempt, backoff(attempt.attempts, attempt.jitter))
    return Outcome(EmailState.RETRYING, MailReason.PROVIDER_DOWN, next_at, counts=True, pause=None)


def _unknown(reason: MailReason, attempt: _Attempt) -> Outcome:
    if not attempt.key_alive:
        return _key_expired()
    next_at = _next(attempt, backoff(attempt.attempts, attempt.jitter))
    return Outcome(EmailState.UNKNOWN, reason, next_at, counts=True, pause=None)


def _key_expired() -> Outcome:
    return Outcome(EmailState.UNKNOWN, MailReason.KEY_EXPIRED, None, counts=True, pause=None)


def _wait(reason: MailReason, attempt: _Attempt, seconds: float, *, everybody: bool = False) -> Outcome:
    """Try again soon at no cost; ``everybody`` when other emails would fare no better until then."""
    next_at = shifted(attempt.now, timedelta(seconds=seconds))
    return Outcome(
        EmailState.RETRYING, reason, next_at, counts=False, pause=Pause(reason, next_at) if everybody else None
    )


def _next(attempt: _Attempt, wait: timedelta) -> datetime:
    """Give the next attempt: as the answer asks, else after ``wait``, but not beyond the life of the key."""
    asked = _asked(attempt.answer)
    return min(shifted(attempt.now, timedelta(seconds=asked) if asked else wait), attempt.key_ends)


def _asked(answer: Answer) -> float | None:
    return _seconds(answer.retry_after_s)


def _seconds(value: float | None) -> float | None:
    """Give a wait that an answer asks for, a second at least; None for one that is none."""
    return min(max(value, 1.0), _LONGEST_WAIT_S) if value is not None and math.isfinite(value) and value > 0 else None


def _still_in_doubt(outcome: Outcome, attempt: _Attempt) -> Outcome:
    """Keep an email unknown unless the answer settles the earlier attempt too.

    The provider looks at keys, limits and the way before it looks at what it has taken; only its word on the content
    itself (the same content as before) says that there was nothing to take. The reason is what was answered now.
    """
    settled = outcome.state is EmailState.ACCEPTED or outcome.reason is MailReason.REJECTED
    if settled or outcome.state is EmailState.UNKNOWN:
        return outcome
    if not attempt.key_alive:
        return Outcome(EmailState.UNKNOWN, MailReason.KEY_EXPIRED, None, outcome.counts, outcome.pause)
    due = outcome.next_at or shifted(attempt.now, backoff(attempt.attempts, attempt.jitter))
    return Outcome(EmailState.UNKNOWN, outcome.reason, min(due, attempt.key_ends), outcome.counts, outcome.pause)
