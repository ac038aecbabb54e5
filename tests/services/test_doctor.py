"""What the doctor says of the way in: the state first, what was in the past second."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_tui.domain.tunnel import SelfTest, TunnelProblem, TunnelState, TunnelStatus
from booking_tui.services.doctor import Check, Finding, tunnel_checks
from booking_tui.services.tunnel_words import NOT_LISTENING
from tests.services.conftest import NOON

URL = "https://fox-owl.example.com"
PROBLEM = TunnelProblem("The agent cannot reach ngrok.", "Look at the network.", again=True)
UP = TunnelStatus(
    "ngrok", TunnelState.UP, NOON - timedelta(hours=1), url=URL, self_test=SelfTest(NOON - timedelta(minutes=2), 31.0)
)


def checked(status: TunnelStatus) -> dict[str, Check]:
    return {check.name: check for check in tunnel_checks(status, NOON)}


def test_all_is_well() -> None:
    found = checked(UP)
    assert [check.finding for check in found.values()] == [Finding.OK, Finding.OK]
    assert found["way in"].found == f"{URL}/webhooks/calcom leads here"


def test_an_address_that_changed_is_to_be_entered() -> None:
    moved = replace(UP, moved_from="https://old.example.com", address_since=NOON - timedelta(minutes=2))
    check = checked(moved)["way in"]
    assert check.finding is Finding.WARN
    assert "the address changed 2 min ago" in check.found
    assert f"{URL}/webhooks/calcom" in check.found
    assert "Subscriber URL" in check.fix


def test_a_proof_of_before_is_not_ok_while_it_is_down() -> None:
    found = checked(replace(UP, state=TunnelState.RETRYING, url=None, problem=PROBLEM))
    assert found["way in"].finding is Finding.FAIL
    assert found["self-test"].finding is Finding.SKIPPED
    assert found["self-test"].found == "the last one came back 2 min ago, before this"


def test_opening_again_after_a_trouble_is_no_mere_start() -> None:
    again = replace(UP, state=TunnelState.STARTING, url=None, since=NOON, down_since=NOON - timedelta(minutes=9))
    assert checked(replace(again, problem=PROBLEM))["way in"].finding is Finding.FAIL
    assert checked(replace(again, down_since=NOON))["way in"].finding is Finding.WARN


@pytest.mark.parametrize(
    ("came", "finding"),
    [(timedelta(minutes=1), Finding.WARN), (timedelta(minutes=3), Finding.FAIL), (None, Finding.FAIL)],
)
def test_a_delivery_after_a_failed_test_proves_more_than_the_test(came: timedelta | None, finding: Finding) -> None:
    failed = replace(UP, self_test=SelfTest(NOON - timedelta(minutes=2), None, "The edge answered 502."))
    check = checked(replace(failed, last_delivery_at=None if came is None else NOON - came))["self-test"]
    assert check.finding is finding
    assert "502" in check.found


def test_a_proxy_that_does_not_say_for_whom_is_named_with_what_to_add() -> None:
    check = checked(replace(UP, self_test=SelfTest(NOON, 9.0, marked=False)))["self-test"]
    assert check.finding is Finding.WARN
    assert "X-Forwarded-For" in check.fix


def test_a_port_that_is_taken_is_said_as_it_is() -> None:
    taken = TunnelProblem("Port 8377 is taken.", "Choose another.", again=True, code=NOT_LISTENING)
    found = checked(replace(UP, state=TunnelState.RETRYING, url=None, self_test=None, problem=taken))
    assert (found["way in"].found, found["way in"].fix) == ("Port 8377 is taken.", "Choose another.")
