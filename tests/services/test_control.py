from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.domain.tunnel import TunnelState
from booking_tui.domain.webhook import Verdict
from booking_tui.paths import Home, write_private
from booking_tui.ports import DeedAnswer, DeedRefused, Desk, SignatureReport, SignatureWhy, TestAnswer, TestRequest
from booking_tui.services import deeds
from booking_tui.services.attached import AttachedDesk
from booking_tui.services.control import Control
from booking_tui.services.deeds import DEEDS, Fields, NoteWriting, Resending
from booking_tui.services.engine import Engine
from booking_tui.services.lock import read_control
from booking_tui.services.sending import Address, post
from booking_tui.services.signing_deeds import Signing
from tests.services.conftest import eventually

TOKEN = "a-token"


@dataclass
class NotedDesk:
    """Notes what it is asked for, and answers as it was told."""

    answer: Any = None
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def _note(self, *asked: Any) -> Any:
        self.asked.append(asked)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def replay(self, event_ids: Sequence[str]) -> list[str]:
        return self._note("replay", tuple(event_ids))

    def resend(
        self, event_id: str | None, body: bytes, headers: Sequence[tuple[str, str]], *, sign: bool
    ) -> DeedAnswer:
        return self._note("resend", event_id, body, tuple(headers), sign)

    def forget(self, event_ids: Sequence[str]) -> int:
        return self._note("forget", tuple(event_ids))

    def forget_test(self) -> int:
        return self._note("forget_test")

    def write_note(self, uid: str, text: str) -> None:
        return self._note("write_note", uid, text)

    def explain(self, event_id: str) -> SignatureWhy:
        return self._note("explain", event_id)

    def sign(self, source: str, body: bytes) -> tuple[tuple[str, str], ...]:
        return self._note("sign", source, body)

    def send_test(self, request: TestRequest) -> list[TestAnswer]:
        return self._note("send_test", request)


def ask(control: Control, document: Any, token: str = TOKEN) -> tuple[int, Any]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    status, answer = control(token, body)
    return status, json.loads(answer)


def control_of(desk: Desk) -> Control:
    return Control(desk, TOKEN, {"status": lambda: {"fine": True}})


def test_every_method_of_the_desk_has_a_deed_in_the_table() -> None:
    methods = {name for name in vars(Desk) if not name.startswith("_")}
    assert methods == set(DEEDS)
    assert methods <= set(dir(AttachedDesk))


def test_a_deed_is_done_and_answered() -> None:
    desk = NotedDesk(answer=["new"])
    assert ask(control_of(desk), {"deed": "replay", "arguments": {"event_ids": ["a", "b"]}}) == (
        200,
        {"ok": True, "result": ["new"]},
    )
    assert desk.asked == [("replay", ("a", "b"))]


def test_a_wrong_token_does_nothing() -> None:
    desk = NotedDesk(answer=1)
    for token in ("", "a-toke", "ä", "\udcff"):
        status, answer = ask(control_of(desk), {"deed": "forget_test", "arguments": {}}, token)
        assert (status, answer["ok"]) == (401, False)
    assert desk.asked == []


def test_an_unknown_deed_names_the_nearest_or_all() -> None:
    status, answer = ask(control_of(NotedDesk()), {"deed": "repaly", "arguments": {}})
    assert (status, "replay" in answer["error"]) == (404, True)
    status, answer = ask(control_of(NotedDesk()), {"deed": "zzz", "arguments": {}})
    assert all(name in answer["error"] for name in DEEDS)


def test_questions_change_nothing_and_need_no_arguments() -> None:
    assert ask(control_of(NotedDesk()), {"deed": "status"}) == (200, {"ok": True, "result": {"fine": True}})


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        {},
        {"deed": 1},
        {"deed": "replay"},
        {"deed": "replay", "arguments": {"event_ids": "a"}},
        {"deed": "replay", "arguments": {"event_ids": [1]}},
        {"deed": "write_note", "arguments": {"uid": "a"}},
        {"deed": "resend", "arguments": {"event_id": None, "body": "*", "headers": [], "sign": True}},
        {"deed": "resend", "arguments": {"event_id": None, "body": "", "headers": [["a"]], "sign": True}},
        {"deed": "resend", "arguments": {"event_id": None, "body": "", "headers": [], "sign": 1}},
        {"deed": "send_test", "arguments": {"scenario": "x", "overrides": [], "count": True, "pace": False}},
    ],
)
def test_a_request_that_is_none_is_refused_in_words_and_does_nothing(document: Any) -> None:
    desk = NotedDesk()
    status, answer = ask(control_of(desk), document)
    assert status == 409
    assert answer["ok"] is False
    assert answer["error"]
    assert desk.asked == []


def test_a_refused_deed_and_a_broken_one_are_told_apart() -> None:
    document = {"deed": "forget_test", "arguments": {}}
    assert ask(control_of(NotedDesk(answer=DeedRefused("not now"))), document) == (
        409,
        {"ok": False, "error": "not now"},
    )
    status, answer = ask(control_of(NotedDesk(answer=RuntimeError("a bug"))), document)
    assert (status, "a bug" in answer["error"]) == (500, True)


texts = st.text(max_size=40)
maybe_texts = st.none() | texts
pairs = st.lists(st.tuples(texts, texts), max_size=4).map(tuple)


@given(maybe_texts, st.binary(max_size=60), pairs, st.booleans())
def test_a_resend_travels_whole(event_id: str | None, body: bytes, headers: Any, sign: bool) -> None:
    desk = NotedDesk(answer=DeedAnswer(200, 1.5, "id", duplicate=True, error=None))
    arguments = json.loads(json.dumps(deeds.RESEND.write_arguments(Resending(event_id, body, headers, sign))))
    result = json.loads(json.dumps(deeds.RESEND.answer(desk, arguments)))
    assert desk.asked == [("resend", event_id, body, headers, sign)]
    assert deeds.RESEND.read_result(deeds.Fields({"result": result})) == desk.answer


@given(maybe_texts, st.none() | st.binary(max_size=60), pairs, st.integers(0, 10**6), maybe_texts, st.booleans())
def test_a_test_request_travels_whole(
    scenario: str | None, body: bytes | None, overrides: Any, count: int, fault: str | None, pace: bool
) -> None:
    request = TestRequest(scenario, body, overrides, count, fault, pace)
    desk = NotedDesk(answer=[TestAnswer(None, None, error="x"), TestAnswer(401, 0.25, "T", "id")])
    arguments = json.loads(json.dumps(deeds.SEND_TEST.write_arguments(request)))
    result = json.loads(json.dumps(deeds.SEND_TEST.answer(desk, arguments)))
    assert desk.asked == [("send_test", request)]
    assert deeds.SEND_TEST.read_result(deeds.Fields({"result": result})) == desk.answer


@given(texts, texts)
def test_a_note_travels_whole(uid: str, text: str) -> None:
    desk = NotedDesk()
    arguments = json.loads(json.dumps(deeds.WRITE_NOTE.write_arguments(NoteWriting(uid, text))))
    assert deeds.WRITE_NOTE.answer(desk, arguments) is None
    assert desk.asked == [("write_note", uid, text)]


def test_over_http_only_the_token_of_the_control_file_opens_it(engine: Engine, home: Home) -> None:
    point = read_control(home.control)
    assert point is not None
    body = json.dumps({"deed": "status", "arguments": {}}).encode()
    for headers in ((), (("Authorization", "Bearer wrong"),), (("Authorization", f"Basic {point.token}"),)):
        assert post(Address(point.port), "/control", headers, body, 5.0).status == 401
    good = post(Address(point.port), "/control", (("Authorization", f"Bearer {point.token}"),), body, 5.0)
    assert good.status == 200
    assert json.loads(good.body)["result"]["role"] == "serve"
    assert post(Address(point.public_port), "/control", (), body, 5.0).status == 404


def test_an_attached_desk_says_when_nobody_answers(home: Home, engine: Engine) -> None:
    desk = AttachedDesk(home.control)
    point = read_control(home.control)
    assert point is not None
    engine.stop()
    with pytest.raises(DeedRefused, match="does not answer"):
        desk.forget_test()
    point.write(home.control, write_private)
    with pytest.raises(DeedRefused, match="does not answer"):
        desk.status()


def test_an_attached_desk_reads_the_status(home: Home, engine: Engine) -> None:
    eventually(lambda: engine.status().tunnel.state is TunnelState.BLOCKED)
    found = AttachedDesk(home.control).status()
    assert found == engine.status()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/webhooks/calcom", found.webhook_url)


def test_an_explanation_and_a_signature_travel_whole() -> None:
    why = SignatureReport(Verdict.INVALID, "ab", (("id", "cd"),), "signed with another secret", "compare them")
    deed = deeds.EXPLAIN
    assert deed.read_result(Fields({"result": deed.answer(NotedDesk(answer=why), {"event_id": "a"})})) == why
    desk = NotedDesk(answer=(("X-Signature", "ab"),))
    asked = Signing("calcom", b"\x00body")
    result = deeds.SIGN.answer(desk, deeds.SIGN.write_arguments(asked))
    assert deeds.SIGN.read_result(Fields({"result": result})) == desk.answer
    assert desk.asked == [("sign", "calcom", b"\x00body")]
