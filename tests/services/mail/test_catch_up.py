"""What the provider knows and this machine missed, asked for when it wakes up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest

from booking_tui.domain.filter import Filter
from booking_tui.domain.mail.answer import Answer, Phase, RemoteEmail
from booking_tui.domain.mail.email import Suppression
from booking_tui.sandbox.resend.hooks import Hook
from booking_tui.store.email_rows import StoredEmail
from tests.services.conftest import NOON, Desktop
from tests.services.mail.house import KINDS, House

EnterHouse = Callable[[], AbstractContextManager[House]]
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


@pytest.mark.parametrize("fault", ["drop_before", "rate_limit"])
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


EVENT = "GET /webhooks/{webhook_id}/events/{event_id}"


def only_so_many_at_once(house: House, count: int) -> None:
    """Let the provider give so many events, and then ask to slow down."""
    house.sandbox.faults.clear()
    house.sandbox.faults.next("slow", times=count, on=EVENT, seconds=0.0)
    house.sandbox.faults.next("rate_limit", on=EVENT)


@pytest.mark.parametrize("apart", [timedelta(), timedelta(hours=1)], ids=["a burst", "over hours"])
def test_of_very_many_missed_events_none_is_left_out(
    house: House, hook: Hook, monkeypatch: pytest.MonkeyPatch, apart: timedelta
) -> None:
    def nothing(*_: object) -> list[StoredEmail]:
        return []

    monkeypatch.setattr(house.records.mail_log, "still_open", nothing)
    for number in range(6):
        house.book(f"bk-{number}", email=f"g{number}@example.com", start=NOON + timedelta(days=9))
        house.send()
        house.clock.at += apart
    house.later(minutes=2)
    assert len(hook.log) == 12
    for rounds_done in range(1, 4):
        only_so_many_at_once(house, 5)
        catch_up(house)
        # It goes on soon, not only half an hour later.
        house.later(minutes=1)
        assert len(rows(house.desktop)) == min(12, 5 * rounds_done)
    assert {house.email(uid=f"bk-{number}").state.value for number in range(6)} == {"delivered"}
    fetched = house.sandbox.requests[EVENT]
    house.sandbox.faults.clear()
    for _ in range(3):
        house.later(minutes=31)
        catch_up(house)
    assert house.sandbox.requests[EVENT] == fetched
    assert house.catch_up.problem is None


# -- whose webhook it is ---------------------------------------------------------------------------------------------

OUR_URL = "http://127.0.0.1:9"
OUR_HOOK = f"{OUR_URL}/webhooks/resend"


def endpoints(house: House) -> list[str]:
    return sorted(hook.endpoint for hook in house.sandbox.webhooks)


def test_webhooks_of_other_programs_in_the_account_are_left_alone(house: House) -> None:
    others = ["https://app.example.com/webhooks/resend", "https://shop.example.com/webhooks/resend", OUR_HOOK]
    for endpoint in others:
        house.sandbox.webhooks.add(endpoint, ("email.opened",))
    house.public_url = OUR_URL
    catch_up(house)
    assert endpoints(house) == sorted([*others, OUR_HOOK])
    [made] = [hook for hook in house.sandbox.webhooks if hook.endpoint == OUR_HOOK and len(hook.events) > 1]
    assert house.secrets == [made.signing_secret]
    house.public_url = "http://127.0.0.1:8377"
    catch_up(house)
    assert endpoints(house) == sorted([*others, "http://127.0.0.1:8377/webhooks/resend"])
    assert made.endpoint == "http://127.0.0.1:8377/webhooks/resend"


def test_two_homes_of_one_account_have_a_webhook_each(house: House, enter_house: EnterHouse) -> None:
    with enter_house() as other:
        # Both are served by the simulator of the one that came last.
        for _ in range(2):
            for each, url in ((house, "http://127.0.0.1:8377"), (other, "http://127.0.0.1:9999")):
                each.public_url = url
                each.catch_up.at_once()
                catch_up(each)
        assert endpoints(other) == ["http://127.0.0.1:8377/webhooks/resend", "http://127.0.0.1:9999/webhooks/resend"]
        assert other.sandbox.requests["POST /webhooks"] == 2
        assert other.sandbox.requests["PATCH /webhooks/{webhook_id}"] == 0


def test_the_webhook_of_a_home_from_before_is_known_by_its_secret(house: House) -> None:
    made = house.hook()
    house.sandbox.webhooks.add("http://127.0.0.1:7/webhooks/resend", KINDS)
    house.public_url = "http://127.0.0.1:8377"
    catch_up(house)
    assert made.endpoint == "http://127.0.0.1:8377/webhooks/resend"
    assert len(house.sandbox.webhooks) == 2
    # From now on its id is kept: it stays ours under a secret that was made anew.
    house.sandbox.webhooks.rotate(made)
    house.live.keep_secret("whsec_" + "QUJD" * 8)
    house.live.keep_secret("whsec_" + "REVG" * 8)
    house.public_url = "http://127.0.0.1:9999"
    catch_up(house)
    assert made.endpoint == "http://127.0.0.1:9999/webhooks/resend"
    assert len(house.sandbox.webhooks) == 2


def test_one_that_was_deleted_at_the_provider_is_made_anew(house: House) -> None:
    house.public_url = OUR_URL
    catch_up(house)
    [first] = house.sandbox.webhooks
    house.sandbox.webhooks.remove(first)
    house.later(minutes=31)
    catch_up(house)
    [second] = house.sandbox.webhooks
    assert second.id != first.id
    assert house.secrets[-1] == second.signing_secret


@pytest.mark.parametrize("fault", ["drop_after", "broken_json"])
def test_one_whose_making_was_not_answered_is_not_made_twice(house: House, fault: str) -> None:
    house.sandbox.webhooks.add(OUR_HOOK, ("email.opened",))
    house.public_url = OUR_URL
    house.sandbox.faults.next(fault, on="POST /webhooks")
    catch_up(house)
    assert house.secrets == []
    house.later(minutes=1)
    catch_up(house)
    foreign, ours = house.sandbox.webhooks
    assert (foreign.events, ours.endpoint) == (("email.opened",), OUR_HOOK)
    assert house.secrets == [ours.signing_secret]


def test_what_the_provider_refused_to_make_is_not_looked_for(house: House) -> None:
    for number in range(50):
        house.sandbox.webhooks.add(f"http://127.0.0.1:9/other/{number}", ("email.sent",))
    house.public_url = OUR_URL
    catch_up(house)
    foreign = next(iter(house.sandbox.webhooks))
    house.sandbox.webhooks.remove(foreign)
    theirs = house.sandbox.webhooks.add(OUR_HOOK, ("email.opened",))
    house.later(hours=1)
    catch_up(house)
    assert theirs.events == ("email.opened",)
    assert house.catch_up.problem is not None


# -- one part that is refused does not keep the others from being done ------------------------------------------------


def test_without_a_webhook_the_provider_is_asked_and_why_there_is_none_is_said(house: House) -> None:
    for number in range(50):
        house.sandbox.webhooks.add(f"http://127.0.0.1:9/other/{number}", ("email.sent",))
    house.sandbox.suppressions.add("zz@example.com", "bounce")
    house.public_url = OUR_URL
    house.want(reminders=())
    house.book()
    house.send()
    house.later(minutes=3)
    catch_up(house)
    assert house.states()["confirmation"] == "delivered"
    assert [each.suppression.address for each in house.records.mail_log.suppressions()] == ["zz@example.com"]
    assert house.account is not None
    said = house.catch_up.deaf(house.account)
    assert said is not None
    assert said == house.catch_up.problem
    assert "There are 50 webhooks already" in said
    assert "key" not in said
    # It is asked more often than with one; whether there is room meanwhile, once an hour.
    for _ in range(29):
        house.later(minutes=2)
        catch_up(house)
    assert rounds(house) == 30
    assert house.line.calls.count(("keep", OUR_HOOK)) == 1
    house.sandbox.webhooks.remove(next(iter(house.sandbox.webhooks)))
    house.later(minutes=2)
    catch_up(house)
    assert house.catch_up.problem is None
    assert house.catch_up.deaf(house.account) is None
    assert OUR_HOOK in endpoints(house)


@pytest.mark.parametrize("url", [None, OUR_URL])
@pytest.mark.parametrize("part", ["GET /webhooks", "GET /suppressions"])
def test_a_part_that_is_in_trouble_keeps_nothing_else_from_being_done(house: House, url: str | None, part: str) -> None:
    house.public_url = url
    house.want(reminders=())
    house.book()
    house.send()
    house.later(minutes=20)
    house.sandbox.faults.next("unavailable", times=2, on=part)
    catch_up(house)
    assert house.states()["confirmation"] == "delivered"
    assert house.catch_up.problem is None
    house.later(minutes=1)
    catch_up(house)
    assert rounds(house) == 2


def test_a_key_that_does_not_count_any_more_is_said_as_it_is(house: House) -> None:
    house.public_url = OUR_URL
    assert house.account is not None
    house.account = replace(house.account, hears=False)
    house.sandbox.api_keys.clear()
    catch_up(house)
    said = house.catch_up.deaf(house.account)
    assert said is not None
    assert said.startswith("Resend does not tell what became of emails: ")
    assert "only send" not in said
    assert house.catch_up.deaf(replace(house.account, hears=True)) is None


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


def test_a_clock_that_was_set_right_keeps_nobody_from_asking(house: House) -> None:
    house.want(reminders=())
    real = house.clock.at
    house.clock.at = real + timedelta(days=1)
    house.catch_up(house.account, False)
    house.clock.at = real + timedelta(minutes=1)
    house.sender.run_once()
    house.book()
    house.send()
    for _ in range(10):
        house.later(minutes=5)
        house.catch_up(house.account, False)
    assert house.states() == {"confirmation": "delivered"}


def test_what_was_missed_after_a_clock_was_set_right_is_fetched(house: House) -> None:
    house.want(reminders=())
    real = house.clock.at
    house.public_url = "http://127.0.0.1:9"
    house.clock.at = real + timedelta(days=1)
    house.catch_up(house.account, False)
    house.clock.at = real + timedelta(minutes=1)
    house.sender.run_once()
    house.book()
    house.send()
    house.later(hours=3)
    house.catch_up.at_once()
    house.catch_up(house.account, False)
    house.desktop.ingest.run_once()
    told = [event.kind for event in house.events(house.email()) if event.source != "read"]
    assert told == ["email.sent", "email.delivered"]
