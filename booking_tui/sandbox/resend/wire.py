"""How Resend writes things down: JSON, its two forms of an instant, its error object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias, cast

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = "dict[str, Json]"

ONE_DAY_S = 86_400.0


class ApiError(Exception):
    """A call is refused. The body is `{"statusCode", "name", "message"}`, as on Resend's page of errors."""

    def __init__(self, status: int, name: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.headers = dict(headers or {})

    def body(self) -> JsonObject:
        """Give the error object."""
        return {"statusCode": self.status, "name": self.name, "message": str(self)}


def invalid(message: str) -> ApiError:
    """Make the error for a field that is there and wrong."""
    return ApiError(422, "validation_error", message)


def missing(field: str) -> ApiError:
    """Make the error for a field that is not there."""
    return ApiError(422, "missing_required_field", f"Missing `{field}` field.")


def not_found(what: str) -> ApiError:
    """Make the error for something that is not there."""
    return ApiError(404, "not_found", f"{what} not found")


def compact(value: Json) -> bytes:
    """Write JSON without blanks, as UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def parse_json(raw: bytes) -> Json:
    """Read JSON; raises `ApiError` 400."""
    try:
        value = cast("Json", json.loads(raw, parse_constant=_no_number))
        if b"\\ud" in raw.lower():
            compact(value)  # half of a surrogate pair cannot be written again
        return value
    except (ValueError, RecursionError):
        raise ApiError(400, "validation_error", "The request body is not valid JSON.") from None


def _no_number(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def in_rows(at: datetime) -> str:
    """Write an instant as the API does: `2026-11-22 23:41:11.894000+00`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")


def in_events(at: datetime) -> str:
    """Write an instant as webhooks do: `2026-11-22T23:41:11.894Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
