"""What may have gone out, when the account, the clock or the day is another one since; and writing beside the claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

import pytest

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.ports.mail import MailAccount, MailParts, MailSubjectMatter
from tests.services.conftest import NOON
from tests.services.mail.house import IN_30_H, House, account_of

LOST = Answer(Phase.UNCERTAIN)
OFFLINE = Answer(Phase.NEVER_SENT)
IN_9_DAYS = NOON + timedelta(days=9)


@pytest.fixture
def lost(house: House) -> House:
    """A house whose one email was sent, and its answer lost."""
    house.want(reminders=())
    house.account = account_of(house.line, account="the first")
    house.book(start=IN_9_DAYS)
    house.sandbox.faults.next("drop_after")
    house.send()
    assert house.states() == {"confirmation": "unknown no_answer"}
    return house


# -- another account -----------------------------------------------------------------------------------------------


def test_another_account_is_not_asked_about_what_it_cannot_know(lost: House) -> None:
    lost.account = account_of(lost.line, mark="2", account="the second")
    lost.later(minutes=1)
    assert lost.send() == 0
    assert lost.states() == {"confirmation": "unknown other_account"}
    assert lost.email().failed
    # With the key of before it is.
    lost.account = account_of(lost.line, mark="3", account="the first")
    assert lost.send() == 1
    assert lost.inbox == ["ada@example.com confirmation"]


def test_another_sender_or_template_is_no_other_account(lost: House) -> None:
    lost.account = account_of(lost.line, mark="2", account="the first", reply_to="else@example.com")
    lost.later(minutes=1)
    assert lost.send() == 1
    assert lost.states() == {"confirmation": "accepted"}
    assert len(set(lost.bodies)) == 1


def test_what_was_surely_not_taken_goes_by_the_other_account(house: House) -> None:
    house.want(reminders=())
    house.account = account_of(house.line, account="the first")
    house.book()
    house.line.answers = [OFFLINE]
    house.send()
    house.account = account_of(house.line, mark="2", account="the second")
    house.later(minutes=1)
    house.send()
    assert house.inbox == ["ada@example.com confirmation"]


# -- another time --------------------------------------------------------------------------------------------------


def test_a_clock_that_ran_ahead_and_is_put_right_makes_no_key_younger(lost: House) -> None:
    lost.clock.forward(hours=-48)
    assert lost.send() == 0
    lost.clock.forward(hours=48, minutes=1)
    assert lost.send() == 0
    assert lost.states() == {"confirmation": "unknown key_expired"}
    assert lost.do("retry", lost.email()).refused


@pytest.mark.parametrize("started_anew", [False, True])
def test_a_clock_that_is_set_back_makes_no_key_younger(lost: House, *, started_anew: bool) -> None:
    """Ten hours pass, the clock is set back by five, thirteen more: the provider has forgotten the key by then."""
    lost.line.answers = [LOST] * 100
    for _ in range(20):
        lost.later(minutes=30)
        lost.send()
    lost.clock.forward(hours=-5)
    sender = lost.another_sender("this process") if started_anew else lost.sender
    sender.run_once()
    lost.line.answers = []
    for _ in range(26):
        lost.clock.forward(minutes=30)
        assert sender.run_once() == 0
    assert lost.states() == {"confirmation": "unknown key_expired"}


def test_a_clock_that_is_corrected_by_a_little_changes_nothing(lost: House) -> None:
    lost.later(seconds=10)
    lost.send()
    lost.clock.forward(minutes=-5)
    lost.send()
    lost.later(minutes=6)
    assert lost.send() == 1
    assert lost.states() == {"confirmation": "accepted"}


def test_the_right_to_send_that_a_wrong_clock_took_is_taken_over(house: House) -> None:
    house.clock.forward(days=2)
    house.another_sender("a process that died").run_once()
    house.clock.forward(days=-2)
    house.book()
    assert house.send() == 1


def test_what_says_tomorrow_is_written_anew_when_it_is_the_day_itself(house: House) -> None:
    house.want(notices=False, reminders=("24h",))
    house.book()
    house.later(hours=6)
    house.line.answers = [OFFLINE, OFFLINE]
    house.send()
    assert house.body(house.email("reminder_24h"))["subject"].startswith("Tomorrow")
    key = house.email("reminder_24h").idempotency_key
    # Still the same day in Berlin: the same bytes once more.
    house.later(hours=4)
    house.send()
    assert house.email("reminder_24h").idempotency_key == key
    house.later(hours=14)
    house.send()
    [mail] = house.sandbox.mailbox
    assert mail.subject.startswith("Today")
    assert house.email("reminder_24h").idempotency_key != key


def test_what_may_have_gone_out_keeps_its_bytes_on_the_next_day(house: House) -> None:
    house.want(notices=False, reminders=("24h",))
    house.book()
    house.later(hours=6)
    house.sandbox.faults.next("drop_after")
    house.send()
    house.later(hours=18)
    house.send()
    assert len(set(house.bodies)) == len(set(house.keys)) == 1


# -- writing beside the claim ----------------------------------------------------------------------------------------


class Slow:
    """Writing that does something else meanwhile."""

    def __init__(self, account: MailAccount) -> None:
        self._good = account.writing
        self.meanwhile: list[Callable[[], object]] = []
        """Done once each, one for each email that is written."""
        self.written: list[str] = []

    def write(self, matter: MailSubjectMatter) -> MailParts:
        self.written.append(matter.booking.location or "" if matter.booking else "")
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return self._good.write(matter)

    def subject(self, matter: MailSubjectMatter) -> str:
        return self._good.subject(matter)


@pytest.fixture
def slow(house: House) -> Slow:
    assert house.account is not None
    writing = Slow(house.account)
    house.account = replace(house.account, writing=writing)
    house.want(reminders=())
    return writing


def test_a_slow_template_keeps_nobody_waiting(house: House, slow: Slow) -> None:
    house.book()
    done, seen = Event(), list[bool]()

    def another_deed() -> None:
        house.records.database.write(lambda tx: house.records.mail_log.remember(tx, "x", 1))
        done.set()

    def meanwhile() -> None:
        Thread(target=another_deed, daemon=True).start()
        seen.append(done.wait(5.0))

    slow.meanwhile = [meanwhile]
    house.send()
    assert seen == [True]
    assert house.inbox == ["ada@example.com confirmation"]


def test_a_booking_that_changes_while_its_email_is_written_has_it_written_anew(house: House, slow: Slow) -> None:
    house.book(location="Street 1")
    slow.meanwhile = [
        lambda: house.book(trigger="BOOKING_LOCATION_UPDATED", location="Street 2", ago=timedelta(seconds=30))
    ]
    house.send()
    [mail] = house.sandbox.mailbox
    assert "Street 2" in (mail.text or "")
    assert slow.written == ["Street 1", "Street 2"]


def test_a_booking_that_goes_on_changing_while_its_email_is_written_is_written_in_the_end(
    house: House, slow: Slow
) -> None:
    house.book(location="Street 0")

    def moves_on() -> None:
        house.clock.forward(seconds=1)
        place = f"Street {len(slow.written)}"
        house.book(trigger="BOOKING_LOCATION_UPDATED", location=place, ago=timedelta())

    # The fourth time it is written where nobody can change it.
    slow.meanwhile = [moves_on, moves_on, moves_on]
    house.send()
    [mail] = house.sandbox.mailbox
    assert slow.written == [f"Street {number}" for number in range(4)]
    assert "Street 3" in (mail.text or "")


def test_a_booking_that_is_cancelled_while_its_email_is_written_gets_none(house: House, slow: Slow) -> None:
    house.book()
    slow.meanwhile = [house.cancel]
    house.send()
    assert house.inbox == ["ada@example.com cancelled"]


def test_each_email_is_written_once_and_a_batch_as_well(house: House, slow: Slow) -> None:
    house.want(notices=False, reminders=("24h",))
    for number in range(12):
        house.book(f"bk-{number}", email=f"g{number}@example.com", start=IN_30_H, ago=timedelta(days=3))
    house.later(hours=6)
    assert house.send() == 1
    assert len(slow.written) == 12
    assert {email.state.value for email in house.emails()} == {"accepted"}
