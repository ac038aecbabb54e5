"""Which emails a booking wants."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.mail.plan import MailPolicy, Plan, Wanted, coalesce, plan
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.timing import offset_of, reminder_kind, reminder_kinds, shifted, useful_until
from tests.domain.mail.matter import (
    ACCEPTED,
    ADA,
    BO,
    CANCELLED,
    NOW,
    PENDING,
    REJECTED,
    RESCHEDULED,
    START,
    booking,
    email,
)

ALL = MailPolicy(follow_up=True)
NO_REMINDERS = MailPolicy(reminders=())
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def planned(
    before: Booking | None,
    after: Booking,
    policy: MailPolicy = NO_REMINDERS,
    *,
    now: datetime = NOW,
    live: bool = True,
    ago: timedelta = timedelta(seconds=2),
) -> Plan:
    return plan(before, after, policy, now, live=live, changed_at=now - ago)


def kinds(plan: Plan) -> list[str]:
    return [wanted.kind for wanted in plan.wanted]


def skips(plan: Plan) -> dict[str, MailReason]:
    return {skipped.kind: skipped.reason for skipped in plan.skipped}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, booking(PENDING), "requested"),
        (None, booking(ACCEPTED), "confirmation"),
        (booking(ACCEPTED, None), booking(ACCEPTED), "confirmation"),
        (booking(PENDING), booking(ACCEPTED), "confirmation"),
        (None, booking(came_from="bk0"), "moved"),
        (booking(PENDING, came_from="bk0"), booking(came_from="bk0"), "moved"),
        (None, booking(PENDING, came_from="bk0"), "requested"),
        (booking(ACCEPTED, START - DAY), booking(), "moved"),
        (booking(PENDING, START - DAY), booking(PENDING), "requested"),
        (None, booking(CANCELLED), "cancelled"),
        (booking(PENDING), booking(CANCELLED), "cancelled"),
        (booking(ACCEPTED), booking(CANCELLED), "cancelled"),
        (booking(PENDING), booking(REJECTED), "declined"),
        (booking(ACCEPTED), booking(ACCEPTED), None),
        (booking(CANCELLED), booking(CANCELLED), None),
        (booking(CANCELLED, START - DAY), booking(CANCELLED), None),
        (booking(ACCEPTED), booking(RESCHEDULED), None),
        (None, booking(RESCHEDULED), None),
        (None, booking(ACCEPTED, None), None),
        (booking(), booking(came_from="bk0"), None),
    ],
)
def test_a_change_is_told_once_and_by_its_name(before: Booking | None, after: Booking, kind: str | None) -> None:
    assert kinds(planned(before, after)) == ([kind] if kind else [])


def test_keys_tell_the_reason() -> None:
    def key(before: Booking | None, after: Booking) -> str:
        return planned(before, after).wanted[0].reason_key

    assert key(None, booking()) == "confirmation:bk1:ada@example.com"
    assert key(None, booking(came_from="bk0")) == "moved:bk1:ada@example.com"
    assert key(booking(ACCEPTED, START - DAY), booking()) == "moved:bk1:20270304T1400Z:ada@example.com"
    assert planned(booking(ACCEPTED, START - DAY), booking()).wanted[0].again
    assert not planned(None, booking()).wanted[0].again
    keys = [wanted.reason_key for wanted in planned(None, booking(), ALL).wanted]
    assert keys[1:] == [
        f"{kind}:bk1:20270304T1400Z:ada@example.com" for kind in ("reminder_24h", "reminder_1h", "follow_up")
    ]


def test_the_times_and_words_of_what_is_wanted() -> None:
    told, day, hour, after = planned(None, booking(), ALL).wanted
    end = START + timedelta(minutes=50)
    assert (told.send_at, told.useful_until, told.starts) == (NOW, START, START)
    assert (day.send_at, day.useful_until) == (START - DAY, START - 2 * HOUR)
    assert (hour.send_at, hour.useful_until) == (START - HOUR, START - 10 * MINUTE)
    assert (after.send_at, after.useful_until) == (end + HOUR, end + 3 * DAY)
    assert [wanted.why for wanted in (told, day, hour, after)] == [
        "the booking was confirmed",
        "24 h before the start",
        "1 h before the start",
        "1 h after the end",
    ]


def test_each_guest_with_an_address_gets_one() -> None:
    people = (
        ADA,
        BO,
        Attendee("Phone", "4917@sms.cal.com"),
        Attendee("None", ""),
        Attendee("Twice", " aDa@example.COM"),
    )
    people += (Attendee("Hidden", "x@example.com\r\nBcc: y@example.com"), Attendee("Two", "a@x.org, b@x.org"))
    assert [wanted.recipient for wanted in planned(None, booking(ACCEPTED, START, *people)).wanted] == [ADA, BO]


def test_who_should_have_an_address_and_has_none_is_not_forgotten() -> None:
    people = (
        Attendee("Wrong", "ada@example"),
        Attendee("None", ""),
        Attendee("Phone", "", phone="+4917"),
        Attendee("Sms", "4917@sms.cal.com"),
        Attendee("Nobody", "x@practice.invalid"),
    )
    made = planned(None, booking(ACCEPTED, START, ADA, *people), ALL)
    assert {wanted.recipient.name for wanted in made.wanted} == {ADA.name}
    assert Counter(wanted.recipient.name for wanted in made.unreachable) == {"Wrong": 4, "None": 4}
    assert planned(None, booking(CANCELLED, START, *people[2:])) == Plan()


def test_who_joins_a_booking_is_confirmed_and_who_was_told_is_not_told_again() -> None:
    joined = planned(booking(came_from="bk0"), booking(ACCEPTED, START, ADA, BO, came_from="bk0"))
    assert [(wanted.kind, wanted.recipient) for wanted in joined.wanted] == [("confirmation", BO)]
    assert kinds(planned(booking(ACCEPTED, START, ADA, BO), booking())) == []
    assert kinds(planned(booking(CANCELLED), booking(CANCELLED, START, ADA, BO))) == []


def test_a_corrected_address_is_no_newcomer() -> None:
    assert planned(booking(ACCEPTED, START, ADA), booking(ACCEPTED, START, BO)) == Plan()
    moved = planned(booking(ACCEPTED, START - DAY, ADA), booking(ACCEPTED, START, BO))
    assert [(wanted.kind, wanted.recipient) for wanted in moved.wanted] == [("moved", BO)]


def test_history_mails_nobody() -> None:
    for told in (planned(None, booking(), live=False), planned(None, booking(), ago=DAY)):
        assert told == Plan()
    assert kinds(planned(None, booking(), ago=DAY - MINUTE)) == ["confirmation"]
    assert kinds(planned(None, booking(), ago=-MINUTE)) == ["confirmation"]  # clocks differ


def test_the_settings_say_what_is_wanted() -> None:
    assert planned(None, booking(), MailPolicy(notices=False, reminders=())) == Plan()
    assert kinds(planned(None, booking(), MailPolicy(notices=False, reminders=("7d", "30m")))) == ["reminder_30m"]
    assert kinds(planned(None, booking(), MailPolicy(reminders=("1d", "24h")))) == ["confirmation", "reminder_1d"]


@pytest.mark.parametrize("status", [PENDING, CANCELLED, REJECTED, RESCHEDULED])
def test_only_what_is_confirmed_has_reminders(status: BookingStatus) -> None:
    assert all(kind in {"requested", "cancelled", "declined"} for kind in kinds(planned(None, booking(status), ALL)))


def test_a_reminder_before_the_booking_was_made_is_not_sent() -> None:
    made = planned(None, booking(ACCEPTED, NOW + 3 * HOUR), MailPolicy())
    assert kinds(made) == ["confirmation", "reminder_1h"]
    assert skips(made) == {"reminder_24h": MailReason.BOOKED_TOO_LATE}
    assert made.skipped[0].send_at == NOW + 3 * HOUR - DAY


def test_a_reminder_that_fell_into_a_sleep_goes_while_it_helps() -> None:
    def woken(before_start: timedelta, *, live: bool = True) -> Plan:
        return planned(None, booking(), MailPolicy(notices=False), now=START - before_start, live=live, ago=2 * DAY)

    assert kinds(woken(3 * HOUR)) == ["reminder_24h", "reminder_1h"]
    assert kinds(woken(2 * HOUR)) == ["reminder_1h"]
    assert skips(woken(2 * HOUR)) == {"reminder_24h": MailReason.TOO_LATE}
    assert skips(woken(10 * MINUTE)) == {"reminder_24h": MailReason.TOO_LATE, "reminder_1h": MailReason.TOO_LATE}
    assert skips(woken(3 * HOUR, live=False)) == {"reminder_24h": MailReason.IMPORTED}
    assert kinds(woken(3 * HOUR, live=False)) == ["reminder_1h"]
    assert woken(timedelta()) == woken(-DAY) == Plan()


def test_a_notice_comes_too_late_once_the_meeting_runs_but_not_that_it_is_off() -> None:
    running = START + MINUTE
    assert skips(planned(booking(PENDING), booking(), now=running)) == {"confirmation": MailReason.TOO_LATE}
    assert kinds(planned(booking(), booking(CANCELLED), now=running)) == ["cancelled"]
    assert planned(booking(), booking(CANCELLED), now=START + HOUR) == Plan()


def test_the_follow_up_is_for_who_came_and_while_it_is_fresh() -> None:
    policy, end = MailPolicy(notices=False, reminders=(), follow_up=True), START + timedelta(minutes=50)
    assert kinds(planned(None, booking(), policy, now=end + DAY)) == ["follow_up"]
    assert kinds(planned(None, booking(), policy, now=START, live=False)) == ["follow_up"]
    assert planned(None, booking(), policy, now=end, live=False) == Plan()
    assert planned(None, booking(), policy, now=end + 3 * DAY) == Plan()
    assert planned(None, booking(ACCEPTED, START, replace(ADA, absent=True)), policy) == Plan()
    assert planned(None, replace(booking(), end=None), policy) == Plan()


@pytest.mark.parametrize(
    ("kind", "before_start"),
    [
        ("reminder_7d", 2 * HOUR),
        ("reminder_24h", 2 * HOUR),
        ("reminder_6h", HOUR),
        ("reminder_1h", 10 * MINUTE),
        ("reminder_30m", 5 * MINUTE),
        *[(kind, timedelta()) for kind in ("confirmation", "moved", "requested", "declined")],
        ("cancelled", -HOUR),
        ("follow_up", -HOUR - 3 * DAY),
    ],
)
def test_each_kind_has_a_latest_useful_time(kind: str, before_start: timedelta) -> None:
    assert useful_until(kind, START, START + HOUR) == START - before_start
    assert useful_until("custom", START, START + HOUR) is None


@pytest.mark.parametrize("text", ["", "soon", "reminder_", "24", "h", "-1h", "1.5h", "100000h", "٣h", "1h\n"])
def test_an_offset_is_a_number_and_a_unit(text: str) -> None:
    with pytest.raises(ValueError, match="not a number with m, h or d"):
        offset_of(text)


def test_offsets_and_kinds() -> None:
    assert [offset_of(text) for text in ("30m", "reminder_24h", "7d")] == [30 * MINUTE, DAY, 7 * DAY]
    assert reminder_kind("24h") == "reminder_24h"
    assert reminder_kinds(("24h", "1d", "1h", "60m")) == ("reminder_24h", "reminder_1h")
    assert shifted(START, -offset_of("99999d")).year < START.year - 270
    assert shifted(NOW, timedelta.min).year == 1
    assert shifted(NOW, timedelta.max).year == 9999


def test_of_several_reminders_of_one_meeting_only_the_nearest_goes() -> None:
    day, hour = email(), email(kind="reminder_1h", to="ADA@example.com")
    others = [
        email(kind="confirmation"),
        email(to="bo@example.org"),
        email(booking_uid="bk2"),
        email(starts=START + HOUR),
        email(kind="custom", booking_uid=None, starts=None),
    ]
    assert coalesce([day, hour, *others]) == (day,)
    assert coalesce([email(kind="reminder_7d"), hour, day]) == (day, email(kind="reminder_7d"))
    assert coalesce([day, *others]) == coalesce([]) == ()
    revised = email(id="em2", revision=2)
    assert coalesce([day, revised]) == coalesce([revised, day]) == (day,)


# What arrival order and repetition may do: the changes of one client, planned into an outbox that takes a key once.

_STATES = [
    booking(ACCEPTED, None),
    booking(PENDING),
    booking(),
    booking(ACCEPTED, START, ADA, BO),
    booking(ACCEPTED, START + DAY),
    booking(came_from="bk0"),
    booking(ACCEPTED, NOW + HOUR, BO),
    booking(RESCHEDULED),
    booking(CANCELLED),
    booking(REJECTED),
]
_CHANGES = st.lists(st.tuples(st.sampled_from(_STATES), st.booleans(), st.integers(0, 100)), max_size=12)


@given(_CHANGES)
def test_whatever_comes_no_key_is_planned_for_two_emails(changes: list[tuple[Booking, bool, int]]) -> None:
    meanings: dict[str, tuple[str, str, datetime | None]] = {}
    before = None
    for state, live, hours in changes:
        made = plan(before, state, ALL, NOW + hours * HOUR, live=live, changed_at=NOW)
        keys = [email.reason_key for email in (*made.wanted, *made.skipped)]
        assert len(set(keys)) == len(keys)
        for wanted in (*made.wanted, *made.skipped):
            dated = wanted.starts if f":{wanted.starts:%Y%m%dT%H%MZ}:" in wanted.reason_key else None
            meaning = (wanted.kind, wanted.recipient.email.casefold(), dated)
            assert meanings.setdefault(wanted.reason_key, meaning) == meaning
        before = state


@given(st.none() | st.sampled_from(_STATES), st.booleans())
def test_reminders_follow_from_what_the_booking_is_however_it_came_to_be_so(before: Booking | None, live: bool) -> None:
    made = plan(before, booking(), ALL, NOW, live=live, changed_at=NOW - HOUR)
    keys = [wanted.reason_key for wanted in made.wanted if wanted.kind.startswith(("reminder_", "follow_up"))]
    assert keys == [
        f"{kind}:bk1:20270304T1400Z:ada@example.com" for kind in ("reminder_24h", "reminder_1h", "follow_up")
    ]


@given(st.sampled_from(_STATES), st.sampled_from(_STATES), st.booleans(), st.integers(-100, 200))
def test_nothing_is_wanted_that_would_be_useless_at_once(
    before: Booking, after: Booking, live: bool, hours: int
) -> None:
    now = NOW + hours * HOUR
    made = plan(before, after, ALL, now, live=live, changed_at=now)
    assert all(_sensible(wanted, now) for wanted in made.wanted)
    over = after.end is not None and after.end <= now
    assert not (over and made.skipped)


def _sensible(wanted: Wanted, now: datetime) -> bool:
    return wanted.useful_until is None or max(now, wanted.send_at) < wanted.useful_until
