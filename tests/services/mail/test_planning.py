"""Which emails a booking's webhooks plan, in the very transaction that applies them; nothing is ever planned twice."""

from __future__ import annotations

import base64
import itertools
import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.webhook import Verdict
from booking_tui.paths import Home
from tests.services.conftest import NOON, body_of
from tests.services.mail.house import IN_30_H, House

NOTICE = {"reminder_24h": "scheduled", "reminder_1h": "scheduled"}


def guests(*addresses: str) -> list[dict[str, Any]]:
    return [{"name": each.title(), "email": f"{each}@example.com", "timeZone": "Europe/Berlin"} for each in addresses]


def test_every_kind_of_notice(house: House) -> None:
    house.want(reminders=())
    house.book("asked", trigger="BOOKING_REQUESTED", status="PENDING")
    assert house.states("asked") == {"requested": "scheduled"}
    house.book("asked")
    assert house.states("asked") == {"requested": "cancelled booking_changed", "confirmation": "scheduled"}
    house.book("refused", trigger="BOOKING_REQUESTED", status="PENDING", email="bo@example.com")
    house.send()
    house.book("refused", trigger="BOOKING_REJECTED", status="REJECTED", email="bo@example.com")
    assert house.states("refused") == {"requested": "accepted", "declined": "scheduled"}
    house.cancel("asked")
    assert house.states("asked")["cancelled"] == "scheduled"
    house.send()
    assert house.inbox == sorted(
        [
            *("ada@example.com confirmation", "ada@example.com cancelled"),
            *("bo@example.com requested", "bo@example.com declined"),
        ]
    )


def moved(house: House, old: str = "bk-1", new: str = "bk-2", **fields: Any) -> None:
    start = fields.pop("start", IN_30_H + timedelta(days=2))
    house.book(
        new,
        trigger="BOOKING_RESCHEDULED",
        start=start,
        rescheduleUid=old,
        rescheduleStartTime=IN_30_H.isoformat(),
        rescheduleEndTime=(IN_30_H + timedelta(minutes=50)).isoformat(),
        iCalUID=f"{old}@Cal.com",
        iCalSequence=1,
        **fields,
    )


def test_a_move_tells_so_once_and_calls_the_old_reminders_off(house: House) -> None:
    house.book()
    house.send()
    moved(house)
    assert house.states("bk-1") == {
        "confirmation": "accepted",
        "reminder_24h": "cancelled booking_moved",
        "reminder_1h": "cancelled booking_moved",
    }
    assert house.states("bk-2") == {"moved": "scheduled", **NOTICE}
    house.send()
    house.until(IN_30_H)
    house.send()
    assert house.inbox == ["ada@example.com confirmation", "ada@example.com moved"]
    assert house.actions()[-1] == "emails_dropped"
    assert "emails_planned" in house.actions("bk-2")


def test_a_group_gets_one_email_each(house: House) -> None:
    house.want(reminders=("24h",))
    people = [*guests("ada", "bo", "cy"), {**guests("ADA")[0], "email": "ADA@Example.com"}]
    house.book(attendees=people)
    assert Counter(email.kind for email in house.emails()) == {"confirmation": 3, "reminder_24h": 3}
    house.send()
    assert house.inbox == [f"{name}@example.com confirmation" for name in ("ada", "bo", "cy")]
    [planned] = [entry for entry in house.records.history.entries(["bk-1"]) if entry.action == "emails_planned"]
    assert {name.partition(" ")[2] for name in planned.changes} == {
        f"{name}@example.com" for name in ("ada", "bo", "cy")
    }
    # Who joins is told what it is by now; who leaves is reminded no more.
    house.book(attendees=guests("ada", "bo", "cy", "dee"), iCalSequence=1, ago=timedelta(seconds=2))
    house.send()
    assert house.inbox == [f"{name}@example.com confirmation" for name in ("ada", "bo", "cy", "dee")]
    house.book(attendees=guests("ada", "bo", "dee"), iCalSequence=2, ago=timedelta(seconds=1))
    reminders = {email.to: email.state.value for email in house.emails(kind="reminder_24h")}
    assert reminders == {
        **{f"{name}@example.com": "scheduled" for name in ("ada", "bo", "dee")},
        "cy@example.com": "cancelled",
    }


def test_what_is_dropped_of_a_group_names_everybody(house: House) -> None:
    house.want(reminders=("24h",))
    house.book(attendees=guests("ada", "bo"))
    house.cancel(attendees=guests("ada", "bo"))
    [dropped] = [entry for entry in house.records.history.entries(["bk-1"]) if entry.action == "emails_dropped"]
    assert sorted(dropped.changes) == sorted(
        f"{kind} {name}@example.com" for kind in ("confirmation", "reminder_24h") for name in ("ada", "bo")
    )


@pytest.mark.parametrize("address", ["+4912345@sms.cal.com", "nobody@practice.invalid"])
def test_who_has_no_mailbox_misses_nothing(house: House, address: str) -> None:
    house.book(email=address)
    assert house.emails() == []


def test_who_left_the_address_out_is_shown_too(house: House) -> None:
    house.book(email="")
    assert set(house.states().values()) == {"held no_address"}


@pytest.mark.parametrize("address", ["not an address", "ada@example", "ada@exam_ple.com", "ada@@example.com"])
def test_who_cannot_be_written_to_is_shown_and_gets_all_once_the_address_is_right(house: House, address: str) -> None:
    house.book(email=address)
    assert set(house.states().values()) == {"held no_address"}
    assert all(email.failed for email in house.emails())
    assert house.send() == 0
    house.do("edit", house.email("reminder_24h"), to="ada@example.com")
    assert house.states() == {"confirmation": "scheduled", **NOTICE}
    house.send()
    assert house.inbox == ["ada@example.com confirmation"]


def test_tests_on_a_real_home_mail_nobody(house: House) -> None:
    house.book(test=True)
    house.book("bk-2", test=True, trigger="BOOKING_REQUESTED", status="PENDING")
    assert house.emails() == []
    assert house.send() == 0


def test_tests_on_a_demo_home_are_like_any_other(demo_house: House) -> None:
    demo_house.book(test=True)
    assert demo_house.states() == {"confirmation": "scheduled", **NOTICE}
    demo_house.send()
    assert demo_house.inbox == ["ada@example.com confirmation"]


def test_what_is_pulled_or_replayed_mails_no_news_and_plans_what_is_still_to_come(house: House) -> None:
    house.book("bk-1", verdict=Verdict.PULLED)
    row = house.book("bk-2", email="bo@example.com")
    house.book("bk-3", email="cy@example.com", replay_of=row)
    assert house.states("bk-1") == NOTICE
    assert house.states("bk-3") == NOTICE
    assert "confirmation" in house.states("bk-2")


def test_old_news_mail_nobody(house: House) -> None:
    house.book(ago=timedelta(hours=25))
    assert house.states() == NOTICE
    house.book("bk-2", start=NOON - timedelta(days=2), ago=timedelta(days=4))
    assert house.emails("bk-2") == []


def test_a_booking_on_short_notice_says_which_reminders_it_has_missed(house: House) -> None:
    house.book(start=NOON + timedelta(hours=2))
    assert house.states() == {
        "confirmation": "scheduled",
        "reminder_24h": "skipped booked_too_late",
        "reminder_1h": "scheduled",
    }
    [planned] = [entry for entry in house.records.history.entries(["bk-1"]) if entry.action == "emails_planned"]
    assert planned.changes["reminder_24h"] == (None, "skipped: booked_too_late")


def test_a_follow_up_goes_after_the_meeting_unless_the_guest_was_absent(house: House) -> None:
    house.want(reminders=(), notices=False, follow_up=True)
    for number, name in enumerate(("ada", "bo")):
        house.book(f"bk-{number}", email=f"{name}@example.com", start=NOON + timedelta(hours=1))
    house.until(NOON + timedelta(hours=2))
    absent = {"bookingUid": "bk-1", "attendees": [{"email": "bo@example.com", "noShow": True}], "message": "x"}
    body = {"triggerEvent": "BOOKING_NO_SHOW_UPDATED", "createdAt": "2027-03-04T13:00:00.000Z", "payload": absent}
    house.desktop.apply(json.dumps(body).encode())
    house.until(NOON + timedelta(hours=2, minutes=51))
    house.send()
    assert house.states("bk-0") == {"follow_up": "accepted"}
    assert house.states("bk-1")["follow_up"].endswith("guest_absent")
    assert house.inbox == ["ada@example.com follow_up"]


# -- the same change again, in any order ---------------------------------------------------------------------------

Enter = Callable[[], AbstractContextManager[House]]
MADE = NOON - timedelta(minutes=30)


def story() -> list[bytes]:
    """All that Cal.com tells of one booking: made, paid, moved, cancelled, and not come to."""
    minute = timedelta(minutes=1)
    later: dict[str, Any] = {"start": IN_30_H + timedelta(days=1), "iCalUID": "bk-1@Cal.com"}
    return [
        body_of(start=IN_30_H, made=MADE),
        body_of(trigger="BOOKING_PAID", start=IN_30_H, made=MADE + minute),
        body_of(
            "bk-2",
            "BOOKING_RESCHEDULED",
            made=MADE + 2 * minute,
            rescheduleUid="bk-1",
            iCalSequence=1,
            **later,
        ),
        body_of("bk-2", "BOOKING_CANCELLED", made=MADE + 3 * minute, status="CANCELLED", iCalSequence=2, **later),
        body_of("bk-2", "BOOKING_PAYMENT_INITIATED", made=MADE + minute, **later),
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(data=st.data())
def test_in_any_order_and_repeatedly_nothing_is_made_twice(enter_house: Enter, data: st.DataObject) -> None:
    events = story()
    order = data.draw(st.permutations(range(len(events))))
    repeats = data.draw(st.lists(st.integers(0, len(events) - 1), max_size=4))
    sends = data.draw(st.lists(st.booleans(), min_size=9, max_size=9))
    with enter_house() as house:
        for number, (which, send) in enumerate(zip([*order, *repeats], sends, strict=False)):
            # Each delivery has bytes of its own, as a retry with another shape would: deduplication must not help.
            body = events[which] + b" " * number
            house.desktop.apply(body)
            if send:
                house.send()
                house.later(seconds=30)
        house.send()
        keys = [email.reason_key for email in house.emails()]
        assert len(keys) == len(set(keys))
        assert max(Counter(house.inbox).values(), default=0) <= 1
        # However it came: no reminder of either is left, and the guest knows in the end that it is off.
        left = {(email.booking_uid, email.kind) for email in house.emails() if email.state.value == "scheduled"}
        assert left == set()
        assert "ada@example.com cancelled" in house.inbox
        assert house.records.history.verify().ok


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_made_moved_and_moved_again_in_any_order_leaves_the_reminders_of_the_last(
    house: House, order: tuple[int, ...]
) -> None:
    day = timedelta(days=1)
    chain = [
        body_of("bk-1", start=IN_30_H, made=MADE),
        *(
            body_of(
                f"bk-{number + 1}",
                "BOOKING_RESCHEDULED",
                start=IN_30_H + number * day,
                made=MADE + number * timedelta(minutes=1),
                rescheduleUid=f"bk-{number}",
                iCalUID="bk-1@Cal.com",
                iCalSequence=number,
            )
            for number in (1, 2)
        ),
    ]
    for which in order:
        house.desktop.apply(chain[which])
    house.send()
    waiting = {email.booking_uid for email in house.emails() if email.is_reminder and email.state.value == "scheduled"}
    assert waiting == {"bk-3"}
    assert house.states("bk-3") == {"moved": "accepted", **NOTICE}


def test_the_same_delivery_twice_and_its_replay_plan_once(house: House) -> None:
    row = house.book()
    before = house.emails()
    house.desktop.apply(body_of(start=IN_30_H, made=NOON - timedelta(minutes=1)))
    house.desktop.apply(body_of(start=IN_30_H, made=NOON - timedelta(minutes=1)) + b"  ", replay_of=row)
    house.book(ago=timedelta(seconds=5))
    assert house.emails() == before


def test_what_fails_while_planning_takes_the_booking_back_with_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction: there is no booking without its emails, and no email without its booking."""

    def fail(*_: object, **__: object) -> str:
        raise RuntimeError("planning is at fault")

    with monkeypatch.context() as patch:
        patch.setattr(house.records.outbox, "add", fail)
        row = house.book()
    assert house.desktop.state(row) == "parked"
    assert house.records.bookings.get("bk-1") is None
    assert house.emails() == []


# -- settings --------------------------------------------------------------------------------------------------------


def test_a_kind_that_is_switched_off_and_on_again(house: House) -> None:
    house.book()
    house.send()
    house.replanning.run()
    house.want(reminders=("24h",))
    house.replanning.run()
    assert house.states() == {
        "confirmation": "accepted",
        "reminder_24h": "scheduled",
        "reminder_1h": "cancelled switched_off",
    }
    house.want(reminders=("24h", "1h", "3h"))
    house.replanning.run()
    assert house.states() == {"confirmation": "accepted", **NOTICE, "reminder_3h": "scheduled"}
    before = house.emails()
    house.replanning.run()
    assert house.emails() == before
    house.until(IN_30_H)
    house.send()
    assert [kind for kind in house.inbox if "confirmation" in kind] == ["ada@example.com confirmation"]


def off_and_on(house: House) -> None:
    """Switch all reminders off and on again."""
    wanted = house.choice.policy.reminders
    for reminders in ((), wanted):
        house.want(reminders=reminders)
        house.replanning.run()


@pytest.mark.parametrize("late", [timedelta(), timedelta(hours=2)])
def test_what_was_tried_while_offline_comes_back_too(house: House, late: timedelta) -> None:
    house.want(notices=False)
    house.replanning.run()
    house.book()
    house.until(NOON + timedelta(hours=6) + late)
    house.line.answers = [Answer(Phase.NEVER_SENT)]
    house.send()
    off_and_on(house)
    house.later(minutes=2)
    house.send()
    assert house.inbox == ["ada@example.com reminder_24h"]


def test_what_you_hold_is_still_held_when_it_comes_back(house: House) -> None:
    house.want(notices=False)
    house.replanning.run()
    house.book()
    house.do("hold", house.email("reminder_24h"))
    off_and_on(house)
    assert house.states() == {"reminder_24h": "held held_by_you", "reminder_1h": "scheduled"}
    house.later(hours=7)
    assert house.send() == 0
    house.do("release", house.email("reminder_24h"))
    assert house.send() == 1
    # What was let go once does not wait any more.
    off_and_on(house)
    assert house.states()["reminder_24h"] == "accepted"


@pytest.mark.parametrize("part", ["subject", "text"])
def test_an_edited_email_does_not_go_to_a_guest_who_is_gone(house: House, part: str) -> None:
    house.want(notices=False, reminders=("24h",))
    house.book()
    house.do("edit", house.email("reminder_24h"), **{part: "Bring your papers"})
    house.book(email="new@example.com", name="New Person", ago=timedelta())
    house.later(hours=6)
    house.send()
    assert house.inbox == ["new@example.com reminder_24h"]


def test_what_a_person_addressed_elsewhere_goes_there_whoever_the_guests_are(house: House) -> None:
    house.want(notices=False, reminders=("24h",))
    house.book()
    email = house.email("reminder_24h")
    elsewhere = {"recipient": "mother@example.com", "own_address": 1}
    house.records.database.write(lambda tx: house.records.outbox.put(tx, email.id, elsewhere, at=NOON))
    house.book(trigger="BOOKING_PAID", ago=timedelta())
    house.later(hours=6)
    house.send()
    assert "mother@example.com reminder_24h" in house.inbox


# -- the same start told more than once --------------------------------------------------------------------------


def move_to(house: House, number: int, start: datetime, **fields: Any) -> None:
    """Move the booking in place, the ``number``-th time; each move is made a minute after the one before."""
    made = NOON + number * timedelta(minutes=1)
    house.desktop.apply(body_of(start=start, made=made, iCalSequence=number, **fields))


def told_starts(house: House) -> list[datetime]:
    """The starts of which the guest was told, in that order."""
    return [email.starts for email in house.emails() if email.state.value == "accepted" and email.starts is not None]


def test_moved_there_and_back_and_there_again_each_move_is_told(house: House) -> None:
    house.want(reminders=())
    one, other = IN_30_H, IN_30_H + timedelta(hours=10)
    starts = [one, other, one, other, one]
    for number, start in enumerate(starts):
        house.later(minutes=1)
        move_to(house, number, start)
        house.send()
    assert told_starts(house) == starts
    for number, start in enumerate(starts):
        move_to(house, number, start, notes="the same once more")
        house.send()
    assert told_starts(house) == starts


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(data=st.data())
def test_in_any_order_no_start_is_told_twice_in_a_row(enter_house: Enter, data: st.DataObject) -> None:
    starts = [IN_30_H + timedelta(hours=10 * (number % 2)) for number in range(5)]
    order = data.draw(st.permutations(range(len(starts))))
    repeats = data.draw(st.lists(st.integers(0, len(starts) - 1), max_size=4))
    sends = data.draw(st.lists(st.booleans(), min_size=9, max_size=9))
    with enter_house() as house:
        house.want(reminders=())
        house.later(minutes=6)
        for number, (which, send) in enumerate(zip([*order, *repeats], sends, strict=False)):
            move_to(house, which, starts[which], notes=f"{number}")
            if send:
                house.send()
        house.send()
        told = told_starts(house)
        assert all(before != after for before, after in itertools.pairwise(told))
        assert told[-1] == starts[-1]
        assert len(told) <= 1 + sum(starts[a] != starts[b] for a, b in itertools.pairwise(order))


def test_a_move_that_was_never_told_is_not_told_when_it_is_taken_back(house: House) -> None:
    house.want(reminders=())
    one, other = IN_30_H, IN_30_H + timedelta(hours=10)
    house.later(minutes=6)
    for number, start in enumerate([one, other]):
        move_to(house, number, start)
        house.send()
    for number, start in enumerate([one, other], start=2):
        move_to(house, number, start)
    house.send()
    assert told_starts(house) == [one, other]


def test_what_counts_is_when_a_start_was_told_and_not_when_it_was_planned(house: House) -> None:
    """A notice that had been called off comes back: told after others that are newer."""
    house.want(reminders=())
    away, nearer = NOON + timedelta(days=10), NOON + timedelta(days=3)
    house.later(minutes=9)
    move_to(house, 0, IN_30_H)
    house.send()
    move_to(house, 1, away)  # not sent
    for number, start in enumerate([nearer, away, nearer, away], start=2):
        move_to(house, number, start)
        house.send()
    days = [mail.subject.partition(",")[0][-7:] for mail in house.sandbox.mailbox]
    assert days == ["5 March", "7 March", "4 March", "7 March", "4 March"]


def test_who_knows_the_time_is_not_told_that_it_was_moved_away_and_back(house: House) -> None:
    house.want(reminders=())
    house.later(minutes=9)
    move_to(house, 0, IN_30_H)
    house.send()
    move_to(house, 1, IN_30_H + timedelta(hours=10))
    move_to(house, 2, IN_30_H)
    house.send()
    assert house.inbox == ["ada@example.com confirmation"]


def test_a_booking_made_anew_is_told_all_the_same_for_it_has_links_of_its_own(house: House) -> None:
    house.want(reminders=())
    house.book(start=IN_30_H, ago=timedelta(minutes=9))
    house.send()
    moved(house, ago=timedelta(minutes=8))
    moved(house, "bk-2", "bk-3", start=IN_30_H, ago=timedelta(minutes=7))
    house.send()
    assert house.inbox == ["ada@example.com confirmation", "ada@example.com moved"]
    # At the time that she knows: it is no new one, whatever it was in between.
    assert house.sandbox.mailbox[-1].subject.startswith("Details changed: ")


@pytest.mark.parametrize("change", [{"location": "Example Street 1"}, {"eventTitle": "Second talk"}])
def test_they_are_when_it_is_another_otherwise(house: House, change: dict[str, str]) -> None:
    house.want(reminders=())
    house.later(minutes=9)
    move_to(house, 0, IN_30_H)
    house.send()
    move_to(house, 1, IN_30_H + timedelta(hours=10))
    move_to(house, 2, IN_30_H, **change)
    house.send()
    assert house.inbox == ["ada@example.com confirmation", "ada@example.com moved"]


def test_they_are_when_the_last_notice_did_not_arrive(house: House) -> None:
    house.want(reminders=())
    house.later(minutes=9)
    move_to(house, 0, IN_30_H)
    house.send()
    house.told(house.event(house.email(), "bounced"))
    move_to(house, 1, IN_30_H + timedelta(hours=10))
    move_to(house, 2, IN_30_H)
    assert [email.state.value for email in house.emails(kind="moved")] == ["cancelled", "scheduled"]


def last_mail(house: House) -> tuple[str, str]:
    """Give the subject and the text of what was sent last."""
    house.send()
    mail = house.sandbox.mailbox[-1]
    return mail.subject, mail.text


def calendar_of(house: House, kind: str, uid: str = "bk-1") -> list[str]:
    [file] = house.body(house.email(kind, uid))["attachments"]
    return base64.b64decode(file["content"]).decode().split("\r\n")


def told_one_moved_unsent(house: House) -> None:
    """The guest knows of Friday, 18:00, while the meeting is on Sunday."""
    house.want(reminders=())
    house.book(ago=timedelta(minutes=9), iCalUID="bk-1@Cal.com")
    house.send()
    moved(house, ago=timedelta(minutes=8))


def test_the_old_time_is_the_one_that_the_guest_was_told(house: House) -> None:
    told_one_moved_unsent(house)
    moved(house, "bk-2", "bk-3", start=IN_30_H + timedelta(days=3), ago=timedelta(minutes=7))
    subject, _ = last_mail(house)
    assert subject == "New time: Mon 8 March, 18:00 (was Fri 5 March, 18:00)"


def test_where_you_had_a_word_since_it_is_the_one_before(house: House) -> None:
    told_one_moved_unsent(house)
    house.later(minutes=1)
    house.do("cancel", house.email("moved", "bk-2"))
    moved(house, "bk-2", "bk-3", start=IN_30_H + timedelta(days=3), ago=timedelta())
    subject, _ = last_mail(house)
    assert subject == "New time: Mon 8 March, 18:00 (was Sun 7 March, 18:00)"


def test_moved_in_place_the_old_time_is_told_too(house: House) -> None:
    house.want(reminders=())
    house.later(minutes=9)
    move_to(house, 0, IN_30_H)
    house.send()
    move_to(house, 1, IN_30_H + timedelta(days=1))
    move_to(house, 2, IN_30_H + timedelta(days=2))
    subject, _ = last_mail(house)
    assert subject == "New time: Sun 7 March, 18:00 (was Fri 5 March, 18:00)"


def test_what_is_off_is_the_appointment_that_the_guest_knows(house: House) -> None:
    told_one_moved_unsent(house)
    house.cancel("bk-2", start=IN_30_H + timedelta(days=2), rescheduleUid="bk-1", ago=timedelta(minutes=6))
    subject, text = last_mail(house)
    assert subject == "Cancelled: your appointment on Fri 5 March, 18:00"
    assert "7 March" not in text
    lines = calendar_of(house, "cancelled", "bk-2")
    assert {"UID:bk-1@Cal.com", f"DTSTART:{IN_30_H:%Y%m%dT%H%M%SZ}", "STATUS:CANCELLED"} <= set(lines)


def test_so_it_is_when_the_booking_was_moved_in_place(house: House) -> None:
    house.want(reminders=())
    house.later(minutes=9)
    move_to(house, 0, IN_30_H)
    house.send()
    later = IN_30_H + timedelta(days=2)
    move_to(house, 1, later)
    house.cancel(start=later, made=NOON + timedelta(minutes=2), iCalSequence=2)
    subject, text = last_mail(house)
    assert subject == "Cancelled: your appointment on Fri 5 March, 18:00"
    assert "7 March" not in text


def test_a_start_that_could_not_be_told_is_told_when_it_is_the_meetings_again(house: House) -> None:
    house.want(reminders=())
    one, other = IN_30_H, IN_30_H + timedelta(hours=10)
    house.later(minutes=9)
    move_to(house, 0, one)
    house.send()
    move_to(house, 1, other)
    house.line.answers = [Answer(Phase.ANSWERED, 422, "validation_error", "no")]
    house.send()
    for number, start in enumerate([one, other], start=2):
        move_to(house, number, start)
        house.send()
    assert told_starts(house) == [one, one, other]


def test_a_start_whose_notice_you_cancelled_is_told_once_another_was_told_since(house: House) -> None:
    house.want(reminders=())
    one, other = IN_30_H, IN_30_H + timedelta(hours=10)
    house.later(minutes=9)
    move_to(house, 0, one)
    house.send()
    move_to(house, 1, other)
    house.do("cancel", house.email("moved"))  # told by telephone
    for number, start in enumerate([one, other], start=2):
        house.later(minutes=1)
        move_to(house, number, start)
        house.send()
    assert told_starts(house) == [one, one, other]


def test_it_is_not_while_you_had_the_last_word(house: House) -> None:
    house.want(reminders=())
    one, other = IN_30_H, IN_30_H + timedelta(hours=10)
    house.later(minutes=9)
    move_to(house, 0, one)
    house.send()
    house.later(minutes=1)
    move_to(house, 1, other)
    house.do("cancel", house.email("moved"))
    for number, start in enumerate([one, other], start=2):
        move_to(house, number, start)
    house.send()
    assert told_starts(house) == [one]


def test_what_a_person_cancelled_does_not_come_back(house: House) -> None:
    house.book()
    house.do("cancel", house.email("reminder_1h"))
    house.want(reminders=("24h",))
    house.replanning.run()
    house.want(reminders=("24h", "1h"))
    house.replanning.run()
    assert house.states()["reminder_1h"] == "cancelled by_you"


def test_notices_switched_off_are_not_planned_and_those_that_wait_do_not_go(house: House) -> None:
    house.book("bk-1")
    house.want(notices=False)
    house.book("bk-2", email="bo@example.com")
    assert house.states("bk-2") == NOTICE
    house.send()
    assert house.states("bk-1")["confirmation"] == "cancelled switched_off"
    assert house.inbox == []


def test_replanning_many_bookings_plans_each_once_and_says_so(house: House) -> None:
    house.want(reminders=())
    for number in range(120):
        house.book(
            f"bk-{number}",
            email=f"g{number}@example.com",
            start=NOON + timedelta(days=2, minutes=number),
            ago=timedelta(days=2),
        )
    house.replanning.run()
    assert house.emails() == []
    house.want(reminders=("24h",))
    heard = house.desktop.bus.subscribe(lambda: None)
    house.replanning.run()
    assert len(house.emails(kind="reminder_24h")) == 120
    assert len({fact.key for fact in heard.drain() if fact.kind == "mail"}) == 120
    house.desktop.bus.leave(heard)


def test_a_home_from_before_the_emails_gets_its_reminders_and_no_news(house: House) -> None:
    plain = house.desktop.ingest
    house.desktop.ingest = type(plain)(house.records, house.desktop.known, house.clock, house.desktop.bus)
    house.book()
    house.book("bk-2", start=NOON + timedelta(hours=3))
    assert house.emails() == []
    house.replanning.run()
    assert house.states("bk-1") == NOTICE
    assert house.states("bk-2") == {"reminder_1h": "scheduled"} | {
        kind: state for kind, state in house.states("bk-2").items() if kind == "reminder_24h"
    }
    assert house.states("bk-2").get("reminder_24h", "skipped").startswith("skipped")


# -- a body that is frozen already -----------------------------------------------------------------------------------


def test_a_new_place_is_written_anew_where_nothing_went_out(house: House) -> None:
    house.book(location="Old Street 1")
    house.line.answers = [Answer(Phase.NEVER_SENT)]
    house.send()
    email = house.email()
    assert email.frozen
    key = email.idempotency_key
    assert "Old Street 1" in house.body(email)["text"]
    house.book(trigger="BOOKING_LOCATION_UPDATED", location="New Street 2", ago=timedelta())
    assert not house.email().frozen
    house.later(minutes=2)
    house.send()
    assert "New Street 2" in house.body(email)["text"]
    assert house.email().idempotency_key != key
    assert house.keys == [house.email().idempotency_key]


def test_a_new_place_leaves_alone_what_may_have_gone_out(house: House) -> None:
    house.book(location="Old Street 1")
    house.sandbox.faults.next("drop_after")
    house.send()
    house.book(trigger="BOOKING_LOCATION_UPDATED", location="New Street 2", ago=timedelta())
    assert house.email().frozen
    house.later(minutes=2)
    house.send()
    assert len(set(house.bodies)) == len(set(house.keys)) == 1
    assert house.inbox == ["ada@example.com confirmation"]


def test_a_change_that_emails_do_not_speak_of_leaves_the_body(house: House) -> None:
    house.book()
    house.line.answers = [Answer(Phase.NEVER_SENT)]
    house.send()
    house.book(trigger="BOOKING_PAID", ago=timedelta())
    assert house.email().frozen


def test_a_damaged_body_is_not_sent(house: House, furnished: Home) -> None:
    house.book()
    house.line.answers = [Answer(Phase.NEVER_SENT)]
    house.send()
    with sqlite3.connect(furnished.database) as raw:
        raw.execute("UPDATE email SET body = x'7b7d' WHERE body IS NOT NULL")
    raw.close()
    house.later(minutes=2)
    assert house.send() == 0
    email = house.email()
    assert email.state == "held"
    assert "damaged" in (email.last_message or "")
