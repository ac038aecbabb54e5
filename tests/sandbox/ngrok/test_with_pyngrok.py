"""pyngrok as it is installed takes the stand-in for ngrok."""

from __future__ import annotations

import threading
import time

import pytest
from pyngrok import agent, ngrok, process
from pyngrok.exception import PyngrokNgrokError, PyngrokNgrokHTTPError, PyngrokNgrokURLError

from tests.sandbox.ngrok.conftest import Py, Upstream
from tests.sandbox.ngrok.driving import TOKEN, send, wait_until


def port_of(upstream: Upstream) -> str:
    return upstream.url.rpartition(":")[2]


@pytest.mark.parametrize("version", ["3", "2"])
def test_connect_use_disconnect_kill(py: Py, upstream: Upstream, version: str) -> None:
    config = py.config("loopback", version=version)
    tunnel = ngrok.connect(port_of(upstream), pyngrok_config=config)
    assert tunnel.public_url is not None
    assert tunnel.public_url.startswith("http://127.0.0.1:")
    assert send(tunnel.public_url, "POST", "/hooks", b"{}").status == 200
    assert [one.public_url for one in ngrok.get_tunnels(config)] == [tunnel.public_url]
    wait_until(lambda: agent.get_requests(pyngrok_config=config))
    tunnel.refresh_metrics()
    assert tunnel.metrics["http"]["count"] == 1
    ngrok.disconnect(tunnel.public_url, config)
    assert ngrok.get_tunnels(config) == []
    child = py.child()
    ngrok.kill(config)
    assert child.poll() is not None
    assert not process.is_process_running(config.ngrok_path)


def test_a_fixed_url(py: Py) -> None:
    config = py.config()
    assert ngrok.connect("8080", pyngrok_config=config, url="https://desk.ngrok-free.dev").public_url == (
        "https://desk.ngrok-free.dev"
    )


def test_the_inspector(py: Py, upstream: Upstream) -> None:
    config = py.config("loopback")
    url = ngrok.connect(port_of(upstream), name="desk", pyngrok_config=config).public_url
    assert url is not None
    send(url, "POST", "/hooks", b"{}")
    capture = wait_until(lambda: agent.get_requests("desk", config))[0]
    assert capture.id is not None
    assert agent.get_request(capture.id, config).request["uri"] == "/hooks"
    agent.replay_request(capture.id, pyngrok_config=config)
    assert len(upstream.got) == 2
    agent.delete_requests(config)
    assert agent.get_requests(pyngrok_config=config) == []
    assert agent.get_agent_status(config).status == "online"


@pytest.mark.parametrize("code", [105, 107, 108, 121, 123, 4018])
def test_a_refused_session_has_its_code(py: Py, code: int) -> None:
    with pytest.raises(PyngrokNgrokError) as caught:
        ngrok.connect("8080", pyngrok_config=py.config(f"auth={code}"))
    assert caught.value.ngrok_error_code == f"ERR_NGROK_{code}"


def test_the_token_may_be_inherited_instead_of_standing_on_the_command_line(
    py: Py, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NGROK_AUTHTOKEN", TOKEN)
    ngrok.connect("8080", pyngrok_config=py.config(token=""))
    assert TOKEN not in str(py.child().args)


def test_a_refused_endpoint_has_its_code_in_the_body(py: Py) -> None:
    with pytest.raises(PyngrokNgrokHTTPError) as caught:
        ngrok.connect("8080", pyngrok_config=py.config("start=334"))
    assert caught.value.status_code == 502
    assert "ERR_NGROK_334" in str(caught.value.body)


def test_a_taken_port(py: Py, upstream: Upstream) -> None:
    with pytest.raises(PyngrokNgrokError, match="address already in use"):
        ngrok.connect("8080", pyngrok_config=py.config(web_addr=f"127.0.0.1:{port_of(upstream)}"))


def test_a_slow_agent_is_waited_for(py: Py) -> None:
    assert ngrok.connect("8080", pyngrok_config=py.config("slow=0.2")).public_url


def test_death_goes_unnoticed(py: Py) -> None:
    config = py.config()
    ngrok.connect("8080", pyngrok_config=config)
    py.control(do="die")
    assert py.child().wait(5) == 1
    assert not process.is_process_running(config.ngrok_path)


def test_a_hanging_interface_times_out(py: Py) -> None:
    with pytest.raises(PyngrokNgrokURLError, match="timed out"):
        ngrok.connect("8080", pyngrok_config=py.config("hang=post", request_timeout=0.2))


def test_garbage_is_an_error(py: Py) -> None:
    with pytest.raises(ValueError, match="Expecting"):
        ngrok.connect("8080", pyngrok_config=py.config("badjson=post"))


@pytest.mark.parametrize("scenario", ["silent", "hang"])
def test_an_agent_that_says_nothing_is_waited_for_until_it_is_ended(py: Py, scenario: str) -> None:
    config = py.config(scenario, startup_timeout=0)
    config.startup_timeout = 1
    errors: list[BaseException] = []

    def connect() -> None:
        try:
            ngrok.connect("8080", pyngrok_config=config)
        except PyngrokNgrokError as error:
            errors.append(error)

    waiting = threading.Thread(target=connect)
    waiting.start()
    child = wait_until(lambda: process._current_processes.get(config.ngrok_path)).proc
    waiting.join(0.3)
    assert waiting.is_alive()
    child.kill()
    waiting.join(5)
    assert not waiting.is_alive()
    assert len(errors) == 1


def test_lines_reach_the_callback_and_a_broken_one_has_no_fields(py: Py) -> None:
    seen: list[tuple[str | None, str]] = []
    config = py.config("quote", log_event_callback=lambda log: seen.append((log.msg, log.line)))
    ngrok.connect("8080", pyngrok_config=config)
    wait_until(lambda: [line for _, line in seen if "authtoken=" in line])
    assert [message for message, line in seen if "unbalanced" in line] == [None]


def test_a_change_of_url_shows_in_the_list_alone(py: Py) -> None:
    config = py.config("outage=0")
    tunnel = ngrok.connect("8080", pyngrok_config=config)
    py.control(do="change")
    wait_until(lambda: tunnel.public_url not in [one.public_url for one in ngrok.get_tunnels(config)])


def test_the_commands(py: Py) -> None:
    config = py.config(token="")
    ngrok.set_auth_token(TOKEN, config)
    ngrok.set_api_key("ak_2abc", config)
    assert ngrok.get_version(config)[0].startswith("3.")
    assert "latest version" in ngrok.update(config)
    with pytest.raises(PyngrokNgrokError, match="no remote API"):
        ngrok.api("endpoints", "list", pyngrok_config=config)
    assert ngrok.connect("8080", pyngrok_config=config).public_url


def test_it_starts_quickly(py: Py) -> None:
    started = time.perf_counter()
    ngrok.connect("8080", pyngrok_config=py.config())
    assert time.perf_counter() - started < 3
