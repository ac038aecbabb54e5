"""Signatures of webhooks by Standard Webhooks 1.0.0, as Svix makes them for Resend.

HMAC-SHA256 over ``id.timestamp.body`` (the raw bytes), keyed with what the secret stands for in base64. Written anew
because the SDK's own check accepts any version of a signature and a secret that decodes to nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from booking_tui.domain.webhook import SignatureFinding, Verdict

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
"""How far the time of signing may be from now, either way: the tolerance of Svix's own libraries."""
MIN_KEY_BYTES = 16
"""The scheme asks for 24; what is shorter than this can be guessed, and nothing at all is a key that everybody has."""
BODY_LIMIT = 1_048_576
SIGNATURES_LIMIT = 8_192
"""Characters of the signature header: room for a hundred signatures, where a change of secret needs two."""

FAMILIES = ("svix-", "webhook-")
"""How the three headers begin: Svix's names, and those of the standard."""
_PARTS = ("id", "timestamp", "signature")
SIGNATURE_HEADERS = frozenset(family + part for family in FAMILIES for part in _PARTS)

_VERSION = "v1,"
_ID = re.compile(r"[!-\-/-~]{1,256}")
"""Visible ASCII without the dot: a dot would move the border between id and timestamp in what is signed."""
_SECONDS = re.compile(r"[0-9]{1,12}")

Headers = Sequence[tuple[str, str]]


class Flaw(StrEnum):
    """Why the headers of a delivery cannot be checked."""

    ABSENT = "absent"
    INCOMPLETE = "incomplete"
    REPEATED = "repeated"
    BAD_ID = "bad_id"
    BAD_TIME = "bad_time"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Seal:
    """The three headers of a delivery, well-formed: ``seconds`` as they were written, ``signatures`` as they came."""

    message_id: str
    seconds: str
    signatures: str

    def expected(self, key: bytes, body: bytes) -> str:
        """Give the signature that this key makes."""
        return _signature(key, self.message_id, self.seconds, body)

    def holds(self, expected: str) -> bool:
        """Say whether one of the signatures is this one; looks at all of them, each in constant time."""
        wanted = expected.encode()
        found = [hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted) for given in self.given()]
        return any(found)

    def given(self) -> Iterator[str]:
        """Give the signatures of our version; those of others are passed over, as the standard asks."""
        return (given for given in self.signatures.split(" ") if given.startswith(_VERSION))

    def age(self, now: datetime) -> timedelta:
        """Give how long ago it was signed; negative when that lies ahead of us."""
        return timedelta(seconds=int(now.timestamp()) - int(self.seconds))


def seal_of(headers: Headers) -> Seal | Flaw:
    """Find the three headers; what is missing, doubled or malformed is a flaw."""
    family = family_of(headers)
    found = [values_of(headers, family + part) for part in _PARTS]
    if not any(found):
        return Flaw.ABSENT
    if not all(found):
        return Flaw.INCOMPLETE
    if any(len(values) > 1 for values in found):
        return Flaw.REPEATED
    message_id, seconds, signatures = (values[0] for values in found)
    if not _ID.fullmatch(message_id):
        return Flaw.BAD_ID
    if not _SECONDS.fullmatch(seconds):
        return Flaw.BAD_TIME
    return Flaw.TOO_LONG if len(signatures) > SIGNATURES_LIMIT else Seal(message_id, seconds, signatures)


def family_of(headers: Headers) -> str:
    """Give how the names begin that count: of the family that is there most fully, Svix's before the standard's."""
    return max(FAMILIES, key=lambda family: sum(bool(values_of(headers, family + part)) for part in _PARTS))


def values_of(headers: Headers, name: str) -> list[str]:
    """Give every value that a header has."""
    return [value for given, value in headers if given.lower() == name]


def missing_of(headers: Headers) -> list[str]:
    """Name those of the three headers that are not there."""
    family = family_of(headers)
    return [family + part for part in _PARTS if not values_of(headers, family + part)]


def secret_id(secret: str) -> str:
    """Give a short name for a secret that does not give it away: the first 8 hex digits of its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def secret_problem(secret: str) -> str | None:
    """Say in words why a signing secret cannot be one; None when it can."""
    text = secret.strip()
    if text.startswith("re_"):
        return "it is an API key of Resend; the signing secret stands on the webhook's own page and begins with whsec_"
    if text.startswith(("whsk_", "whpk_")):
        return "it is a key for ed25519 signatures, which Resend does not make; the signing secret begins with whsec_"
    key = _decoded(text)
    if key is None:
        return "it is not base64: copy it once more, whole, from whsec_ to its end"
    if len(key) < MIN_KEY_BYTES:
        return f"it stands for {len(key)} bytes only, and {MIN_KEY_BYTES} are the least: copy it once more, whole"
    return None


def key_of(secret: str) -> bytes | None:
    """Give the key that a signing secret stands for; None when it cannot be one."""
    return None if secret_problem(secret) else _decoded(secret.strip())


def _decoded(secret: str) -> bytes | None:
    text = secret.removeprefix(PREFIX)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _signature(key: bytes, message_id: str, seconds: str, body: bytes) -> str:
    signed = f"{message_id}.{seconds}.".encode() + body
    return _VERSION + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class StandardWebhooks:
    """Checks deliveries against all live secrets, so that a secret can be changed without losing any.

    Secrets that cannot be one are left out; ``secret_problem`` says why. A delivery without a signature is MISSING,
    everything else that is not right is INVALID: what exactly, ``explain`` finds out.
    """

    def __init__(self, secrets: Sequence[str], now: Callable[[], datetime], tolerance: timedelta = TOLERANCE) -> None:
        self._keys = {secret_id(secret): key for secret in secrets if (key := key_of(secret)) is not None}
        self._now = now
        self._tolerance = tolerance

    def as_of(self, instant: datetime) -> StandardWebhooks:
        """Give the same check as it was at an instant: for what was received then and is looked at again."""
        check = StandardWebhooks((), lambda: instant, self._tolerance)
        check._keys = self._keys
        return check

    def __call__(self, headers: Headers, body: bytes) -> SignatureFinding:
        """Say whether the bytes are authentic and fresh; anything odd is not, and nothing raises."""
        seal = seal_of(headers)
        if not any(values_of(headers, family + "signature") for family in FAMILIES):
            return SignatureFinding(Verdict.MISSING)
        if isinstance(seal, Flaw) or len(body) > BODY_LIMIT:
            return SignatureFinding(Verdict.INVALID)
        # Every secret is tried, so that the time taken does not tell which one matched.
        matched = [name for name, key in self._keys.items() if seal.holds(seal.expected(key, body))]
        fresh = abs(seal.age(self._now())) <= self._tolerance
        return SignatureFinding(Verdict.VALID, matched[0]) if matched and fresh else SignatureFinding(Verdict.INVALID)


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> tuple[tuple[str, str], ...]:
    """Make the headers of a delivery of our own, as Resend names them.

    Raises ValueError, in words, for a secret or an id that cannot be one.
    """
    problem = secret_problem(secret)
    key = key_of(secret)
    if key is None:
        raise ValueError(f"the signing secret cannot be used: {problem}")
    if not _ID.fullmatch(message_id):
        raise ValueError("the id of a delivery is 1 to 256 visible ASCII characters without a dot")
    seconds = str(int(at.timestamp()))
    signature = _signature(key, message_id, seconds, body)
    return (("svix-id", message_id), ("svix-timestamp", seconds), ("svix-signature", signature))


def dedup_key(headers: Headers, body: bytes) -> str:
    """Give the key under which a repeated delivery is known: a retry keeps its id and is signed anew.

    Only for what was found VALID: the id of a forged delivery is anybody's. Without a usable id the bytes count.
    """
    seal = seal_of(headers)
    return f"resend:body:{hashlib.sha256(body).hexdigest()}" if isinstance(seal, Flaw) else message_key(seal.message_id)


def message_key(message_id: str) -> str:
    """Give the same key for a message of the provider's log: what was pulled and what came are one."""
    return f"resend:id:{message_id}"
