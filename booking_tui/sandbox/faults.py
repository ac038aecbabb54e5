"""What goes wrong on the way from Cal.com: each fault spoils requests or signs them wrongly."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from booking_tui.sandbox.calcom.signing import (
    SIGNATURE_HEADER,
    TYPE_HEADER,
    Json,
    WireRequest,
    compact,
    mis_sign,
    re_sign,
    unsign,
)
from booking_tui.sandbox.people import OLD_SECRET

DEPTH = 20_000
"""How many arrays the too deep body nests: 40 kB, and more than any reader wants to follow."""


def drop_signature(request: WireRequest) -> WireRequest:
    """Send no signature header at all."""
    return request.with_header(SIGNATURE_HEADER, None)


def truncate(request: WireRequest) -> WireRequest:
    """Lose the last third of the body after signing."""
    return replace(request, body=request.body[: len(request.body) * 2 // 3])


def reserialise(request: WireRequest) -> WireRequest:
    """Let something on the way pretty-print the body; the same value, other bytes, the old signature."""
    return replace(request, body=json.dumps(json.loads(request.body), indent=2).encode())


def broken_template(request: WireRequest, secret: str) -> WireRequest:
    """Send what a custom template with a quote in a name becomes: the literal `false`, correctly signed."""
    return re_sign(replace(request, body=b"false"), secret)


def not_json(request: WireRequest, secret: str) -> WireRequest:
    """Send what a template that is not JSON becomes: text, correctly signed, under another content type."""
    text = b"New booking: {{title}} with " + request.body[:60] + b"\nsee you soon"
    changed = replace(request, body=text).with_header(TYPE_HEADER, "application/x-www-form-urlencoded")
    return re_sign(changed, secret)


def deep_json(request: WireRequest, secret: str) -> WireRequest:
    """Put far too many nested arrays into the body, correctly signed."""
    body = request.body.rstrip()[:-1] + b',"nested":' + b"[" * DEPTH + b"]" * DEPTH + b"}"
    return re_sign(replace(request, body=body), secret)


def rename_trigger(request: WireRequest, secret: str, trigger: str = "BOOKING_TELEPORTED") -> WireRequest:
    """Call the trigger by a name nobody knows, correctly signed."""
    body: Json = json.loads(request.body)
    if not isinstance(body, dict):
        return request
    return re_sign(replace(request, body=compact(body | {"triggerEvent": trigger})), secret)


def repeat(requests: Sequence[WireRequest], after_s: float = 0.0) -> list[WireRequest]:
    """Send everything, then the same bytes again."""
    again = [replace(request, delay_s=after_s, note=f"{request.note} again") for request in requests]
    return [*requests, *again]


def hold_back(request: WireRequest, delay_s: float) -> WireRequest:
    """Let it arrive later by so many seconds."""
    return replace(request, delay_s=request.delay_s + delay_s)


FaultName = Literal["duplicate", "reorder", "delay", "wrong-secret", "old-secret", "no-secret", "no-header", "template"]
FAULTS: tuple[FaultName, ...] = (
    "duplicate",
    "reorder",
    "delay",
    "wrong-secret",
    "old-secret",
    "no-secret",
    "no-header",
    "template",
)
_LOSING: tuple[FaultName, ...] = ("wrong-secret", "old-secret", "no-secret", "no-header", "template")


@dataclass(frozen=True, slots=True)
class Mishap:
    """One fault that chaos caused, for telling."""

    fault: FaultName
    position: int


class Chaos:
    """Breaks about `rate` of all deliveries by a seeded die; what is spoilt comes once more, unspoilt."""

    def __init__(self, seed: int, *, rate: float = 0.15) -> None:
        self._random = random.Random(seed)
        self._rate = rate

    def apply(self, requests: Sequence[WireRequest], secret: str) -> tuple[list[WireRequest], list[Mishap]]:
        """Give what really arrives, and what was done to it; positions are those of the given requests."""
        arriving: list[WireRequest] = []
        mishaps: list[Mishap] = []
        for position, request in enumerate(requests):
            if self._random.random() >= self._rate:
                arriving.append(request)
                continue
            fault = self._random.choice(FAULTS)
            mishaps.append(Mishap(fault, position))
            if fault == "reorder" and arriving:
                arriving.insert(len(arriving) - 1, replace(request, note=f"{request.note} (too early)"))
            else:
                arriving += self._break(fault, request, secret)
        return arriving, mishaps

    def _break(self, fault: FaultName, request: WireRequest, secret: str) -> list[WireRequest]:
        if fault == "duplicate":
            return repeat([request], self._random.uniform(0, 0.5))
        if fault in _LOSING:
            return [spoilt(fault, request, secret), replace(request, note=f"{request.note} (second webhook)")]
        return [hold_back(request, self._random.uniform(0.2, 2.0))]


def spoilt(fault: FaultName, request: WireRequest, secret: str) -> WireRequest:
    """Give the request in a form that the program cannot use."""
    spoil = {
        "wrong-secret": lambda: mis_sign(request),
        "old-secret": lambda: re_sign(request, OLD_SECRET),
        "no-secret": lambda: unsign(request),
        "no-header": lambda: drop_signature(request),
        "template": lambda: broken_template(request, secret),
    }[fault]
    return replace(spoil(), note=f"{request.note} ({fault})")
