"""What travels: signed webhook requests, and the one place that signs them."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = "dict[str, Json]"
Headers: TypeAlias = tuple[tuple[str, str], ...]

VERSION = "2021-10-20"
"""The payload version every webhook has unless its owner chose another."""
VERSION_WITH_ICS = "2026-07-27"
"""The payload version that adds iCalendar texts to some triggers."""
VERSIONS = (VERSION, VERSION_WITH_ICS)

SIGNATURE_HEADER = "X-Cal-Signature-256"
VERSION_HEADER = "X-Cal-Webhook-Version"
TYPE_HEADER = "Content-Type"
TEST_HEADER = "X-Booking-Tui-Test"
NO_SIGNATURE = "no-secret-provided"
"""What stands in the signature header when the webhook has no secret."""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One webhook as it goes over the wire; `delay_s` is the wait before it, in seconds."""

    headers: Headers
    body: bytes
    delay_s: float = 0.0
    note: str = ""

    def header(self, name: str) -> str | None:
        """Give the first header of that name, case ignored, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_header(self, name: str, value: str | None) -> WireRequest:
        """Replace a header in its place (None removes it; a new one goes to the end)."""
        changed: list[tuple[str, str]] = []
        found = False
        for key, old in self.headers:
            if key.lower() != name.lower():
                changed.append((key, old))
            elif value is not None and not found:
                changed.append((key, value))
                found = True
        if value is not None and not found:
            changed.append((name, value))
        return replace(self, headers=tuple(changed))


@dataclass(frozen=True, slots=True)
class Message:
    """One webhook without a subscriber: the body of version 2021-10-20, and what 2026-07-27 adds to its payload."""

    trigger: str
    body: JsonObject
    extras: Callable[[], JsonObject] | None = field(default=None, compare=False)
    note: str = ""

    def document(self, version: str = VERSION) -> JsonObject:
        """Give a fresh copy of the body in that payload version."""
        body = copy.deepcopy(self.body)
        payload = body.get("payload")
        if version == VERSION_WITH_ICS and self.extras is not None and isinstance(payload, dict):
            payload.update(self.extras())
        return body

    def signed(self, secret: str, version: str = VERSION, *, delay_s: float = 0.0) -> WireRequest:
        """Make the request a subscriber with that secret and version gets."""
        body = self.body if version == VERSION else self.document(version)
        request = sign_file(compact(body), secret, version)
        return replace(request, delay_s=delay_s, note=self.note)


def compact(value: Json) -> bytes:
    """Write JSON as `JSON.stringify` does: no blanks, non-ASCII characters as they are, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def signature(secret: str, body: bytes) -> str:
    """Give the header's value: lower-case hex of HMAC-SHA256, or the literal when there is no secret."""
    if not secret:
        return NO_SIGNATURE
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def sign_file(
    body: bytes, secret: str, version: str = VERSION, *, content_type: str = "application/json", note: str = ""
) -> WireRequest:
    """Sign any bytes as the whole body of a webhook."""
    headers = (
        (TYPE_HEADER, content_type),
        (SIGNATURE_HEADER, signature(secret, body)),
        (VERSION_HEADER, version),
    )
    return WireRequest(headers, body, note=note)


def re_sign(request: WireRequest, secret: str) -> WireRequest:
    """Sign the request's present bytes with another secret."""
    return request.with_header(SIGNATURE_HEADER, signature(secret, request.body))


def unsign(request: WireRequest) -> WireRequest:
    """Turn it into what a webhook without a secret sends."""
    return request.with_header(SIGNATURE_HEADER, NO_SIGNATURE)


def mis_sign(request: WireRequest) -> WireRequest:
    """Sign it with a secret that nobody has: well-formed and wrong."""
    guess = hashlib.sha256(b"nobody has this: " + request.body).hexdigest()
    return re_sign(request, guess)
