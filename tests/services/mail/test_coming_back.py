"""What was called off and is wanted after all comes back, unless the guest has learnt it otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from booking_tui.domain.webhook import Verdict
from tests.services.conftest import NOON
from tests.services.mail.house import IN_30_H, House
from tests.services.mail.test_planning import NOTICE, move_to, moved, told_starts


def switched(house: House, **policy: Any) -> None:
    house.want(**policy)
    house.replanning.run()


def test_notices_that_wait_come_back_when_notices_are_wanted_again(house: House) -> None:
    account, house.account = house.account, None
    house.book()
    house.send()
    assert house.states()["confirmation"] == "held not_configured"
    switched(house, notices=False)
    assert house.states()["confirmation"] == "cancelled switched_off"
    switched(house, notices=True)
    assert house.states() == {"confirmation": "scheduled", **NOTICE}
    house.account = account
    house.send()
    assert house.inbox == ["ada@example.com confirmation"]
    # What was told once is not told again.
    switched(house, notices=False)
    switched(house, notices=True)
    house.send()
    assert house.inbox == ["ada@example.com confirmation"]


def test_so_does_the_notice_of_a_meeting_that_is_off(house: House) -> None:
    """Its booking is no longer among the coming ones."""
    house.want(reminders=())
    house.book()
    house.send()
    house.do("hold_all", on=True)
    house.cancel(ago=timedelta())
    switched(house, notices=False)
    house.do("hold_all", on=False)
    house.send()
    assert house.states()["cancelled"] == "cancelled switched_off"
    switched(house, notices=True)
    house.send()
    assert house.inbox == ["ada@example.com cancelled", "ada@example.com confirmation"]


def test_and_the_question_after_a_meeting_that_is_over(house: House) -> None:
    switched(house, notices=False, reminders=(), follow_up=True)
    house.book()
    switched(house, follow_up=False)
    house.until(IN_30_H + timedelta(hours=5))
    switched(house, follow_up=True)
    house.send()
    assert house.inbox == ["ada@example.com follow_up"]


def test_of_several_notices_of_one_start_one_comes_back(house: House) -> None:
    house.want(reminders=())
    house.later(minutes=9)
    for number, start in enumerate([IN_30_H, IN_30_H + timedelta(hours=10), IN_30_H]):
        move_to(house, number, start)
    assert {email.kind: email.state.value for email in house.emails() if email.starts == IN_30_H} == {
        "confirmation": "cancelled",
        "moved": "scheduled",
    }
    switched(house, notices=False)
    switched(house, notices=True)
    house.send()
    assert house.inbox == ["ada@example.com moved"]
    switched(house, reminders=("1h",))
    house.send()
    assert house.inbox == ["ada@example.com moved"]


def test_what_the_guest_must_learn_comes_back_though_later_ones_were_told(house: House) -> None:
    house.want(reminders=())
    away, nearer = IN_30_H + timedelta(hours=20), IN_30_H + timedelta(hours=10)
    house.later(minutes=9)
    move_to(house, 0, IN_30_H)
    house.send()
    move_to(house, 1, away)
    move_to(house, 2, nearer)
    house.send()
    move_to(house, 3, away)
    switched(house, notices=False)
    switched(house, notices=True)
    house.send()
    assert sorted(told_starts(house)) == [IN_30_H, nearer, away]


def test_a_notice_that_may_have_gone_is_asked_about_again_with_its_own_key(house: House) -> None:
    house.want(reminders=())
    house.book()
    house.sandbox.faults.next("drop_after", on="POST /emails")
    house.send()
    switched(house, notices=False)
    assert house.states() == {"confirmation": "unknown switched_off"}
    switched(house, notices=True)
    house.send()
    assert house.states() == {"confirmation": "accepted"}
    assert house.inbox == ["ada@example.com confirmation"]
    assert len(set(house.keys)) == 1


def test_a_revised_reminder_comes_back_like_any_other(house: House) -> None:
    switched(house, notices=False, reminders=("24h",))
    house.book()
    house.until(NOON + timedelta(hours=6))
    house.send()
    bounce = {"bounce_type": "Transient", "bounce_subtype": "General"}
    house.told(house.event(house.email("reminder_24h"), "bounced", **bounce))
    house.do("hold_all", on=True)
    [made] = house.do("retry", house.email("reminder_24h")).made
    switched(house, reminders=())
    assert house.records.outbox.email(made).reason == "switched_off"  # type: ignore[union-attr]
    switched(house, reminders=("24h",))
    house.do("hold_all", on=False)
    house.send()
    assert house.inbox == ["ada@example.com reminder_24h"] * 2


def test_moved_away_and_back_a_reminder_whose_time_has_passed_is_not_sent_beside_the_notice(house: House) -> None:
    house.book()
    house.send()
    house.book(trigger="BOOKING_RESCHEDULED", start=IN_30_H + timedelta(days=9), iCalSequence=1, ago=timedelta())
    house.until(IN_30_H - timedelta(hours=7))
    house.book(trigger="BOOKING_RESCHEDULED", start=IN_30_H, iCalSequence=2, ago=timedelta(seconds=1))
    house.send()
    assert "ada@example.com reminder_24h" not in house.inbox
    [late] = [each for each in house.emails(kind="reminder_24h") if each.starts == IN_30_H]
    assert (late.state, late.reason) == ("skipped", "booked_too_late")
    # Nor does it come back with other settings.
    switched(house, follow_up=True)
    house.until(IN_30_H - timedelta(hours=1))
    house.send()
    assert [kind for kind in house.inbox if "reminder" in kind] == ["ada@example.com reminder_1h"]


def test_one_that_was_put_off_until_later_still_has_its_time(house: House) -> None:
    house.want(notices=False, reminders=("24h",))
    house.book()
    house.do("snooze", house.email("reminder_24h"), until=IN_30_H - timedelta(hours=5))
    house.book(trigger="BOOKING_RESCHEDULED", start=IN_30_H + timedelta(days=9), iCalSequence=1, ago=timedelta())
    house.until(IN_30_H - timedelta(hours=7))
    house.book(trigger="BOOKING_RESCHEDULED", start=IN_30_H, iCalSequence=2, ago=timedelta(seconds=1))
    assert house.send() == 0
    house.later(hours=2)
    house.send()
    assert house.inbox == ["ada@example.com reminder_24h"]


def move_back(house: House, start: datetime) -> None:
    """Learn from the provider's log that the booking has this start again."""
    made = NOON + timedelta(minutes=2)
    house.book(trigger="BOOKING_RESCHEDULED", start=start, made=made, iCalSequence=2, verdict=Verdict.PULLED)


def test_history_brings_no_notice_back(house: House) -> None:
    """A move back that is learnt weeks late, from the log, makes the confirmation true that was never sent."""
    house.want(reminders=())
    start = IN_30_H + timedelta(days=60)
    house.do("hold_all", on=True)
    move_to(house, 0, start)
    move_to(house, 1, start + timedelta(days=1))
    house.do("hold_all", on=False)
    house.send()
    house.later(days=20)
    move_back(house, start)
    house.send()
    assert house.inbox == ["ada@example.com moved"]
    assert house.states()["confirmation"] == "cancelled booking_moved"


def test_nor_does_it_while_the_notice_is_fresh(house: House) -> None:
    house.want(reminders=())
    house.do("hold_all", on=True)
    move_to(house, 0, IN_30_H)
    move_to(house, 1, IN_30_H + timedelta(days=1))
    house.do("hold_all", on=False)
    house.send()
    house.later(minutes=5)
    move_back(house, IN_30_H)
    house.send()
    assert house.inbox == ["ada@example.com moved"]


@pytest.mark.parametrize(("late", "inbox"), [(23, ["ada@example.com confirmation"]), (25, [])])
def test_a_notice_comes_back_while_it_is_news(house: House, late: int, inbox: list[str]) -> None:
    house.want(reminders=())
    house.book(start=NOON + timedelta(days=9))
    switched(house, notices=False)
    house.later(hours=late)
    switched(house, notices=True)
    house.send()
    assert house.inbox == inbox


def test_that_a_meeting_is_off_does_not_come_back_to_who_never_heard_of_it(house: House) -> None:
    house.want(reminders=())
    house.do("hold_all", on=True)
    house.book()
    house.cancel(ago=timedelta())
    switched(house, notices=False)
    house.do("hold_all", on=False)
    house.send()
    assert house.email("cancelled").reason == "switched_off"
    switched(house, notices=True)
    house.send()
    assert house.inbox == []


def test_it_does_to_who_heard_of_the_booking_that_was_moved(house: House) -> None:
    house.want(reminders=())
    house.book(ago=timedelta(minutes=3))
    house.send()
    house.do("hold_all", on=True)
    moved(house, ago=timedelta(minutes=2))
    house.cancel("bk-2", rescheduleUid="bk-1", start=IN_30_H + timedelta(days=1), ago=timedelta())
    switched(house, notices=False)
    house.do("hold_all", on=False)
    house.send()
    assert house.email("cancelled", "bk-2").reason == "switched_off"
    switched(house, notices=True)
    house.send()
    assert house.inbox == ["ada@example.com cancelled", "ada@example.com confirmation"]
