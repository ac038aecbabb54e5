"""What the provider knows and this machine missed, asked for when it wakes up."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from booking_tui.domain.filter import Filter
from booking_tui.domain.mail.answer import Answer, Phase, RemoteEmail
from booking_tui.domain.mail.email import Suppression
from booking_tui.ports.mail import MissedEvent
from booking_tui.sandbox.resend.hooks import Hook
from booking_tui.store.email_rows import StoredEmail
from tests.services.conftest import NOON, Desktop
from tests.services.mail.house import House

URL = "https://desk.example.ngrok.app"


@pytest.fixture
def hook(house: House) -> Hook:
    """A webhook of ours, none of whose messages come through."""
    made = house.hook()
    house.sandbox.webhook_faults.sometimes("lose", 1.0)
    house.want(reminders=())
    return made


def rows(desktop: Desktop) -> list[tuple[str, str]]:
    found = desktop.records.inbox.page(Filter((), ""), limit=100)
    return [(row.verdict.value, row.state.value) for row in found if row.source == "resend"]


def catch_up(house: House, *, slept: bool = False) -> None:
    house.catch_up(house.account, slept)


def test_what_was_missed_fills_the_inbox_and_counts_once(house: House, hook: Hook) -> None:
    house.book()
    house.send()
    assert house.states() == {"confirmation": "accepted"}
    house.later(hours=8)
    catch_up(house)
    assert rows(house.desktop) == [("pulled", "processed")] * 2
    assert house.states() == {"confirmation": "delivered"}
    assert [event.source for event in house.events(house.email())] == ["webhook", "webhook"]
    before = house.actions(), house.emails(), house.events(house.email())
    for _ in range(3):
        house.later(minutes=31)
        catch_up(house)
    # What comes late after all is known.
    for message in hook.log:
        assert house.desktop.state(house.deliver(hook, message)) == "duplicate"
    assert (house.actions(), house.emails(), house.events(house.email())) == before
    assert rows(house.desktop).count(("pulled", "processed")) == 2


def test_what_came_is_not_fetched_again(house: House, hook: Hook) -> None:
    house.book()
    house.send()
    for message in hook.log:
        house.deliver(hook, message)
    house.later(minutes=1)
    catch_up(house)
    assert [verdict for verdict, state in rows(house.desktop) if state == "processed"] == ["valid"] * 2


def rounds(house: House) -> int:
    return house.line.calls.count(("missed", ""))


def test_it_is_done_at_the_start_after_a_sleep_and_every_half_hour(house: House) -> None:
    house.public_url = "http://127.0.0.1:8377"
    catch_up(house)
    catch_up(house)
    house.later(minutes=29)
    catch_up(house)
    assert rounds(house) == 1
    catch_up(house, slept=True)
    assert rounds(house) == 2
    house.later(minutes=30)
    catch_up(house)
    assert rounds(house) == 3
    house.catch_up.at_once()
    catch_up(house)
    assert rounds(house) == 4
    house.catch_up(None, True)
    assert rounds(house) == 4


def test_while_no_webhook_can_come_in_it_is_asked_more_often(house: House) -> None:
    house.want(reminders=())
    house.book()
    house.send()
    catch_up(house)
    house.later(minutes=2)
    catch_up(house)
    assert rounds(house) == 2
    assert house.states() == {"confirmation": "delivered"}


def test_the_webhook_follows_the_public_address_and_its_secret_is_kept(house: House) -> None:
    catch_up(house)
    assert len(house.sandbox.webhooks) == 0
    house.public_url = "http://127.0.0.1:8377/"
    catch_up(house)
    [made] = house.sandbox.webhooks
    assert made.endpoint == "http://127.0.0.1:8377/webhooks/resend"
    assert house.secrets == [made.signing_secret]
    catch_up(house)
    assert house.line.calls.count(("keep", made.endpoint)) == 1
    house.public_url = "http://127.0.0.1:9999"
    catch_up(house)
    [moved] = house.sandbox.webhooks
    assert (moved.id, moved.endpoint) == (made.id, "http://127.0.0.1:9999/webhooks/resend")
    house.public_url = None
    catch_up(house)
    assert len(house.sandbox.webhooks) == 1


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:8377"])
def test_a_key_that_may_only_send_says_so_and_is_not_asked_again_and_again(house: House, url: str | None) -> None:
    house.public_url = url
    house.sandbox.api_keys[house.sandbox.api_key].permission = "sending_access"
    house.book()
    house.send()
    catch_up(house)
    assert house.catch_up.problem == "This API key is restricted to only send emails"
    asked = house.sandbox.requests.total()
    for _ in range(10):
        house.later(seconds=15)
        catch_up(house)
    assert house.sandbox.requests.total() == asked
    house.sandbox.api_keys[house.sandbox.api_key].permission = "full_access"
    house.later(hours=1)
    catch_up(house)
    assert house.catch_up.problem is None


@pytest.mark.parametrize("fault", ["drop_before", "unavailable", "rate_limit"])
def test_a_passing_trouble_is_passed_over_and_tried_again_soon(house: House, fault: str) -> None:
    house.want(reminders=())
    house.book()
    house.send()
    house.later(minutes=20)
    house.sandbox.faults.next(fault, on="GET /webhooks")
    catch_up(house)
    assert house.catch_up.problem is None
    assert house.states() == {"confirmation": "accepted"}
    house.later(minutes=1)
    catch_up(house)
    assert house.states() == {"confirmation": "delivered"}


def test_what_is_open_is_read_once_its_webhook_had_time(house: House) -> None:
    house.want(reminders=())
    house.book("bk-1")
    house.sandbox.fates.set("bo@example.com", "bounce")
    house.book("bk-2", email="bo@example.com")
    house.sandbox.fates.set("cy@example.com", "lose")
    house.book("bk-3", email="cy@example.com")
    house.send()
    catch_up(house)
    assert house.states() == {"confirmation": "accepted"}
    house.later(minutes=11)
    house.catch_up.at_once()
    catch_up(house)
    assert house.states("bk-1") == {"confirmation": "delivered"}
    assert house.states("bk-2")["confirmation"].startswith("bounced")
    assert house.states("bk-3") == {"confirmation": "accepted"}
    for _ in range(3):
        house.later(minutes=31)
        catch_up(house)
    assert house.events(house.email(uid="bk-3")) == []


def reads(house: House) -> list[str]:
    return [what for name, what in house.line.calls if name == "read"]


def test_of_very_many_open_ones_none_is_left_out_and_what_is_not_known_there_is_asked_for_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking_tui.services.mail.catch_up.READ_AT_ONCE", 4)
    house.want(reminders=())
    house.line.answers = [Answer(Phase.ANSWERED, 200, ids=(f"id-{number}",)) for number in range(10)]
    for number in range(10):
        house.book(f"bk-{number}", email=f"g{number}@example.com", start=NOON + timedelta(days=9))
    house.send()
    for _ in range(10):
        house.later(minutes=31)
        catch_up(house)
    # The simulator knows none of these ids.
    assert sorted(reads(house)) == sorted(2 * [f"id-{number}" for number in range(10)])


def test_what_is_known_there_and_still_open_is_asked_for_in_turn(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booking_tui.services.mail.catch_up.READ_AT_ONCE", 4)
    house.want(reminders=())
    for number in range(10):
        house.sandbox.fates.set(f"g{number}@example.com", "lose")
        house.book(f"bk-{number}", email=f"g{number}@example.com", start=NOON + timedelta(days=9))
    house.send()
    for _ in range(3):
        house.later(minutes=31)
        catch_up(house)
    assert len(reads(house)) == 12
    assert {email.provider_id for email in house.emails()} == set(reads(house))


def test_of_very_many_lost_ones_each_gets_its_turn(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booking_tui.services.mail.catch_up.READ_AT_ONCE", 4)
    house.want(reminders=())
    for number in range(10):
        if number == 9:
            house.sandbox.faults.next("drop_after")
        else:
            house.line.answers = [Answer(Phase.UNCERTAIN)]
        house.book(f"bk-{number}", email=f"g{number}@example.com", start=NOON + timedelta(days=9))
        house.send()
    house.later(hours=23)
    house.line.answers = [Answer(Phase.UNCERTAIN)] * 100
    house.send()
    for _ in range(3):
        house.later(minutes=31)
        catch_up(house)
    assert house.email(uid="bk-9").state == "delivered"


def test_what_was_read_before_a_refusal_counts(house: House) -> None:
    house.want(reminders=())
    for number in range(4):
        house.book(f"bk-{number}", email=f"g{number}@example.com")
    house.send()
    house.later(minutes=11)
    house.sandbox.faults.next("slow", times=2, on="GET /emails/{email_id}", seconds=0.0)
    house.sandbox.faults.next("rate_limit", on="GET /emails/{email_id}")
    catch_up(house)
    assert [house.email(uid=f"bk-{number}").state.value for number in range(4)] == [
        *("delivered", "delivered", "accepted", "accepted")
    ]
    house.later(minutes=1)
    catch_up(house)
    assert house.email(uid="bk-3").state == "delivered"


def test_an_answer_that_was_lost_is_found_among_the_latest(house: House) -> None:
    house.want(reminders=())
    house.book()
    house.sandbox.faults.next("drop_after")
    house.send()
    house.later(minutes=20)
    catch_up(house)
    email = house.email()
    assert (email.state, email.provider_id) == ("delivered", house.sandbox.emails[0].id)
    assert house.send() == 0


def test_of_two_that_look_alike_nobody_can_say_which_is_which(house: House) -> None:
    """Two bookings of one guest at one time: the same subject, the same address."""
    house.want(reminders=("24h",), notices=False)
    for number in range(2):
        house.book(f"bk-{number}")
    house.until(NOON + timedelta(hours=6))
    house.sandbox.faults.next("drop_after")
    house.sandbox.faults.next("drop_before")
    house.send()
    assert len(house.sandbox.emails) == 1
    house.later(minutes=1)
    house.catch_up.at_once()
    catch_up(house)
    assert {email.state.value for email in house.emails()} == {"unknown"}
    assert {email.provider_id for email in house.emails()} == {None}


def test_an_email_that_is_another_ones_is_not_taken_for_a_lost_one(house: House) -> None:
    house.want(reminders=())
    house.book(start=NOON + timedelta(days=9))
    house.sandbox.faults.next("drop_before")
    house.send()
    house.later(hours=23)
    house.send()
    lost = house.email()
    assert lost.reason == "key_expired"
    house.do("retry", lost, even_so=True)
    house.send()
    house.later(minutes=1)
    catch_up(house)
    first, second = house.emails()
    assert (first.state, first.provider_id) == ("unknown", None)
    assert second.provider_id == house.sandbox.emails[0].id


def test_emails_from_before_or_to_others_or_about_something_else_do_not_fit(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.want(reminders=())
    house.book()
    house.sandbox.faults.next("drop_before")
    house.send()
    email = house.email()

    def remote(number: int, to: str, subject: str, minutes: float) -> RemoteEmail:
        at = NOON + timedelta(minutes=minutes)
        return RemoteEmail(f"00000000-0000-4000-8000-00000000000{number}", (to,), subject, "delivered", at)

    others = [
        remote(1, "ada@example.com", email.subject, -5),
        remote(2, "not-ada@example.com", email.subject, 1),
        remote(3, "ada@example.com", "Another subject", 1),
    ]

    def latest(limit: int = 100, *, after: str | None = None) -> list[RemoteEmail]:
        del limit, after
        return others

    monkeypatch.setattr(house.line, "latest", latest)
    catch_up(house)
    assert house.email().state == "unknown"


def test_the_suppression_list_is_taken_over_whole(house: House) -> None:
    old = Suppression("old@example.com", "manual", NOON)
    house.records.database.write(lambda tx: house.records.mail_log.suppress(tx, old))
    house.sandbox.suppressions.add("ada@example.com", "complaint")
    catch_up(house)
    assert [each.suppression.address for each in house.records.mail_log.suppressions()] == ["ada@example.com"]


def test_of_very_many_missed_events_none_is_left_out(house: House, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        house.book(f"bk-{number}", email=f"g{number}@example.com")
        house.send()
        house.later(hours=1)
    fetch = house.line.missed_events

    def first_three(since: datetime) -> list[MissedEvent]:
        return fetch(since)[:3]

    def nothing(*_: object) -> list[StoredEmail]:
        return []

    monkeypatch.setattr(house.line, "missed_events", first_three)
    monkeypatch.setattr(house.records.mail_log, "still_open", nothing)
    for _ in range(3):
        catch_up(house)
        house.later(minutes=31)
    assert {house.email(uid=f"bk-{number}").state.value for number in range(3)} == {"delivered"}
    assert len(hook.log) == 6


def test_news_after_a_long_sleep_is_told_to_whoever_listens(house: House, hook: Hook) -> None:
    house.book()
    house.send()
    heard = house.desktop.bus.subscribe(lambda: None)
    house.later(hours=8)
    catch_up(house)
    kinds = {fact.kind for fact in heard.drain()}
    house.desktop.bus.leave(heard)
    assert {"event", "mail"} <= kinds
    assert len(hook.log) == 2
