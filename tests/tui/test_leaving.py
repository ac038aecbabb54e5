"""The way out when the terminal is gone: once, also when the screen hangs, and deaf to errors of writing."""

from __future__ import annotations

import threading

from booking_tui.tui.leaving import ForgivingFile, Leaving


def test_asking_twice_leaves_once() -> None:
    left: list[str] = []
    leaving = Leaving(lambda: left.append("left"), lambda: None, patience_s=60, end=left.append)
    leaving.ask()
    leaving.ask()
    leaving.left()
    assert left == ["left"]


def test_a_screen_that_left_in_time_is_not_ended() -> None:
    done: list[object] = []
    leaving = Leaving(lambda: done.append("asked"), lambda: done.append("last resort"), patience_s=5, end=done.append)
    leaving.ask()
    leaving.left()
    for thread in threading.enumerate():
        if thread.name == "leaving":
            thread.join(2)
    assert done == ["asked"]


def test_a_screen_that_hangs_is_ended_after_its_last_resort() -> None:
    done: list[str] = []
    over = threading.Event()

    def end(code: int) -> None:
        done.append(f"ended {code}")
        over.set()

    Leaving(lambda: None, lambda: done.append("stopped"), patience_s=0, end=end).ask()
    assert over.wait(5)
    assert done == ["stopped", "ended 0"]


def test_what_is_written_to_a_terminal_that_is_gone_is_dropped() -> None:
    class Gone:
        encoding = "utf-8"

        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

        flush = write

    heard: list[bool] = []
    file = ForgivingFile(Gone(), lambda: heard.append(True))  # type: ignore[arg-type]
    assert file.write("abc") == 3
    assert heard == [True]
    assert file.encoding == "utf-8"
