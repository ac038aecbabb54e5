"""The simulated practice: believable, the same each time, and alive whatever the clock says."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from booking_tui.sandbox.faults import Chaos
from booking_tui.sandbox.live import LivePractice
from booking_tui.sandbox.practice import practice

NOW = datetime(2026, 11, 24, 10, 20, tzinfo=UTC)
# Wall clocks of their zone, written as if they were UTC.
MOMENTS = [
    ("Europe/Berlin", datetime(2026, 11, 22, 10, 20, tzinfo=UTC)),  # a Sunday
    ("Europe/Berlin", datetime(2026, 11, 21, 23, 58, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 11, 25, 0, 0, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 11, 25, 13, 5, tzinfo=UTC)),  # lunch
    ("Europe/Berlin", datetime(2026, 11, 25, 18, 5, tzinfo=UTC)),  # the group is about to begin
    ("Europe/Berlin", datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),  # the hour that comes twice
    ("Europe/Berlin", datetime(2027, 3, 28, 3, 10, tzinfo=UTC)),  # just after the hour that is left out
    ("America/New_York", datetime(2026, 11, 1, 1, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 4, 12, 0, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 12, 31, 17, 51, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2027, 1, 1, 5, 45, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 6, 9, 0, tzinfo=UTC)),  # midnight does not exist
    ("UTC", datetime(2028, 2, 29, 16, 49, 59, tzinfo=UTC)),
]


@pytest.fixture(scope="module")
def usual():
    return practice(1, NOW, "Europe/Berlin")


def standing(world):
    return sorted(
        (row for row in world.account.bookings() if row.status in {"ACCEPTED", "PENDING"}), key=lambda row: row.start
    )


def payloads(world, trigger):
    for timed in world.requests:
        if timed.request.body != b"false":
            body = json.loads(timed.request.body)
            if body["triggerEvent"] == trigger:
                yield body.get("payload", body)


def authentic(world, request):
    expected = hmac.new(world.secret.encode(), request.body, hashlib.sha256).hexdigest()
    return request.header("X-Cal-Signature-256") == expected


def check_shape(world, now):
    rows = standing(world)
    for before, after in pairwise(rows):
        assert before.end <= after.start
    times = [timed.at for timed in world.requests]
    assert times == sorted(times)
    assert times[-1] <= now
    zone = ZoneInfo(world.zone)
    today = [row for row in rows if row.start.astimezone(zone).date() == now.astimezone(zone).date()]
    assert len(today) >= 4
    assert any(row.start - timedelta(minutes=66) < now < row.end for row in rows)


@pytest.mark.parametrize(("zone", "local"), MOMENTS)
def test_it_is_alive_at_any_moment(zone, local):
    now = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for seed in range(2):
        check_shape(practice(seed, now, zone), now)


def test_it_is_alive_through_a_whole_week():
    for hours in range(0, 168, 7):
        now = NOW + timedelta(hours=hours, minutes=hours % 60)
        check_shape(practice(hours, now, "Europe/Berlin"), now)


def test_the_same_arguments_give_the_same_bytes(usual):
    again = practice(1, NOW.astimezone(ZoneInfo("Asia/Tokyo")), "Europe/Berlin")
    assert again.requests == usual.requests
    assert practice(2, NOW, "Europe/Berlin").requests != usual.requests


def test_weeks_are_well_filled(usual):
    zone = ZoneInfo("Europe/Berlin")
    weeks = Counter(row.start.astimezone(zone).isocalendar()[:2] for row in standing(usual))
    past = [weeks[(NOW - timedelta(weeks=back)).isocalendar()[:2]] for back in range(1, 9)]
    assert all(14 <= count <= 28 for count in past)
    assert 17 <= sum(past) / len(past) <= 26
    ahead = [weeks[(NOW + timedelta(weeks=on)).isocalendar()[:2]] for on in range(1, 5)]
    assert all(count >= 3 for count in ahead)


def test_sessions_keep_working_hours_and_the_day_off_is_free(usual):
    zone = ZoneInfo("Europe/Berlin")
    today = NOW.astimezone(zone).date()
    for row in standing(usual):
        local = row.start.astimezone(zone)
        assert local.date() != usual.away
        if local.date() != today and row.event_type.slug != "evening-group":
            assert local.weekday() < 5
            assert local.hour in {9, 10, 11, 12, 14, 15, 16, 17}
    assert usual.away > today
    assert usual.away.weekday() < 5


def test_it_has_everything_a_real_inbox_has(usual):
    found = Counter(
        "false" if timed.request.body == b"false" else json.loads(timed.request.body)["triggerEvent"]
        for timed in usual.requests
    )
    assert found["BOOKING_RESCHEDULED"] >= 6
    assert found["BOOKING_CANCELLED"] >= 5
    assert found["BOOKING_REJECTED"] >= 1
    assert found["BOOKING_NO_SHOW_UPDATED"] >= 2
    assert found["BOOKING_PAID"] >= 3
    assert found["BOOKING_PAYMENT_INITIATED"] >= found["BOOKING_PAID"] - 1
    assert found["MEETING_ENDED"] >= 5
    assert found["OOO_CREATED"] >= 1
    assert found["BOOKING_LOCATION_UPDATED"] >= 1
    assert found["false"] == 1
    refused = [timed for timed in usual.requests if not authentic(usual, timed.request)]
    assert len(refused) == 2
    assert all(timed.at > NOW - timedelta(days=2) for timed in refused)
    copies = Counter(timed.request.body for timed in usual.requests if authentic(usual, timed.request))
    assert sum(count > 1 for count in copies.values()) >= 3


def test_requests_wait_and_one_came_just_now(usual):
    waiting = [row for row in standing(usual) if row.status == "PENDING" and row.payment_id is None]
    assert waiting
    assert all(row.start > NOW for row in waiting)
    assert max(row.created_at for row in waiting) > NOW - timedelta(hours=1)
    assert usual.requests[-1].at > NOW - timedelta(minutes=20)


def test_people_write_notes_and_answer_questions(usual):
    assert any(payload["additionalNotes"] for payload in payloads(usual, "BOOKING_CREATED"))
    asked = list(payloads(usual, "BOOKING_REQUESTED"))
    assert all({"what-brings-you", "heard-of-me"} <= set(payload["responses"]) for payload in asked)
    reasons = {payload["cancellationReason"] for payload in payloads(usual, "BOOKING_CANCELLED")}
    assert len(reasons - {""}) >= 3
    assert len(usual.people) >= 40
    assert all(person.email.endswith("@example.com") for person in usual.people)
    assert len({person.zone for person in usual.people}) >= 8


def test_a_series_was_partly_given_up_by_one_click(usual):
    series = [row for row in usual.account.bookings() if row.series is not None]
    assert len(series) == 8
    given_up = [row for row in series if row.status == "CANCELLED"]
    assert len(given_up) == 2
    told = {payload["uid"] for payload in payloads(usual, "BOOKING_CANCELLED")}
    assert sum(row.uid in told for row in given_up) == 1


def test_other_lengths_and_secrets():
    for back, ahead in ((1, 1), (2, 8), (20, 1)):
        world = practice(3, NOW, "Europe/Berlin", weeks_back=back, weeks_ahead=ahead, secret="mine")
        check_shape(world, NOW)
        assert authentic(world, world.requests[0].request)
    with pytest.raises(ValueError, match="at least one week"):
        practice(3, NOW, "Europe/Berlin", weeks_back=0)


class TestLive:
    def living(self, *, seed=1, chaos=None):
        moment = [NOW]
        world = practice(1, NOW, "Europe/Berlin")
        return LivePractice(world, seed=seed, clock=lambda: moment[0], chaos=chaos), moment, world

    def run(self, live, moment, beats):
        for _ in range(beats):
            moment[0] += timedelta(seconds=live.next_wait())
            yield live.step()

    def test_clients_go_on_without_overlaps(self):
        live, moment, world = self.living()
        beats = list(self.run(live, moment, 150))
        assert all(beat.requests and beat.note for beat in beats)
        assert all(authentic(world, request) for beat in beats for request in beat.requests)
        found = Counter(json.loads(request.body)["triggerEvent"] for beat in beats for request in beat.requests)
        assert {"BOOKING_CREATED", "BOOKING_REQUESTED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED"} <= set(found)
        rows = standing(world)
        for before, after in pairwise(rows):
            assert before.end <= after.start
        assert not any(row.start.astimezone(ZoneInfo(world.zone)).date() == world.away for row in rows)

    def test_it_follows_its_seed(self):
        first, second, other = (list(self.run(*self.living(seed=seed)[:2], 20)) for seed in (1, 1, 2))
        assert first == second
        assert first != other

    def test_meetings_begin_and_end_by_the_clock(self):
        live, moment, _ = self.living()
        moment[0] += timedelta(hours=30)
        beat = live.step()
        kinds = Counter(json.loads(request.body)["triggerEvent"] for request in beat.requests)
        assert kinds["MEETING_STARTED"] >= 2
        assert kinds["MEETING_ENDED"] >= 2
        assert "MEETING" not in live.step().requests[0].body.decode()

    def test_chaos_strikes_and_says_so(self):
        live, moment, world = self.living(chaos=Chaos(3, rate=0.6))
        beats = list(self.run(live, moment, 40))
        assert any(beat.mishaps for beat in beats)
        assert any(not authentic(world, request) for beat in beats for request in beat.requests)

    def test_waits_stay_near_their_mean(self):
        live, _, _ = self.living()
        waits = [live.next_wait() for _ in range(500)]
        assert min(waits) >= 4
        assert max(waits) <= 30
        assert 9 < sum(waits) / len(waits) < 14

    def test_a_full_calendar_still_lives(self):
        live, _, _ = self.living()
        for _ in range(300):
            live.step()
        assert live.step().requests
