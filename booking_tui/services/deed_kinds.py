"""What a deed is, and how its JSON is read field by field."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from booking_tui.domain.history import Plain
from booking_tui.ports import DeedRefused, Desk

A = TypeVar("A")
R = TypeVar("R")


class Fields:
    """A JSON object from outside, read field by field; raises DeedRefused naming the field that is wrong."""

    def __init__(self, value: object, what: str = "arguments") -> None:
        if not isinstance(value, dict):
            raise DeedRefused(f"the {what} must be a JSON object")
        self._values = cast("Mapping[str, object]", value)

    def any(self, name: str) -> object:
        return self._values.get(name)

    def text(self, name: str) -> str:
        value = self._values.get(name)
        if not isinstance(value, str):
            raise _wrong(name, "text")
        return value

    def maybe_text(self, name: str) -> str | None:
        return None if self._values.get(name) is None else self.text(name)

    def flag(self, name: str) -> bool:
        value = self._values.get(name)
        if not isinstance(value, bool):
            raise _wrong(name, "true or false")
        return value

    def whole(self, name: str) -> int:
        value = self._values.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong(name, "a whole number")
        return value

    def maybe_whole(self, name: str) -> int | None:
        return None if self._values.get(name) is None else self.whole(name)

    def maybe_number(self, name: str) -> float | None:
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _wrong(name, "a number")
        return float(value)

    def items(self, name: str) -> list[object]:
        value = self._values.get(name)
        if not isinstance(value, list):
            raise _wrong(name, "a list")
        return cast("list[object]", value)

    def part(self, name: str) -> Fields:
        return Fields(self._values.get(name), name)

    def texts(self, name: str) -> tuple[str, ...]:
        items = self.items(name)
        if not all(isinstance(item, str) for item in items):
            raise _wrong(name, "a list of texts")
        return tuple(cast("list[str]", items))

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        for item in self.items(name):
            pair = cast("list[object]", item) if isinstance(item, list) else []
            if len(pair) != 2 or not all(isinstance(part, str) for part in pair):
                raise _wrong(name, "a list of pairs of texts")
            found.append((str(pair[0]), str(pair[1])))
        return tuple(found)

    def maybe_bytes(self, name: str) -> bytes | None:
        text = self.maybe_text(name)
        if text is None:
            return None
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise _wrong(name, "base64") from error

    def bytes(self, name: str) -> bytes:
        value = self.maybe_bytes(name)
        if value is None:
            raise _wrong(name, "base64")
        return value


def _wrong(name: str, wanted: str) -> DeedRefused:
    return DeedRefused(f"“{name}” must be {wanted}")


def packed(body: bytes) -> str:
    """Give bytes as text that JSON can hold."""
    return base64.b64encode(body).decode("ascii")


@dataclass(frozen=True, slots=True)
class Deed(Generic[A, R]):
    """One deed: how it is done at a desk, and how its arguments and its result travel."""

    name: str
    perform: Callable[[Desk, A], R]
    write_arguments: Callable[[A], dict[str, Plain]]
    read_arguments: Callable[[Fields], A]
    write_result: Callable[[R], Plain]
    read_result: Callable[[Fields], R]
    """Given an object whose only field ``result`` is what ``write_result`` made."""

    def answer(self, desk: Desk, arguments: object) -> Plain:
        """Do the deed for JSON arguments and give its JSON result. Raises DeedRefused."""
        return self.write_result(self.perform(desk, self.read_arguments(Fields(arguments))))
