from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from booking_tui.paths import write_private
from booking_tui.services.lock import ControlPoint, Holder, HomeLock, LockHeld, holder_of, read_control

HOLD = """
import sys
from pathlib import Path
from booking_tui.services.lock import HomeLock
lock = HomeLock(Path(sys.argv[1]), "serve")
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_taker_learns_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with HomeLock(path, "serve") as held:
        assert held.held
        with pytest.raises(LockHeld) as caught:
            HomeLock(path, "cli").acquire()
    assert (caught.value.pid, caught.value.role) == (os.getpid(), "serve")
    assert "serve" in str(caught.value)
    assert str(os.getpid()) in str(caught.value)


def test_a_lock_let_go_can_be_taken_again_and_names_its_new_holder(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    first = HomeLock(path, "serve")
    first.acquire()
    first.close()
    first.close()
    assert holder_of(path) is None
    with HomeLock(path, "dashboard"):
        assert holder_of(path) == Holder(os.getpid(), "dashboard")


def test_the_lock_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with HomeLock(path, "serve"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_nobody_holds_a_lock_that_was_never_taken(tmp_path: Path) -> None:
    assert holder_of(tmp_path / "none.lock") is None


def test_taking_a_lock_twice_by_one_object_is_a_mistake_and_not_a_wait(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path / "engine.lock", "serve")
    with lock, pytest.raises(RuntimeError):
        lock.acquire()


def test_a_killed_holder_lets_go_at_once(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(LockHeld) as caught:
            HomeLock(path, "cli").acquire()
        assert caught.value.pid == process.pid
        process.kill()
        process.wait(10)
        with HomeLock(path, "cli"):
            assert holder_of(path) == Holder(os.getpid(), "cli")


def test_a_holder_that_has_not_said_who_it_is_counts_as_one(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with HomeLock(path, "serve"):
        path.write_bytes(b"")
        assert holder_of(path) == Holder(0, "")
        with pytest.raises(LockHeld) as caught:
            HomeLock(path, "cli").acquire()
    assert caught.value.pid is None


POINT = ControlPoint(
    port=4001, public_port=4002, token="t", pid=7, role="serve", version="0.1.0", started="2027-03-04T11:00:00.000Z"
)


def test_the_control_file_is_private_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "control.json"
    POINT.write(path, write_private)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_control(path) == POINT


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"port": "4001"}', b"\xff\xfe"])
def test_a_control_file_that_is_not_one_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "control.json"
    path.write_bytes(content)
    assert read_control(path) is None
    assert read_control(tmp_path / "missing.json") is None
