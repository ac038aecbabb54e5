"""Ingest: signed deliveries over raw sockets against ``serve``, beside a bare durable insert and a FastAPI peer."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path

from booking_tui.bench import Figure
from booking_tui.bench.processes import SECRET, child, environment, serving
from booking_tui.bench.requests import body

CONNECTIONS = (1, 16, 64)
GOAL_PER_SECOND = 2000
GOAL_P99_MS = 30.0
GOAL_TIMES_PEER = 2.0


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Yield requests per second and latency at each number of connections, ours and the peer's."""
    count = 200 if quick else 8000
    with tempfile.TemporaryDirectory(prefix="bench-ingest-") as folder:
        bare = bare_inserts(Path(folder) / "bare.db", 200 if quick else 3000)
        yield Figure("ingest", "bare durable insert, one connection", bare, "/s")
        with serving(Path(folder) / "home") as (_, port):
            ours = yield from _rounds("booking-tui", port, count, bare)
        if importlib.util.find_spec("fastapi") is None or importlib.util.find_spec("sqlmodel") is None:
            return
        with child("-m", "booking_tui.bench.peer", folder, env=environment()) as (_, ready):
            peer = yield from _rounds("FastAPI + SQLModel", int(ready["public_port"]), count // 2, bare)
        times = ours[16] / peer[16]
        yield Figure(
            "ingest",
            "16 connections, booking-tui",
            times,
            "x",
            "the peer",
            f"≥ {GOAL_TIMES_PEER:g} x",
            times >= GOAL_TIMES_PEER,
        )


def bare_inserts(path: Path, count: int) -> float:
    """Count commits per second of one plain insert of the same bytes in WAL with synchronous=FULL on this disk."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE inbox (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    content = body(0)
    began = time.perf_counter()
    for _ in range(count):
        connection.execute("INSERT INTO inbox (body) VALUES (?)", (content,))
    took = time.perf_counter() - began
    connection.close()
    return count / took


def _rounds(whose: str, port: int, count: int, bare: float) -> Generator[Figure, None, dict[int, float]]:
    """Yield the figures of one server; give requests per second by number of connections."""
    ours = whose == "booking-tui"
    rates: dict[int, float] = {}
    first = 0
    _client(port, 1, 50, 9_000_000)  # warms up both sides
    for connections in CONNECTIONS:
        amount = count if connections > 1 else count // 4
        seen = _client(port, connections, amount, first)
        first += amount
        rates[connections] = seen["per_second"]
        judged = ours and connections == 16
        what = f"{whose}, {connections} connection{'s' if connections > 1 else ''}"
        yield Figure(
            "ingest",
            what,
            seen["per_second"],
            "/s",
            f"{seen['per_second'] / bare:.2f} x the bare insert",
            f"≥ {GOAL_PER_SECOND}/s" if judged else "",
            seen["per_second"] >= GOAL_PER_SECOND if judged else None,
        )
        yield Figure("ingest", f"{what}: p50", seen["p50_ms"], "ms")
        yield Figure(
            "ingest",
            f"{what}: p99",
            seen["p99_ms"],
            "ms",
            "",
            f"≤ {GOAL_P99_MS:g} ms" if judged else "",
            seen["p99_ms"] <= GOAL_P99_MS if judged else None,
        )
    return rates


def _client(port: int, connections: int, count: int, first: int) -> dict[str, float]:
    command = [sys.executable, "-m", "booking_tui.bench.client", str(port), SECRET]
    done = subprocess.run(  # noqa: S603 - our own module
        [*command, str(connections), str(count), str(first)], capture_output=True, check=True, timeout=300
    )
    return json.loads(done.stdout)
