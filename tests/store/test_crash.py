"""Killed at any moment, the store has everything it reported as done, and its history is whole."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from booking_tui.store.bookings import Bookings
from booking_tui.store.database import Database
from booking_tui.store.history import History
from booking_tui.store.inbox import Inbox

PROJECT = Path(__file__).resolve().parents[2]

PROGRAM = """
import pathlib, sys, threading
from datetime import timedelta
from booking_tui.clock import SystemClock, TimeOrderedIds
from booking_tui.domain.booking import Attendee, Booking
from booking_tui.domain.history import Change
from booking_tui.domain.webhook import Delivery, EventState, Verdict
from booking_tui.store.bookings import Bookings
from booking_tui.store.database import Database
from booking_tui.store.history import History
from booking_tui.store.inbox import Inbox

clock = SystemClock()
database = Database.open(pathlib.Path(sys.argv[1]), clock=clock, ids=TimeOrderedIds(clock))
inbox, bookings, history = Inbox(database), Bookings(database), History(database)
said = threading.Lock()

def say(text):
    with said:
        sys.stdout.write(text + "\\n")
        sys.stdout.flush()

def run(name):
    for number in range(10_000):
        uid = f"{sys.argv[2]}-{name}-{number}"
        now = clock.now()
        delivery = Delivery("calcom", now, (), b"x" * 700, Verdict.VALID, 200, "T", uid)
        receipt = inbox.put(delivery).result()
        say(f"event {receipt.event_id}")

        def apply(transaction):
            guest = Attendee("Ada", "ada@example.com")
            bookings.save(transaction, Booking(uid, start=now, end=now + timedelta(hours=1), attendees=(guest,)))
            change = Change(uid, "cal.com", "created", {"status": (None, "accepted")})
            history.append(transaction, [change], at=now, event_id=receipt.event_id)
            inbox.settle(transaction, receipt.event_id, EventState.PROCESSED, booking_uid=uid)

        database.write(apply)
        say(f"booking {uid}")

for name in range(4):
    threading.Thread(target=run, args=(name,)).start()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_at_any_moment(path: Path, opened: Callable[[Path], Database]) -> None:
    acknowledged: set[str] = set()
    dice = random.Random(20261122)
    for round_number in range(3):
        acknowledged |= run_and_kill(path, round_number, dice.randint(40, 200))
    database = opened(path)
    inbox, bookings, history = Inbox(database), Bookings(database), History(database)
    with database.reader() as reader:
        assert reader.rows("PRAGMA quick_check") == [("ok",)]
        events = {row[0] for row in reader.rows("SELECT id FROM inbox")}
        kept = {row[0] for row in reader.rows("SELECT uid FROM booking")}
        text = reader.rows("SELECT count(*) FROM booking_text")[0][0]
    assert {line.split()[1] for line in acknowledged if line.startswith("event ")} <= events
    assert {line.split()[1] for line in acknowledged if line.startswith("booking ")} <= kept
    report = history.verify()
    assert report.ok, report
    # One transaction each: a booking has its entry, its search text and a settled event, or none of them.
    assert report.entries == len(kept) == text
    assert len(inbox.pending(10_000)) == len(events) - len(kept)
    assert bookings.get(next(iter(kept))) is not None


def run_and_kill(path: Path, round_number: int, lines: int) -> set[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), str(round_number)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    watchdog = threading.Timer(30, process.kill)
    watchdog.start()
    heard: set[str] = set()
    begun = time.monotonic()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            heard.add(line)
            if len(heard) == lines:
                process.kill()
        # What came through the pipe in whole lines was said before the kill.
        heard = {line.strip() for line in heard if line.endswith("\n")}
    finally:
        watchdog.cancel()
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
    assert len(heard) >= lines - 1, f"only {len(heard)} lines in {time.monotonic() - begun:.1f} s"
    return heard
