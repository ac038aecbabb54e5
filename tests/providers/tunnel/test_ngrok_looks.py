"""What a look tells of the stand-in agent: its URL, a lost session, and an agent that is slow, stopped or gone."""

from __future__ import annotations

import os
import signal
import time
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.providers.tunnel.ngrok import LOST_S
from tests.providers.tunnel.conftest import Stands
from tests.providers.tunnel.processes import MARK, eventually, marked


@pytest.mark.parametrize("word", ["hang", "badjson"])
def test_an_agent_without_clear_answers_is_given_up_after_some_looks(stand: Stands, word: str) -> None:
    one = stand(answer_s=0.1)
    url = one.open()
    one.control(set=word)
    assert one.tunnel.look() == url
    assert one.tunnel.look() == url
    with pytest.raises(TunnelFailed) as failed:
        one.tunnel.look()
    assert failed.value.problem.again
    assert not marked(os.environ[MARK])
    assert one.open() == url


def test_a_lost_session_comes_back(stand: Stands) -> None:
    one = stand()
    url = one.open()
    one.control(do="network-gone")
    eventually(lambda: one.tunnel.look() is None, "the loss of the session")
    one.control(do="network-back")
    eventually(lambda: one.tunnel.look() == url, "the session")


LOST_LINE = 't=0 lvl=eror msg="failed to reconnect session" obj=tunnels.session err="dial tcp: i/o timeout"'


@pytest.mark.parametrize("line", [LOST_LINE, 't=0 lvl=warn msg="heartbeat timeout, terminating session" obj=csess'])
def test_an_agent_that_is_online_outranks_an_old_line_of_its_log(
    stand: Stands, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    one = stand(answer_s=0.2)
    url = one.open()
    one.control(say=line)
    eventually(lambda: one.tunnel.look() is None, "the loss of the session")
    assert LOST_S <= 3.0
    monkeypatch.setattr("booking_tui.providers.tunnel.ngrok.LOST_S", 0.0)
    assert one.tunnel.look() == url
    # Nor does that line come to life again when the agent is busy for a moment.
    one.control(set="hang")
    assert one.tunnel.look() == url


def test_a_line_about_a_single_connection_is_no_lost_session(stand: Stands) -> None:
    one = stand()
    url = one.open()
    one.control(say='t=0 lvl=warn msg="join connections: heartbeat timeout from client" obj=join')
    one.control(say='t=0 lvl=info msg="the last of them"')
    eventually(lambda: any("the last of them" in text for text in one.tunnel.recent_lines()))
    for _ in range(3):
        assert one.tunnel.look() == url


@pytest.mark.parametrize("word", ["hang", "badjson"])
def test_an_agent_that_was_busy_for_a_moment_keeps_its_url(stand: Stands, word: str) -> None:
    one = stand(answer_s=0.1)
    url = one.open()
    for _ in range(3):
        one.control(set=word)
        assert [one.tunnel.look(), one.tunnel.look()] == [url, url]
        one.control(unset=word)
        assert one.tunnel.look() == url


def test_a_session_that_is_lost_while_the_agent_is_slow_is_lost(stand: Stands) -> None:
    one = stand("outage=30", answer_s=0.1)
    one.open()
    one.control(do="drop")
    eventually(lambda: one.tunnel.look() is None, "the loss of the session")
    one.control(set="hang")
    assert one.tunnel.look() is None


def test_an_agent_that_stands_still_is_given_up(stand: Stands) -> None:
    one = stand()
    url = one.open()
    os.kill(one.pid, signal.SIGSTOP)
    started = time.monotonic()
    assert [one.tunnel.look(), one.tunnel.look()] == [url, url]
    with pytest.raises(TunnelFailed) as failed:
        one.tunnel.look()
    assert failed.value.problem.again
    # The supervisor rests for a second after each of two looks.
    assert time.monotonic() - started < 6.0
    assert not marked(os.environ[MARK])


def test_a_session_that_is_refused_on_coming_back_ends_it_with_the_reason(stand: Stands) -> None:
    one = stand("outage=0.05")
    one.open()
    one.control(set="auth=107", do="drop")
    found: list[TunnelFailed] = []

    def ended() -> bool:
        try:
            one.tunnel.look()
        except TunnelFailed as failed:
            found.append(failed)
        return bool(found)

    eventually(ended, "the end")
    assert found[0].problem.code == "ERR_NGROK_107"
    assert not found[0].problem.again


def test_a_new_url_is_noticed(stand: Stands) -> None:
    one = stand("outage=0.05")
    url = one.open()
    one.control(do="change")
    eventually(lambda: one.tunnel.look() not in {None, url}, "another URL")
    assert (one.tunnel.look() or "").startswith("https://")


def test_an_endpoint_that_somebody_took_away_is_missed(stand: Stands) -> None:
    one = stand()
    url = one.open()
    wish = Request(f"{one.api}/api/endpoints/booking-tui", method="DELETE")
    build_opener(ProxyHandler({})).open(wish, timeout=5).close()
    assert one.tunnel.look() == url
    assert one.tunnel.look() == url
    with pytest.raises(TunnelFailed, match="taken away"):
        one.tunnel.look()
