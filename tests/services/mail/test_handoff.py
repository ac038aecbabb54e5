"""Reminders that the provider keeps until their time, so that a closed laptop loses none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from booking_tui.domain.mail.answer import Answer, Phase
from tests.services.conftest import NOON
from tests.services.mail.house import IN_30_H, House


@pytest.fixture
def early(house: House) -> House:
    """A house that schedules reminders at the provider, of which only those are looked at."""
    house.want(handoff=True, notices=False)
    return house


def there(house: House) -> list[str]:
    """The kinds that wait at the provider, sorted."""
    return sorted(dict(email.draft.tags)["kind"] for email in house.sandbox.emails if email.last_event == "scheduled")


def gone(house: House) -> list[str]:
    return sorted(dict(email.draft.tags)["kind"] for email in house.sandbox.emails if email.last_event == "canceled")


def sent_by_provider(house: House) -> None:
    """Let the provider's webhooks of what it has sent come in."""
    for mail in house.sandbox.mailbox:
        tag = dict(mail.tags)["booking_tui_email"]
        [email] = [each for each in house.emails() if each.id == tag]
        for kind in ("sent", "delivered"):
            house.told(house.event(email, kind, provider_id=mail.id))


def test_all_reminders_are_handed_over_at_once_and_come_at_their_time(early: House) -> None:
    early.book()
    assert early.send() == 2
    assert there(early) == ["reminder_1h", "reminder_24h"]
    assert early.states() == {"reminder_24h": "scheduled", "reminder_1h": "scheduled"}
    assert all(email.handed_over and email.next_at is None for email in early.emails())
    # The laptop is shut.
    early.later(hours=6, minutes=1)
    assert early.inbox == ["ada@example.com reminder_24h"]
    assert early.send() == 0
    sent_by_provider(early)
    assert early.states() == {"reminder_24h": "delivered", "reminder_1h": "scheduled"}
    early.later(hours=24)
    sent_by_provider(early)
    assert early.send() == 0
    assert early.states() == {"reminder_24h": "delivered", "reminder_1h": "delivered"}
    assert early.inbox == ["ada@example.com reminder_1h", "ada@example.com reminder_24h"]


def test_what_is_said_of_it_is_as_it_will_be_read(early: House) -> None:
    early.book(start=NOON + timedelta(days=8, hours=4))
    early.send()
    [day_before] = early.emails(kind="reminder_24h")
    assert early.body(day_before)["subject"].startswith("Tomorrow")
    assert early.body(day_before)["scheduled_at"] == "2027-03-11T15:00:00Z"


def test_notices_are_never_handed_over_early(house: House) -> None:
    house.want(handoff=True, reminders=())
    house.book()
    house.send()
    assert house.states() == {"confirmation": "accepted"}


def test_what_is_too_far_ahead_is_handed_over_when_the_provider_takes_it(early: House) -> None:
    start = NOON + timedelta(days=40)
    early.book(start=start)
    assert early.send() == 0
    early.until(start - timedelta(days=30, hours=-1))
    assert early.send() == 1
    assert there(early) == ["reminder_24h"]
    early.until(start - timedelta(days=29))
    assert early.send() == 1
    assert there(early) == ["reminder_1h", "reminder_24h"]


def test_what_is_due_within_minutes_is_sent_and_not_scheduled(early: House) -> None:
    early.book(start=NOON + timedelta(hours=1, minutes=3), ago=timedelta(hours=3))
    early.send()
    assert early.states()["reminder_1h"] == "accepted"
    assert early.inbox == ["ada@example.com reminder_1h"]


@pytest.mark.parametrize("how", ["cancelled", "moved", "switched off", "by hand"])
def test_what_is_no_longer_wanted_is_called_off_there(early: House, how: str) -> None:
    early.book()
    early.send()
    match how:
        case "cancelled":
            early.cancel()
        case "moved":
            early.book(start=IN_30_H + timedelta(hours=3), iCalSequence=1, ago=timedelta())
        case "switched off":
            early.replanning.run()
            early.want(reminders=())
            early.replanning.run()
        case _:
            early.do("cancel", *early.emails())
    early.send()
    assert gone(early) == ["reminder_1h", "reminder_24h"]
    reason = {
        "cancelled": "booking_cancelled",
        "moved": "booking_moved",
        "switched off": "switched_off",
        "by hand": "by_you",
    }[how]
    old = [email for email in early.emails() if email.starts == IN_30_H]
    assert {f"{email.state.value} {email.reason}" for email in old} == {f"cancelled {reason}"}
    early.later(hours=40)
    early.send()
    expected = 2 if how == "moved" else 0
    assert len(early.inbox) == expected


def test_calling_off_waits_out_the_grace_and_can_be_undone(early: House) -> None:
    early.book()
    early.send()
    done = early.do("cancel", early.email("reminder_1h"), grace_s=5.0)
    assert early.send() == 0
    early.undo(done)
    early.later(seconds=6)
    assert early.send() == 0
    assert there(early) == ["reminder_1h", "reminder_24h"]
    assert early.states()["reminder_1h"] == "scheduled"
    early.do("cancel", early.email("reminder_1h"), grace_s=5.0)
    early.later(seconds=6)
    assert early.send() == 1
    assert gone(early) == ["reminder_1h"]


def test_what_cannot_be_called_off_is_loud(early: House) -> None:
    early.want(reminders=("1h",))
    early.book()
    early.send()
    early.cancel()
    early.line.answers = [Answer(Phase.ANSWERED, 422, "validation_error", "too late")]
    early.send()
    email = early.email("reminder_1h")
    assert (email.state, email.reason, email.failed) == ("held", "cancel_failed", True)
    assert early.actions()[-1] == "email_held"
    assert early.do("release", email).refused
    assert early.do("retry", email).done == (email.id,)
    early.send()
    assert early.states()["reminder_1h"].startswith("cancelled")
    assert gone(early) == ["reminder_1h"]


def test_a_key_that_may_only_send_cannot_call_off_and_says_so(early: House) -> None:
    early.want(reminders=("1h",))
    early.book()
    early.send()
    early.sandbox.api_keys[early.sandbox.api_key].permission = "sending_access"
    early.cancel()
    early.send()
    assert early.states()["reminder_1h"] == "held cancel_failed"
    # The provider sends it all the same, and says so: that the guest got it is no success.
    early.until(IN_30_H - timedelta(minutes=59))
    sent_by_provider(early)
    assert early.states()["reminder_1h"] == "held cancel_failed"
    assert early.email("reminder_1h").failed


TRANSIENT = [
    Answer(Phase.NEVER_SENT),
    Answer(Phase.UNCERTAIN),
    Answer(Phase.ANSWERED, 500, "application_error"),
    Answer(Phase.ANSWERED, 429, "rate_limit_exceeded"),
    Answer(Phase.ANSWERED, 409, "resource_locked"),
]


@pytest.mark.parametrize("answer", TRANSIENT, ids=lambda answer: f"{answer.phase}-{answer.name}")
def test_calling_off_is_tried_again_until_it_is_answered(early: House, answer: Answer) -> None:
    early.want(reminders=("1h",))
    early.book()
    early.send()
    early.cancel()
    early.line.answers = [answer, answer]
    for _ in range(3):
        assert early.send() == 1
        early.later(minutes=5)
    assert early.states() == {"reminder_1h": "cancelled booking_cancelled"}
    assert gone(early) == ["reminder_1h"]


def test_one_that_goes_out_while_it_is_called_off_is_known_to_have_gone(early: House) -> None:
    early.want(reminders=("1h",))
    early.book()
    early.send()
    early.until(IN_30_H - timedelta(hours=1, seconds=1))
    early.cancel()
    email = early.email("reminder_1h")

    def too_late() -> None:
        early.later(seconds=2)
        sent_by_provider(early)

    early.line.before = [too_late]
    early.send()
    assert early.states()["reminder_1h"] == "held cancel_failed"
    assert early.stored(email).lease_token is None
    assert not early.stored(email).call_off


def test_a_process_that_died_while_calling_off_does_so_again(early: House) -> None:
    def crash() -> None:
        raise SystemExit("killed")

    early.want(reminders=("1h",))
    early.book()
    early.send()
    early.cancel()
    early.line.before = [crash]
    with pytest.raises(SystemExit):
        early.sender.run_once()
    early.later(seconds=91)
    assert early.another_sender("the next one").run_once() == 1
    assert early.states() == {"reminder_1h": "cancelled booking_cancelled"}
    assert gone(early) == ["reminder_1h"]


def test_a_booking_that_is_cancelled_while_its_reminder_is_handed_over(early: House) -> None:
    early.want(reminders=("1h",))
    early.book()
    early.line.before = [early.cancel]
    early.send()
    assert gone(early) == ["reminder_1h"]
    assert early.states()["reminder_1h"].startswith("cancelled")
    early.later(hours=40)
    assert early.inbox == []


def test_a_new_place_replaces_what_the_provider_has(early: House) -> None:
    early.book(location="Old Street 1")
    early.send()
    early.book(trigger="BOOKING_LOCATION_UPDATED", location="New Street 2", ago=timedelta())
    early.send()
    assert gone(early) == ["reminder_1h", "reminder_24h"]
    assert there(early) == ["reminder_1h", "reminder_24h"]
    early.later(hours=40)
    assert early.inbox == ["ada@example.com reminder_1h", "ada@example.com reminder_24h"]
    assert all("New Street 2" in (mail.text or "") for mail in early.sandbox.mailbox)
    sent_by_provider(early)
    assert set(early.states().values()) == {"delivered"}


def test_switched_off_and_on_again_or_moved_there_and_back_hands_over_anew(early: House) -> None:
    early.want(reminders=("1h",))
    early.book()
    early.send()
    early.replanning.run()
    early.want(reminders=())
    early.replanning.run()
    early.send()
    early.want(reminders=("1h",))
    early.replanning.run()
    early.send()
    assert there(early) == ["reminder_1h"]
    early.book(start=IN_30_H + timedelta(hours=2), iCalSequence=1, ago=timedelta())
    early.send()
    early.book(start=IN_30_H, iCalSequence=2, ago=timedelta())
    early.send()
    assert there(early) == ["reminder_1h"]
    assert len(gone(early)) == 3
    early.later(hours=40)
    early.send()
    assert early.inbox == ["ada@example.com reminder_1h"]


def test_when_it_is_switched_off_what_is_there_stays_there_and_the_rest_is_sent_from_here(early: House) -> None:
    early.book()
    early.send()
    early.book("bk-2", email="bo@example.com")
    early.want(handoff=False)
    assert early.send() == 0
    early.later(hours=6, minutes=1)
    early.send()
    early.later(hours=23)
    early.send()
    sent_by_provider(early)
    assert early.inbox == [
        f"{name}@example.com {kind}" for name in ("ada", "bo") for kind in ("reminder_1h", "reminder_24h")
    ]
    assert early.sandbox.requests["POST /emails"] == 4
    assert there(early) == []


def test_when_it_is_switched_on_what_is_planned_already_is_handed_over(house: House) -> None:
    house.want(notices=False)
    house.book()
    house.do("snooze", house.email("reminder_1h"), until=IN_30_H - timedelta(minutes=40))
    house.replanning.run()
    assert house.send() == 0
    house.want(handoff=True)
    house.replanning.run()
    assert house.send() == 1
    assert there(house) == ["reminder_24h"]
    assert house.email("reminder_1h").next_at == IN_30_H - timedelta(minutes=40)


LOST: list[Any] = ["drop_after", "broken_json"]


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("news", ["event", "reading"])
def test_a_lost_answer_never_leaves_an_unwanted_reminder_there(early: House, fault: str, news: str) -> None:
    early.want(reminders=("1h",))
    early.book()
    early.sandbox.faults.next(fault)
    early.send()
    assert early.states() == {
        "reminder_1h": "unknown not_the_provider" if fault == "broken_json" else "unknown no_answer"
    }
    early.cancel()
    assert early.states()["reminder_1h"] == "unknown booking_cancelled"
    early.later(minutes=15)
    if news == "event":
        early.told(early.event(early.email("reminder_1h"), "scheduled", provider_id=early.sandbox.emails[0].id))
    else:
        early.catch_up(early.account, False)
    early.send()
    assert gone(early) == ["reminder_1h"]
    assert early.states()["reminder_1h"] == "cancelled booking_cancelled"


def test_an_event_that_came_before_the_cancellation_is_remembered(early: House) -> None:
    early.want(reminders=("1h",))
    early.book()
    email = early.email("reminder_1h")
    early.sandbox.faults.next("drop_after")
    early.line.after = [lambda: early.told(early.event(email, "scheduled", provider_id=early.sandbox.emails[0].id))]
    early.send()
    early.cancel()
    early.send()
    assert gone(early) == ["reminder_1h"]


def test_a_lost_answer_is_asked_for_again_and_the_reminder_comes_once(early: House) -> None:
    early.book()
    early.sandbox.faults.next("drop_after", times=2)
    early.send()
    early.later(minutes=1)
    early.send()
    assert len(there(early)) == 2
    assert all(email.handed_over for email in early.emails())
    early.later(hours=40)
    assert early.inbox == ["ada@example.com reminder_1h", "ada@example.com reminder_24h"]


def test_a_body_for_later_that_was_never_taken_is_sent_at_once_when_its_time_has_come(early: House) -> None:
    early.want(reminders=("24h",))
    early.book()
    early.line.answers = [Answer(Phase.NEVER_SENT)]
    early.send()
    early.until(IN_30_H - timedelta(hours=24))
    early.send()
    assert early.inbox == ["ada@example.com reminder_24h"]
    assert "scheduled_at" not in early.body(early.email("reminder_24h"))
