"""The registered webhooks, their messages, and every attempt to deliver them.

Attempts come at once and then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h after the one before. An answer 2xx within
15 s counts, everything else is a failure, a redirect too. Who fails for five days is switched off. A retry keeps the
`svix-id` and has a new timestamp and signature.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from booking_tui.sandbox.resend import signing
from booking_tui.sandbox.resend.faults import WEBHOOK_FAULTS, Fault, Faults
from booking_tui.sandbox.resend.wire import Json, JsonObject, compact, in_events, in_rows
from booking_tui.sandbox.resend.world import World

RETRIES_S = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 36_000.0)
"""How long after the last attempt the next one comes."""
OVERLAP = timedelta(hours=24)
"""How long the old secret signs too, after a new one was made."""
GIVEN_UP = timedelta(days=5)
"""How long nothing but failures switches a webhook off."""
KEPT = 2_000
"""How many messages the log of a webhook holds."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"

Status = Literal["pending", "attempting", "success", "failed"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: the status is 0 when nobody answered, `response` then says why."""

    id: str
    http_status_code: int
    response: str
    sent_at: datetime


@dataclass(slots=True)
class Message:
    """One event on its way to one webhook."""

    id: str
    type: str
    created_at: datetime
    payload: JsonObject
    body: bytes
    status: Status = "pending"
    next_attempt_at: datetime | None = None
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    failures: int = 0
    plans: int = 0
    """Counts the plans made: only the latest one is carried out."""


@dataclass(slots=True)
class Hook:
    """One registered webhook."""

    id: str
    endpoint: str
    events: tuple[str, ...]
    signing_secret: str
    created_at: datetime
    status: Literal["enabled", "disabled"] = "enabled"
    old_secret: str = ""
    old_until: datetime | None = None
    failing_since: datetime | None = None
    log: deque[Message] = field(default_factory=lambda: deque[Message](maxlen=KEPT))

    def secrets(self, now: datetime) -> list[str]:
        """Give the secrets that sign now, the newest first."""
        old = [self.old_secret] if self.old_until is not None and now < self.old_until else []
        return [self.signing_secret, *old]

    def message(self, message_id: str) -> Message | None:
        """Give a message of the log."""
        return next((message for message in self.log if message.id == message_id), None)


Send = Callable[[Hook, Message, dict[str, str], bool], None]
"""Sends one attempt with these headers, and calls `Hooks.attempted`; the last says whether it is an extra one."""


class Hooks:
    """All of them. Under the world's lock: every public call takes it."""

    def __init__(self, world: World, seed: int, send: Send) -> None:
        self._world = world
        self._send = send
        self._hooks: dict[str, Hook] = {}
        # Own dice: whether something is signed must not change the ids of emails.
        self._dice = random.Random(seed)
        self.faults = Faults(WEBHOOK_FAULTS, seed)

    def __iter__(self) -> Iterator[Hook]:
        with self._world.lock:
            return iter(list(self._hooks.values()))

    def __len__(self) -> int:
        return len(self._hooks)

    def add(self, endpoint: str, events: Iterable[str], *, signing_secret: str = "") -> Hook:
        """Register a webhook; without a secret one is made."""
        with self._world.lock:
            secret = signing_secret or signing.new_secret(self._dice)
            hook = Hook(self._world.new_id(), endpoint, tuple(events), secret, self._world.clock())
            self._hooks[hook.id] = hook
            return hook

    def get(self, hook_id: str) -> Hook | None:
        """Give one of them."""
        with self._world.lock:
            return self._hooks.get(hook_id)

    def remove(self, hook: Hook) -> None:
        """Forget it; nothing is sent there any more."""
        with self._world.lock:
            hook.status = "disabled"
            self._hooks.pop(hook.id, None)

    def rotate(self, hook: Hook) -> str:
        """Make a new secret; the old one signs for 24 hours more."""
        with self._world.lock:
            hook.old_secret, hook.old_until = hook.signing_secret, self._world.clock() + OVERLAP
            hook.signing_secret = signing.new_secret(self._dice)
            return hook.signing_secret

    def emit(self, event: str, data: JsonObject) -> None:
        """Tell every webhook that asked for such events."""
        with self._world.lock:
            now = self._world.clock()
            payload: JsonObject = {"type": event, "created_at": in_events(now), "data": data}
            message_id = self._name("msg")
            for hook in self._hooks.values():
                if hook.status == "enabled" and event in hook.events:
                    message = Message(message_id, event, now, payload, compact(payload))
                    hook.log.append(message)
                    self._begin(hook, message, self.faults.draw(event))

    def replay(self, hook: Hook, message: Message) -> None:
        """Try once more at once, with the same `svix-id`; afterwards the schedule begins anew."""
        with self._world.lock:
            message.failures, message.status = 0, "attempting"
            message.plans += 1
            self._try(hook, message)

    def attempted(self, hook: Hook, message: Message, status: int, response: str, *, extra: bool = False) -> None:
        """Take in what came of an attempt, and plan the next one; what is `extra` is not tried again."""
        with self._world.lock:
            now = self._world.clock()
            message.attempts.append(Attempt(self._name("atmpt"), status, response, now))
            del message.attempts[:-20]
            if 200 <= status < 300:
                message.status, message.next_attempt_at, hook.failing_since = "success", None, None
            elif not extra and message.status != "success":
                self._failed(hook, message, now)

    def _begin(self, hook: Hook, message: Message, fault: Fault | None) -> None:
        kind = fault.kind if fault else ""
        if kind == "lose":
            message.status = "failed"
            return
        forged = kind == "wrong_signature"
        self._plan(hook, message, fault.seconds if fault else 0.0, forged=forged)
        if kind == "duplicate":
            self._world.later(0.0, lambda: self._try(hook, message, extra=True))

    def _failed(self, hook: Hook, message: Message, now: datetime) -> None:
        hook.failing_since = hook.failing_since or now
        if now - hook.failing_since >= GIVEN_UP:
            hook.status = "disabled"
        message.failures += 1
        if message.failures > len(RETRIES_S) or hook.status == "disabled":
            message.status, message.next_attempt_at = "failed", None
            return
        message.status = "attempting"
        self._plan(hook, message, RETRIES_S[message.failures - 1])

    def _plan(self, hook: Hook, message: Message, seconds: float, *, forged: bool = False) -> None:
        message.next_attempt_at = self._world.clock() + timedelta(seconds=seconds)
        message.plans += 1
        plan = message.plans
        self._world.later(seconds, lambda: self._carry_out(hook, message, plan, forged=forged))

    def _carry_out(self, hook: Hook, message: Message, plan: int, *, forged: bool) -> None:
        if message.status in {"success", "failed"} or message.plans != plan:
            return
        if hook.status == "disabled":
            message.status, message.next_attempt_at = "failed", None
            return
        self._try(hook, message, forged=forged)

    def _try(self, hook: Hook, message: Message, *, forged: bool = False, extra: bool = False) -> None:
        now = self._world.clock()
        secrets = [signing.new_secret(self._dice)] if forged else hook.secrets(now)
        headers = signing.headers(secrets, message.id, int(now.timestamp()), message.body)
        message.next_attempt_at = None
        self._send(hook, message, headers, extra)

    def _name(self, kind: str) -> str:
        return f"{kind}_" + "".join(self._dice.choice(_LETTERS) for _ in range(27))


def shape(hook: Hook, *, secret: bool) -> JsonObject:
    """Describe a webhook as the API does."""
    told: JsonObject = {
        "id": hook.id,
        "endpoint": hook.endpoint,
        "events": list[Json](hook.events),
        "status": hook.status,
        "created_at": in_rows(hook.created_at),
    }
    return {"object": "webhook", **told, "signing_secret": hook.signing_secret} if secret else told


def summary(message: Message) -> JsonObject:
    """Describe a message as lists do."""
    return {
        "id": message.id,
        "type": message.type,
        "created_at": in_rows(message.created_at),
        "status": message.status,
        "next_attempt_at": in_rows(message.next_attempt_at) if message.next_attempt_at else None,
    }


def attempt_shape(attempt: Attempt) -> JsonObject:
    """Describe an attempt."""
    return {
        "id": attempt.id,
        "http_status_code": attempt.http_status_code,
        "response": attempt.response,
        "sent_at": in_rows(attempt.sent_at),
    }
