"""Idle: what the dashboard costs when nothing happens (CPU over a while, resident memory)."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from booking_tui.bench import Figure
from booking_tui.bench.processes import environment
from booking_tui.bench.start import prepare
from booking_tui.bench.terminal import Terminal

GOAL_CPU = 1.0
GOAL_MIB = 90.0


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Yield CPU percent and MiB of the idle dashboard with its engine; needs psutil (extra ``bench``)."""
    if importlib.util.find_spec("psutil") is None:
        return
    import psutil

    seconds = 3.0 if quick else 30.0
    with tempfile.TemporaryDirectory(prefix="bench-idle-") as folder:
        home = Path(folder) / "home"
        prepare(home)
        with Terminal([sys.executable, "-m", "booking_tui", "--home", str(home)], env=environment()) as terminal:
            terminal.wait_for(lambda seen: b"Agenda" in seen, deadline_s=30)
            _read_for(terminal, 2.0)
            process = psutil.Process(terminal.pid)
            before, began = process.cpu_times(), time.perf_counter()
            _read_for(terminal, seconds)
            after, took = process.cpu_times(), time.perf_counter() - began
            cpu = 100 * (after.user + after.system - before.user - before.system) / took
            resident = process.memory_info().rss / 2**20
    yield Figure("idle", "CPU of one core", cpu, "%", f"over {took:.0f} s", f"≤ {GOAL_CPU:g} %", cpu <= GOAL_CPU)
    yield Figure("idle", "resident memory", resident, "MiB", "", f"≤ {GOAL_MIB:g} MiB", resident <= GOAL_MIB)


def _read_for(terminal: Terminal, seconds: float) -> None:
    """Keep reading, as a terminal does, for so long."""
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        terminal.read(min(left, 0.5))
