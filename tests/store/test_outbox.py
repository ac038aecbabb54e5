"""The outbox's rows: unique for ever by their reason, listed by group, claimed and settled by token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from booking_tui.domain.booking import Booking
from booking_tui.domain.filter import Filter, parse
from booking_tui.domain.instants import to_text
from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.domain.mail.email import Email, EmailState, Settled, Suppression
from booking_tui.store.database import Database
from booking_tui.store.email_rows import StoredEmail
from booking_tui.store.errors import AmbiguousPrefix
from booking_tui.store.mail_log import MailLog
from booking_tui.store.outbox import NewEmail, Outbox
from booking_tui.store.outbox_claims import Claims
from booking_tui.store.outbox_pages import MailKey, key_of

Put = Callable[..., Email]
GROUPS = ("failed", "retrying", "planned", "sent", "settled", "skipped")
GROUP_OF = {
    **dict.fromkeys(("scheduled", "sending"), "planned"),
    **dict.fromkeys(("accepted", "delivered", "delayed"), "sent"),
    **dict.fromkeys(("bounced", "complained", "suppressed", "dead", "unknown", "held"), "failed"),
    **dict.fromkeys(("skipped", "cancelled"), "skipped"),
    "retrying": "retrying",
}


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def claims(database: Database) -> Claims:
    return Claims(database)


@pytest.fixture
def log(database: Database) -> MailLog:
    return MailLog(database)


@pytest.fixture
def put(database: Database, outbox: Outbox, now: datetime) -> Put:
    """Put an email in, with whatever columns."""

    def make(key: str = "k", state: str = "scheduled", minutes: float = 0.0, **columns: Any) -> Email:
        at = now + timedelta(minutes=minutes)
        names: dict[str, Any] = {
            "kind": "reminder_24h",
            "booking_uid": "bk",
            "to_name": "Ada",
            "to": "ada@example.com",
            "why": "w",
        }
        given = {name: columns.pop(name) for name in list(columns) if name in NewEmail._fields}
        names |= {"reason_key": key, "send_at": at, "next_at": at, **given}
        new = NewEmail(**names)

        def job(transaction: Any) -> str:
            made = outbox.add(transaction, new, at=at)
            assert made is not None
            outbox.put(transaction, made, {"state": state, **columns}, at=at)
            return made

        found = outbox.email(database.write(job))
        assert found is not None
        return found

    return make


def one(database: Database, outbox: Outbox, email: Email) -> StoredEmail:
    found = database.write(lambda tx: outbox.one(tx, email.id))
    assert found is not None
    return found


def test_a_reason_is_there_once_for_ever(database: Database, outbox: Outbox, put: Put, now: datetime) -> None:
    email = put("k", "cancelled")
    new = NewEmail("custom", None, "k", "Bo", "bo@example.com", now, "again")
    assert database.write(lambda tx: outbox.add(tx, new, at=now)) is None
    assert outbox.count("all", Filter((), "")) == 1
    assert database.write(lambda tx: outbox.has_key(tx, "k"))
    assert outbox.emails([email.id, "other"]) == [email]


def test_what_goes_in_comes_out(database: Database, outbox: Outbox, now: datetime) -> None:
    new = NewEmail(
        kind="follow_up",
        booking_uid="bk\ud800-1",
        reason_key="k",
        to_name="Zoë \U0001f600",
        to="Zoe@Example.com",
        send_at=now + timedelta(milliseconds=5),
        why="1 h after the end",
        useful_until=now + timedelta(days=3),
        starts=now - timedelta(hours=1),
        own_text="line\nline",
        test=True,
    )
    made = database.write(lambda tx: outbox.add(tx, new, at=now))
    assert made is not None
    email = outbox.email(made)
    assert email is not None
    assert (email.to_name, email.to, email.send_at, email.useful_until) == (
        new.to_name,
        new.to,
        new.send_at,
        new.useful_until,
    )
    assert (email.state, email.test, email.frozen, email.attempts) == (EmailState.SCHEDULED, True, False, 0)
    assert outbox.why(made) == new.why
    assert outbox.why("nobody") == ""
    assert outbox.body(made) is None
    assert email.booking_uid != new.booking_uid
    assert [each.id for each in database.write(lambda tx: outbox.to(tx, "zoe@example.COM"))[0:1]] == [made]
    assert database.write(outbox.erase_tests) == 1


@pytest.mark.parametrize("state", list(EmailState))
@pytest.mark.parametrize("settled", [None, *Settled])
def test_every_state_has_its_group_and_its_place(outbox: Outbox, put: Put, state: str, settled: str | None) -> None:
    email = put(state=state, settled=settled, minutes=7)
    group = GROUP_OF[state]
    if group == "failed" and settled is not None:
        group = "settled"
    assert [each.id for each in outbox.page(group, Filter((), ""), limit=5)] == [email.id]
    assert outbox.anchors(group, Filter((), ""), 1) == [key_of(email)]
    assert outbox.groups() == {group: 1}
    assert all(outbox.page(other, Filter((), ""), limit=5) == [] for other in GROUPS if other != group)


def test_states_that_there_are_not_are_refused(put: Put) -> None:
    with pytest.raises(Exception, match="CHECK"):
        put(state="lost")


def test_an_email_is_found_by_either_end_of_its_id(outbox: Outbox, put: Put) -> None:
    first, second = put("a"), put("b")
    assert outbox.find(first.id) == first
    assert outbox.find(second.id[-6:]) == second
    assert outbox.find("nobody") is None
    with pytest.raises(AmbiguousPrefix):
        outbox.find(first.id[:8])


# -- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(put: Put) -> list[Email]:
    """Some of every state, several at the same moment."""
    made: list[Email] = []
    for number in range(60):
        state = list(EmailState)[number % len(EmailState)]
        made.append(put(f"k{number}", state.value, minutes=number // 7, to=f"g{number % 5}@example.com"))
    return made


@pytest.mark.parametrize("group", [*GROUPS, "all"])
@pytest.mark.parametrize("text", ["", "who:g1@", "!who:g1@", "state:failed", "from:2026-11-22 to:+1d"])
def test_pages_both_ways_are_the_whole_list(
    outbox: Outbox, many: list[Email], now: datetime, group: str, text: str
) -> None:
    chosen = parse(text, now.date(), "UTC")
    whole = outbox.page(group, chosen, limit=1000)
    assert len(whole) == outbox.count(group, chosen)
    assert len({each.id for each in whole}) == len(whole)
    down: list[Email] = []
    place: MailKey | None = None
    while page := outbox.page(group, chosen, after=place, limit=3):
        down += page
        place = key_of(page[-1])
    assert down == whole
    up: list[Email] = []
    if whole:
        place = key_of(whole[-1])
        up = [whole[-1]]
        while page := outbox.page(group, chosen, before=place, limit=4):
            up = page + up
            place = key_of(page[0])
    assert up == whole
    assert outbox.anchors(group, chosen, 7) == [key_of(each) for each in whole[::7]]
    if group == "planned":
        assert [each.send_at for each in whole] == sorted(each.send_at for each in whole)
    elif group != "all":
        assert [each.updated_at for each in whole] == sorted((each.updated_at for each in whole), reverse=True)
    else:
        assert [each.seq for each in whole] == sorted((each.seq for each in many if each in whole), reverse=True)


def matching(outbox: Outbox, now: datetime, text: str) -> set[str]:
    return {each.reason_key for each in outbox.page("all", parse(text, now.date(), "UTC"), limit=100)}


def test_filters(outbox: Outbox, put: Put, now: datetime) -> None:
    put("held", "held", reason="key_refused", last_message="API key is invalid", to="ada@example.com")
    put("dead", "dead", reason="rejected", last_name="validation_error", to_name="Bo_Diaz%", to="bo@example.org")
    put("moved", "delivered", kind="moved", booking_uid="other", minutes=3 * 24 * 60)
    put("plain", "scheduled", subject="Tomorrow 15:00", booking_uid=None)
    put("test", "scheduled", test=True)
    put("asleep", "held", reason="held_by_you", next_at=None)
    expected: dict[str, set[str]] = {
        "why:key": {"held"},
        "why:validation": {"dead"},
        "why:invalid": {"held"},
        "state:failed": {"held", "dead", "asleep"},
        "!state:failed": {"moved", "plain", "test"},
        "state:held": {"held", "asleep"},
        "state:planned": {"plain", "test", "asleep"},
        "state:sent": {"moved"},
        "kind:reminder": {"held", "dead", "plain", "test", "asleep"},
        "kind:moved": {"moved"},
        "who:bo_diaz%": {"dead"},
        "who:example.org": {"dead"},
        "has:error": {"held"},
        "has:booking": {"held", "dead", "moved", "test", "asleep"},
        "!has:booking": {"plain"},
        "has:test": {"test"},
        "has:reason": {"held", "dead", "asleep"},
        "tomorrow": {"plain"},
        '"tomorrow 15"': {"plain"},
        "2026-11-25": {"moved"},
        "from:2026-11-24": {"moved"},
        "to:2026-11-23 !has:test": {"held", "dead", "plain", "asleep"},
        "%": {"dead"},
        "trigger:BOOKING_PAID": set(),
    }
    # "tomorrow" alone is a day, as in every filter.
    expected["tomorrow"] = set()
    assert {text: matching(outbox, now, text) for text in expected} == expected


def test_counts(outbox: Outbox, put: Put, now: datetime) -> None:
    for number, state in enumerate(("delivered", "delivered", "complained", "bounced", "unknown", "accepted")):
        put(f"k{number}", state, minutes=-10)
    put("old", "bounced", minutes=-60 * 24 * 40)
    put("test", "bounced", test=True)
    put("kept", "bounced", settled="kept")
    put("due", minutes=-1)
    put("later", minutes=5)
    put("waits", "retrying")
    counts = outbox.counts(now, now - timedelta(days=30))
    assert (counts.failed, counts.retrying, counts.planned, counts.due) == (5, 1, 2, 1)
    assert (counts.final, counts.delivered, counts.rate) == (6, 3, 0.5)
    assert counts.sent == sum(outbox.count(group, Filter((), "")) for group in ("sent",))
    assert sum(outbox.groups().values()) == outbox.count("all", Filter((), ""))
    assert outbox.counts(now, now + timedelta(days=1)).rate is None


@pytest.mark.parametrize("settled", ["fixed", "retried"])
@pytest.mark.parametrize("before", ["bounced", "delivered"])
@pytest.mark.parametrize("state", list(EmailState))
def test_what_was_sent_again_counts_until_that_has_come_to_an_end(
    outbox: Outbox, put: Put, now: datetime, state: str, before: str, settled: str
) -> None:
    missed = ("bounced", "suppressed", "dead", "unknown")
    first = put("k", before, settled=settled)
    put("k#2", state, revises=first.id, minutes=1)
    arrived = state in {"delivered", "complained"}
    ended = arrived or state in missed
    expected = (1, int(arrived)) if ended else (1, int(before == "delivered"))
    counts = outbox.counts(now, now - timedelta(days=30))
    assert (counts.final, counts.delivered) == expected
    assert outbox.per_day([now.replace(hour=0)]) == [(expected[1], expected[0])]


def test_of_several_tries_the_last_that_has_ended_counts(outbox: Outbox, put: Put, now: datetime) -> None:
    first = put("k", "bounced", settled="retried")
    second = put("k#2", "bounced", settled="fixed", revises=first.id)
    undone = put("undone:x", "cancelled", revises=second.id)
    third = put("k#3", "accepted", settled="fixed", revises=second.id)
    month = now - timedelta(days=30)
    assert outbox.counts(now, month)[-3:] == (1, 0, {"accepted": 1, "bounced": 1})
    assert outbox.revision_of(second.id) == third
    assert undone.revises == second.id
    put("k#4", "delivered", revises=third.id)
    assert outbox.counts(now, month)[-3:] == (1, 1, {"delivered": 1})


def test_causes_the_most_frequent_first(outbox: Outbox, put: Put) -> None:
    for number, reason in enumerate(("key_refused", "bounced", "key_refused", None)):
        put(f"k{number}", "held", reason=reason)
    put("other", "skipped", reason="too_late")
    nothing = Filter((), "")
    assert outbox.causes("failed", nothing) == [("key_refused", 2), (None, 1), ("bounced", 1)]
    assert outbox.causes("skipped", nothing) == [("too_late", 1)]
    assert outbox.held_count("key_refused") == 2


def test_what_arrived_day_by_day(outbox: Outbox, put: Put, now: datetime) -> None:
    midnight = now.replace(hour=0)
    days = [midnight - timedelta(days=back) for back in (2, 1, 0)]
    for number, (state, hours) in enumerate(
        [("delivered", -30), ("bounced", -29), ("delivered", -1), ("accepted", -1), ("delivered", -400)]
    ):
        put(f"k{number}", state, minutes=hours * 60)
    assert outbox.per_day(days) == [(0, 0), (1, 2), (1, 1)]


# -- claims ----------------------------------------------------------------------------------------------------------


def test_what_is_due_the_longest_first(database: Database, claims: Claims, put: Put, now: datetime) -> None:
    later, soon, never = put("a", minutes=-1), put("b", minutes=-2), put("c", next_at=None)
    put("d", minutes=1)
    due = database.write(lambda tx: claims.due(tx, now, 10))
    assert [each.id for each in due] == [soon.id, later.id]
    assert never.next_at is None
    assert [each.id for each in database.write(lambda tx: claims.due(tx, now, 1))] == [soon.id]
    assert claims.next_look() == soon.next_at


def test_a_claim_ends_by_its_own_token_only(
    database: Database, outbox: Outbox, claims: Claims, put: Put, now: datetime
) -> None:
    email = put()
    until = now + timedelta(minutes=1)
    claimed = database.write(
        lambda tx: claims.claim(tx, one_in(outbox, tx, email), b"{}", now=now, until=until, columns={"subject": "S"})
    )
    stored = one(database, outbox, email)
    assert (stored.state, stored.tries, stored.certain, stored.lease_until) == ("sending", 1, False, until)
    assert (stored.email.subject, stored.email.first_attempt_at, stored.email.next_at) == ("S", now, None)
    assert outbox.body(email.id) == b"{}"
    assert claims.next_look() == until
    assert database.write(lambda tx: claims.left_behind(tx, now)) == []
    assert [each.id for each in database.write(lambda tx: claims.left_behind(tx, until))] == [email.id]
    answer = Answer(Phase.ANSWERED, 200, ids=("x",), raw="r" * 9000)
    values = {"state": "accepted", "provider_id": "x"}
    assert not database.write(lambda tx: claims.settle(tx, email.id, "another", values, now=now, answer=answer))
    assert one(database, outbox, email).state == "sending"
    assert database.write(lambda tx: claims.settle(tx, email.id, claimed.token, values, now=now, answer=answer))
    assert not database.write(lambda tx: claims.settle(tx, email.id, claimed.token, values, now=now))
    settled = one(database, outbox, email)
    assert (settled.state, settled.lease_token, settled.lease_until) == ("accepted", None, None)
    [attempt] = outbox.attempts(email.id)
    assert (attempt.number, attempt.phase, attempt.status) == (1, "answered", 200)
    assert len(attempt.raw or "") == 4096
    assert outbox.with_provider_ids(["x", "y"]) == {"x"}


def one_in(outbox: Outbox, transaction: Any, email: Email) -> StoredEmail:
    found = outbox.one(transaction, email.id)
    assert found is not None
    return found


def test_a_frozen_body_that_became_another_is_noticed(
    database: Database, outbox: Outbox, claims: Claims, put: Put, now: datetime
) -> None:
    email = put()
    assert database.write(lambda tx: claims.frozen(tx, email.id)) is None
    database.write(lambda tx: claims.claim(tx, one_in(outbox, tx, email), b"{}", now=now, until=now))
    assert database.write(lambda tx: claims.frozen(tx, email.id)) == b"{}"
    database.write(lambda tx: outbox.put(tx, email.id, {"body": b"{ }"}, at=now))
    with pytest.raises(ValueError, match="damaged"):
        database.write(lambda tx: claims.frozen(tx, email.id))


def test_the_right_to_send_is_one_process_at_a_time(database: Database, claims: Claims, now: datetime) -> None:
    minute = timedelta(minutes=1)

    def hold(holder: str, at: datetime) -> int | None:
        return database.write(lambda tx: claims.hold_lease(tx, holder, at, minute))

    assert hold("a", now) == 1
    assert hold("a", now + minute / 2) == 1
    assert hold("b", now + minute) is None
    assert hold("b", now + 2 * minute) == 2
    assert hold("a", now + 2 * minute) is None
    database.write(lambda tx: claims.let_lease_go(tx, "a"))
    assert hold("a", now + 2 * minute) is None
    database.write(lambda tx: claims.let_lease_go(tx, "b"))
    assert hold("a", now + 2 * minute) is not None


def test_a_batch_is_kept_as_it_goes_out(
    database: Database, outbox: Outbox, claims: Claims, put: Put, now: datetime
) -> None:
    emails = [put(f"k{number}") for number in range(3)]
    ids = [email.id for email in emails]
    batch = database.write(lambda tx: claims.freeze_batch(tx, ids, b"[]", now))

    def claim(transaction: Any) -> None:
        for email in emails[::-1]:
            stored = one_in(outbox, transaction, email)
            claims.claim(transaction, stored, b"{}", now=now, until=now, batch=batch)

    database.write(claim)
    database.write(lambda tx: claims.count_batch_attempt(tx, batch))
    known = database.write(lambda tx: claims.batch(tx, batch.id))
    assert known == batch._replace(attempts=1)
    assert [each.id for each in database.write(lambda tx: claims.members(tx, batch))] == ids
    assert outbox.attempts(ids[0])[0].idempotency_key == batch.idempotency_key
    database.write(lambda tx: claims.drop_batch(tx, batch))
    assert database.write(lambda tx: claims.batch(tx, batch.id)) is None


# -- beside the outbox ------------------------------------------------------------------------------------------------


def test_events_are_kept_once_and_wait_for_their_email(
    database: Database, outbox: Outbox, log: MailLog, put: Put, now: datetime
) -> None:
    email = put()
    event = MailEvent("email.delivered", now, "p1", None, "ada@example.com", detail="250 ok")
    assert database.write(lambda tx: log.note(tx, None, event, event_id="e1"))
    assert not database.write(lambda tx: log.note(tx, None, event))
    assert database.write(lambda tx: log.email_of(tx, event)) is None
    assert outbox.events(email.id) == []
    assert database.write(lambda tx: log.adopt(tx, email.id, "p1")) == [event]
    assert database.write(lambda tx: log.adopt(tx, email.id, "p1")) == []
    [kept] = outbox.events(email.id)
    assert (kept.kind, kept.detail, kept.event_id, kept.source) == ("email.delivered", "250 ok", "e1", "webhook")


def test_a_correction_is_of_an_address_and_a_name(database: Database, log: MailLog, now: datetime) -> None:
    def corrected(wrong: str, name: str) -> str | None:
        found = database.write(lambda tx: log.correction(tx, wrong, name))
        return None if found is None else found.address

    database.write(lambda tx: log.correct(tx, "Fam@x.de", "Zoë  Ro", "zoe@x.de", now))
    database.write(lambda tx: log.correct(tx, "fam@x.de", "Bo", "bo@x.de", now))
    assert (corrected(" fam@X.de", "zoe ro "), corrected("fam@x.de", "bo")) == ("zoe@x.de", "bo@x.de")
    assert (corrected("fam@x.de", "Ada"), corrected("zoe@x.de", "Zoë Ro")) == (None, None)
    database.write(lambda tx: log.correct(tx, "fam@x.de", "ZOE RO", "other@x.de", now))
    assert corrected("fam@x.de", "Zoë Ro") == "other@x.de"
    database.write(lambda tx: log.uncorrect(tx, "FAM@x.de", "zoë ro"))
    assert (corrected("fam@x.de", "Zoë Ro"), corrected("fam@x.de", "Bo")) == (None, "bo@x.de")


def test_suppressed_addresses(
    database: Database, log: MailLog, now: datetime, booking: Callable[..., Booking], keep: Callable[..., None]
) -> None:
    keep(booking("u1"))
    found = [Suppression("ADA@example.com", "bounce", now), Suppression("zoe@example.com", "manual", now, "s-1")]
    database.write(lambda tx: log.replace_suppressions(tx, found))
    assert database.write(lambda tx: log.is_suppressed(tx, "ada@EXAMPLE.com"))
    database.write(lambda tx: log.suppress(tx, Suppression("zoe@example.com", "complaint", now + timedelta(hours=1))))
    known = log.suppressions()
    assert [(each.suppression.address, each.suppression.origin, each.client) for each in known] == [
        ("zoe@example.com", "complaint", False),
        ("ADA@example.com", "bounce", True),
    ]
    assert known[0].suppression.provider_id == "s-1"
    database.write(lambda tx: log.replace_suppressions(tx, []))
    assert log.suppressions() == []


def test_small_things_are_remembered_and_deeds_given_back_once(database: Database, log: MailLog, now: datetime) -> None:
    assert log.remembered("pause") is None
    database.write(lambda tx: log.remember(tx, "pause", {"until": None}))
    assert log.remembered("pause") == {"until": None}
    deed = database.write(lambda tx: log.keep_deed(tx, "hold", [{"id": "x"}], now))
    assert database.write(lambda tx: log.take_deed(tx, deed)) == ("hold", [{"id": "x"}])
    assert database.write(lambda tx: log.take_deed(tx, deed)) is None
    old = database.write(lambda tx: log.keep_deed(tx, "hold", [], now))
    database.write(lambda tx: log.drop_deeds(tx, now + timedelta(seconds=1)))
    assert database.write(lambda tx: log.take_deed(tx, old)) is None


def test_what_is_still_open(log: MailLog, put: Put, now: datetime) -> None:
    ids = {
        put(f"k{state}", state, minutes=-30, provider_id=f"p-{state}").id
        for state in ("accepted", "delayed", "unknown", "scheduled")
    }
    put("delivered", "delivered", minutes=-30, provider_id="p")
    put("young", "accepted", minutes=-1, provider_id="q")
    put("ahead", "scheduled", minutes=60, provider_id="r")
    lost = put("lost", "unknown", minutes=-30)
    found = log.still_open(now - timedelta(days=30), now - timedelta(minutes=10), 10)
    assert {each.id for each in found} == ids
    assert [each.id for each in log.without_id(now - timedelta(days=30), 10)] == [lost.id]
    assert to_text(lost.updated_at) < to_text(now)


def test_domains_of_clients(log: MailLog, booking: Callable[..., Booking], keep: Callable[..., None]) -> None:
    keep(booking("u1"), booking("u2"))
    assert log.domains() == [("example.com", 1)]
