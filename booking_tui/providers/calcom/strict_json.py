"""JSON as it may be trusted: strict UTF-8, bounded depth, finite numbers, and one kind of error."""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

MAX_DEPTH = 32
_INT64 = 2**63

# Strings are stepped over whole (possessively, so that hostile quotes cost no more than their length).
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_OPENING = frozenset(b"[{")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


class UnreadableError(ValueError):
    """The bytes are not JSON that can be used; the text says why, for a person."""


def read(body: bytes) -> Json:
    """Read a JSON document. Numbers too large to keep become None; of a key given twice the last counts.

    Raises UnreadableError for everything else that is wrong.
    """
    if body.startswith(b"\xef\xbb\xbf"):
        raise UnreadableError("the body starts with a byte order mark, which JSON does not allow")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"the body is not UTF-8 (byte {error.start + 1})") from None
    if _too_deep(body):
        raise UnreadableError(f"the body is nested deeper than {MAX_DEPTH} levels")
    try:
        return json.loads(text, parse_constant=_refuse, parse_int=_bounded, parse_float=_finite)
    except UnreadableError:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableError(f"the body is not JSON ({where}: {error.msg})") from None


def _too_deep(body: bytes) -> bool:
    depth = 0
    for byte in _STRING.sub(b"", body).translate(None, _NO_BRACKETS):
        if byte in _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                return True
        else:
            depth -= 1
    return False


def _refuse(constant: str) -> NoReturn:
    raise UnreadableError(f"the body is not JSON ({constant} is no JSON number)")


def _bounded(digits: str) -> int | None:
    if len(digits) > 20:
        return None
    number = int(digits)
    return number if -_INT64 <= number < _INT64 else None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def compact(document: Json) -> bytes:
    """Write a document as Cal.com does: no blanks, non-ASCII unescaped."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
