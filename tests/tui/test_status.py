"""The words of the health strip, and the recipe for work off the screen's thread."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.app import App

from booking_tui.services.queries import Interrupted
from booking_tui.services.status import Lamp, LampLevel
from booking_tui.tui.glyphs import ASCII, UNICODE
from booking_tui.tui.status import lamp_words, minutes_age, strip_lamps, view_of, worst
from booking_tui.tui.work import Trouble, attempt, in_words, run_in_thread
from tests.tui.conftest import NOW


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=3), "3 d"),
    ],
)
def test_ages_need_no_ticking_second(ago: timedelta, words: str) -> None:
    assert minutes_age(NOW - ago, NOW) == words


def test_lamps_say_less_on_narrow_screens_but_never_trouble() -> None:
    fine = Lamp("deliveries", LampLevel.OK, "last delivery", "", NOW - timedelta(minutes=4))
    bad = Lamp("database", LampLevel.BAD, "database cannot write", "")
    assert lamp_words(fine, NOW, UNICODE, narrow=False).words == "last delivery 4 min"
    assert lamp_words(fine, NOW, UNICODE, narrow=True).words == "last 4min"
    assert lamp_words(bad, NOW, ASCII, narrow=True).words == "database cannot write"
    assert lamp_words(bad, NOW, ASCII, narrow=True).glyph == "x"


def test_the_tunnel_lamp_closes_up_but_never_hides_trouble() -> None:
    host = "unadulterated-nonvegetative-martin.ngrok-free.dev"
    fine = Lamp("tunnel", LampLevel.OK, f"tunnel {host}", "", NOW - timedelta(minutes=4))
    unset = Lamp("tunnel", LampLevel.QUIET, "tunnel not set up", "")
    bad = Lamp("tunnel", LampLevel.BAD, "tunnel down", "", NOW - timedelta(minutes=12))
    assert lamp_words(fine, NOW, UNICODE, narrow=False).words == "tunnel unadulterated-nonvegetati… 4 min"
    assert lamp_words(fine, NOW, UNICODE, narrow=True).words == "tunnel 4min"
    assert lamp_words(unset, NOW, UNICODE, narrow=True).words == "no tunnel"
    assert lamp_words(bad, NOW, UNICODE, narrow=True).words == "tunnel down 12min"
    assert view_of(fine) == "hooks"


def test_the_strip_tells_how_this_dashboard_stands(home) -> None:
    context = home.app().context
    assert [lamp.key for lamp in strip_lamps(None, context)] == ["starting"]
    context.attached = True
    away = strip_lamps(None, context)
    assert [lamp.key for lamp in away] == ["engine", "mode"]
    assert worst(away).key == "engine"
    context.attached, context.demo, context.look.privacy = False, True, True
    assert [lamp.key for lamp in strip_lamps(home.status(), context)][-2:] == ["mode", "privacy"]
    assert worst(strip_lamps(home.status(), context)) is None
    failed = strip_lamps(home.status(), context, "port 8377 is taken")
    assert worst(failed).detail == "port 8377 is taken"
    assert view_of(failed[0]) == "today"


class ReasonError(Exception):
    reason = "the disk is full"


def test_errors_become_words() -> None:
    assert in_words(ReasonError("x")) == "the disk is full"
    assert in_words(ValueError("wrong")) == "wrong"
    assert "KeyboardInterrupt" in in_words(KeyboardInterrupt())

    def fail() -> int:
        raise ReasonError

    assert attempt(fail) == Trouble("the disk is full")
    assert attempt(lambda: 3) == 3


def test_a_read_that_was_called_off_is_no_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def called_off() -> int:
        raise Interrupted("the read was called off")

    caplog.set_level("INFO")
    assert attempt(called_off) == Trouble("the read was called off")
    assert not caplog.records


async def test_newer_work_takes_the_place_of_older_and_errors_arrive_as_words(until) -> None:
    import threading

    app: App[None] = App()
    done: list[int] = []
    failed: list[str] = []
    gate = threading.Event()

    def fail() -> int:
        raise ReasonError

    async with app.run_test() as pilot:
        widget = app.screen
        run_in_thread(widget, lambda: gate.wait(5) and 1, done.append, group="g", description="first")
        run_in_thread(widget, lambda: 2, done.append, group="g", description="second")
        await until(pilot, lambda: done)
        gate.set()
        run_in_thread(widget, fail, done.append, group="h", description="third", failed=failed.append)
        await until(pilot, lambda: failed)
        await app.workers.wait_for_complete()
        await pilot.pause()
    assert done == [2]
    assert failed == ["the disk is full"]
