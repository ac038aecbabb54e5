"""A port that another program has: said everywhere in the same sentence, and taken as soon as it is free."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from booking_tui.domain.tunnel import TunnelState
from booking_tui.paths import Home
from booking_tui.ports import DeedRefused
from booking_tui.services.engine import Engine
from booking_tui.services.facts import HEALTH, REFRESH
from booking_tui.services.status import LampLevel
from booking_tui.services.tunnel_words import NOT_LISTENING
from booking_tui.store.errors import StoreUnavailable
from booking_tui.wiring import build_engine, open_dashboard
from booking_tui.wiring.listening import Listening, why_unserved
from tests.services.conftest import NOON, StillClock, eventually, settings_for


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other


@pytest.fixture
def opened(home: Home, clock: StillClock, taken: socket.socket) -> Iterator[Engine]:
    """An engine that has its home and cannot have its port."""
    settings = settings_for().with_values("listener", port=taken.getsockname()[1])
    engine = build_engine(home, settings, clock=clock)
    engine.open()
    yield engine
    engine.stop()


def test_a_taken_port_is_said_with_its_age_and_tried_again(
    opened: Engine, clock: StillClock, taken: socket.socket, home: Home
) -> None:
    port = taken.getsockname()[1]
    settings = settings_for().with_values("listener", port=port)
    tries: list[float] = []

    def pause(seconds: float) -> bool:
        tries.append(seconds)
        clock.forward(seconds=seconds)
        if len(tries) == 2:
            taken.close()
        return False

    listening = Listening(opened, settings, pause)
    assert listening.status() is None
    told = opened.bus.subscribe(lambda: None)
    assert listening._try() is False
    status = listening.status()
    assert status is not None
    assert status.public_port == 0
    [lamp] = [lamp for lamp in status.lamps if lamp.level is LampLevel.BAD]
    sentence = f"port {port} is taken by another program"
    assert (lamp.text, lamp.at) == (f"not listening: {sentence}", NOON)
    tunnel = status.tunnel
    assert tunnel is not None
    assert tunnel.problem is not None
    assert (tunnel.state, tunnel.problem.code) == (TunnelState.RETRYING, NOT_LISTENING)
    assert sentence in tunnel.problem.what.lower()
    assert "listener.port" in tunnel.problem.do
    unserved = why_unserved(home, settings)
    assert unserved is not None
    assert sentence in unserved
    listening._go_on()
    assert len(tries) == 2
    assert opened.listening
    again = listening.status()
    assert again is not None
    assert not [lamp for lamp in again.lamps if lamp.level is LampLevel.BAD]
    assert {fact.kind for fact in told.drain()} >= {HEALTH, REFRESH}
    assert why_unserved(home, settings) is None


def test_while_it_waits_the_age_is_that_of_the_trouble(opened: Engine, clock: StillClock, taken: socket.socket) -> None:
    listening = Listening(opened, settings_for().with_values("listener", port=taken.getsockname()[1]))
    listening._try()
    clock.forward(minutes=4)
    listening._try()
    status = listening.status()
    assert status is not None
    assert status.lamps[0].at == NOON


def test_what_waiting_does_not_mend_is_refused(opened: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise StoreUnavailable("the disk is full")

    listening = Listening(opened, settings_for())
    monkeypatch.setattr(opened, "start", broken)
    with pytest.raises(DeedRefused, match="the disk is full"):
        listening.start()
    assert listening.status() is None


def test_it_is_tried_no_more_once_the_dashboard_is_left(opened: Engine, taken: socket.socket) -> None:
    listening = Listening(opened, settings_for().with_values("listener", port=taken.getsockname()[1]))
    listening.start()
    listening.stop()
    assert listening._thread is not None
    assert not listening._thread.is_alive()


async def test_the_dashboard_listens_by_itself_once_the_port_is_free(
    home: Home, taken: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    from booking_tui.wiring import listening

    monkeypatch.setattr(listening, "TRY_AGAIN_S", 0.05)
    settings = settings_for().with_values("listener", port=taken.getsockname()[1])
    with open_dashboard(home, settings) as app:
        async with app.run_test(size=(120, 40)) as pilot:

            def bad() -> list[str]:
                return [lamp.text for lamp in app.main.strip.lamps if lamp.level is LampLevel.BAD]

            while not bad():
                await pilot.pause(0.02)
            assert "is taken" in bad()[0]
            assert app.context.webhook_url() is None
            tunnel = app.context.tunnel()
            assert tunnel is not None
            assert tunnel.problem is not None
            taken.close()
            while bad():
                await pilot.pause(0.02)
            assert app.context.webhook_url() is not None
    eventually(lambda: not home.control.exists())


# -- what the screen knows of a token that is kept beside the settings


def test_a_token_in_the_agents_file_is_known_without_being_shown(home: Home) -> None:
    from booking_tui.settings import load
    from booking_tui.wiring.tunnels import knowing_token

    home.ensure()
    assert "tunnel.authtoken" not in knowing_token(home, load(home.root, {})).origins
    home.tunnel.mkdir(mode=0o700, exist_ok=True)
    token = "2inventedTokenForTests000000_1NotARealOne00000000"
    (home.tunnel / "ngrok.yml").write_text(f'version: "3"\nagent:\n  authtoken: {token}\n')
    known = knowing_token(home, load(home.root, {}))
    assert known.origins["tunnel.authtoken"] == f"saved in {home.tunnel / 'ngrok.yml'}"
    assert known.tunnel.authtoken is None
