"""The one table of deeds: how each looks as JSON, for the control endpoint and for the desk at its other end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from booking_tui.domain.history import Plain
from booking_tui.ports import DeedAnswer, Desk, TestAnswer, TestRequest
from booking_tui.services.deed_kinds import Deed, Fields, packed
from booking_tui.services.mail_deed import MAIL, SET_UP_MAIL
from booking_tui.services.signing_deeds import EXPLAIN, SIGN
from booking_tui.services.tunnel_deeds import RESTART_TUNNEL, SET_UP_TUNNEL, TEST_TUNNEL

__all__ = [
    "DEEDS",
    "EXPLAIN",
    "MAIL",
    "RESTART_TUNNEL",
    "SET_UP_MAIL",
    "SET_UP_TUNNEL",
    "SIGN",
    "TEST_TUNNEL",
    "Deed",
    "Fields",
]


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
    return {"event_id": asked.event_id, "body": packed(asked.body), "headers": headers, "sign": asked.sign}


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
        "body": None if request.body is None else packed(request.body),
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
            "unsigned": answer.unsigned,
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
        unsigned=result.flag("unsigned"),
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
    deed.name: deed.answer
    for deed in (
        *(REPLAY, RESEND, FORGET, FORGET_TEST, WRITE_NOTE, EXPLAIN, SIGN, SEND_TEST),
        *(TEST_TUNNEL, RESTART_TUNNEL, SET_UP_TUNNEL, MAIL, SET_UP_MAIL),
    )
}
"""Every deed by name, as the control endpoint does them."""
