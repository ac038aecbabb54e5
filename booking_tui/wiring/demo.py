"""What lives in a demo: weeks of a practice's webhooks put in at once, and clients who go on booking."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import TYPE_CHECKING

from booking_tui.clock import SystemClock
from booking_tui.domain.webhook import Delivery, Verdict
from booking_tui.paths import Home
from booking_tui.ports import WebhookSource
from booking_tui.services.engine import Engine
from booking_tui.services.ingest import Ingest
from booking_tui.services.records import Records
from booking_tui.settings import Settings
from booking_tui.wiring.sources import CALCOM

if TYPE_CHECKING:
    from booking_tui.sandbox.practice import TimedRequest

logger = logging.getLogger(__name__)

LISTENING_S = 0.1
MEAN_WAIT_S = 12.0
"""The mean time between two things that simulated clients do."""


def practice_seed(
    seed: int, zone: str, secret: str, *, weeks_back: int = 8, weeks_ahead: int = 4, mail: bool = False
) -> Callable[[Records, Ingest], None]:
    """Give what fills an empty home with a practice: weeks of webhooks, each dated as it arrived.

    With ``mail`` its emails have been sent, and a few of today's will not arrive.
    """

    def fill(records: Records, ingest: Ingest) -> None:
        from booking_tui.domain.filter import Filter
        from booking_tui.sandbox.practice import practice
        from booking_tui.wiring.demo_mail import settle_past, unlucky_bookings

        if records.inbox.page(Filter(), limit=1):
            return
        made = practice(seed, records.database.clock.now(), zone, weeks_back, weeks_ahead, secret=secret)
        source = ingest.sources[CALCOM]
        now = records.database.clock.now()
        unlucky = unlucky_bookings(now, zone, secret) if mail else []
        requests = sorted([*made.requests, *unlucky], key=lambda timed: timed.at)
        waiting = [records.inbox.put(delivery_of(timed, source)) for timed in requests]
        for receipt in waiting:
            receipt.result()
        ingest.run_once(as_of_received=True)
        if mail:
            settle_past(records, now)

    return fill


def delivery_of(timed: TimedRequest, source: WebhookSource) -> Delivery:
    """Give what the listener would have made of a request that came in some time ago."""
    request = timed.request
    finding = source.check(request.headers, request.body)
    admitted = finding.verdict in {Verdict.VALID, Verdict.UNSIGNED_ALLOWED}
    return Delivery(
        source=source.name,
        received_at=timed.at,
        headers=request.headers,
        body=request.body,
        verdict=finding.verdict,
        http_status=200 if admitted else 401,
        trigger=source.trigger_of(request.body),
        dedup_key=source.dedup_key(request.headers, request.body) if admitted else None,
        secret_id=finding.secret_id,
        peer="127.0.0.1",
    )


def with_stand_in_tunnel(home: Home, settings: Settings, secret: str) -> Settings:
    """Give a demo's settings with the stand-in for ngrok's agent in them, so that its webhooks take the real way.

    Inspection is on: the people are invented.
    """
    from booking_tui.sandbox.ngrok.launcher import write_launcher

    home.ensure()
    home.tunnel.mkdir(mode=0o700, exist_ok=True)
    launcher = write_launcher(home.tunnel / "stand-in-for-ngrok", environ={"FAKE_NGROK": "loopback"})
    made = hashlib.sha256(secret.encode()).hexdigest()
    token = f"2{made[:26]}_{made[26:48]}"
    return settings.with_values("tunnel", kind="ngrok", authtoken=token, ngrok_path=str(launcher), inspect=True)


def where_to_send(engine: Engine) -> str | None:
    """Give the address that simulated clients' webhooks go to: the public one, while the tunnel stands."""
    if not engine.listening:
        return None
    base = engine.public_url or f"http://127.0.0.1:{engine.public_port}"
    return f"{base}/webhooks/{CALCOM}"


class Clients:
    """Simulated clients who keep booking, moving and cancelling, over real HTTP.

    ``address`` gives where their webhooks go now; None while nothing listens.
    """

    def __init__(
        self,
        seed: int,
        settings: Settings,
        address: Callable[[], str | None],
        *,
        chaos: bool = False,
        mean_wait_s: float = MEAN_WAIT_S,
    ) -> None:
        self._seed = seed
        self._zone = settings.practice.zone
        self._secret = settings.calcom.webhook_secrets[0]
        self._address = address
        self._chaos = chaos
        self._mean_wait_s = mean_wait_s
        self._ended = Event()
        self._thread = Thread(target=self._run, name="clients", daemon=True)

    def start(self) -> None:
        """Begin as soon as something listens."""
        self._thread.start()

    def stop(self) -> None:
        """End after the request that is on its way."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def _wait(self, seconds: float) -> None:
        self._ended.wait(seconds)

    def _run(self) -> None:
        try:
            self._live()
        except Exception:
            logger.exception("the simulated clients have stopped")

    def _live(self) -> None:
        from booking_tui.sandbox.calcom.delivery import Sender
        from booking_tui.sandbox.faults import Chaos
        from booking_tui.sandbox.live import LivePractice
        from booking_tui.sandbox.practice import practice

        clock = SystemClock()
        made = practice(self._seed, clock.now(), self._zone, secret=self._secret)
        chaos = Chaos(self._seed) if self._chaos else None
        living = LivePractice(made, seed=self._seed, clock=clock.now, mean_wait_s=self._mean_wait_s, chaos=chaos)
        while self._address() is None:
            if self._ended.wait(LISTENING_S):
                return
        while not self._ended.wait(living.next_wait()):
            requests = living.step().requests
            if (url := self._address()) is not None:
                with Sender(url, mode="classic", wait=self._wait) as sender:
                    sender.deliver(requests)
