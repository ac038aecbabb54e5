"""The running agent: one session, its endpoints, what they captured, and the two sides it is reached from."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

from booking_tui.sandbox.ngrok.addresses import Addresses, RefusedError
from booking_tui.sandbox.ngrok.captures import Capture, Captures
from booking_tui.sandbox.ngrok.edge import Edge, Surroundings
from booking_tui.sandbox.ngrok.endpoints import Endpoint, MalformedError, Wanted
from booking_tui.sandbox.ngrok.logfmt import Log
from booking_tui.sandbox.ngrok.refusals import endpoint_refusal
from booking_tui.sandbox.ngrok.replay import replay
from booking_tui.sandbox.ngrok.scenario import DEEDS, Scenario, parsed
from booking_tui.sandbox.ngrok.session import Session


class Agent:
    """Everything that one process keeps."""

    def __init__(
        self, scenario: Scenario, log: Log, token: str, leave: Callable[[int], None], *, inspect_db_size: int = 0
    ) -> None:
        self.scenario = scenario
        self.log = log
        self.captures = Captures(inspect_db_size)
        self.session = Session(scenario, log, token, change_urls=self._change_urls, leave=leave)
        self._around = Surroundings(
            lambda: self.session.online, lambda: scenario.code("edge"), self.captures, log, time.time
        )
        self.addresses = Addresses(scenario, token, self._around)
        self._endpoints: dict[str, tuple[Endpoint, Edge]] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the session, what happens by the clock, and the noise."""
        for deed in ("die", "crash"):
            if deed in self.scenario:
                self.session.schedule(deed, self.scenario.number(deed))
        if "tied" in self.scenario:
            threading.Thread(target=self._follow_parent, args=(os.getppid(),), name="tied", daemon=True).start()
        threading.Thread(target=self._make_noise, name="noise", daemon=True).start()
        threading.Thread(target=self.session.run, name="session", daemon=True).start()

    def put(self, text: str, *, lifted: str = "") -> None:
        """Take scenario words out of force and put others in force while it runs; deeds are counted from now.

        Raises `UnknownWordError`, and changes nothing then.
        """
        more = parsed(text)
        self.scenario.lift(lifted)
        self.scenario.put(text)
        for name, value in more.items():
            if name in DEEDS:
                self.session.schedule(name, float(value))
            elif name == "quote":
                self.session.schedule(name, 0.0)
        self.session.look_again()

    def endpoints(self) -> list[Endpoint]:
        """List the endpoints that are online."""
        return [endpoint for endpoint, _ in self._endpoints.values()]

    def find(self, name: str) -> Endpoint | None:
        """Give the endpoint of that name."""
        return next((one for one in self.endpoints() if one.name == name), None)

    def open(self, wanted: Wanted) -> Endpoint:
        """Bring an endpoint online. Raises `RefusedError` and `MalformedError`."""
        with self._lock:
            if wanted.name in self._endpoints:
                raise MalformedError(f'tunnel "{wanted.name}" already exists')
            if (code := self.scenario.code("start")) is not None:
                raise RefusedError(endpoint_refusal(code, wanted.url or self.scenario.text("url") or "https://"))
            edge = self.addresses.open(wanted.url, pooling=wanted.pooling)
            endpoint = Endpoint(wanted, edge.url)
            edge.attach(endpoint)
            self._endpoints[wanted.name] = endpoint, edge
        self._tell(endpoint)
        return endpoint

    def close(self, name: str) -> bool:
        """Take an endpoint offline; False when there is none of that name."""
        with self._lock:
            endpoint, edge = self._endpoints.pop(name, (None, None))
        if endpoint is None or edge is None:
            return False
        edge.detach(endpoint)
        return True

    def replay(self, capture: Capture, name: str) -> bool:
        """Send a captured request again; False when its endpoint is gone."""
        endpoint = self.find(name or capture.endpoint)
        if endpoint is None:
            return False
        replay(capture, endpoint, self._around)
        return True

    def _tell(self, endpoint: Endpoint) -> None:
        upstream = endpoint.wanted.upstream.url
        self.log.info("started tunnel", obj="tunnels", name=endpoint.name, addr=upstream, url=endpoint.url)

    def _change_urls(self) -> None:
        """Give every endpoint another URL; the old ones answer that they are offline from now on."""
        with self._lock:
            for name, (endpoint, old) in self._endpoints.items():
                new = self.addresses.another()
                old.detach(endpoint)
                old.retired = True
                endpoint.url = new.url
                new.attach(endpoint)
                self._endpoints[name] = endpoint, new
        for endpoint in self.endpoints():
            self._tell(endpoint)

    def _follow_parent(self, parent: int) -> None:
        """End when the process that started us has ended, which the real agent does not."""
        while os.getppid() == parent:
            self.scenario.wait_for_change(1.0)
        os._exit(0)

    def _make_noise(self) -> None:
        """Write what the scenario wants written for no reason."""
        told = 0
        while True:
            lines = self.scenario.number("spam")
            if "stderr" in self.scenario:
                self.log.stderr(f"a warning that nobody asked for, number {told}: \x1b[7mit is not logged\x1b[0m\n")
            if not lines and "stderr" not in self.scenario:
                self.scenario.wait_for_change(None)
                continue
            # Ten bursts a second: one wake-up a line could not keep up with a few thousand lines.
            for _ in range(max(1, round(lines / 10)) if lines else 0):
                told += 1
                self.log.info("join connections", obj="join", id=f"{told:012x}", l="127.0.0.1:0", r="203.0.113.9:443")
            self.scenario.wait_for_change(0.1)


def end_with_signals() -> None:
    """End at once on SIGTERM and SIGINT, whatever the threads are doing."""

    def leave(number: int, _: object) -> None:
        os._exit(0 if number == signal.SIGTERM else 130)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
