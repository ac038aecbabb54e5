"""The real clock and identifiers whose text order is their order."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta

from booking_tui.clock import SystemClock, TimeOrderedIds


class SetClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 9, 5, 0, 123000, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


def test_now_is_utc_in_whole_milliseconds():
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert SystemClock().monotonic() <= SystemClock().monotonic()


def test_identifiers_are_uuid7_of_the_clocks_time():
    clock = SetClock()
    made = uuid.UUID(TimeOrderedIds(clock).new())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == int(clock.at.timestamp() * 1000)


def test_order_holds_when_the_clock_stands_or_goes_back():
    clock = SetClock()
    ids = TimeOrderedIds(clock)
    made = [ids.new() for _ in range(500)]
    clock.at -= timedelta(hours=1)
    made += [ids.new() for _ in range(500)]
    clock.at += timedelta(hours=2)
    made += [ids.new() for _ in range(500)]
    assert made == sorted(set(made))


def test_threads_never_share_one():
    ids = TimeOrderedIds(SystemClock())
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend([ids.new() for _ in range(300)])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1200
