"""JSON objects at the border: keys are text, values are whatever the caller sent."""

from __future__ import annotations

import json
from typing import cast

JsonObject = dict[str, object]


class NotAnObjectError(ValueError):
    """A body is JSON, but no object."""


def json_object(data: bytes) -> JsonObject:
    """Read a body that must be an object. Raises `ValueError`."""
    found = as_object(json.loads(data))
    if found is None:
        raise NotAnObjectError("the body must be an object")
    return found


def as_object(value: object) -> JsonObject | None:
    """Give the value when it is an object."""
    return cast("JsonObject", value) if isinstance(value, dict) else None
