"""``trigger``, ``events``, ``bookings``, ``history`` and ``audit`` on a real home, while it is served and after."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from .conftest import SECRET, Served, call, program, started

EVENT_KEYS = [
    *("id", "source", "trigger", "received_at", "verdict", "state", "http_status", "latency_ms", "booking_uid"),
    *("error", "replay_of", "duplicate_of", "test"),
]
BOOKING_KEYS = [
    *("uid", "source", "status", "title", "event_type", "event_title", "start", "end", "zone", "attendees", "location"),
    *("meeting_url", "notes", "private_note", "answers", "rescheduled_from", "rescheduled_to"),
    *("cancellation_reason", "ical_uid", "ical_sequence", "payment", "needs_reread", "test"),
    *("calendar_event_id", "created_at", "updated_at"),
]
HISTORY_KEYS = ["seq", "at", "booking_uid", "actor", "action", "changes", "event_id", "email_id", "hash"]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Practice:
    def __init__(self, home: Path, served: Served) -> None:
        self.home = home
        self.served = served

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        return call(self.home, *arguments, stdin=stdin, CALCOM_WEBHOOK_SECRET=SECRET)

    def json(self, *arguments: str) -> object:
        done = self.run(*arguments, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def events(self, *arguments: str) -> list[dict[str, object]]:
        found = self.json("events", "list", *arguments)
        assert isinstance(found, list)
        return found

    def bookings(self, *arguments: str) -> list[dict[str, object]]:
        found = self.json("bookings", "list", *arguments)
        assert isinstance(found, list)
        return found

    def settled(self) -> None:
        """Wait until nothing is left to apply."""
        for _ in range(2000):
            if not self.events("--filter", "state:stored"):
                return
        raise AssertionError("events stay stored")


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    home = tmp_path_factory.mktemp("practice") / "home"
    with started("serve", "--port", "0", home=home, CALCOM_WEBHOOK_SECRET=SECRET) as served:
        found = Practice(home, served)
        for story in ("booking-created", "booking-rescheduled", "booking-cancelled", "repeated", "ping"):
            assert found.run("trigger", story).exit_code == 0
        assert found.run("trigger", "booking-created", "--bad-signature").exit_code == 0
        assert found.run("trigger", "hostile-name").exit_code == 0
        found.settled()
        yield found


def test_events_have_the_shape(practice):
    events = practice.events()
    assert events
    for event in events:
        assert list(event) == EVENT_KEYS
        assert INSTANT.fullmatch(event["received_at"])
        assert event["source"] == "calcom"
        assert event["test"] is True
    assert [event["id"] for event in events] == sorted((event["id"] for event in events), reverse=True)
    assert {"processed", "ignored", "duplicate", "quarantined"} <= {event["state"] for event in events}
    repeat = next(event for event in events if event["state"] == "duplicate")
    assert repeat["duplicate_of"] in {event["id"] for event in events}
    refused = next(event for event in events if event["verdict"] == "invalid")
    assert (refused["state"], refused["http_status"]) == ("quarantined", 401)


def test_bookings_have_the_shape(practice):
    bookings = practice.bookings()
    for booking in bookings:
        assert list(booking) == BOOKING_KEYS
        assert SECOND.fullmatch(booking["start"])
        assert SECOND.fullmatch(booking["end"])
        assert INSTANT.fullmatch(booking["created_at"])
        assert INSTANT.fullmatch(booking["updated_at"])
        assert booking["attendees"]
        assert list(booking["attendees"][0]) == ["name", "email", "zone", "absent"]
        assert all(list(answer) == ["label", "value"] for answer in booking["answers"].values())
    assert {"accepted", "rescheduled", "cancelled"} <= {booking["status"] for booking in bookings}
    moved = next(booking for booking in bookings if booking["rescheduled_to"])
    assert moved["status"] == "rescheduled"
    one = practice.json("bookings", "show", moved["uid"])
    assert one == moved


def test_a_history_spans_the_moves_and_has_the_shape(practice):
    moved = next(booking for booking in practice.bookings() if booking["rescheduled_to"])
    entries = practice.json("history", moved["uid"])
    assert {entry["booking_uid"] for entry in entries} >= {moved["uid"], moved["rescheduled_to"]}
    for entry in entries:
        assert list(entry) == HISTORY_KEYS
        assert INSTANT.fullmatch(entry["at"])
        assert all(len(change) == 2 for change in entry["changes"].values())
        times = [time for field in ("start", "end") for time in entry["changes"].get(field, ()) if time]
        assert all(SECOND.fullmatch(time) for time in times)
    assert any("start" in entry["changes"] for entry in entries)
    assert [entry["seq"] for entry in entries] == sorted((entry["seq"] for entry in entries), reverse=True)
    assert practice.json("history", moved["rescheduled_to"]) == entries
    assert "cal.com" in practice.run("history", moved["uid"]).stdout


def test_show_adds_headers_body_and_effects(practice):
    chosen = practice.events("--limit", "0", "--filter", "state:processed trigger:BOOKING_CREATED")
    created = next(event for event in chosen if event["replay_of"] is None)
    shown = practice.json("events", "show", created["id"])
    assert list(shown) == [*EVENT_KEYS, "headers", "body", "body_base64", "effects"]
    # How long the answer took is written a moment after it, perhaps between the two questions.
    steady = [key for key in EVENT_KEYS if key != "latency_ms"]
    assert [shown[key] for key in steady] == [created[key] for key in steady]
    assert base64.b64decode(shown["body_base64"]).decode() == shown["body"]
    assert all(len(header) == 2 for header in shown["headers"])
    assert all(list(entry) == HISTORY_KEYS and entry["event_id"] == created["id"] for entry in shown["effects"])
    assert shown["effects"]
    assert practice.json("events", "show", created["id"][:-1])["id"] == created["id"]


def test_show_for_people_says_why_a_signature_was_refused(practice):
    refused = practice.events("--filter", "verdict:invalid")[0]
    done = practice.run("events", "show", refused["id"])
    assert done.exit_code == 0
    assert "signed with" in done.stdout
    assert SECRET not in done.output


def test_secrets_in_a_payload_are_masked(practice, tmp_path):
    body = tmp_path / "body.json"
    body.write_text(
        json.dumps(
            {
                "triggerEvent": "BOOKING_CREATED",
                "createdAt": "2026-11-22T09:00:00.000Z",
                "payload": {
                    "uid": "masked-1",
                    "title": "A talk",
                    "startTime": "2027-01-04T09:00:00Z",
                    "endTime": "2027-01-04T10:00:00Z",
                    "status": "ACCEPTED",
                    "oneTimePassword": "hunter2-otp",
                    "attendees": [{"name": "Ada", "email": "ada@example.com", "timeZone": "UTC"}],
                    "videoCallData": {
                        "type": "daily",
                        "id": "1",
                        "password": "hunter2-video",
                        "url": "https://v.example.com",
                    },
                },
            }
        )
    )
    assert practice.run("trigger", "--file", str(body)).exit_code == 0
    practice.settled()
    event = practice.events("--limit", "1")[0]
    for verb in ("show", "export"):
        for arguments in (["--json"], []):
            assert "hunter2" not in practice.run("events", verb, event["id"], *arguments).output
    shown = practice.json("events", "show", event["id"])
    assert b"hunter2" not in base64.b64decode(shown["body_base64"])


def test_an_export_is_a_fixture_signed_anew(practice):
    event = practice.events("--filter", "state:processed")[-1]
    fixture = practice.json("events", "export", event["id"])
    headers = {name.lower(): value for name, value in fixture["headers"]}
    expected = hmac.new(SECRET.encode(), fixture["body"].encode(), hashlib.sha256).hexdigest()
    assert headers["x-cal-signature-256"] == expected
    assert fixture["path"] == "/webhooks/calcom"


def test_a_replay_is_a_new_event_that_changes_nothing(practice):
    event = practice.events("--filter", "state:processed")[0]
    before = practice.bookings("--limit", "0")
    (made,) = practice.json("events", "replay", event["id"])
    assert made["replay_of"] == event["id"]
    assert made["id"] != event["id"]
    practice.settled()
    assert practice.bookings("--limit", "0") == before


def test_a_note_is_written_printed_and_part_of_the_history(practice):
    uid = practice.bookings("--filter", "status:accepted")[0]["uid"]
    printed = practice.json("bookings", "note", uid, "bring the form")
    assert (printed["uid"], printed["private_note"]) == (uid, "bring the form")
    newest = practice.json("history", uid)[0]
    assert (newest["actor"], newest["action"]) == ("you", "note_changed")
    assert practice.run("bookings", "note", uid, "-", stdin="from a pipe\n").exit_code == 0
    assert practice.json("bookings", "show", uid)["private_note"] == "from a pipe"
    assert practice.json("bookings", "note", uid, "")["private_note"] is None


def test_a_note_that_is_no_text_changes_nothing(practice):
    uid = practice.bookings("--filter", "status:accepted")[0]["uid"]
    done = call(practice.home, "bookings", "note", uid, "-", stdin=b"\xff\xfe", CALCOM_WEBHOOK_SECRET=SECRET)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "not UTF-8" in done.stderr
    assert practice.json("bookings", "show", uid)["private_note"] is None


def test_forgetting_keeps_repeats_out(practice):
    assert practice.run("trigger", "ping").exit_code == 0
    practice.settled()
    event = practice.events("--limit", "1")[0]
    done = practice.json("events", "forget", event["id"])
    assert done == {"forgotten": 1, "ids": [event["id"]]}
    assert event["id"] not in {one["id"] for one in practice.events("--limit", "0")}
    assert practice.run("events", "show", event["id"]).exit_code == 1


def test_limits_and_filters(practice):
    assert len(practice.events("--limit", "2")) == 2
    assert len(practice.events("--limit", "0")) >= 6
    assert {event["state"] for event in practice.events("--filter", "state:duplicate")} == {"duplicate"}
    assert "duplicate" not in {event["state"] for event in practice.events("--filter", "!state:duplicate")}
    confirmed = practice.bookings("--filter", "status:confirmed")
    assert {booking["status"] for booking in confirmed} == {"accepted"}
    assert practice.bookings("--filter", "nobody-of-that-name") == []
    assert practice.run("bookings", "list", "--filter", "nobody-of-that-name").stdout == "No booking matches.\n"


@pytest.mark.parametrize("command", [("events", "list"), ("bookings", "list")])
def test_a_wrong_filter_is_wrong_usage(practice, command):
    done = practice.run(*command, "--filter", "statsu:x")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "status" in done.stderr


def test_tables_show_no_control_characters_and_no_colours(practice):
    for command in (("events", "list"), ("bookings", "list")):
        out = practice.run(*command, "--limit", "0").stdout
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out)
        assert out.splitlines()[0].isupper()
    for booking in practice.bookings("--limit", "0"):
        out = practice.run("bookings", "show", booking["uid"]).stdout
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out)


@pytest.mark.parametrize(
    "arguments",
    [
        ["events", "show", "no-such-id"],
        ["events", "replay", "no-such-id"],
        ["events", "export", "no-such-id"],
        ["events", "forget", "no-such-id"],
        ["events", "show", "0"],
        ["bookings", "show", "no-such-uid"],
        ["bookings", "note", "no-such-uid", "text"],
        ["history", "no-such-uid"],
    ],
)
def test_an_unknown_or_ambiguous_id_is_exit_1_in_one_line(practice, arguments):
    done = practice.run(*arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_one_unknown_id_among_many_changes_nothing(practice):
    known = practice.events("--limit", "1")[0]["id"]
    before = len(practice.events("--limit", "0"))
    assert practice.run("events", "replay", known, "no-such-id").exit_code == 1
    assert practice.run("events", "forget", known, "no-such-id").exit_code == 1
    assert len(practice.events("--limit", "0")) == before


def test_the_audit_is_whole(practice):
    report = practice.json("audit", "verify")
    assert report["ok"] is True
    assert report["entries"] > 0
    assert practice.run("audit", "verify").stdout.startswith("The history is whole")


def test_scenarios_are_listed(practice):
    names = [one["name"] for one in practice.json("trigger", "--list")]
    assert {"booking-created", "ping", "bad-signature"} <= set(names)
    assert all(name in practice.run("trigger", "--list").stdout for name in names)


def test_trigger_prints_status_and_latency(practice):
    answers = practice.json("trigger", "ping", "--count", "3")
    assert [answer["status"] for answer in answers] == [200, 200, 200]
    many = practice.json("trigger", "ping", "--count", "27")
    assert [answer["status"] for answer in many] == [200] * 27
    assert all(answer["latency_ms"] > 0 for answer in answers)
    assert "HTTP" in practice.run("trigger", "ping").stdout


def test_trigger_sets_values_and_breaks_signatures(practice):
    title = "payload.title=Set by a test"
    assert practice.run("trigger", "booking-created", "--set", title).exit_code == 0
    practice.settled()
    assert practice.bookings("--filter", '"Set by a test"')
    (answer,) = practice.json("trigger", "ping", "--no-sign")
    assert answer["status"] == 401
    assert practice.events("--limit", "1")[0]["verdict"] == "missing"
    done = practice.run("trigger", "booking-created", "--set", "payload.nonsense.deep=1")
    assert (done.exit_code, done.stdout) == (1, "")


@pytest.mark.parametrize("story", ["missing-signature", "no-secret", "bad-signature"])
def test_trigger_says_of_a_refusal_what_the_event_says(practice, story):
    words = practice.run("trigger", story).stdout
    practice.settled()
    verdict = practice.events("--limit", "1")[0]["verdict"]
    said = {"missing": "refused: no signature", "invalid": "refused: bad signature"}[verdict]
    assert said in words


def test_trigger_to_a_url_of_its_own(practice):
    url = f"http://127.0.0.1:{practice.served.ready['public_port']}"
    (answer,) = practice.json("trigger", "ping", "--url", url, "--secret", SECRET)
    assert answer["status"] == 200
    (answer,) = practice.json("trigger", "ping", "--url", f"{url}/webhooks/calcom")
    assert answer["status"] == 200
    (answer,) = practice.json("trigger", "ping", "--url", url, "--secret", "another")
    assert answer["status"] == 401


def test_trigger_to_nobody_is_exit_1(practice):
    done = practice.run("trigger", "ping", "--url", "http://127.0.0.1:1", "--secret", "x")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "not answered" in done.stderr


def test_trigger_names_running_homes_when_this_one_has_none(practice, tmp_path):
    done = call(tmp_path / "quiet", "trigger", "ping")
    assert (done.exit_code, done.stdout) == (1, "")
    assert str(practice.home) in done.stderr
    assert not (tmp_path / "quiet").exists()


def test_lists_on_an_empty_home(home):
    for command in (("events", "list"), ("bookings", "list")):
        done = call(home, *command, "--json")
        assert (done.exit_code, json.loads(done.stdout)) == (0, []), done.output
    assert call(home, "events", "list").stdout == "Nothing has come in yet.\n"
    assert call(home, "bookings", "list").stdout == "No bookings yet.\n"
    assert json.loads(call(home, "audit", "verify", "--json").stdout)["entries"] == 0


def test_after_the_end_everything_can_still_be_read_and_changed(tmp_path):
    home = tmp_path / "home"
    with started("serve", "--port", "0", home=home, CALCOM_WEBHOOK_SECRET=SECRET) as served:
        live = Practice(home, served)
        assert live.run("trigger", "booking-created").exit_code == 0
        live.settled()
        served.end()
    live = Practice(home, served)
    (booking,) = live.bookings()
    assert live.json("bookings", "note", booking["uid"], "alone")["private_note"] == "alone"
    event = live.events()[0]
    (made,) = live.json("events", "replay", event["id"])
    assert made["state"] == "processed"
    assert live.run("trigger", "ping").exit_code == 1
    assert live.json("events", "forget", "--test")["forgotten"] >= 2
    assert live.events() == []
    assert live.bookings() == []
    assert live.json("audit", "verify")["ok"] is True


def test_a_broken_chain_is_named(tmp_path):
    home = tmp_path / "home"
    with started("serve", "--port", "0", home=home, CALCOM_WEBHOOK_SECRET=SECRET) as served:
        live = Practice(home, served)
        assert live.run("trigger", "moved-twice").exit_code == 0
        live.settled()
        served.end()
    with closing(sqlite3.connect(home / "bookings.db")) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE booking_history SET actor = 'somebody' WHERE seq = 2")
        for _, sql in guards:
            connection.execute(sql)
        connection.commit()
    for arguments in (["audit", "verify"], ["audit", "verify", "--json"]):
        done = live.run(*arguments)
        assert (done.exit_code, done.stdout) == (1, "")
        assert "at entry 2" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_the_real_program_prints_json_and_nothing_else(practice):
    done = program("--json", "events", "list", "--limit", "1", home=practice.home, CALCOM_WEBHOOK_SECRET=SECRET)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)) == 1


def test_a_repeat_says_that_it_had_no_effect(practice):
    done = practice.run("trigger", "repeated")
    first, *again = done.stdout.splitlines()[1:]
    assert first.endswith("taken in")
    assert any(line.endswith("taken in before: no effect") for line in again)
