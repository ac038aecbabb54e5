"""Whether an email that waits is still wanted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.mail.guard import tells_the_same
from booking_tui.domain.mail.plan import MailPolicy, Wanted, plan, still_wanted
from booking_tui.domain.mail.reasons import MailReason
from tests.domain.mail.matter import ACCEPTED, ADA, BO, CANCELLED, NOW, PENDING, REJECTED, RESCHEDULED, START, booking

ALL = MailPolicy(follow_up=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WRITTEN = ("confirmation", "requested", "moved", "cancelled", "declined", "reminder_24h", "follow_up")
STATUS_OF = {"requested": PENDING, "cancelled": CANCELLED, "declined": REJECTED}


def why_not(
    kind: str,
    known: Booking | None,
    *,
    starts: datetime | None = START,
    to: str = "ada@example.com",
    policy: MailPolicy = ALL,
    now: datetime = NOW,
    chosen_address: bool = False,
) -> MailReason | None:
    return still_wanted(kind, starts, to, known, policy, now, chosen_address=chosen_address)


@pytest.mark.parametrize("kind", WRITTEN)
def test_an_email_goes_while_the_booking_is_what_it_tells(kind: str) -> None:
    assert why_not(kind, booking(STATUS_OF.get(kind, ACCEPTED))) is None


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize("status", list(BookingStatus))
def test_no_email_tells_what_is_no_longer_so(kind: str, status: BookingStatus) -> None:
    told = STATUS_OF.get(kind, ACCEPTED)
    expected = {
        told: None,
        **({CANCELLED: MailReason.BOOKING_CANCELLED} if told is not CANCELLED else {}),
        RESCHEDULED: MailReason.BOOKING_MOVED,
    }
    assert why_not(kind, booking(status)) == expected.get(status, MailReason.BOOKING_CHANGED)


@pytest.mark.parametrize("kind", WRITTEN)
def test_without_its_booking_nothing_is_wanted(kind: str) -> None:
    assert why_not(kind, None) is MailReason.BOOKING_CHANGED
    assert why_not(kind, booking(ACCEPTED, None)) is MailReason.BOOKING_CHANGED


def test_what_a_person_wrote_is_theirs() -> None:
    assert why_not("custom", None) is None
    assert why_not("custom", booking(CANCELLED), now=START + DAY, policy=MailPolicy(notices=False)) is None


@pytest.mark.parametrize("kind", WRITTEN)
def test_another_start_needs_another_email_save_when_it_is_off(kind: str) -> None:
    moved = booking(STATUS_OF.get(kind, ACCEPTED), START + HOUR)
    assert why_not(kind, moved) is (None if kind in {"cancelled", "declined"} else MailReason.BOOKING_MOVED)
    assert why_not(kind, moved, starts=None) is None


def test_the_settings_may_change_while_it_waits() -> None:
    off = MailPolicy(notices=False, reminders=("1h",), follow_up=False)
    for kind in WRITTEN:
        assert why_not(kind, booking(STATUS_OF.get(kind, ACCEPTED)), policy=off) is MailReason.SWITCHED_OFF
    assert why_not("reminder_1h", booking(), policy=off) is None
    assert why_not("reminder_garbage", booking()) is MailReason.SWITCHED_OFF


def test_only_a_guest_gets_it_unless_a_person_chose_the_address() -> None:
    assert why_not("reminder_24h", booking(), to="ada@else.example") is MailReason.BOOKING_CHANGED
    assert why_not("reminder_24h", booking(), to="ada@else.example", chosen_address=True) is None
    assert why_not("reminder_24h", booking(), to=" ADA@EXAMPLE.com ") is None


def test_who_did_not_come_is_not_asked_how_it_was() -> None:
    absent = booking(ACCEPTED, START, replace(ADA, absent=True), BO)
    assert why_not("follow_up", absent) is MailReason.GUEST_ABSENT
    assert why_not("follow_up", absent, to=BO.email) is None
    assert why_not("reminder_24h", absent) is None


def test_what_comes_too_late_stays() -> None:
    assert why_not("reminder_24h", booking(), now=START - 2 * HOUR) is MailReason.TOO_LATE
    assert why_not("reminder_24h", booking(), now=START - 2 * HOUR - DAY / 1000) is None
    assert why_not("confirmation", booking(), now=START) is MailReason.TOO_LATE
    assert why_not("confirmation", booking(), now=START + HOUR) is MailReason.MEETING_OVER
    assert why_not("cancelled", booking(CANCELLED), now=START) is None
    assert why_not("cancelled", booking(CANCELLED), now=START + HOUR) is MailReason.MEETING_OVER
    assert why_not("follow_up", booking(), now=START + HOUR) is None
    assert why_not("follow_up", booking(), now=START + 4 * DAY) is MailReason.TOO_LATE


_STATES = [
    booking(PENDING),
    booking(),
    booking(ACCEPTED, START + DAY),
    booking(came_from="bk0"),
    booking(ACCEPTED, START, ADA, BO, Attendee("No address", "")),
]


@given(st.lists(st.sampled_from(_STATES), max_size=8), st.integers(0, 60))
def test_after_a_cancellation_only_the_notice_of_it_is_wanted(history: list[Booking], hours: int) -> None:
    outbox: dict[str, Wanted] = {}
    before: Booking | None = None
    for state in [*history, booking(CANCELLED, START, ADA, BO)]:
        made = plan(before, state, ALL, NOW, live=True, changed_at=NOW)
        outbox = {wanted.reason_key: wanted for wanted in made.wanted} | outbox
        before = state
    left = {
        wanted.reason_key
        for wanted in outbox.values()
        if still_wanted(wanted.kind, wanted.starts, wanted.recipient.email, before, ALL, NOW + hours * HOUR) is None
    }
    assert left == {"cancelled:bk1:ada@example.com", "cancelled:bk1:bo@example.org"}


@given(st.sampled_from(_STATES))
def test_what_was_just_planned_is_wanted(state: Booking) -> None:
    for wanted in plan(None, state, ALL, NOW, live=True, changed_at=NOW).wanted:
        assert still_wanted(wanted.kind, wanted.starts, wanted.recipient.email, state, ALL, NOW) is None


@pytest.mark.parametrize(
    ("kind", "other", "at_one_start", "at_another"),
    [
        ("confirmation", "moved", True, False),
        ("moved", "moved", True, False),
        ("cancelled", "cancelled", True, True),
        ("requested", "confirmation", False, False),
        ("confirmation", "cancelled", False, False),
        ("declined", "cancelled", False, False),
    ],
)
def test_which_notices_leave_a_guest_with_the_same_news(
    kind: str, other: str, *, at_one_start: bool, at_another: bool
) -> None:
    assert tells_the_same(kind, START, other, START) is tells_the_same(other, START, kind, START) is at_one_start
    assert tells_the_same(kind, START, other, START + HOUR) is at_another
