"""Starting the programs that are measured, and ending them for certain."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECRET = "bench-secret-0123456789"  # noqa: S105 - signs made-up deliveries on loopback


def environment(**extra: str) -> dict[str, str]:
    """Give an environment without anybody's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOOKING_TUI_")}
    return {**kept, "CALCOM_WEBHOOK_SECRET": SECRET, "BOOKING_TUI_TUNNEL__KIND": "none", **extra}


@contextmanager
def child(
    *arguments: str, env: dict[str, str] | None = None
) -> Generator[tuple[subprocess.Popen[bytes], dict[str, Any]], None, None]:
    """Run ``python ARGUMENTS``, read its first stdout line as JSON, and end it when the block ends."""
    process = subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env or environment()
    )
    try:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise RuntimeError(f"{' '.join(arguments)} ended before it was ready (exit {process.wait(10)})")
        yield process, json.loads(line)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def serving(home: Path) -> Generator[tuple[subprocess.Popen[bytes], int], None, None]:
    """Run ``booking-tui serve`` on a home of its own; gives the process and the public port."""
    with child("-m", "booking_tui", "serve", "--port", "0", "--home", str(home)) as (process, ready):
        yield process, int(ready["public_port"])
