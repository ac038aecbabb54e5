"""The simulated vendors as one HTTP server on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from datetime import datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from booking_tui.sandbox.calcom.api import BookingCalls
from booking_tui.sandbox.calcom.gate import PER_MINUTE, ApiError, Gate, json_body
from booking_tui.sandbox.calcom.hooks import Hooks
from booking_tui.sandbox.faults import Chaos
from booking_tui.sandbox.practice import practice
from booking_tui.sandbox.scenarios import SCENARIOS, WireRequest, render


class SandboxServer:
    """Cal.com on a loopback port, with a practice already in it; every deed sends webhooks to who asked for them."""

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
        self._port = port
        self._zone = zone
        host = self.practice.account.host
        self._hooks = Hooks(host.id, wait=wait, chaos=Chaos(seed) if chaos else None)
        self._gate = Gate(clock, per_minute=calls_per_minute)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def calcom_url(self) -> str:
        """Give the base address, as `calcom.api_url` wants it."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Bind and serve in an own thread; connections are taken from the moment this returns. Raises OSError."""
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(("127.0.0.1", self._port))
            listening.listen(128)
        except OSError:
            listening.close()
            raise
        self._port = listening.getsockname()[1]
        config = uvicorn.Config(
            self._app(), lifespan="off", ws="none", log_config=None, access_log=False, http="h11", loop="asyncio"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="sandbox", daemon=True
        )
        self._thread.start()

    def stop(self, deadline_s: float = 5.0) -> None:
        """Stop serving and sending."""
        self._hooks.stop(deadline_s)
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(deadline_s)

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
