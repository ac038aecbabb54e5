"""Naming a booking by less than its uid, and what the tables say for people."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from booking_tui.clock import SystemClock, TimeOrderedIds
from booking_tui.domain.booking import Attendee, Booking, BookingStatus, Payment
from booking_tui.domain.instants import from_text
from booking_tui.paths import Home
from booking_tui.providers.calcom.signature import sign
from booking_tui.store.bookings import Bookings
from booking_tui.store.database import Database

from .conftest import SECRET, call, started

NINE = from_text("2027-03-04T09:00:00.000Z")
TEN = from_text("2027-03-04T10:00:00.000Z")


def booking(uid: str, name: str, **changes: object) -> Booking:
    values = {
        "status": BookingStatus.ACCEPTED,
        "title": f"With {name}",
        "start": NINE,
        "end": TEN,
        "attendees": (Attendee(name, f"{name[:3].lower()}@example.com"),),
    }
    return Booking(uid, **{**values, **changes})


@pytest.fixture
def filled(home: Path) -> Path:
    Home(home).ensure()
    clock = SystemClock()
    database = Database.open(Home(home).database, clock=clock, ids=TimeOrderedIds(clock))
    bookings = Bookings(database)
    made = [
        booking("ada-1", "Ada Example", status=BookingStatus.RESCHEDULED, rescheduled_to="ada-2"),
        booking("ada-2", "Ada Example", rescheduled_from="ada-1", payment=Payment("paid", 4200, "JPY")),
        *(booking(f"bob-{number}", "Bob Sample") for number in range(7)),
    ]
    database.write(lambda tx: [bookings.save(tx, one) for one in made])
    database.close()
    return home


@pytest.mark.parametrize("named", ["ada-2", "Ada", "ada example", "ada@example.com", " ada@example.com "])
def test_a_guest_with_one_appointment_names_its_newest_version(filled, named):
    done = call(filled, "bookings", "show", named, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["uid"] == "ada-2"
    assert call(filled, "history", named).exit_code == 0


def test_a_beginning_of_one_uid_only_names_it_also_for_a_note(filled):
    assert json.loads(call(filled, "bookings", "show", "bob-3", "--json").stdout)["uid"] == "bob-3"
    done = call(filled, "bookings", "note", "ada@example.com", "hello", "--json")
    assert json.loads(done.stdout)["private_note"] == "hello"


@pytest.mark.parametrize(("named", "count"), [("bob", "more than 5"), ("bob-", "more than 5"), ("ada-", "2")])
def test_several_are_named_in_one_line_with_date_guest_and_uid(filled, named, count):
    done = call(filled, "bookings", "show", named)
    assert (done.exit_code, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert f"{count} bookings match {named!r}" in line
    assert line.count("4 Mar 2027") == (2 if count == "2" else 5)
    assert f"{named[:3]}-1" in line


def test_money_without_decimals_shows_none(filled):
    assert "paid 4200 JPY" in call(filled, "bookings", "show", "ada-2").stdout


def test_long_values_are_cut_and_later_settings_are_marked(home):
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(f'[listener]\nallowed_hosts = ["{"a" * 60}.example.com"]\n')
    (home / "config.toml").chmod(0o600)
    lines = call(home, "config", "show").stdout.splitlines()
    [hosts] = [line for line in lines if line.startswith("listener.allowed_hosts")]
    assert "…  " in hosts
    assert "config.toml" in hosts
    [google] = [line for line in lines if line.startswith("google.poll_minutes")]
    assert google.endswith("default (used by later versions)")
    assert "a" * 60 in call(home, "config", "show", "--json").stdout


def test_without_a_secret_serve_warns_and_a_refused_test_says_why(home):
    with started("serve", "--port", "0", home=home) as served:
        table = call(home, "trigger", "ping").stdout
        assert "RESULT" in table
        assert "refused: no secret set here" in table
        assert "refused: no signature" in call(home, "trigger", "ping", "--no-sign").stdout
        code, _, err = served.end()
    assert code == 0
    [warning] = [line for line in err.splitlines() if "WARNING" in line]
    assert "every delivery will be refused" in warning
    assert "CALCOM_WEBHOOK_SECRET" in warning


def test_with_a_secret_there_is_no_warning_and_an_export_is_signed_by_the_running_one(home):
    with started("serve", "--port", "0", home=home, CALCOM_WEBHOOK_SECRET=SECRET) as served:
        assert "taken in" in call(home, "trigger", "ping").stdout
        assert "refused: bad signature" in call(home, "trigger", "ping", "--bad-signature").stdout
        first = json.loads(call(home, "events", "list", "--json", "--filter", "verdict:signed").stdout)[0]
        fixture = json.loads(call(home, "events", "export", first["id"][-8:]).stdout)
        shown = call(home, "events", "list", "--json", "--filter", "refused").stdout
        refused = call(home, "events", "show", json.loads(shown)[0]["id"]).stdout
        _, _, err = served.end()
    assert "no secret is configured" not in refused
    assert "WARNING" not in err
    names = [name.lower() for name, _ in fixture["headers"]]
    assert names.count("x-cal-signature-256") == 1
    signed = {name.lower(): value for name, value in fixture["headers"]}["x-cal-signature-256"]
    assert signed == sign(SECRET, fixture["body"].encode())


def test_a_home_that_is_only_to_be_read_is_read_and_nothing_is_made(filled, monkeypatch):
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and real(path, mode))
    before = sorted(entry.name for entry in filled.iterdir())
    done = call(filled, "bookings", "list", "--json")
    assert done.exit_code == 0, done.output
    assert len(json.loads(done.stdout)) == 9
    assert [name for name in sorted(entry.name for entry in filled.iterdir()) if name.startswith("bookings")] == [
        name for name in before if name.startswith("bookings")
    ]
    (filled / "bookings.db-wal").write_bytes(b"x")
    done = call(filled, "bookings", "list")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "copy the folder" in done.stderr


@pytest.mark.parametrize("words", [("bookings", "list"), ("events", "list"), ("bookings", "show", "abc")])
def test_looking_makes_no_home(tmp_path, words) -> None:
    done = call(tmp_path / "misspelt" / "home", *words)
    assert done.exit_code == (1 if "show" in words else 0)
    assert list(tmp_path.iterdir()) == []
