"""Many reminders at once: one request, one key, one frozen array; taken whole or not at all."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.email import Email
from tests.services.conftest import NOON
from tests.services.mail.house import House

START = NOON + timedelta(hours=25)
"""Their reminders of a day before are due in an hour; the booking itself was made long ago."""


def fill(house: House, number: int = 12, **fields: object) -> list[Email]:
    """Make so many reminders due now; gives them."""
    house.want(reminders=("24h",))
    for each in range(number):
        house.book(f"bk-{each}", email=f"g{each}@example.com", start=START, ago=timedelta(days=3), **fields)
    house.later(hours=1)
    return reminders(house)


def reminders(house: House) -> list[Email]:
    return house.emails(kind="reminder_24h")


def states(house: House) -> Counter[str]:
    return Counter(f"{each.state.value}{f' {each.reason}' if each.reason else ''}" for each in reminders(house))


def got(house: House) -> Counter[str]:
    """How many reminders lie in each guest's mailbox."""
    return Counter(address for mail in house.sandbox.mailbox for address in mail.delivered_to)


def once(house: House, number: int = 12) -> bool:
    return got(house) == {f"g{each}@example.com": 1 for each in range(number)}


def test_many_go_as_one_request_and_each_learns_its_own_id(house: House) -> None:
    emails = fill(house)
    assert house.send() == 1
    house.later(seconds=2)
    assert once(house)
    ids = {mail.delivered_to[0]: mail.id for mail in house.sandbox.mailbox}
    assert {email.to: email.provider_id for email in reminders(house)} == ids
    assert states(house) == {"accepted": 12}
    assert house.sandbox.requests["POST /emails/batch"] == 1
    tags = {dict(mail.tags)["booking_tui_email"] for mail in house.sandbox.mailbox}
    assert tags == {email.id for email in emails}
    assert all(house.stored(email).batch_id is None for email in emails)
    assert house.records.database.write(
        lambda tx: tx.connection.execute("SELECT count(*) FROM email_batch").fetchone()
    ) == (0,)


def test_a_few_go_one_by_one_and_very_many_in_several_requests(house: House) -> None:
    fill(house, 9)
    assert house.send() == 9
    assert house.sandbox.requests["POST /emails/batch"] == 0
    house.later(hours=2)
    for each in range(100, 210):
        house.book(f"bk-{each}", email=f"g{each}@example.com", start=NOON + timedelta(hours=28), ago=timedelta(days=3))
    house.later(hours=2)
    assert house.send() == 2
    last = [house.records.outbox.attempts(email.id)[-1] for email in reminders(house)]
    assert sorted(Counter(each.batch_id for each in last if each.batch_id is not None).values()) == [10, 100]


def test_what_carries_a_file_goes_alone(house: House) -> None:
    house.want(reminders=())
    for each in range(12):
        house.book(f"bk-{each}", email=f"g{each}@example.com")
    assert house.send() == 12
    assert house.sandbox.requests["POST /emails/batch"] == 0


def test_a_refused_batch_goes_one_by_one_and_only_the_one_at_fault_fails(house: House) -> None:
    emails = fill(house)
    house.records.database.write(
        lambda tx: house.records.outbox.put(
            tx, emails[3].id, {"recipient": "g3@nowhere..example.com", "own_address": 1}, at=house.clock.now()
        )
    )
    good = house.line.answers
    good.append(Answer(Phase.ANSWERED, 422, "validation_error", "one of them is wrong"))
    house.send()
    assert states(house)["accepted"] == 11
    assert house.sandbox.requests["POST /emails"] == 11
    assert len(set(house.keys)) == 11


def test_a_batch_refused_by_the_simulator_goes_one_by_one(house: House) -> None:
    fill(house)
    refusal = Answer(Phase.ANSWERED, 422, "validation_error", "one of them is wrong")
    house.line.answers = [refusal, refusal]
    house.send()
    assert states(house) == {"dead rejected": 1, "accepted": 11}
    assert [name for name, _ in house.line.calls] == ["batch", *["send"] * 12]
    assert len({key for _, key in house.line.calls}) == 13
    assert max(got(house).values()) == 1


LOST = ("drop_after", "partial", "broken_json", "no_content")
UNLUCKY = ("drop_before", "garbage", "bad_gateway")


@pytest.mark.parametrize("fault", [*LOST, *UNLUCKY])
def test_a_batch_without_an_answer_is_tried_again_whole(house: House, fault: str) -> None:
    fill(house)
    house.sandbox.faults.next(fault)
    assert house.send() == 1
    assert {each.state.value for each in reminders(house)} == {"unknown"}
    house.later(seconds=30)
    assert house.send() == 1
    house.later(seconds=2)
    assert states(house) == {"accepted": 12}
    assert once(house)
    assert len(set(house.keys)) == 1
    assert len(set(house.bodies)) == 1
    assert house.keys[0] is not None
    assert house.keys[0].startswith("batch/")


DOUBTS = [
    Answer(Phase.NEVER_SENT),
    Answer(Phase.ANSWERED, 429, "rate_limit_exceeded"),
    Answer(Phase.ANSWERED, 429, "daily_quota_exceeded"),
    Answer(Phase.ANSWERED, 403, "invalid_api_key"),
    Answer(Phase.ANSWERED, 500, "application_error"),
    Answer(Phase.ANSWERED, 409, "concurrent_idempotent_requests"),
    Answer(Phase.UNCERTAIN),
]


@pytest.mark.parametrize("answer", DOUBTS, ids=lambda answer: f"{answer.phase}-{answer.name}")
def test_a_batch_in_doubt_stays_whole_whatever_the_next_answer_is(house: House, answer: Answer) -> None:
    """Alone, its emails would have other keys, and would arrive twice."""
    fill(house)
    house.sandbox.faults.next("drop_after")
    house.send()
    house.later(seconds=30)
    house.line.answers = [answer]
    house.send()
    assert {each.state.value for each in reminders(house)} == {"unknown"}
    house.do("retry", *reminders(house))
    house.later(minutes=2)
    house.send()
    house.later(seconds=2)
    assert once(house)
    assert states(house) == {"accepted": 12}
    assert house.sandbox.requests["POST /emails"] == 0


UNTAKEN = [
    Answer(Phase.NEVER_SENT),
    Answer(Phase.ANSWERED, 429, "rate_limit_exceeded"),
    Answer(Phase.ANSWERED, 429, "daily_quota_exceeded"),
    Answer(Phase.ANSWERED, 500, "application_error"),
]


@pytest.mark.parametrize("answer", UNTAKEN, ids=lambda answer: f"{answer.phase}-{answer.name}")
def test_a_batch_that_was_not_taken_goes_later_and_arrives_once(house: House, answer: Answer) -> None:
    fill(house)
    house.line.answers = [answer]
    house.send()
    assert {each.state.value for each in reminders(house)} == {"retrying"}
    house.later(hours=14)
    house.send()
    house.later(seconds=2)
    assert once(house)
    assert states(house) == {"accepted": 12}


def test_a_batch_that_lacks_a_right_is_held_and_goes_once_the_settings_change(house: House) -> None:
    fill(house)
    house.line.answers = [Answer(Phase.ANSWERED, 403, "invalid_api_key")]
    house.send()
    assert states(house) == {"held key_refused": 12}
    assert house.account is not None
    house.account = type(house.account)(house.line, house.account.writing, house.account.sender, None, mark="2")
    house.send()
    house.later(seconds=2)
    assert once(house)


def test_a_lost_batch_of_which_a_booking_was_cancelled_is_not_sent_again(house: House) -> None:
    emails = fill(house)
    house.sandbox.faults.next("drop_after")
    house.send()
    house.want(notices=False)
    house.cancel("bk-4", email="g4@example.com", start=START)
    house.later(seconds=30)
    assert house.send() == 0
    assert states(house) == {"unknown batch_changed": 11, "unknown booking_cancelled": 1}
    assert house.sandbox.requests["POST /emails/batch"] == 1
    # It had been taken: the provider's word settles each.
    sent = {email.draft.to[0].partition("<")[2].rstrip(">"): email.id for email in house.sandbox.emails}
    for email in emails:
        house.told(house.event(email, "delivered", provider_id=sent[email.to]))
    assert states(house) == {"delivered": 12}


def test_a_lost_batch_that_was_not_taken_and_must_not_be_sent_again_waits_for_a_person(house: House) -> None:
    fill(house)
    house.sandbox.faults.next("drop_before")
    house.send()
    house.cancel("bk-4", email="g4@example.com", start=START)
    house.later(seconds=30)
    house.send()
    assert states(house)["unknown batch_changed"] == 11
    refused = house.do("retry", *[each for each in reminders(house) if each.reason == "batch_changed"])
    assert len(refused.refused) == 11
    done = house.do("retry", *[each for each in reminders(house) if each.reason == "batch_changed"], even_so=True)
    assert len(done.made) == 11
    house.send()
    house.later(seconds=2)
    assert {address: count for address, count in got(house).items() if address != "g4@example.com"} == {
        f"g{each}@example.com": 1 for each in range(12) if each != 4
    }


def test_a_lost_batch_of_which_one_email_is_known_to_have_arrived_was_taken_whole(house: House) -> None:
    emails = fill(house)
    house.sandbox.faults.next("drop_after")
    house.send()
    sent = {email.draft.to[0].partition("<")[2].rstrip(">"): email.id for email in house.sandbox.emails}
    house.told(house.event(emails[0], "delivered", provider_id=sent[emails[0].to]))
    house.later(seconds=30)
    assert house.send() == 0
    # Nothing of its bookings has changed: the others are said to be without an answer, and nothing else.
    assert states(house) == {"delivered": 1, "unknown no_answer": 11}
    for email in emails[1:]:
        house.told(house.event(email, "sent", provider_id=sent[email.to]))
    assert states(house) == {"delivered": 1, "accepted": 11}


def test_webhooks_that_are_faster_than_the_answer_of_a_batch(house: House) -> None:
    emails = fill(house)

    def delivered() -> None:
        house.clock.forward(seconds=2)
        house.sandbox.settle()
        for mail in [*house.sandbox.mailbox][:5]:
            tag = dict(mail.tags)["booking_tui_email"]
            [email] = [each for each in emails if each.id == tag]
            house.told(house.event(email, "delivered", provider_id=mail.id))

    house.line.after = [delivered]
    house.send()
    assert states(house) == {"delivered": 5, "accepted": 7}


def test_a_lost_batch_whose_key_is_too_old_is_not_sent_again(house: House) -> None:
    house.want(reminders=("7d",))
    for each in range(12):
        house.book(f"bk-{each}", email=f"g{each}@example.com", start=NOON + timedelta(days=7), ago=timedelta(days=9))
    house.sandbox.faults.next("drop_after")
    house.send()
    house.later(hours=23)
    assert house.send() == 0
    assert {f"{each.state.value} {each.reason}" for each in house.emails(kind="reminder_7d")} == {"unknown key_expired"}


def test_a_process_that_died_with_a_batch_under_way_sends_it_again_whole(house: House) -> None:
    def crash() -> None:
        raise SystemExit("killed")

    fill(house)
    house.line.after = [crash]
    with pytest.raises(SystemExit):
        house.sender.run_once()
    assert states(house) == {"sending": 12}
    house.later(seconds=91)
    house.another_sender("the next one").run_once()
    house.later(seconds=2)
    assert once(house)
    assert states(house) == {"accepted": 12}


def test_a_member_that_is_damaged_in_the_file_stops_no_other_email(house: House) -> None:
    emails = fill(house)
    house.sandbox.faults.next("drop_after")
    house.send()
    house.records.database.write(
        lambda tx: tx.connection.execute("UPDATE email SET body = x'7b7d' WHERE id = ?", (emails[2].id,))
    )
    house.book("bk-99", email="zoe@example.com")
    house.later(seconds=30)
    house.send()
    assert house.email(uid="bk-99").state == "accepted"


def test_an_answer_that_names_too_few_is_no_answer(house: House) -> None:
    fill(house)
    house.line.answers = [Answer(Phase.ANSWERED, 200, ids=tuple(f"id-{each}" for each in range(11)))]
    house.send()
    assert states(house) == {"unknown not_the_provider": 12}
    house.later(seconds=30)
    house.send()
    house.later(seconds=2)
    assert once(house)


def test_each_attempt_of_a_batch_is_kept_with_the_key_it_went_with(house: House) -> None:
    [email, *_] = fill(house)
    house.sandbox.faults.next("drop_after")
    house.send()
    house.later(seconds=30)
    house.send()
    attempts = house.records.outbox.attempts(email.id)
    assert [each.phase for each in attempts] == ["uncertain", "answered"]
    assert [each.idempotency_key for each in attempts] == house.keys
    assert len({each.batch_id for each in attempts}) == 1


def test_one_that_is_kept_as_it_is_does_not_stop_the_others(house: House) -> None:
    emails = fill(house)
    house.sandbox.faults.next("drop_after")
    house.send()
    house.do("keep", emails[5])
    house.later(seconds=30)
    assert house.send() == 1
    house.later(seconds=2)
    assert once(house)
    assert states(house) == {"accepted": 12}
    assert len(set(house.keys)) == 1


def test_one_that_goes_elsewhere_by_now_is_not_sent_with_its_batch(house: House) -> None:
    emails = fill(house)
    house.sandbox.faults.next("drop_before")
    house.send()
    house.do("edit", emails[5], to="g5@example.org", even_so=True)
    house.later(seconds=30)
    house.send()
    house.later(seconds=2)
    assert got(house) == {"g5@example.org": 1}
    assert states(house)["unknown batch_changed"] == 11


@pytest.mark.parametrize("deed", ["cancel", "hold"])
def test_what_a_person_stopped_is_not_sent_with_its_batch(house: House, deed: str) -> None:
    emails = fill(house)
    house.sandbox.faults.next("application_error")
    house.send()
    assert house.do(deed, emails[5]).done == (emails[5].id,)
    house.later(seconds=30)
    assert house.send() == 0
    assert got(house) == {}
    assert states(house)["unknown batch_changed"] == 11
