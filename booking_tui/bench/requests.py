"""Signed Cal.com deliveries for load, as whole HTTP requests, made before the clock starts."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

FIRST_START = datetime(2027, 3, 1, 8, tzinfo=UTC)


def body(number: int, *, name: str = "Bench") -> bytes:
    """Give one BOOKING_CREATED of about 2 kB, different for each number."""
    start = FIRST_START + timedelta(minutes=15 * (number % 20_000))
    end = start + timedelta(minutes=50)
    guest = {"name": f"{name} {number:06d}", "email": f"guest{number}@example.com", "timeZone": "Europe/Berlin"}
    payload = {
        "title": f"Session {number}",
        "startTime": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "endTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "type": "session",
        "eventTypeId": 7,
        "uid": f"bench{number:017d}",
        "bookingId": number,
        "iCalUID": f"bench{number:017d}@Cal.com",
        "iCalSequence": 0,
        "status": "ACCEPTED",
        "organizer": {"name": "Practice", "email": "practice@example.com", "timeZone": "Europe/Berlin"},
        "attendees": [{**guest, "language": {"locale": "en"}, "utcOffset": 60}],
        "additionalNotes": "n" * 1200,
        "responses": {"name": {"label": "your_name", "value": guest["name"], "isHidden": False}},
    }
    envelope = {"triggerEvent": "BOOKING_CREATED", "createdAt": "2027-02-01T08:00:00.000Z", "payload": payload}
    return json.dumps(envelope, separators=(",", ":")).encode()


def request(content: bytes, secret: str, port: int) -> bytes:
    """Give the bytes of a whole signed POST to the Cal.com route, keep-alive."""
    signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    head = (
        f"POST /webhooks/calcom HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"X-Cal-Signature-256: {signature}\r\nX-Cal-Webhook-Version: 2021-10-20\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content
