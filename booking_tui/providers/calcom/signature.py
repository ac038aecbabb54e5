"""Cal.com's webhook signature: HMAC-SHA256 over the raw body, as lower-case hex in one header."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from booking_tui.domain.webhook import SignatureFinding, Verdict
from booking_tui.providers.calcom.strict_json import UnreadableError, compact, read

HEADER = "x-cal-signature-256"
UNSIGNED = "no-secret-provided"
"""What Cal.com sends instead of a signature when the webhook has no secret. It proves nothing."""

_HEX = re.compile(r"[0-9a-f]{64}")


def sign(secret: str, body: bytes) -> str:
    """Give the signature of a body: 64 lower-case hex digits."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), body, hashlib.sha256).hexdigest()


def secret_id(secret: str) -> str:
    """Give a short name for a secret that does not give it away: the first 8 hex digits of its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _same(left: str, right: str) -> bool:
    """Compare in constant time, as bytes: the comparison of texts fails on non-ASCII."""
    return hmac.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))


def _given(headers: Sequence[tuple[str, str]]) -> list[str]:
    return [value.strip(" \t") for name, value in headers if name.lower() == HEADER]


def _verdict(given: Sequence[str]) -> Verdict:
    return Verdict.MISSING if not given or list(given) == [UNSIGNED] else Verdict.INVALID


class CalcomSignature:
    """Checks deliveries against all live secrets, so that a secret can be changed without losing any.

    ``allow_unsigned`` admits deliveries without a signature, never ones with a wrong signature.
    """

    def __init__(self, secrets: Sequence[str], allow_unsigned: bool = False) -> None:
        # An empty key would make everybody a valid sender.
        self._secrets = {secret: secret_id(secret) for secret in secrets if secret}
        self._allow_unsigned = allow_unsigned

    def __call__(self, headers: Sequence[tuple[str, str]], body: bytes) -> SignatureFinding:
        """Say whether the bytes are authentic; anything odd is not, and nothing raises."""
        given = _given(headers)
        verdict = _verdict(given)
        if verdict is Verdict.MISSING:
            return SignatureFinding(Verdict.UNSIGNED_ALLOWED if self._allow_unsigned else verdict)
        if len(given) != 1:
            return SignatureFinding(Verdict.INVALID)
        # Every secret is tried, so that the time taken does not tell which one matched.
        matched = [name for secret, name in self._secrets.items() if _same(sign(secret, body), given[0])]
        return SignatureFinding(Verdict.VALID, matched[0]) if matched else SignatureFinding(Verdict.INVALID)


@dataclass(frozen=True, slots=True)
class SignatureExplanation:
    """Why a signature matched or not, for a person. No secret is in it."""

    verdict: Verdict
    got: str | None
    expected: tuple[tuple[str, str], ...]
    """(name of the secret, the signature it would have made), for each live secret."""
    likely: str
    do: str


def explain(
    headers: Sequence[tuple[str, str]], body: bytes, secrets: Sequence[str], retired: Sequence[str] = ()
) -> SignatureExplanation:
    """Find the likeliest cause of a verdict and what to do about it. Never raises."""
    live = [secret for secret in secrets if secret]
    given = _given(headers)
    finding = CalcomSignature(live)(headers, body)
    expected = tuple((secret_id(secret), sign(secret, body)) for secret in live)
    likely, do = _cause(given, body, live, [secret for secret in retired if secret])
    return SignatureExplanation(finding.verdict, given[0] if given else None, expected, likely, do)


def _cause(given: Sequence[str], body: bytes, live: Sequence[str], retired: Sequence[str]) -> tuple[str, str]:
    set_both = "set the same secret at Cal.com (Settings, Developer, Webhooks) and in calcom.webhook_secrets"
    if not given:
        return "the request has no signature header: it did not come from a Cal.com webhook with a secret", set_both
    if len(given) > 1:
        return "the request has the signature header twice", "look at what stands between Cal.com and this machine"
    got = given[0]
    if got == UNSIGNED:
        return "the webhook at Cal.com has no secret", set_both
    if not live:
        return "no secret is configured here, so nothing can be checked", set_both
    if any(_same(sign(secret, body), got) for secret in live):
        return "the signature matches", "nothing to do"
    return _shape(got, body, live) or _near_miss(got, body, [*live, *retired], retired)


def _shape(got: str, body: bytes, live: Sequence[str]) -> tuple[str, str] | None:
    if not got:
        return "the signature header is empty", "look at what stands between Cal.com and this machine"
    bare = got.lower().removeprefix("sha256=")
    matches = any(_same(sign(secret, body), bare) for secret in live)
    proof = "; without that it would match" if matches else ""
    if got.lower().startswith("sha256="):
        return f"the signature has the prefix sha256=, which Cal.com never sends{proof}", "send the bare hex digits"
    if _HEX.fullmatch(got.lower()) and got != got.lower():
        return f"the signature is in upper case, Cal.com sends lower case{proof}", "send lower-case hex digits"
    if not _HEX.fullmatch(got):
        return (
            f"the signature is not 64 hex digits ({len(got)} characters): it is another scheme or was cut",
            "check that the sender is Cal.com and signs with HMAC-SHA256 in hex",
        )
    return None


def _near_miss(got: str, body: bytes, secrets: Sequence[str], retired: Sequence[str]) -> tuple[str, str]:
    for secret in retired:
        if _same(sign(secret, body), got):
            return (
                f"still signed with the retired secret {secret_id(secret)}, which was replaced here",
                "set the new secret at Cal.com, or take the old one into calcom.webhook_secrets for a while",
            )
    for bytes_before, what in _rewritings(body):
        if any(_same(sign(secret, bytes_before), got) for secret in secrets):
            return (
                f"the secret is right, but {what}",
                "let the tunnel or proxy in front pass bodies through untouched",
            )
    return (
        "signed with another secret, or the body was changed on the way",
        "compare the webhook's secret at Cal.com with calcom.webhook_secrets",
    )


def _rewritings(body: bytes) -> list[tuple[bytes, str]]:
    """Give what the body may have been before something on the way touched it."""
    found = [
        (body.rstrip(), "white space was added at the end of the body on the way"),
        (body.strip(), "white space was added around the body on the way"),
        (body + b"\n", "the last newline of the body was lost on the way"),
        (body.replace(b"\r\n", b"\n"), "the line ends of the body were changed on the way"),
    ]
    try:
        found.append((compact(read(body)), "the body was re-serialised on the way"))
    except UnreadableError:
        return found
    return found
