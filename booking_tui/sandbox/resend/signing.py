"""Signs webhooks by Standard Webhooks 1.0.0 under the header names of Svix.

Signed is `id.timestamp.body` over the raw bytes, by HMAC-SHA256 with the base64-decoded secret after `whsec_`;
the header holds one `v1,base64` for each secret that is live, separated by blanks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from collections.abc import Sequence

PREFIX = "whsec_"
_KEY_BYTES = 24


def new_secret(dice: random.Random) -> str:
    """Make a signing secret: 24 bytes; from the dice, so that the same seed gives the same ones."""
    return PREFIX + base64.b64encode(dice.randbytes(_KEY_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Give one signature, `v1,…`."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Give the headers of one attempt."""
    return {
        "content-type": "application/json",
        "user-agent": "Svix-Webhooks/1.62 (sandbox)",
        "svix-id": message_id,
        "svix-timestamp": str(timestamp),
        "svix-signature": " ".join(signature(secret, message_id, timestamp, body) for secret in secrets),
    }
