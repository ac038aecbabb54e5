"""The dashboard in a real pseudo-terminal under rough hands: editors that fail, pasted bytes, a screen that breaks."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from booking_tui.bench.terminal import Terminal
from tests.e2e.desk import Desk
from tests.e2e.served import environment, post
from tests.e2e.test_terminal import LEAVE_SCREEN, created, settled

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pty")


def script(folder: Path, body: str) -> str:
    """An editor that does what the shell lines say; ``$1`` is the file."""
    path = folder / "editor"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


EDITORS = {
    "not there": (None, "started:"),
    "a folder": ("/", "started:"),
    "removes the file": ('rm -- "$1"', "behind"),
    "leaves a folder": ('rm -- "$1"; mkdir -- "$1"', "behind"),
    "removes the folder": ('rm -r -- "$(dirname "$1")"', "behind"),
    "fails": ("exit 3", "ended"),
    "is interrupted": ("kill -INT 0; exit 130", "ended"),
}


def test_an_editor_that_fails_leaves_the_screen_alive(desk: Callable[..., Desk], tmp_path: Path) -> None:
    editor = tmp_path / "ed"
    opened = desk(EDITOR=str(editor), VISUAL="")
    opened.see("Agenda")
    assert post(opened.port(), created(1))[0] == 200
    settled(opened.home, 1)
    opened.key("4")
    opened.see("BOOKING_CREATED", "Signed and applied")
    for kind, (body, words) in EDITORS.items():
        editor.unlink(missing_ok=True)
        if body is not None:
            editor.symlink_to(body if body == "/" else script(tmp_path, body))
        opened.rest()
        opened.key("e")
        opened.see(words)
        assert opened.terminal.status is None, kind
    opened.rest()
    opened.key("?")
    opened.see("Esc")
    opened.rest()
    opened.key("\x1b")
    opened.rest()
    opened.key("q")
    assert opened.terminal.wait_exit() == 0


def test_a_paste_presses_no_keys_and_holds_nothing_up(desk: Callable[..., Desk]) -> None:
    opened = desk()
    opened.see("Agenda")
    opened.rest()
    opened.key("\x1b[200~hello\x1b[31mq\x1b]q\x1b[201~")
    opened.rest()
    with pytest.raises(TimeoutError):
        opened.terminal.wait_exit(deadline_s=2)
    opened.key("\x1b[200~")
    for _ in range(200):
        opened.terminal.type("\x1b[31mq" * 500)
        opened.terminal.read(0)
    opened.key("\x1b[201~4")
    opened.see("webhooks/calcom", deadline_s=6)


BREAKS = """
import sys
from booking_tui.tui.main_screen import MainScreen

def on_key(self, event):
    client = "Ada Lovelace of the locals"
    if event.key == "9":
        raise ValueError("it broke on purpose")

MainScreen.on_key = on_key
sys.argv[0] = "booking-tui"
from booking_tui.__main__ import main
main()
"""


def test_a_screen_that_breaks_exits_with_one_line_and_a_log(tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = {**environment(), "BOOKING_TUI_LISTENER__PORT": "0", "BOOKING_TUI_LISTENER__LOCAL_PORT": "0"}
    with Terminal([sys.executable, "-c", BREAKS, "--home", str(home)], env=env) as terminal:
        terminal.wait_for(lambda seen: b"Agenda" in seen and (home / "control.json").exists())
        terminal.type("9")
        assert terminal.wait_exit() == 1
        last = bytes(terminal.written).rpartition(LEAVE_SCREEN)[2]
    assert b"unexpected ValueError: it broke on purpose" in last
    assert b"Traceback" not in last
    assert b"of the locals" not in last
    logged = "".join(path.read_text() for path in (home / "logs").iterdir())
    assert "it broke on purpose" in logged
    assert "Traceback" in logged


def test_a_dumb_terminal_is_refused_without_a_byte_of_drawing(tmp_path: Path) -> None:
    line = f"TERM=dumb exec {sys.executable} -m booking_tui --home {tmp_path / 'home'}"
    with Terminal(["sh", "-c", line], env=environment()) as terminal:
        assert terminal.wait_exit() == 2
        written = bytes(terminal.written)
    assert b"TERM=dumb says that this is none; booking-tui serve works without one" in written
    assert b"\x1b" not in written


@pytest.mark.parametrize("locale", ["LC_ALL", "LANG"])
def test_in_a_locale_of_ascii_only_ascii_is_drawn(tmp_path: Path, locale: str) -> None:
    kept = {name: value for name, value in environment().items() if name not in {"LC_ALL", "LC_CTYPE", "LANG"}}
    env = {**kept, locale: "C", "BOOKING_TUI_LISTENER__PORT": "0", "BOOKING_TUI_LISTENER__LOCAL_PORT": "0"}
    with Terminal([sys.executable, "-m", "booking_tui", "--home", str(tmp_path / "home")], env=env) as terminal:
        terminal.wait_for(lambda seen: b"Agenda" in seen and b"Needs you" in seen)
        terminal.read(0.5)
        assert terminal.written.isascii()


BUNCHES = (("1", "gss"), ("4", "t\r\r"), ("4", "t\x1b\x1b"), ("3", "Y\r\r"), ("1", "?\x1b\x1b"), ("1", ":\r\r"))


def test_keys_that_come_in_a_bunch_do_not_leave_a_dialog_twice(desk: Callable[..., Desk]) -> None:
    opened = desk()
    opened.see("Agenda")
    assert post(opened.port(), created(1))[0] == 200
    settled(opened.home, 1)
    for view, keys in BUNCHES:
        opened.key(view)
        opened.rest()
        opened.key(keys[0])
        opened.rest()
        opened.key(keys[1:])
        opened.rest()
        assert opened.terminal.status is None, keys
        opened.key("\x1b")
        opened.rest()
    os.kill(opened.terminal.pid, signal.SIGTERM)
    assert opened.terminal.wait_exit() == 0


def test_what_is_typed_right_behind_the_filter_key_goes_into_the_filter(desk: Callable[..., Desk]) -> None:
    opened = desk()
    opened.see("Agenda")
    assert post(opened.port(), created(1))[0] == 200
    settled(opened.home, 1)
    opened.key("4")
    opened.see("BOOKING_CREATED")
    opened.rest()
    opened.key("/rex")
    opened.see("rex")
    opened.rest()
    assert len(settled(opened.home, 1)) == 1, "a letter of the filter was taken for a deed"
