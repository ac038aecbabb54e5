"""Where things live, and who may read them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from booking_tui import paths
from booking_tui.paths import Home, SharedFolder, announce, default_home, running_homes, withdraw, write_private

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def control(home: Home, pid: int) -> None:
    home.ensure()
    home.control.write_text(json.dumps({"pid": pid}))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_home_is_named_by_the_environment(tmp_path):
    assert default_home({"BOOKING_TUI_HOME": str(tmp_path)}) == Home(tmp_path)
    assert default_home({"BOOKING_TUI_HOME": " "}).root.name == "booking_tui"
    assert default_home({}).root.is_absolute()


def test_a_relative_home_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Home(Path("x")).root == tmp_path / "x"
    assert Home(Path("~/x")).root == Path.home() / "x"


def test_making_the_object_touches_nothing(tmp_path):
    Home(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@posix
def test_ensure_makes_private_folders_even_of_open_ones(tmp_path):
    root = tmp_path / "deep/home"
    root.mkdir(parents=True, mode=0o755)
    root.chmod(0o755)
    home = Home(root)
    home.ensure()
    home.ensure()
    assert (mode(home.root), mode(home.logs)) == (0o700, 0o700)


@posix
@pytest.mark.parametrize(("other", "bits"), [("thesis.odt", 0o755), (None, 0o1777), ("bookings.db", 0o1777)])
def test_a_folder_that_others_use_is_refused_and_left_as_it_is(tmp_path, other, bits):
    root = tmp_path / "shared"
    root.mkdir()
    if other:
        (root / other).touch()
    root.chmod(bits)
    before = list(root.iterdir())
    with pytest.raises(SharedFolder, match="folder of its own"):
        Home(root).ensure()
    assert stat.S_IMODE(root.stat().st_mode) == bits
    assert list(root.iterdir()) == before


@posix
@pytest.mark.parametrize("names", [("config.toml", ".env"), ("bookings.db", "letter.txt")])
def test_an_open_home_is_closed(tmp_path, names):
    root = tmp_path / "home"
    root.mkdir()
    for name in names:
        (root / name).touch()
    root.chmod(0o755)
    Home(root).ensure()
    assert mode(root) == 0o700


@posix
def test_a_private_file_is_replaced_whole(tmp_path):
    path = tmp_path / "f"
    write_private(path, b"one")
    write_private(path, b"two")
    assert path.read_bytes() == b"two"
    assert mode(path) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]


def test_a_failed_write_leaves_the_old_file_and_no_half_one(tmp_path, monkeypatch):
    path = tmp_path / "f"
    write_private(path, b"one")

    def refuse(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(paths.os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        write_private(path, b"two")
    assert path.read_bytes() == b"one"
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]


def test_running_homes_come_and_go(tmp_path, temporary):
    first, second = Home(tmp_path / "a"), Home(tmp_path / "b")
    assert running_homes() == []
    for home in (second, first):
        control(home, os.getpid())
        announce(home)
    assert [entry.home for entry in running_homes()] == [first, second]
    assert running_homes()[0].pid == os.getpid()
    withdraw(first)
    withdraw(first)
    assert [entry.home for entry in running_homes()] == [second]


def test_what_a_killed_process_left_is_passed_over(tmp_path, temporary):
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    gone, closed, other = Home(tmp_path / "gone"), Home(tmp_path / "closed"), Home(tmp_path / "other")
    for home in (gone, closed, other):
        announce(home)
    registry = next(temporary.iterdir())
    for entry in registry.iterdir():
        entry.write_text(entry.read_text().replace(str(os.getpid()), str(ended.pid)))
    control(gone, ended.pid)
    control(other, os.getpid())
    (registry / "broken.json").write_text("{")
    (registry / "alien.json").write_text('{"home": 3, "pid": "x"}')
    assert running_homes() == []
    assert sorted(entry.name for entry in registry.iterdir()) == ["alien.json", "broken.json"]


@posix
def test_a_list_that_somebody_else_could_write_is_not_trusted(tmp_path, temporary):
    folder = temporary / f"booking_tui-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    assert running_homes() == []
    with pytest.raises(PermissionError):
        announce(Home(tmp_path))
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(PermissionError):
        announce(Home(tmp_path))
