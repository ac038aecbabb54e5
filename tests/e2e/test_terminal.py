"""The dashboard in a real pseudo-terminal: first frame, signals, resize, flow B key by key, hostile text."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from booking_tui.bench.terminal import Terminal
from tests.e2e.desk import Desk
from tests.e2e.served import SECRET, cli, created, environment, eventually, post

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pty")

LEAVE_SCREEN = b"\x1b[?1049l"
SHOW_CURSOR = b"\x1b[?25h"
MOUSE_OFF = b"\x1b[?1000l"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_signal_leaves_the_terminal_as_it_was(desk: Callable[..., Desk], how: signal.Signals) -> None:
    opened = desk()
    opened.see("Agenda")
    opened.port()
    os.kill(opened.terminal.pid, how)
    assert opened.terminal.wait_exit() == 0
    written = bytes(opened.terminal.written)
    for ending in (LEAVE_SCREEN, SHOW_CURSOR, MOUSE_OFF):
        assert written.rfind(ending) > written.rfind(ending[:-1] + (b"h" if ending.endswith(b"l") else b"l"))
    assert not (opened.home / "control.json").exists()


PARENT = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[2:], start_new_session=sys.argv[1] == "deaf")
print(child.pid, flush=True)
while True:
    time.sleep(60)
"""


@pytest.mark.parametrize("how", ["deaf", "once", "thrice"])
def test_a_closed_window_ends_the_demo_and_removes_its_home(tmp_path: Path, how: str) -> None:
    """As make and sh do, a parent leads the session; a deaf child hears of the end by the terminal alone."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-c", PARENT, how, sys.executable, "-m", "booking_tui", "demo"]
    with Terminal(command, env=environment(TMPDIR=str(scratch))) as terminal:
        terminal.wait_for(lambda seen: b"Agenda" in seen and any(scratch.glob("*/control.json")), deadline_s=30)
        found = re.search(rb"(\d+)\r\n", terminal.written)
        assert found is not None
        pid = int(found[1])
        try:
            assert [*scratch.glob("booking-tui-demo-*")]
            os.close(terminal.fd)
            terminal.fd = os.open(os.devnull, os.O_RDWR)
            for _ in range(2 if how == "thrice" else 0):
                os.kill(pid, signal.SIGHUP)
            eventually(lambda: not lives(pid), deadline_s=10)
        finally:
            if lives(pid):
                os.kill(pid, signal.SIGKILL)
        assert not [*scratch.glob("booking-tui-demo-*")]


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not asked about does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()[:1] not in {"", "Z"}


def test_q_leaves_and_the_home_is_free_again(desk: Callable[..., Desk]) -> None:
    opened = desk()
    opened.see("Agenda")
    opened.port()
    opened.key("q")
    assert opened.terminal.wait_exit() == 0
    assert cli(opened.home, "events", "list") == []


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (160, 45)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_it_opens_and_follows_a_resize(desk: Callable[..., Desk], size: tuple[int, int]) -> None:
    opened = desk()
    opened.see("Agenda", "Needs you")
    opened.mark = len(opened.terminal.written)
    opened.terminal.resize(*size)
    opened.see("Agenda")
    opened.key("4")
    opened.see("Nothing has come in yet")
    assert opened.terminal.status is None


def test_without_configuration_the_welcome_screen_comes(tmp_path: Path) -> None:
    env = {**environment(), "CALCOM_WEBHOOK_SECRET": ""}
    command = [sys.executable, "-m", "booking_tui", "--home", str(tmp_path / "new")]
    with Terminal(command, env=env) as terminal:
        terminal.wait_for(lambda seen: b"demo" in seen and b"onnect" in seen)


def editor(folder: Path) -> Path:
    """An editor that renames the first guest and saves."""
    script = folder / "editor"
    script.write_text(
        f"#!{sys.executable}\n"
        "import re, sys, pathlib\n"
        "path = pathlib.Path(sys.argv[-1])\n"
        "text = path.read_text()\n"
        'path.write_text(re.sub(r\'"title":\\s*"[^"]*"\', \'"title": "Edited in an editor"\', text, count=1))\n'
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


def test_flow_b_key_by_key(desk: Callable[..., Desk], tmp_path: Path) -> None:
    opened = desk(EDITOR=str(editor(tmp_path)), VISUAL="")
    opened.see("Agenda")
    opened.port()
    opened.key("4")
    opened.see("Nothing has come in yet")
    opened.key("t")
    opened.see("A booking", "A guest books")
    opened.key("\r")
    opened.see("BOOKING_CREATED", "signed")
    event = settled(opened.home, 1)[0]
    assert (event["trigger"], event["verdict"], event["test"]) == ("BOOKING_CREATED", "valid", True)
    for _ in range(4):
        opened.key(">")
    opened.see("Effects")
    opened.see("booked")
    opened.key("s")
    opened.see("HMAC")
    opened.key("\x1b")
    opened.rest()
    opened.key("c")
    opened.see("]52;c;")
    opened.key("e")
    opened.see("sign")
    opened.key("\r")
    edited = settled(opened.home, 2)[0]
    shown = cli(opened.home, "events", "show", edited["id"])
    assert "Edited in an editor" in shown["body"]
    opened.key("r")
    replayed = settled(opened.home, 3)[0]
    assert replayed["replay_of"] in {event["id"], edited["id"]}
    history = cli(opened.home, "history", event["booking_uid"])
    assert [entry["action"] for entry in history].count("created") == 1


def settled(home: Path, count: int) -> list[dict[str, object]]:
    """Wait until so many events came in and none is waiting; newest first."""
    found: list[dict[str, object]] = []

    def enough() -> bool:
        found[:] = cli(home, "events", "list")
        return len(found) == count and all(event["state"] != "stored" for event in found)

    eventually(enough, deadline_s=20)
    return found


HOSTILE = {
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "colour": "\x1b[31mEVIL",
    "c1": "\x9b31mEVIL",
    "link": "\x1b]8;;http://evil.example.com\x1b\\EVIL",
    "bidi": "\u202eEVIL\u2066",
    "nul": "A\x00EVIL",
    "markup": "[/] [/oops] [@click=app.quit]EVIL[/] [link=http://evil.example.com]x[/link] [$x] [TODO] :skull:",
    "newline": "one\ntwo\r\nthree\x0b\x0c",
    "zero width": "a\u200b\u2060\ufeffb",
    "tags": "EVIL\U000e0041\U000e0042",
    "zalgo": "Z" + "\u0301" * 60,
    "wide": "漢字" * 60,
    "long": "x" * 3000,
}
FORBIDDEN = [
    b"\x1b]52;c;ZXZp",
    b"\x1b[31mEVIL",
    b"\xc2\x9b",
    b"\x9b31m",
    b"\x1b]8;;http://evil",
    "\u202e".encode(),
    "\u2066".encode(),
    b"\x00",
    "\u0301".encode() * 4,
    "\U000e0041".encode(),
]
"""Bytes that only a stranger's text would bring to the terminal."""


def hostile_bodies() -> list[bytes]:
    """A booking for each hostile text, with that text in every place where a guest's words can stand."""
    bodies = []
    for number, text in enumerate(HOSTILE.values()):
        person = {"name": text, "email": f"{text}@example.com", "timeZone": "Europe/Berlin", "phoneNumber": text}
        extra = {
            "title": text,
            "eventTitle": text,
            "type": text,
            "location": text,
            "additionalNotes": text,
            "attendees": [person],
            "responses": {"question": {"label": text, "value": text}},
            "cancellationReason": text,
            "videoCallData": {"url": text},
        }
        bodies.append(created(number, **extra))
        envelope = {"triggerEvent": f"NEW_{text}", "createdAt": text, "payload": {"uid": text, text: text}}
        bodies.append(json.dumps(envelope, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return bodies


def test_no_hostile_byte_reaches_the_terminal(desk: Callable[..., Desk]) -> None:
    opened = desk()
    opened.see("Agenda")
    port = opened.port()
    bodies = hostile_bodies()
    for body in bodies:
        assert post(port, body)[0] == 200
    for body in bodies[:4]:
        assert post(port, body, signature="\xe9vil" if body is bodies[0] else "EVIL")[0] == 401
    settled(opened.home, len(bodies) + 4)
    for view, keys in (("1", "jj\t"), ("3", "jj\t"), ("4", "jj>>>")):
        opened.key(view)
        opened.terminal.read(0.5)
        for key in keys * 4:
            opened.terminal.type(key)
            while opened.terminal.read(0.15):
                continue
    assert opened.terminal.status is None, "a name ended the program"
    written = bytes(opened.terminal.written)
    assert b"EVIL" in written, "the test never showed what it fears"
    for bad in FORBIDDEN:
        assert bad not in written, f"{bad!r} reached the terminal: {written[written.find(bad) - 80 :][:200]!r}"
    assert opened.terminal.pid
    opened.key("q")
    assert opened.terminal.wait_exit() == 0


def test_a_second_dashboard_attaches_and_its_deeds_reach_the_first(desk: Callable[..., Desk]) -> None:
    first = desk()
    first.see("Agenda")
    port = first.port()
    assert post(port, created(1))[0] == 200
    settled(first.home, 1)
    second = desk()
    second.see("Agenda")
    second.key("4")
    second.see("BOOKING_CREATED")
    second.key("r")
    assert settled(first.home, 2)[0]["replay_of"]
    second.key("q")
    assert second.terminal.wait_exit() == 0
    assert first.terminal.status is None
    assert SECRET.encode() not in bytes(first.terminal.written) + bytes(second.terminal.written)
