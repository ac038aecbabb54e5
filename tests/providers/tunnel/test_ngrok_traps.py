"""The ways in which pyngrok and the agent are known to go wrong, one test each."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.providers.tunnel.agent_start import spare_loopback
from booking_tui.providers.tunnel.flow import LINE_MOST
from booking_tui.sandbox.ngrok.launcher import write_launcher
from tests.providers.tunnel.conftest import TOKEN, Stands
from tests.providers.tunnel.processes import MARK, eventually, marked


def agents() -> list[str]:
    return [process.command for process in marked(os.environ[MARK]) if "start --none" in process.command]


def test_trap_1_a_silent_agent_does_not_hold_us(stand: Stands) -> None:
    one = stand("silent", deadline_s=0.5)
    with pytest.raises(TunnelFailed, match="said nothing"):
        one.open()
    assert one.took_s < 3.0
    assert not marked(os.environ[MARK])
    other = stand(folder=one.folder)
    assert other.open().startswith("https://"), "pyngrok's lock is free again"


def test_trap_1_a_hanging_interface_does_not_hold_us(stand: Stands) -> None:
    one = stand("hang", deadline_s=0.7)
    with pytest.raises(TunnelFailed):
        one.open()
    assert one.took_s < 3.0
    one = stand("hang=post", deadline_s=0.7)
    with pytest.raises(TunnelFailed):
        one.open()
    assert one.took_s < 3.0


def test_trap_1_a_proxy_of_the_surroundings_is_not_asked_about_loopback(
    stand: Stands, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as never_answers:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{never_answers.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "intranet.example")
        one = stand()
        url = one.open()
        assert one.tunnel.look() == url
        assert set(os.environ["no_proxy"].split(",")) == {"intranet.example", "127.0.0.1", "localhost"}


def test_trap_1_surroundings_without_a_proxy_stay_as_they_are() -> None:
    environ = {"PATH": "/bin"}
    spare_loopback(environ)
    assert environ == {"PATH": "/bin"}
    environ = {"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}
    spare_loopback(environ)
    spare_loopback(environ)
    assert environ["NO_PROXY"] == "*"
    assert environ["no_proxy"].count("localhost") == 1


def test_trap_2_the_token_is_on_no_command_line_and_in_no_environment(
    stand: Stands, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {
        "NGROK_AUTHTOKEN": TOKEN,
        "CALCOM_API_KEY": "cal_secret_1",
        "BOOKING_TUI_TUNNEL__AUTHTOKEN": "tui_secret",
    }
    secrets |= {"DATABASE_URL": "db_secret", "RESEND_API_KEY": "re_secret", "GOOGLE_CLIENT_SECRET": "g_secret"}
    secrets |= {"NGROK_API_KEY": "api_secret", "BOOKING_TUI_ENCRYPTION_KEY": "several\nlines_secret"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    one = stand()
    one.open()
    found = marked(os.environ[MARK])
    assert len(found) == 2, "the agent and its watcher"
    for process in found:
        for value in secrets.values():
            assert value.split("\n")[-1] not in process.command
            assert value.split("\n")[-1] not in process.environ, process.command
    assert "--config" in agents()[0]
    assert "--authtoken" not in agents()[0]


def test_trap_3_a_dead_agent_is_not_started_anew_by_looking(stand: Stands) -> None:
    one = stand()
    one.open()
    os.kill(one.pid, signal.SIGKILL)
    with pytest.raises(TunnelFailed) as failed:
        eventually(lambda: one.tunnel.look() is None and False)
    assert failed.value.problem.again
    assert agents() == []
    with pytest.raises(TunnelFailed, match="not open"):
        one.tunnel.look()
    assert agents() == []


def test_trap_4_death_is_noticed_with_the_last_words(stand: Stands) -> None:
    one = stand()
    one.open()
    one.control(do="crash")
    with pytest.raises(TunnelFailed, match="session closed by the service"):
        eventually(lambda: one.tunnel.look() is None and False)
    one.open()
    one.control(do="die")
    with pytest.raises(TunnelFailed, match=r"status was 1\b"):
        eventually(lambda: one.tunnel.look() is None and False)


def test_trap_5_a_failing_callback_does_not_stop_the_agent(stand: Stands, monkeypatch: pytest.MonkeyPatch) -> None:
    one = stand("spam=3000")
    url = one.open()
    log = one.tunnel._log

    class Breaks:
        def append(self, _: object) -> None:
            raise RuntimeError("a bug of ours")

        def copy(self) -> list[str]:
            return []

    monkeypatch.setattr(log, "_lines", Breaks())
    # The pipe holds 64 kB: after a moment of this much talk the agent would stand still.
    until = time.monotonic() + 0.5
    eventually(lambda: time.monotonic() > until)
    assert one.tunnel.look() == url


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_trap_5_when_the_reading_thread_breaks_another_one_reads_on(stand: Stands) -> None:
    one = stand("spam=3000")
    url = one.open()
    start = one.tunnel._start
    assert start is not None
    assert start._agent is not None
    start._agent.pyngrok_config.log_event_callback = lambda _: 1 / 0  # type: ignore[return-value]
    eventually(lambda: start._agent and start._agent._monitor_thread and not start._agent._monitor_thread.is_alive())
    assert one.tunnel.look() in {url, None}
    until = time.monotonic() + 0.5
    eventually(lambda: time.monotonic() > until)
    eventually(lambda: one.tunnel.look() == url)


def test_trap_5_a_line_without_an_end_is_not_kept_in_memory(stand: Stands) -> None:
    one = stand()
    url = one.open()
    one.control(say="x" * 300_000)
    # The stand-in says both at the same time: one that comes in the middle of that line is part of it.
    last = "the last of them"
    eventually(lambda: last in one.tunnel.recent_lines() or not one.control(say=last))
    start = one.tunnel._start
    assert start is not None
    assert start._agent is not None
    assert max(len(log.line) for log in start._agent.logs) <= LINE_MOST
    assert one.tunnel.look() == url


@pytest.mark.parametrize("code", [314, 319, 320, 324, 334, 338])
def test_trap_6_the_code_of_a_refused_endpoint_is_read_from_the_body(stand: Stands, code: int) -> None:
    one = stand(f"start={code}")
    with pytest.raises(TunnelFailed) as failed:
        one.open()
    assert failed.value.problem.code == f"ERR_NGROK_{code}"
    assert failed.value.problem.again is (code == 334)
    assert not marked(os.environ[MARK])


def test_trap_7_nothing_is_written_to_the_screen(stand: Stands, capfd: pytest.CaptureFixture[str]) -> None:
    one = stand("stderr,quote")
    one.open()
    eventually(lambda: any("nobody asked for" in line for line in one.tunnel.recent_lines()))
    one.control(do="crash")
    with pytest.raises(TunnelFailed):
        eventually(lambda: one.tunnel.look() is None and False)
    bad = stand("auth=107,stderr")
    with pytest.raises(TunnelFailed):
        bad.open()
    assert capfd.readouterr() == ("", "")


def test_trap_8_two_tunnels_have_two_agents(stand: Stands) -> None:
    one, two = stand("random"), stand("random")
    urls = {one.open(), two.open()}
    assert len(urls) == 2
    assert {one.tunnel.look(), two.tunnel.look()} == urls
    assert len(agents()) == 2
    one.tunnel.close()
    assert two.tunnel.look() in urls
    assert len(agents()) == 1


OPENS = """
import os, sys, threading
from pathlib import Path
from booking_tui.providers.tunnel.ngrok import NgrokOptions, NgrokTunnel
tunnel = NgrokTunnel(NgrokOptions(Path(sys.argv[1]), token=sys.argv[3], ngrok_path=sys.argv[2], deadline_s=30.0))
print("begun", flush=True)
print(tunnel.open(9, threading.Event()), flush=True)
if len(sys.argv) > 4:
    sys.exit(0)
threading.Event().wait()
"""


def parent(tmp_path: Path, scenario: str, *more: str) -> subprocess.Popen[str]:
    launcher = write_launcher(tmp_path / "bin" / "ngrok", environ={"FAKE_NGROK": scenario})
    return subprocess.Popen(
        [sys.executable, "-c", OPENS, str(tmp_path / "home"), str(launcher), TOKEN, *more],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )


@pytest.mark.parametrize("scenario", ["", "silent"])
def test_trap_9_the_agent_ends_with_a_parent_that_is_killed(tmp_path: Path, scenario: str) -> None:
    """An idle agent says nothing, so it would not notice that nobody reads it; one that hangs even less."""
    with parent(tmp_path, scenario) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        if scenario:
            eventually(agents)
            eventually(lambda: any("watcher" in process.command for process in marked(os.environ[MARK])))
        else:
            assert child.stdout.readline().startswith("https://")
        assert agents()
        child.kill()
    eventually(lambda: not marked(os.environ[MARK]), "the end of the agent and its watcher")


def test_trap_9_the_agent_ends_with_a_parent_that_forgets_to_close(tmp_path: Path) -> None:
    with parent(tmp_path, "", "leave") as child:
        assert child.wait(20) == 0
    eventually(lambda: not marked(os.environ[MARK]), "the end of the agent and its watcher")


def test_trap_9_an_agent_left_behind_is_ended_at_the_next_start(stand: Stands, tmp_path: Path) -> None:
    port = _free_port()
    with parent(tmp_path, f"loopback={port}") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        assert child.stdout.readline().startswith("http://")
        for process in marked(os.environ[MARK]):
            if "watcher" in process.command:
                os.kill(process.pid, signal.SIGKILL)
        child.kill()
    assert len(agents()) == 1, "without its watcher the idle agent lives on, and keeps the address"
    other = stand(f"loopback={port}", folder=tmp_path / "another")
    with pytest.raises(TunnelFailed) as failed:
        other.open()
    assert failed.value.problem.code == "ERR_NGROK_334"
    one = stand(f"loopback={port}", folder=tmp_path / "home")
    assert one.open() == f"http://127.0.0.1:{port}"
    assert len(agents()) == 1


def test_closing_ends_an_agent_that_hangs_or_ignores_polite_signals(stand: Stands, tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    deaf.write_text('#!/bin/sh\ntrap "" TERM\nwhile :; do read -r line; sleep 1; done </dev/zero\n')
    deaf.chmod(0o700)
    one = stand(ngrok_path=str(deaf), deadline_s=0.4)
    with pytest.raises(TunnelFailed):
        one.open()
    assert one.took_s < 3.4
    assert not any(re.search("deaf", process.command) for process in marked(os.environ[MARK]))
    hung = stand()
    hung.open()
    hung.control(set="hang")
    started = time.monotonic()
    hung.tunnel.close()
    assert time.monotonic() - started < 2.0
    assert threading.active_count() < 20


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
