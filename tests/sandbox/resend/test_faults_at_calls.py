"""What goes wrong at calls when it is told to."""

from __future__ import annotations

import time
from collections.abc import Mapping

import httpx
import pytest

from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.sandbox.resend.faults import REQUEST_FAULTS, WEBHOOK_FAULTS, Fault, Faults
from tests.sandbox.resend.calling import Api, Callers, Make, refused


@pytest.mark.parametrize(("fault", "stored"), [("drop_before", 0), ("drop_after", 1)])
def test_the_connection_closes_without_an_answer(api: Api, sandbox: ResendSandbox, fault: str, stored: int) -> None:
    sandbox.faults.next(fault)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        api.send()
    assert len(sandbox.mailbox) == stored
    assert api.send().status_code == 200


def test_the_connection_closes_in_the_middle(api: Api, sandbox: ResendSandbox) -> None:
    sandbox.faults.next("partial")
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
        api.send()
    assert len(sandbox.mailbox) == 1


def test_slow_is_slow_in_real_time_and_stored_at_once(api: Api, sandbox: ResendSandbox) -> None:
    sandbox.faults.next("slow", seconds=0.2)
    began = time.monotonic()
    assert api.send().status_code == 200
    assert time.monotonic() - began >= 0.2
    sandbox.faults.next("slow", seconds=5)
    with pytest.raises(httpx.TimeoutException):
        api.http.post("/emails", json={}, timeout=0.05)
    began = time.monotonic()
    sandbox.stop()
    assert time.monotonic() - began < 2


def test_slow_can_end_without_an_effect(api: Api, sandbox: ResendSandbox) -> None:
    sandbox.faults.next("slow", seconds=0.05, accepted=False)
    with pytest.raises(httpx.RemoteProtocolError):
        api.send()
    assert not sandbox.emails


@pytest.mark.parametrize(
    ("fault", "status", "name"),
    [
        ("rate_limit", 429, "rate_limit_exceeded"),
        ("application_error", 500, "application_error"),
        ("unavailable", 503, "service_unavailable"),
    ],
)
def test_errors_in_json(api: Api, sandbox: ResendSandbox, fault: str, status: int, name: str) -> None:
    sandbox.faults.next(fault)
    answer = api.send()
    assert refused(answer) == (status, name)
    assert fault != "rate_limit" or answer.headers["retry-after"] == "1"
    assert not sandbox.emails


def test_errors_that_are_not_resends(api: Api, sandbox: ResendSandbox) -> None:
    for fault in ("bad_gateway", "garbage", "broken_json", "no_content", "redirect"):
        sandbox.faults.next(fault)
    gateway, garbage, broken, empty, redirect = (api.send() for _ in range(5))
    assert (gateway.status_code, gateway.text[:6]) == (502, "<html>")
    assert (garbage.status_code, garbage.text[:9]) == (200, "<!doctype")
    assert broken.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        broken.json()
    assert (empty.status_code, empty.content) == (204, b"")
    assert redirect.status_code == 302
    assert len(sandbox.mailbox) == 2  # the broken one and the empty one were stored
    # Who follows it has turned a POST into a GET that answers 200.
    followed = api.http.get(redirect.headers["location"])
    assert followed.status_code == 200


def test_whether_it_is_stored_can_be_decided(api: Api, sandbox: ResendSandbox) -> None:
    sandbox.faults.next("bad_gateway", accepted=True)
    assert api.send().status_code == 502
    assert len(sandbox.mailbox) == 1


def test_rules_fit_by_path_and_by_method_and_run_out(api: Api, sandbox: ResendSandbox) -> None:
    sandbox.faults.next("unavailable", times=2, on="POST /emails")
    email_id = None
    assert api.http.get("/emails").status_code == 200
    assert api.http.get("/domains").status_code == 200
    assert [api.send().status_code for _ in range(3)] == [503, 503, 200]
    email_id = sandbox.mailbox[0].id
    sandbox.faults.next("unavailable", on="/emails/*")
    assert api.http.get("/emails").status_code == 200
    assert api.http.get(f"/emails/{email_id}").status_code == 503
    sandbox.faults.next("unavailable", on="GET /emails/{email_id}")
    assert api.http.get(f"/emails/{email_id}").status_code == 503


def test_a_chance_and_its_end(api: Api, sandbox: ResendSandbox) -> None:
    sandbox.faults.sometimes("unavailable", 1.0)
    assert {api.send().status_code for _ in range(3)} == {503}
    sandbox.faults.clear()
    assert api.send().status_code == 200
    sandbox.faults.sometimes("unavailable", 0.0)
    assert api.send().status_code == 200


def test_unknown_faults_are_told() -> None:
    with pytest.raises(ValueError, match="drop_after"):
        Faults(REQUEST_FAULTS, 0).next("duplicate")


@pytest.mark.parametrize("known", [REQUEST_FAULTS, WEBHOOK_FAULTS])
def test_chaos_is_the_same_for_the_same_seed_and_about_as_often_as_said(known: Mapping[str, Fault]) -> None:
    def drawn(seed: int) -> list[Fault | None]:
        faults = Faults(known, seed)
        faults.chaos(0.2)
        return [faults.draw("x") for _ in range(2_000)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    happened = [fault for fault in drawn(1) if fault is not None]
    assert 300 < len(happened) < 500
    assert {fault.kind for fault in happened} == set(known)


def test_with_a_key_every_mail_comes_through_chaos_exactly_once(make: Make, callers: Callers) -> None:
    sandbox = make(chaos=True, daily=None, seed=5)
    api = callers(sandbox)
    sandbox.faults.chaos(0.5, [fault for kind, fault in REQUEST_FAULTS.items() if kind != "slow"])
    for number in range(30):
        for _ in range(30):
            try:
                answer = api.send(key=f"mail/{number}", subject=f"No. {number}")
            except httpx.TransportError:
                continue
            if answer.status_code == 200 and answer.headers["content-type"] == "application/json":
                try:
                    answer.json()
                except ValueError:
                    continue
                break
        else:
            raise AssertionError(number)
    assert sorted(message.subject for message in sandbox.mailbox) == sorted(f"No. {number}" for number in range(30))
