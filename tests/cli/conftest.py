"""Running the command line in this process, and the real program in its own."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

SECRET = "test-secret-0123456789"
DEADLINE_S = 20.0


def clean_environment(home: Path | None, **extra: str) -> dict[str, str]:
    """Give an environment without this machine's own settings."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "PYTHONPATH", "TMPDIR", "COVERAGE_PROCESS_START")
        if name in os.environ
    }
    named = {"BOOKING_TUI_HOME": str(home)} if home else {}
    return kept | {"HOME": "/nonexistent", "TZ": "UTC"} | named | extra


class Served:
    """A running ``serve`` (or another command that says when it is ready)."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.ready = json.loads(self.line())

    def line(self) -> str:
        """Give the next line of stdout; fails after the deadline."""
        stdout = self.process.stdout
        assert stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if not selector.select(DEADLINE_S):
                self.process.kill()
                raise AssertionError(f"no line came; stderr: {self.process.communicate()[1]}")
        found = stdout.readline()
        if not found:
            raise AssertionError(f"it ended; stderr: {self.process.communicate(timeout=DEADLINE_S)[1]}")
        return found

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal and give exit code, the rest of stdout, and stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, out, err


@contextmanager
def started(*arguments: str, home: Path, **extra: str) -> Iterator[Served]:
    """Run a command that stays, in its own process, with ports of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "booking_tui", *arguments],
        env=clean_environment(home, **extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Served(process)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.communicate(timeout=DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


def program(*arguments: str, home: Path | None, stdin: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command that ends, in its own process."""
    return subprocess.run(
        [sys.executable, "-m", "booking_tui", *arguments],
        env=clean_environment(home, **extra),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def call(home: Path, *arguments: str, stdin: str | bytes | None = None, **extra: str) -> Result:
    """Run a command in this process."""
    from booking_tui.cli.root import program as root

    environment: dict[str, str | None] = dict.fromkeys(os.environ)
    environment.update(clean_environment(home, **extra))
    kept = {name: value for name, value in environment.items() if value is not None or name != "PYTEST_CURRENT_TEST"}
    return CliRunner().invoke(root, list(arguments), prog_name="booking-tui", input=stdin, env=kept)


@pytest.fixture(autouse=True)
def _no_logging_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
