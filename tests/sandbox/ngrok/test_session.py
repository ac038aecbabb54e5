"""How an agent starts, is refused, loses its session, gets it back, and ends."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys

import pytest

from booking_tui.sandbox.ngrok.refusals import ENDPOINT, SESSION
from tests.sandbox.ngrok.conftest import Files, Start, Upstream
from tests.sandbox.ngrok.driving import DEADLINE_S, TOKEN, send, still_running, wait_until

LEVEL = "lvl=eror"  # codespell:ignore eror


def test_a_healthy_start_says_what_the_real_agent_says(start: Start) -> None:
    agent = start().online()
    texts = [shlex.split(line) for line in agent.lines]
    assert [part[2] for part in texts[:4]] == [
        "msg=open config file",
        "msg=starting web service",
        "msg=client session established",
        "msg=tunnel session started",
    ]
    assert all(re.fullmatch(r"t=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}", part[0]) for part in texts)
    assert all(part[1] == "lvl=info" for part in texts)
    assert agent.web.startswith("http://127.0.0.1:")
    assert agent.complaints == []


def test_a_refused_session_ends_with_four_lines_and_the_code(start: Start) -> None:
    agents = {code: start(f"auth={code}") for code in SESSION}
    for code, agent in agents.items():
        assert agent.exit_code() == 1
        refused = [line for line in agent.lines if "authentication failed" in line]
        assert [shlex.split(line)[1:3] for line in refused] == [
            [LEVEL, "msg=failed to reconnect session"],
            [LEVEL, "msg=session closing"],
            [LEVEL, "msg=terminating with error"],
            ["lvl=crit", "msg=command failed"],
        ]
        assert all(line.endswith(rf'\r\n\r\nERR_NGROK_{code}\r\n"') for line in refused)
        assert f"ERROR:  ERR_NGROK_{code}" in agent.complaints


def test_a_hasty_agent_does_not_wait_for_its_reader(files: Files) -> None:
    for scenario, waits in (("auth=107", True), ("auth=107,hasty", False)):
        command = [files.launcher(scenario), "start", "--none", "--log", "stdout", "--config", files.config()]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            try:
                assert child.stderr is not None
                assert child.stdout is not None
                assert child.stderr.read(6) == b"ERROR:"
                # Nobody has read the lines yet: one that waits is still there, one in haste goes of itself.
                if waits:
                    assert child.poll() is None
                assert child.wait(DEADLINE_S) == 1
                assert b"command failed" in child.stdout.read()
            finally:
                child.kill()


def test_the_texts_of_bad_tokens_quote_the_token(start: Start) -> None:
    agent = start("auth=107")
    agent.exit_code()
    assert f"Your authtoken: {TOKEN}" in agent.lines[-1]


def test_a_token_is_judged_by_its_form(start: Start) -> None:
    tokens = {"": 4018, "nonsense": 105, "ab cd_efghijklmnop": 105, "4nq9771bPxe8ctg7LKr2": 106, "ak_!": 105}
    for token, code in tokens.items():
        agent = start(token=token)
        assert agent.exit_code() == 1
        assert f"ERR_NGROK_{code}" in agent.lines[-1]


def test_the_token_may_come_from_the_command_line_or_the_environment(start: Start) -> None:
    start("", "--authtoken", TOKEN, token="").online()
    start("", token="", environ={"NGROK_AUTHTOKEN": TOKEN}).online()


def test_the_older_schema_of_the_file_is_read_too(start: Start) -> None:
    start(version="2").online()


def test_an_agent_that_cannot_reach_the_service_tries_for_ever_until_it_can(start: Start) -> None:
    agent = start("offline,retry=0.02")
    agent.line("failed to reconnect session", count=3)
    assert agent.process.poll() is None
    assert agent.rest("GET", "/api/status").json["status"] == "connecting"
    refused = agent.rest("POST", "/api/endpoints", {"name": "a", "upstream": {"url": "80"}})
    assert (refused.status, refused.json["error_code"]) == (503, 104)
    agent.control(unset="offline")
    agent.online()


def test_a_silent_agent_says_nothing_and_lives(start: Start, files: Files) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    agent = start("silent", web_addr=f"127.0.0.1:{port}")

    def answers() -> bool:
        try:
            return send(f"http://127.0.0.1:{port}", "GET", "/_fake/control").json["session"] == "online"
        except OSError:
            return False

    wait_until(answers)
    assert agent.lines == []


def test_a_slow_agent_takes_its_time_for_the_session(start: Start) -> None:
    agent = start("slow=60")
    assert agent.rest("GET", "/api/status").json["status"] == "connecting"
    agent.control(set="slow=0.01")
    agent.online()


def test_an_agent_dies_without_a_word(start: Start) -> None:
    agent = start("die=0.1")
    assert agent.exit_code() == 1
    assert not [line for line in agent.lines if "lvl=crit" in line]


def test_an_agent_crashes_with_the_lines_of_a_failed_command(start: Start) -> None:
    agent = start("crash=0.1")
    assert agent.exit_code() == 1
    assert 'msg="command failed"' in agent.lines[-1]


@pytest.mark.parametrize("deed", ["die", "crash"])
def test_death_can_be_ordered(start: Start, deed: str) -> None:
    agent = start().online()
    agent.control(do=deed)
    assert agent.exit_code() == 1


def test_a_dropped_session_comes_back_with_the_same_url(start: Start, upstream: Upstream) -> None:
    agent = start("loopback,outage=60").online()
    url = agent.open(upstream.url)
    agent.control(do="drop")
    agent.line("heartbeat timeout, terminating session")
    agent.line("session closed, starting reconnect loop")
    offline = wait_until(lambda: (reply := send(url)).status == 404 and reply)
    assert offline.headers["Ngrok-Error-Code"] == "ERR_NGROK_3200"
    assert agent.rest("GET", "/api/endpoints").json["endpoints"][0]["url"] == url
    agent.control(set="outage=0")
    agent.line("tunnel session started", count=2)
    assert send(url).status == 200
    assert agent.state()["endpoints"] == {"desk": url}


def test_drop_and_change_can_be_timed(start: Start) -> None:
    agent = start("drop=0.05,outage=0.01").online()
    agent.line("client session established", count=2)
    agent.control(set="change=0.01")
    agent.line("client session established", count=3)


@pytest.mark.parametrize("scenario", ["loopback", "outage=0"])
def test_a_changed_session_comes_back_with_another_url(start: Start, upstream: Upstream, scenario: str) -> None:
    agent = start(f"{scenario},outage=0.01").online()
    old = agent.open(upstream.url)
    edges = agent.state()["edges"]
    agent.control(do="change")
    agent.line('msg="started tunnel"', count=2)
    new = agent.rest("GET", "/api/endpoints").json["endpoints"][0]["url"]
    assert new != old
    assert new in agent.line("started tunnel", count=2)
    assert send(edges[old.partition("://")[2]]).status == 404
    assert send(agent.state()["edges"][new.partition("://")[2]]).status == 200


def test_the_network_goes_and_comes_back(start: Start, upstream: Upstream) -> None:
    agent = start("loopback,retry=0.02").online()
    url = agent.open(upstream.url)
    agent.control(do="network-gone")
    agent.line("failed to reconnect session", count=2)
    assert agent.state()["session"] == "reconnecting"
    assert send(url).status == 404
    agent.control(do="network-back")
    agent.line("tunnel session started", count=2)
    assert send(url).status == 200


def test_a_token_can_be_revoked_while_the_agent_runs(start: Start) -> None:
    agent = start("outage=0").online()
    agent.control(set="auth=107", do="drop")
    assert agent.exit_code() == 1
    assert "ERR_NGROK_107" in agent.lines[-1]


def test_spam_comes_at_about_the_rate_asked_for(start: Start) -> None:
    agent = start("spam=500").online()
    wait_until(lambda: len(agent.lines) > 150)
    agent.control(unset="spam")
    assert agent.process.poll() is None


def test_stderr_is_written_to(start: Start) -> None:
    agent = start("stderr").online()
    wait_until(lambda: len(agent.complaints) > 1)
    assert "\x1b[7m" in agent.complaints[0]


def test_lines_with_hostile_quotes(start: Start) -> None:
    agent = start("quote")
    unbalanced = agent.line("unbalanced")
    with pytest.raises(ValueError, match="No closing quotation"):
        shlex.split(unbalanced)
    assert TOKEN in agent.line("\x1b[31m")
    agent.control(set="quote")
    agent.line("unbalanced", count=2)


def test_any_line_can_be_put_into_the_agents_mouth(start: Start) -> None:
    agent = start().online()
    agent.control(say='lvl=warn msg=whatever err="a b"')
    agent.line('lvl=warn msg=whatever err="a b"')


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_signals_end_it(start: Start, upstream: Upstream, number: signal.Signals, code: int) -> None:
    agent = start("loopback,hang=post").online()
    agent.process.send_signal(number)
    assert agent.exit_code() == code


def test_signals_end_it_even_when_nobody_reads_its_lines(files: Files) -> None:
    command = [files.launcher("spam=100000"), "start", "--none", "--log", "stdout", "--config", files.config()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline()
            child.send_signal(signal.SIGTERM)
            assert child.wait(DEADLINE_S) == 0
        finally:
            child.kill()


def test_it_ends_when_its_stdout_breaks(files: Files) -> None:
    command = [files.launcher("spam=50"), "start", "--none", "--log", "stdout", "--config", files.config()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            child.stdout.readline()
            child.stdout.close()
            assert child.wait(DEADLINE_S) == 1
        finally:
            child.kill()


def test_a_tied_agent_ends_with_its_parent(files: Files) -> None:
    launcher, config = files.launcher("tied"), files.config()
    script = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([{str(launcher)!r}, 'start', '--config', {str(config)!r}], stdout=subprocess.PIPE)\n"
        "while b'session started' not in child.stdout.readline(): pass\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=DEADLINE_S)
    wait_until(lambda: not still_running(str(config)), "the agent outlived its parent")


def test_a_taken_port_is_an_error_when_it_was_asked_for(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        agent = start(web_addr=f"127.0.0.1:{port}")
        assert agent.exit_code() == 1
    assert f"listen tcp 127.0.0.1:{port}: bind: address already in use" in agent.lines[-1]
    assert 'lvl=crit msg="command failed"' in agent.lines[-1]


def test_the_default_port_gives_way(start: Start) -> None:
    first, second = start(web_addr="").online(), start(web_addr="").online()
    assert first.web != second.web
    second.line("can't bind default web address, trying alternatives")


def test_each_process_keeps_its_own_state(start: Start, upstream: Upstream) -> None:
    first, second = start("loopback").online(), start("loopback").online()
    first.open(upstream.url)
    assert second.state()["endpoints"] == {}
    assert first.state()["pid"] == first.process.pid != os.getpid()


def test_every_code_has_a_text_with_known_gaps_only() -> None:
    for text in [*SESSION.values(), *ENDPOINT.values()]:
        assert text.format(token="t", version="v", host="h", url="u")
