"""What counts as authentic, and what a person is told when something does not."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_tui.domain.webhook import Verdict
from booking_tui.providers.calcom.signature import HEADER, UNSIGNED, CalcomSignature, explain, secret_id, sign

SECRET = "a-shared-secret"
BODY = '{"triggerEvent":"PING","createdAt":"2026-03-01T09:00:00.000Z","payload":{"name":"Zoë"}}'.encode()
GOOD = sign(SECRET, BODY)


def signed(value: str, name: str = "X-Cal-Signature-256") -> list[tuple[str, str]]:
    return [("content-type", "application/json"), (name, value)]


def test_the_scheme_is_plain_hmac_over_the_raw_bytes() -> None:
    assert hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest() == GOOD
    assert secret_id(SECRET) == hashlib.sha256(SECRET.encode()).hexdigest()[:8]


@pytest.mark.parametrize("name", [HEADER, HEADER.upper(), "X-Cal-Signature-256"])
def test_a_right_signature_names_the_secret(name: str) -> None:
    finding = CalcomSignature([SECRET])(signed(GOOD, name), BODY)
    assert (finding.verdict, finding.secret_id) == (Verdict.VALID, secret_id(SECRET))


@pytest.mark.parametrize("live", [[SECRET, "new"], ["new", SECRET], ["", SECRET]])
def test_any_live_secret_will_do(live: list[str]) -> None:
    assert CalcomSignature(live)(signed(GOOD), BODY).secret_id == secret_id(SECRET)


@pytest.mark.parametrize("headers", [[], [("x-other", GOOD)], signed(UNSIGNED)])
@pytest.mark.parametrize("secrets", [[], [SECRET]])
def test_no_signature_is_missing_and_admitted_only_when_allowed(
    headers: list[tuple[str, str]], secrets: list[str]
) -> None:
    assert CalcomSignature(secrets)(headers, BODY).verdict is Verdict.MISSING
    allowed = CalcomSignature(secrets, allow_unsigned=True)(headers, BODY)
    assert allowed.verdict is Verdict.UNSIGNED_ALLOWED


WRONG = {
    "empty": "",
    "cut": GOOD[:-1],
    "longer": GOOD + "0",
    "another secret": sign("other", BODY),
    "another body": sign(SECRET, BODY + b" "),
    "upper case": GOOD.upper(),
    "prefixed": "sha256=" + GOOD,
    "non-ASCII": "ü" * 64,
    "lone surrogate": "\udce9" * 64,
    "NUL": GOOD + "\x00",
    "twice in one": f"{GOOD}, {GOOD}",
    "literal in capitals": UNSIGNED.upper(),
}


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("allow", [False, True])
def test_a_wrong_signature_is_never_admitted(value: str, allow: bool) -> None:
    assert CalcomSignature([SECRET], allow_unsigned=allow)(signed(value), BODY).verdict is Verdict.INVALID


@pytest.mark.parametrize("values", [(GOOD, GOOD), (GOOD, "x"), ("x", GOOD), (UNSIGNED, GOOD), (UNSIGNED, UNSIGNED)])
def test_two_headers_are_refused_whatever_they_say(values: tuple[str, str]) -> None:
    headers = [*signed(values[0]), *signed(values[1], "x-cal-SIGNATURE-256")]
    assert CalcomSignature([SECRET], allow_unsigned=True)(headers, BODY).verdict is Verdict.INVALID


def test_an_empty_secret_signs_for_nobody() -> None:
    assert CalcomSignature([""])(signed(sign("", BODY)), BODY).verdict is Verdict.INVALID


@settings(max_examples=150, deadline=None)
@given(value=st.text(), body=st.binary(max_size=60), secrets=st.lists(st.text(), max_size=3))
def test_checking_never_raises(value: str, body: bytes, secrets: list[str]) -> None:
    finding = CalcomSignature(secrets)(signed(value), body)
    assert finding.verdict in {Verdict.INVALID, Verdict.MISSING}
    assert explain(signed(value), body, secrets).verdict is finding.verdict


@settings(max_examples=60, deadline=None)
@given(secret=st.text(min_size=1), body=st.binary(max_size=60))
def test_every_secret_and_body_can_be_signed(secret: str, body: bytes) -> None:
    assert CalcomSignature([secret])(signed(sign(secret, body)), body).verdict is Verdict.VALID


SPACED = b'{"triggerEvent": "PING", "n": 1}'
CAUSES = {
    "no header": ([], BODY, "no signature header"),
    "the literal": (signed(UNSIGNED), BODY, "has no secret"),
    "two": ([*signed(GOOD), *signed(GOOD)], BODY, "twice"),
    "empty": (signed(""), BODY, "empty"),
    "short": (signed("abc"), BODY, "not 64 hex digits (3 characters)"),
    "prefix": (
        signed("sha256=" + GOOD),
        BODY,
        "prefix sha256=, which Cal.com never sends; without that it would match",
    ),
    "wrong with prefix": (signed("sha256=00"), BODY, "prefix sha256=, which Cal.com never sends"),
    "upper": (signed(GOOD.upper()), BODY, "upper case, Cal.com sends lower case; without that it would match"),
    "retired": (signed(sign("old one", BODY)), BODY, f"retired secret {secret_id('old one')}"),
    "newline added": (signed(GOOD), BODY + b"\n", "white space was added at the end"),
    "newline lost": (signed(sign(SECRET, BODY + b"\n")), BODY, "newline of the body was lost"),
    "re-serialised": (signed(sign(SECRET, b'{"triggerEvent":"PING","n":1}')), SPACED, "re-serialised"),
    "stranger": (signed(sign("who", BODY)), BODY, "another secret"),
    "stranger, no JSON": (signed(sign("who", b"x")), b"x", "another secret"),
    "good": (signed(GOOD), BODY, "matches"),
}


@pytest.mark.parametrize("case", CAUSES.values(), ids=CAUSES)
def test_the_cause_is_named_with_what_to_do(case: tuple[list[tuple[str, str]], bytes, str]) -> None:
    headers, body, words = case
    found = explain(headers, body, [SECRET, "second"], ["old one"])
    assert words in found.likely
    assert found.do
    assert [name for name, _ in found.expected] == [secret_id(SECRET), secret_id("second")]
    assert SECRET not in repr(found)


def test_without_a_secret_the_explanation_says_so() -> None:
    found = explain(signed(GOOD), BODY, [""])
    assert (found.expected, found.got) == ((), GOOD)
    assert "no secret is configured" in found.likely
