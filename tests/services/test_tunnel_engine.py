"""A whole engine with pyngrok and the stand-in for its agent, on a clock that a test can let sleep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from booking_tui.domain.tunnel import TunnelState
from booking_tui.paths import Home
from booking_tui.sandbox.ngrok.launcher import write_launcher
from booking_tui.services.engine import Engine
from booking_tui.wiring import build_engine
from tests.services.conftest import StillClock, eventually, settings_for

TOKEN = "2inventedTokenForTests000000_1NotARealOne00000000"
SOON_S = 10.0


@pytest.fixture
def tunnelled(home: Home, clock: StillClock, tmp_path: Path) -> Iterator[Engine]:
    launcher = write_launcher(tmp_path / "agent" / "ngrok", environ={"FAKE_NGROK": "loopback"})
    settings = settings_for().with_values("tunnel", kind="ngrok", authtoken=TOKEN, ngrok_path=str(launcher))
    engine = build_engine(home, settings, clock=clock, role="serve", follow_tunnel=False)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def test_after_a_sleep_the_way_in_is_proved_anew_within_seconds(tunnelled: Engine, clock: StillClock) -> None:
    def proved_at() -> object:
        status = tunnelled.status().tunnel
        assert status is not None
        return status.self_test.at if status.state is TunnelState.UP and status.self_test is not None else None

    eventually(lambda: proved_at() is not None, deadline_s=SOON_S, why="it never came up")
    # The wall clock runs on while the machine sleeps, the monotonic one does not.
    clock.forward(hours=9)
    eventually(lambda: proved_at() == clock.now(), deadline_s=SOON_S, why="no proof came after the sleep")
    lamp = next(lamp for lamp in tunnelled.status().lamps if lamp.key == "tunnel")
    assert lamp.at == clock.now()
    assert tunnelled.public_url is not None
