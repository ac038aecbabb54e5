"""A client left behind is ended; a stranger with its number never is."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import time
from pathlib import Path

import pytest

from booking_tui.providers.tunnel import orphans
from tests.providers.tunnel.processes import eventually


def sleeper(*more: str, group: bool = True) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(["/bin/sleep", "60", *more], start_new_session=group)
    eventually(lambda: b"sleep" in Path(f"/proc/{process.pid}/cmdline").read_bytes())
    return process


def test_a_client_left_behind_is_ended_and_the_note_removed(tmp_path: Path) -> None:
    note = tmp_path / "folder" / "agent.json"
    with sleeper("0.25") as process:
        orphans.remember(note, process.pid, "60 0.25", config="/c", web_addr="127.0.0.1:1")
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        assert json.loads(note.read_text()) == {
            "pid": process.pid,
            "started": orphans.started_at(process.pid),
            "mark": "60 0.25",
            "config": "/c",
            "web_addr": "127.0.0.1:1",
        }
        started = time.monotonic()
        assert orphans.end_orphan(note)
        assert time.monotonic() - started < 1.0
        assert process.wait(5) != 0
    assert not note.exists()
    assert not orphans.end_orphan(note)


def test_arguments_are_known_again_without_being_written_down(tmp_path: Path) -> None:
    note = tmp_path / "n"
    script = tmp_path / "client"
    script.write_text("#!/bin/sh\nsleep 60\n")
    script.chmod(0o700)
    arguments = ["run", "--token", "eyJsecret with a blank", "", "größe"]
    with subprocess.Popen([script, *arguments], start_new_session=True) as process:
        eventually(lambda: b"eyJsecret" in Path(f"/proc/{process.pid}/cmdline").read_bytes())
        orphans.remember(note, process.pid, orphans.mark_of([*arguments[:-1], "grosse"]))
        assert not orphans.end_orphan(note)
        orphans.remember(note, process.pid, orphans.mark_of(arguments))
        assert "eyJsecret" not in note.read_text()
        assert orphans.end_orphan(note)
        assert process.wait(5) != 0


def test_a_note_that_never_ends_is_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "n")
    assert not orphans.end_orphan(tmp_path / "n")


def test_one_that_leads_no_group_goes_alone(tmp_path: Path) -> None:
    with sleeper("0.75", group=False) as process:
        orphans.remember(tmp_path / "n", process.pid, "0.75")
        assert orphans.end_orphan(tmp_path / "n")
        assert process.wait(5) != 0


def test_a_deaf_one_is_ended_too(tmp_path: Path) -> None:
    script = 'trap "" TERM; echo ready; while :; do /bin/sleep 60; done'
    with subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        orphans.remember(tmp_path / "n", process.pid, "echo ready")
        assert orphans.end_orphan(tmp_path / "n", grace_s=0.05)
        assert process.wait(5) == -9


@pytest.mark.parametrize(
    "change",
    [{"mark": "another"}, {"started": "ticks 1"}, {"started": ""}, {"mark": ""}, {"pid": 0}, {"pid": 1}, {"pid": "7"}],
    ids=str,
)
def test_a_stranger_is_left_alone(tmp_path: Path, change: dict[str, object]) -> None:
    note = tmp_path / "n"
    with sleeper() as process:
        orphans.remember(note, process.pid, "sleep 60")
        note.write_text(json.dumps(json.loads(note.read_text()) | change))
        assert not orphans.end_orphan(note)
        assert process.poll() is None
        assert not note.exists()
        process.kill()


@pytest.mark.parametrize(
    "text", ["", "[]", "nonsense", '{"pid": 99999999, "started": "ticks 1", "mark": "x"}', "[" * 9999]
)
def test_a_note_without_sense_or_process_is_removed(tmp_path: Path, text: str) -> None:
    note = tmp_path / "n"
    note.write_text(text)
    assert not orphans.end_orphan(note)
    assert not note.exists()
