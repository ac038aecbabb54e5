"""Start: ``--version`` beside ``python -c pass``, the first useful frame beside a bare Textual app, all interleaved."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from booking_tui.bench import Figure
from booking_tui.bench.processes import environment
from booking_tui.bench.terminal import Terminal

BARE_APP = """
from textual.app import App
from textual.widgets import Static
class Bare(App[None]):
    def compose(self):
        yield Static("bare is up")
Bare().run()
"""
GOAL_VERSION = 5.0
GOAL_FRAME = 2.0


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Yield medians of interleaved rounds as ratios."""
    rounds = 3 if quick else 9
    with tempfile.TemporaryDirectory(prefix="bench-start-") as folder:
        home = Path(folder) / "home"
        prepare(home)
        nothing, version, helped, bare, frame = _columns()
        dashboard = ["-m", "booking_tui", "--home", str(home)]
        for _ in range(rounds):
            nothing.append(command_seconds("-c", "pass"))
            version.append(command_seconds("-m", "booking_tui", "--version"))
            helped.append(command_seconds("-m", "booking_tui", "--help"))
            bare.append(frame_seconds(["-c", BARE_APP], b"bare is up"))
            frame.append(frame_seconds(dashboard, b"Agenda"))
    base = statistics.median(nothing)
    times = statistics.median(version) / base
    yield Figure("start", "--version", times, "x", "python -c pass", f"≤ {GOAL_VERSION:g} x", times <= GOAL_VERSION)
    yield Figure("start", "--help", statistics.median(helped) / base, "x", "python -c pass")
    yield Figure("start", "bare Textual app, first frame", statistics.median(bare) / base, "x", "python -c pass")
    what, seconds = "dashboard, first useful frame", statistics.median(frame)
    times = seconds / statistics.median(bare)
    yield Figure("start", what, times, "x", "bare Textual app", f"≤ {GOAL_FRAME:g} x", times <= GOAL_FRAME)
    yield Figure("start", what, seconds * 1000, "ms")


def _columns() -> tuple[list[float], list[float], list[float], list[float], list[float]]:
    return [], [], [], [], []


def prepare(home: Path) -> None:
    """Make a home with a configuration: the dashboard then opens on Today and not on the welcome screen."""
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(
        '[tunnel]\nkind = "none"\n[listener]\nport = 0\nlocal_port = 0\n', encoding="utf-8"
    )


def command_seconds(*arguments: str) -> float:
    """Time one run of ``python ARGUMENTS`` from start to end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment())  # noqa: S603
    return time.perf_counter() - began


def frame_seconds(arguments: list[str], wanted: bytes) -> float:
    """Time from the start of ``python ARGUMENTS`` in a pty to the frame that shows the wanted words."""
    with Terminal([sys.executable, *arguments], env=environment()) as terminal:
        return terminal.wait_for(lambda seen: wanted in seen, deadline_s=30)
