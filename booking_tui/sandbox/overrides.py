"""Sets values inside a webhook's body by path, before it is signed."""

from __future__ import annotations

import difflib

from booking_tui.sandbox.calcom.signing import Json, JsonObject


class PathError(ValueError):
    """A path leads nowhere; the text names it and the nearest keys."""


def set_path(body: JsonObject, path: str, value: Json) -> None:
    """Set `payload.attendees.0.name` and the like in place; the last key may be new, all before it must exist.

    A list takes an index it has, or its length to append. Raises `PathError`.
    """
    keys = path.split(".")
    if not all(keys):
        raise PathError(f"{path!r} is not a path: write keys with dots between them, as in payload.attendees.0.name")
    here: Json = body
    for position, key in enumerate(keys[:-1]):
        here = _step(here, key, keys[:position], path)
    last = keys[-1]
    if isinstance(here, dict):
        here[last] = value
    elif isinstance(here, list):
        if not last.isdecimal() or int(last) > len(here):
            raise PathError(f"{path!r}: {_list_words(keys[:-1], here)}")
        here[int(last) :] = [value, *here[int(last) + 1 :]]
    else:
        raise PathError(f"{path!r}: {'.'.join(keys[:-1])} holds a single value, it has no {last!r}")


def _step(here: Json, key: str, before: list[str], path: str) -> Json:
    where = ".".join(before) or "the body"
    if isinstance(here, dict):
        if key in here:
            return here[key]
        near = difflib.get_close_matches(key, here, n=3, cutoff=0.5) or sorted(here)[:6]
        raise PathError(f"{path!r}: {where} has no {key!r}; near it: {', '.join(near) or 'nothing'}")
    if isinstance(here, list):
        if key.isdecimal() and int(key) < len(here):
            return here[int(key)]
        raise PathError(f"{path!r}: {_list_words(before, here)}")
    raise PathError(f"{path!r}: {where} holds a single value, it has no {key!r}")


def _list_words(before: list[str], found: list[Json]) -> str:
    where = ".".join(before)
    if not found:
        return f"{where} is an empty list: 0 is the place to fill"
    return f"{where} is a list with the places 0 to {len(found) - 1}"
