"""Lists: opening and paging the bookings and the requests at a thousand, a hundred thousand and a million rows."""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from booking_tui.bench import Figure
from booking_tui.bench.processes import environment
from booking_tui.bench.start import prepare
from booking_tui.bench.terminal import Terminal

SIZES = (0, 1_000, 100_000, 1_000_000)
GOAL_TIMES_EMPTY = 2.0
PAGE_DOWN, LAST = "\x1b[6~", "G"

BOOKINGS = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO booking (uid, source, status, title, event_title, starts, ends, length_s, who, email, guests, absent,
    answers, recordings, recurring, meeting_started, meeting_ended, reschedule_requested, failed_apps, needs_reread,
    test, memory, created_at, updated_at)
SELECT printf('row%019d', i), 'calcom', 'accepted', 'Session', 'Session',
    strftime('%Y-%m-%dT%H:%M:00.000Z', 1900000000 + i * 900, 'unixepoch'),
    strftime('%Y-%m-%dT%H:%M:00.000Z', 1900003000 + i * 900, 'unixepoch'),
    3000, printf('Guest %07d', i), printf('guest%d@example.com', i), 1, 0, '[]', '[]', 0, 0, 0, 0, '[]', 0, 0, '[]',
    '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z' FROM n"""
REQUESTS = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO inbox (id, source, "trigger", received_at, verdict, state, http_status, latency_ms, test, body_bytes)
SELECT printf('01990000-0000-7000-8000-%012d', i), 'calcom', printf('ROW_%07d', i),
    strftime('%Y-%m-%dT%H:%M:%S.000Z', unixepoch('now') - :count + i, 'unixepoch'),
    'valid', 'processed', 200, 4.2, 0, 2000 FROM n"""
VIEWS = (("bookings", "3", b"Guest ", b"coming up"), ("requests", "4", b"ROW_", b"Nothing has come in yet"))


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Yield the time to the first row, one page on, and the last row; opening also as a ratio to an empty list."""
    empty: dict[str, float] = {}
    for size in SIZES[:2] if quick else SIZES:
        with tempfile.TemporaryDirectory(prefix="bench-lists-") as folder:
            home = Path(folder) / "home"
            prepare(home)
            fill(home, size)
            for name, key, row, nothing in VIEWS:
                ways = ((key, row), (PAGE_DOWN, row), (LAST, row)) if size else ((key, nothing),)
                opened = [_opening(home, ways) for _ in range(1 if quick else 5)]
                seconds = statistics.median(each[0] for each in opened)
                empty.setdefault(name, seconds)
                yield _figure(name, size, seconds, seconds / empty[name])
                for what, place in (("one page on", 1), ("the last row", 2)):
                    if size:
                        took = statistics.median(each[place] for each in opened)
                        yield Figure("lists", f"{name}, {size:,} rows: {what}", took * 1000, "ms")


def _figure(name: str, size: int, seconds: float, times: float) -> Figure:
    judged = size == SIZES[-1]
    return Figure(
        "lists",
        f"{name}, {size:,} rows: open",
        seconds * 1000,
        "ms",
        f"{times:.2f} x the empty list",
        f"≤ {GOAL_TIMES_EMPTY:g} x" if judged else "",
        times <= GOAL_TIMES_EMPTY if judged else None,
    )


def fill(home: Path, count: int) -> None:
    """Make the home's database by opening the desk once, then put so many bookings and requests into it."""
    with _desk(home):
        pass
    if count:
        with closing(sqlite3.connect(home / "bookings.db")) as connection, connection:
            connection.execute(BOOKINGS, {"count": count})
            connection.execute(REQUESTS, {"count": count})


def _desk(home: Path) -> Terminal:
    """Open the dashboard and wait until the engine listens."""
    desk = Terminal([sys.executable, "-m", "booking_tui", "--home", str(home)], env=environment())
    control = home / "control.json"
    desk.wait_for(lambda seen: b"Agenda" in seen and control.exists(), deadline_s=60)
    while desk.read(0.3):
        continue
    return desk


def _opening(home: Path, ways: Sequence[tuple[str, bytes]]) -> list[float]:
    """Time keys one after another, each until its words are shown: of a view, a page down, the way to the end."""
    with _desk(home) as desk:
        return [_time(desk, key, shown) for key, shown in ways]


def _time(desk: Terminal, key: str, shown: bytes) -> float:
    """Time from a key to the first output after it that shows the words."""
    mark, began = len(desk.written), time.perf_counter()
    desk.type(key)
    desk.wait_for(lambda seen: shown in seen[mark:], deadline_s=60)
    took = time.perf_counter() - began
    while desk.read(0.3):
        continue
    return took
