from __future__ import annotations

from datetime import timedelta
from threading import Event

import pytest

from booking_tui.services.ticker import TICK_S, Job, Ticker
from tests.services.conftest import StillClock, eventually


def job(name: str, runs: list[str], every: timedelta = timedelta(minutes=10)) -> Job:
    return Job(name, every, lambda: runs.append(name))


def test_every_job_is_due_at_once_and_then_after_its_interval(clock: StillClock) -> None:
    runs: list[str] = []
    ticker = Ticker(clock, [job("a", runs), job("b", runs, timedelta(hours=1))])
    ticker.tick()
    ticker.tick()
    assert runs == ["a", "b"]
    clock.forward(minutes=11)
    ticker.tick()
    assert runs == ["a", "b", "a"]


def test_after_a_long_sleep_a_job_runs_once_not_for_every_missed_time(clock: StillClock) -> None:
    runs: list[str] = []
    ticker = Ticker(clock, [job("a", runs)])
    ticker.tick()
    clock.forward(days=7)
    ticker.tick()
    ticker.tick()
    assert runs == ["a", "a"]


def test_a_clock_set_back_puts_nothing_off(clock: StillClock) -> None:
    runs: list[str] = []
    ticker = Ticker(clock, [job("a", runs)])
    ticker.tick()
    clock.forward(days=-30)
    ticker.tick()
    assert runs == ["a", "a"]
    clock.forward(minutes=5)
    ticker.tick()
    assert runs == ["a", "a"]


def test_a_failing_job_is_named_with_its_error_tried_again_soon_and_stops_nobody(clock: StillClock) -> None:
    runs: list[str] = []
    broken = [True]

    def fail() -> None:
        runs.append("bad")
        if broken[0]:
            raise OSError("no space left")

    ticker = Ticker(clock, [Job("cleaning", timedelta(hours=1), fail), job("a", runs)])
    ticker.tick()
    assert runs == ["bad", "a"]
    assert ticker.failing() == ("cleaning failed: no space left",)
    broken[0] = False
    clock.forward(seconds=TICK_S + 1)
    ticker.tick()
    assert runs == ["bad", "a", "bad"]
    assert ticker.failing() == ()


def test_it_is_alive_while_ticks_come_in_time(clock: StillClock) -> None:
    clock.seconds = 100.0
    ticker = Ticker(clock, [])
    assert not ticker.alive
    ticker.tick()
    assert ticker.alive
    assert ticker.last_tick == clock.now()
    clock.seconds += TICK_S * 3 + 1
    assert not ticker.alive


def test_the_thread_ticks_again_after_each_pause_and_never_waits_longer_than_a_tick(clock: StillClock) -> None:
    runs: list[str] = []
    pauses: list[float] = []
    go, ended = Event(), Event()

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) < 3:
            clock.forward(minutes=11)
            return False
        go.wait(10)
        return ended.is_set()

    ticker = Ticker(clock, [job("a", runs)], pause)
    ticker.start()
    eventually(lambda: len(pauses) == 3)
    assert runs == ["a", "a", "a"]
    assert max(pauses) <= 15.0
    ended.set()
    go.set()
    ticker.stop(5.0)
    assert not ticker.alive


def test_stopping_before_the_start_is_no_error(clock: StillClock) -> None:
    Ticker(clock, []).stop(0.1)


@pytest.mark.parametrize("seconds", [60, 3600])
def test_an_error_is_never_retried_later_than_the_interval(clock: StillClock, seconds: int) -> None:
    def fail() -> None:
        raise ValueError

    ticker = Ticker(clock, [Job("x", timedelta(seconds=seconds), fail, timedelta(days=1))])
    ticker.tick()
    assert ticker.failing() == ("x failed: ValueError",)
    clock.forward(seconds=seconds)
    ticker.tick()
    assert ticker.failing() == ("x failed: ValueError",)
