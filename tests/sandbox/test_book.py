"""The rules by which the simulated account keeps its bookings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking_tui.sandbox.calcom.book import CalcomSimulator
from booking_tui.sandbox.calcom.ledger import RefusedError
from booking_tui.sandbox.calcom.model import Person
from booking_tui.sandbox.people import FIRST_TALK, GROUP, SUPERVISION, THERAPY, practitioner

START = datetime(2026, 10, 21, 7, 0, tzinfo=UTC)
ADA = Person("Ada", "ada@example.com")
BOB = Person("Bob", "bob@example.com")


@pytest.fixture
def moment():
    return [datetime(2026, 10, 1, tzinfo=UTC)]


@pytest.fixture
def account(moment):
    return CalcomSimulator(1, lambda: moment[0], practitioner("Europe/Berlin"))


def triggers(deed):
    return [message.trigger for message in deed.messages]


def test_a_taken_time_is_refused_but_touching_is_free(account):
    account.book(THERAPY, START, ADA)
    with pytest.raises(RefusedError, match="already has booking"):
        account.book(THERAPY, START + timedelta(minutes=49), BOB)
    assert account.book(THERAPY, START + timedelta(minutes=50), BOB).booking.status == "ACCEPTED"


def test_a_cancelled_time_is_free_again(account):
    account.cancel(account.book(THERAPY, START, ADA).booking.uid)
    account.book(THERAPY, START, BOB)


def test_a_move_closes_the_old_row_and_cannot_be_repeated(account):
    old = account.book(THERAPY, START, ADA).booking
    new = account.reschedule(old.uid, START + timedelta(minutes=30)).booking
    assert account.booking(old.uid).status == "CANCELLED"
    assert account.booking(old.uid).rescheduled_to == new.uid
    assert new.rescheduled_from == old.uid
    with pytest.raises(RefusedError, match=new.uid):
        account.reschedule(old.uid, START + timedelta(days=1))


def test_a_move_that_needs_a_yes_waits_and_then_is_created(account):
    first = account.book(FIRST_TALK, START, ADA).booking
    account.confirm(first.uid)
    moved = account.reschedule(first.uid, START + timedelta(days=1))
    assert triggers(moved) == ["BOOKING_REQUESTED"]
    assert moved.messages[0].body["payload"]["rescheduleUid"] == first.uid
    assert account.booking(first.uid).status == "CANCELLED"
    confirmed = account.confirm(moved.booking.uid)
    assert triggers(confirmed) == ["BOOKING_CREATED"]
    assert "rescheduleUid" not in confirmed.messages[0].body["payload"]


def test_only_waiting_requests_can_be_decided(account):
    booking = account.book(THERAPY, START, ADA).booking
    for decide in (account.confirm, account.reject):
        with pytest.raises(RefusedError, match="accepted"):
            decide(booking.uid)


def test_cancelling_twice_and_unknown_uids_are_refused(account):
    booking = account.book(THERAPY, START, ADA).booking
    account.cancel(booking.uid)
    with pytest.raises(RefusedError, match="cancelled"):
        account.cancel(booking.uid)
    with pytest.raises(RefusedError, match="cancelled"):
        account.reschedule(booking.uid, START + timedelta(days=1))
    with pytest.raises(RefusedError, match="not found"):
        account.cancel("nothing")


def test_absence_is_refused_before_the_start_and_for_strangers(account, moment):
    booking = account.book(THERAPY, START, ADA).booking
    with pytest.raises(RefusedError, match="before it has started"):
        account.mark_absent(booking.uid, ADA.email)
    moment[0] = START
    with pytest.raises(RefusedError, match="not an attendee"):
        account.mark_absent(booking.uid, BOB.email)
    assert account.mark_absent(booking.uid, ADA.email.upper()).booking.seats[0].absent
    assert account.mark_host_absent(booking.uid).messages == ()


def test_seats_fill_up_and_empty(account):
    first = account.book(GROUP, START, ADA)
    with pytest.raises(RefusedError, match="Already signed up"):
        account.book(GROUP, START, ADA)
    for number in range(6):
        account.book(GROUP, START, Person(str(number), f"{number}@example.com"))
    with pytest.raises(RefusedError, match="full"):
        account.book(GROUP, START, BOB)
    with pytest.raises(RefusedError, match="no seat"):
        account.leave_seat(first.booking.uid, BOB.email)
    for number in range(6):
        assert account.leave_seat(first.booking.uid, f"{number}@example.com").booking.status == "ACCEPTED"
    last = account.leave_seat(first.booking.uid, ADA.email)
    assert last.booking.status == "CANCELLED"
    assert "bookingId" not in last.messages[0].body["payload"]["attendees"][0]


def test_payment_happens_once(account):
    booking = account.book(SUPERVISION, START, ADA).booking
    assert triggers(account.pay(booking.uid)) == ["BOOKING_PAID", "BOOKING_CREATED"]
    with pytest.raises(RefusedError):
        account.pay(booking.uid)
    asked = account.book(FIRST_TALK, START + timedelta(days=1), ADA).booking
    with pytest.raises(RefusedError, match="Nothing is to be paid"):
        account.pay(asked.uid)


def test_a_series_keeps_its_wall_clock_over_the_end_of_summer_time(account):
    deed = account.book_series(THERAPY, START, ADA, count=3)
    assert triggers(deed) == ["BOOKING_CREATED"] * 3
    zone = ZoneInfo("Europe/Berlin")
    assert [row.start.astimezone(zone).hour for row in account.bookings()] == [9, 9, 9]
    assert len({row.uid for row in account.bookings()}) == 3
    assert deed.messages[0].body["payload"]["recurringEvent"] == {"freq": 2, "count": 3, "interval": 1}


def test_ending_a_series_from_a_past_occurrence_closes_that_one_and_the_future(account, moment):
    account.book_series(THERAPY, START, ADA, count=4)
    first, second, *rest = (row.uid for row in account.bookings())
    moment[0] = START + timedelta(days=10)
    account.cancel_series(first, all_remaining=True)
    assert account.booking(first).status == "CANCELLED"
    assert account.booking(second).status == "ACCEPTED"
    assert all(account.booking(uid).status == "CANCELLED" for uid in rest)


@pytest.mark.parametrize(("all_remaining", "left"), [(True, 0), (False, 1)])
def test_a_series_ends_with_one_webhook(account, all_remaining, left):
    account.book_series(THERAPY, START, ADA, count=4)
    rows = account.bookings()
    deed = account.cancel_series(rows[1].uid, "Moving", all_remaining=all_remaining)
    assert triggers(deed) == ["BOOKING_CANCELLED"]
    assert ("recurringEvent" in deed.messages[0].body["payload"]) is all_remaining
    assert sum(row.status == "ACCEPTED" for row in account.bookings()) == left
    single = account.book(THERAPY, START + timedelta(days=1), BOB).booking
    with pytest.raises(RefusedError, match="not part of a series"):
        account.cancel_series(single.uid, all_remaining=True)


def test_the_same_seed_makes_the_same_account(moment):
    first, second = (CalcomSimulator(5, lambda: moment[0], practitioner("UTC")) for _ in range(2))
    assert first.book(THERAPY, START, ADA) == second.book(THERAPY, START, ADA)
