"""Output that cannot be written: a full disk and a closed stream are said, a reader that went away is no failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import clean_environment

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full and sh")

COMMANDS = ["--help", "--version", "--json --version", "config show", "events --help"]


def in_shell(line: str, home: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which $B is the program."""
    environ = {**clean_environment(home, **extra), "PYTHON": sys.executable}
    script = f'B="$PYTHON -m booking_tui"\n{line}\n'
    return subprocess.run(
        ["sh", "-c", script], env=environ, capture_output=True, text=True, timeout=30, check=False, cwd=Path.cwd()
    )


@pytest.mark.parametrize("buffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_behind_the_output_is_one_line_and_exit_1(home: Path, command: str, buffered: str) -> None:
    done = in_shell(f"$B {command} >/dev/full", home, PYTHONUNBUFFERED=buffered)
    assert done.returncode == 1
    assert done.stderr.startswith("booking-tui: standard output cannot be written: No space left on device")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_went_away_is_no_failure(home: Path, command: str) -> None:
    done = in_shell(f"{{ $B {command}; echo $? >&2; }} | true", home)
    assert done.stderr == "0\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_output_is_refused(home: Path, command: str) -> None:
    done = in_shell(f"$B {command} >&-", home)
    assert done.returncode == 1
    assert done.stderr == "booking-tui: standard output is closed; send it to a file, or to /dev/null\n"


def test_the_dashboard_still_names_its_terminal(home: Path) -> None:
    done = in_shell("$B >&-", home)
    assert (done.returncode, "needs a terminal" in done.stderr) == (2, True)
