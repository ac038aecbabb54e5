"""The calls about webhooks and their log.

Shapes: `POST /webhooks {endpoint, events}` → 201 `{"object", "id", "signing_secret"}`; the log lists
`{"id", "type", "created_at", "status", "next_attempt_at"}`, one event has its `payload` too; attempts have
`http_status_code`, `response` and `sent_at`. The id of an event is the `svix-id` it is sent with.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route

from booking_tui.sandbox.resend import hooks
from booking_tui.sandbox.resend.gate import Answer, Asked, Gate
from booking_tui.sandbox.resend.hooks import Hook, Hooks, Message
from booking_tui.sandbox.resend.paging import LIMIT_MAX, page
from booking_tui.sandbox.resend.wire import Json, JsonObject, invalid, missing, not_found

EVENTS = frozenset({
    "email.sent", "email.scheduled", "email.delivered", "email.delivery_delayed", "email.complained",
    "email.bounced", "email.opened", "email.clicked", "email.received", "email.failed", "email.suppressed",
    "contact.created", "contact.updated", "contact.deleted", "domain.created", "domain.updated", "domain.deleted",
    "suppression.added", "suppression.removed",
})  # fmt: skip
HOOKS_MAX = 50


class HookCalls:
    """Every call is made under the world's lock; `reaches` says whether the simulator sends to an address."""

    def __init__(self, registered: Hooks, reaches: Callable[[str], bool]) -> None:
        self._hooks = registered
        self._reaches = reaches

    def routes(self, gate: Gate) -> list[Route]:
        """Give the routes, behind the gate."""
        one, event = "/webhooks/{webhook_id}", "/webhooks/{webhook_id}/events/{event_id}"
        return [
            gate.route("/webhooks", {"POST": self.create, "GET": self.listing}),
            gate.route(one, {"GET": self.get, "PATCH": self.update, "DELETE": self.remove}),
            gate.route(f"{one}/signing-secret/rotate", {"POST": self.rotate}),
            gate.route(f"{one}/events", {"GET": self.events}),
            gate.route(event, {"GET": self.event}),
            gate.route(f"{event}/attempts", {"GET": self.attempts}),
            gate.route(f"{event}/replay", {"POST": self.replay}),
        ]

    def create(self, asked: Asked) -> Answer:
        body = _object(asked)
        for name in ("endpoint", "events"):
            if body.get(name) in (None, ""):
                raise missing(name)
        endpoint, events = self._endpoint(body), _events(body)
        if len(self._hooks) >= HOOKS_MAX:
            raise invalid(f"There are {HOOKS_MAX} webhooks already.")
        hook = self._hooks.add(endpoint, events)
        return Answer({"object": "webhook", "id": hook.id, "signing_secret": hook.signing_secret}, 201)

    def listing(self, asked: Asked) -> Answer:
        newest_first = list(self._hooks)[::-1]
        return Answer(page(newest_first, asked.query, lambda hook: hooks.shape(hook, secret=False), LIMIT_MAX))

    def get(self, asked: Asked) -> Answer:
        return Answer(hooks.shape(self._hook(asked), secret=True))

    def update(self, asked: Asked) -> Answer:
        hook, body = self._hook(asked), _object(asked)
        endpoint = self._endpoint(body) if "endpoint" in body else hook.endpoint
        events = _events(body) if "events" in body else hook.events
        status = body.get("status", hook.status)
        if status not in {"enabled", "disabled"}:
            raise invalid("The `status` field must be `enabled` or `disabled`.")
        hook.endpoint, hook.events = endpoint, events
        hook.status = "enabled" if status == "enabled" else "disabled"
        hook.failing_since = None
        return Answer({"object": "webhook", "id": hook.id})

    def remove(self, asked: Asked) -> Answer:
        hook = self._hook(asked)
        self._hooks.remove(hook)
        return Answer({"object": "webhook", "id": hook.id, "deleted": True})

    def rotate(self, asked: Asked) -> Answer:
        hook = self._hook(asked)
        return Answer({"object": "webhook", "id": hook.id, "signing_secret": self._hooks.rotate(hook)})

    def events(self, asked: Asked) -> Answer:
        newest_first = list(self._hook(asked).log)[::-1]
        return Answer(page(newest_first, asked.query, hooks.summary))

    def event(self, asked: Asked) -> Answer:
        _, message = self._message(asked)
        return Answer({"object": "webhook_event", **hooks.summary(message), "payload": message.payload})

    def attempts(self, asked: Asked) -> Answer:
        _, message = self._message(asked)
        return Answer(page(message.attempts[::-1], asked.query, hooks.attempt_shape))

    def replay(self, asked: Asked) -> Answer:
        hook, message = self._message(asked)
        if hook.status == "disabled":
            raise invalid("The webhook is disabled.")
        self._hooks.replay(hook, message)
        return Answer({"object": "webhook_event", "id": message.id})

    def _hook(self, asked: Asked) -> Hook:
        hook = self._hooks.get(asked.params["webhook_id"])
        if hook is None:
            raise not_found("Webhook")
        return hook

    def _message(self, asked: Asked) -> tuple[Hook, Message]:
        hook = self._hook(asked)
        message = hook.message(asked.params["event_id"])
        if message is None:
            raise not_found("Webhook event")
        return hook, message

    def _endpoint(self, body: JsonObject) -> str:
        """Check an address. The service wants https; this one never leaves the machine."""
        endpoint = body.get("endpoint")
        if not isinstance(endpoint, str) or not self._reaches(endpoint):
            raise invalid("The `endpoint` field must be an http address on loopback; nothing is sent elsewhere.")
        return endpoint


def _object(asked: Asked) -> JsonObject:
    body = asked.json()
    if not isinstance(body, dict):
        raise invalid("The request body must be an object.")
    return body


def _events(body: JsonObject) -> tuple[str, ...]:
    given: Json = body.get("events")
    if not isinstance(given, list) or not given:
        raise invalid("The `events` field must be an array of event types.")
    for name in given:
        if not isinstance(name, str) or name not in EVENTS:
            raise invalid(f"The `events` field holds an unknown event type: {name}")
    return tuple(dict.fromkeys(str(name) for name in given))
