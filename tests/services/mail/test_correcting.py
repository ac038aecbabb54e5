"""A corrected address is one guest's: for nobody else, taken back by typing the old one, undone exactly."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.ports.mail_desk import MailDone
from tests.services.conftest import NOON
from tests.services.mail.house import IN_30_H, House

ADA, BOB, FAMILY = "ada@example.com", "bob@example.com", "family@example.com"
LATER = IN_30_H + timedelta(days=1)


def addresses(house: House, uid: str) -> list[str]:
    booking = house.records.bookings.get(uid)
    assert booking is not None
    return [guest.email for guest in booking.attendees]


def waiting(house: House, uid: str) -> dict[str, str]:
    """The emails of a booking that will go, and to whom."""
    return {email.kind: email.to for email in house.emails(uid) if email.state == "scheduled"}


def rows(house: House) -> list[tuple[str, str, str, str]]:
    statement = "SELECT wrong, name, address, at FROM address_correction ORDER BY wrong, name"
    return house.records.database.write(lambda tx: tx.connection.execute(statement).fetchall())


@pytest.fixture
def two(house: House) -> House:
    """Two guests of one practice, with their reminders."""
    house.want(notices=False)
    house.book("ada", email=ADA)
    house.book("bob", email=BOB, name="Bob", start=LATER)
    return house


def test_a_slip_taken_back_leaves_the_others_alone(two: House) -> None:
    slip = two.do("edit", two.email("reminder_24h", "ada"), to=BOB)
    assert slip.readdressed == ()
    assert addresses(two, "ada") == [BOB]
    two.do("edit", two.email("reminder_24h", "ada"), to=ADA)
    assert rows(two) == []
    assert (addresses(two, "ada"), addresses(two, "bob")) == ([ADA], [BOB])
    assert set(waiting(two, "ada").values()) == {ADA}
    assert set(waiting(two, "bob").values()) == {BOB}
    for _ in range(60):
        two.later(hours=1)
        two.send()
    assert two.inbox == [f"{who} reminder_{at}" for who in (ADA, BOB) for at in ("1h", "24h")]
    # And what Bob books later goes to him.
    two.book("bob-2", email=BOB, name="Bob", start=two.clock.at + timedelta(days=3))
    assert addresses(two, "bob-2") == [BOB]


def test_who_shares_an_address_keeps_it(house: House) -> None:
    house.want(notices=False)
    house.book("ada", email=FAMILY, name="Ada")
    house.book("ada-2", email=FAMILY.upper(), name=" ada", start=LATER)
    house.book("bob", email=FAMILY, name="Bob", start=LATER)
    done = house.do("edit", house.email("reminder_24h", "ada"), to=ADA)
    assert done.readdressed == ("ada-2",)
    assert (addresses(house, "ada"), addresses(house, "ada-2"), addresses(house, "bob")) == ([ADA], [ADA], [FAMILY])
    assert set(waiting(house, "ada-2").values()) == {ADA}
    assert set(waiting(house, "bob").values()) == {FAMILY}
    # Cal.com goes on sending the address that both have.
    house.book("ada-3", email=FAMILY, name="ADA", start=LATER + timedelta(days=1))
    house.book("bob-2", email=FAMILY, name="Bob", start=LATER + timedelta(days=1))
    assert (addresses(house, "ada-3"), addresses(house, "bob-2")) == ([ADA], [FAMILY])
    undone = house.undo(done)
    assert undone.readdressed == ("ada-2", "ada-3")
    assert {each for uid in ("ada", "ada-2", "ada-3") for each in addresses(house, uid)} <= {FAMILY, FAMILY.upper()}
    assert {to.casefold() for to in waiting(house, "ada-3").values()} == {FAMILY}


def test_of_two_guests_of_one_booking_one_moves_and_each_gets_theirs(house: House) -> None:
    house.want(notices=False, reminders=("1h",))
    people = [{"name": name, "email": to, "timeZone": "Europe/Berlin"} for name, to in (("Ada", ADA), ("Bob", BOB))]
    house.book("both", attendees=people)
    [email] = [each for each in house.emails("both") if each.to == ADA]
    house.do("edit", email, to=BOB)
    assert addresses(house, "both") == [BOB, BOB]
    [email] = [each for each in house.emails("both") if each.id == email.id]
    house.do("edit", email, to="ada.work@example.com")
    assert addresses(house, "both") == ["ada.work@example.com", BOB]
    house.later(hours=29, minutes=5)
    house.send()
    assert house.inbox == ["ada.work@example.com reminder_1h", f"{BOB} reminder_1h"]


def test_a_chain_of_corrections_is_undone_step_by_step(two: House) -> None:
    email = two.email("reminder_24h", "ada")
    first = two.do("edit", email, to="b@example.com")
    kept = rows(two)
    two.later(minutes=1)
    second = two.do("edit", email, to="c@example.com")
    assert [row[:3] for row in rows(two)] == [(ADA, "ada lovelace", "c@example.com")]
    assert two.undo(second).done == (email.id,)
    assert rows(two) == kept
    assert addresses(two, "ada") == ["b@example.com"]
    assert set(waiting(two, "ada").values()) == {"b@example.com"}
    assert two.undo(first).done == (email.id,)
    assert (rows(two), addresses(two, "ada")) == ([], [ADA])
    assert set(waiting(two, "ada").values()) == {ADA}


def test_an_older_correction_is_not_undone_over_a_newer_one(two: House) -> None:
    email = two.email("reminder_24h", "ada")
    first = two.do("edit", email, to="b@example.com")
    two.do("edit", two.email("reminder_1h", "ada"), to="c@example.com")
    kept = rows(two)
    undone = two.undo(first)
    assert (undone.done, len(undone.refused)) == ((), 1)
    assert rows(two) == kept
    assert addresses(two, "ada") == ["c@example.com"]


def test_a_taken_back_slip_can_be_undone_too(two: House) -> None:
    email = two.email("reminder_24h", "ada")
    two.do("edit", email, to="b@example.com")
    kept = rows(two)
    two.later(minutes=1)
    back = two.do("edit", email, to=ADA)
    assert rows(two) == []
    two.undo(back)
    assert rows(two) == kept
    assert addresses(two, "ada") == ["b@example.com"]


def test_an_address_that_is_no_guests_is_marked_so(house: House) -> None:
    house.want(notices=False)
    house.book("ada")
    email = house.email("reminder_24h", "ada")
    house.do("edit", email, to="right@example.com")
    assert not house.again(email).own_address
    house.do("edit", email, subject="Bring your papers")
    assert not house.again(email).own_address
    # Another guest takes the place: what goes on to the one before is a person's own choice.
    house.book("ada", email="new@example.com", name="New Person", ago=timedelta())
    [email] = house.emails("ada", kind="reminder_1h")[-1:]
    assert email.to == "new@example.com"
    put = {"recipient": "assistant@example.com"}
    house.records.database.write(lambda tx: house.records.outbox.put(tx, email.id, put, at=NOON))
    done = house.do("edit", email, to="assistant@example.org")
    assert house.again(email).own_address
    assert addresses(house, "ada") == ["new@example.com"]
    house.undo(done)
    assert not house.again(email).own_address
    house.do("edit", email, to="assistant@example.org")
    house.do("edit", email, to="new@example.com")
    assert not house.again(email).own_address


def test_a_new_revision_keeps_the_mark(house: House) -> None:
    house.want(reminders=())
    house.book()
    house.send()
    email = house.email()
    put = {"own_address": True}
    house.records.database.write(lambda tx: house.records.outbox.put(tx, email.id, put, at=NOON))
    [made] = house.do("edit", email, subject="Once more").made
    again = house.records.outbox.email(made)
    assert again is not None
    assert again.own_address


# -- what may arrive beside it ---------------------------------------------------------------------------------------


def lost_for_later(house: House) -> House:
    """A reminder that was to be scheduled at the provider, whose answer was lost."""
    house.want(handoff=True, notices=False, reminders=("24h",))
    house.book(start=NOON + timedelta(days=10))
    house.line.answers = [Answer(Phase.UNCERTAIN)]
    house.sender.run_once()
    assert house.states() == {"reminder_24h": "unknown no_answer"}
    return house


def test_the_new_revision_of_a_reminder_waits_for_its_time(house: House) -> None:
    email = lost_for_later(house).email("reminder_24h")
    assert "even so" in house.do("edit", email, subject="Soon").refused[0][1]
    done = house.do("edit", email, subject="Soon", even_so=True, grace_s=5.0)
    assert done.notes == ()
    [made] = (house.records.outbox.email(each) for each in done.made)
    assert made is not None
    assert (made.send_at, made.next_at) == (email.send_at, done.leaves_at)
    assert house.again(email).settled == "fixed"
    house.later(seconds=5)
    house.send()
    [handed] = [house.body(each) for each in house.emails() if each.id == made.id]
    assert handed["scheduled_at"].startswith("2027-03-13")
    assert house.inbox == []


def test_without_handing_over_it_waits_here(house: House) -> None:
    email = lost_for_later(house).email("reminder_24h")
    house.want(handoff=False)
    done = house.do("edit", email, to="other@example.com", grace_s=5.0)
    assert "may still arrive" in done.notes[0]
    [made] = (house.records.outbox.email(each) for each in done.made)
    assert made is not None
    assert made.next_at == made.send_at == email.send_at


@pytest.mark.parametrize("handoff", [False, True])
def test_an_edited_address_waits_out_the_grace(house: House, handoff: bool) -> None:
    house.want(handoff=handoff, notices=False, reminders=("24h",))
    house.book(start=NOON + timedelta(days=10))
    email = house.email("reminder_24h")
    done = house.do("edit", email, to="other@example.com", grace_s=5.0)
    assert house.send() == 0
    assert house.undo(done).done == (email.id,)


# -- slips of the finger -----------------------------------------------------------------------------------------------


def test_an_address_that_looks_mistyped_is_asked_for(two: House) -> None:
    email = two.email("reminder_24h", "ada")
    done = two.do("edit", email, to="ada@gmial.com")
    assert (done.done, done.likely) == ((), "ada@gmail.com")
    assert "mistyped" in done.refused[0][1]
    assert "@" not in done.refused[0][1]
    assert (two.again(email), rows(two)) == (email, [])
    assert two.do("edit", email, to="ada@gmial.com", as_typed=True).done == (email.id,)
    # The address that stands there already is nobody's slip of the moment.
    assert two.do("edit", email, to="ada@gmial.com", subject="Soon").done == (email.id,)
    assert two.do("edit", "no-such", to="ada@gmial.com").refused == (("no-such", "there is no such email"),)


def test_nothing_is_sent_to_a_mailbox_that_is_not_there(house: House) -> None:
    house.want(reminders=())
    house.book()
    house.send()
    house.told(house.event(house.email(), "bounced", bounce_type="Permanent", bounce_subtype="General"))
    assert "correct it first" in house.do("retry", house.email()).refused[0][1]
    assert len(house.do("retry", house.email(), even_so=True).made) == 1


# -- what a correction calls off -------------------------------------------------------------------------------------


@pytest.fixture
def both(house: House) -> House:
    """Two guests of one booking; nothing has been sent yet."""
    people = [{"name": name, "email": to, "timeZone": "Europe/Berlin"} for name, to in (("Ada", ADA), ("Bob", BOB))]
    house.book("both", attendees=people)
    return house


def slip(house: House) -> MailDone:
    """Give Ada's reminder the address that Bob has, too: her confirmation is called off, since his is there."""
    [email] = [each for each in house.emails("both", kind="reminder_24h") if each.to == ADA]
    done = house.do("edit", email, to=BOB, grace_s=5.0)
    assert {each.to: each.state.value for each in house.emails(kind="confirmation")} == {
        ADA: "cancelled",
        BOB: "scheduled",
    }
    return done


def test_an_undone_correction_gives_the_notice_back_that_it_called_off(both: House) -> None:
    before = {email.id: (email.state, email.reason, email.to, email.next_at) for email in both.emails()}
    undone = both.undo(slip(both))
    assert (len(undone.done), undone.refused) == (1, ())
    assert {email.id: (email.state, email.reason, email.to, email.next_at) for email in both.emails()} == before
    both.later(seconds=10)
    both.send()
    assert both.inbox == [f"{ADA} confirmation", f"{BOB} confirmation"]


@pytest.mark.parametrize("right", [ADA, "ada.work@example.com"])
def test_so_does_one_that_is_corrected_once_more(both: House, right: str) -> None:
    slip(both)
    [email] = [each for each in both.emails("both", kind="reminder_24h") if each.revision > 1]
    both.do("edit", email, to=right)
    both.send()
    assert both.inbox == sorted([f"{right} confirmation", f"{BOB} confirmation"])


def test_a_notice_that_was_told_elsewhere_since_does_not_come_back(both: House) -> None:
    """It went to the address that she was given, and the correction stands."""
    [email] = [each for each in both.emails("both", kind="confirmation") if each.to == ADA]
    done = both.do("edit", email, to="ada.work@example.com")
    both.send()
    assert both.undo(done).done == ()
    both.send()
    assert both.inbox == ["ada.work@example.com confirmation", f"{BOB} confirmation"]


def test_what_you_held_is_held_after_the_undo(both: House) -> None:
    [email] = [each for each in both.emails("both", kind="confirmation") if each.to == ADA]
    both.do("hold", email)
    both.undo(slip(both))
    assert both.again(email).reason == "held_by_you"
    both.later(seconds=10)
    both.send()
    assert both.inbox == [f"{BOB} confirmation"]


def test_an_edit_leaves_its_reason_taken(house: House) -> None:
    house.want(notices=False, reminders=("24h",))
    house.book()
    done = house.do("edit", house.email("reminder_24h"), text="See you.")
    house.want(reminders=("24h", "1h"))
    house.replanning.run()
    assert sorted(house.states()) == ["reminder_1h", "reminder_24h"]
    assert len(house.emails()) == 2
    assert house.undo(done).refused == ()


def test_an_address_with_the_mark_of_revisions_moves_like_any_other(house: House) -> None:
    house.want(notices=False, reminders=("24h", "1h"))
    house.book(email="a#2@example.com")
    house.do("edit", house.email("reminder_24h"), to=ADA)
    assert [(email.kind, email.to) for email in house.emails()] == [("reminder_24h", ADA), ("reminder_1h", ADA)]
