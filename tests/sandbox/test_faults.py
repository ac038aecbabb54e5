"""Faults and chaos."""

from __future__ import annotations

import hashlib
import hmac
import json

from booking_tui.sandbox import faults
from booking_tui.sandbox.calcom.signing import sign_file
from booking_tui.sandbox.faults import Chaos

REQUESTS = [
    sign_file(json.dumps({"triggerEvent": f"T{n}", "payload": {}}).encode(), "s", note=f"r{n}") for n in range(60)
]


def authentic(request):
    return request.header("X-Cal-Signature-256") == hmac.new(b"s", request.body, hashlib.sha256).hexdigest()


def test_chaos_follows_its_seed():
    assert Chaos(4, rate=0.5).apply(REQUESTS, "s") == Chaos(4, rate=0.5).apply(REQUESTS, "s")
    assert Chaos(4, rate=0.5).apply(REQUESTS, "s") != Chaos(5, rate=0.5).apply(REQUESTS, "s")


def test_chaos_loses_nothing_and_tells_what_it_did():
    arriving, mishaps = Chaos(1, rate=1.0).apply(REQUESTS, "s")
    good = {request.body for request in arriving if authentic(request)}
    assert {request.body for request in REQUESTS} <= good
    assert {mishap.fault for mishap in mishaps} == set(faults.FAULTS)
    assert [mishap.position for mishap in mishaps] == list(range(60))
    assert any(not authentic(request) for request in arriving)
    assert any(request.body == b"false" for request in arriving)
    assert [request.body for request in arriving] != [request.body for request in REQUESTS]


def test_no_chaos_changes_nothing():
    assert Chaos(1, rate=0.0).apply(REQUESTS, "s") == (REQUESTS, [])


def test_repeats_and_delays():
    first, again = faults.repeat(REQUESTS[:1], 1.5)
    assert (again.body, again.delay_s, first.delay_s) == (first.body, 1.5, 0.0)
    assert faults.hold_back(again, 2.0).delay_s == 3.5


def test_renaming_a_trigger_keeps_the_rest_and_is_signed():
    renamed = faults.rename_trigger(REQUESTS[0], "s")
    assert json.loads(renamed.body) == {"triggerEvent": "BOOKING_TELEPORTED", "payload": {}}
    assert authentic(renamed)
    text = sign_file(b"false", "s")
    assert faults.rename_trigger(text, "s") == text


def test_truncated_bodies_are_shorter_and_fail_the_check():
    cut = faults.truncate(REQUESTS[0])
    assert REQUESTS[0].body.startswith(cut.body)
    assert len(cut.body) < len(REQUESTS[0].body)
    assert not authentic(cut)
