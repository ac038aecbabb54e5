"""The way in that somebody else provides: a public URL which already leads to this machine."""

from __future__ import annotations

from threading import Event

from booking_tui.domain.tunnel import TunnelFailed, TunnelProblem


class OwnUrlTunnel:
    """The ``url`` kind of ``Tunnel``; it starts nothing. Whether the URL really leads here is the self-test's word."""

    def __init__(self, public_url: str | None) -> None:
        self._public_url = (public_url or "").strip().rstrip("/")

    @property
    def kind(self) -> str:
        return "url"

    @property
    def inspector(self) -> str | None:
        return None

    def open(self, port: int, cancelled: Event) -> str:  # noqa: ARG002 - the URL leads here already
        return self._given()

    def look(self) -> str | None:
        return self._given()

    def close(self) -> None:
        return None

    def _given(self) -> str:
        if not self._public_url:
            raise TunnelFailed(
                TunnelProblem(
                    "No public web address is set.",
                    "Put the address under which the world reaches this computer into tunnel.public_url.",
                    again=False,
                )
            )
        return self._public_url
