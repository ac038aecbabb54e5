"""What came back over an exchange, in the program's words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from booking_tui.domain.mail.answer import Answer, Limits, Phase
from booking_tui.providers.calcom.fields import NOTHING, Fields, clean, objects_of, text_of
from booking_tui.providers.calcom.strict_json import UnreadableError, read
from booking_tui.providers.resend.http import Exchange, sendable

RAW_LIMIT = 4_096
_MESSAGE_LIMIT = 2_000
_NAME_LIMIT = 100
_LONGEST_WAIT_S = 86_400.0
"""No limit of Resend's lasts longer than a day, except the monthly quota, for which a person is asked."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
"""A UUID, or Svix's ``msg_…``: what may stand in a path as it is, for the SDK does not escape it."""
_SIGNING_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]+")
_LEADING_NUMBER = re.compile(r"\s*(\d{1,15}(?:\.\d{1,9})?)(?:\s*[;,].*)?\s*")

IdsOf = Callable[[Fields], tuple[str, ...]]
"""Finds the ids in a good answer; none when they are not there as they should be."""


class Secrecy:
    """Takes the API key and signing secrets out of what may be kept and shown."""

    def __init__(self, api_key: str) -> None:
        self._keys = [key for key in (api_key.strip(), sendable(api_key)) if key]

    def __call__(self, text: str) -> str:
        """Give the text with ``•••`` in their place."""
        for key in self._keys:
            text = text.replace(key, "•••")
        return _SIGNING_SECRET.sub("whsec_•••", text)

    def __repr__(self) -> str:
        return "Secrecy()"


def is_id(text: object) -> bool:
    """Say whether a text may be an id and stand in a path."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def is_unknown(answer: Answer) -> bool:
    """Say whether the API said that there is no such thing; a page that says 404 does not count."""
    return answer.phase is Phase.ANSWERED and (answer.status, answer.name) == (404, "not_found")


def document_of(exchange: Exchange) -> Fields | None:
    """Give the JSON object that was answered; None for anything else, however it failed."""
    if not exchange.complete:
        return None
    try:
        document = read(exchange.content)
    except UnreadableError:
        return None
    return document if isinstance(document, dict) else None


def good_document(exchange: Exchange) -> Fields | None:
    """Give the JSON object of a good answer: one with a 2xx that is not an error in disguise."""
    document = document_of(exchange)
    if document is None or exchange.status is None or not 200 <= exchange.status < 300:
        return None
    return None if _error_status(document, exchange.status) is not None else document


def answer_of(exchange: Exchange, ids_of: IdsOf, hide: Secrecy, now: datetime, took_ms: float) -> Answer:
    """Say what came of a request.

    ANSWERED only for what the API said itself: a good answer with its ids, or its error object ``{statusCode, name,
    message}`` (resend.com/docs/api-reference/errors). Pages of gateways and portals, good answers without ids and
    redirects say nothing of the email: UNCERTAIN, with the status for showing.
    """
    document = document_of(exchange)
    good = good_document(exchange)
    ids = ids_of(good) if good is not None else ()
    refused = None if document is None or ids else _error_status(document, exchange.status)
    if ids or refused is not None:
        phase = Phase.ANSWERED
    else:
        phase = Phase.UNCERTAIN if exchange.may_have_arrived else Phase.NEVER_SENT
    told = document if document is not None and not ids else NOTHING
    return Answer(
        phase=phase,
        status=refused if refused is not None else exchange.status,
        name=(_shown(told, "name", hide)[:_NAME_LIMIT] or None) if refused is not None else None,
        message=(_shown(told, "message", hide) or clean(hide(exchange.trouble), RAW_LIMIT))[:_MESSAGE_LIMIT],
        ids=ids,
        retry_after_s=_retry_after_s(exchange.headers, now),
        limits=limits_of(exchange.headers),
        raw=_raw(exchange.content, hide),
        took_ms=took_ms,
    )


def shows_key(exchange: Exchange, answer: Answer) -> bool:
    """Say whether an answer is one that only a known key gets: what was asked for, or that this key may only send."""
    good = good_document(exchange) or NOTHING
    return answer.accepted or "object" in good or "data" in good or answer.name == "restricted_api_key"


def _shown(told: Fields, key: str, hide: Secrecy) -> str:
    """Give a text that may be kept. What is cut is cut after hiding: half a secret is one too."""
    return hide(text_of(told, key, 4 * RAW_LIMIT) or "")


def _error_status(document: Fields, status: int | None) -> int | None:
    """Give the status of an error object: that of HTTP, or where that is good the one in the body."""
    inside = document.get("statusCode")
    code = inside if isinstance(inside, int) and not isinstance(inside, bool) else None
    if status is not None and status >= 400:
        return status if code is not None or text_of(document, "name") else None
    return code if code is not None and 400 <= code < 600 else None


def no_ids(_: Fields) -> tuple[str, ...]:
    """Find none: for questions, whose good answers are read otherwise."""
    return ()


def one_id(document: Fields) -> tuple[str, ...]:
    """Find the id of a single email (POST /emails: ``{"id"}``)."""
    found = document.get("id")
    return (found,) if isinstance(found, str) and is_id(found) else ()


def batch_ids(count: int | None) -> IdsOf:
    """Find the ids of a batch (POST /emails/batch: ``{"data": [{"id"}, …]}``): so many, or none."""

    def ids_of(document: Fields) -> tuple[str, ...]:
        listed = document.get("data")
        ids = [found for item in objects_of(document, "data") for found in one_id(item)]
        whole = isinstance(listed, list) and len(listed) == len(ids) == count
        return tuple(ids) if whole and not document.get("errors") else ()

    return ids_of


def limits_of(headers: httpx.Headers) -> Limits:
    """Read what the headers say of limits (resend.com/docs/api-reference/rate-limit)."""
    return Limits(
        limit=_whole(headers, "ratelimit-limit"),
        remaining=_whole(headers, "ratelimit-remaining"),
        reset_s=_number(headers, "ratelimit-reset"),
        daily_used=_whole(headers, "x-resend-daily-quota"),
        monthly_used=_whole(headers, "x-resend-monthly-quota"),
    )


def _number(headers: httpx.Headers, name: str) -> float | None:
    found = _LEADING_NUMBER.fullmatch(headers.get(name, ""))
    return float(found[1]) if found else None


def _whole(headers: httpx.Headers, name: str) -> int | None:
    number = _number(headers, name)
    return None if number is None else int(number)


def _retry_after_s(headers: httpx.Headers, now: datetime) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date, which counts by the server's own clock if it is told."""
    seconds = _number(headers, "retry-after")
    if seconds is None:
        at = _date(headers.get("retry-after", ""))
        if at is None:
            return None
        seconds = (at - (_date(headers.get("date", "")) or now)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT_S)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _raw(content: bytes, hide: Secrecy) -> str:
    shown = hide(content[: 4 * RAW_LIMIT].decode("utf-8", "replace").replace("\x00", "\ufffd"))
    return shown.encode("utf-8", "replace")[:RAW_LIMIT].decode("utf-8", "ignore")
