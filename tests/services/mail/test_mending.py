"""What stops sending, and how it goes on: holding, a domain that becomes verified, a thread that must not end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event

import pytest

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.ports.mail import MailAccount
from booking_tui.services.mail.lamp import mail_lamp
from booking_tui.services.mail.mailroom import Mailroom, MailSource
from booking_tui.services.mail.pauses import Standstill
from booking_tui.settings import load_anyway
from booking_tui.store.database import StoreUnavailable
from booking_tui.wiring.mail import LiveMail
from tests.services.conftest import NOON, eventually
from tests.services.mail.house import House, account_of

UNVERIFIED = Answer(Phase.ANSWERED, 403, "validation_error", "The example.com domain is not verified")


def fill(house: House, number: int = 3) -> None:
    house.want(reminders=())
    for each in range(number):
        house.book(f"bk-{each}", email=f"g{each}@example.com", start=NOON + timedelta(days=9))


# -- holding everything --------------------------------------------------------------------------------------------


def test_who_holds_everything_while_the_next_one_waits_for_its_pace_holds_that_too(house: House) -> None:
    def hold(_: float) -> bool:
        house.do("hold_all")
        return False

    house.clock.seconds = 0.0
    house.sender = house.another_sender("paced", pause=hold)
    fill(house, 2)
    assert house.sender.run_once() == 1
    assert house.states("bk-1") == {"confirmation": "scheduled"}


def test_who_takes_the_key_out_while_the_next_one_waits_for_its_pace_sends_nothing_more(house: House) -> None:
    def take_out(_: float) -> bool:
        house.account = None
        return False

    house.clock.seconds = 0.0
    house.sender = house.another_sender("paced", pause=take_out)
    fill(house, 2)
    assert house.sender.run_once() == 1
    assert house.states("bk-1") == {"confirmation": "held not_configured"}


# -- settings that change --------------------------------------------------------------------------------------------


def account_by(house: House, name: str, address: str, zone: str) -> MailAccount:
    """Give how is sent by a practice's settings, as they lie in the home's file."""
    home = house.desktop.home
    home.config.write_text(
        f'[practice]\nname = "{name}"\nemail = "{address}"\nzone = "{zone}"\n'
        '[resend]\nfrom = "Robin <robin@example.com>"\napi_key = "re_sandbox_full_access"\n'
    )
    home.config.chmod(0o600)
    settings, problems = load_anyway(home.root, {})
    assert not problems
    account = LiveMail(home, settings, house.clock).account()
    assert account is not None
    return replace(account, provider=house.line)


def test_what_waits_goes_out_by_the_practice_as_it_is_then(house: House) -> None:
    house.want(reminders=())
    house.account = account_by(house, "Old Name", "old@example.com", "Europe/Berlin")
    house.book()
    house.line.answers = [Answer(Phase.NEVER_SENT, message="no route")]
    house.send()
    assert "Old Name" in house.body(house.email())["text"]
    house.account = account_by(house, "New Name", "new@example.com", "Europe/Lisbon")
    house.later(minutes=5)
    house.send()
    [mail] = house.sandbox.mailbox
    assert mail.reply_to == ("new@example.com",)
    assert "New Name" in (mail.text or "")
    assert "Old Name" not in (mail.text or "")


# -- mended at the provider ----------------------------------------------------------------------------------------


def verified(house: House, status: str = "verified") -> list[str]:
    return house.told(MailEvent("domain.updated", house.clock.now(), detail=status))


def test_a_domain_that_becomes_verified_lets_everything_go(house: House) -> None:
    fill(house)
    house.sandbox.account.set_domain("example.com", "pending")
    house.send()
    house.later(minutes=10)
    assert verified(house, "pending") == []
    assert house.send() == 0
    house.sandbox.account.set_domain("example.com", "verified")
    assert verified(house) == [house.email(uid="bk-0").id]
    assert house.sender.standstill() is None
    assert house.send() == 3
    assert {email.state.value for email in house.emails()} == {"accepted"}


def test_a_real_webhook_of_a_domain_goes_all_the_way(house: House) -> None:
    fill(house)
    hook = house.hook()
    house.line.answers = [UNVERIFIED]
    house.send()
    at = f"{house.clock.now():%Y-%m-%dT%H:%M:%S.000Z}"
    data = {"id": "d1", "name": "example.com", "status": "verified", "region": "eu-west-1", "created_at": at}
    body = json.dumps({"type": "domain.updated", "created_at": at, "data": data}).encode()
    message = type("Message", (), {"id": "msg_1", "body": body})
    row = house.deliver(hook, message)  # type: ignore[arg-type]
    assert house.desktop.state(row) == "processed"
    assert house.send() == 3


def test_a_domain_says_nothing_of_a_key_that_is_refused(house: House) -> None:
    fill(house)
    house.line.answers = [Answer(Phase.ANSWERED, 403, "invalid_api_key")]
    house.send()
    assert verified(house) == []
    assert house.send() == 0


@pytest.mark.parametrize("answer", [UNVERIFIED, Answer(Phase.ANSWERED, 403, "suspended_api_key")])
def test_without_any_word_one_email_is_tried_each_hour_and_then_all_go(house: House, answer: Answer) -> None:
    fill(house)
    house.line.answers = [answer] * 4
    made: list[int] = []
    for _ in range(4 * 12):
        made.append(house.send())
        house.later(minutes=5)
    assert sum(made) == 4
    assert [number for number, count in enumerate(made) if count] == [0, 12, 24, 36]
    still = house.sender.standstill()
    assert still is not None
    assert (still.since, still.until) == (NOON, None)
    assert house.send() == 3
    assert house.sender.standstill() is None
    assert {email.state.value for email in house.emails()} == {"accepted"}


def test_a_single_email_is_tried_each_hour_too(house: House) -> None:
    fill(house, 1)
    house.line.answers = [UNVERIFIED]
    house.send()
    assert house.states("bk-0") == {"confirmation": "held domain_not_verified"}
    house.later(hours=1)
    assert house.send() == 1
    assert house.states("bk-0") == {"confirmation": "accepted"}


# -- the thread ----------------------------------------------------------------------------------------------------


def test_another_process_that_sends_is_told_for_as_long_as_it_does(house: House) -> None:
    fill(house, 1)
    other = house.another_sender("another process")
    other.run_once()
    rounds: list[str | None] = []

    def pause(_: float) -> bool:
        rounds.append(house.sender.trouble)
        return len(rounds) >= 3

    house.sender = house.another_sender("this process", pause=pause)
    house.sender.start()
    eventually(lambda: not house.sender.alive)
    assert all(said is not None and "another process" in said for said in rounds)


def test_a_database_that_is_busy_after_a_round_does_not_end_the_thread(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = house.sender.standstill, list[int]()

    def busy() -> Standstill | None:
        asked.append(1)
        if len(asked) == 1:
            raise StoreUnavailable("the database is locked")
        return real()

    ended = Event()
    house.sender = house.another_sender("this process", pause=lambda _: ended.wait(0.01))
    monkeypatch.setattr(house.sender, "standstill", busy)
    house.sender.start()
    try:
        eventually(lambda: len(asked) >= 3)
        assert house.sender.alive
        assert house.sender.trouble is None
    finally:
        ended.set()
        house.sender.stop(5.0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ended_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ids:
        def new(self) -> str:
            return "this process"

    room = Mailroom(house.records, MailSource(lambda: house.account), house.clock, Ids(), house.desktop.bus)

    def end() -> int:
        raise SystemExit

    assert mail_lamp(room.health).level.value != "bad"
    monkeypatch.setattr(room.sender, "run_once", end)
    room.start()
    eventually(lambda: not room.sender.alive)
    lamp = mail_lamp(room.health)
    assert (lamp.level.value, lamp.text) == ("bad", "mail stopped")
    assert "start the program anew" in lamp.detail
    room.stop(1.0)
    assert room.sender.trouble is None


def test_a_pause_goes_on_being_told_while_one_is_tried(house: House) -> None:
    fill(house, 2)
    house.line.answers = [UNVERIFIED, UNVERIFIED]
    house.send()
    house.later(hours=1)
    seen: list[datetime | None] = []

    def look() -> None:
        still = house.sender.standstill()
        seen.append(None if still is None else still.since)

    house.line.before = [look]
    house.send()
    assert seen == [NOON]
    house.account = account_of(house.line, mark="2")
    assert house.send() == 2
