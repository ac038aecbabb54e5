"""The one table of deeds: how each looks as JSON, for the control endpoint and for the desk at its other end."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from booking_tui.domain.history import Plain
from booking_tui.ports import DeedAnswer, DeedRefused, Desk, TestAnswer, TestRequest

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


def _packed(body: bytes) -> str:
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


@dataclass(frozen=True, slots=True)
class Resending:
    """The arguments of ``resend``."""

    event_id: str | None
    body: bytes
    headers: tuple[tuple[str, str], ...]
    sign: bool


@dataclass(frozen=True, slots=True)
class NoteWriting:
    """The arguments of ``write_note``."""

    uid: str
    text: str


def _nothing(_: object) -> None:
    return None


def _whole_result(fields: Fields) -> int:
    return fields.whole("result")


def _write_ids(ids: Sequence[str]) -> dict[str, Plain]:
    return {"event_ids": list(ids)}


def _read_ids(fields: Fields) -> tuple[str, ...]:
    return fields.texts("event_ids")


def _write_resending(asked: Resending) -> dict[str, Plain]:
    headers: list[Plain] = [[name, value] for name, value in asked.headers]
    return {"event_id": asked.event_id, "body": _packed(asked.body), "headers": headers, "sign": asked.sign}


def _read_resending(fields: Fields) -> Resending:
    return Resending(fields.maybe_text("event_id"), fields.bytes("body"), fields.pairs("headers"), fields.flag("sign"))


def _write_deed_answer(answer: DeedAnswer) -> Plain:
    return {
        "status": answer.status,
        "latency_ms": answer.latency_ms,
        "event_id": answer.event_id,
        "duplicate": answer.duplicate,
        "error": answer.error,
    }


def _read_deed_answer(fields: Fields) -> DeedAnswer:
    result = fields.part("result")
    return DeedAnswer(
        status=result.maybe_whole("status"),
        latency_ms=result.maybe_number("latency_ms"),
        event_id=result.maybe_text("event_id"),
        duplicate=result.flag("duplicate"),
        error=result.maybe_text("error"),
    )


def _write_request(request: TestRequest) -> dict[str, Plain]:
    overrides: list[Plain] = [[path, value] for path, value in request.overrides]
    return {
        "scenario": request.scenario,
        "body": None if request.body is None else _packed(request.body),
        "overrides": overrides,
        "count": request.count,
        "fault": request.fault,
        "pace": request.pace,
    }


def _read_request(fields: Fields) -> TestRequest:
    return TestRequest(
        scenario=fields.maybe_text("scenario"),
        body=fields.maybe_bytes("body"),
        overrides=fields.pairs("overrides"),
        count=fields.whole("count"),
        fault=fields.maybe_text("fault"),
        pace=fields.flag("pace"),
    )


def _write_test_answers(answers: Sequence[TestAnswer]) -> Plain:
    return [
        {
            "status": answer.status,
            "latency_ms": answer.latency_ms,
            "trigger": answer.trigger,
            "event_id": answer.event_id,
            "error": answer.error,
        }
        for answer in answers
    ]


def _read_test_answers(fields: Fields) -> list[TestAnswer]:
    return [_read_test_answer(Fields(item, "result")) for item in fields.items("result")]


def _read_test_answer(result: Fields) -> TestAnswer:
    return TestAnswer(
        status=result.maybe_whole("status"),
        latency_ms=result.maybe_number("latency_ms"),
        trigger=result.maybe_text("trigger"),
        event_id=result.maybe_text("event_id"),
        error=result.maybe_text("error"),
    )


REPLAY: Deed[tuple[str, ...], list[str]] = Deed(
    "replay",
    lambda desk, ids: desk.replay(ids),
    _write_ids,
    _read_ids,
    list[Plain],
    lambda fields: list(fields.texts("result")),
)
RESEND: Deed[Resending, DeedAnswer] = Deed(
    "resend",
    lambda desk, asked: desk.resend(asked.event_id, asked.body, asked.headers, sign=asked.sign),
    _write_resending,
    _read_resending,
    _write_deed_answer,
    _read_deed_answer,
)
FORGET: Deed[tuple[str, ...], int] = Deed(
    "forget", lambda desk, ids: desk.forget(ids), _write_ids, _read_ids, lambda count: count, _whole_result
)
FORGET_TEST: Deed[None, int] = Deed(
    "forget_test", lambda desk, _: desk.forget_test(), lambda _: {}, _nothing, lambda count: count, _whole_result
)
WRITE_NOTE: Deed[NoteWriting, None] = Deed(
    "write_note",
    lambda desk, asked: desk.write_note(asked.uid, asked.text),
    lambda asked: {"uid": asked.uid, "text": asked.text},
    lambda fields: NoteWriting(fields.text("uid"), fields.text("text")),
    _nothing,
    _nothing,
)
SEND_TEST: Deed[TestRequest, list[TestAnswer]] = Deed(
    "send_test",
    lambda desk, request: desk.send_test(request),
    _write_request,
    _read_request,
    _write_test_answers,
    _read_test_answers,
)

DEEDS: Mapping[str, Callable[[Desk, object], Plain]] = {
    deed.name: deed.answer for deed in (REPLAY, RESEND, FORGET, FORGET_TEST, WRITE_NOTE, SEND_TEST)
}
"""Every deed by name, as the control endpoint does them."""
