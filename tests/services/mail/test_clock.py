"""Clocks that sleep, jump and change over to summer time: nothing goes twice, and what is late follows the rules."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
