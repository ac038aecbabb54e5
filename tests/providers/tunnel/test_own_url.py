"""A URL that somebody else leads to us."""

from __future__ import annotations

from threading import Event

import pytest

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.ports import Tunnel
from booking_tui.providers.tunnel.own_url import OwnUrlTunnel


def test_it_gives_the_url_and_starts_nothing() -> None:
    tunnel: Tunnel = OwnUrlTunnel(" https://hooks.example.com/ ")
    assert tunnel.kind == "url"
    assert tunnel.open(8377, Event()) == "https://hooks.example.com"
    assert tunnel.look() == "https://hooks.example.com"
    assert tunnel.inspector is None
    tunnel.close()
    assert tunnel.look() == "https://hooks.example.com"


@pytest.mark.parametrize("url", [None, "", "  "])
def test_without_a_url_it_is_blocked(url: str | None) -> None:
    tunnel = OwnUrlTunnel(url)
    for act in (lambda: tunnel.open(1, Event()), tunnel.look):
        with pytest.raises(TunnelFailed, match="No public web address") as failed:
            act()
        assert not failed.value.problem.again
        assert "tunnel.public_url" in failed.value.problem.do
