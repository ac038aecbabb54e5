"""What stands before every call: the edge, the faults, the key, the rate limit; and the form of answers and errors."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from booking_tui.sandbox.resend.account import Account
from booking_tui.sandbox.resend.faults import REQUEST_FAULTS, Fault, Faults
from booking_tui.sandbox.resend.limits import Limits, too_many
from booking_tui.sandbox.resend.serving import hang_up
from booking_tui.sandbox.resend.wire import ApiError, Json, compact, parse_json
from booking_tui.sandbox.resend.world import World

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SENDING = frozenset({"POST /emails", "POST /emails/batch"})
"""What a key with `sending_access` may do."""
BODY_MAX = 64_000_000
BODY_KEPT = 200_000
KEPT = 500

_PORTAL = "<!doctype html><title>Welcome</title><h1>Guest network</h1><p>Please accept the terms to go online.</p>"
_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gives back."""

    body: Json
    status: int = 200


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came, kept for looking at: header names in lower case, a huge body only at its beginning."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def idempotency_key(self) -> str | None:
        """Give the key it came with."""
        return self.headers.get("idempotency-key")


@dataclass(slots=True)
class Asked:
    """A call that was let in; `finally_` is done when its answer is on its way."""

    name: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    api_key: str
    finally_: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    def json(self) -> Json:
        """Read the body; raises `ApiError` 400."""
        return parse_json(self.raw)


Call = Callable[[Asked], Answer]


class Gate:
    """Counts calls as `METHOD /template` in `requests`, keeps the latest ones in `received`."""

    def __init__(self, world: World, account: Account, limits: Limits, seed: int) -> None:
        self.faults = Faults(REQUEST_FAULTS, seed)
        self.requests: Counter[str] = Counter()
        self.received: deque[Received] = deque(maxlen=KEPT)
        self._world = world
        self._account = account
        self._limits = limits

    def route(self, template: str, calls: Mapping[str, Call]) -> Route:
        """Make one route from its calls by method; any other method is 405."""

        async def endpoint(request: Request) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            return await self._handle(request, f"{method} {template}", calls.get(method))

        return Route(template, endpoint, methods=METHODS)

    def nothing(self) -> Route:
        """Make the route for every other path."""

        async def endpoint(_: Request) -> Response:
            return _refusal(ApiError(404, "not_found", "The requested endpoint does not exist"))

        return Route("/{path:path}", endpoint, methods=METHODS)

    async def _handle(self, request: Request, name: str, call: Call | None) -> Response:
        try:
            raw = await _body(request)
        except ApiError as error:
            return _refusal(error)
        except ClientDisconnect:
            # Who asked has died in the middle of it, and nobody hears this.
            return Response(status_code=400)
        headers = {key.lower(): value for key, value in request.headers.items()}
        with self._world.lock:
            self.requests[name] += 1
            self.received.append(Received(request.method, request.url.path, headers, raw[:BODY_KEPT]))
        if not headers.get("user-agent"):
            return PlainTextResponse("error code: 1010", 403)
        fault = self.faults.draw(request.url.path, f"{request.method} {request.url.path}", name)
        if fault is not None and not fault.accepted:
            await asyncio.sleep(fault.seconds)
            return self._spoil(fault, None)
        asked = Asked(name, request.path_params, dict(request.query_params), headers, raw, "")
        try:
            answer = self._answer(asked, call)
            if fault is None:
                return answer
            await asyncio.sleep(fault.seconds)
            return answer if fault.kind == "slow" else self._spoil(fault, answer)
        finally:
            with self._world.lock:
                for deed in asked.finally_:
                    deed()

    def _answer(self, asked: Asked, call: Call | None) -> Response:
        with self._world.lock:
            headers: dict[str, str] = {}
            try:
                asked.api_key = self._account.admit(asked.headers.get("authorization"), sending=asked.name in SENDING)
                headers = self._limits.admit(self._world.clock())
                if call is None:
                    raise ApiError(405, "method_not_allowed", "Method is not allowed for the requested path")
                answer = call(asked)
            except ApiError as error:
                return _refusal(error, headers | self._limits.quota_headers(self._world.clock()))
            return JSONResponse(answer.body, answer.status, headers | self._limits.quota_headers(self._world.clock()))

    def _spoil(self, fault: Fault, answer: Response | None) -> Response:
        match fault.kind:
            case "rate_limit":
                return _refusal(too_many(self._limits.per_second))
            case "application_error":
                return _refusal(ApiError(500, "application_error", "An unexpected error occurred."))
            case "unavailable":
                return _refusal(ApiError(503, "service_unavailable", "The service is temporarily unavailable."))
            case "bad_gateway":
                return HTMLResponse(_BAD_GATEWAY, 502)
            case "garbage":
                return HTMLResponse(_PORTAL, 200)
            case "redirect":
                return Response(status_code=302, headers={"location": "/_sandbox/portal"})
            case "no_content":
                return Response(status_code=204)
            case "broken_json":
                body = bytes(answer.body) if answer is not None else b'{"id":"'
                return Response(body[: len(body) * 2 // 3], 200, media_type="application/json")
            case "partial":
                return hang_up(bytes(answer.body) if answer is not None else b'{"id":"00000000"}')
            case _:
                return hang_up()


async def _body(request: Request) -> bytes:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > BODY_MAX:
            raise ApiError(413, "validation_error", "The request body is too large.")
    return bytes(raw)


def _refusal(error: ApiError, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        compact(error.body()), error.status, {**(headers or {}), **error.headers}, media_type="application/json"
    )
