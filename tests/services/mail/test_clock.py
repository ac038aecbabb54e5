"""Clocks that sleep, jump and change over to summer time: nothing goes twice, and what is late follows the rules."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.sandbox.resend import ResendSandbox
from tests.services.conftest import NOON, StillClock, eventually
from tests.services.mail.conftest import MakeSandbox, Socket
from tests.services.mail.house import IN_30_H, House
from tests.services.mail.test_following import Enter


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    jumps=st.lists(st.floats(-0.15, 12), min_size=1, max_size=12),
    faults=st.lists(st.sampled_from(["", "drop_after", "application_error", "drop_before"]), min_size=12, max_size=12),
)
def test_however_the_clock_jumps_each_email_arrives_once_at_most(
    enter_house: Enter, true_clock: StillClock, jumps: list[float], faults: list[str]
) -> None:
    """Forward is time that has passed, for the provider and its memory of keys, too; back is a clock set back.

    Set back by more than the two hours between our patience and the provider's, nobody could tell the age of a key.
    """
    true_clock.at = NOON
    with enter_house() as house:
        house.book(start=IN_30_H + timedelta(hours=9))
        house.book("bk-2", email="bo@example.com", start=IN_30_H)
        for number, jump in enumerate(jumps):
            if faults[number]:
                house.sandbox.faults.next(faults[number], on="POST /emails", accepted=faults[number] != "drop_before")
            house.send()
            house.clock.at += timedelta(hours=jump)
            true_clock.at += timedelta(hours=max(jump, 0.0))
        house.clock.at = max(house.clock.at, NOON) + timedelta(hours=1)
        true_clock.at += timedelta(hours=1)
        house.send()
        assert max(Counter(house.inbox).values(), default=0) <= 1
        assert {email.state.value for email in house.emails()}.isdisjoint({"sending"})
        assert house.records.history.verify().ok


@pytest.fixture
def true_clock() -> StillClock:
    return StillClock()


@pytest.fixture
def make_sandbox(mail_socket: Socket, true_clock: StillClock) -> MakeSandbox:
    """Simulators whose clock is their own."""

    def make(**options: Any) -> ResendSandbox:
        sandbox = ResendSandbox(clock=true_clock.now, per_second=None, daily=None, monthly=None, **options)
        mail_socket.app = sandbox.app
        return sandbox

    return make


def test_a_machine_that_slept_follows_the_rules_for_what_is_late(house: House) -> None:
    house.book()
    house.send()
    house.later(hours=29, minutes=30)
    house.send()
    assert house.states() == {
        "confirmation": "accepted",
        "reminder_24h": "skipped too_late",
        "reminder_1h": "accepted",
    }
    skips = [entry for entry in house.records.history.entries(["bk-1"]) if entry.action == "email_skipped"]
    assert [entry.changes["reason"][1] for entry in skips] == ["too_late"]


def test_a_clock_that_was_set_back_sends_nothing_again_and_waits(house: House) -> None:
    house.book()
    house.send()
    house.later(hours=6)
    house.send()
    house.clock.at = NOON - timedelta(days=2)
    assert house.send() == 0
    house.clock.at = IN_30_H - timedelta(minutes=59)
    house.send()
    assert Counter(house.inbox) == {
        f"ada@example.com {kind}": 1 for kind in ("confirmation", "reminder_24h", "reminder_1h")
    }


def test_a_clock_that_was_set_back_frees_what_was_being_sent(house: House) -> None:
    """A lease that lies far ahead by now is nobody's once the process is another."""

    def crash() -> None:
        raise SystemExit("killed")

    house.book()
    house.line.after = [crash]
    with pytest.raises(SystemExit):
        house.sender.run_once()
    house.clock.at -= timedelta(days=3)
    house.sender = house.another_sender("this process")
    house.send()
    assert house.inbox == ["ada@example.com confirmation"]


AHEAD = timedelta(hours=5)


def set_right(house: House) -> None:
    house.clock.at -= AHEAD


@pytest.mark.parametrize("looked", [True, False])
def test_news_that_came_in_by_a_clock_that_ran_ahead_are_told_at_once(house: House, *, looked: bool) -> None:
    """Whether or not the sender saw that clock, which was set right a moment later."""
    house.want(reminders=("1h",))
    house.book(start=NOON + timedelta(hours=9))
    house.send()
    house.later(hours=5)
    if looked:
        house.send()
    house.cancel(start=NOON + timedelta(hours=9), made=NOON + timedelta(minutes=1), iCalSequence=1)
    house.book("bk-2", email="bo@example.com", start=NOON + timedelta(hours=10), made=NOON + timedelta(minutes=1))
    set_right(house)
    house.later(seconds=30)
    house.send()
    assert house.inbox == [
        *("ada@example.com cancelled", "ada@example.com confirmation", "bo@example.com confirmation"),
    ]
    [reminder] = house.emails("bk-2", kind="reminder_1h")
    assert reminder.next_at == reminder.send_at == NOON + timedelta(hours=9)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(Phase.NEVER_SENT),
        Answer(Phase.ANSWERED, 429, "daily_quota_exceeded", "no"),
        Answer(Phase.ANSWERED, 503, "service_unavailable", "no"),
    ],
)
def test_another_try_does_not_wait_for_a_time_that_never_was(house: House, answer: Answer) -> None:
    house.want(reminders=())
    house.later(hours=5)
    house.book(made=NOON)
    house.line.answers = [answer]
    house.send()
    assert house.states() == {"confirmation": f"retrying {house.email().reason}"}
    set_right(house)
    house.send()
    in_doubt = answer.status == 503
    assert house.inbox == ([] if in_doubt else ["ada@example.com confirmation"])
    # Of what may have been taken nobody knows how old its key is.
    assert house.states() == {"confirmation": "unknown key_expired" if in_doubt else "accepted"}


def test_what_is_held_until_there_is_a_key_goes_when_there_is_one(house: House) -> None:
    house.want(reminders=())
    account, house.account = house.account, None
    house.later(hours=5)
    house.book(made=NOON)
    house.send()
    set_right(house)
    house.send()
    house.account = account
    house.send()
    assert house.inbox == ["ada@example.com confirmation"]


def test_calling_off_at_the_provider_does_not_wait_either(house: House) -> None:
    house.want(handoff=True, notices=False, reminders=("1h",))
    start = NOON + timedelta(hours=4)
    house.book(start=start)
    house.send()
    assert house.email("reminder_1h").handed_over
    house.clock.at += AHEAD - timedelta(hours=2, minutes=30)
    house.line.answers = [Answer(Phase.NEVER_SENT)]
    house.cancel(start=start, made=NOON + timedelta(minutes=1), iCalSequence=1)
    house.send()
    house.clock.at -= AHEAD - timedelta(hours=2, minutes=30)
    house.send()
    house.until(start)
    house.send()
    assert house.inbox == []


def test_what_a_person_put_off_stays_put_off(house: House) -> None:
    house.want(reminders=())
    house.later(hours=5)
    house.book(made=NOON)
    until = house.clock.at + timedelta(hours=2)
    house.do("snooze", house.email(), until=until)
    set_right(house)
    house.send()
    assert house.inbox == []
    assert house.email().next_at == until


def test_a_refusal_that_lasts_goes_on_and_is_tried_within_the_hour(house: House) -> None:
    house.want(reminders=())
    house.later(hours=5)
    house.book(made=NOON)
    house.line.answers = [Answer(Phase.ANSWERED, 403, "invalid_api_key", "no")]
    house.send()
    set_right(house)
    assert house.send() == 0
    house.later(hours=1)
    house.send()
    assert house.inbox == ["ada@example.com confirmation"]


def test_that_the_machine_slept_is_noticed_once(house: House) -> None:
    told: list[bool] = []
    clock = house.clock
    clock.seconds = 100.0
    sender = house.another_sender("sleeping", pause=lambda _: len(told) >= 4, between=lambda _, slept: tick(slept))

    def tick(slept: bool) -> None:
        told.append(slept)
        assert clock.seconds is not None
        clock.seconds += 15
        clock.forward(seconds=15, hours=8 if len(told) == 2 else 0)

    sender.start()
    eventually(lambda: not sender.alive)
    sender.stop(1.0)
    assert told == [False, False, True, False]


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # The night to summer time has 23 hours: a day before is a day of hours, not the same hour.
        (datetime(2027, 3, 28, 12, 0, tzinfo=BERLIN), datetime(2027, 3, 27, 11, 0, tzinfo=BERLIN)),
        (datetime(2027, 10, 31, 12, 0, tzinfo=BERLIN), datetime(2027, 10, 30, 13, 0, tzinfo=BERLIN)),
        # An hour that there is twice.
        (datetime(2027, 10, 31, 2, 30, tzinfo=BERLIN, fold=1), datetime(2027, 10, 30, 3, 30, tzinfo=BERLIN)),
    ],
)
def test_reminders_around_a_change_of_the_clocks(house: House, start: datetime, due: datetime) -> None:
    house.want(notices=False, reminders=("24h",))
    house.clock.at = (start - timedelta(days=3)).astimezone(UTC)
    house.book(start=start.astimezone(UTC))
    [reminder] = house.emails()
    assert reminder.send_at == due.astimezone(UTC)
    house.until(due.astimezone(UTC) - timedelta(seconds=1))
    assert house.send() == 0
    house.later(seconds=1)
    assert house.send() == 1
    assert house.send() == 0
    [mail] = house.sandbox.mailbox
    assert f"{start:%H:%M}" in mail.subject
