"""``serve`` with the stand-in for ngrok's agent: whatever happens outside, what is said about the way in is true."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from booking_tui.sandbox.ngrok.launcher import write_launcher
from tests.e2e.served import Served, created, eventually, post

TOKEN = "2inventedTokenForTests000000_1NotARealOne00000000"
SOON_S = 10.0
PROC = Path("/proc")


class Tunnelled:
    """``serve`` with a tunnel: its later stdout lines, its state as told to scripts, and the stand-in's controls."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.lines: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        stdout = self.served.process.stdout
        assert stdout is not None
        for line in stdout:
            self.lines.append(json.loads(line))

    @property
    def told(self) -> list[str | None]:
        """The public URL as stdout told it, the ready line first."""
        return [self.served.ready["public_url"], *(line["public_url"] for line in self.lines)]

    def status(self) -> dict[str, Any]:
        point = json.loads((self.served.home / "control.json").read_text())
        connection = http.client.HTTPConnection("127.0.0.1", point["port"], timeout=5)
        try:
            headers = {"Authorization": f"Bearer {point['token']}", "Content-Type": "application/json"}
            connection.request("POST", "/control", json.dumps({"deed": "status", "arguments": {}}), headers)
            return json.loads(connection.getresponse().read())["result"]["tunnel"]
        finally:
            connection.close()

    def wait_for(self, state: str, *, deadline_s: float = SOON_S, **wanted: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}

        def holds() -> bool:
            found.clear()
            found.update(self.status())
            return found["state"] == state and all(found[name] == value for name, value in wanted.items())

        eventually(holds, deadline_s=deadline_s, why=f"not {state} {wanted} in time: {found}")
        return found

    def wait_up(self, *, deadline_s: float = SOON_S, **wanted: Any) -> dict[str, Any]:
        return self.wait_for("up", deadline_s=deadline_s, **wanted)

    def control(self, **asked: str) -> dict[str, Any]:
        """Ask the stand-in to misbehave."""
        config = (self.served.home / "tunnel" / "ngrok.yml").read_text()
        address = next(line.split('"')[1] for line in config.splitlines() if "web_addr" in line)
        connection = http.client.HTTPConnection(address, timeout=5)
        try:
            body = json.dumps(asked) if asked else None
            connection.request("POST" if asked else "GET", "/_fake/control", body)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def gauge(self, name: str) -> float:
        connection = http.client.HTTPConnection("127.0.0.1", self.served.local_port, timeout=5)
        try:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        finally:
            connection.close()
        [line] = [line for line in text.splitlines() if line.startswith(f"booking_tui_{name} ")]
        return float(line.split()[1])


@pytest.fixture
def tunnelled(tmp_path: Path, serve: Callable[..., Served]) -> Iterator[Callable[..., Tunnelled]]:
    running: list[Served] = []

    def start(scenario: str = "loopback", **extra: str) -> Tunnelled:
        launcher = write_launcher(tmp_path / "agent" / "ngrok", environ={"FAKE_NGROK": scenario})
        extra = {"NGROK_AUTHTOKEN": TOKEN, "BOOKING_TUI_TUNNEL__NGROK_PATH": str(launcher), **extra}
        running.append(serve(**extra))
        return Tunnelled(running[-1])

    yield start
    for served in running:
        served.stop()
    eventually(lambda: not children_with(str(tmp_path)), why="an agent or its watcher was left behind")


def children_with(text: str) -> list[int]:
    """Give the processes, not this one, on whose command line a text stands."""
    found: list[int] = []
    for folder in PROC.iterdir() if PROC.is_dir() else ():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if text.encode() in line:
                found.append(int(folder.name))
    return found


def test_it_is_told_when_the_way_in_stands_and_deliveries_come_through_it(
    tunnelled: Callable[..., Tunnelled],
) -> None:
    desk = tunnelled()
    status = desk.wait_up()
    url = status["url"]
    eventually(lambda: desk.told[-1] == url)
    assert len(desk.told) <= 2
    assert status["self_test"]["round_trip_ms"] > 0
    assert status["last_delivery_at"] is None
    port = urlsplit(url).port
    assert port is not None
    answer, _, _ = post(port, created(1))
    assert answer == 200
    refused, _, _ = post(port, created(2), signature="0" * 64)
    assert refused == 401
    assert desk.status()["last_delivery_at"] is not None
    assert desk.status()["requests_this_month"] >= 3
    assert desk.gauge("tunnel_up") == 1
    assert desk.gauge("tunnel_restarts_total") == 0
    assert desk.gauge("tunnel_self_test_seconds") > 0
    assert desk.served.cli("tunnel", "test")["self_test"]["why"] is None
    assert desk.served.cli("tunnel", "status")["url"] == url
    assert desk.served.stop() == 0


def test_another_address_after_a_restart_is_said_until_something_comes_by_it(
    tunnelled: Callable[..., Tunnelled],
) -> None:
    before = tunnelled()
    known = before.wait_up()["url"]
    port = urlsplit(known).port
    assert port is not None
    assert post(port, created(1))[0] == 200
    eventually(lambda: before.status()["known_here"], why="Cal.com's delivery was not seen")
    assert before.served.stop() == 0
    after = tunnelled()
    status = after.wait_up()
    if status["url"] == known:
        pytest.skip("the stand-in got the same port again")
    assert status["moved_from"] == known
    assert status["last_delivery_at"] < status["address_since"]
    assert after.served.cli("tunnel", "status")["moved_from"] == known
    port = urlsplit(status["url"]).port
    assert port is not None
    assert post(port, created(2))[0] == 200
    eventually(lambda: after.status()["moved_from"] is None, why="Cal.com's delivery was not seen")


def test_health_and_control_do_not_go_through_it(tunnelled: Callable[..., Tunnelled]) -> None:
    desk = tunnelled()
    port = urlsplit(desk.wait_up()["url"]).port
    for path in ("/healthz", "/readyz", "/metrics", "/control"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        assert connection.getresponse().status == 404, path
        connection.close()


def test_a_killed_agent_is_noticed_and_replaced(tunnelled: Callable[..., Tunnelled]) -> None:
    desk = tunnelled("loopback")
    first = desk.wait_up()
    os.kill(desk.control()["pid"], signal.SIGKILL)
    desk.wait_up(restarts=1)
    assert None in desk.told[1:]
    second = desk.served.cli("tunnel", "test")
    assert (second["state"], second["restarts"]) == ("up", 1)
    assert second["self_test"]["at"] > first["self_test"]["at"]
    assert desk.gauge("tunnel_restarts_total") == 1


def test_an_agent_that_hangs_is_replaced(tunnelled: Callable[..., Tunnelled]) -> None:
    desk = tunnelled()
    desk.wait_up()
    pid = desk.control()["pid"]
    os.kill(pid, signal.SIGSTOP)
    desk.wait_up(restarts=1, deadline_s=20.0)
    assert desk.control()["pid"] != pid


def test_another_address_is_told_and_proved(tunnelled: Callable[..., Tunnelled]) -> None:
    desk = tunnelled()
    first = desk.wait_up()["url"]
    desk.control(do="change")
    eventually(lambda: desk.status()["url"] not in {None, first}, deadline_s=SOON_S)
    second = desk.wait_up()["url"]
    assert second != first
    eventually(lambda: desk.told[-1] == second)


def test_a_network_that_is_gone_and_back(tunnelled: Callable[..., Tunnelled]) -> None:
    desk = tunnelled()
    url = desk.wait_up()["url"]
    desk.control(do="network-gone")
    desk.wait_for("reconnecting", url=None)
    assert desk.gauge("tunnel_up") == 0
    eventually(lambda: desk.told[-1] is None)
    desk.control(do="network-back")
    desk.wait_up()
    assert desk.status()["restarts"] == 0
    eventually(lambda: desk.told[-1] == url)


def test_what_a_person_must_mend_is_said_and_mended_without_a_restart(tunnelled: Callable[..., Tunnelled]) -> None:
    desk = tunnelled("loopback,auth=107", BOOKING_TUI_TUNNEL__NGROK_PATH="")
    status = desk.wait_for("blocked")
    assert desk.served.ready["public_url"] is None
    assert status["problem"]["again"] is False
    launcher = write_launcher(desk.served.home / "other" / "ngrok", environ={"FAKE_NGROK": "loopback"})
    (desk.served.home / "config.toml").write_text(f'[tunnel]\nngrok_path = "{launcher}"\n')
    desk.wait_up()
    assert desk.served.stop() == 0


def test_a_file_that_is_edited_takes_down_nothing_that_stands(tunnelled: Callable[..., Tunnelled]) -> None:
    desk = tunnelled()
    url = desk.wait_up()["url"]
    pid, config = desk.control()["pid"], desk.served.home / "config.toml"
    for text in ('[ui]\ntheme = "desk"\n', "[practice", "[listener]\nprot = 1\n", '[ui]\ntheme = "nord"\n'):
        config.write_text(text)
        tested = desk.served.cli("tunnel", "test") if text.startswith("[ui") else desk.wait_up()
        assert (tested["state"], tested["url"]) == ("up", url), text
    assert desk.control()["pid"] == pid
    assert desk.told in ([url], [None, url])
    config.write_text("[tunnel]\ninspect = true\n")
    eventually(lambda: desk.status()["inspector"] is not None, why="the inspector was not turned on")
    assert desk.wait_up()["inspector"] is not None


def test_what_is_on_its_way_while_it_is_opened_anew_is_still_known_here(tunnelled: Callable[..., Tunnelled]) -> None:
    desk = tunnelled()
    url = desk.wait_up()["url"]
    host = urlsplit(url).netloc
    desk.control(do="network-gone")
    desk.wait_for("reconnecting", url=None)
    connection = http.client.HTTPConnection("127.0.0.1", desk.served.port, timeout=5)
    connection.request("GET", "/webhooks/calcom", headers={"Host": host, "X-Forwarded-For": "203.0.113.7"})
    assert connection.getresponse().status == 405
    connection.close()


def test_a_refused_token_is_explained_and_never_shown(tunnelled: Callable[..., Tunnelled]) -> None:
    desk = tunnelled("loopback,auth=107")
    status = desk.wait_for("blocked")
    assert status["problem"]["code"] == "ERR_NGROK_107"
    assert TOKEN not in json.dumps(status)
    assert desk.told == [None]


def test_the_token_is_nowhere_but_in_the_file_that_the_agent_reads(tunnelled: Callable[..., Tunnelled]) -> None:
    desk = tunnelled()
    desk.wait_up()
    home = desk.served.home
    agents = children_with(str(home))
    assert len(agents) >= 2
    for pid in agents:
        assert TOKEN.encode() not in (PROC / str(pid) / "cmdline").read_bytes()
        if pid != desk.served.process.pid:
            # What the engine itself was started with stands in its own block for ever; its children get a clean one.
            assert TOKEN.encode() not in (PROC / str(pid) / "environ").read_bytes()
    holding = [path.name for path in home.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert holding == ["ngrok.yml"]
    assert (home / "tunnel" / "ngrok.yml").stat().st_mode & 0o777 == 0o600
    assert TOKEN.encode() not in Path(desk.served.log.name).read_bytes()
    assert TOKEN not in json.dumps(desk.lines)


def test_kill_9_takes_the_agent_and_its_watcher_along(tunnelled: Callable[..., Tunnelled]) -> None:
    desk = tunnelled()
    desk.wait_up()
    home = str(desk.served.home)
    assert len(children_with(home)) >= 2
    desk.served.kill()
    eventually(lambda: not children_with(home), deadline_s=SOON_S, why="the agent outlived kill -9")


def test_without_a_tunnel_nothing_is_waited_for(serve: Callable[..., Served]) -> None:
    served = serve(BOOKING_TUI_TUNNEL__KIND="none")
    assert served.ready["public_url"] is None
    assert served.cli("tunnel", "status")["state"] == "off"
