"""The tunnel by pyngrok as it is installed, over the stand-in agent, in every scenario."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import threading
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
import yaml

from booking_tui.domain.tunnel import TunnelFailed, TunnelProblem
from booking_tui.ports import Tunnel
from booking_tui.providers.tunnel.agent_log import AgentLog
from booking_tui.providers.tunnel.ngrok import NgrokOptions, NgrokTunnel
from tests.providers.tunnel.conftest import TOKEN, Stand, Stands
from tests.providers.tunnel.processes import MARK, eventually, marked


def refused(one: Stand) -> TunnelProblem:
    with pytest.raises(TunnelFailed) as failed:
        one.open()
    assert one.took_s < 5.0
    assert not marked(os.environ[MARK])
    assert failed.value.problem.what == one.tunnel.last_error
    assert TOKEN not in repr(failed.value) + repr(failed.value.problem) + repr(one.tunnel.recent_lines())
    return failed.value.problem


def test_it_opens_looks_closes_and_opens_again(stand: Stands, tmp_path: Path) -> None:
    one = stand()
    tunnel: Tunnel = one.tunnel
    assert tunnel.kind == "ngrok"
    url = one.open()
    assert url.startswith("https://")
    assert not url.endswith("/")
    assert tunnel.look() == url
    assert tunnel.inspector is None
    assert any("started tunnel" in line for line in one.tunnel.recent_lines())
    first = one.pid
    tunnel.close()
    eventually(lambda: not marked(os.environ[MARK]))
    assert sorted(path.name for path in one.folder.iterdir()) == ["agent-start.sh", "ngrok.yml"]
    with pytest.raises(TunnelFailed, match="not open"):
        tunnel.look()
    assert one.open() == url
    assert one.pid != first
    assert tunnel.look() == url
    tunnel.close()
    tunnel.close()


def test_opening_twice_ends_the_first(stand: Stands) -> None:
    one = stand()
    one.open()
    one.open()
    assert sum("start --none" in process.command for process in marked(os.environ[MARK])) == 1


def test_only_our_port_on_loopback_is_tunnelled_and_it_is_not_inspected(stand: Stands, web) -> None:
    listener = web(lambda path, _: (204, {}, b""))
    one = stand("loopback")
    url = one.open(listener.port)
    build_opener(ProxyHandler({})).open(f"{url}/webhooks/ping/x", timeout=5).close()
    assert [path for path, _ in listener.seen] == ["/webhooks/ping/x"]
    assert listener.seen[0][1]["host"] == url.removeprefix("http://")
    api = build_opener(ProxyHandler({})).open(f"{one.api}/api/endpoints", timeout=5)
    with api:
        told = yaml.safe_load(api.read())["endpoints"][0]
    assert told["upstream"]["url"] == f"http://127.0.0.1:{listener.port}"
    assert told["inspect"] is False
    assert yaml.safe_load((one.folder / "ngrok.yml").read_text())["agent"]["inspect_db_size"] == -1


def test_the_inspector_is_there_when_asked_for(stand: Stands) -> None:
    one = stand(inspect=True)
    assert one.tunnel.inspector is None
    one.open()
    assert one.tunnel.inspector == one.api
    one.tunnel.close()
    assert one.tunnel.inspector is None


@pytest.mark.parametrize("domain", ["quiet.ngrok-free.example", "https://quiet.ngrok-free.example/"])
def test_a_fixed_domain_is_asked_for(stand: Stands, domain: str) -> None:
    assert stand(domain=domain).open() == "https://quiet.ngrok-free.example"


@pytest.mark.parametrize("code", [105, 106, 107, 108, 109, 120, 121, 123, 338, 727, 4018])
def test_a_refused_session_is_told_in_words(stand: Stands, code: int) -> None:
    found = refused(stand(f"auth={code}"))
    assert found.code == f"ERR_NGROK_{code}"
    assert found.again is (code in {108, 727})
    assert found.rest_s == {108: 120.0, 727: 3600.0}.get(code, 0.0)


def test_no_token_needs_no_agent_to_be_told(stand: Stands, tmp_path: Path) -> None:
    one = stand(token=None)
    found = refused(one)
    assert found.code == "ERR_NGROK_4018"
    assert not (one.folder / "agent-start.sh").exists()


def test_a_text_that_is_no_token_is_refused_before_anything_starts(stand: Stands) -> None:
    one = stand(token="two words")
    with pytest.raises(TunnelFailed, match="blanks") as failed:
        one.open()
    assert not failed.value.problem.again
    assert not (one.folder / "agent-start.sh").exists()


def test_an_agent_that_cannot_reach_the_service_is_given_up_at_the_deadline(stand: Stands) -> None:
    one = stand("offline,retry=0.05", deadline_s=0.8)
    found = refused(one)
    assert found.again
    assert "by name" in found.what
    assert 0.7 < one.took_s < 3.0


def test_a_slow_agent_is_waited_for(stand: Stands) -> None:
    one = stand("slow=0.4")
    assert one.open().startswith("https://")
    assert one.took_s >= 0.4


@pytest.mark.parametrize("scenario", ["badjson=post", "badjson"])
def test_garbage_from_the_agent_is_told(stand: Stands, scenario: str) -> None:
    found = refused(stand(scenario, deadline_s=2.0))
    assert found.again
    assert "makes no sense" in found.what


@pytest.mark.parametrize("scenario", ["auth=105", "auth=107", "auth=107,hasty,stderr", "stderr,quote", "offline"])
def test_the_token_is_in_one_file_only(stand: Stands, scenario: str) -> None:
    one = stand(scenario, deadline_s=1.5)
    with contextlib.suppress(TunnelFailed):
        one.open()
    told = [path.name for path in one.folder.iterdir() if path.is_file() and TOKEN in path.read_text()]
    assert told == ["ngrok.yml"]
    assert TOKEN not in "\n".join(one.tunnel.recent_lines())
    one.tunnel.close()
    assert {path.name for path in one.folder.iterdir()} == {"agent-start.sh", "ngrok.yml"}


def test_an_agent_that_is_asked_for_in_vain_may_only_be_slow(stand: Stands, tmp_path: Path) -> None:
    found = refused(stand(ngrok_path=write_program(tmp_path / "agent", "#!/bin/sh\nexec sleep 60\n"), deadline_s=0.4))
    assert "said nothing" in found.what
    assert found.again


@pytest.mark.parametrize("name", ["", "none/ngrok"])
def test_a_path_to_no_agent_leads_to_the_setting(stand: Stands, tmp_path: Path, name: str) -> None:
    found = refused(stand(ngrok_path=str(tmp_path / name)))
    assert "tunnel.ngrok_path" in found.what
    assert "not installed" not in found.what
    assert found.do == "Correct tunnel.ngrok_path, or remove it."
    assert not found.again


def test_a_missing_agent_is_not_downloaded(stand: Stands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    found = refused(stand(ngrok_path=None))
    assert "not installed" in found.what
    assert not (tmp_path / "config").exists()


def write_program(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o700)
    return str(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#!/bin/sh\necho hello\n", "not the ngrok agent"),
        ("\x7fELF nonsense", "not the ngrok agent"),
        ("#!/bin/sh\n[ $1 = --version ] && echo ngrok version 3.2.1\nexit 1\n", "too old"),
        ("#!/bin/sh\necho unknown flag >&2; exit 1\n", "too old"),
        ("#!/no/such/interpreter\n", "agent"),
    ],
)
def test_what_is_no_agent_is_told(stand: Stands, tmp_path: Path, text: str, words: str) -> None:
    found = refused(stand(ngrok_path=write_program(tmp_path / "agent", text)))
    assert words in found.what


def test_the_port_of_the_agents_interface_can_be_taken(stand: Stands, web, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = web(lambda *_: (404, {}, b"")).port
    monkeypatch.setattr("booking_tui.providers.tunnel.agent_config.free_port", lambda: taken)
    found = refused(stand())
    assert "port" in found.what
    assert found.again


def test_stopping_does_not_wait(stand: Stands) -> None:
    one = stand("silent", deadline_s=20.0)
    timer = threading.Timer(0.3, one.cancelled.set)
    timer.start()
    with pytest.raises(TunnelFailed, match="stopped"):
        one.open()
    timer.join()
    assert one.took_s < 2.0
    assert not marked(os.environ[MARK])
    with pytest.raises(TunnelFailed, match="stopped"):
        one.open()
    assert one.took_s < 0.5


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.03, 0.06])
def test_stopping_at_any_early_moment_leaves_nothing(stand: Stands, after_s: float) -> None:
    one = stand("silent", deadline_s=after_s)
    with pytest.raises(TunnelFailed):
        one.open()
    assert one.took_s < 3.0
    eventually(lambda: not marked(os.environ[MARK]))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, stand: Stands) -> None:
    (tmp_path / "file").write_text("")
    found = refused(stand(folder=tmp_path / "file" / "below"))
    assert "could not be written" in found.what


def test_the_files_are_private(stand: Stands) -> None:
    one = stand("stderr")
    one.open()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in one.folder.iterdir()}
    assert modes == {
        "agent-alive": 0o600,
        "agent-start.sh": 0o700,
        "agent.json": 0o600,
        "ngrok.yml": 0o600,
    }


def test_lines_are_bounded_and_clean(stand: Stands) -> None:
    one = stand("quote,spam=400")
    one.open()
    eventually(lambda: len(one.tunnel.recent_lines()) == 50)
    one.control(unset="spam")
    one.control(set="quote")
    eventually(lambda: any("hello" in line for line in one.tunnel.recent_lines()))
    text = "\n".join(one.tunnel.recent_lines())
    assert TOKEN not in text
    assert "\x1b" not in text
    assert one.tunnel.look() is not None


def test_the_options_do_not_show_the_token(tmp_path: Path) -> None:
    assert TOKEN not in repr(NgrokOptions(tmp_path, token=TOKEN))


def test_a_log_line_of_any_shape_does_no_harm() -> None:
    log = AgentLog()
    log(None)  # type: ignore[arg-type]
    log(object())  # type: ignore[arg-type]
    log.read()
    assert log.tail() == ()
    assert log.last_error() == ""


def test_nothing_is_logged_with_the_token(stand: Stands, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refused(stand("auth=105"))
    one = stand()
    one.open()
    one.tunnel.look()
    assert not any(record.name.startswith("pyngrok") for record in caplog.records)
    assert TOKEN not in caplog.text
    assert isinstance(one.tunnel, NgrokTunnel)
