"""What the provider says of emails afterwards: in any order, repeatedly, from any path."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.domain.mail.email import Email
from tests.services.conftest import NOON
from tests.services.mail.house import House

Enter = Callable[[], AbstractContextManager[House]]
BOUNCE = {"bounce_type": "Permanent", "bounce_subtype": "NoEmail", "detail": "550 5.1.1 no such user"}


@pytest.fixture
def sent(house: House) -> Email:
    """A confirmation that the provider has."""
    house.want(reminders=())
    house.book()
    house.send()
    return house.email()


STORIES = [
    (["sent", "delivered"], "delivered"),
    (["delivered", "sent"], "delivered"),
    (["sent", "delivery_delayed"], "delayed delayed"),
    (["delivery_delayed", "sent"], "delayed delayed"),
    (["delivery_delayed", "delivered"], "delivered"),
    (["delivered", "delivery_delayed"], "delivered"),
    (["sent", "bounced"], "bounced mailbox_unknown"),
    (["bounced", "sent"], "bounced mailbox_unknown"),
    (["delivered", "bounced"], "bounced mailbox_unknown"),
    (["bounced", "delivered"], "bounced mailbox_unknown"),
    (["delivered", "complained"], "complained complained"),
    (["complained", "delivered"], "complained complained"),
    (["suppressed"], "suppressed suppressed"),
    (["sent", "failed"], "dead provider_failed"),
    (["failed", "delivered"], "delivered"),
    (["opened"], "delivered"),
    (["scheduled"], "accepted"),
    (["delivered", "delivered", "delivered"], "delivered"),
]


@pytest.mark.parametrize(("kinds", "state"), STORIES)
def test_stories(house: House, sent: Email, kinds: list[str], state: str) -> None:
    for number, kind in enumerate(kinds):
        house.clock.forward(seconds=1)
        more = BOUNCE if kind == "bounced" else {}
        house.told(house.event(sent, kind, at=NOON + timedelta(seconds=number), provider_id=sent.provider_id, **more))
    assert house.states()["confirmation"] == state
    assert len(house.events(sent)) == len(kinds)


ALL = ("sent", "delivered", "delivery_delayed", "bounced", "complained", "failed", "suppressed", "scheduled")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    kinds=st.lists(st.sampled_from(ALL), min_size=1, max_size=6, unique=True),
    data=st.data(),
)
def test_any_order_and_any_repetition_ends_alike(enter_house: Enter, kinds: list[str], data: st.DataObject) -> None:
    """Also when some come before the answer, without the tag: they wait for their email."""

    def played(order: list[int], early: int) -> tuple[Any, ...]:
        with enter_house() as house:
            house.want(reminders=())
            house.book()
            events = [
                MailEvent(
                    f"email.{kind}",
                    NOON + timedelta(seconds=number),
                    provider_id="00000000-0000-4000-8000-000000000001",
                    recipient="ada@example.com",
                    **(BOUNCE if kind == "bounced" else {}),
                )
                for number, kind in enumerate(kinds)
            ]
            for which in order[:early]:
                house.told(events[which])
            house.line.answers = [accepted("00000000-0000-4000-8000-000000000001")]
            house.send()
            for which in order[early:]:
                house.told(events[which])
            email = house.email()
            told = sorted(event.kind for event in house.events(email))
            assert house.records.history.verify().ok
            return email.state, email.reason, told

    order = data.draw(st.permutations(range(len(kinds))))
    repeats = data.draw(st.lists(st.sampled_from(range(len(kinds))), max_size=3))
    early = data.draw(st.integers(0, len(kinds)))
    assert played([*order, *repeats], early) == played([*range(len(kinds))], 0)


def accepted(*ids: str) -> Any:
    return Answer(Phase.ANSWERED, 200, ids=ids)


def test_an_event_of_a_stranger_is_kept_and_changes_nothing(house: House, sent: Email) -> None:
    before = house.emails()
    stranger = MailEvent("email.bounced", NOON, "00000000-0000-4000-8000-00000000dead", "not-ours", "x@example.com")
    assert house.told(stranger) == []
    assert house.told(stranger) == []
    assert house.emails() == before
    assert house.events(sent) == []


OTHER = "00000000-0000-4000-8000-00000000beef"


def test_a_tag_in_another_email_says_nothing_of_ours(house: House, sent: Email) -> None:
    """An email that was forwarded or sent by hand with the same tag: it has an id of its own."""
    assert house.told(house.event(sent, "bounced", provider_id=OTHER, **BOUNCE)) == []
    assert house.again(sent) == sent
    assert house.events(sent) == []


def test_an_email_that_was_never_handed_over_is_not_said_to_have_arrived(house: House) -> None:
    house.book()
    house.send()
    reminder = house.email("reminder_24h")
    assert house.told(house.event(reminder, "delivered", provider_id=OTHER)) == []
    house.later(hours=6)
    assert house.send() == 1
    assert house.email("reminder_24h").state == "accepted"


@pytest.mark.parametrize(
    ("ours", "theirs", "state"),
    [
        ("ada@example.com", "eve@example.com", "unknown"),
        ("ada@example.com", "ADA@example.com", "delivered"),
        ("ada@münchen.example", "ada@xn--mnchen-3ya.example", "delivered"),
    ],
)
def test_an_answer_that_was_lost_is_settled_by_what_went_to_the_same_person(
    house: House, ours: str, theirs: str, state: str
) -> None:
    house.want(reminders=())
    house.book(email=ours)
    house.line.answers = [Answer(Phase.UNCERTAIN)]
    house.send()
    house.told(house.event(house.email(), "delivered", provider_id=OTHER, recipient=theirs))
    assert house.email().state == state


def test_what_is_dead_by_our_own_word_gives_way_to_the_providers(house: House) -> None:
    house.want(reminders=())
    house.book()
    house.line.answers = [Answer(Phase.UNCERTAIN), Answer(Phase.ANSWERED, 422, "validation_error", "no such field")]
    house.send()
    house.later(seconds=20)
    house.send()
    assert house.states() == {"confirmation": "dead rejected"}
    house.told(house.event(house.email(), "sent", provider_id=OTHER))
    email = house.email()
    assert (email.state, email.reason) == ("accepted", None)
    assert (email.last_status, email.last_name, email.last_message) == (None, None, None)
    house.told(house.event(email, "failed", provider_id=OTHER, detail="over quota"))
    house.told(house.event(email, "sent", provider_id=OTHER, at=NOON + timedelta(minutes=1)))
    assert house.states() == {"confirmation": "dead provider_failed"}


def test_the_last_error_is_of_one_source(house: House, sent: Email) -> None:
    house.records.database.write(
        lambda tx: house.records.outbox.put(
            tx, sent.id, {"last_status": 429, "last_name": "rate_limit_exceeded", "last_message": "slow"}, at=NOON
        )
    )
    house.told(house.event(sent, "bounced", provider_id=sent.provider_id, **BOUNCE))
    email = house.email()
    assert (email.last_status, email.last_name, email.last_message) == (None, None, BOUNCE["detail"])


def test_a_bounce_that_comes_before_the_answer_keeps_its_own_words(house: House) -> None:
    house.want(reminders=())
    house.book()
    email = house.email()
    house.line.answers = [accepted(OTHER)]
    house.line.after = [lambda: house.told(house.event(email, "bounced", provider_id=OTHER, **BOUNCE))]
    house.send()
    assert (house.email().state, house.email().last_message) == ("bounced", BOUNCE["detail"])


def test_what_is_told_twice_makes_one_history_entry_and_one_fact(house: House, sent: Email) -> None:
    event = house.event(sent, "delivered", provider_id=sent.provider_id)
    assert house.told(event) == [sent.id]
    assert house.told(event, event) == []
    assert house.actions().count("email_delivered") == 1
    [entry] = [each for each in house.records.history.entries(["bk-1"]) if each.action == "email_delivered"]
    assert entry.email_id == sent.id


def test_reading_and_webhooks_agree_whichever_comes_first(house: House, sent: Email) -> None:
    read = house.event(sent, "delivered", provider_id=sent.provider_id, source="read", at=NOON + timedelta(minutes=9))
    hook = house.event(sent, "delivered", provider_id=sent.provider_id, at=NOON + timedelta(seconds=3))
    house.told(read)
    house.told(hook)
    assert house.states() == {"confirmation": "delivered"}
    assert [event.source for event in house.events(sent)] == ["webhook", "read"]
    assert house.actions().count("email_delivered") == 1


def test_a_late_bounce_after_a_delivery_is_said_in_the_receiving_servers_words(house: House, sent: Email) -> None:
    house.told(house.event(sent, "delivered", provider_id=sent.provider_id))
    house.told(house.event(sent, "bounced", provider_id=sent.provider_id, at=NOON + timedelta(hours=1), **BOUNCE))
    email = house.email()
    assert (email.state, email.reason, email.failed) == ("bounced", "mailbox_unknown", True)
    assert email.last_message == BOUNCE["detail"]
    assert [entry.detail for entry in house.events(sent)] == [None, BOUNCE["detail"]]


def test_a_failed_email_that_was_kept_stays_quiet(house: House, sent: Email) -> None:
    house.told(house.event(sent, "bounced", provider_id=sent.provider_id, **BOUNCE))
    house.do("keep", sent)
    house.told(house.event(sent, "complained", provider_id=sent.provider_id, at=NOON + timedelta(hours=1)))
    assert not house.email().failed


def test_suppressions_come_and_go(house: House) -> None:
    def listed() -> list[tuple[str, str]]:
        return [(each.suppression.address, each.suppression.origin) for each in house.records.mail_log.suppressions()]

    house.told(MailEvent("suppression.added", NOON, recipient="Ada@Example.com", origin="bounce"))
    assert listed() == [("Ada@Example.com", "bounce")]
    house.told(MailEvent("suppression.added", NOON, recipient="ada@example.com", origin="bounce"))
    assert len(listed()) == 1
    # What is older than what is known does not take it away again.
    house.told(MailEvent("suppression.removed", NOON - timedelta(hours=1), recipient="ada@example.com"))
    assert len(listed()) == 1
    house.told(MailEvent("suppression.removed", NOON + timedelta(hours=1), recipient="ADA@example.com"))
    assert listed() == []
    house.told(MailEvent("suppression.added", NOON, recipient=None))
    assert listed() == []


def test_a_real_webhook_goes_all_the_way(house: House) -> None:
    hook = house.hook()
    house.sandbox.fates.set("ada@example.com", "bounce")
    house.book()
    house.send()
    rows = [house.deliver(hook, message) for message in hook.log]
    assert {house.desktop.state(row) for row in rows} == {"processed"}
    assert house.states()["confirmation"] == "bounced mailbox_unknown"
    assert [each.suppression.address for each in house.records.mail_log.suppressions()] == ["ada@example.com"]
    assert house.records.mail_log.suppressions()[0].client
    [entry] = [each for each in house.records.history.entries(["bk-1"]) if each.action == "email_failed"]
    assert entry.event_id in rows
    event = house.events(house.email())[-1]
    assert event.event_id in rows
    # The reminders that follow are not sent to it any more.
    house.later(hours=6)
    assert house.send() == 0
    assert house.states()["reminder_24h"] == "suppressed suppressed"
    # The same message once more is a duplicate, and changes nothing.
    again = house.deliver(hook, hook.log[0])
    assert house.desktop.state(again) == "duplicate"


def test_a_webhook_that_comes_before_the_answer_was_lost_settles_it(house: House) -> None:
    hook = house.hook()
    house.want(reminders=())
    house.book()
    house.sandbox.faults.next("drop_after")
    house.line.after = [lambda: [house.store(hook, message) for message in hook.log]]
    house.send()
    house.desktop.ingest.run_once()
    assert house.states() == {"confirmation": "delivered"}
    house.later(hours=1)
    assert house.send() == 0
