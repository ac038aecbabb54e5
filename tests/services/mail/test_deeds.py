"""What a person does with emails: each deed on each state, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.email import WAITING, Email, EmailState
from booking_tui.domain.mail.groups import group_of
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.words import words_of
from booking_tui.ports import DeedRefused
from booking_tui.ports.mail_desk import MailOrder
from booking_tui.services.mail.freezing import unwritten
from tests.services.conftest import NOON
from tests.services.mail.house import IN_30_H, House

BOUNCE = {"bounce_type": "Permanent", "bounce_subtype": "NoEmail", "detail": "550 no such user"}


def lone(house: House) -> None:
    house.want(reminders=())
    house.book(start=NOON + timedelta(days=9))


def scheduled(house: House) -> None:
    house.want(notices=False, reminders=("1h",))
    house.book()


def answered(*answers: Answer) -> Callable[[House], None]:
    def make(house: House) -> None:
        lone(house)
        house.line.answers = list(answers)
        house.sender.run_once()

    return make


def told(kind: str, **more: str) -> Callable[[House], None]:
    def make(house: House) -> None:
        lone(house)
        house.send()
        house.told(house.event(house.email(), kind, **more))

    return make


def held(house: House) -> None:
    scheduled(house)
    house.do("hold", house.emails()[0])


def expired(house: House) -> None:
    answered(Answer(Phase.UNCERTAIN))(house)
    house.later(hours=23)
    house.send()


def skipped(house: House) -> None:
    house.want(notices=False, reminders=("24h",))
    house.book(start=NOON + timedelta(hours=3))


def cancelled(house: House) -> None:
    scheduled(house)
    house.do("cancel", house.emails()[0])


def handed_over(house: House) -> None:
    house.want(handoff=True)
    scheduled(house)
    house.send()


def called_off_there(house: House) -> None:
    handed_over(house)
    house.do("cancel", house.emails()[0])
    house.send()


def not_called_off(house: House) -> None:
    handed_over(house)
    house.cancel()
    house.line.answers = [Answer(Phase.ANSWERED, 422, "validation_error")]
    house.send()


def sending(house: House) -> None:
    lone(house)

    def crash() -> None:
        raise SystemExit

    house.line.before = [crash]
    with pytest.raises(SystemExit):
        house.sender.run_once()


def suppressed_here(house: House) -> None:
    told("bounced", **BOUNCE)(house)
    house.sandbox.suppressions.add("ada@example.com")
    house.catch_up(house.account, False)
    house.want(reminders=("7d",))
    house.replanning.run()
    house.until(NOON + timedelta(days=2))
    house.send()


STATES: dict[str, Callable[[House], None]] = {
    "scheduled": scheduled,
    "sending": sending,
    "accepted": answered(Answer(Phase.ANSWERED, 200, ids=("id-1",))),
    "delivered": told("delivered"),
    "delayed": told("delivery_delayed"),
    "bounced": told("bounced", **BOUNCE),
    "complained": told("complained"),
    "suppressed": told("suppressed"),
    "failed there": told("failed"),
    "offline": answered(Answer(Phase.NEVER_SENT)),
    "provider down": answered(Answer(Phase.ANSWERED, 500, "application_error")),
    "no answer": answered(Answer(Phase.UNCERTAIN)),
    "body differs": answered(Answer(Phase.ANSWERED, 409, "invalid_idempotent_request")),
    "key expired": expired,
    "held": held,
    "key refused": answered(Answer(Phase.ANSWERED, 403, "invalid_api_key")),
    "rejected": answered(Answer(Phase.ANSWERED, 422, "validation_error")),
    "skipped": skipped,
    "cancelled": cancelled,
    "called off there": called_off_there,
    "handed over": handed_over,
    "not called off": not_called_off,
}

DEEDS = ("retry", "edit", "hold", "release", "cancel", "keep", "snooze")
NO = "refused"
TABLE: dict[str, tuple[str, ...]] = {
    #                  retry        edit         hold         release      cancel              keep        snooze
    "scheduled": ("scheduled", "scheduled", "held", NO, "cancelled", NO, "scheduled"),
    "sending": (NO, NO, NO, NO, NO, NO, NO),
    "accepted": (NO, "anew", NO, NO, NO, NO, NO),
    "delivered": (NO, "anew", NO, NO, NO, NO, NO),
    "delayed": (NO, "anew", NO, NO, NO, NO, NO),
    "bounced": (NO, "anew", NO, NO, NO, "bounced", NO),
    "complained": (NO, "anew", NO, NO, NO, "complained", NO),
    "suppressed": ("anew", "anew", NO, NO, NO, "suppressed", NO),
    "failed there": ("anew", "anew", NO, NO, NO, "dead", NO),
    "offline": ("retrying", "scheduled", "held", NO, "cancelled", NO, "scheduled"),
    "provider down": ("retrying", NO, "held", NO, "unknown", NO, "unknown"),
    "no answer": ("unknown", NO, NO, NO, NO, "unknown", NO),
    "body differs": (NO, NO, NO, NO, NO, "unknown", NO),
    "key expired": (NO, NO, NO, NO, NO, "unknown", NO),
    "held": ("scheduled", "held", NO, "scheduled", "cancelled", NO, "held"),
    "key refused": ("scheduled", "scheduled", NO, "scheduled", "cancelled", "held", "scheduled"),
    "rejected": ("scheduled", "scheduled", NO, NO, NO, "dead", NO),
    "skipped": (NO, NO, NO, NO, NO, NO, NO),
    "cancelled": ("scheduled", NO, NO, NO, NO, NO, NO),
    "called off there": ("scheduled", NO, NO, NO, NO, NO, NO),
    "handed over": (NO, NO, NO, NO, "scheduled", NO, NO),
    "not called off": ("scheduled", NO, NO, NO, "held", "held", NO),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("state", list(STATES))
def test_each_deed_on_each_state(house: House, state: str, deed: str) -> None:
    STATES[state](house)
    email = house.emails()[0]
    assert email.state.value != "retrying" or state in {"offline", "provider down"}
    fields: dict[str, object] = {}
    if deed == "edit":
        fields["text"] = "See you then."
    if deed == "snooze":
        fields["until"] = max(house.clock.at, email.send_at) + timedelta(minutes=30)
    expected = TABLE[state][DEEDS.index(deed)]
    before, row = house.stored(email), house.row(email)
    house.clock.forward(seconds=2)
    done = house.do(deed, email, **fields)
    after = house.stored(email)
    if expected == NO:
        assert done.done == ()
        [(refused, why)] = done.refused
        assert (refused, bool(why), done.undo) == (email.id, True, None)
        assert after == before
        return
    assert (done.done, done.refused) == ((email.id,), ())
    assert done.undo is not None
    if expected == "anew":
        [made] = done.made
        revision = house.records.outbox.email(made)
        assert revision is not None
        assert (revision.revision, revision.revises, revision.state) == (2, email.id, EmailState.SCHEDULED)
        assert revision.idempotency_key != email.idempotency_key
        how = "fixed" if deed == "edit" else "retried"
        assert (after.state, after.email.settled) == (before.state, how)
        assert not after.email.failed
    else:
        assert after.state == expected
        assert done.made == ()
    assert house.records.history.verify().ok
    [entry] = [each for each in house.records.history.recent(1) if each.email_id == email.id]
    assert entry.actor == "you"
    # Whatever it was: taken back, everything stands as before, its place in the lists, too.
    house.clock.forward(seconds=2)
    undone = house.undo(done)
    assert (undone.done, undone.refused) == ((email.id,), ())
    if deed == "edit" and email.frozen and email.state in WAITING:
        # Only the bytes that it would be sent as are made anew, as the settings are then.
        row |= unwritten(before)
    assert house.row(email) == row
    assert house.records.history.verify().ok


@pytest.mark.parametrize("deed", ["retry", "edit", "release"])
@pytest.mark.parametrize(
    ("how", "why"), [("cancelled", "its booking is cancelled"), ("moved", "its booking was moved")]
)
def test_nothing_is_sent_that_is_no_longer_so(house: House, deed: str, how: str, why: str) -> None:
    house.want(reminders=("24h",))
    house.book()
    email = house.email("reminder_24h")
    house.do("cancel" if deed == "retry" else "hold", email)
    if how == "cancelled":
        house.cancel()
    else:
        house.book(start=IN_30_H + timedelta(hours=5), iCalSequence=1, ago=timedelta())
    before = house.stored(email)
    done = house.do(deed, email, **({"text": "See you then."} if deed == "edit" else {}))
    assert (done.done, done.refused) == ((), ((email.id, f"{why}, so what it says no longer holds"),))
    assert house.stored(email) == before


BOTH = [("bounced", "retry")] + [
    (state, "edit") for state in ("provider down", "no answer", "body differs", "key expired", "not called off")
]


@pytest.mark.parametrize(("state", "deed"), BOTH)
def test_what_is_refused_for_its_risk_is_done_even_so_and_taken_back(house: House, state: str, deed: str) -> None:
    STATES[state](house)
    email = house.emails()[0]
    before = house.stored(email)
    fields = {"text": "See you then."} if deed == "edit" else {}
    [(_, why)] = house.do(deed, email, **fields).refused
    assert "even so" in why
    done = house.do(deed, email, even_so=True, **fields)
    how = "fixed" if deed == "edit" else "retried"
    assert (done.done, len(done.made), house.again(email).settled) == ((email.id,), 1, how)
    assert house.undo(done).done == (email.id,)
    assert house.stored(email) == before
    # What was taken back is no newer revision, and stays away.
    assert house.records.outbox.revision_of(email.id) is None
    assert house.do("retry", done.made[0]).refused[0][1] == "you took it back; the one before it stands"


def test_every_state_of_the_table_is_the_one_it_is_named_after(house: House) -> None:
    assert TABLE.keys() == STATES.keys()
    assert {len(row) for row in TABLE.values()} == {len(DEEDS)}


@pytest.mark.parametrize("grace", [0.0, 5.0])
def test_retrying_waits_out_the_grace_and_no_longer(house: House, grace: float) -> None:
    answered(Answer(Phase.ANSWERED, 422, "validation_error"))(house)
    done = house.do("retry", house.email(), grace_s=grace)
    assert done.leaves_at == house.clock.at + timedelta(seconds=grace)
    assert house.woken == 1
    assert house.send() == (0 if grace else 1)
    house.later(seconds=grace)
    house.send()
    assert house.states() == {"confirmation": "accepted"}
    assert house.email().attempts == 1


def test_a_reminder_can_be_sent_at_once(house: House) -> None:
    house.want(notices=False)
    house.book()
    house.do("retry", house.email("reminder_24h"))
    assert house.send() == 1
    assert house.inbox == ["ada@example.com reminder_24h"]
    house.later(hours=29, minutes=5)
    house.send()
    assert house.inbox == ["ada@example.com reminder_1h", "ada@example.com reminder_24h"]


def test_retrying_lifts_a_pause(house: House) -> None:
    answered(Answer(Phase.ANSWERED, 403, "invalid_api_key"))(house)
    assert house.sender.standstill() is not None
    house.do("retry", house.email())
    assert house.sender.standstill() is None
    assert house.send() == 1
    assert house.states() == {"confirmation": "accepted"}


def test_an_unknown_one_is_asked_for_once_more_with_the_same_key(house: House) -> None:
    lone(house)
    house.sandbox.faults.next("drop_after")
    house.send()
    house.do("retry", house.email())
    assert house.send() == 1
    assert house.inbox == ["ada@example.com confirmation"]
    assert len(set(house.keys)) == 1


def test_what_may_arrive_twice_is_sent_only_when_that_is_said(house: House) -> None:
    expired(house)
    email = house.email()
    assert house.do("retry", email).done == ()
    done = house.do("retry", email, even_so=True)
    assert len(done.made) == 1
    house.send()
    first, second = house.emails()
    assert (first.settled, second.state) == ("retried", "accepted")
    assert first.idempotency_key != second.idempotency_key
    assert house.records.outbox.revision_of(first.id) == second
    # The second press finds the newer one there.
    assert house.do("retry", email, even_so=True).done == ()


def test_hold_and_release(house: House) -> None:
    scheduled(house)
    house.do("hold", house.email("reminder_1h"))
    house.later(hours=29, minutes=1)
    assert house.send() == 0
    house.do("release", house.email("reminder_1h"))
    assert house.send() == 1
    assert house.inbox == ["ada@example.com reminder_1h"]


def test_what_is_held_and_becomes_useless_is_skipped_when_it_is_released(house: House) -> None:
    scheduled(house)
    house.do("hold", house.email("reminder_1h"))
    house.later(hours=29, minutes=55)
    house.do("release", house.email("reminder_1h"))
    assert house.send() == 0
    assert house.states()["reminder_1h"] == "skipped too_late"


@pytest.mark.parametrize(
    ("until", "why"),
    [
        (None, "still to come"),
        (NOON, "still to come"),
        (IN_30_H - timedelta(minutes=10), "no longer make sense"),
    ],
)
def test_putting_off_needs_a_time_that_makes_sense(house: House, until: object, why: str) -> None:
    scheduled(house)
    done = house.do("snooze", house.email("reminder_1h"), until=until)
    assert why in done.refused[0][1]


def test_putting_off(house: House) -> None:
    scheduled(house)
    house.do("snooze", house.email("reminder_1h"), until=IN_30_H - timedelta(minutes=30))
    house.later(hours=29, minutes=1)
    assert house.send() == 0
    house.later(minutes=30)
    assert house.send() == 1


def test_what_a_person_kept_and_then_sends_again_asks_again_when_it_fails(house: House) -> None:
    answered(Answer(Phase.ANSWERED, 422, "validation_error"))(house)
    house.do("keep", house.email())
    assert not house.email().failed
    house.do("retry", house.email())
    house.line.answers = [Answer(Phase.ANSWERED, 422, "validation_error")]
    house.send()
    assert house.email().failed


def test_what_a_person_kept_does_not_go_out_when_the_settings_change(house: House) -> None:
    answered(Answer(Phase.ANSWERED, 403, "invalid_api_key"))(house)
    house.do("keep", house.email())
    assert house.account is not None
    house.account = type(house.account)(house.line, house.account.writing, house.account.sender, None, mark="2")
    assert house.send() == 0
    assert house.states() == {"confirmation": "held key_refused"}


def test_a_retry_that_fails_again_is_told_as_a_try_and_not_as_mended(house: House) -> None:
    told("bounced", bounce_type="Transient", bounce_subtype="General")(house)
    email = house.email()
    [made] = house.do("retry", email).made
    house.later(minutes=1)
    house.send()
    again = house.records.outbox.email(made)
    assert again is not None
    house.told(house.event(again, "bounced", bounce_type="Transient", bounce_subtype="General"))
    before, after = (house.again(each) for each in (email, again))
    assert (before.settled, before.failed, after.failed) == ("retried", False, True)
    assert group_of(before) == "settled"
    words = words_of(before, house.clock.now())
    assert (words.short, words.again) == ("tried again", "Settled: a further try took its place.")
    assert house.do("retry", before).refused == ((email.id, "a newer one has taken its place"),)


# -- editing ---------------------------------------------------------------------------------------------------------


def test_another_text_and_subject(house: House) -> None:
    lone(house)
    house.do("edit", house.email(), subject="Own subject", text="Own text")
    house.send()
    [mail] = house.sandbox.mailbox
    assert mail.subject == "Own subject"
    assert "Own text" in (mail.text or "")
    assert house.email().subject == "Own subject"
    house.do("edit", house.email(), subject="", text="")
    house.send()
    assert "Own" not in house.sandbox.mailbox[-1].subject


AS_IT_IS = {
    "scheduled": "it goes out at its time as it is",
    "offline": "retry sends it as it is",
    "held": "retry sends it as it is",
    "rejected": "retry sends it as it is",
    "failed there": "retry sends it as it is",
    "no answer": "retry sends it as it is",
    "bounced": "nothing arrives at this address",
    "complained": "do not write to this address again",
    "suppressed": "once the address is off the provider's list",
    "delivered": "give another address, subject or text",
    "key expired": "it is too old to be tried again safely",
}


@pytest.mark.parametrize("part", ["to", "subject", "text", "all"])
@pytest.mark.parametrize("state", list(AS_IT_IS))
def test_an_edit_that_changes_nothing_is_refused_and_nothing_is_written(house: House, state: str, part: str) -> None:
    STATES[state](house)
    email = house.emails()[0]
    same = {"to": f" {email.to.upper()}", "subject": email.own_subject or "", "text": email.own_text or ""}
    rows, entries = house.row(email), len(house.actions())
    done = house.do("edit", email, grace_s=5.0, **(same if part == "all" else {part: same[part]}))
    [(_, why)] = done.refused
    assert why.startswith("nothing is changed; ")
    assert AS_IT_IS[state] in why
    assert (done.done, done.made, done.undo, done.leaves_at) == ((), (), None, None)
    assert (house.row(email), len(house.actions()), len(house.emails())) == (rows, entries, 1)


def test_what_a_person_wrote_before_is_no_change_and_taking_it_back_is_one(house: House) -> None:
    scheduled(house)
    email = house.emails()[0]
    assert house.do("edit", email, subject="Soon", text="See you.").done
    assert "nothing is changed" in house.do("edit", email, subject="Soon", text="See you.").refused[0][1]
    assert house.do("edit", email, subject="Soon", text="").done
    assert house.do("edit", email, subject="").done
    assert "nothing is changed" in house.do("edit", email, subject="", text="").refused[0][1]


def test_the_subject_that_was_sent_is_no_change(house: House) -> None:
    told("bounced", **BOUNCE)(house)
    email = house.email()
    assert email.subject
    assert "nothing is changed" in house.do("edit", email, subject=email.subject).refused[0][1]
    assert house.do("edit", email, subject=f"{email.subject}!").done


ORDERS = [
    (MailOrder("retry"), "id"),
    (MailOrder("edit", ("a", "b"), to="x@example.com"), "one email"),
    (MailOrder("edit", ("a",)), "nothing is to be changed"),
    (MailOrder("edit", ("a",), to="not an address"), "blanks"),
    (MailOrder("edit", ("a",), to="a@example.com, b@example.com"), "blanks"),
    (MailOrder("edit", ("a",), subject="two\nlines"), "one line"),
    (MailOrder("edit", ("a",), subject="x" * 201), "200"),
    (MailOrder("edit", ("a",), text="x" * 20_001), "20,000"),
    (MailOrder("dance", ("a",)), "dance"),
    (MailOrder("undo"), "nothing to undo"),
    (MailOrder("undo", undo="no-such-deed"), "nothing to undo"),
    (MailOrder("unsuppress"), "address"),
]


@pytest.mark.parametrize(("order", "why"), ORDERS)
def test_orders_that_make_no_sense(house: House, order: MailOrder, why: str) -> None:
    with pytest.raises(DeedRefused, match=why):
        house.deeds(order)


def test_unknown_ids_are_told_and_stop_no_other(house: House) -> None:
    scheduled(house)
    email = house.email("reminder_1h")
    done = house.do("hold", "no-such-email", email, email)
    assert done.done == (email.id,)
    assert done.refused == (("no-such-email", "there is no such email"),)


def test_many_at_once_and_all_taken_back(house: House) -> None:
    house.want(notices=False, reminders=("1h",))
    for number in range(30):
        house.book(f"bk-{number}", email=f"g{number}@example.com")
    before = house.emails()
    done = house.do("cancel", *before)
    assert len(done.done) == 30
    assert {email.state.value for email in house.emails()} == {"cancelled"}
    undone = house.undo(done)
    assert len(undone.done) == 30
    assert [(email.state, email.next_at) for email in house.emails()] == [
        (email.state, email.next_at) for email in before
    ]
    with pytest.raises(DeedRefused):
        house.undo(done)


def test_what_can_be_undone_is_forgotten_after_a_day(house: House) -> None:
    house.want(notices=False)
    house.book(start=NOON + timedelta(days=9))
    done = house.do("hold", house.email("reminder_24h"))
    house.later(hours=25)
    house.do("hold", house.email("reminder_1h"))
    with pytest.raises(DeedRefused):
        house.undo(done)


# -- a wrong address -------------------------------------------------------------------------------------------------

WRONG, RIGHT = "ada@exmaple.com", "ada@example.com"


def bounced(house: House) -> Email:
    """A confirmation that came back, with two reminders planned to the same wrong address, and another booking."""
    house.book(email=WRONG)
    house.book("bk-2", email=WRONG, start=IN_30_H + timedelta(days=7))
    house.send()
    house.told(house.event(house.email(), "bounced", **BOUNCE))
    return house.email()


def planned(house: House, uid: str = "bk-1") -> dict[str, str]:
    """The reminders of a booking that will go, and to whom."""
    return {email.kind: email.to for email in house.emails(uid) if email.is_reminder and email.state == "scheduled"}


def addresses(house: House, uid: str = "bk-1") -> list[str]:
    booking = house.records.bookings.get(uid)
    assert booking is not None
    return [guest.email for guest in booking.attendees]


REMINDERS = ("reminder_1h", "reminder_24h")


def test_a_corrected_address_is_right_everywhere(house: House) -> None:
    email = bounced(house)
    done = house.do("edit", email, to=f" {RIGHT} ")
    assert len(done.made) == 1
    assert addresses(house) == addresses(house, "bk-2") == [RIGHT]
    assert planned(house) == planned(house, "bk-2") == dict.fromkeys(REMINDERS, RIGHT)
    house.send()
    assert f"{RIGHT} confirmation" in house.inbox
    actions = house.actions()
    assert {"email_edited", "address_corrected"} <= set(actions)
    assert "address_corrected" in house.actions("bk-2")
    # Cal.com keeps sending the wrong one.
    house.book(email=WRONG, trigger="BOOKING_LOCATION_UPDATED", location="New Street 2", ago=timedelta())
    house.book("bk-3", email=WRONG.upper(), start=IN_30_H + timedelta(days=14))
    assert addresses(house) == addresses(house, "bk-3") == [RIGHT]
    assert planned(house) == planned(house, "bk-3") == dict.fromkeys(REMINDERS, RIGHT)
    house.later(hours=40)
    house.send()
    counted = [each for each in house.inbox if each.endswith("confirmation")]
    assert counted == [f"{RIGHT} confirmation"] * 2
    assert all(mail.delivered_to == (RIGHT,) for mail in house.sandbox.mailbox)
    assert house.records.history.verify().ok


def test_a_correction_is_taken_back_whole_while_nothing_has_left(house: House) -> None:
    email = bounced(house)
    before = planned(house), planned(house, "bk-2"), addresses(house)
    done = house.do("edit", email, to=RIGHT, grace_s=5.0)
    undone = house.undo(done)
    assert undone.refused == ()
    assert (planned(house), planned(house, "bk-2"), addresses(house)) == before
    restored = house.again(email)
    assert (restored.state, restored.settled, restored.failed) == ("bounced", None, True)
    house.later(seconds=6)
    assert house.send() == 0
    house.book("bk-4", email=WRONG, start=IN_30_H + timedelta(days=21))
    assert addresses(house, "bk-4") == [WRONG]
    # And once more, after all.
    again = house.do("edit", house.again(email), to=RIGHT)
    assert len(again.made) == 1
    assert planned(house) == dict.fromkeys(REMINDERS, RIGHT)
    house.send()
    # What waited for the other booking goes to the right address, too.
    assert house.inbox.count(f"{RIGHT} confirmation") == 2
    assert house.records.history.verify().ok


@pytest.mark.parametrize("edited", ["reminder_24h", "reminder_1h", "confirmation"])
def test_a_correction_of_what_waits_is_taken_back_whole(house: House, edited: str) -> None:
    house.book(email=WRONG)
    before = house.states(), planned(house), addresses(house)
    done = house.do("edit", house.email(edited), to=RIGHT, grace_s=5.0)
    assert done.made == ()
    assert addresses(house) == [RIGHT]
    assert planned(house) == dict.fromkeys(REMINDERS, RIGHT)
    undone = house.undo(done)
    assert undone.refused == ()
    assert (planned(house), addresses(house)) == before[1:]
    live = [email for email in house.emails() if email.state == "scheduled"]
    assert sorted((email.kind, email.to) for email in live) == sorted(
        (kind, WRONG) for kind in ("confirmation", *REMINDERS)
    )
    assert house.records.history.verify().ok


def test_a_correction_of_what_waits_sends_each_email_once(house: House) -> None:
    house.book(email=WRONG)
    house.do("edit", house.email("confirmation"), to=RIGHT)
    house.send()
    house.later(hours=6)
    house.send()
    house.later(hours=23)
    house.send()
    assert house.inbox == [f"{RIGHT} {kind}" for kind in ("confirmation", *REMINDERS)]
    assert len(house.sandbox.emails) == 3


def test_what_has_left_cannot_be_taken_back_and_says_so(house: House) -> None:
    email = bounced(house)
    done = house.do("edit", email, to=RIGHT, grace_s=5.0)
    house.later(seconds=5)
    house.send()
    undone = house.undo(done)
    assert undone.done == ()
    assert undone.refused
    assert {why for _, why in undone.refused} == {"it has left this machine already"}
    assert addresses(house) == [RIGHT]
    assert house.again(email).settled == "fixed"


def test_when_the_corrected_email_has_left_what_went_along_stays_with_it(house: House) -> None:
    house.book(email=WRONG)
    done = house.do("edit", house.email("confirmation"), to=RIGHT, grace_s=5.0)
    house.later(seconds=5)
    house.send()
    undone = house.undo(done)
    assert (undone.done, len(undone.refused)) == ((), 1)
    assert addresses(house) == [RIGHT]
    assert planned(house) == dict.fromkeys(REMINDERS, RIGHT)


def test_some_of_many_have_left(house: House) -> None:
    house.want(notices=False, reminders=("1h",))
    for number in range(3):
        house.book(f"bk-{number}", email=f"g{number}@example.com")
    emails = house.emails()
    done = house.do("retry", *emails[:2])
    house.line.answers = [Answer(Phase.ANSWERED, 200, ids=("id-1",)), Answer(Phase.NEVER_SENT)]
    house.sender.run_once()
    undone = house.undo(done)
    assert len(undone.refused) == 2
    assert undone.done == ()


def test_a_wrong_correction_is_corrected(house: House) -> None:
    email = bounced(house)
    first = house.do("edit", email, to="ada@example.org")
    house.send()
    [made] = first.made
    house.do("edit", made, to=RIGHT)
    assert addresses(house) == [RIGHT]
    assert planned(house) == dict.fromkeys(REMINDERS, RIGHT)
    house.book("bk-3", email=WRONG, start=IN_30_H + timedelta(days=14))
    assert addresses(house, "bk-3") == [RIGHT]
    house.send()
    assert f"{RIGHT} confirmation" in house.inbox
    # Back to the first one: it is right after all.
    house.do("edit", house.emails("bk-1", kind="confirmation")[-1], to=WRONG, as_typed=True)
    assert addresses(house) == [WRONG]


def test_only_letters_in_another_case_correct_nothing(house: House) -> None:
    house.book()
    done = house.do("edit", house.email(), to="Ada@example.com", subject="Own")
    assert done.done
    assert "address_corrected" not in house.actions()
    house.send()
    assert len(house.sandbox.mailbox) == 1


def test_a_correction_to_another_guest_of_the_same_booking_makes_nothing_twice(house: House) -> None:
    house.want(reminders=("1h",))
    people = [{"name": name, "email": f"{name}@example.com", "timeZone": "Europe/Berlin"} for name in ("adaa", "ada")]
    house.book(attendees=people)
    [wrong] = [email for email in house.emails(kind="confirmation") if email.to == "adaa@example.com"]
    house.do("edit", wrong, to=RIGHT)
    house.send()
    house.later(hours=29, minutes=5)
    house.send()
    assert house.inbox.count(f"{RIGHT} reminder_1h") == 1


def test_an_own_message_of_no_booking_can_be_corrected(house: House) -> None:
    from booking_tui.store.outbox import NewEmail

    new = NewEmail("custom", None, "custom:1", "Ada", WRONG, NOON, "you wrote it", next_at=NOON, own_subject="Hi")
    house.records.database.write(lambda tx: house.records.outbox.add(tx, new, at=NOON))
    [email] = house.emails()
    done = house.do("edit", email, to=RIGHT, text="Hello", grace_s=5.0)
    house.undo(done)
    assert house.again(email).to == WRONG
    house.do("edit", email, to=RIGHT, text="Hello")
    house.send()
    assert house.inbox == [f"{RIGHT} custom"]


# -- the suppression list --------------------------------------------------------------------------------------------


def test_an_address_taken_off_the_list_can_be_written_to_again(house: House) -> None:
    house.sandbox.suppressions.add("ada@example.com")
    house.catch_up(house.account, False)
    lone(house)
    house.send()
    assert house.states() == {"confirmation": "suppressed suppressed"}
    assert "list" in house.do("retry", house.email()).refused[0][1]
    done = house.deeds(MailOrder("unsuppress", to="Ada@example.com"))
    assert done.done == ("Ada@example.com",)
    assert len(house.sandbox.suppressions) == 0
    assert house.records.mail_log.suppressions() == []
    house.do("retry", house.email())
    house.send()
    assert house.inbox == ["ada@example.com confirmation"]


def test_an_address_that_the_provider_does_not_take_off_stays(house: House) -> None:
    house.sandbox.suppressions.add("ada@example.com")
    house.catch_up(house.account, False)
    house.sandbox.api_keys[house.sandbox.api_key].permission = "sending_access"
    with pytest.raises(DeedRefused, match="restricted"):
        house.deeds(MailOrder("unsuppress", to="ada@example.com"))
    assert len(house.records.mail_log.suppressions()) == 1


def test_what_is_said_to_whoever_listens(house: House) -> None:
    scheduled(house)
    heard = house.desktop.bus.subscribe(lambda: None)
    email = house.email("reminder_1h")
    house.do("hold", email)
    told_of = {(fact.kind, fact.key) for fact in heard.drain()}
    house.desktop.bus.leave(heard)
    assert {("mail", email.id), ("booking", "bk-1"), ("history", "bk-1")} <= told_of


def test_reasons_of_a_person_are_words_of_the_outbox() -> None:
    assert {MailReason.BY_YOU, MailReason.HELD_BY_YOU} <= set(MailReason)
