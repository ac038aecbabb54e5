"""The dashboard and the demo from the command's side: what opens them, what refuses, and how they are left."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from booking_tui.cli import screens

from .conftest import call


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Record what would be opened, on what passes for a terminal."""
    from booking_tui import wiring

    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(screens, "need_terminal", lambda: None)
    monkeypatch.setattr(screens, "leave_on_signals", lambda: None)
    monkeypatch.setattr(
        wiring, "run_dashboard", lambda home, settings: calls.append((home.root, settings.listener.port))
    )
    monkeypatch.setattr(
        wiring,
        "run_demo",
        lambda keep, environ, *, live, chaos: calls.append((keep, environ is os.environ, live, chaos)),
    )
    return calls


def test_without_a_command_the_dashboard_opens_on_the_home(home, opened):
    assert call(home, BOOKING_TUI_LISTENER__PORT="9001").exit_code == 0
    assert opened == [(home, 9001)]


def test_the_home_of_the_option_wins(home, opened, tmp_path):
    assert call(home, "--home", str(tmp_path / "other")).exit_code == 0
    assert opened == [(tmp_path / "other", 8377)]


def test_the_demo_takes_its_options_and_reads_no_setting(home, opened, tmp_path):
    wrong = {"BOOKING_TUI_LISTENER__PORT": "nonsense"}
    assert call(home, "demo", **wrong).exit_code == 0
    assert call(home, "demo", "--live", "--chaos", "--keep", str(tmp_path / "kept"), **wrong).exit_code == 0
    assert opened == [(None, True, False, False), (tmp_path / "kept", True, True, True)]
    assert not home.exists()


@pytest.mark.parametrize("arguments", [["--json"], ["demo", "--json"]])
def test_a_screen_has_no_json_form(home, opened, arguments):
    done = call(home, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert opened == []


def test_wrong_settings_stop_the_dashboard(home, opened):
    done = call(home, BOOKING_TUI_LISTENER__PORT="nonsense")
    assert (done.exit_code, done.stdout) == (1, "")
    assert opened == []


class Stream:
    def __init__(self, *, terminal: bool) -> None:
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize("missing", ["stdin", "stdout", "stderr", None])
def test_all_three_streams_must_be_terminals(monkeypatch, missing):
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, Stream(terminal=name != missing))
    if missing is None:
        screens.need_terminal()
        return
    with pytest.raises(screens.NeedsTerminal) as caught:
        screens.need_terminal()
    assert caught.value.exit_code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_leave_as_a_person_would(number):
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)}
    try:
        screens.leave_on_signals()
        with pytest.raises(SystemExit) as left:
            signal.raise_signal(number)
        assert left.value.code == 0
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def test_the_benchmarks_are_a_table(home, monkeypatch):
    from booking_tui import bench

    figures = [
        bench.Figure("lists", "first page", 1.25, "ms", beside="plain sqlite3", goal="< 2", met=True),
        bench.Figure("idle", "wakeups", 3, "", met=None),
    ]
    monkeypatch.setattr(bench, "run", lambda names, *, quick, note: iter(figures))
    assert "plain sqlite3" in call(home, "bench").stdout
    assert '"met": true' in call(home, "bench", "lists", "--json").stdout


def test_benchmarks_without_their_extra_say_how_to_get_it(home, monkeypatch):
    from booking_tui import bench

    def missing(names: list[str], *, quick: bool, note: object) -> object:
        raise ModuleNotFoundError("No module named 'psutil'", name="psutil")

    monkeypatch.setattr(bench, "run", missing)
    done = call(home, "bench")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "psutil" in done.stderr
    assert "booking-tui[bench]" in done.stderr
    assert not Path(home).exists()
