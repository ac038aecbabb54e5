"""The webhooks registered at the simulated Cal.com: their calls, and the lines on which they are sent."""

from __future__ import annotations

import queue
import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.routing import Route

from booking_tui.sandbox.calcom.delivery import Sender
from booking_tui.sandbox.calcom.gate import Answer, ApiError, Gate, bad_request, json_body, not_found, text_of, whole_of
from booking_tui.sandbox.calcom.signing import VERSION, VERSIONS, JsonObject, Message, WireRequest
from booking_tui.sandbox.faults import Chaos

TRIGGERS = frozenset(
    {
        "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
        "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
        "BOOKING_CANCELLED",
        "BOOKING_CREATED",
        "BOOKING_LOCATION_UPDATED",
        "BOOKING_NO_SHOW_UPDATED",
        "BOOKING_PAID",
        "BOOKING_PAYMENT_INITIATED",
        "BOOKING_REJECTED",
        "BOOKING_REQUESTED",
        "BOOKING_RESCHEDULED",
        "FORM_SUBMITTED",
        "FORM_SUBMITTED_NO_EVENT",
        "INSTANT_MEETING",
        "MEETING_ENDED",
        "MEETING_STARTED",
        "OOO_CREATED",
        "RECORDING_READY",
        "RECORDING_TRANSCRIPTION_GENERATED",
    }
)
"""The triggers that a user's webhook may ask for here."""


@dataclass(slots=True)
class Hook:
    """One registered webhook."""

    id: str
    url: str
    triggers: frozenset[str]
    secret: str
    active: bool
    version: str
    waiting: queue.SimpleQueue[Sequence[WireRequest] | None] = field(
        default_factory=queue.SimpleQueue[Sequence[WireRequest] | None]
    )

    def shape(self, user_id: int) -> JsonObject:
        """Describe it as the API does; the secret stands there in clear."""
        return {
            "id": self.id,
            "userId": user_id,
            "subscriberUrl": self.url,
            "active": self.active,
            "triggers": [*sorted(self.triggers)],
            "payloadTemplate": None,
            "secret": self.secret or None,
            "version": self.version,
        }


class Hooks:
    """All of them. Each has a thread that sends, so that a slow subscriber holds up nobody else."""

    def __init__(
        self, user_id: int, *, wait: Callable[[float], None] | None = None, chaos: Chaos | None = None
    ) -> None:
        self._user_id = user_id
        self._stopping = threading.Event()
        self._wait = wait or self._wait_or_stop
        self._chaos = chaos
        self._hooks: dict[str, Hook] = {}
        self._threads: list[threading.Thread] = []

    def _wait_or_stop(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def routes(self, gate: Gate) -> list[Route]:
        """Give the routes, behind the gate."""
        one = {"GET": self.get, "PATCH": self.change, "DELETE": self.delete}
        return [
            gate.route("/v2/webhooks", {"GET": self.listing, "POST": self.create}),
            gate.route("/v2/webhooks/{id}", one),
        ]

    def deliver(self, messages: Iterable[Message]) -> None:
        """Send the messages to every active webhook that wants them; returns at once."""
        told = list(messages)
        for hook in self._active():
            wanted = [message.signed(hook.secret, hook.version) for message in told if message.trigger in hook.triggers]
            self._queue(hook, wanted)

    def deliver_to_each(self, make: Callable[[str], list[WireRequest]]) -> int:
        """Send what `make` gives for a webhook's secret to every active webhook; gives how many requests that is."""
        count = 0
        for hook in self._active():
            requests = make(hook.secret)
            hook.waiting.put(requests)
            count += len(requests)
        return count

    def stop(self, deadline_s: float = 5.0) -> None:
        """Stop sending; what waits is dropped."""
        self._stopping.set()
        for hook in self._hooks.values():
            hook.waiting.put(None)
        for thread in self._threads:
            thread.join(deadline_s)

    def _active(self) -> list[Hook]:
        return [hook for hook in self._hooks.values() if hook.active]

    def _queue(self, hook: Hook, requests: list[WireRequest]) -> None:
        if self._chaos is not None:
            requests, _ = self._chaos.apply(requests, hook.secret)
        if requests:
            hook.waiting.put(requests)

    def _send(self, hook: Hook) -> None:
        while (requests := hook.waiting.get()) is not None and not self._stopping.is_set():
            with Sender(hook.url, wait=self._wait) as sender:
                sender.deliver(requests)
                hook.active = hook.active and sender.active

    # -- calls ---------------------------------------------------------------------------------------------------

    async def listing(self, request: Request) -> Answer:
        take, skip = whole_of(request, "take", 250, 1, 250), whole_of(request, "skip", 0, 0, 10**9)
        return Answer([hook.shape(self._user_id) for hook in list(self._hooks.values())[skip : skip + take]])

    async def create(self, request: Request) -> Answer:
        body = await json_body(request)
        url = _address(text_of(body, "subscriberUrl"))
        self._require_new(url, None)
        if not isinstance(body.get("active"), bool):
            raise bad_request("active must be a boolean value")
        hook = Hook(
            id=str(uuid.uuid4()),
            url=url,
            triggers=_triggers(body),
            secret=text_of(body, "secret", ""),
            active=body["active"] is True,
            version=_version(body),
        )
        self._hooks[hook.id] = hook
        thread = threading.Thread(target=self._send, args=(hook,), name=f"sandbox-hook-{hook.id[:8]}", daemon=True)
        self._threads.append(thread)
        thread.start()
        return Answer(hook.shape(self._user_id), 201)

    async def get(self, request: Request) -> Answer:
        return Answer(self._hook(request).shape(self._user_id))

    async def change(self, request: Request) -> Answer:
        hook, body = self._hook(request), await json_body(request)
        if "subscriberUrl" in body:
            url = _address(text_of(body, "subscriberUrl"))
            self._require_new(url, hook)
            hook.url = url
        if "triggers" in body:
            hook.triggers = _triggers(body)
        if "secret" in body:
            hook.secret = text_of(body, "secret")
        if "version" in body:
            hook.version = _version(body)
        if isinstance(body.get("active"), bool):
            hook.active = body["active"] is True
        return Answer(hook.shape(self._user_id))

    async def delete(self, request: Request) -> Answer:
        hook = self._hook(request)
        hook.active = False
        del self._hooks[hook.id]
        hook.waiting.put(None)
        return Answer(hook.shape(self._user_id))

    def _hook(self, request: Request) -> Hook:
        hook = self._hooks.get(request.path_params["id"])
        if hook is None:
            raise not_found(f"Webhook with id={request.path_params['id']} was not found")
        return hook

    def _require_new(self, url: str, own: Hook | None) -> None:
        if any(hook.url == url and hook is not own for hook in self._hooks.values()):
            raise ApiError(409, "ConflictException", "Webhook with this subscriberUrl already exists for this user")


def _address(url: str) -> str:
    """Check an address. The real service wants https and refuses loopback; this one never leaves the machine."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise bad_request("subscriberUrl must be an http address on loopback: this simulator sends nowhere else")
    return url


def _triggers(body: JsonObject) -> frozenset[str]:
    given = body.get("triggers")
    if not isinstance(given, list) or not given:
        raise bad_request("triggers must be an array of webhook triggers")
    names = frozenset(str(name) for name in given)
    if unknown := sorted(names - TRIGGERS):
        raise bad_request(f"each value in triggers must be a known trigger; {unknown[0]} is not")
    if body.get("payloadTemplate"):
        raise bad_request("payloadTemplate is not supported by this simulator")
    return names


def _version(body: JsonObject) -> str:
    version = text_of(body, "version", VERSION)
    if version not in VERSIONS:
        raise bad_request(f"version must be one of {', '.join(VERSIONS)}")
    return version
