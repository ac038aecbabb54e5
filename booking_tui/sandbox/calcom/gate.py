"""What stands before every call of Cal.com's API v2: the key, the rate limit, the envelope of answers and errors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from booking_tui.sandbox.calcom.instants import from_row
from booking_tui.sandbox.calcom.ledger import RefusedError
from booking_tui.sandbox.calcom.signing import Json, JsonObject

PER_MINUTE = 120
_BLOCKED_S = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gives back: its data, the status, and what else stands beside the data."""

    data: Json
    status: int = 200
    beside: Mapping[str, Json] | None = None


class ApiError(Exception):
    """A call fails with this status; the code is the name of Cal.com's exception."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def bad_request(message: str) -> ApiError:
    """Make the error for a call that makes no sense."""
    return ApiError(400, "BadRequestException", message)


def not_found(message: str) -> ApiError:
    """Make the error for something that is not there."""
    return ApiError(404, "NotFoundException", message)


Call = Callable[[Request], Awaitable[Answer]]


class Gate:
    """Lets calls through by their key, at most 120 a minute each; who asks too often waits a minute."""

    def __init__(self, clock: Callable[[], datetime], *, per_minute: int = PER_MINUTE) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._seen: dict[str, list[float]] = {}
        self._blocked: dict[str, float] = {}
        self._count = 0

    def route(self, path: str, calls: Mapping[str, Call]) -> Route:
        """Make one route from its calls by method."""

        async def endpoint(request: Request) -> Response:
            return await self._answer(request, calls[request.method if request.method != "HEAD" else "GET"])

        return Route(path, endpoint, methods=list(calls))

    async def _answer(self, request: Request, call: Call) -> Response:
        self._count += 1
        headers = {"X-Request-Id": f"sandbox-{self._count:08d}"}
        try:
            headers |= self._admit(request)
            answer = await call(request)
        except ApiError as error:
            return self._failure(request, error, headers)
        except RefusedError as error:
            return self._failure(request, bad_request(str(error)), headers)
        body: JsonObject = {"status": "success", "data": answer.data, **(answer.beside or {})}
        return JSONResponse(body, answer.status, headers)

    def _admit(self, request: Request) -> dict[str, str]:
        key = request.headers.get("authorization", "")
        if not key.startswith("Bearer cal_"):
            raise ApiError(401, "UnauthorizedException", "Invalid API Key")
        now = self._clock().timestamp()
        seen = [at for at in self._seen.get(key, ()) if at > now - 60]
        if self._blocked.get(key, 0) <= now and len(seen) >= self._per_minute:
            self._blocked[key] = now + _BLOCKED_S
        if self._blocked.get(key, 0) > now:
            raise ApiError(429, "ThrottlerException", "ThrottlerException: Too Many Requests")
        self._seen[key] = [*seen, now]
        return self._limits(self._per_minute - len(seen) - 1, 60 - (now - seen[0]) if seen else 60)

    def _limits(self, remaining: int, reset_s: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit-Default": str(self._per_minute),
            "X-RateLimit-Remaining-Default": str(remaining),
            "X-RateLimit-Reset-Default": str(int(reset_s)),
        }

    def _failure(self, request: Request, error: ApiError, headers: dict[str, str]) -> Response:
        if error.status == 429:
            headers |= self._limits(0, _BLOCKED_S)
        body: JsonObject = {
            "status": "error",
            "timestamp": from_row(self._clock()),
            "path": request.url.path,
            "error": {"code": error.code, "message": str(error), "details": {"message": str(error)}},
        }
        return JSONResponse(body, error.status, headers)


async def json_body(request: Request) -> JsonObject:
    """Read the call's JSON object; an empty body is an empty object. Raises `ApiError` 400."""
    raw = await request.body()
    if not raw:
        return {}
    try:
        body: Json = json.loads(raw)
    except ValueError:
        raise bad_request("Unexpected token in JSON") from None
    if not isinstance(body, dict):
        raise bad_request("the body must be an object")
    return body


def text_of(body: JsonObject, key: str, default: str | None = None) -> str:
    """Read a text field; raises `ApiError` 400 when it is missing without a default, or is no text."""
    value = body.get(key, default)
    if not isinstance(value, str):
        raise bad_request(f"{key} must be a string")
    return value


def instant_of(text: str, key: str) -> datetime:
    """Read an ISO instant with an offset; raises `ApiError` 400."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"{key} must be a valid ISO 8601 date string") from None
    if at.tzinfo is None:
        raise bad_request(f"{key} must be in UTC")
    return at


def whole_of(request: Request, key: str, default: int, low: int, high: int) -> int:
    """Read a whole number of the query; raises `ApiError` 400 outside its bounds."""
    text = request.query_params.get(key)
    if text is None:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise bad_request(f"{key} must be a whole number from {low} to {high}")
    return int(text)
