"""The agent's session with the service: how it starts, is refused, breaks and comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

from booking_tui.sandbox.ngrok.logfmt import Log
from booking_tui.sandbox.ngrok.refusals import session_refusal, token_fault
from booking_tui.sandbox.ngrok.scenario import Scenario

Status = Literal["connecting", "online", "reconnecting", "refused"]
_SESSION = {"obj": "tunnels.session"}
_DIAL = (
    'failed to dial ngrok server with address "connect.ngrok-agent.com:443": '
    "dial tcp: lookup connect.ngrok-agent.com: no such host"
)
_QUOTED = 'client said \x1b[31m"hello\x1b[0m, authtoken={token}'


class Session:
    """Runs in a thread of its own; everybody else asks whether it is online, and sends it orders."""

    def __init__(
        self,
        scenario: Scenario,
        log: Log,
        token: str,
        *,
        change_urls: Callable[[], None],
        leave: Callable[[int], None],
    ) -> None:
        self.status: Status = "connecting"
        self.network = True
        """False while the control interface keeps the network away."""
        self._scenario = scenario
        self._log = log
        self._token = token
        self._change_urls = change_urls
        self._leave = leave
        self._orders = threading.Condition()
        self._broken: Literal["", "same", "other"] = ""

    @property
    def online(self) -> bool:
        """Say whether the service would hand us requests now."""
        return self.status == "online"

    def run(self) -> None:
        """Start the session and keep it until the process ends."""
        self._pause("slow", 0.0)
        self._connect()
        for name in ("drop", "change"):
            if name in self._scenario:
                self.schedule(name, self._scenario.number(name))
        if "quote" in self._scenario:
            self._speak_in_quotes()
        while True:
            self._watch()

    def schedule(self, deed: str, after_s: float) -> None:
        """Let a deed happen after so many seconds."""
        timer = threading.Timer(after_s, self.do, (deed,))
        timer.daemon = True
        timer.start()

    def do(self, deed: str) -> None:
        """Do one of the deeds: die, crash, drop, change, quote, network-gone, network-back."""
        if deed == "die":
            self._leave(1)
        elif deed == "quote":
            self._speak_in_quotes()
        elif deed == "crash":
            self._fail("session closed by the service", "terminating with error")
        else:
            with self._orders:
                if deed in {"drop", "change"}:
                    self._broken = "other" if deed == "change" else "same"
                else:
                    self.network = deed == "network-back"
                self._orders.notify_all()

    def look_again(self) -> None:
        """Notice that the scenario has changed."""
        with self._orders:
            self._orders.notify_all()

    def _speak_in_quotes(self) -> None:
        """Write a line with an unbalanced quote, and one with escape sequences and the token in it."""
        self._log.raw('t=0 lvl=info msg="unbalanced obj=tunnels.session')
        self._log.raw('t=0 lvl=info msg="' + _QUOTED.format(token=self._token) + '" obj=tunnels.session')

    def _connect(self) -> None:
        """Dial until the service is there; it may then refuse us."""
        while self._unreachable():
            self._log.error("failed to reconnect session", **_SESSION, err=_DIAL)
            self._pause("retry", 0.5, until=lambda: not self._unreachable())
        code = self._scenario.code("auth") or token_fault(self._token)
        if code is not None:
            self.status = "refused"
            self._fail(session_refusal(code, self._token), "failed to reconnect session")
        # First of all: who reads the lines asks for an endpoint the moment it has seen them.
        self.status = "online"
        self._log.info("client session established", **_SESSION)
        self._log.info("tunnel session started", **_SESSION)

    def _watch(self) -> None:
        """Wait for the session to break, then bring it back."""
        with self._orders:
            self._orders.wait_for(lambda: self._broken or self._unreachable())
            broken, self._broken = self._broken, ""
        self.status = "reconnecting"
        self._log.error("heartbeat timeout, terminating session", obj="csess")
        self._log.error("session closed, starting reconnect loop", **_SESSION, err="session closed")
        if broken:
            self._pause("outage", 0.5)
        if broken == "other":
            self._change_urls()
        self._connect()

    def _unreachable(self) -> bool:
        return not self.network or "offline" in self._scenario

    def _fail(self, error: str, first: str) -> None:
        """Leave with the lines of a command that failed."""
        self._log.error(first, **_SESSION, err=error)
        self._log.error("session closing", **_SESSION, err=error)
        self._log.error("terminating with error", obj="app", err=error)
        self._log.critical("command failed", err=error)
        self._log.complaint(error)
        if "hasty" not in self._scenario:
            self._log.wait_for_reader()
        self._leave(1)

    def _pause(self, word: str, default_s: float, *, until: Callable[[], bool] = lambda: False) -> None:
        """Sleep for as long as the scenario says, which may change its mind meanwhile."""
        began = time.monotonic()
        with self._orders:
            while (left := began + self._scenario.number(word, default_s) - time.monotonic()) > 0 and not until():
                self._orders.wait(left)
