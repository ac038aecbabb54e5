"""The public webhook routes: check, store, and only then answer."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from booking_tui.domain.webhook import TEST_KEY, TUNNEL, Delivery, Receipt, SignatureFinding, Verdict
from booking_tui.listener.durable import Durability, NotDurableError
from booking_tui.listener.exchange import JSON, Exchange, Handler
from booking_tui.listener.hosts import source_of
from booking_tui.listener.limiter import FailedChecks
from booking_tui.listener.metrics import Counters
from booking_tui.listener.options import ListenerOptions
from booking_tui.listener.site import RETRY_AFTER
from booking_tui.ports import Clock, DeliveryStore, SignatureCheck

PING = b"/webhooks/ping/*"
ADMITTED = frozenset({Verdict.VALID, Verdict.UNSIGNED_ALLOWED})

logger = logging.getLogger("booking_tui.listener")
_compact = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class WebhookRoute:
    """How one vendor's deliveries are checked and labelled."""

    source: str
    check: SignatureCheck
    trigger_of: Callable[[bytes], str | None]
    dedup_key: Callable[[Sequence[tuple[str, str]], bytes], str]


class WebhookDesk:
    """Takes deliveries in on every webhook route of the public port."""

    def __init__(
        self,
        options: ListenerOptions,
        *,
        store: DeliveryStore,
        clock: Clock,
        counters: Counters,
        on_stored: Callable[[str], None],
        on_tunnelled: Callable[[bool], None],
        knows: Callable[[str], bool],
    ) -> None:
        """``on_tunnelled`` is called with True for each authentic delivery through the tunnel.

        ``knows`` says of a nonce, once, that this process made it. Both are called in the listener's thread.
        """
        self._options = options
        self._store = store
        self._clock = clock
        self._counters = counters
        self._on_stored = on_stored
        self._on_tunnelled = on_tunnelled
        self._knows = knows
        self._failed = FailedChecks(options.failed_checks_per_minute, clock.monotonic)
        self._durability: Durability | None = None

    def routes(self, routes: Mapping[str, WebhookRoute]) -> dict[bytes, dict[str, Handler]]:
        """Give the site's routes for webhook routes by path."""
        hooks: dict[bytes, dict[str, Handler]] = {
            path.encode("ascii"): {"POST": partial(self._receive, route)} for path, route in routes.items()
        }
        return {**hooks, PING: {"GET": self._ping}}

    async def _receive(self, route: WebhookRoute, exchange: Exchange) -> None:
        received_at = self._clock.now()
        body = await exchange.body(self._options.max_body)
        headers = exchange.texts()
        finding = route.check(headers, body)
        tunnelled = exchange.tunnelled
        source = source_of(exchange.peer, exchange.forwarded, tunnelled=tunnelled)
        admitted = finding.verdict in ADMITTED
        if not admitted:
            await self._limit(source, exchange)
        delivery = Delivery(
            source=route.source,
            received_at=received_at,
            headers=headers,
            body=body,
            verdict=finding.verdict,
            http_status=HTTPStatus.OK if admitted else HTTPStatus.UNAUTHORIZED,
            trigger=_label(route, body),
            dedup_key=_dedup_key(route, headers, body, test=exchange.test) if admitted else None,
            secret_id=finding.secret_id,
            peer=source,
            test=exchange.test,
            via=TUNNEL if tunnelled else None,
        )
        if tunnelled and admitted:
            self._on_tunnelled(True)  # noqa: FBT003 - a callback of one argument
        receipt = await self._store_durably(delivery, exchange)
        await self._answer(exchange, receipt, finding, route)

    async def _ping(self, exchange: Exchange) -> None:
        """Answer the tunnel's self-test: only a word that this process sent out comes back well, and only once."""
        if not self._knows(exchange.tail):
            raise await exchange.refuse(HTTPStatus.NOT_FOUND)
        await exchange.answer(HTTPStatus.NO_CONTENT)

    async def _limit(self, source: str, exchange: Exchange) -> None:
        wait_s = self._failed.wait(source)
        if wait_s:
            self._counters.rate_limited += 1
            wait = str(math.ceil(wait_s)).encode()
            raise await exchange.refuse(HTTPStatus.TOO_MANY_REQUESTS, (b"retry-after", wait))

    async def _store_durably(self, delivery: Delivery, exchange: Exchange) -> Receipt:
        durability = self._of_this_loop()
        future: Future[Receipt] | None = None
        try:
            future = self._store.put(delivery)
            return await durability.receipt_of(future)
        except Exception as error:
            logger.error("a delivery from %s could not be stored: %s", delivery.source, error)  # noqa: TRY400
            if future is not None and isinstance(error, NotDurableError):
                # It may still be stored: then it has to be worked on, whatever its sender was told.
                durability.call_when_done(future, partial(self._stored_late, future))
            raise await exchange.refuse(HTTPStatus.SERVICE_UNAVAILABLE, RETRY_AFTER) from error

    def _of_this_loop(self) -> Durability:
        loop = asyncio.get_running_loop()
        if self._durability is None or self._durability.loop is not loop:
            self._durability = Durability(loop, self._options.commit_s)
        return self._durability

    async def _answer(
        self, exchange: Exchange, receipt: Receipt, finding: SignatureFinding, route: WebhookRoute
    ) -> None:
        if finding.verdict in ADMITTED:
            status = "duplicate" if receipt.duplicate else "accepted"
            body = _compact({"status": status, "id": receipt.event_id}).encode()
            await exchange.answer(HTTPStatus.OK, (JSON,), body)
        else:
            await exchange.answer(HTTPStatus.UNAUTHORIZED)
        seconds = asyncio.get_running_loop().time() - exchange.first_byte_at
        self._counters.stored(route.source, finding.verdict, seconds)
        row_id = receipt.row_id or receipt.event_id
        self._tell(row_id)
        self._store.answered(row_id, seconds * 1000.0)

    def _stored_late(self, future: Future[Receipt]) -> None:
        if future.cancelled() or future.exception() is not None:
            return
        receipt = future.result()
        self._tell(receipt.row_id or receipt.event_id)

    def _tell(self, row_id: str) -> None:
        try:
            self._on_stored(row_id)
        except Exception:
            logger.exception("what follows a stored delivery failed")


def _dedup_key(route: WebhookRoute, headers: Sequence[tuple[str, str]], body: bytes, *, test: bool) -> str:
    """Give what a delivery is deduplicated by. A test must never stand in the way of the real one with its bytes."""
    key = route.dedup_key(headers, body)
    return f"{TEST_KEY}{key}" if test else key


def _label(route: WebhookRoute, body: bytes) -> str | None:
    """Read the trigger. It is only a label, so whatever goes wrong must not cost the delivery."""
    try:
        return route.trigger_of(body)
    except Exception:
        logger.exception("a trigger could not be read", extra={"source": route.source})
        return None
