from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.decision import replay_may_help
from booking_tui.domain.filter import FilterError
from booking_tui.domain.rows import Scope
from booking_tui.domain.webhook import EventState, Verdict
from booking_tui.paths import Home
from booking_tui.ports import WebhookSource
from booking_tui.services.ingest import Ingest
from booking_tui.services.queries import Queries
from booking_tui.services.records import Records
from booking_tui.services.today import covered_minutes
from booking_tui.wiring.demo import practice_seed
from tests.services.conftest import NOON, SECRET, ZONE, Desktop, StillClock, body_of, opened


def change(desktop: Desktop, uid: str, **values: Any) -> None:
    """Change a stored booking directly, for what no single webhook does."""
    booking = desktop.records.bookings.get(uid)
    assert booking is not None
    desktop.records.database.write(lambda tx: desktop.records.bookings.save(tx, replace(booking, **values)))


def add(desktop: Desktop, uid: str, start: datetime, minutes: int = 50, **values: Any) -> Booking:
    base = Booking(uid, status=BookingStatus.ACCEPTED, start=start, end=start + timedelta(minutes=minutes), title=uid)
    booking = replace(base, **values)
    desktop.records.database.write(lambda tx: desktop.records.bookings.save(tx, booking))
    return booking


def uids(rows: Any) -> list[str]:
    return [row.uid for row in rows]


# Agenda and days


def test_the_agenda_holds_what_stands_on_the_local_day_and_apart_what_was_called_off(desktop: Desktop) -> None:
    add(desktop, "early", datetime(2027, 3, 3, 23, 0, tzinfo=UTC))  # 00:00 in Berlin
    add(desktop, "late", datetime(2027, 3, 4, 22, 30, tzinfo=UTC))  # 23:30, over midnight
    add(desktop, "before", datetime(2027, 3, 3, 21, 0, tzinfo=UTC))
    add(desktop, "after", datetime(2027, 3, 4, 23, 0, tzinfo=UTC))
    add(desktop, "ask", NOON, status=BookingStatus.PENDING)
    add(desktop, "off", NOON, status=BookingStatus.CANCELLED)
    add(desktop, "moved", NOON, status=BookingStatus.RESCHEDULED)
    agenda = desktop.queries.agenda()
    assert agenda.day == date(2027, 3, 4)
    assert uids(agenda.rows) == ["early", "ask", "late"]
    assert uids(agenda.cancelled) == ["off"]
    assert agenda.booked_minutes == 50 + 30
    assert uids(desktop.queries.agenda(date(2027, 3, 5)).rows) == ["late", "after"]


def test_the_agenda_holds_taken_time(desktop: Desktop) -> None:
    body = (
        b'{"triggerEvent":"OOO_CREATED","createdAt":"2027-03-01T08:00:00.000Z","payload":{"oooEntry":{"id":5,'
        b'"start":"2027-03-04T00:00:00.000Z","end":"2027-03-05T00:00:00.000Z","createdAt":"2027-03-01T08:00:00.000Z",'
        b'"updatedAt":"2027-03-01T08:00:00.000Z","notes":"Training","reason":{"emoji":"x","reason":"Training"},'
        b'"reasonId":1,"user":{"id":1,"name":"P","username":"p","timeZone":"Europe/Berlin","email":"p@example.com"},'
        b'"toUser":null,"uuid":"u-5"}}}'
    )
    row_id = desktop.apply(body)
    assert desktop.state(row_id) == "processed", desktop.records.inbox.row(row_id)
    assert len(desktop.queries.agenda().busy) == 1
    assert desktop.queries.agenda(date(2027, 3, 9)).busy == ()


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2027, 3, 28), 23),
        ("Europe/Berlin", date(2027, 10, 31), 25),
        ("Europe/Berlin", date(2027, 3, 4), 24),
        ("Africa/Cairo", date(2026, 4, 24), 23),  # midnight itself is skipped
        ("Atlantic/Azores", date(2027, 10, 31), 25),  # midnight comes twice
        ("Australia/Lord_Howe", date(2027, 4, 4), 24.5),
        ("Pacific/Apia", date(2027, 6, 1), 24),
    ],
)
def test_a_local_day_is_as_long_as_its_clocks_say_and_days_leave_no_gap(
    home: Home, clock: StillClock, zone: str, day: date, hours: float
) -> None:
    with opened(home, clock, zone=zone) as desktop:
        start, end = desktop.queries.day_bounds(day)
        assert end - start == timedelta(hours=hours)
        assert desktop.queries.day_bounds(day - timedelta(days=1))[1] == start
        assert desktop.queries.day_bounds(day + timedelta(days=1))[0] == end


def test_today_is_the_practices_day_not_the_machines(home: Home) -> None:
    clock = StillClock(datetime(2027, 3, 4, 13, 0, tzinfo=UTC))
    with opened(home, clock, zone="Pacific/Auckland") as desktop:
        assert desktop.queries.today() == date(2027, 3, 5)


# What comes next, how full, how it went


def test_next_up_is_found_behind_any_number_of_tests(desktop: Desktop) -> None:
    for number in range(60):
        desktop.apply(body_of(f"test-{number}", start=NOON + timedelta(hours=number + 1)), test=True)
    desktop.apply(body_of("real", start=NOON + timedelta(days=24)))
    found = desktop.queries.next_up()
    assert found is not None
    assert found.uid == "real"


def test_next_up_is_the_next_confirmed_one_and_else_what_is_in_progress(desktop: Desktop) -> None:
    assert desktop.queries.next_up() is None
    add(desktop, "past", NOON - timedelta(hours=3))
    add(desktop, "now", NOON - timedelta(minutes=10))
    found = desktop.queries.next_up()
    assert found is not None
    assert found.uid == "now"
    add(desktop, "ask", NOON + timedelta(minutes=5), status=BookingStatus.PENDING)
    add(desktop, "next", NOON + timedelta(hours=1))
    add(desktop, "later", NOON + timedelta(hours=2))
    found = desktop.queries.next_up()
    assert found is not None
    assert found.uid == "next"


def test_the_week_runs_from_monday_counts_confirmed_ones_and_leaves_tests_out(desktop: Desktop) -> None:
    add(desktop, "mon", datetime(2027, 3, 1, 9, 0, tzinfo=UTC), 60)
    add(desktop, "mon2", datetime(2027, 3, 1, 9, 30, tzinfo=UTC), 60)  # overlaps half an hour
    add(desktop, "sun", datetime(2027, 3, 7, 22, 30, tzinfo=UTC), 60)  # 23:30, half of it on Monday
    add(desktop, "ask", datetime(2027, 3, 2, 9, 0, tzinfo=UTC), status=BookingStatus.PENDING)
    add(desktop, "test", datetime(2027, 3, 3, 9, 0, tzinfo=UTC), test=True)
    week = desktop.queries.week_load()
    assert [load.day for load in week] == [date(2027, 3, number) for number in range(1, 8)]
    assert [(load.minutes, load.bookings) for load in week] == [(90, 2), *[(0, 0)] * 5, (30, 1)]
    following = desktop.queries.week_load(date(2027, 3, 8))
    assert (following[0].minutes, following[0].bookings) == (30, 0)


def test_the_last_30_days_part_kept_from_missed_and_called_off(desktop: Desktop) -> None:
    for number in range(4):
        add(desktop, f"kept{number}", NOON - timedelta(days=number + 1))
    body = body_of("missed", start=NOON - timedelta(days=2))
    desktop.apply(body)
    booking = desktop.records.bookings.get("missed")
    assert booking is not None
    change(desktop, "missed", attendees=(replace(booking.attendees[0], absent=True),))
    add(desktop, "off", NOON - timedelta(days=3), status=BookingStatus.CANCELLED)
    add(desktop, "test", NOON - timedelta(days=3), test=True)
    add(desktop, "old", NOON - timedelta(days=31))
    add(desktop, "running", NOON - timedelta(minutes=5))
    month = desktop.queries.last_30_days()
    assert (month.kept, month.total, month.no_shows, month.cancelled) == (4, 6, 1, 1)
    assert month.kept_share == pytest.approx(4 / 6)


def test_covered_minutes_count_overlaps_once_and_stay_within_bounds() -> None:
    def at(minute: int) -> datetime:
        return NOON + timedelta(minutes=minute)

    stretches = [(at(0), at(30)), (at(10), at(20)), (at(25), at(40)), (at(-60), at(-30)), (at(90), at(200))]
    assert covered_minutes(stretches, at(0), at(100)) == 50
    assert covered_minutes([], at(0), at(100)) == 0


# What wants a person


def test_requests_that_wait_want_a_yes_since_they_came(desktop: Desktop) -> None:
    desktop.apply(body_of("ask", "BOOKING_REQUESTED", status="PENDING", name="Dana Okafor"))
    desktop.clock.forward(hours=1)
    [need] = desktop.queries.needs_you()
    assert (need.kind, need.who, need.target_kind, need.target_id) == ("waiting", "Dana Okafor", "booking", "ask")
    assert need.at == NOON
    desktop.clock.forward(days=2)
    assert desktop.queries.needs_you() == []


def test_refusals_of_a_day_are_grouped_by_their_cause(desktop: Desktop) -> None:
    wrong, unsigned = (("X-Cal-Signature-256", "ab" * 32),), (("X-Cal-Signature-256", "no-secret-provided"),)
    for number in range(3):
        desktop.put(body_of(f"bk-{number}"), headers=wrong, at=NOON - timedelta(hours=number + 1))
    newest = desktop.put(body_of("bk-8"), headers=wrong)
    desktop.put(body_of("bk-9"), headers=unsigned)
    desktop.put(body_of("bk-10"), headers=wrong, at=NOON - timedelta(hours=25))
    desktop.put(body_of("bk-11"), headers=wrong, test=True)
    needs = {need.how_many: need for need in desktop.queries.needs_you()}
    assert set(needs) == {4, 1}
    assert (needs[4].kind, needs[4].target_kind, needs[4].target_id) == ("refused", "event", newest)
    assert needs[4].text.startswith("refused 4 times: signed with another secret")
    assert "no secret" in needs[1].text


def test_a_parked_delivery_wants_a_look_until_a_replay_brought_it_in(desktop: Desktop) -> None:
    good = desktop.known["calcom"]
    desktop.known["calcom"] = replace(good, interpret=lambda *_: 1 / 0)  # type: ignore[arg-type, return-value]
    row_id = desktop.apply(body_of())
    [need] = desktop.queries.needs_you()
    assert (need.kind, need.target_id) == ("parked", row_id)
    assert "ZeroDivisionError" in need.text
    desktop.known["calcom"] = good
    desktop.desk().replay([row_id])
    desktop.ingest.run_once()
    assert desktop.queries.needs_you() == []


def test_coming_bookings_in_doubt_are_named_and_past_ones_are_not(desktop: Desktop) -> None:
    add(desktop, "apps", NOON + timedelta(days=1), failed_apps=("google-calendar", "zoom"))
    add(desktop, "doubt", NOON + timedelta(days=2), needs_reread=True)
    add(desktop, "past", NOON - timedelta(days=2), needs_reread=True)
    add(desktop, "test", NOON + timedelta(days=2), needs_reread=True, test=True)
    needs = {need.target_id: need for need in desktop.queries.needs_you()}
    assert set(needs) == {"apps", "doubt"}
    assert needs["apps"].kind == "app"
    assert "google-calendar and zoom" in needs["apps"].text
    assert needs["doubt"].kind == "reread"


def test_what_was_only_tried_wants_nobody_on_a_demo_home_either(home: Home, clock: StillClock) -> None:
    with opened(home, clock, demo=True) as demo:
        demo.put(body_of("bk-1"), headers=(("X-Cal-Signature-256", "ab" * 32),), test=True)
        demo.apply(b"false", test=True)
        assert demo.queries.needs_you() == []


def test_a_refusal_that_was_replayed_in_vain_is_one_need_as_old_as_the_first(desktop: Desktop) -> None:
    wrong = (("X-Cal-Signature-256", "ab" * 32),)
    first = desktop.put(body_of("bk-1"), headers=wrong)
    desktop.clock.forward(hours=2)
    [again] = desktop.desk().replay([first])
    desktop.desk().replay([again])
    assert desktop.queries.event_states([again, "unknown"]) == {again: EventState.QUARANTINED}
    [need] = desktop.queries.needs_you()
    assert (need.kind, need.target_id, need.how_many, need.at) == ("refused", first, 1, NOON)
    desktop.clock.forward(hours=23)
    desktop.desk().replay([first])
    assert desktop.queries.needs_you() == []


def test_a_refusal_that_a_replay_brought_in_wants_nobody(desktop: Desktop) -> None:
    source = desktop.known["calcom"]
    body = body_of("bk-1")
    first = desktop.put(body, headers=source.sign(body), verdict=Verdict.INVALID, http_status=401, dedup_key=None)
    assert [need.kind for need in desktop.queries.needs_you()] == ["refused"]
    desktop.desk().replay([first])
    desktop.ingest.run_once()
    assert desktop.queries.needs_you() == []


def test_what_is_parked_for_good_says_so_and_is_one_need_however_often_it_is_replayed(desktop: Desktop) -> None:
    first = desktop.apply(b"false")
    desktop.desk().replay([first])
    desktop.ingest.run_once()
    [need] = desktop.queries.needs_you()
    assert (need.kind, need.target_id) == ("parked", first)
    assert "a replay cannot mend it" in need.text
    row = desktop.queries.event_row(first)
    assert row is not None
    assert not replay_may_help(row.error)


def test_two_bookings_at_one_time_are_named_and_groups_and_other_hosts_are_not(desktop: Desktop) -> None:
    add(desktop, "one", NOON + timedelta(days=1), attendees=(Attendee("Ada", "ada@example.com"),))
    add(desktop, "two", NOON + timedelta(days=1, minutes=30), booking_page="https://cal.example.com/two")
    add(desktop, "next", NOON + timedelta(days=1, minutes=80))
    add(desktop, "off", NOON + timedelta(days=1), status=BookingStatus.CANCELLED)
    add(desktop, "test", NOON + timedelta(days=1), test=True)
    for uid in ("seat-1", "seat-2"):
        add(desktop, uid, NOON + timedelta(days=2), seats=4, event_type="group")
    for uid in ("host-1", "host-2"):
        add(desktop, uid, NOON + timedelta(days=3), organizer_email=f"{uid}@example.com")
    for uid in ("far-1", "far-2"):
        add(desktop, uid, NOON + timedelta(days=70))
    [need] = desktop.queries.needs_you()
    assert (need.kind, need.target_id, need.link) == ("overlap", "two", "https://cal.example.com/two")
    assert need.text == "overlaps with Ada 12:00"


# Lists, details, the feed


def test_the_feed_tells_deliveries_and_the_changes_they_made_newest_first(desktop: Desktop) -> None:
    desktop.apply(body_of("bk-1"))
    desktop.clock.forward(minutes=1)
    refused = desktop.put(body_of("bk-2"), headers=())
    desktop.clock.forward(minutes=1)
    desktop.apply(b"false")
    lines = desktop.queries.feed(10)
    assert [line.ok for line in lines] == [False, False, True, True]
    assert lines[0].text.startswith("no trigger · parked: ")
    assert (lines[1].event_id, lines[1].text) == (refused, "booking created · refused: no signature")
    assert lines[2].text == "Ada Lovelace: booked for Thu 4 Mar 14:00"
    assert (lines[2].booking_uid, lines[3].text) == ("bk-1", "booking created")
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
    assert len(desktop.queries.feed(2)) == 2


def test_a_booking_is_shown_with_its_chain_and_the_history_of_all_of_it(desktop: Desktop) -> None:
    desktop.apply(body_of("bk-1"))
    desktop.clock.forward(minutes=1)
    moved = body_of(
        "bk-2",
        "BOOKING_RESCHEDULED",
        start=NOON + timedelta(days=1),
        made=NOON,
        iCalUID="bk-1@Cal.com",
        iCalSequence=1,
        rescheduleUid="bk-1",
        rescheduleId=1,
    )
    desktop.apply(moved)
    desktop.desk().write_note("bk-2", "prefers mornings")
    detail = desktop.queries.booking_detail("bk-2")
    assert detail is not None
    assert [booking.uid for booking in detail.chain] == ["bk-1", "bk-2"]
    assert detail.private_note == "prefers mornings"
    assert {entry.booking_uid for entry in detail.history} == {"bk-1", "bk-2"}
    assert detail.history == tuple(desktop.queries.history("bk-1"))
    assert {entry.booking_uid for entry in desktop.queries.history_of_one("bk-1")} == {"bk-1"}
    assert detail.created_at == desktop.clock.now()
    assert desktop.queries.booking_detail("bk-404") is None
    assert desktop.queries.history("bk-404") == []


def test_lists_are_paged_by_keys_and_keep_one_now(desktop: Desktop) -> None:
    for number in range(7):
        add(desktop, f"bk-{number}", NOON + timedelta(hours=number - 3, minutes=5))
    queries, now = desktop.queries, desktop.queries.now()
    first = queries.bookings_page(Scope.ALL, limit=4, now=now)
    rest = queries.bookings_page(Scope.ALL, after=queries.booking_key(first[-1], now), limit=10, now=now)
    assert uids(first) + uids(rest) == ["bk-3", "bk-4", "bk-5", "bk-6", "bk-2", "bk-1", "bk-0"]
    back = queries.bookings_page(Scope.ALL, before=queries.booking_key(rest[0], now), limit=2, now=now)
    assert uids(back) == uids(first[-2:])
    assert queries.bookings_count(Scope.ALL) == 7
    assert [key.uid for key in queries.bookings_anchors(Scope.ALL, step=3)] == ["bk-3", "bk-6", "bk-0"]
    assert set(queries.booking_records(["bk-1", "nothing"])) == {"bk-1"}


def test_events_are_listed_counted_filtered_and_found_by_prefix(desktop: Desktop) -> None:
    ids = [desktop.apply(body_of(f"bk-{number}")) for number in range(3)]
    desktop.apply(b"false")
    queries = desktop.queries
    page = queries.events_page(limit=2)
    assert len(page) == 2
    assert [row.id for row in queries.events_page(after=page[-1].seq, limit=9)] == [ids[1], ids[0]]
    assert queries.events_count(queries.filter("state:parked")) == 1
    assert len(queries.events_anchors(step=2)) == 2
    assert queries.event("no such") is None
    found = queries.event(ids[0])
    assert found is not None
    assert found.body == body_of("bk-0")
    row = queries.event_row(ids[0])
    assert row is not None
    assert row.booking_uid == "bk-0"
    assert [entry.booking_uid for entry in queries.effects(ids[0])] == ["bk-0"]
    with pytest.raises(FilterError):
        queries.filter("colour:red")


def test_the_summary_counts_from_local_midnight(desktop: Desktop) -> None:
    desktop.apply(body_of("bk-1"), at=datetime(2027, 3, 3, 23, 5, tzinfo=UTC))
    desktop.apply(body_of("bk-2"), at=datetime(2027, 3, 3, 22, 55, tzinfo=UTC))
    refused = desktop.put(body_of("bk-3"), headers=())
    desktop.records.inbox.answered(refused, 12.5)
    desktop.records.database.submit_later(lambda _: None, 0.0).result(5)
    summary = desktop.queries.inbox_summary()
    assert (summary.today.total, summary.today.ok, summary.today.refused) == (2, 1, 1)
    assert len(summary.per_minute) == 60
    assert summary.per_minute[-1] == 1


def test_everything_is_found_by_one_text_and_nothing_by_none(desktop: Desktop) -> None:
    event_id = desktop.apply(body_of("bk-1", name="Grace Hopper", email="grace@example.com"))
    found = desktop.queries.everywhere("hopper", 9)
    assert {hit.kind: hit.id for hit in found} == {"guest": "grace@example.com", "booking": "bk-1", "event": event_id}
    assert next(hit.text for hit in found if hit.kind == "guest") == "Grace Hopper"
    assert "14:00" in next(hit.detail for hit in found if hit.kind == "booking")
    assert desktop.queries.everywhere("  ", 9) == []
    assert desktop.queries.everywhere("status:nonsense", 9) == []
    assert len(desktop.queries.everywhere("hopper", 1)) == 1


# A whole practice


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queries]:
    clock = StillClock()
    with opened(Home(tmp_path_factory.mktemp("practice") / "home"), clock, demo=True) as desktop:
        fill(desktop.records, desktop.ingest)
        yield desktop.queries


def fill(records: Records, ingest: Ingest) -> None:
    practice_seed(4, ZONE, SECRET, weeks_back=3, weeks_ahead=2)(records, ingest)


def test_a_seeded_practice_is_applied_whole_and_dated_as_it_arrived(practice: Queries) -> None:
    summary = {state: practice.events_count(practice.filter(f"state:{state}")) for state in ("stored", "processed")}
    assert summary["stored"] == 0
    assert summary["processed"] > 100
    assert practice.verify_history().ok
    recent = practice.records.history.recent(500)
    assert len({entry.at for entry in recent}) > 50
    assert all(entry.at <= practice.now() for entry in recent)


def test_a_seeded_practice_fills_every_corner_of_the_first_screen(practice: Queries) -> None:
    assert practice.next_up() is not None
    assert practice.agenda().rows
    assert sum(load.bookings for load in practice.week_load()) >= 8
    month = practice.last_30_days()
    assert month.kept > month.no_shows
    assert month.kept + month.no_shows + month.cancelled == month.total
    kinds = {need.kind for need in practice.needs_you()}
    assert {"waiting", "refused", "parked"} <= kinds
    assert len(practice.feed(20)) == 20


def test_a_refusal_of_the_practice_is_explained(practice: Queries) -> None:
    [row] = practice.events_page(practice.filter("state:quarantined"), limit=1)
    why = practice.explain(row.id)
    assert why is not None
    assert why.likely
    assert why.do


def test_seeding_a_home_that_has_deliveries_adds_nothing(desktop: Desktop) -> None:
    desktop.apply(body_of())
    fill(desktop.records, desktop.ingest)
    assert desktop.queries.events_count() == 1


def test_a_source_is_known_by_the_name_of_its_route(desktop: Desktop) -> None:
    assert all(isinstance(source, WebhookSource) and source.name == name for name, source in desktop.known.items())


def test_a_bare_status_word_means_the_status_or_the_text(desktop: Desktop) -> None:
    add(desktop, "off", NOON + timedelta(days=1), status=BookingStatus.CANCELLED)
    add(desktop, "on", NOON + timedelta(days=2))
    queries = desktop.queries

    def found(text: str) -> list[str]:
        rows = queries.bookings_page(Scope.ALL, queries.filter(text), limit=9)
        assert queries.bookings_count(Scope.ALL, queries.filter(text)) == len(rows)
        return uids(rows)

    assert (found("cancelled"), found("!cancelled")) == (["off"], ["on"])
    add(desktop, "talk", NOON + timedelta(days=3), notes="we cancelled twice")
    assert (found("cancelled"), found("!Canceled")) == (["off", "talk"], ["on", "talk"])
    assert (found("!cancelled"), found('"cancelled"')) == (["on"], ["talk"])
    assert (found("confirmed"), found("moved")) == (["on", "talk"], [])


def test_a_bare_word_of_an_events_state_means_the_state_or_the_text(desktop: Desktop) -> None:
    fine = desktop.apply(body_of("bk-1"))
    parked = desktop.apply(b"false")
    refused = desktop.put(body_of("bk-2"), headers=(("X-Cal-Signature-256", "ab" * 32),))
    queries = desktop.queries

    def found(text: str) -> list[str]:
        return [row.id for row in queries.events_page(queries.filter(text), limit=9)]

    assert (found("refused"), found("parked"), found("applied")) == ([refused], [parked], [fine])
    assert (found("!parked !refused"), found("bad-sig"), found("duplicate")) == ([fine], [refused], [])


def test_an_event_is_found_by_the_end_of_its_id(desktop: Desktop) -> None:
    ids = [desktop.apply(body_of(f"bk-{number}")) for number in range(3)]
    found = desktop.queries.event(ids[1][-8:])
    assert found is not None
    assert found.id == ids[1]
    assert desktop.queries.event(ids[1][-3:]) is None


def test_a_date_alone_finds_what_touches_that_local_day(desktop: Desktop) -> None:
    queries = desktop.queries
    add(desktop, "over", datetime(2027, 3, 5, 22, 30, tzinfo=UTC))  # 23:30 in Berlin, over midnight
    add(desktop, "point", datetime(2027, 3, 5, 23, 0, tzinfo=UTC), minutes=0)  # 00:00 in Berlin
    add(desktop, "noon", datetime(2027, 3, 6, 11, 0, tzinfo=UTC))
    add(desktop, "after", datetime(2027, 3, 6, 23, 0, tzinfo=UTC))  # 00:00 of the next day
    add(desktop, "long", datetime(2027, 3, 1, 11, 0, tzinfo=UTC), minutes=14 * 24 * 60)
    add(desktop, "old", datetime(2026, 3, 6, 11, 0, tzinfo=UTC))

    def found(text: str) -> list[str]:
        chosen = queries.filter(text)
        rows = queries.bookings_page(Scope.ALL, chosen, limit=9)
        assert queries.bookings_count(Scope.ALL, chosen) == len(rows)
        return sorted(uids(rows))

    assert found("2027-03-06") == ["long", "noon", "over", "point"]
    assert found("tomorrow") == ["long", "over"]
    assert found("!2027-03-06") == ["after", "old"]
    assert found("2027-03-06 noon") == ["noon"]
    assert found("2027-03-20") == []


def test_a_date_alone_finds_the_events_received_that_day(desktop: Desktop) -> None:
    row_id = desktop.apply(body_of())
    queries = desktop.queries
    for text, count in (("today", 1), ("2027-03-04", 1), ("!today", 0), ("yesterday", 0), ("!yesterday", 1)):
        assert [row.id for row in queries.events_page(queries.filter(text), limit=9)] == [row_id] * count, text
        assert queries.events_count(queries.filter(text)) == count
