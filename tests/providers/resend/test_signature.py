"""What counts as authentic by Standard Webhooks, and what a person is told when something does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_tui.domain.webhook import Verdict
from booking_tui.providers.resend.explanation import explain
from booking_tui.providers.resend.signature import (
    SIGNATURE_HEADERS,
    StandardWebhooks,
    dedup_key,
    message_key,
    secret_id,
    secret_problem,
    sign,
)

# Published in the test suites of Svix and of the standard.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SECONDS = "1614265330"
BODY = b'{"test": 2432232314}'
PUBLISHED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

NOW = datetime.fromtimestamp(int(SECONDS), UTC)
OTHER = "whsec_" + base64.b64encode(b"another secret of 24 by.").decode()

Headers = list[tuple[str, str]]


def signature(body: bytes = BODY, secret: str = SECRET, message_id: str = MESSAGE_ID, seconds: str = SECONDS) -> str:
    """Sign as the standard says, without the code under test."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(signatures: str = PUBLISHED, message_id: str = MESSAGE_ID, seconds: str = SECONDS) -> Headers:
    return [
        ("Content-Type", "application/json"),
        ("svix-id", message_id),
        ("svix-timestamp", seconds),
        ("svix-signature", signatures),
    ]


def verdict(given: Headers, body: bytes = BODY, now: datetime = NOW, secrets: list[str] | None = None) -> Verdict:
    return StandardWebhooks([SECRET] if secrets is None else secrets, lambda: now)(given, body).verdict


def test_the_published_vector() -> None:
    assert signature() == PUBLISHED
    finding = StandardWebhooks([SECRET], lambda: NOW)(headers(), BODY)
    assert (finding.verdict, finding.secret_id) == (Verdict.VALID, secret_id(SECRET))
    assert sign(SECRET, MESSAGE_ID, NOW, BODY) == tuple(headers()[1:])


@pytest.mark.parametrize(("family", "change"), [("svix-", str.upper), ("Svix-", str.title), ("webhook-", str.lower)])
def test_the_names_of_both_families_in_any_case(family: str, change: Callable[[str], str]) -> None:
    given = [(change(name.replace("svix-", family)), value) for name, value in headers()]
    assert verdict(given) is Verdict.VALID


def test_both_families_at_once_and_halves_of_them() -> None:
    both = [*headers(), ("webhook-id", "x"), ("webhook-timestamp", "1"), ("webhook-signature", "v1,no")]
    assert verdict(both) is Verdict.VALID
    assert verdict([*headers()[:3], ("webhook-signature", PUBLISHED)]) is Verdict.INVALID
    whole = [(name.replace("svix-", "webhook-"), value) for name, value in headers()]
    assert verdict([("svix-id", "x"), *whole]) is Verdict.VALID


@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_"), f" {SECRET}\n"])
def test_a_secret_may_lack_its_prefix_and_have_blanks_around(secret: str) -> None:
    assert verdict(headers(), secrets=[secret]) is Verdict.VALID


@pytest.mark.parametrize("live", [[SECRET, OTHER], [OTHER, SECRET], ["", "whsec_", SECRET]])
def test_any_live_secret_will_do(live: list[str]) -> None:
    finding = StandardWebhooks(live, lambda: NOW)(headers(), BODY)
    assert (finding.verdict, finding.secret_id) == (Verdict.VALID, secret_id(SECRET))


@pytest.mark.parametrize("position", range(4))
def test_one_good_signature_among_several_is_enough(position: int) -> None:
    others = [signature(secret=OTHER), "v1a,AAAA", "v2," + PUBLISHED[3:]]
    others.insert(position, PUBLISHED)
    assert verdict(headers(" ".join(others))) is Verdict.VALID


@pytest.mark.parametrize("body", ['{"name":"Zoë 🌷"}'.encode(), b"", b"\xff\x00\n", b"x" * 1_048_576])
def test_the_raw_bytes_are_what_is_signed(body: bytes) -> None:
    assert verdict(headers(signature(body)), body) is Verdict.VALID
    assert verdict(headers(signature(body)), body + b" ") is Verdict.INVALID


@pytest.mark.parametrize(
    ("seconds_off", "expected"),
    [(-300, Verdict.VALID), (300, Verdict.VALID), (-301, Verdict.INVALID), (301, Verdict.INVALID)],
)
def test_five_minutes_either_way(seconds_off: int, expected: Verdict) -> None:
    assert verdict(headers(), now=NOW + timedelta(seconds=seconds_off)) is expected


def test_what_was_received_is_checked_as_of_then() -> None:
    check = StandardWebhooks([SECRET], lambda: NOW + timedelta(days=30))
    assert check(headers(), BODY).verdict is Verdict.INVALID
    assert check.as_of(NOW + timedelta(seconds=4))(headers(), BODY).verdict is Verdict.VALID


REFUSED: dict[str, Headers] = {
    "another secret": headers(signature(secret=OTHER)),
    "another body": headers(signature(BODY + b" ")),
    "another id": headers(signature(message_id="msg_x")),
    "another time": headers(signature(seconds="1614265331")),
    "version v1a only": headers("v1a," + PUBLISHED[3:]),
    "version v2 only": headers("v2," + PUBLISHED[3:]),
    "upper-case version": headers("V1," + PUBLISHED[3:]),
    "no version": headers(PUBLISHED[3:]),
    "empty": headers(""),
    "version alone": headers("v1,"),
    "cut": headers(PUBLISHED[:-2]),
    "without padding": headers(PUBLISHED.rstrip("=")),
    "longer": headers(PUBLISHED + "AAAA"),
    "malformed base64": headers("v1,!!!!"),
    "other base64 of the same bytes": headers(PUBLISHED[:-2] + "F="),
    "url-safe base64": headers(PUBLISHED.replace("+", "-").replace("/", "_")),
    "separated by a comma": headers(f"{PUBLISHED},{PUBLISHED}"),
    "separated by a tab": headers(f"{PUBLISHED}\t{PUBLISHED}"),
    "non-ASCII": headers("v1,ü"),
    "lone surrogate": headers("v1,\udce9"),
    "too long": headers(f"{PUBLISHED} " * 200 + PUBLISHED),
    "time with a blank before": headers(signature(seconds=f" {SECONDS}"), seconds=f" {SECONDS}"),
    "time with a newline": headers(signature(seconds=f"{SECONDS}\n"), seconds=f"{SECONDS}\n"),
    "time with a sign": headers(signature(seconds=f"+{SECONDS}"), seconds=f"+{SECONDS}"),
    "negative time": headers(signature(seconds="-1"), seconds="-1"),
    "time in milliseconds": headers(signature(seconds=f"{SECONDS}000"), seconds=f"{SECONDS}000"),
    "time as a float": headers(signature(seconds=f"{SECONDS}.0"), seconds=f"{SECONDS}.0"),
    "time in other digits": headers(signature(seconds="١٦١٤٢٦٥٣٣٠"), seconds="١٦١٤٢٦٥٣٣٠"),
    "time of a thousand digits": headers(seconds="1" * 1_000),
    "no time": headers(seconds=""),
    "id with a dot": headers(signature(message_id="msg.x"), "msg.x"),
    "id with a blank": headers(signature(message_id="msg x"), "msg x"),
    "empty id": headers(signature(message_id=""), ""),
    "long id": headers(signature(message_id="m" * 257), "m" * 257),
    "id twice": [*headers(), ("svix-id", MESSAGE_ID)],
    "time twice": [*headers(), ("Svix-Timestamp", SECONDS)],
    "signature twice": [*headers(), ("svix-signature", PUBLISHED)],
    "no id": [pair for pair in headers() if pair[0] != "svix-id"],
    "no timestamp": [pair for pair in headers() if pair[0] != "svix-timestamp"],
}


@pytest.mark.parametrize("case", REFUSED)
def test_everything_that_is_not_right_is_invalid_and_explained(case: str) -> None:
    assert verdict(REFUSED[case]) is Verdict.INVALID
    why = explain(REFUSED[case], BODY, [SECRET], NOW)
    assert (why.verdict, bool(why.likely), bool(why.do)) == (Verdict.INVALID, True, True)
    assert why.likely != "the signature matches"


@pytest.mark.parametrize("given", [[], [("x", "y")], headers()[:3], [("webhook-id", "x")]])
def test_no_signature_is_missing(given: Headers) -> None:
    assert verdict(given) is Verdict.MISSING


def test_a_border_that_moves_between_id_and_time_is_not_crossed() -> None:
    moved = headers(signature(message_id="msg.1", seconds=SECONDS), "msg", f"1.{SECONDS}")
    assert verdict(moved) is Verdict.INVALID


def test_an_oversized_body_is_refused_unread() -> None:
    body = b"x" * 1_048_577
    assert verdict(headers(signature(body)), body) is Verdict.INVALID
    assert "larger than" in explain(headers(signature(body)), body, [SECRET], NOW).likely


NO_SECRETS = {
    "": "bytes only",
    "whsec_": "bytes only",
    "whsec_!!!!": "not base64",
    "whsec_AAAAAAAAAAAAAAAAAAAA": "15 bytes only",
    "whsec_" + "A" * 33: "not base64",
    "whsec_ü": "not base64",
    "whsec_\udce9": "not base64",
    "whsec_AA AA": "not base64",
    "re_123456789_abcdefghijklmn": "API key",
    "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "ed25519",
}


@pytest.mark.parametrize("secret", NO_SECRETS)
def test_a_secret_that_cannot_be_one_admits_nobody(secret: str) -> None:
    assert NO_SECRETS[secret] in (secret_problem(secret) or "")
    for key in (b"", secret.encode("utf-8", "surrogatepass"), secret.removeprefix("whsec_").encode("utf-8", "replace")):
        forged = hmac.new(key, f"{MESSAGE_ID}.{SECONDS}.".encode() + BODY, hashlib.sha256).digest()
        given = headers("v1," + base64.b64encode(forged).decode())
        assert verdict(given, secrets=[secret]) is Verdict.INVALID
    with pytest.raises(ValueError, match="cannot be used"):
        sign(secret, MESSAGE_ID, NOW, BODY)


def test_a_secret_of_sixteen_bytes_is_the_least() -> None:
    assert secret_problem("whsec_" + base64.b64encode(b"x" * 16).decode()) is None
    assert secret_problem(SECRET) is None


@pytest.mark.parametrize("bad", ["", "a.b", "a b", "ä", "x" * 257])
def test_our_own_deliveries_have_proper_ids(bad: str) -> None:
    with pytest.raises(ValueError, match="the id"):
        sign(SECRET, bad, NOW, BODY)


def test_the_names_that_signing_replaces() -> None:
    assert {name for name, _ in sign(SECRET, MESSAGE_ID, NOW, BODY)} < SIGNATURE_HEADERS
    assert "webhook-signature" in SIGNATURE_HEADERS


def test_a_retry_is_known_by_its_id_and_anything_else_by_its_bytes() -> None:
    again = headers(signature(seconds="1614265335"), seconds="1614265335")
    assert dedup_key(headers(), BODY) == dedup_key(again, BODY) == message_key(MESSAGE_ID)
    assert dedup_key(headers(message_id="msg_2"), BODY) != message_key(MESSAGE_ID)
    assert dedup_key([], BODY) == "resend:body:" + hashlib.sha256(BODY).hexdigest()
    assert dedup_key(headers(message_id="a.b"), BODY) == dedup_key([], BODY)


names = st.sampled_from([*sorted(SIGNATURE_HEADERS), "SVIX-ID", "x"])
values = st.one_of(
    st.text(st.characters(codec=None), max_size=40),
    st.sampled_from([PUBLISHED, SECONDS, MESSAGE_ID, "v1,", " ", "", "9" * 400]),
)
secrets_of_any_kind = st.lists(
    st.one_of(st.sampled_from([SECRET, OTHER, "", "whsec_"]), st.text(st.characters(codec=None), max_size=60)),
    max_size=3,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(names, values), max_size=8), st.binary(max_size=60), secrets_of_any_kind)
def test_nothing_raises_and_nothing_passes(given: Headers, body: bytes, live: list[str]) -> None:
    finding = StandardWebhooks(live, lambda: NOW)(given, body)
    assert finding.verdict in {Verdict.MISSING, Verdict.INVALID}
    why = explain(given, body, live, NOW, retired=live)
    assert why.verdict is finding.verdict
    assert why.likely
    assert dedup_key(given, body).startswith("resend:")


@settings(max_examples=100, deadline=None)
@given(
    st.from_regex(r"[!-\-/-~]{1,256}", fullmatch=True),
    st.binary(max_size=500),
    st.binary(min_size=16, max_size=64),
    st.integers(86_400, 7_000_000_000),
)
def test_what_is_signed_here_passes_here(message_id: str, body: bytes, key: bytes, seconds: int) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    instant = datetime.fromtimestamp(seconds, UTC)
    given = list(sign(secret, message_id, instant, body))
    assert StandardWebhooks([OTHER, secret], lambda: instant)(given, body).verdict is Verdict.VALID
    assert StandardWebhooks([OTHER], lambda: instant)(given, body).verdict is Verdict.INVALID
    assert dedup_key(given, body) == message_key(message_id)


PRETTY = json.dumps({"a": 1, "b": "Zoë"}, indent=1).encode()
# What came, with which secrets, and a word of the cause that is found.
CAUSES: dict[str, tuple[Headers, bytes, list[str], str]] = {
    "right": (headers(), BODY, [SECRET], "the signature matches"),
    "no secret": (headers(), BODY, [], "no signing secret is configured"),
    "an empty secret": (headers(), BODY, ["", " "], "no signing secret is configured"),
    "an API key as secret": (headers(), BODY, ["re_abc"], "API key"),
    "no headers": ([], BODY, [SECRET], "none of the headers"),
    "one header": (headers()[:3], BODY, [SECRET], "lacks svix-signature"),
    "the other family's": ([("webhook-signature", "x")], BODY, [SECRET], "lacks webhook-id and webhook-timestamp"),
    "doubled": ([*headers(), ("svix-id", "x")], BODY, [SECRET], "twice"),
    "a dot": (headers(message_id="a.b"), BODY, [SECRET], "without a dot"),
    "milliseconds": (headers(seconds=f"{SECONDS}000"), BODY, [SECRET], "milliseconds"),
    "a date": (headers(seconds="2026-11-22"), BODY, [SECRET], "digits only"),
    "empty": (headers(" "), BODY, [SECRET], "is empty"),
    "hex": (headers("sha256=" + "0a" * 32), BODY, [SECRET], "in hex"),
    "ed25519": (headers("v1a,AAAA"), BODY, [SECRET], "another version (v1a)"),
    "odd versions": (headers("\x1b[31m,AAAA"), BODY, [SECRET], "another version (unknown)"),
    "something": (headers("hello"), BODY, [SECRET], "does not begin with v1"),
    "endless": (headers("v1,AAAA " * 2_000), BODY, [SECRET], "longer than any sender needs"),
    "another webhook's": (headers(), BODY, [OTHER], "the secret of another webhook"),
    "a changed body": (headers(), BODY + b"!", [SECRET], "body was changed"),
    "a newline added": (headers(), BODY + b"\n", [SECRET], "added at the end"),
    "re-serialised": (
        headers(signature(json.dumps({"a": 1, "b": "Zoë"}, separators=(",", ":"), ensure_ascii=False).encode())),
        PRETTY,
        [SECRET],
        "re-serialised",
    ),
    "the secret's text as key": (
        headers(signature(secret="whsec_" + base64.b64encode(SECRET.encode()).decode())),
        BODY,
        [SECRET],
        "decoded from base64",
    ),
    "the body alone": (
        headers(
            "v1,"
            + base64.b64encode(
                hmac.new(base64.b64decode(SECRET.removeprefix("whsec_")), BODY, hashlib.sha256).digest()
            ).decode()
        ),
        BODY,
        [SECRET],
        "only the body was signed",
    ),
}


@pytest.mark.parametrize("case", CAUSES)
def test_the_likeliest_cause_is_found(case: str) -> None:
    given, body, live, word = CAUSES[case]
    why = explain(given, body, live, NOW)
    assert word in why.likely
    assert why.do
    shown = repr(why)
    assert all(secret.removeprefix("whsec_") not in shown for secret in (SECRET, OTHER)), "no secret is told"
    assert why.likely.isprintable()


def test_the_retired_secret_is_named() -> None:
    why = explain(headers(), BODY, [OTHER], NOW, retired=[SECRET])
    assert f"retired secret {secret_id(SECRET)}" in why.likely


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (timedelta(minutes=12), "12 minutes before"),
        (timedelta(seconds=-400), "6 minutes ahead"),
        (timedelta(hours=5), "5 hours before"),
        (timedelta(days=40), "40 days before"),
    ],
)
def test_a_clock_that_is_off_is_told_by_how_much(off: timedelta, words: str) -> None:
    why = explain(headers(), BODY, [SECRET], NOW + off)
    assert (why.verdict, words in why.likely) == (Verdict.INVALID, True)
    assert "clock" in why.likely + why.do


def test_got_and_expected_can_be_compared() -> None:
    why = explain(headers("v1,wrong"), BODY, [SECRET, OTHER], NOW)
    assert why.got == "v1,wrong"
    assert why.expected == ((secret_id(SECRET), PUBLISHED), (secret_id(OTHER), signature(secret=OTHER)))
    assert explain([], BODY, [SECRET], NOW).got is None
