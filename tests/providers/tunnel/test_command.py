"""Any client that prints its URL, run as one line of text without a shell."""

from __future__ import annotations

import errno
import json
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.ports import Doubtful, Tunnel
from booking_tui.providers.tunnel.command import LIKELY_S, CommandTunnel
from tests.providers.tunnel.processes import MARK, eventually, marked
from tests.providers.tunnel.test_public_urls import OUTSIDE

Make = Callable[..., CommandTunnel]
BOX = "echo 'INF |  https://calm-river.trycloudflare.com   |' >&2; "
WAIT = "exec sleep 60"


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Give a function that makes a tunnel of a shell script, or of a whole command line; all are closed at the end."""
    made: list[CommandTunnel] = []

    def go(
        script: str = "",
        *,
        line: str | None = None,
        deadline_s: float = 5.0,
        calm_s: float = 0.0,
        likely_s: float = 0.15,
    ) -> CommandTunnel:
        if line is None:
            path = tmp_path / f"client{len(made)}"
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o700)
            line = f"{shlex.quote(str(path))} --port {{port}} '{{port}} in quotes'"
        options = {"deadline_s": deadline_s, "settle_s": 0.15, "likely_s": likely_s, "calm_s": calm_s}
        made.append(CommandTunnel(line, tmp_path / "home", **options))
        return made[-1]

    yield go
    for one in made:
        started = time.monotonic()
        one.close()
        assert time.monotonic() - started < 3.0


def failure(tunnel: CommandTunnel, cancelled: threading.Event | None = None) -> TunnelFailed:
    with pytest.raises(TunnelFailed) as failed:
        tunnel.open(8377, cancelled or threading.Event())
    assert tunnel.last_error == failed.value.problem.what
    eventually(lambda: not marked(os.environ[MARK]))
    return failed.value


def test_it_opens_looks_closes_and_opens_again(make: Make, tmp_path: Path) -> None:
    tunnel = make(BOX + WAIT)
    port: Tunnel = tunnel
    assert port.kind == "command"
    assert port.inspector is None
    for _ in range(2):
        assert port.open(8377, threading.Event()) == "https://calm-river.trycloudflare.com"
        assert port.look() == "https://calm-river.trycloudflare.com"
        assert len(marked(os.environ[MARK])) == 2, "the client and its watcher"
        assert any("calm-river" in line for line in tunnel.recent_lines())
        port.close()
        eventually(lambda: not marked(os.environ[MARK]))
        assert [path.name for path in (tmp_path / "home").iterdir()] == ["command-start.sh"]
        with pytest.raises(TunnelFailed, match="not open"):
            port.look()


def test_the_port_is_put_in_and_no_shell_reads_the_line(make: Make) -> None:
    tunnel = make('for part in "$@"; do echo "got <$part>"; done; ' + BOX + WAIT)
    tunnel.open(8377, threading.Event())
    assert {"got <--port>", "got <8377>", "got <8377 in quotes>"} <= set(tunnel.recent_lines())
    client = shlex.split(tunnel._command)[0]
    plain = make(line=f"{shlex.quote(client)} $HOME '$(id)' ; true | cat")
    plain.open(8377, threading.Event())
    assert {"got <$HOME>", "got <$(id)>", "got <;>", "got <|>"} <= set(plain.recent_lines())


def test_a_likely_url_is_taken_once_no_better_one_comes(make: Make) -> None:
    assert make("echo https://one.example.com; " + WAIT).open(1, threading.Event()) == "https://one.example.com"
    better = make("echo https://one.example.com; sleep 0.05; " + BOX + WAIT)
    assert better.open(1, threading.Event()) == "https://calm-river.trycloudflare.com"
    local = make("echo http://127.0.0.1:9999; " + WAIT)
    assert local.open(8377, threading.Event()) == "http://127.0.0.1:9999"


class Said:
    """A client that prints whatever a test wants it to."""

    def __init__(self, make: Make, tmp_path: Path, first: str = BOX, **options: float) -> None:
        self._log = tmp_path / "said"
        self._log.touch()
        self.tunnel = make(f"{first} exec tail -n +1 -f {shlex.quote(str(self._log))}", **options)
        self.url = self.tunnel.open(8377, threading.Event())

    def say(self, text: str) -> None:
        """Print it, and a last line after it which has been read when this comes back."""
        count = sum(line == "that was all" for line in self.tunnel.recent_lines())
        with self._log.open("a", newline="") as file:
            file.write(f"{text}\nthat was all\n")
        eventually(lambda: sum(line == "that was all" for line in self.tunnel.recent_lines()) > count)


@pytest.mark.parametrize("line", ["https://b.trycloudflare.com", "10:00:02 INF |  https://b.trycloudflare.com  |"])
def test_another_address_of_the_service_has_the_client_started_anew(make: Make, tmp_path: Path, line: str) -> None:
    client = Said(make, tmp_path)
    client.say("WRN lost the connection, reconnecting")
    client.say(BOX.split("'")[1])
    assert client.tunnel.look() == client.url, "its own address once more is no other"
    client.say(line)
    with pytest.raises(TunnelFailed, match="another web address") as failed:
        client.tunnel.look()
    assert failed.value.problem.again
    eventually(lambda: not marked(os.environ[MARK]))
    # The next start reads it from the client's beginning.
    assert make("echo https://b.trycloudflare.com; " + WAIT).open(1, threading.Event()) == "https://b.trycloudflare.com"


@pytest.mark.parametrize(
    "text",
    [
        *(line for line in OUTSIDE if "\r" not in line),
        "GET /\rhttps://evil.trycloudflare.com",
        "https://evil.loca.lt",
        "https://evil.example.com",
        "see https://evil.trycloudflare.com for more",
        "/" + "x" * 8191 + "https://evil.trycloudflare.com",
        "/" + "x" * 70000 + "https://evil.trycloudflare.com",
    ],
)
def test_what_comes_from_outside_never_replaces_the_address(make: Make, tmp_path: Path, text: str) -> None:
    client = Said(make, tmp_path, "echo 'your url is: https://a.trycloudflare.com';")
    for _ in range(2):
        client.say(f"reconnecting\n{text}")
        assert client.tunnel.look() == "https://a.trycloudflare.com"


def test_a_service_does_not_replace_an_address_of_ones_own(make: Make, tmp_path: Path) -> None:
    client = Said(make, tmp_path, "echo https://hooks.example.com;")
    for text in ("https://evil.trycloudflare.com", "https://other.example.com"):
        client.say(f"{text}\n{text}")
        assert client.tunnel.look() == "https://hooks.example.com"


def test_a_request_that_comes_first_is_not_the_address_either(make: Make) -> None:
    lines = "".join(f"echo {shlex.quote(line)}; " for line in OUTSIDE)
    assert make(lines + BOX + WAIT).open(1, threading.Event()) == "https://calm-river.trycloudflare.com"


def test_a_client_with_two_addresses_keeps_the_first(make: Make, tmp_path: Path) -> None:
    client = Said(make, tmp_path, calm_s=60.0)
    for _ in range(2):
        client.say("https://b.trycloudflare.com")
        assert client.tunnel.look() == client.url
        client.tunnel._output._calm_until = 0.0


def test_an_address_without_the_end_of_a_line_is_found(make: Make) -> None:
    assert (
        make("printf https://a.trycloudflare.com; " + WAIT).open(1, threading.Event()) == "https://a.trycloudflare.com"
    )
    assert make("printf 'at https://a.example.com'; " + WAIT).open(1, threading.Event()) == "https://a.example.com"


def test_a_line_that_comes_in_pieces_is_read_as_a_whole(make: Make) -> None:
    tunnel = make("printf 'https://a.'; sleep 0.05; printf 'trycloud'; sleep 0.05; echo 'flare.com'; " + WAIT)
    assert tunnel.open(1, threading.Event()) == "https://a.trycloudflare.com"


def test_secrets_in_the_last_words_are_blotted_out(make: Make, tmp_path: Path) -> None:
    secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
    tunnel = make(f"echo 'secret token={secret} password=hunter2'; exit 3")
    said = failure(tunnel).problem.what
    assert said.endswith("It said last: secret token=••• password=•••")
    assert "hunter2" not in "".join(tunnel.recent_lines())
    # Neither where a line is cut off.
    cut = make(f"echo '{'x ' * 190}{secret}'; exit 3")
    failure(cut)
    assert "ghp_" not in "".join(cut.recent_lines())


def test_a_folder_that_is_open_to_everybody_is_closed(make: Make, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o777)
    make(BOX + WAIT).open(1, threading.Event())
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("line", "words", "again"),
    [
        (None, "No command", False),
        ("   ", "No command", False),
        ("cloudflared 'tunnel", "quotation mark", False),
        ("no-such-program-anywhere --url x", "no program no-such-program-anywhere", False),
    ],
)
def test_a_command_that_cannot_be_run_is_blocked(tmp_path: Path, line: str | None, words: str, again: bool) -> None:
    tunnel = CommandTunnel(line, tmp_path)
    found = failure(tunnel)
    assert words in found.problem.what
    assert found.problem.again is again


def test_a_client_that_ends_is_told_with_its_last_words(make: Make) -> None:
    found = failure(make("echo starting; echo 'not logged in, authtoken: abcdef' >&2; exit 3"))
    assert "not logged in" in found.problem.what
    assert "abcdef" not in found.problem.what
    assert found.problem.again
    assert "status was 4" in failure(make("exit 4")).problem.what


def test_a_client_without_a_url_is_given_up_at_the_deadline(make: Make) -> None:
    started = time.monotonic()
    found = failure(make("echo see https://developers.cloudflare.com/x; " + WAIT, deadline_s=0.4))
    assert "no public web address" in found.problem.what
    assert time.monotonic() - started < 3.0


@pytest.mark.parametrize(
    "line",
    [
        "ERR could not reach https://dead-one.trycloudflare.com, trying another region",
        "A new version is available at https://update.example.net",
    ],
)
def test_an_address_in_a_trouble_or_of_an_update_is_never_taken(make: Make, line: str) -> None:
    tunnel = make(f'echo "{line}"; sleep 0.3; {BOX}{WAIT}')
    assert tunnel.open(1, threading.Event()) == "https://calm-river.trycloudflare.com"


def test_a_merely_likely_address_waits_for_a_service_that_takes_its_time(make: Make) -> None:
    tunnel = make(f"echo see https://page.example.net; sleep 0.4; {BOX}{WAIT}", likely_s=LIKELY_S)
    assert tunnel.open(1, threading.Event()) == "https://calm-river.trycloudflare.com"
    assert LIKELY_S >= 5.0


def test_a_service_s_name_that_something_announces_comes_first(make: Make) -> None:
    tunnel = make(f"echo edge https://dead.trycloudflare.com joined; sleep 0.03; {BOX}{WAIT}")
    assert tunnel.open(1, threading.Event()) == "https://calm-river.trycloudflare.com"


def test_when_the_address_leads_nowhere_the_others_of_the_start_are_tried_once_each(make: Make, tmp_path: Path) -> None:
    first = "echo https://one.example.net https://two.example.net; echo at https://dead.trycloudflare.com now so;"
    client = Said(make, tmp_path, first, calm_s=60.0)
    assert client.url == "https://dead.trycloudflare.com"
    client.say("your url is: https://late.trycloudflare.com\nyour url is: https://other.loca.lt")
    assert isinstance(client.tunnel, Doubtful)
    tried: list[str | None] = []
    while client.tunnel.doubt():
        tried.append(client.tunnel.look())
    assert tried == ["https://one.example.net", "https://late.trycloudflare.com", "https://dead.trycloudflare.com"]
    assert client.tunnel.look() == client.url


def test_what_is_said_after_a_while_is_no_address_to_be_tried(make: Make, tmp_path: Path) -> None:
    client = Said(make, tmp_path)
    client.say("https://evil.trycloudflare.com")
    assert not client.tunnel.doubt()


@pytest.mark.parametrize(
    ("number", "again"),
    [
        *((number, True) for number in (errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)),
        *((number, False) for number in (errno.ENOENT, errno.EACCES, errno.ENOEXEC)),
    ],
)
def test_a_system_that_is_short_of_something_for_a_moment_is_asked_again(
    make: Make, monkeypatch: pytest.MonkeyPatch, number: int, again: bool
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    tunnel = make(BOX + WAIT)
    monkeypatch.setattr("subprocess.Popen", refuse)
    found = failure(tunnel)
    assert os.strerror(number) in found.problem.what
    assert found.problem.again is again


def test_a_token_on_the_command_line_is_in_no_note(make: Make, tmp_path: Path) -> None:
    program = tmp_path / "tunnel-client"
    program.write_text(f"#!/bin/sh\n{BOX}{WAIT}\n")
    program.chmod(0o700)
    tunnel = make(line=f"{shlex.quote(str(program))} run --token eyJhIjoiNGY")
    tunnel.open(1, threading.Event())
    assert "eyJhIjoiNGY" not in (tmp_path / "home" / "command.json").read_text()


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "command-output"]


def test_a_child_in_a_session_of_its_own_holds_nothing_of_ours(make: Make) -> None:
    tunnel = make(f"setsid sleep 62 & {BOX}{WAIT}")
    tunnel.open(1, threading.Event())
    eventually(lambda: any(process.command == "sleep 62" for process in marked(os.environ[MARK])))
    stray = next(process.pid for process in marked(os.environ[MARK]) if process.command == "sleep 62")
    pipe = tunnel._process.stdout if tunnel._process else None
    assert pipe is not None
    tunnel.close()
    assert pipe.closed
    assert readers() == []
    os.kill(stray, signal.SIGKILL)


def test_stopping_does_not_wait(make: Make) -> None:
    cancelled = threading.Event()
    timer = threading.Timer(0.2, cancelled.set)
    timer.start()
    started = time.monotonic()
    assert "stopped" in str(failure(make(WAIT, deadline_s=20.0), cancelled))
    assert time.monotonic() - started < 2.0
    timer.join()
    assert "stopped" in str(failure(make(WAIT), cancelled))


def test_death_is_noticed_and_ends_the_children_too(make: Make, tmp_path: Path) -> None:
    tunnel = make(f"sleep 61 & {BOX} while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; echo bye; exit 5")
    tunnel.open(1, threading.Event())
    eventually(lambda: any(process.command == "sleep 61" for process in marked(os.environ[MARK])))
    (tmp_path / "go").touch()

    def look() -> bool:
        return tunnel.look() is None

    with pytest.raises(TunnelFailed, match=r"ended by itself\. It said last: bye"):
        eventually(look)
    eventually(lambda: not marked(os.environ[MARK]))


def test_much_output_of_any_kind_does_not_stop_the_client(make: Make, tmp_path: Path) -> None:
    program = (
        "import sys, os, time\n"
        "print('https://a.trycloudflare.com', flush=True)\n"
        "for n in range(40): os.write(1, b'\\xff\\x1b[31m' + b'x' * 20000 + (b'\\n' if n % 2 else b''))\n"
        f"open({str(tmp_path / 'done')!r}, 'w').close()\n"
        "time.sleep(60)\n"
    )
    tunnel = make(line=f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}")
    tunnel.open(1, threading.Event())
    eventually((tmp_path / "done").exists)
    assert tunnel.look() == "https://a.trycloudflare.com"
    assert all(len(line) <= 400 and "\x1b" not in line for line in tunnel.recent_lines())
    assert len(tunnel.recent_lines()) <= 50


def test_secrets_are_not_in_its_environment(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NGROK_AUTHTOKEN", "hidden1")
    monkeypatch.setenv("CALCOM_WEBHOOK_SECRET", "hidden2")
    tunnel = make("env; " + BOX + WAIT)
    tunnel.open(1, threading.Event())
    assert "hidden" not in "\n".join(tunnel.recent_lines())
    assert all("hidden" not in process.environ for process in marked(os.environ[MARK]))


def test_an_old_client_of_ours_is_ended_at_the_next_start(make: Make, tmp_path: Path) -> None:
    first = make(BOX + "sleep 60; true")
    first.open(1, threading.Event())
    old = json.loads((tmp_path / "home" / "command.json").read_text())["pid"]
    again = make(BOX + WAIT)
    # As after a crash whose watcher was killed too: the next run knows of it by the note alone.
    assert again.open(1, threading.Event()) == "https://calm-river.trycloudflare.com"
    assert old not in [process.pid for process in marked(os.environ[MARK])]
    with pytest.raises(TunnelFailed):
        first.look()
