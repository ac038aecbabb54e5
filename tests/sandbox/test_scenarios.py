"""The catalogue of scenarios and what it renders."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from booking_tui.sandbox.scenarios import (
    GROUPS,
    SCENARIOS,
    BookingFacts,
    PathError,
    mis_sign,
    render,
    sign_file,
    unsign,
)

NOW = datetime(2026, 11, 22, 9, 0, 30, 123456, tzinfo=UTC)
SECRET = "geheim"
REFUSED = {"bad-signature", "no-secret", "missing-signature", "old-secret", "reserialised-body", "truncated-body"}
UNREADABLE = {"broken-template", "not-json", "deep-json", "truncated-body"}
FACTS = BookingFacts(
    uid="5vQFqxDFMjdgKGMijqtqRw",
    start=NOW - timedelta(minutes=30),
    end=NOW + timedelta(minutes=20),
    title="Therapy session between you and Ada",
    attendee_name="Ada",
    attendee_email="ada@example.com",
    ical_uid="older@Cal.com",
    ical_sequence=4,
)


def play(name, *, seed=1, overrides=None, **more):
    return render(name, now=NOW, seed=seed, secret=SECRET, overrides=overrides, **more)


def authentic(request):
    return request.header("X-Cal-Signature-256") == hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()


def bodies(requests):
    return [json.loads(request.body) for request in requests]


def triggers(requests):
    return [body["triggerEvent"] for body in bodies(requests)]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_is_signed_and_readable_unless_that_is_its_point(name):
    for seed in range(6):
        requests = play(name, seed=seed)
        assert requests
        for request in requests:
            assert request.note
            assert authentic(request) is (name not in REFUSED)
            if name not in UNREADABLE:
                body = json.loads(request.body)
                assert body["triggerEvent"]
                created = datetime.fromisoformat(body["createdAt"])
                assert created <= NOW
                assert len(request.body) < 262_144


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_seed_gives_the_same_bytes_and_none_gives_others(name):
    assert play(name, seed=3) == play(name, seed=3)
    if name not in {"ping", "unknown-trigger", "broken-template", "not-json"}:
        assert play(name, seed=None) != play(name, seed=None)


def test_the_catalogue_is_complete_and_described():
    asked = [
        "booking-created",
        "booking-requested",
        "request-confirmed",
        "request-rejected",
        "booking-rescheduled",
        "reschedule-requested",
        "booking-cancelled",
        "host-asks-reschedule",
        "seat-joined",
        "seat-left",
        "series-created",
        "series-cancelled",
        "payment-initiated",
        "booking-paid",
        "no-show-set",
        "no-show-cleared",
        "location-updated",
        "meeting-started",
        "meeting-ended",
        "meeting-ended-wrapped",
        "recording-ready",
        "out-of-office",
        "ping",
        "unknown-trigger",
        "bad-signature",
        "no-secret",
        "missing-signature",
        "old-secret",
        "reserialised-body",
        "repeated",
        "late",
        "out-of-order",
        "broken-template",
        "not-json",
        "deep-json",
        "hostile-name",
        "emoji-name",
        "version-2026-07-27",
    ]
    assert set(asked) <= set(SCENARIOS)
    for name, scenario in SCENARIOS.items():
        assert scenario.name == name
        assert scenario.group in GROUPS
        assert scenario.title
        assert scenario.about.endswith(".")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("request-confirmed", ["BOOKING_REQUESTED", "BOOKING_CREATED"]),
        ("request-rejected", ["BOOKING_REQUESTED", "BOOKING_REJECTED"]),
        ("booking-rescheduled", ["BOOKING_CREATED", "BOOKING_RESCHEDULED"]),
        ("moved-twice", ["BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_RESCHEDULED"]),
        ("reschedule-requested", ["BOOKING_REQUESTED", "BOOKING_CREATED", "BOOKING_REQUESTED"]),
        ("booking-cancelled", ["BOOKING_CREATED", "BOOKING_CANCELLED"]),
        ("seat-left", ["BOOKING_CREATED"] * 3 + ["BOOKING_CANCELLED"]),
        ("series-cancelled", ["BOOKING_CREATED"] * 4 + ["BOOKING_CANCELLED"]),
        ("booking-paid", ["BOOKING_PAYMENT_INITIATED", "BOOKING_PAID", "BOOKING_CREATED"]),
        ("no-show-cleared", ["BOOKING_CREATED"] + ["BOOKING_NO_SHOW_UPDATED"] * 2),
        ("out-of-order", ["BOOKING_RESCHEDULED", "BOOKING_CREATED"]),
        ("late", ["BOOKING_CREATED", "BOOKING_CANCELLED"]),
    ],
)
def test_follow_ups_tell_the_whole_story(name, expected):
    assert triggers(play(name)) == expected


def test_a_move_arriving_first_still_points_back():
    moved, created = bodies(play("out-of-order"))
    assert moved["payload"]["rescheduleUid"] == created["payload"]["uid"]
    assert moved["createdAt"] > created["createdAt"]
    assert moved["payload"]["iCalSequence"] > created["payload"]["iCalSequence"]


def test_repeated_sends_the_very_same_bytes():
    first, second = play("repeated")
    assert (first.body, first.headers) == (second.body, second.headers)


def test_late_is_two_days_old():
    assert all(body["createdAt"] < "2026-11-20T09" for body in bodies(play("late")))


def test_signature_faults_are_what_they_say():
    assert play("no-secret")[0].header("X-Cal-Signature-256") == "no-secret-provided"
    assert play("missing-signature")[0].header("X-Cal-Signature-256") is None
    assert len(play("bad-signature")[0].header("X-Cal-Signature-256")) == 64
    old = play("old-secret", old_secret="before")[0]
    assert old.header("X-Cal-Signature-256") == hmac.new(b"before", old.body, hashlib.sha256).hexdigest()
    changed = play("reserialised-body")[0]
    compact = json.dumps(json.loads(changed.body), ensure_ascii=False, separators=(",", ":")).encode()
    assert changed.header("X-Cal-Signature-256") == hmac.new(SECRET.encode(), compact, hashlib.sha256).hexdigest()


def test_broken_bodies_are_what_they_say():
    assert play("broken-template")[0].body == b"false"
    text = play("not-json")[0]
    assert text.header("Content-Type") == "application/x-www-form-urlencoded"
    with pytest.raises(ValueError, match=r"."):
        json.loads(text.body)
    assert play("deep-json")[0].body.count(b"[") >= 20_000
    assert play("meeting-ended")[-1].body.startswith(b'{"triggerEvent":"MEETING_ENDED","id":')


def test_hostile_names_reach_the_wire():
    stories = [bodies(play("hostile-name", seed=seed))[0] for seed in range(40)]
    seen = {body["payload"]["attendees"][0]["name"] for body in stories}
    assert any("\x1b" in name for name in seen)
    assert any("[/]" in name for name in seen)
    assert any("\u202e" in name for name in seen)


def test_versions():
    requests = play("version-2026-07-27")
    assert {request.header("X-Cal-Webhook-Version") for request in requests} == {"2026-07-27"}
    assert all("BEGIN:VCALENDAR" in body["payload"]["attendeeIcsContent"] for body in bodies(requests))
    assert "attendeeIcsContent" in bodies(play("booking-created", version="2026-07-27"))[0]["payload"]


class TestOverrides:
    def test_values_are_set_before_signing_in_every_request_that_has_the_path(self):
        requests = play("booking-cancelled", overrides={"payload.attendees.0.name": "Ada", "payload.notThere": None})
        assert [body["payload"]["attendees"][0]["name"] for body in bodies(requests)] == ["Ada", "Ada"]
        assert all("notThere" in body["payload"] for body in bodies(requests))
        assert all(authentic(request) for request in requests)

    def test_requests_without_the_path_stay_as_they_are(self):
        requests = play("meeting-ended", overrides={"payload.title": "Mine"})
        created, ended = bodies(requests)
        assert created["payload"]["title"] == "Mine"
        assert "payload" not in ended

    def test_root_and_whole_parts_can_be_set(self):
        body = bodies(play("ping", overrides={"triggerEvent": "PONG", "payload": {"a": [1]}}))[0]
        assert (body["triggerEvent"], body["payload"]) == ("PONG", {"a": [1]})

    def test_lists_take_their_places_and_one_more(self):
        path = "payload.attendees"
        body = bodies(play("booking-created", overrides={f"{path}.0": {"a": 1}, f"{path}.1": {"b": 2}}))[0]
        assert body["payload"]["attendees"] == [{"a": 1}, {"b": 2}]

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("payload.attendes.0.name", ["payload.attendes.0.name", "attendees"]),
            ("payload.attendees.7.name", ["places 0 to 0"]),
            ("payload.attendees.name", ["places 0 to 0"]),
            ("payload.attendees.5", ["places 0 to 0"]),
            ("payload.title.x", ["payload.title", "single value"]),
            ("payload.title.x.y", ["payload.title", "single value"]),
            ("payload..title", ["not a path"]),
            ("", ["not a path"]),
            ("Payload.title", ["payload"]),
        ],
    )
    def test_a_bad_path_names_itself_and_what_is_near(self, path, words):
        with pytest.raises(PathError) as caught:
            play("booking-created", overrides={path: 1})
        assert all(word in str(caught.value) for word in words)

    def test_an_empty_list_says_so(self):
        with pytest.raises(PathError, match="empty list"):
            play("booking-created", overrides={"payload.attendees": [], "payload.attendees.3": 1})

    def test_a_replaced_body_has_nothing_to_set(self):
        with pytest.raises(ValueError, match="whole body"):
            play("broken-template", overrides={"payload.title": "x"})


class TestOnARealBooking:
    @pytest.mark.parametrize(
        "name", [name for name, scenario in SCENARIOS.items() if scenario.on_booking and "request-" not in name]
    )
    def test_only_the_deed_is_sent_for_that_uid(self, name):
        requests = play(name, on=FACTS)
        assert "BOOKING_CREATED" not in triggers(requests)
        assert FACTS.uid in requests[0].body.decode()
        assert len(play(name)) > len(requests)

    def test_its_facts_are_kept(self):
        payload = bodies(play("booking-cancelled", on=FACTS))[0]["payload"]
        assert payload["title"] == FACTS.title
        assert payload["attendees"][0]["email"] == "ada@example.com"
        assert (payload["iCalUID"], payload["iCalSequence"]) == ("older@Cal.com", 5)
        assert payload["startTime"] == "2026-11-22T08:30:30+00:00"

    def test_a_waiting_request_can_be_decided(self):
        facts = BookingFacts(**{slot: getattr(FACTS, slot) for slot in FACTS.__slots__} | {"pending": True})
        assert triggers(play("request-confirmed", on=facts)) == ["BOOKING_CREATED"]
        assert triggers(play("request-rejected", on=facts)) == ["BOOKING_REJECTED"]
        with pytest.raises(ValueError, match="accepted"):
            play("request-confirmed", on=FACTS)

    def test_a_move_that_must_be_confirmed_can_be_asked_for(self):
        assert triggers(play("reschedule-requested", on=FACTS)) == ["BOOKING_REQUESTED"]

    def test_what_makes_no_sense_is_refused(self):
        with pytest.raises(ValueError, match="cannot play"):
            play("booking-created", on=FACTS)


def test_an_unknown_name_names_what_is_near():
    with pytest.raises(ValueError, match="booking-cancelled"):
        play("booking-canceled")


def test_any_bytes_can_be_signed_unsigned_and_signed_wrongly():
    request = sign_file(b"\xff\x00 anything", SECRET, "2026-07-27")
    assert authentic(request)
    assert unsign(request).header("x-cal-signature-256") == "no-secret-provided"
    assert not authentic(mis_sign(request))
    assert mis_sign(request).body == request.body
    bare = request.with_header("x-cal-signature-256", None)
    assert bare.header("X-Cal-Signature-256") is None
    assert unsign(bare).headers[-1] == ("X-Cal-Signature-256", "no-secret-provided")
