"""All of it put together: the thread, the lamp, what needs a person, and the questions of the screens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.clock import TimeOrderedIds
from booking_tui.domain.instants import from_text
from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.ports import DeedRefused
from booking_tui.ports.mail import TemplateBroken
from booking_tui.ports.mail_desk import MailAccountFound, MailChoiceMade, MailDone, MailOrder
from booking_tui.services.deed_kinds import Fields
from booking_tui.services.doctor import Finding
from booking_tui.services.mail.lamp import MailHealth, mail_gauges, mail_lamp, template_lamp
from booking_tui.services.mail.mailroom import Mailroom, MailSource
from booking_tui.services.mail.pauses import Standstill
from booking_tui.services.mail_deed import MAIL, SET_UP_MAIL
from booking_tui.services.mail_needs import mail_needs
from booking_tui.services.mail_place import MailPlace
from booking_tui.settings import load
from booking_tui.store.database import Database
from booking_tui.wiring.mail import LiveMail
from booking_tui.wiring.mail_checks import mail_checks
from tests.services.conftest import NOON, eventually
from tests.services.mail.conftest import Socket
from tests.services.mail.house import IN_30_H, House
from tests.services.mail.test_sending import Broken


@pytest.fixture
def room(house: House) -> Mailroom:
    source = MailSource(lambda: house.account, lambda: house.choice, house.live.keep_secret)
    return Mailroom(house.records, source, house.clock, TimeOrderedIds(house.clock), house.desktop.bus)


@pytest.fixture
def running(room: Mailroom) -> Iterator[Mailroom]:
    room.start()
    yield room
    room.stop(10.0)
    assert not room.sender.alive


def test_a_booking_is_confirmed_within_a_moment(house: House, running: Mailroom) -> None:
    house.clock.seconds = None
    house.book()
    running.sender.wake()
    house.sandbox.mailbox.wait_for(bool, 10.0)
    eventually(lambda: house.email().state == "accepted")
    eventually(lambda: running.health.planned == 2)
    assert running.health.configured
    assert mail_lamp(running.health).text == "mail"
    assert running.sender.counts.accepted == 1


def test_settings_that_change_are_followed_while_it_runs(house: House, running: Mailroom) -> None:
    house.book()
    eventually(lambda: running.health.configured)
    house.want(reminders=("24h",))
    running.sender.wake()
    eventually(lambda: house.states()["reminder_1h"] == "cancelled switched_off")


def test_a_fault_of_ours_is_said_and_does_not_end_the_thread(
    house: House, running: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("a fault of ours")

    eventually(lambda: running.health.configured)
    with monkeypatch.context() as patch:
        patch.setattr(running, "look", fail)
        running.sender.wake()
        eventually(lambda: running.sender.trouble == "a fault of ours")
    running.sender.wake()
    eventually(lambda: running.sender.trouble is None)
    assert running.sender.alive
    assert house.emails() == []


def test_deeds_reach_the_provider_and_say_when_there_is_none(house: House, room: Mailroom) -> None:
    house.sandbox.suppressions.add("ada@example.com")
    assert room.deeds(MailOrder("unsuppress", to="ada@example.com")).done == ("ada@example.com",)
    house.account = None
    with pytest.raises(DeedRefused, match="RESEND_API_KEY"):
        room.deeds(MailOrder("unsuppress", to="ada@example.com"))


def test_a_place_makes_its_room_when_it_is_first_needed(house: House, room: Mailroom) -> None:
    made: list[int] = []

    def gauge(name: str, about: str, value: float) -> str:
        del about
        return f"{name} {value}\n"

    def make() -> Mailroom:
        made.append(1)
        return room

    place = MailPlace(make)
    place.changed()
    place.stop(1.0)
    assert (place.lamps(), place.gauges(gauge), made) == ((), "", [])
    place.start()
    place.start()
    assert made == [1]
    assert len(place.lamps()) == 1
    assert place.gauges(gauge).startswith("email_failed 0")
    place.stop(10.0)
    assert not room.sender.alive


# -- the lamp --------------------------------------------------------------------------------------------------------

LAMPS = [
    (MailHealth(), "mail not set up", "quiet"),
    (MailHealth(not_set_up=2), "mail not set up", "warn"),
    (MailHealth(configured=True, deaf="make a webhook"), "mail, no news", "warn"),
    (MailHealth(failed=3, not_set_up=2), "mail 3 failed", "warn"),
    (MailHealth(configured=True, planned=1200), "mail", "ok"),
    (MailHealth(configured=True, unproven=True, retrying=2), "mail not proven yet", "warn"),
    (
        MailHealth(configured=True, unproven=True, standstill=Standstill(MailReason.OFFLINE, NOON, NOON)),
        *("mail not proven yet", "warn"),
    ),
    (MailHealth(configured=True, unproven=True, failed=1), "mail 1 failed", "warn"),
    (MailHealth(configured=True, retrying=2), "mail 2 retrying", "quiet"),
    (MailHealth(configured=True, failed=2), "mail 2 failed", "warn"),
    (MailHealth(configured=True, trouble="the disk is full"), "mail stopped", "bad"),
    (MailHealth(configured=True, standstill=Standstill(MailReason.HOLD_ALL, NOON, None)), "mail held", "warn"),
    (MailHealth(configured=True, standstill=Standstill(MailReason.OFFLINE, NOON, NOON)), "mail waits", "quiet"),
    (MailHealth(configured=True, standstill=Standstill(MailReason.KEY_REFUSED, NOON, None)), "mail paused", "bad"),
    (MailHealth(configured=True, standstill=Standstill(MailReason.DAILY_QUOTA, NOON, NOON)), "mail paused", "bad"),
]


@pytest.mark.parametrize(("health", "word", "level"), LAMPS)
def test_the_lamp(health: MailHealth, word: str, level: str) -> None:
    lamp = mail_lamp(health)
    assert (lamp.text, lamp.level.value) == (word, level)
    assert lamp.detail


def test_the_lamp_names_the_first_broken_template_and_how_many_more() -> None:
    one = "reminder.txt, line 3: expected token; the shipped one is used until it is mended."
    assert template_lamp((one,)).detail == f"template {one.rstrip('.')}"
    lamp = template_lamp((one, "moved.html: no.", "x.txt: no."))
    assert lamp.detail.endswith("until it is mended; and 2 more: booking-tui doctor names all")


def test_a_key_is_doubted_until_the_provider_has_answered_for_it_and_never_again(house: House) -> None:
    asked: list[str] = []
    answered: set[str] = set()

    def ask(account: str) -> bool:
        asked.append(account)
        return account in answered

    def made() -> Mailroom:
        source = MailSource(lambda: house.account, lambda: house.choice, answered=ask)
        return Mailroom(house.records, source, house.clock, TimeOrderedIds(house.clock), house.desktop.bus)

    first, account = replace(house.account, account="one"), made()
    account.look(first)
    assert account.health.unproven
    answered.add("one")
    account.look(first)
    assert not account.health.unproven
    answered.clear()
    asked.clear()
    again = made()
    again.look(first)
    assert not again.health.unproven, "kept between runs"
    assert asked == []
    again.look(replace(first, account="two"))
    assert again.health.unproven, "another key"
    again.look(None)
    assert not again.health.unproven


def test_the_first_answer_proves_the_key_while_it_runs(house: House, mail_socket: Socket) -> None:
    """The real provider and the settings as they are followed: asked by itself, without an email."""
    home = house.desktop.home
    keys = f'from = "robin@example.com"\napi_key = "{house.sandbox.api_key}"\n'
    offline = f'[resend]\napi_url = "http://127.0.0.1:9"\n{keys}'
    home.config.write_text(offline)
    live = LiveMail(home, load(home.root, {}), house.clock)
    room = Mailroom(house.records, live.source(), house.clock, TimeOrderedIds(house.clock), house.desktop.bus)
    room._between(live.account(), slept=False)
    assert mail_lamp(room.health).text == "mail not proven yet"
    home.config.write_text(offline.replace("http://127.0.0.1:9", mail_socket.url))
    live.refresh()
    room._between(live.account(), slept=False)
    assert not room.health.unproven
    found = {check.name: check for check in mail_checks(home, load(home.root, {}), None)}
    assert (found["key"].finding, "not proven" in found["key"].found) == (Finding.OK, False)
    assert house.sandbox.api_key not in home.database.read_bytes().decode("latin-1")
    live.close()


def test_broken_templates_are_told_by_the_lamp(house: House) -> None:
    source = MailSource(lambda: house.account, lambda: house.choice, broken=lambda: ("reminder.txt: no.",))
    room = Mailroom(house.records, source, house.clock, TimeOrderedIds(house.clock), house.desktop.bus)
    room.look(house.account)
    lamp = template_lamp(room.health.broken)
    assert (lamp.key, lamp.level, lamp.text) == ("templates", "warn", "template broken")
    assert lamp.detail == "template reminder.txt: no"


def test_the_gauges() -> None:
    found = mail_gauges(MailHealth(failed=2, planned=3), 5, 4, lambda name, about, value: f"{name}={value:g} ")
    assert found.split() == [
        *("email_failed=2", "email_planned=3", "email_retrying=0", "email_requests=5"),
        *("email_accepted=4", "email_paused=0"),
    ]


# -- what needs a person ---------------------------------------------------------------------------------------------


def test_what_failed_is_named_one_by_one_and_many_of_one_cause_together(house: House) -> None:
    house.want(reminders=())
    for number in range(6):
        house.book(f"bk-{number}", email=f"g{number}@example.com", name=f"Guest {number}")
    refusal = Answer(Phase.ANSWERED, 422, "validation_error", "no")
    house.line.answers = [refusal]
    house.sender.run_once()
    assert [need.who for need in mail_needs(house.desktop.queries)] == ["Guest 0"]
    for number in range(1, 6):
        house.told(house.event(house.email(uid=f"bk-{number}"), "bounced", bounce_subtype="NoEmail"))
    needs = mail_needs(house.desktop.queries)
    assert [(need.target_kind, need.how_many) for need in needs] == [("email", 5), ("email", 1)]
    assert needs[0].text.startswith("5 emails: ")
    house.do("keep", *house.emails())
    assert mail_needs(house.desktop.queries) == []


def test_what_lacks_a_key_has_not_failed(house: House, room: Mailroom) -> None:
    house.account = None
    house.want(reminders=())
    house.book()
    house.send()
    room.look(None)
    assert (room.health.failed, room.health.not_set_up) == (0, 1)
    assert mail_needs(house.desktop.queries) == []


# -- questions -------------------------------------------------------------------------------------------------------


def test_everything_about_one_email(house: House) -> None:
    queries = house.desktop.queries
    house.want(reminders=())
    house.book(email="ada@exmaple.com", name="Ada")
    for number in range(3):
        house.book(f"bk-{number + 2}", email=f"g{number}@example.com")
    house.sandbox.fates.set("ada@exmaple.com", "bounce")
    house.send()
    house.told(house.event(house.email(), "bounced", bounce_type="Permanent", bounce_subtype="NoEmail"))
    email = house.email()
    detail = queries.mail_detail(email.id)
    assert detail is not None
    assert (detail.why, len(detail.attempts), len(detail.events)) == ("the booking was confirmed", 1, 1)
    assert detail.suggestion == "ada@example.com"
    assert detail.record is not None
    assert detail.words.title
    assert (detail.older, detail.newer) == (None, None)
    done = house.do("edit", email, to="ada@example.com")
    newer = queries.mail_detail(done.made[0])
    assert newer is not None
    assert newer.older is not None
    assert newer.older.id == email.id
    older = queries.mail_detail(email.id)
    assert older is not None
    assert older.newer is not None
    assert older.newer.id == done.made[0]
    assert queries.mail_detail("nobody") is None
    assert queries.email(email.id[-8:]) == house.again(email)
    assert [each.id for each in queries.mails_of("bk-1")] == [email.id, done.made[0]]
    assert queries.mail_suggestion("x@exmaple.com") == "x@example.com"


def test_all_groups_in_numbers(house: House) -> None:
    house.want(reminders=("1h",))
    for number in range(4):
        house.book(f"bk-{number}", email=f"g{number}@example.com")
    house.sandbox.fates.set("g0@example.com", "bounce")
    house.send()
    for number in range(4):
        house.told(house.event(house.email(uid=f"bk-{number}"), "delivered" if number else "bounced"))
    house.do("hold_all")
    summary = house.desktop.queries.mail_summary()
    assert (summary.counts.failed, summary.counts.planned, summary.counts.sent) == (1, 4, 3)
    assert summary.counts.rate == 0.75
    assert summary.per_day[-1] == (3, 4)
    assert len(summary.per_day) == 14
    assert summary.standstill is not None
    assert summary.next_at == IN_30_H - timedelta(hours=1)
    [cause] = house.desktop.queries.mail_causes()
    assert (cause.how_many, bool(cause.title)) == (1, True)
    assert house.desktop.queries.mail_count("planned") == 4
    key = house.desktop.queries.mail_key(house.emails(kind="reminder_1h")[0])
    assert key == house.desktop.queries.mail_anchors("planned", step=10)[0]


def test_a_preview_is_what_would_be_and_then_what_was_sent(house: House) -> None:
    queries = house.desktop.queries
    assert house.account is not None
    writing = house.account.writing
    queries.mail_writing = lambda: writing
    house.book()
    before = queries.mail_preview(house.email().id)
    house.send()
    after = queries.mail_preview(house.email().id)
    assert before is not None
    assert after is not None
    assert (before.subject, before.html, before.text) == (after.subject, after.html, after.text)
    assert (before.frozen, after.frozen, after.sender) == (False, True, house.account.sender)
    assert after.calendar_file is not None
    assert after.calendar_file.startswith(b"BEGIN:VCALENDAR")
    tomorrow = queries.mail_preview(house.email("reminder_24h").id)
    assert tomorrow is not None
    assert tomorrow.subject.startswith("Tomorrow")
    assert queries.mail_preview("nobody") is None
    queries.mail_writing = lambda: Broken(TemplateBroken("x", None, "broken"))
    with pytest.raises(TemplateBroken):
        queries.mail_preview(house.email("reminder_1h").id)


def test_a_looker_on_reads_the_same(house: House) -> None:
    house.book()
    house.send()
    looking = Database.open_readonly(house.desktop.home.database)
    try:
        with looking.reader() as reader:
            rows = reader.rows("SELECT kind, state FROM email ORDER BY seq")
        assert ("confirmation", "accepted") in rows
    finally:
        looking.close()


# -- orders between processes ------------------------------------------------------------------------------------------

texts = st.none() | st.text(max_size=20)
instants = st.none() | st.integers(0, 10_000_000).map(lambda seconds: NOON + timedelta(seconds=seconds))


@given(
    st.builds(
        MailOrder,
        deed=st.sampled_from(["retry", "edit", "undo", "snooze"]),
        ids=st.lists(st.text(max_size=9), max_size=3).map(tuple),
        to=texts,
        subject=texts,
        text=texts,
        until=instants,
        on=st.booleans(),
        even_so=st.booleans(),
        as_typed=st.booleans(),
        grace_s=st.floats(0, 60),
        undo=texts,
    )
)
def test_an_order_arrives_as_it_was_given(order: MailOrder) -> None:
    assert MAIL.read_arguments(Fields(json.loads(json.dumps(MAIL.write_arguments(order))))) == order


@pytest.mark.parametrize("until", ["soon", "2027-03-04", 5])
def test_an_order_with_a_wrong_time_is_refused(until: object) -> None:
    fields = {**MAIL.write_arguments(MailOrder("snooze", ("a",))), "until": until}
    with pytest.raises(DeedRefused):
        MAIL.read_arguments(Fields(json.loads(json.dumps(fields))))


def test_what_came_of_it_arrives_too() -> None:
    done = MailDone(
        ("a",), (("b", "why"),), ("c",), "u", from_text("2027-03-04T11:00:05.000Z"), ("d",), ("n",), "l@x.de"
    )
    assert MAIL.read_result(Fields({"result": json.loads(json.dumps(MAIL.write_result(done)))})) == done
    choice = MailChoiceMade("re_x", "a@x.de", "", confirm=False, reminders=("1h",))
    for each in (choice, MailChoiceMade()):
        travelled = json.loads(json.dumps(SET_UP_MAIL.write_arguments(each)))
        assert SET_UP_MAIL.read_arguments(Fields(travelled)) == each
    found = MailAccountFound("a@x.de", "x.de", "verified", reads=True, asked=True, warnings=("w",))
    result = json.loads(json.dumps(SET_UP_MAIL.write_result(found)))
    assert SET_UP_MAIL.read_result(Fields({"result": result})) == found
    assert "re_x" not in repr(choice)
    assert replace(choice, api_key=None) != choice
