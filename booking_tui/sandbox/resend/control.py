"""The simulator's own paths under `/_sandbox`, beside Resend's: what tests and people steer it by. JSON in and out.

`GET POST DELETE /_sandbox/fates {"address", "fate", "after_s"}`;
`GET POST DELETE /_sandbox/faults` and `/_sandbox/webhook-faults {"kind", "times" or "chance", "on", "seconds",
"accepted"}` or `{"chaos": rate}`; `GET PATCH /_sandbox/limits {"per_second", "daily", "monthly"}`;
`GET POST /_sandbox/api-keys {"key", "permission", "state"}`; `GET POST /_sandbox/domains {"name", "status"}`;
`GET /_sandbox/clock`; `POST /_sandbox/advance {"seconds"}`; `GET /_sandbox/requests`. A wrong value is 400 `{"error"}`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, cast, get_args

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from booking_tui.sandbox.resend.account import ApiKey, DomainStatus, KeyState, Permission
from booking_tui.sandbox.resend.fates import FateName
from booking_tui.sandbox.resend.faults import Faults
from booking_tui.sandbox.resend.wire import ApiError, Json, JsonObject, in_events, parse_json

if TYPE_CHECKING:
    from booking_tui.sandbox.resend.simulator import ResendSandbox

Deed = Callable[[JsonObject], Json]

_LIMITS = ("per_second", "daily", "monthly")
_LONGEST_S = 366 * 86_400.0


class Control:
    """The routes, over the simulator's Python object."""

    def __init__(self, sandbox: ResendSandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            _route("/_sandbox/fates", {"GET": self._fates, "POST": self._set_fate, "DELETE": self._clear_fates}),
            self._fault_route("/_sandbox/faults", lambda: self._sandbox.faults),
            self._fault_route("/_sandbox/webhook-faults", lambda: self._sandbox.webhook_faults),
            _route("/_sandbox/limits", {"GET": self._limits, "PATCH": self._set_limits}),
            _route("/_sandbox/api-keys", {"GET": self._keys, "POST": self._set_key}),
            _route("/_sandbox/domains", {"GET": self._domains, "POST": self._set_domain}),
            _route("/_sandbox/clock", {"GET": self._clock}),
            _route("/_sandbox/requests", {"GET": self._requests}),
            Route("/_sandbox/advance", self._advance, methods=["POST"]),
            Route("/_sandbox/portal", _portal, methods=["GET", "POST"]),
        ]

    def _fault_route(self, path: str, faults: Callable[[], Faults]) -> Route:
        def clear(_: JsonObject) -> Json:
            faults().clear()
            return faults().shape()

        def add(body: JsonObject) -> Json:
            _add_fault(faults(), body)
            return faults().shape()

        return _route(path, {"GET": lambda _: faults().shape(), "POST": add, "DELETE": clear})

    def _fates(self, _: JsonObject) -> Json:
        return self._sandbox.fates.shape()

    def _set_fate(self, body: JsonObject) -> Json:
        fate = cast("FateName", _text(body, "fate"))
        self._sandbox.fates.set(_text(body, "address"), fate, _number(body, "after_s"))
        return self._sandbox.fates.shape()

    def _clear_fates(self, body: JsonObject) -> Json:
        self._sandbox.fates.clear(_text(body, "address") if "address" in body else None)
        return self._sandbox.fates.shape()

    def _limits(self, _: JsonObject) -> Json:
        limits = self._sandbox.limits
        return {"per_second": limits.per_second, "daily": limits.daily, "monthly": limits.monthly}

    def _set_limits(self, body: JsonObject) -> Json:
        wanted = {name: _number(body, name) for name in _LIMITS if name in body}
        for name, value in wanted.items():
            setattr(self._sandbox.limits, name, None if value is None else int(value))
        return self._limits(body)

    def _keys(self, _: JsonObject) -> Json:
        return {name: asdict(key) for name, key in self._sandbox.api_keys.items()}

    def _set_key(self, body: JsonObject) -> Json:
        permission = _one_of(body, "permission", get_args(Permission), "full_access")
        state = _one_of(body, "state", get_args(KeyState), "active")
        self._sandbox.api_keys[_text(body, "key")] = ApiKey(cast("Permission", permission), cast("KeyState", state))
        return self._keys(body)

    def _domains(self, _: JsonObject) -> Json:
        return {name: domain.status for name, domain in self._sandbox.account.domains.items()}

    def _set_domain(self, body: JsonObject) -> Json:
        status = _one_of(body, "status", get_args(DomainStatus), "verified")
        self._sandbox.account.set_domain(_text(body, "name").lower(), cast("DomainStatus", status))
        return self._domains(body)

    def _clock(self, _: JsonObject) -> Json:
        return {"now": in_events(self._sandbox.clock())}

    def _requests(self, _: JsonObject) -> Json:
        return dict(self._sandbox.requests)

    async def _advance(self, request: Request) -> Response:
        try:
            seconds = _number(await _body(request), "seconds")
            if seconds is None or not 0 <= seconds <= _LONGEST_S:
                raise ValueError("seconds must be a number from 0 to a year")
            # It waits for webhooks, which this thread's loop may have to answer meanwhile.
            await run_in_threadpool(self._sandbox.advance, seconds)
        except (ApiError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        except TimeoutError as error:
            return JSONResponse({"error": str(error)}, 504)
        return JSONResponse(self._clock({}))


async def _portal(_: Request) -> Response:
    return HTMLResponse("<!doctype html><title>Welcome</title><p>This is where a redirect leads.</p>")


def _route(path: str, deeds: dict[str, Deed]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(deeds[request.method](await _body(request)))
        except (ApiError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)

    handler: Callable[[Request], Awaitable[Response]] = endpoint
    return Route(path, handler, methods=list(deeds), include_in_schema=False)


async def _body(request: Request) -> JsonObject:
    raw = await request.body()
    body = parse_json(raw) if raw else {}
    if not isinstance(body, dict):
        raise ApiError(400, "validation_error", "the body must be an object")
    return body


def _add_fault(faults: Faults, body: JsonObject) -> None:
    if (rate := _number(body, "chaos")) is not None:
        faults.chaos(rate)
        return
    kind, on, seconds = _text(body, "kind"), body.get("on", "*"), _number(body, "seconds")
    accepted, chance = body.get("accepted"), _number(body, "chance")
    if not isinstance(on, str) or not (accepted is None or isinstance(accepted, bool)):
        raise ValueError("on must be a text, accepted true or false")
    if chance is not None:
        faults.sometimes(kind, chance, on=on, seconds=seconds, accepted=accepted)
        return
    times = _number(body, "times")
    faults.next(kind, 1 if times is None else int(times), on=on, seconds=seconds, accepted=accepted)


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be a text")
    return value


def _number(body: JsonObject, name: str) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise ValueError(f"{name} must be a number from 0")
    return value


def _one_of(body: JsonObject, name: str, allowed: tuple[str, ...], default: str) -> str:
    value = body.get(name, default)
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}")
    return str(value)
