"""Why a webhook's signature was or was not accepted, in words that a person can act on."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from booking_tui.ports.webhooks import SignatureReport
from booking_tui.providers.calcom.strict_json import UnreadableError, compact, read
from booking_tui.providers.resend.signature import (
    BODY_LIMIT,
    PREFIX,
    TOLERANCE,
    Flaw,
    Headers,
    Seal,
    StandardWebhooks,
    family_of,
    key_of,
    missing_of,
    seal_of,
    secret_id,
    secret_problem,
    values_of,
)

_Words = tuple[str, str]
_HEX = re.compile(r"[0-9A-Fa-f]{64}")
_WRAPPED_KEY = "the sender took the secret's text for the key; the key is what stands after whsec_, decoded from base64"
_ON_THE_WAY = "look at what stands between Resend and this machine"
_CHECK_SENDER = "check that the sender is Resend"
_UNSIGNED = (
    "the request has none of the headers svix-id, svix-timestamp and svix-signature: it did not come from Resend, or"
    " something on the way took them off"
)
_DOTTED = (
    "the message id is not 1 to 256 visible ASCII characters without a dot; a dot could move the border between what is"
    " signed as id and as time"
)
_SET_CLOCK = "set this machine's clock by the network, and let Resend send it again; if the clock is right, do nothing"
_FAST_OR_REPLAYED = "this machine's clock is fast, or somebody kept the request and sent it again"
_TAKE_NEW = "take the webhook's present secret from its page at Resend into resend.webhook_secret"
_COMPARE = (
    "compare the signing secret on the webhook's own page at Resend with resend.webhook_secret: every webhook there"
    " has one of its own"
)


def explain(
    headers: Headers,
    body: bytes,
    secrets: Sequence[str],
    now: datetime,
    *,
    retired: Sequence[str] = (),
    tolerance: timedelta = TOLERANCE,
) -> SignatureReport:
    """Find the likeliest cause of a verdict and what to do about it. Never raises.

    ``now`` is when the delivery came. No secret is in the result.
    """
    live = {secret: key for secret in secrets if (key := key_of(secret)) is not None}
    seal = seal_of(headers)
    given = values_of(headers, family_of(headers) + "signature")
    expected: tuple[tuple[str, str], ...] = ()
    if isinstance(seal, Flaw):
        likely, do = _without_secret(secrets, live) or _flawed(seal, headers)
    else:
        expected = tuple((secret_id(secret), seal.expected(key, body)) for secret, key in live.items())
        likely, do = (
            _without_secret(secrets, live)
            or _too_large(body)
            or _in_time(seal, body, live, seal.age(now), tolerance)
            or _shape(seal)
            or _near_miss(seal, body, live, retired)
            or ("signed with the secret of another webhook, or the body was changed on the way", _COMPARE)
        )
    verdict = StandardWebhooks(secrets, lambda: now, tolerance)(headers, body).verdict
    return SignatureReport(verdict, given[0] if given else None, expected, likely, do)


def _without_secret(secrets: Sequence[str], live: dict[str, bytes]) -> _Words | None:
    if live:
        return None
    problems = [problem for secret in secrets if secret.strip() and (problem := secret_problem(secret))]
    if problems:
        return f"the signing secret configured here cannot be one: {problems[0]}", "set it right in the settings"
    return "no signing secret is configured here, so nothing can be checked", _COMPARE


def _flawed(flaw: Flaw, headers: Headers) -> _Words:
    match flaw:
        case Flaw.ABSENT:
            return _UNSIGNED, _ON_THE_WAY
        case Flaw.INCOMPLETE:
            return f"the request lacks {' and '.join(missing_of(headers))}", _ON_THE_WAY
        case Flaw.REPEATED:
            return "the request has one of its signature headers twice", _ON_THE_WAY
        case Flaw.BAD_ID:
            return _DOTTED, _CHECK_SENDER
        case Flaw.BAD_TIME:
            return _bad_time(values_of(headers, family_of(headers) + "timestamp")[0])
        case Flaw.TOO_LONG:
            return "the signature header is longer than any sender needs", _CHECK_SENDER


def _bad_time(text: str) -> _Words:
    if re.fullmatch(r"[0-9]{13,}", text):
        return "the timestamp is not in seconds but in milliseconds or less", _CHECK_SENDER
    return "the timestamp is not a whole number of seconds, written in digits only", _CHECK_SENDER


def _too_large(body: bytes) -> _Words | None:
    if len(body) <= BODY_LIMIT:
        return None
    return f"the body is larger than {BODY_LIMIT:,} bytes, which no event of Resend's is", _CHECK_SENDER


def _in_time(seal: Seal, body: bytes, live: dict[str, bytes], age: timedelta, tolerance: timedelta) -> _Words | None:
    if not any(seal.holds(seal.expected(key, body)) for key in live.values()):
        return None
    if abs(age) <= tolerance:
        return "the signature matches", "nothing to do"
    span = _span(abs(age))
    if age < timedelta(0):
        return f"the signature matches, but it was made {span} ahead of this machine's clock: that is slow", _SET_CLOCK
    return f"the signature matches, but it was made {span} before the request came: {_FAST_OR_REPLAYED}", _SET_CLOCK


def _span(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return f"{seconds // size} {word}s"
    return f"{seconds} seconds"


def _shape(seal: Seal) -> _Words | None:
    text = seal.signatures.strip()
    if not text:
        return "the signature header is empty", _ON_THE_WAY
    if any(seal.given()):
        return None
    if _HEX.fullmatch(text.removeprefix("sha256=")):
        return "the signature is in hex: it is another scheme than Resend's", _CHECK_SENDER
    versions = sorted({part.split(",")[0] for part in text.split(" ") if "," in part})
    if versions:
        shown = ", ".join(version for version in versions if version.isalnum() and version.isascii()) or "unknown"
        return f"the signature is of another version ({shown[:40]}); Resend signs as v1", _CHECK_SENDER
    return "the signature does not begin with v1, as Resend's do", _CHECK_SENDER


def _near_miss(seal: Seal, body: bytes, live: dict[str, bytes], retired: Sequence[str]) -> _Words | None:
    old = {secret: key for secret in retired if (key := key_of(secret)) is not None}
    for secret, key in old.items():
        if seal.holds(seal.expected(key, body)):
            return (
                f"still signed with the retired secret {secret_id(secret)}, which was replaced here",
                _TAKE_NEW,
            )
    for before, what in _rewritings(body):
        if any(seal.holds(seal.expected(key, before)) for key in (*live.values(), *old.values())):
            return f"the secret is right, but {what}", "let the tunnel or proxy in front pass bodies through untouched"
    for secret in live:
        texts = (secret.strip(), secret.strip().removeprefix(PREFIX))
        if any(seal.holds(seal.expected(text.encode("utf-8", "surrogatepass"), body)) for text in texts):
            return _WRAPPED_KEY, "let the sender decode the secret first"
    if any(seal.holds(_over_body_alone(key, body)) for key in live.values()):
        return (
            "the secret is right, but only the body was signed, without the id and the timestamp",
            "let the sender sign id.timestamp.body",
        )
    return None


def _over_body_alone(key: bytes, body: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, body, hashlib.sha256)).decode()


def _rewritings(body: bytes) -> list[tuple[bytes, str]]:
    """Give what the body may have been before something on the way touched it."""
    found = [
        (body.rstrip(), "white space was added at the end of the body on the way"),
        (body.strip(), "white space was added around the body on the way"),
        (body + b"\n", "the last newline of the body was lost on the way"),
        (body.replace(b"\r\n", b"\n"), "the line ends of the body were changed on the way"),
    ]
    try:
        document = read(body)
    except UnreadableError:
        return found
    again = "the body was re-serialised on the way"
    return [*found, (compact(document), again), (json.dumps(document).encode(), again)]
