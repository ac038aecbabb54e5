"""Single emails on their way: each answer the provider can give, and each way in which none comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking_tui.domain.mail.answer import Answer, Limits, Phase
from booking_tui.domain.mail.email import Suppression
from booking_tui.ports.mail import MailParts, MailSubjectMatter, TemplateBroken
from booking_tui.store.database import StoreUnavailable
from tests.services.conftest import NOON
from tests.services.mail.house import House, account_of

LOST = ("drop_after", "partial", "broken_json", "no_content")
UNLUCKY = ("drop_before", "garbage", "redirect", "bad_gateway")
UNTAKEN = ("rate_limit",)
TROUBLED = ("application_error", "unavailable")


def test_a_booking_is_confirmed_and_reminded_of_twice(house: House) -> None:
    house.book()
    assert house.states() == {"confirmation": "scheduled", "reminder_24h": "scheduled", "reminder_1h": "scheduled"}
    assert house.send() == 1
    assert house.inbox == ["ada@example.com confirmation"]
    assert house.states()["confirmation"] == "accepted"
    assert house.send() == 0
    house.later(hours=6)
    assert house.send() == 1
    house.later(hours=23)
    assert house.send() == 1
    assert house.inbox == [f"ada@example.com {kind}" for kind in ("confirmation", "reminder_1h", "reminder_24h")]
    assert house.actions() == ["created", "emails_planned", *["email_sent"] * 3]
    assert house.records.history.verify().ok


@pytest.mark.parametrize("fault", [*LOST, *UNLUCKY])
def test_what_may_have_gone_out_is_asked_for_again_with_the_same_key_and_bytes(house: House, fault: str) -> None:
    house.book()
    house.sandbox.faults.next(fault, times=2)
    assert house.send() == 1
    assert house.email().state == "unknown"
    assert house.send() == 0
    house.later(seconds=20)
    assert house.send() == 1
    house.later(seconds=70)
    house.send()
    email = house.email()
    assert (email.state, email.attempts) == ("accepted", 3)
    assert house.inbox == ["ada@example.com confirmation"]
    assert len(set(house.keys)) == 1
    assert len(set(house.bodies)) == 1
    assert [each.phase for each in house.records.outbox.attempts(email.id)] == ["uncertain", "uncertain", "answered"]


@pytest.mark.parametrize("fault", TROUBLED)
@pytest.mark.parametrize("taken", [False, True])
def test_trouble_at_the_provider_is_tried_again_and_never_sends_twice(house: House, fault: str, *, taken: bool) -> None:
    house.book()
    house.sandbox.faults.next(fault, accepted=taken)
    house.send()
    assert house.states()["confirmation"] == "retrying provider_down"
    house.later(seconds=20)
    house.send()
    assert house.inbox == ["ada@example.com confirmation"]
    assert house.email().attempts == 2


@pytest.mark.parametrize("fault", TROUBLED)
def test_what_a_troubled_provider_may_have_taken_is_not_sent_once_its_key_is_forgotten(
    house: House, fault: str
) -> None:
    house.book(start=NOON + timedelta(days=9))
    house.sandbox.faults.next(fault, accepted=True)
    house.send()
    house.later(hours=25)
    assert house.send() == 0
    assert house.states()["confirmation"] == "unknown key_expired"
    assert house.inbox == ["ada@example.com confirmation"]


def test_asking_to_slow_down_costs_no_try_and_stops_everybody(house: House) -> None:
    house.book("bk-1")
    house.book("bk-2", email="bo@example.com")
    house.sandbox.faults.next("rate_limit")
    assert house.send() == 1
    assert house.states("bk-1")["confirmation"] == "retrying rate_limited"
    still = house.sender.standstill()
    assert still is not None
    assert still.reason == "rate_limited"
    assert house.send() == 0
    house.later(seconds=3)
    assert house.send() == 2
    assert house.email().attempts == 1
    assert house.sender.standstill() is None


def test_a_machine_that_is_offline_loses_nothing_and_no_try(house: House) -> None:
    house.book()
    house.line.answers = [Answer(Phase.NEVER_SENT, message="no route to host")] * 3
    for _ in range(3):
        assert house.send() == 1
        email = house.email()
        assert (email.state, email.reason, email.attempts, email.first_attempt_at) == ("retrying", "offline", 0, None)
        house.later(minutes=2)
    assert house.send() == 1
    assert house.inbox == ["ada@example.com confirmation"]


@pytest.mark.parametrize(
    ("phase", "late", "subject"),
    [
        (Phase.NEVER_SENT, 40, "In 20 minutes, at 15:00: your appointment"),
        # A minute late it would say the same, and is sent as it is.
        (Phase.NEVER_SENT, 1, "In 1 hour, at 15:00: your appointment"),
        # What may have gone out is asked about in its own words.
        (Phase.UNCERTAIN, 40, "In 1 hour, at 15:00: your appointment"),
    ],
)
def test_a_reminder_says_how_near_it_is_when_it_leaves(house: House, phase: Phase, late: int, subject: str) -> None:
    house.want(notices=False, reminders=("1h",))
    start = NOON + timedelta(hours=3)
    house.book(start=start)
    house.until(start - timedelta(hours=1))
    house.line.answers = [Answer(phase)]
    house.send()
    written = house.body(house.email("reminder_1h"))
    house.later(minutes=late)
    house.send()
    assert [mail.subject for mail in house.sandbox.mailbox] == [subject]
    assert (house.body(house.email("reminder_1h")) == written) == (subject == written["subject"])


@pytest.mark.parametrize(("hours", "sent"), [(21.9, 1), (22.1, 0)])
def test_a_key_that_is_too_old_is_never_used_again(house: House, hours: float, sent: int) -> None:
    house.book(start=NOON + timedelta(days=9))
    house.sandbox.faults.next("drop_after")
    house.send()
    house.later(hours=hours)
    assert house.send() == sent
    assert house.states()["confirmation"] == ("accepted" if sent else "unknown key_expired")
    assert len(house.sandbox.mailbox) == 1
    house.later(hours=30)
    house.want(reminders=())
    assert house.send() == 0


def test_the_life_of_a_key_begins_with_the_first_attempt_that_may_have_been_taken(house: House) -> None:
    house.book(start=NOON + timedelta(days=9))
    house.line.answers = [Answer(Phase.NEVER_SENT)]
    house.send()
    house.later(hours=30)
    house.sandbox.faults.next("drop_after")
    house.send()
    assert house.email().first_attempt_at == house.clock.at
    house.later(hours=21)
    house.send()
    assert house.states()["confirmation"] == "accepted"
    assert len(house.sandbox.mailbox) == 1


def test_offline_in_doubt_stays_in_doubt(house: House) -> None:
    house.book()
    house.sandbox.faults.next("drop_after")
    house.send()
    house.later(minutes=1)
    house.line.answers = [Answer(Phase.NEVER_SENT)]
    house.send()
    assert house.states()["confirmation"] == "unknown offline"
    house.cancel()
    assert house.states()["confirmation"] == "unknown booking_cancelled"
    house.later(hours=1)
    house.send()
    assert house.inbox == ["ada@example.com cancelled", "ada@example.com confirmation"]


CONFLICTS = [
    ("concurrent_idempotent_requests", "retrying busy", True),
    ("resource_locked", "retrying busy", True),
    ("invalid_idempotent_request", "unknown body_differs", False),
]


@pytest.mark.parametrize(("name", "state", "again"), CONFLICTS)
def test_conflicts(house: House, name: str, state: str, *, again: bool) -> None:
    house.book()
    house.line.answers = [Answer(Phase.ANSWERED, 409, name, "no")]
    assert house.send() == 1
    assert house.states()["confirmation"] == state
    assert house.sender.standstill() is None
    house.later(minutes=2)
    assert house.send() == int(again)


CONFIGURATION: list[tuple[Callable[[House], object], str]] = [
    (lambda house: setattr(house.sandbox.api_keys[house.sandbox.api_key], "state", "suspended"), "account_suspended"),
    (lambda house: setattr(house.sandbox.api_keys[house.sandbox.api_key], "state", "inactive"), "key_restricted"),
    (lambda house: house.sandbox.api_keys.pop(house.sandbox.api_key), "key_refused"),
    (lambda house: house.sandbox.account.set_domain("example.com", "pending"), "domain_not_verified"),
    (
        lambda house: setattr(house, "account", account_of(house.line, sender="onboarding@resend.dev")),
        "own_address_only",
    ),
]


@pytest.mark.parametrize(("spoil", "reason"), CONFIGURATION)
def test_what_the_settings_lack_holds_and_stops_until_they_change(
    house: House, spoil: Callable[[House], object], reason: str
) -> None:
    house.book("bk-1")
    house.book("bk-2", email="bo@example.com")
    keys = dict(house.sandbox.api_keys)
    spoil(house)
    assert house.send() == 1
    assert house.states()["confirmation"] == f"held {reason}"
    assert house.states("bk-2")["confirmation"] == "scheduled"
    still = house.sender.standstill()
    assert still is not None
    assert (still.reason, still.until) == (reason, None)
    house.later(minutes=59)
    assert house.send() == 0
    house.sandbox.api_keys.update(keys)
    for key in house.sandbox.api_keys.values():
        key.state = "active"
    house.sandbox.account.set_domain("example.com", "verified")
    assert house.send() == 0
    house.account = account_of(house.line, mark="2")
    assert house.send() == 2
    assert house.inbox == ["ada@example.com confirmation", "bo@example.com confirmation"]
    assert house.email().attempts == 1
    assert "email_held" in house.actions()


def test_without_a_key_emails_wait_and_go_when_there_is_one(house: House) -> None:
    account, house.account = house.account, None
    house.book("bk-1")
    house.book("bk-2", start=NOON + timedelta(hours=3), made=NOON - timedelta(days=3))
    assert house.send() == 0
    assert not house.sender.configured
    assert house.states("bk-1")["confirmation"] == "held not_configured"
    house.later(hours=2, minutes=55)
    house.send()
    house.account = account
    house.send()
    # What became useless meanwhile is skipped, and nothing of it is sent late.
    assert house.states("bk-1") == {"confirmation": "accepted", "reminder_24h": "scheduled", "reminder_1h": "scheduled"}
    assert house.inbox == ["ada@example.com confirmation"]
    assert house.states("bk-2")["reminder_1h"] == "skipped too_late"
    assert house.states("bk-2")["reminder_24h"] == "skipped too_late"


def test_the_daily_quota_ends_at_midnight_utc_and_useless_reminders_are_skipped_then(house: House) -> None:
    house.sandbox.limits.daily = 1
    house.book("bk-1", start=NOON + timedelta(hours=37))
    house.book("bk-2", email="bo@example.com", start=NOON + timedelta(days=5))
    house.book("bk-3", email="cy@example.com", start=NOON + timedelta(hours=2), made=NOON - timedelta(days=3))
    house.send()
    assert [email.state.value for email in house.emails(kind="confirmation")][:2] == ["accepted", "retrying"]
    second = house.email(uid="bk-2")
    assert (second.reason, second.attempts) == ("daily_quota", 0)
    assert second.next_at == datetime(2027, 3, 5, 0, 1, tzinfo=UTC)
    still = house.sender.standstill()
    assert still is not None
    assert still.until == datetime(2027, 3, 5, 0, 1, tzinfo=UTC)
    house.sandbox.limits.daily = None
    house.later(hours=1, minutes=51)
    assert house.send() == 0
    assert house.states("bk-3")["reminder_1h"] == "skipped too_late"
    house.until(datetime(2027, 3, 5, 0, 1, tzinfo=UTC))
    house.send()
    assert house.email(uid="bk-2").state == "accepted"
    assert house.states("bk-1")["reminder_24h"] == "accepted"


def test_the_monthly_quota_is_tried_once_a_day(house: House) -> None:
    house.sandbox.limits.monthly = 0
    for number in range(5):
        house.book(f"bk-{number}", email=f"g{number}@example.com", start=NOON + timedelta(days=60))
    made = 0
    for _ in range(4 * 24):
        made += house.send()
        house.later(minutes=15)
    assert made == 1
    for _ in range(6):
        house.later(hours=8)
        made += house.send()
    assert made == 3
    assert {email.reason for email in house.emails(kind="confirmation")} <= {"monthly_quota", None}
    house.sandbox.limits.monthly = None
    house.later(hours=25)
    house.send()
    assert {email.state.value for email in house.emails(kind="confirmation")} == {"accepted"}


def test_hold_all_sends_nothing_skips_what_becomes_useless_and_goes_on(house: House) -> None:
    house.do("hold_all")
    house.book()
    house.book("bk-2", start=NOON + timedelta(hours=3), made=NOON - timedelta(days=3))
    house.later(hours=2, minutes=55)
    assert house.send() == 0
    assert house.states("bk-2")["reminder_1h"] == "skipped too_late"
    still = house.sender.standstill()
    assert still is not None
    assert (still.reason, still.since) == ("hold_all", NOON)
    house.do("hold_all", on=False)
    assert house.send() == 1
    assert house.inbox == ["ada@example.com confirmation"]
    stops = [entry.action for entry in house.records.history.recent(50) if entry.action.startswith("emails_")]
    assert stops[-1] == "emails_stopped"
    assert "emails_resumed" in stops


class Broken:
    """Writing that cannot."""

    def __init__(self, error: Exception, only: str = "") -> None:
        self.error = error
        self.only = only

    def write(self, matter: MailSubjectMatter) -> MailParts:
        if self.only in matter.recipient.email:
            raise self.error
        return MailParts("A subject", "<p>Html</p>", "Text")

    def subject(self, matter: MailSubjectMatter) -> str:
        return self.write(matter).subject


def test_a_broken_template_holds_until_it_is_mended(house: House) -> None:
    good = house.account
    assert good is not None
    house.account = replace(good, writing=Broken(TemplateBroken("confirmation.txt", 3, "it ends too early")))
    house.book()
    assert house.send() == 0
    email = house.email()
    assert (email.state, email.reason) == ("held", "template_broken")
    assert email.last_message == "confirmation.txt, line 3: it ends too early"
    assert house.sender.standstill() is None
    house.account = replace(good, mark="2")
    assert house.send() == 1
    assert house.email().last_message is None


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), KeyError("x"), UnicodeError("odd")])
def test_one_email_that_cannot_be_written_stops_no_other(house: House, error: Exception) -> None:
    assert house.account is not None
    house.account = replace(house.account, writing=Broken(error, only="ada"))
    house.book("bk-1")
    house.book("bk-2", email="bo@example.com")
    house.send()
    assert house.inbox == ["bo@example.com confirmation"]
    assert house.email(uid="bk-1").state == "held"


def test_an_address_that_no_email_can_have_is_held(house: House) -> None:
    house.book()
    email = house.email()
    house.records.database.write(
        lambda tx: house.records.outbox.put(tx, email.id, {"recipient": "ada@@example.com", "own_address": 1}, at=NOON)
    )
    assert house.send() == 0
    assert house.states()["confirmation"] == "held no_address"


def test_refused_content_is_dead_at_once(house: House) -> None:
    house.book()
    house.line.answers = [Answer(Phase.ANSWERED, 422, "validation_error", "Invalid `to` field.")]
    house.send()
    email = house.email()
    assert (email.state, email.reason, email.next_at) == ("dead", "rejected", None)
    assert (email.last_status, email.last_name, email.last_message) == (422, "validation_error", "Invalid `to` field.")
    house.later(hours=1)
    assert house.send() == 0
    assert house.actions()[-1] == "email_failed"


def test_a_suppressed_address_is_not_written_to(house: House) -> None:
    house.book()
    found = Suppression("Ada@Example.com", "bounce", NOON)
    house.records.database.write(lambda tx: house.records.mail_log.suppress(tx, found))
    assert house.send() == 0
    assert house.states()["confirmation"] == "suppressed suppressed"
    assert house.actions()[-1] == "email_failed"


# -- asked again in the claiming transaction ---------------------------------------------------------------------


def test_a_booking_that_was_cancelled_unseen_gets_no_email(house: House) -> None:
    """The claim itself looks at the booking, whatever planning did or did not do."""
    house.book()
    house.records.database.write(
        lambda tx: tx.connection.execute("UPDATE booking SET status = 'cancelled' WHERE uid = 'bk-1'")
    )
    assert house.send() == 0
    assert house.states()["confirmation"] == "cancelled booking_cancelled"
    assert house.sandbox.requests.total() == 0


LATE = [
    (timedelta(hours=22), timedelta(hours=6), {"reminder_24h": "accepted", "reminder_1h": "scheduled"}),
    (timedelta(hours=27, minutes=59), None, {"reminder_24h": "accepted", "reminder_1h": "scheduled"}),
    (timedelta(hours=28, minutes=1), None, {"reminder_24h": "skipped too_late", "reminder_1h": "scheduled"}),
    (timedelta(hours=29, minutes=49), None, {"reminder_24h": "skipped too_late", "reminder_1h": "accepted"}),
    (timedelta(hours=29, minutes=51), None, {"reminder_24h": "skipped too_late", "reminder_1h": "skipped too_late"}),
]


@pytest.mark.parametrize(("late", "_", "states"), LATE)
def test_late_reminders_help_or_are_skipped(house: House, late: timedelta, _: object, states: dict[str, str]) -> None:
    house.book()
    house.send()
    house.clock.at += late
    house.send()
    assert {kind: state for kind, state in house.states().items() if kind != "confirmation"} == states


def test_of_two_late_reminders_the_nearer_one_goes(house: House) -> None:
    house.want(reminders=("7d", "24h", "3h"))
    start = NOON + timedelta(days=8)
    house.book(start=start)
    house.send()
    house.until(start - timedelta(hours=20))
    house.send()
    assert house.states() == {
        "confirmation": "accepted",
        "reminder_7d": "skipped folded",
        "reminder_24h": "accepted",
        "reminder_3h": "scheduled",
    }


# -- while a request is under way --------------------------------------------------------------------------------


def test_a_webhook_that_is_faster_than_the_answer_counts(house: House) -> None:
    house.book()
    email = house.email()
    house.line.after = [lambda: house.told(house.event(email, "delivered", provider_id=house.sandbox.emails[0].id))]
    house.send()
    settled = house.stored(email)
    assert (settled.state, settled.email.attempts, settled.lease_token) == ("delivered", 1, None)
    assert settled.email.provider_id == house.sandbox.emails[0].id
    assert house.send() == 0


def test_a_webhook_settles_what_got_no_answer(house: House) -> None:
    house.book()
    email = house.email()
    house.sandbox.faults.next("drop_after")
    house.line.after = [lambda: house.told(house.event(email, "sent", provider_id=house.sandbox.emails[0].id))]
    house.send()
    assert house.states()["confirmation"] == "accepted"
    house.later(hours=1)
    assert house.send() == 0


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (None, "accepted"),
        (Answer(Phase.NEVER_SENT), "cancelled booking_changed"),
        (Answer(Phase.UNCERTAIN), "unknown booking_changed"),
        (Answer(Phase.ANSWERED, 429, "rate_limit_exceeded"), "cancelled booking_changed"),
        (Answer(Phase.ANSWERED, 500, "application_error"), "unknown booking_changed"),
    ],
)
def test_a_booking_that_is_cancelled_while_its_email_goes_out(house: House, answer: Answer | None, state: str) -> None:
    house.book()
    house.line.answers = [] if answer is None else [answer]
    house.line.before = [house.cancel]
    house.sender.run_once()
    assert house.states()["confirmation"] == state
    house.later(hours=1)
    house.send()
    assert house.states()["confirmation"] == state
    assert "ada@example.com cancelled" in house.inbox


# -- several processes, and one that died -------------------------------------------------------------------------


def test_of_two_processes_at_one_database_only_one_sends(house: House) -> None:
    house.book()
    other = house.another_sender("another process")
    assert other.run_once() == 1
    house.book("bk-2", email="bo@example.com")
    assert house.send() == 0
    assert house.sender.trouble is not None
    assert "another process" in house.sender.trouble
    # It ended without a word: its right to send runs out.
    house.later(seconds=91)
    assert house.send() == 1
    assert house.sender.trouble is None
    house.book("bk-3", email="cy@example.com")
    assert other.run_once() == 0
    assert other.trouble is not None


def test_a_process_that_ends_gives_its_right_to_send_back(house: House) -> None:
    house.book()
    other = house.another_sender("another process")
    other.run_once()
    other.start()
    other.stop(5.0)
    assert not other.alive
    house.book("bk-2", email="bo@example.com")
    assert house.send() == 1


def crash(*_: object) -> None:
    raise SystemExit("killed")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_died_while_sending_is_made_up_for_at_once(house: House, when: str) -> None:
    house.book()
    getattr(house.line, when).append(crash)
    with pytest.raises(SystemExit):
        house.sender.run_once()
    assert house.states()["confirmation"] == "sending"
    # The same home, started anew, with another process that still seems to hold the right to send.
    house.later(seconds=91)
    next_one = house.another_sender("the next one")
    assert next_one.run_once() == 1
    house.sandbox.settle()
    assert house.inbox == ["ada@example.com confirmation"]
    assert house.email().state == "accepted"
    attempts = house.records.outbox.attempts(house.email().id)
    assert [(each.number, each.phase) for each in attempts] == [(1, None), (2, "answered")]


def test_an_answer_that_comes_after_the_rescue_changes_nothing(house: House) -> None:
    house.book()
    next_one = house.another_sender("the next one")

    def taken_over() -> None:
        house.clock.forward(seconds=91)
        house.line.answers.append(Answer(Phase.ANSWERED, 500, "application_error"))
        assert next_one.run_once() == 1

    house.line.after = [taken_over]
    house.sender.run_once()
    # The slow answer said that it was taken; the one that counts is the newer claim's.
    assert house.states()["confirmation"] == "unknown provider_down"
    house.later(seconds=20)
    assert next_one.run_once() == 1
    house.sandbox.settle()
    assert house.inbox == ["ada@example.com confirmation"]


def test_what_is_delivered_already_stays_so_when_the_answer_was_lost_with_the_process(house: House) -> None:
    house.book()
    email = house.email()
    house.line.after = [
        lambda: house.told(house.event(email, "delivered", provider_id=house.sandbox.emails[0].id)),
        crash,
    ]
    with pytest.raises(SystemExit):
        house.sender.run_once()
    assert house.states()["confirmation"] == "delivered"
    house.later(days=1)
    house.another_sender("the next one").run_once()
    assert house.states()["confirmation"] == "delivered"
    assert house.stored(email).lease_token is None
    assert len(house.keys) == 1 + len(house.emails(kind="reminder_24h"))


def test_an_answer_that_could_not_be_kept_is_asked_for_again_by_the_same_process(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.want(reminders=())
    house.book()

    def full(*_: object, **__: object) -> None:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patch:
        house.line.after = [lambda: patch.setattr(house.records.database, "write", full)]
        with pytest.raises(StoreUnavailable):
            house.sender.run_once()
    assert house.states()["confirmation"] == "sending"
    house.later(seconds=61)
    assert house.send() == 1
    assert house.states()["confirmation"] == "accepted"
    assert house.inbox == ["ada@example.com confirmation"]


def test_an_answer_for_another_number_of_emails_is_no_answer(house: House) -> None:
    house.book()
    house.line.answers = [Answer(Phase.ANSWERED, 200, ids=("a", "b"))]
    house.send()
    assert house.states()["confirmation"] == "unknown not_the_provider"


# -- pace ---------------------------------------------------------------------------------------------------------


def test_requests_follow_one_another_at_the_pace_that_the_provider_tells(house: House) -> None:
    waits: list[float] = []

    def pause(seconds: float) -> bool:
        waits.append(round(seconds, 3))
        assert house.clock.seconds is not None
        house.clock.seconds += seconds
        return False

    house.clock.seconds = 0.0
    house.sender = house.another_sender("paced", pause=pause)
    for number in range(5):
        house.book(f"bk-{number}", email=f"g{number}@example.com")
    limits = Limits(limit=10)
    used_up = Limits(limit=10, remaining=0, reset_s=0.7)
    house.line.answers = [
        Answer(Phase.ANSWERED, 200, ids=(f"id-{number}",), limits=limits if number != 2 else used_up)
        for number in range(5)
    ]
    assert house.sender.run_once() == 5
    assert waits == [0.5, 0.1, 0.7, 0.1]


def test_nothing_more_is_begun_once_it_is_time_to_end(house: House) -> None:
    house.clock.seconds = 0.0
    house.sender = house.another_sender("ending", pause=lambda _: True)
    for number in range(3):
        house.book(f"bk-{number}", email=f"g{number}@example.com")
    assert house.sender.run_once() == 1
