"""The simulated vendors as one HTTP server on loopback."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from booking_tui.sandbox.calcom.api import BookingCalls
from booking_tui.sandbox.calcom.gate import PER_MINUTE, ApiError, Gate, json_body
from booking_tui.sandbox.calcom.hooks import Hooks
from booking_tui.sandbox.faults import Chaos
from booking_tui.sandbox.practice import practice
from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.sandbox.resend.serving import LoopbackServer
from booking_tui.sandbox.scenarios import SCENARIOS, WireRequest, render

_CALCOM = ("/v2/", "/_control/")
_DELIVERY_S = 1.0


class SandboxServer:
    """Cal.com and Resend on one loopback port: no path of the one is a path of the other.

    Cal.com has a practice already in it; every deed sends webhooks to who asked for them. `resend` is the other one's
    Python object.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        port: int = 0,
        zone: str = "Europe/Berlin",
        chaos: bool = False,
        clock: Callable[[], datetime],
        wait: Callable[[float], None] | None = None,
        calls_per_minute: int = PER_MINUTE,
    ) -> None:
        self.practice = practice(seed, clock(), zone)
        self.practice.account.clock = clock
        self._clock = clock
        self._zone = zone
        host = self.practice.account.host
        self._hooks = Hooks(host.id, wait=wait, chaos=Chaos(seed) if chaos else None)
        self._gate = Gate(clock, per_minute=calls_per_minute)
        self.resend = ResendSandbox(clock=clock, seed=seed, owner=host.email, delivery_s=_DELIVERY_S, chaos=chaos)
        self._calcom = self._app()
        self._server = LoopbackServer(self._either, port, name="sandbox")

    @property
    def calcom_url(self) -> str:
        """Give the base address, as `calcom.api_url` wants it."""
        return self._server.url

    @property
    def resend_url(self) -> str:
        """Give the base address, as `resend.api_url` wants it."""
        return self._server.url

    def start(self) -> None:
        """Bind and serve in an own thread; connections are taken from the moment this returns. Raises OSError."""
        self._server.start()
        self.resend.start_mounted(self._server.url)

    def stop(self, deadline_s: float = 5.0) -> None:
        """Stop serving and sending."""
        self._hooks.stop(deadline_s)
        self.resend.stop(deadline_s)
        self._server.stop(deadline_s)

    async def _either(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._calcom if scope["path"].startswith(_CALCOM) else self.resend.app
        await app(scope, receive, send)

    def _app(self) -> Starlette:
        calls = BookingCalls(self.practice.account, self.practice.event_types, self._hooks.deliver)
        routes = [
            *calls.routes(self._gate),
            *self._hooks.routes(self._gate),
            Route("/_control/scenarios", self._scenarios, methods=["GET"]),
            Route("/_control/trigger", self._trigger, methods=["POST"]),
        ]
        app = Starlette(routes=routes)
        app.router.redirect_slashes = False
        return app

    async def _scenarios(self, _: Request) -> Response:
        listed = [{"name": s.name, "title": s.title, "about": s.about, "group": s.group} for s in SCENARIOS.values()]
        return JSONResponse({"scenarios": listed})

    async def _trigger(self, request: Request) -> Response:
        """Send a scenario, signed for each of them, to all registered webhooks."""
        try:
            body = await json_body(request)
            name, seed = body.get("scenario"), body.get("seed")
            number = seed if isinstance(seed, int) else None
            make = self._renderer(str(name), number)
            make("")
            count = self._hooks.deliver_to_each(make)
        except (ApiError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"scenario": name, "requests": count})

    def _renderer(self, name: str, seed: int | None) -> Callable[[str], list[WireRequest]]:
        return lambda secret: render(name, now=self._clock(), seed=seed, secret=secret, zone=self._zone)
