"""Finds the processes that a test has started, however deep below, by a variable that they inherit."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

MARK = "TUNNEL_TEST_MARK"
PATIENCE_S = 8.0
"""How long a test waits for what must come; never reached when all is well."""


class Process(NamedTuple):
    pid: int
    command: str
    environ: str


def marked(mark: str) -> list[Process]:
    """Give the living processes that carry the mark; zombies are none."""
    found: list[Process] = []
    for folder in Path("/proc").iterdir() if sys.platform == "linux" else ():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        try:
            environ = (folder / "environ").read_bytes().decode("utf-8", "replace")
            if f"{MARK}={mark}" not in environ or (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                continue
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        except (OSError, IndexError):
            continue
        found.append(Process(int(folder.name), command, environ))
    return found


def eventually(condition: Callable[[], object], what: str = "the condition") -> None:
    """Wait for a condition with a deadline."""
    deadline = time.monotonic() + PATIENCE_S
    waiter = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} never came")
        waiter.wait(0.01)
