"""What is wrong with the machine or the home, said with what is meant and what helps."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import SECRET, call, clean_environment, program, started


def use(home: Path) -> None:
    """Make a home by serving it once."""
    with started("serve", "--port", "0", home=home) as served:
        assert served.end()[0] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_home_whose_name_is_no_text_is_refused_in_words(tmp_path: Path, how: str) -> None:
    name = os.fsencode(tmp_path) + b"/home\xff"
    environ = {os.fsencode(key): os.fsencode(value) for key, value in clean_environment(None).items()}
    named = [b"--home", name] if how == "option" else []
    if how == "variable":
        environ[b"BOOKING_TUI_HOME"] = name
    done = subprocess.run(
        [os.fsencode(sys.executable), b"-m", b"booking_tui", b"bookings", b"list", *named],
        env=environ,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == (2 if how == "option" else 1)
    assert b"UTF-8 text" in done.stderr
    assert b"bug" not in done.stderr


def test_a_damaged_database_is_named_with_what_helps(home: Path) -> None:
    use(home)
    content = (home / "bookings.db").read_bytes()
    (home / "bookings.db").write_bytes(b"x" * len(content))
    done = call(home, "bookings", "list")
    assert done.exit_code == 1
    assert str(home / "bookings.db") in done.stderr
    assert "put a backup of the file back" in done.stderr


def test_an_emptied_database_is_not_begun_anew_without_a_word(home: Path) -> None:
    use(home)
    (home / "bookings.db").write_bytes(b"")
    (home / "bookings.db-wal").write_bytes(b"x" * 100)
    for command in (["bookings", "list"], ["serve", "--port", "0"]):
        done = program(*command, home=home)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{home / 'bookings.db'} has lost its content: put a backup of it back" in done.stderr
        assert "keep a copy of bookings.db-wal" in done.stderr
    assert (home / "bookings.db").read_bytes() == b""
    assert (home / "bookings.db-wal").read_bytes() == b"x" * 100


def test_a_full_disk_is_named_with_its_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("booking_tui.paths.Home.ensure", full)
    done = call(home, "bookings", "list")
    assert done.exit_code == 1
    assert done.stderr == (
        f"booking-tui: the machine refused: No space left on device (in the home {home}); make room on that disk\n"
    )


def test_a_damaged_history_entry_leaves_the_others_readable(home: Path) -> None:
    with started("serve", "--port", "0", home=home, CALCOM_WEBHOOK_SECRET=SECRET):
        assert program("trigger", "booking-rescheduled", home=home).returncode == 0
        uid = _moved(home)
    with sqlite3.connect(home / "bookings.db") as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'history_content'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(
            "UPDATE history_content SET changes = '{\"x' WHERE seq = (SELECT min(seq) FROM history_content)"
        )
    connection.close()
    done = call(home, "history", uid)
    assert done.exit_code == 0, done.stderr
    assert "what it says is damaged; booking-tui audit verify tells more" in done.stdout
    assert len(done.stdout.splitlines()) > 2


def _moved(home: Path) -> str:
    import json
    import time

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = json.loads(program("bookings", "list", "--json", home=home).stdout)
        moved = [one["uid"] for one in found if one["rescheduled_from"]]
        if moved:
            return str(moved[0])
    raise AssertionError("nothing was moved")
