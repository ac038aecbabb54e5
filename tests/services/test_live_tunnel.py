"""The way in as the settings want it: an agent that was missing is looked for again."""

from __future__ import annotations

from pathlib import Path

import pytest

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.paths import Home
from booking_tui.sandbox.ngrok.launcher import write_launcher
from booking_tui.wiring.demo import with_stand_in_tunnel
from booking_tui.wiring.homes import demo_mark
from booking_tui.wiring.tunnels import AGENT_EVERY, LiveTunnel
from tests.services.conftest import settings_for

TOKEN = "2inventedTokenForTests000000_1NotARealOne00000000"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without an agent; gives a folder of its search path."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


@pytest.mark.parametrize("follow", [True, False])
def test_an_agent_that_was_missing_is_noticed_once_it_is_there(home: Home, bare: Path, follow: bool) -> None:
    home.ensure()
    settings = settings_for().with_values("tunnel", kind="ngrok", authtoken=TOKEN)
    if follow:
        home.config.write_text(f'[tunnel]\nauthtoken = "{TOKEN}"\n')
    source = LiveTunnel(home, settings, follow=follow)
    assert source.make() is not None
    assert not any(source.changed() for _ in range(3 * AGENT_EVERY))
    write_launcher(bare / "ngrok", environ={"FAKE_NGROK": "loopback"})
    assert any(source.changed() for _ in range(AGENT_EVERY))
    source.make()
    assert not any(source.changed() for _ in range(3 * AGENT_EVERY)), "once it is used it is not looked for"


def test_without_a_token_no_agent_is_looked_for(home: Home, bare: Path) -> None:
    home.ensure()
    source = LiveTunnel(home, settings_for().with_values("tunnel", kind="ngrok", authtoken=None), borrow=False)
    with pytest.raises(TunnelFailed):
        source.make()
    write_launcher(bare / "ngrok", environ={"FAKE_NGROK": "loopback"})
    assert not any(source.changed() for _ in range(3 * AGENT_EVERY))


def test_a_demos_way_in_stands_in(home: Home) -> None:
    settings = with_stand_in_tunnel(home, settings_for(), "an-invented-secret")
    assert not LiveTunnel(home, settings).stands_in
    demo_mark(home).touch()
    assert LiveTunnel(home, settings).stands_in


def test_another_command_or_name_is_another_way_in_and_shows_nothing_of_itself(home: Home) -> None:
    settings = settings_for()

    def way(**values: str) -> str:
        return LiveTunnel(home, settings.with_values("tunnel", **values)).way

    ways = [
        way(kind="none"),
        way(kind="ngrok"),
        way(kind="ngrok", domain="fox-owl.example.com"),
        way(kind="url", public_url="https://hooks.example.com"),
        way(kind="command", command="agent --token s3cret"),
        way(kind="command", command="agent --token other"),
    ]
    assert len(set(ways)) == len(ways)
    assert way(kind="ngrok", command="agent", public_url="https://hooks.example.com") == way(kind="ngrok")
    assert "s3cret" not in "".join(ways)
