"""A guarded program keeps its pid, sees no secrets, and ends with the process that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from booking_tui.providers.tunnel.guard import Guard, without_secrets
from booking_tui.providers.tunnel.orphans import started_at
from tests.providers.tunnel.processes import MARK, eventually, marked


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    folder = tmp_path / "a folder with 'quotes' and $signs"
    folder.mkdir()
    return Guard(folder, "thing")


def start(guard: Guard, *arguments: str, group: bool = True) -> subprocess.Popen[bytes]:
    return subprocess.Popen([guard.script, *arguments], stdout=subprocess.PIPE, start_new_session=group)


def watchers() -> list[int]:
    return [process.pid for process in marked(os.environ[MARK]) if "booking-tui-watcher" in process.command]


def test_the_program_keeps_the_pid_and_gets_its_arguments(guard: Guard) -> None:
    guard.arm(["/bin/sh", "-c", 'echo "$$" "$@"', "name"])
    with start(guard, "one two", "$three", "*") as process:
        assert process.stdout is not None
        assert process.stdout.read().decode().split(" ", 1) == [str(process.pid), "one two $three *\n"]
    guard.disarm()


def test_a_watcher_is_there_and_goes_with_the_program(guard: Guard) -> None:
    guard.arm(["/bin/sleep", "60"])
    assert not guard.watched
    with start(guard) as process:
        eventually(watchers)
        assert guard.watched
        guard.end(process)
        assert process.returncode == -signal.SIGTERM
    eventually(lambda: not marked(os.environ[MARK]))
    assert not guard.watched
    assert [path.name for path in guard.script.parent.iterdir()] == ["thing-start.sh"]


def test_a_program_that_ended_by_itself_takes_its_children_along_on_closing(guard: Guard) -> None:
    guard.arm(["/bin/sh", "-c", "/bin/sleep 60 & exit 3"])
    with start(guard) as process:
        assert process.wait(5) == 3
        assert any("sleep" in one.command for one in marked(os.environ[MARK]))
        guard.end(process)
    eventually(lambda: not marked(os.environ[MARK]))


def test_a_program_that_ignores_polite_signals_is_ended_too(guard: Guard) -> None:
    guard.arm(["/bin/sh", "-c", 'trap "" TERM HUP INT; echo ready; while :; do /bin/sleep 60; done'])
    with start(guard) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        started = time.monotonic()
        guard.end(process, grace_s=0.1)
        assert time.monotonic() - started < 1.0
    eventually(lambda: not marked(os.environ[MARK]))


def test_other_subcommands_need_no_watcher_and_no_fifo(guard: Guard) -> None:
    guard.arm(["/bin/echo"], subcommand="start", greeting="hello")
    guard.disarm()
    assert subprocess.check_output([guard.script, "--version"]) == b"--version\n" or sys.platform == "linux"
    assert subprocess.check_output([guard.script, "config", "start"]) == b"config start\n"
    assert watchers() == []


def test_once_forbidden_or_disarmed_nothing_starts(guard: Guard) -> None:
    guard.arm(["/bin/echo"], subcommand="start")
    guard.forbid()
    assert subprocess.run([guard.script, "start"], capture_output=True, check=False).returncode == 1
    guard.disarm()
    assert subprocess.run([guard.script, "start"], capture_output=True, check=False).returncode == 1
    guard.arm(["/bin/echo"], subcommand="start", greeting="hello")
    assert subprocess.check_output([guard.script, "start"], start_new_session=True) == b"hello\nstart\n"
    guard.disarm()


def test_without_a_group_of_its_own_there_is_no_watcher_that_could_end_us(guard: Guard) -> None:
    guard.arm(["/bin/sleep", "60"])
    with start(guard, group=False) as process:
        eventually(lambda: "sleep" in Path(f"/proc/{process.pid}/cmdline").read_text())
        assert not guard.watched
        process.kill()
    guard.disarm()


def test_stderr_goes_where_stdout_goes_and_into_no_file(guard: Guard) -> None:
    folder = guard.script.parent
    (folder / "thing-errors.log").write_text("Your authtoken: of an earlier version of booking_tui")
    guard.arm(["/bin/sh", "-c", "echo secret >&2; exec sleep 60"], merge=True)
    assert not (folder / "thing-errors.log").exists()
    with start(guard) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"secret\n"
        assert all(
            b"secret" not in path.read_bytes() for path in folder.iterdir() if path != guard.script and path.is_file()
        )
        guard.end(process)


def test_secrets_do_not_reach_the_program(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["NGROK_AUTHTOKEN", "NGROK_API_KEY", "CALCOM_API_KEY", "RESEND_WEBHOOK_SECRET", "GOOGLE_CLIENT_ID"]
    names += ["DATABASE_URL", "BOOKING_TUI_HOME", "BOOKING_TUI_ENCRYPTION_KEY"]
    for name in names:
        monkeypatch.setenv(name, "a secret\nof two lines=")
    monkeypatch.setenv("TUNNEL_TOKEN", "theirs")
    guard.arm(["/usr/bin/env"])
    with start(guard) as process:
        assert process.stdout is not None
        seen = process.stdout.read().decode()
    guard.disarm()
    for name in names:
        assert name not in seen
        assert name not in without_secrets(os.environ)
    assert "TUNNEL_TOKEN=theirs" in seen
    assert without_secrets(os.environ)["TUNNEL_TOKEN"] == "theirs"


def test_a_folder_without_fifos_has_no_watcher_and_starts_all_the_same(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "mkfifo", refuse)
    guard.arm(["/bin/sleep", "60"])
    with start(guard) as process:
        eventually(lambda: "sleep" in Path(f"/proc/{process.pid}/cmdline").read_text())
        assert not guard.watched
        guard.end(process)
    assert started_at(process.pid) is None


PARENT = """
import subprocess, sys, threading
from pathlib import Path
from booking_tui.providers.tunnel.guard import Guard
guard = Guard(Path(sys.argv[1]), "thing")
guard.arm(sys.argv[2:])
process = subprocess.Popen([guard.script], start_new_session=True, stdout=subprocess.DEVNULL)
print(process.pid, flush=True)
threading.Event().wait()
"""


@pytest.mark.parametrize(
    "command",
    [["/bin/sleep", "60"], ["/bin/sh", "-c", 'trap "" TERM; /bin/sleep 60 & while :; do wait; done']],
    ids=["polite", "deaf"],
)
@pytest.mark.parametrize("at_once", [False, True])
def test_a_killed_parent_takes_all_of_it_along(tmp_path: Path, command: list[str], at_once: bool) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), *command],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline()
        if not at_once:
            eventually(lambda: watchers() and any("sleep" in one.command for one in marked(os.environ[MARK])))
        parent.kill()
    eventually(lambda: not marked(os.environ[MARK]), "the end of the program and its watcher")
