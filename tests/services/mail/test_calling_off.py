"""Reminders at the provider that are no longer wanted, wanted again, or tell what is no longer so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.email import Email
from tests.services.conftest import NOON
from tests.services.mail.house import IN_30_H, House, account_of
from tests.services.mail.test_handoff import gone, there

LOST = Answer(Phase.UNCERTAIN)
OFFLINE = Answer(Phase.NEVER_SENT)
IN_10_DAYS = NOON + timedelta(days=10)


@pytest.fixture
def early(house: House) -> House:
    """A house that schedules the reminder of an hour before at the provider, and sends nothing else."""
    house.want(handoff=True, notices=False, reminders=("1h",))
    return house


def is_there(house: House, email: Email) -> None:
    """Let the provider say that it has an email for later."""
    house.told(house.event(email, "scheduled", provider_id=house.sandbox.emails[-1].id))


# -- an answer that was lost ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["cancelled", "moved", "switched off"])
@pytest.mark.parametrize("since", ["too old to ask", "kept by a person"])
def test_what_turns_out_to_be_there_is_called_off_when_it_is_no_longer_wanted(
    early: House, how: str, since: str
) -> None:
    early.book(start=IN_10_DAYS)
    early.sandbox.faults.next("drop_after")
    early.send()
    if since == "kept by a person":
        early.do("keep", early.email("reminder_1h"))
    else:
        early.later(hours=23)
        early.send()
        assert early.states() == {"reminder_1h": "unknown key_expired"}
    lost = early.email("reminder_1h")
    match how:
        case "cancelled":
            early.cancel(start=IN_10_DAYS)
        case "moved":
            early.book(start=IN_10_DAYS + timedelta(hours=3), iCalSequence=1, ago=timedelta())
        case _:
            early.want(reminders=())
    is_there(early, lost)
    early.send()
    assert early.again(lost).state == "cancelled"
    early.later(days=11)
    assert len(early.inbox) == int(how == "moved")


def test_what_turns_out_to_be_there_and_is_still_wanted_stays_there(early: House) -> None:
    early.book(start=IN_10_DAYS)
    early.sandbox.faults.next("drop_after")
    early.send()
    early.do("keep", early.email("reminder_1h"))
    is_there(early, early.email("reminder_1h"))
    assert early.send() == 0
    email = early.email("reminder_1h")
    assert (email.state, email.handed_over, email.next_at) == ("scheduled", True, None)
    early.later(days=11)
    assert early.inbox == ["ada@example.com reminder_1h"]


def test_what_was_replaced_and_turns_out_to_be_there_is_called_off(early: House) -> None:
    early.book(start=IN_10_DAYS)
    early.sandbox.faults.next("drop_after")
    early.send()
    wrong = early.email("reminder_1h")
    early.do("edit", wrong, to="right@example.com", even_so=True)
    is_there(early, wrong)
    early.send()
    assert early.again(wrong).state == "cancelled"
    assert early.again(wrong).reason == "replaced"
    early.later(days=11)
    assert early.inbox == ["right@example.com reminder_1h"]


@pytest.mark.parametrize("when", ["unanswered", "under way"])
def test_a_change_that_falls_into_a_request_reaches_the_guest(early: House, when: str) -> None:
    early.book(start=IN_10_DAYS, location="Old Street 1")

    def moves_house() -> None:
        early.book(start=IN_10_DAYS, trigger="BOOKING_LOCATION_UPDATED", location="New Street 2", ago=timedelta())

    if when == "unanswered":
        early.sandbox.faults.next("drop_after")
        early.send()
        moves_house()
        early.later(minutes=1)
    else:
        early.line.before = [moves_house]
    early.send()
    assert there(early) == gone(early) == ["reminder_1h"]
    early.later(days=11)
    [mail] = early.sandbox.mailbox
    assert "New Street 2" in (mail.text or "")


def test_a_change_that_is_taken_back_before_the_answer_changes_nothing(early: House) -> None:
    early.book(start=IN_10_DAYS, location="Old Street 1")
    early.sandbox.faults.next("drop_after")
    early.send()
    for number, place in enumerate(("New Street 2", "Old Street 1")):
        early.later(seconds=1)
        early.book(
            start=IN_10_DAYS, trigger="BOOKING_LOCATION_UPDATED", location=place, iCalSequence=number, ago=timedelta()
        )
    early.later(minutes=1)
    early.send()
    assert (there(early), gone(early)) == (["reminder_1h"], [])


# -- calling off that fails ----------------------------------------------------------------------------------------

REFUSALS = [
    Answer(Phase.ANSWERED, 401, "missing_api_key"),
    Answer(Phase.ANSWERED, 401, "restricted_api_key"),
    Answer(Phase.ANSWERED, 403, "invalid_api_key"),
    Answer(Phase.ANSWERED, 403, "suspended_api_key"),
]


@pytest.mark.parametrize("answer", REFUSALS, ids=lambda answer: answer.name)
def test_a_key_that_is_refused_is_no_reason_to_give_up(early: House, answer: Answer) -> None:
    early.book()
    early.send()
    early.cancel()
    early.line.answers = [answer]
    early.send()
    assert early.states() == {"reminder_1h": "held cancel_failed"}
    assert early.email("reminder_1h").failed
    still = early.sender.standstill()
    # A key that may only send goes on doing that.
    assert (still is None) == (answer.name == "restricted_api_key")
    early.later(minutes=5)
    assert early.send() == 0
    early.account = account_of(early.line, handoff=True, mark="2")
    early.send()
    assert early.states() == {"reminder_1h": "cancelled booking_cancelled"}
    assert gone(early) == ["reminder_1h"]


def test_a_refused_calling_off_is_tried_each_hour_until_it_would_be_too_late(early: House) -> None:
    early.book(start=NOON + timedelta(hours=6))
    early.send()
    early.cancel(start=NOON + timedelta(hours=6))
    early.line.answers = [Answer(Phase.ANSWERED, 403, "invalid_api_key")] * 100
    made = 0
    for _ in range(8 * 4):
        made += early.send()
        early.clock.forward(minutes=15)
    # At once, each hour before the reminder's time, and then: it is told as sent, or stays loud.
    assert made == 6
    assert early.states() == {"reminder_1h": "held cancel_failed"}
    assert early.actions().count("email_held") == 1


def test_what_you_cancelled_stays_so_when_it_could_be_called_off_in_the_end(early: House) -> None:
    early.book()
    early.send()
    early.do("cancel", early.email("reminder_1h"))
    early.line.answers = [Answer(Phase.ANSWERED, 403, "invalid_api_key")]
    early.send()
    early.later(hours=1)
    early.send()
    assert early.states() == {"reminder_1h": "cancelled by_you"}
    early.later(hours=40)
    early.send()
    assert early.inbox == []


@pytest.mark.parametrize("how", ["cancelled", "by you"])
def test_what_is_held_back_here_is_called_off_there_all_the_same(early: House, how: str) -> None:
    early.book()
    early.send()
    early.do("hold_all")
    if how == "cancelled":
        early.cancel()
    else:
        early.do("cancel", early.email("reminder_1h"))
    early.send()
    assert gone(early) == ["reminder_1h"]
    assert early.states()["reminder_1h"].startswith("cancelled")
    early.later(hours=40)
    assert early.inbox == []


def test_however_much_is_held_back_what_is_to_be_called_off_gets_its_turn(
    early: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking_tui.services.mail.claiming.DUE_AT_ONCE", 4)
    early.book()
    early.send()
    early.do("hold_all")
    early.want(handoff=False)
    for number in range(5):
        early.book(f"bk-{number + 2}", email=f"g{number}@example.com", start=NOON + timedelta(hours=20))
    early.until(NOON + timedelta(hours=19, minutes=1))
    early.cancel()
    early.send()
    assert gone(early) == ["reminder_1h"]
    assert early.inbox == []


def refused(name: str) -> Answer:
    return Answer(Phase.ANSWERED, 429 if name.endswith("exceeded") else 403, name, "no")


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        (refused("daily_quota_exceeded"), True),
        (refused("monthly_quota_exceeded"), True),
        (refused("invalid_permission"), True),
        (refused("invalid_api_key"), False),
        (refused("suspended_api_key"), False),
        (OFFLINE, False),
    ],
    ids=lambda value: str(value.name or value.phase.value) if isinstance(value, Answer) else "",
)
def test_a_pause_of_sending_does_not_stop_calling_off_where_that_may_work(
    early: House, answer: Answer, asked: bool
) -> None:
    early.book()
    early.send()
    early.book("bk-2", email="bo@example.com")
    early.line.answers = [answer]
    early.send()
    assert early.sender.standstill() is not None
    early.cancel()
    early.send()
    assert (gone(early) == ["reminder_1h"]) == asked
    assert early.sender.standstill() is not None


def sent_there(house: House, *, kinds: tuple[str, ...] = ("sent", "delivered")) -> None:
    """Let the provider tell that the oldest of its emails has gone out."""
    [email] = house.emails("bk-1")
    for kind in kinds:
        house.told(house.event(email, kind, provider_id=house.sandbox.emails[0].id))


@pytest.mark.parametrize("kinds", [("sent", "delivered"), ("delivered", "sent"), ("delivery_delayed",)])
def test_what_went_out_though_it_was_to_be_called_off_is_loud(early: House, kinds: tuple[str, ...]) -> None:
    early.book()
    early.send()
    early.line.answers = [OFFLINE] * 100
    early.cancel()
    early.send()
    sent_there(early, kinds=kinds)
    email = early.email("reminder_1h")
    assert (email.state, email.reason, email.failed) == ("held", "cancel_failed", True)
    assert email.last_name == ("email.delivered" if "delivered" in kinds else "email.delivery_delayed")
    assert early.actions().count("email_held") == 1
    assert early.send() == 0
    early.do("keep", early.email("reminder_1h"))
    assert not early.email("reminder_1h").failed


def test_what_went_out_is_loud_too_when_no_answer_told_that_it_was_there(early: House) -> None:
    early.book()
    early.sandbox.faults.next("drop_after")
    early.send()
    early.cancel()
    sent_there(early, kinds=("delivered",))
    email = early.email("reminder_1h")
    assert (email.state, email.reason, email.failed) == ("held", "cancel_failed", True)
    early.later(minutes=31)
    early.catch_up.at_once()
    early.catch_up(early.account, False)
    assert early.states() == {"reminder_1h": "held cancel_failed"}


def test_what_went_out_at_once_before_its_booking_was_cancelled_is_no_trouble(house: House) -> None:
    house.want(reminders=())
    house.book()
    house.sandbox.faults.next("drop_after")
    house.send()
    house.want(notices=False)
    house.cancel()
    sent_there(house, kinds=("delivered",))
    assert house.states() == {"confirmation": "delivered"}


def test_what_is_read_as_gone_out_is_loud_once_and_not_asked_for_any_more(early: House) -> None:
    early.book()
    early.send()
    early.sandbox.api_keys[early.sandbox.api_key].permission = "sending_access"
    early.cancel()
    early.send()
    early.later(hours=30)
    early.sandbox.api_keys[early.sandbox.api_key].permission = "full_access"
    for _ in range(3):
        early.catch_up.at_once()
        early.catch_up(early.account, False)
        early.later(minutes=31)
    assert early.inbox == ["ada@example.com reminder_1h"]
    assert early.states() == {"reminder_1h": "held cancel_failed"}
    assert [event.kind for event in early.events(early.email("reminder_1h"))] == ["email.delivered"]
    assert [name for name, _ in early.line.calls].count("read") == 1


def test_what_bounces_after_it_could_not_be_called_off_is_told_as_that(early: House) -> None:
    early.book()
    early.send()
    early.line.answers = [OFFLINE] * 100
    early.cancel()
    early.send()
    sent_there(early, kinds=("sent", "bounced"))
    assert early.states() == {"reminder_1h": "bounced bounced"}


@pytest.mark.parametrize("how", ["cancelled", "by you"])
def test_what_goes_out_after_its_calling_off_was_confirmed_is_loud_too(early: House, how: str) -> None:
    early.book()
    early.send()
    if how == "cancelled":
        early.cancel()
    else:
        early.do("cancel", early.email("reminder_1h"))
    early.send()
    assert early.states()["reminder_1h"].startswith("cancelled")
    sent_there(early)
    email = early.email("reminder_1h")
    assert (email.state, email.reason, email.failed) == ("held", "cancel_failed", True)
    early.later(hours=40)
    early.do("retry", email)
    early.send()
    assert early.inbox == []


# -- wanted again --------------------------------------------------------------------------------------------------


def test_switched_off_and_on_again_before_it_was_called_off_it_stays_there(early: House) -> None:
    early.book()
    early.send()
    early.replanning.run()
    early.want(reminders=())
    early.replanning.run()
    early.line.answers = [OFFLINE]
    early.send()
    assert early.states() == {"reminder_1h": "scheduled switched_off"}
    early.want(reminders=("1h",))
    early.replanning.run()
    early.later(minutes=1)
    assert early.send() == 0
    assert early.states() == {"reminder_1h": "scheduled"}
    early.later(hours=40)
    assert early.inbox == ["ada@example.com reminder_1h"]


def test_moved_there_and_back_while_offline_each_start_has_its_reminder_once(early: House) -> None:
    early.book()
    early.send()
    early.line.answers = [OFFLINE] * 4
    early.book(start=IN_30_H + timedelta(hours=24), iCalSequence=1, ago=timedelta())
    early.send()
    early.later(seconds=10)
    early.book(start=IN_30_H, iCalSequence=2, ago=timedelta())
    early.line.answers = []
    for _ in range(3):
        early.later(minutes=2)
        early.send()
    assert there(early) == ["reminder_1h"]
    early.later(days=3)
    assert early.inbox == ["ada@example.com reminder_1h"]


def test_moved_there_and_back_with_another_place_it_is_replaced(early: House) -> None:
    early.book(location="Old Street 1")
    early.send()
    early.line.answers = [OFFLINE] * 4
    early.book(start=IN_30_H + timedelta(hours=24), location="New Street 2", iCalSequence=1, ago=timedelta())
    early.send()
    early.later(seconds=10)
    early.book(start=IN_30_H, location="New Street 2", iCalSequence=2, ago=timedelta())
    early.line.answers = []
    for _ in range(3):
        early.later(minutes=2)
        early.send()
    early.later(days=3)
    [mail] = early.sandbox.mailbox
    assert "New Street 2" in (mail.text or "")


@pytest.mark.parametrize("news", ["once more", "reading"])
def test_wanted_again_when_it_may_be_called_off_already_it_is_handed_over_anew(early: House, news: str) -> None:
    early.book()
    early.send()
    early.replanning.run()
    early.want(reminders=())
    early.replanning.run()
    early.sandbox.faults.next("drop_after")
    early.send()
    assert (there(early), gone(early)) == ([], ["reminder_1h"])
    early.want(reminders=("1h",))
    early.replanning.run()
    if news == "reading":
        [email] = early.emails()
        early.told(early.event(email, "canceled", provider_id=email.provider_id, source="read"))
    else:
        early.later(minutes=1)
    early.send()
    assert there(early) == ["reminder_1h"]
    early.later(hours=40)
    assert early.inbox == ["ada@example.com reminder_1h"]


def test_one_that_died_while_calling_off_may_have_done_so(early: House) -> None:
    def crash() -> None:
        raise SystemExit("killed")

    early.book()
    early.send()
    early.replanning.run()
    early.want(reminders=())
    early.replanning.run()
    early.line.after = [crash]
    with pytest.raises(SystemExit):
        early.sender.run_once()
    early.later(seconds=91)
    early.line.answers = [OFFLINE]
    early.another_sender("the next one").run_once()
    early.want(reminders=("1h",))
    early.replanning.run()
    early.later(minutes=1)
    early.another_sender("the next one").run_once()
    assert there(early) == ["reminder_1h"]


def test_who_calls_it_off_at_the_provider_by_hand_is_not_contradicted(early: House) -> None:
    early.book()
    early.send()
    [email] = early.emails()
    early.told(early.event(email, "canceled", provider_id=email.provider_id, source="read"))
    assert early.send() == 0
    assert early.states() == {"reminder_1h": "cancelled"}


def test_wanted_again_while_it_is_being_called_off_it_is_handed_over_anew(early: House) -> None:
    early.book()
    early.send()
    early.replanning.run()
    early.want(reminders=())
    early.replanning.run()

    def on_again() -> None:
        early.want(reminders=("1h",))
        early.replanning.run()

    early.line.before = [on_again]
    early.send()
    assert (there(early), gone(early)) == (["reminder_1h"], ["reminder_1h"])


def test_wanted_again_before_it_was_handed_over_it_stays(early: House) -> None:
    early.replanning.run()
    early.book()

    def off_and_on() -> None:
        for reminders in ((), ("1h",)):
            early.want(reminders=reminders)
            early.replanning.run()

    early.line.before = [off_and_on]
    assert early.send() == 1
    assert (there(early), gone(early)) == (["reminder_1h"], [])


def test_what_is_in_doubt_is_asked_about_again_when_it_is_wanted_again(early: House) -> None:
    early.book()
    early.replanning.run()
    early.sandbox.faults.next("drop_before")
    early.send()
    for reminders in ((), ("1h",)):
        early.want(reminders=reminders)
        early.replanning.run()
    early.later(minutes=1)
    early.send()
    assert there(early) == ["reminder_1h"]
    assert len(set(early.keys)) == 1


def test_what_the_provider_says_late_of_what_was_called_off_does_not_touch_the_newer_one(early: House) -> None:
    early.book(location="Old Street 1")
    early.send()
    old = early.sandbox.emails[0].id
    early.line.answers = [Answer(Phase.ANSWERED, 200, ids=(old,)), LOST]
    early.book(trigger="BOOKING_LOCATION_UPDATED", location="New Street 2", ago=timedelta())
    early.send()
    email = early.email("reminder_1h")
    assert (email.state, email.provider_id) == ("unknown", None)
    for kind in ("scheduled", "canceled", "sent"):
        assert early.told(early.event(email, kind, provider_id=old)) == []
        assert early.told(early.event(email, kind, provider_id=old, email_tag=None, source="read")) == []
    assert early.email("reminder_1h").state == "unknown"
    early.later(minutes=1)
    early.send()
    email = early.email("reminder_1h")
    assert (email.state, email.handed_over) == ("scheduled", True)
    assert email.provider_id == early.sandbox.emails[-1].id != old
    # It was told of that email once, and is shown there.
    assert {event.provider_id for event in early.events(email)} == {old}
