"""Taking a deed back puts nothing over what has happened since, and decides for each email by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.email import Email
from booking_tui.domain.mail.words import words_of
from booking_tui.ports import DeedRefused
from booking_tui.store.outbox import NewEmail
from tests.services.conftest import NOON
from tests.services.mail.house import House

SOFT = {"bounce_type": "Transient", "bounce_subtype": "General"}


def lost(house: House) -> Email:
    """A confirmation whose answer was lost."""
    house.want(reminders=())
    house.book()
    house.line.answers = [Answer(Phase.UNCERTAIN)]
    house.sender.run_once()
    return house.email()


def bounced(house: House) -> Email:
    house.want(reminders=())
    house.book()
    house.send()
    house.told(house.event(house.email(), "bounced", **SOFT))
    return house.email()


def test_what_was_delivered_since_stays_delivered(house: House) -> None:
    email = lost(house)
    done = house.do("keep", email)
    house.told(house.event(email, "delivered", provider_id="p1"))
    assert house.undo(done).refused == ((email.id, "it was delivered since"),)
    assert house.again(email).state == "delivered"
    house.later(minutes=1)
    assert house.send() == 0


def test_what_was_marked_as_spam_since_stays_so(house: House) -> None:
    email = bounced(house)
    done = house.do("keep", email)
    house.told(house.event(email, "complained"))
    assert house.undo(done).refused == ((email.id, "it was marked as spam since"),)
    assert house.again(email).state == "complained"
    assert "spam" in house.do("retry", email, even_so=True).refused[0][1]


def test_the_revision_is_taken_back_even_if_the_one_before_has_moved_on(house: House) -> None:
    email = bounced(house)
    done = house.do("retry", email, grace_s=5.0)
    house.told(house.event(email, "complained"))
    assert house.undo(done).done == (email.id,)
    again = house.again(email)
    assert (again.state, again.settled, again.failed, again.next_at) == ("complained", None, True, None)
    house.later(minutes=1)
    assert house.send() == 0


def test_a_revision_that_was_taken_back_says_so_and_offers_nothing(house: House) -> None:
    email = bounced(house)
    done = house.do("retry", email, grace_s=5.0)
    house.undo(done)
    taken = house.records.outbox.email(done.made[0])
    assert taken is not None
    assert (taken.state, taken.reason) == ("cancelled", "taken_back")
    words = words_of(taken, house.clock.now())
    assert (words.short, words.title, words.do) == ("taken back", "You took it back.", ("open_booking",))
    assert words.again == "No, there is nothing to do here."
    for deed in ("retry", "edit", "keep", "cancel"):
        fields = {"text": "See you."} if deed == "edit" else {}
        assert house.do(deed, taken, **fields).refused == ((taken.id, "you took it back; the one before it stands"),)
    house.do("edit", email, to="ada@example.org")
    why = "you took it back, and another one has taken the place of the one before it since"
    assert house.do("retry", taken).refused == ((taken.id, why),)
    assert house.again(taken) == taken


def test_what_the_booking_called_off_since_stays_called_off(house: House) -> None:
    house.want(notices=False, reminders=("1h",))
    house.book()
    email = house.email("reminder_1h")
    done = house.do("snooze", email, until=email.send_at + timedelta(minutes=10))
    house.cancel(ago=timedelta())
    assert house.undo(done).refused == ((email.id, "it was called off since"),)
    assert house.states() == {"reminder_1h": "cancelled booking_cancelled"}


def test_a_later_deed_is_not_overwritten(house: House) -> None:
    house.want(notices=False, reminders=("1h",))
    house.book()
    email = house.email("reminder_1h")
    first = house.do("snooze", email, until=email.send_at + timedelta(minutes=10))
    house.do("edit", email, subject="Soon")
    assert house.undo(first).refused == ((email.id, "something else has happened to it since"),)
    assert house.again(email).own_subject == "Soon"
    second = house.do("hold", email)
    third = house.do("release", email)
    assert house.undo(second).refused == ((email.id, "something else has happened to it since"),)
    # The last first: each finds what it left.
    assert house.undo(third).done == (email.id,)
    assert house.again(email).state == "held"


def test_what_only_waits_because_nothing_can_be_sent_is_put_back(house: House) -> None:
    house.want(reminders=())
    house.book()
    email = house.email()
    house.do("hold", email)
    done = house.do("release", email)
    account, house.account = house.account, None
    house.send()
    assert house.states() == {"confirmation": "held not_configured"}
    assert house.undo(done).done == (email.id,)
    assert house.states() == {"confirmation": "held held_by_you"}
    house.account = account
    assert house.send() == 0


def test_of_many_sent_again_only_those_that_left_stay_sent(house: House) -> None:
    house.want(reminders=())
    for number in range(3):
        house.book(f"bk-{number}", email=f"g{number}@example.com")
    house.send()
    emails = house.emails()
    house.told(*(house.event(email, "bounced", **SOFT) for email in emails))
    done = house.do("retry", *emails, grace_s=5.0)
    assert len(done.made) == 3
    house.later(seconds=5)
    house.line.after = [lambda: house.do("hold_all", on=True)]
    house.send()
    undone = house.undo(done)
    assert undone.done == (emails[1].id, emails[2].id)
    assert undone.refused == ((emails[0].id, "it has left this machine already"),)
    assert [house.again(email).settled for email in emails] == ["retried", None, None]
    house.do("hold_all", on=False)
    assert house.send() == 0
    with pytest.raises(DeedRefused):
        house.undo(done)


def test_what_was_called_off_there_since_is_told(house: House) -> None:
    house.want(handoff=True, notices=False, reminders=("1h",))
    house.book(start=NOON + timedelta(days=9))
    house.send()
    email = house.email("reminder_1h")
    done = house.do("cancel", email)
    house.send()
    assert house.undo(done).done == ()
    assert house.states() == {"reminder_1h": "cancelled by_you"}


def test_a_reason_that_was_given_to_another_since_is_not_taken_from_it(house: House) -> None:
    house.want(notices=False, reminders=("1h",))
    house.book()
    email = house.email("reminder_1h")
    done = house.do("edit", email, to="ada.work@example.com")
    other = NewEmail("reminder_1h", "bk-1", email.reason_key, email.to_name, email.to, email.send_at, "")
    house.records.database.write(lambda tx: house.records.outbox.add(tx, other, at=house.clock.now()))
    undone = house.undo(done)
    assert undone.refused == ((email.id, "another one for the same reason is there since"),)
    assert house.again(email).to == "ada.work@example.com"


@pytest.mark.parametrize("deed", ["cancel", "snooze", "edit"])
def test_what_was_held_for_want_of_a_key_goes_out_when_there_is_one_by_now(house: House, deed: str) -> None:
    house.want(reminders=())
    account, house.account = house.account, None
    house.book()
    house.send()
    assert house.states() == {"confirmation": "held not_configured"}
    fields = {"snooze": {"until": house.clock.at + timedelta(minutes=30)}, "edit": {"text": "See you then."}}
    done = house.do(deed, house.email(), **fields.get(deed, {}))
    house.account = account
    if deed == "cancel":
        # The settings are seen as changed while nothing is held for them.
        house.send()
    house.undo(done)
    house.send()
    house.later(minutes=1)
    house.send()
    assert house.inbox == ["ada@example.com confirmation"]
