"""Repaint: from sending a signed booking to the terminal bytes that show it, at a steady rate."""

from __future__ import annotations

import json
import re
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from booking_tui.bench import Figure
from booking_tui.bench.client import answer_length
from booking_tui.bench.processes import SECRET, environment
from booking_tui.bench.requests import body, request
from booking_tui.bench.start import prepare
from booking_tui.bench.terminal import Terminal

RATES = (20, 200)
GOAL_P95_MS = 150.0
SHOWN = re.compile(rb"Bench (\d{6})")


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Yield p50 and p95 of received-to-on-screen in milliseconds at each rate.

    A delivery counts as shown with the first output that names it or a later one: the live list follows the newest.
    """
    for rate in RATES:
        shown = _delays(rate, seconds=2 if quick else 10)
        ordered = sorted(shown)
        p50, p95 = (ordered[int((len(ordered) - 1) * share)] * 1000 for share in (0.5, 0.95))
        yield Figure("repaint", f"{rate} a second: p50", p50, "ms")
        yield Figure("repaint", f"{rate} a second: p95", p95, "ms", "", f"≤ {GOAL_P95_MS:g} ms", p95 <= GOAL_P95_MS)


def _delays(rate: int, *, seconds: int) -> list[float]:
    sent: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="bench-repaint-") as folder:
        home = Path(folder) / "home"
        prepare(home)
        command = [sys.executable, "-m", "booking_tui", "--home", str(home)]
        with Terminal(command, env=environment()) as terminal:
            control = home / "control.json"
            terminal.wait_for(lambda seen: b"Agenda" in seen and control.exists(), deadline_s=30)
            port = int(json.loads(control.read_text(encoding="utf-8"))["public_port"])
            sender = threading.Thread(target=_send, args=(port, rate, rate * seconds, sent), daemon=True)
            sender.start()
            return _watch(terminal, sender, sent, rate * seconds)


def _send(port: int, rate: int, count: int, sent: dict[int, float]) -> None:
    """Send numbered bookings at a steady rate over one connection, noting when each left."""
    requests = [request(body(number), SECRET, port) for number in range(count)]
    with socket.create_connection(("127.0.0.1", port)) as plug:
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        for number, content in enumerate(requests):
            time.sleep(max(0.0, began + number / rate - time.perf_counter()))
            sent[number] = time.perf_counter()
            plug.sendall(content)
            received = bytearray()
            while answer_length(received) is None:
                received += plug.recv(65536)


def _watch(terminal: Terminal, sender: threading.Thread, sent: dict[int, float], count: int) -> list[float]:
    """Read the screen's output; give the delay of every delivery that was shown, itself or by a later one."""
    delays: list[float] = []
    end = time.perf_counter() + 60
    while len(delays) < count and time.perf_counter() < end:
        chunk = terminal.read(0.05)
        at = time.perf_counter()
        newest = max((int(match) for match in SHOWN.findall(chunk)), default=-1)
        delays += [at - sent[number] for number in range(len(delays), newest + 1)]
    sender.join(10)
    if len(delays) < count * 0.9:
        raise RuntimeError(f"only {len(delays)} of {count} deliveries were seen on the screen")
    return delays
