"""Ways in, in every state they can be in, and a desk that notes what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from booking_tui.domain.tunnel import NOT_SET_UP, SelfTest, TunnelProblem, TunnelState, TunnelStatus
from booking_tui.ports import DeedRefused, TunnelSetup
from booking_tui.services.facts import HEALTH, Fact
from booking_tui.services.status import EngineStatus, Lamp, listener_lamp
from booking_tui.services.tunnel_words import NOT_LISTENING, address_to_send_to, tunnel_lamp
from booking_tui.tui.app import BookingApp
from tests.tui_views.story import NOW, URL, StillHome

PUBLIC = "https://fox-owl.ngrok-free.dev"
SEND_TO = f"{PUBLIC}/webhooks/calcom"
PAGE = "https://dashboard.ngrok.com/get-started/your-authtoken"
BAD_TOKEN = TunnelProblem(
    "ngrok no longer knows this authtoken; it was reset or taken back.",
    "Copy your authtoken from ngrok's page once more; the set-up sheet takes it: Hooks, i, then s.",
    again=False,
    code="ERR_NGROK_107",
    page=PAGE,
)
CUT_OFF = TunnelProblem(
    "The ngrok agent cannot reach ngrok's service.",
    "Check the internet connection; a firewall must let ngrok out on port 443.",
    again=True,
)


def way(state: TunnelState, ago: timedelta = timedelta(hours=3, minutes=12), **more: Any) -> TunnelStatus:
    return TunnelStatus(**{"kind": "ngrok", "state": state, "since": NOW - ago, **more})


UP = way(
    TunnelState.UP,
    url=PUBLIC,
    self_test=SelfTest(NOW - timedelta(seconds=40), 143.2),
    last_delivery_at=NOW - timedelta(minutes=4),
    requests_this_month=1204,
)
MOVED = replace(UP, moved_from="https://old-owl.ngrok-free.dev", address_since=NOW - timedelta(minutes=2))
OUTAGE = replace(
    UP,
    state=TunnelState.RETRYING,
    since=NOW - timedelta(seconds=20),
    down_since=NOW - timedelta(hours=1),
    url=None,
    last_url=PUBLIC,
    problem=CUT_OFF,
    next_try_at=NOW + timedelta(seconds=12),
)
UNSET = way(
    TunnelState.BLOCKED,
    problem=TunnelProblem(
        "No tunnel is set up yet, so nothing outside this machine can reach it.",
        "Set it up with your authtoken of ngrok, or name a public address of your own.",
        again=False,
        code=NOT_SET_UP,
        page=PAGE,
    ),
)
BLOCKED = way(
    TunnelState.BLOCKED,
    timedelta(minutes=3),
    problem=BAD_TOKEN,
    restarts=2,
    self_test=SelfTest(NOW - timedelta(minutes=5), None, "The public web address did not answer in time."),
)
RETRYING = way(
    TunnelState.RETRYING, timedelta(minutes=1), problem=CUT_OFF, next_try_at=NOW + timedelta(seconds=12), restarts=1
)
STARTING = way(TunnelState.STARTING, timedelta(seconds=4))
PROVING = replace(STARTING, url=PUBLIC)
SILENT = way(TunnelState.UNREACHABLE, timedelta(minutes=2), url=PUBLIC, problem=CUT_OFF)
LOST = way(TunnelState.RECONNECTING, timedelta(seconds=8))
NOT_HEARD = way(
    TunnelState.RETRYING,
    timedelta(minutes=2),
    problem=TunnelProblem(
        "Port 8377 is taken by another program, so nothing listens on this home.",
        "Choose another by listener.port.",
        again=True,
        code=NOT_LISTENING,
    ),
    next_try_at=NOW + timedelta(seconds=2),
)
OFF = way(TunnelState.OFF, kind="none")


@dataclass
class TunnelDesk:
    """Notes the deeds; ``then`` is how the way in stands after one, ``refusal`` why none is done."""

    then: TunnelStatus | None = UP
    refusal: str | None = None
    asked: list[object] = field(default_factory=list[object])
    began: Callable[[], None] = lambda: None

    def _do(self, deed: object) -> TunnelStatus | None:
        self.asked.append(deed)
        self.began()
        if self.refusal is not None:
            raise DeedRefused(self.refusal)
        return self.then

    def test_tunnel(self) -> TunnelStatus | None:
        return self._do("test")

    def restart_tunnel(self) -> TunnelStatus | None:
        return self._do("restart")

    def set_up_tunnel(self, setup: TunnelSetup) -> TunnelStatus | None:
        return self._do(setup)


class Outside:
    """The world outside a still home: its way in, which a test may change, and a desk for it."""

    def __init__(self, home: StillHome, status: TunnelStatus | None) -> None:
        self.home = home
        self.status = status
        self.desk = TunnelDesk()

    @property
    def url(self) -> str:
        outside = None if self.status is None else address_to_send_to(self.status)
        return outside or URL

    def lamps(self) -> tuple[Lamp, ...]:
        lamp = None if self.status is None else tunnel_lamp(self.status)
        return (listener_lamp(8377, running=True), *(() if lamp is None else (lamp,)))

    def app(self, **changed: Any) -> BookingApp:
        app = self.home.app(tunnel=lambda: self.status, webhook_url=lambda: self.url, **changed)
        app.context.desk = self.desk  # type: ignore[assignment]
        app._status = lambda: EngineStatus("dashboard", "0", NOW, 8377, 8378, None, self.lamps(), self.status)
        return app

    def become(self, status: TunnelStatus) -> None:
        """Let the way in be another, and tell it."""
        self.status = status
        self.home.bus.publish(Fact(HEALTH, "tunnel", NOW))
