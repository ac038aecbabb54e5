"""The end of the process while a thread is left alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import DEADLINE_S, clean_environment

LEFT_ALONE = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"


def ended(code: str, *, left_alone: bool) -> subprocess.CompletedProcess[str]:
    program = (
        "import atexit, sys\n"
        "from booking_tui import __main__\n"
        "from booking_tui.cli import root\n"
        "atexit.register(lambda: print('put away'))\n"
        "def run():\n"
        f"    {'exec(LEFT_ALONE)' if left_alone else 'pass'}\n"
        "    print('done')\n"
        f"    raise SystemExit({code})\n"
        f"LEFT_ALONE = {LEFT_ALONE!r}\n"
        "root.run = run\n"
        "sys.argv = ['booking-tui', 'doctor']\n"
        "__main__.main()\n"
    )
    command = [sys.executable, "-c", program]
    environment = clean_environment(None)
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False)


@pytest.mark.parametrize(("code", "status"), [("0", 0), ("3", 3), ("None", 0), ("'no home'", 1)])
@pytest.mark.parametrize("left_alone", [True, False])
def test_it_ends_alike_whether_a_thread_is_left_alone_or_not(code: str, status: int, left_alone: bool) -> None:
    done = ended(code, left_alone=left_alone)
    assert (done.returncode, done.stdout) == (status, "done\nput away\n")
    assert done.stderr == ("no home\n" if status == 1 else "")
