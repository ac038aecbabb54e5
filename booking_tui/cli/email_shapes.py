"""The JSON shapes of emails. Every key is always there; what is unknown is null."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from booking_tui.cli.shapes import Shape
from booking_tui.domain.instants import to_text
from booking_tui.domain.mail.email import Attempt, Email, EmailEvent, EmailState, Suppression
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.words import MailWords, group_title, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_tui.services.mail.pauses import Standstill
    from booking_tui.services.mail_queries import MailCause, MailDetail, MailPreview, MailSummary

WELL = frozenset({EmailState.SCHEDULED, EmailState.SENDING, EmailState.ACCEPTED, EmailState.DELIVERED})
"""States that need no cause."""
_OVER = frozenset({EmailState.SKIPPED, EmailState.CANCELLED})
_WANTED = frozenset({MailReason.HOLD_ALL, MailReason.HELD_BY_YOU, MailReason.RESTORED})
"""Reasons for holding that are no errors."""


def email_shape(email: Email, now: datetime, planned_subject: str | None = None) -> Shape:
    """Give an email. Without ``planned_subject`` its subject is null until somebody or the program has written it."""
    return {
        "id": email.id,
        "kind": email.kind,
        "booking_uid": email.booking_uid,
        "to": email.to,
        "subject": email.subject or email.own_subject or planned_subject,
        "state": email.state.value,
        "reason": email.reason,
        "send_at": to_text(email.send_at),
        "next_attempt_at": _maybe(email.next_at),
        "attempts": email.attempts,
        "provider_id": email.provider_id,
        "last_error": _error_shape(email, words_of(email, now)) if has_error(email) else None,
    }


def has_error(email: Email) -> bool:
    """Say whether something went wrong with an email, by the state it is in; what was overcome no longer counts."""
    if email.state in WELL:
        return False
    if email.state in _OVER:
        return bool(email.last_name or email.last_message)
    return email.state is not EmailState.HELD or (email.reason is not None and email.reason not in _WANTED)


def shown_email_shape(detail: MailDetail, now: datetime, *, planned_subject: str | None, body: bytes | None) -> Shape:
    """Give an email whole. ``body`` is what was or will be handed over, null while it is not written."""
    email, words = detail.email, detail.words
    return email_shape(email, now, planned_subject) | {
        "to_name": email.to_name,
        "why": detail.why,
        "test": email.test,
        "revision": email.revision,
        "revises": email.revises,
        "revised_by": None if detail.newer is None else detail.newer.id,
        "settled": None if email.settled is None else email.settled.value,
        "settled_at": _maybe(email.settled_at),
        "starts": _maybe(email.starts),
        "useful_until": _maybe(email.useful_until),
        "created_at": to_text(email.created_at),
        "updated_at": to_text(email.updated_at),
        "idempotency_key": email.idempotency_key,
        "handed_over": email.handed_over,
        "own_subject": email.own_subject,
        "own_text": email.own_text,
        "words": {"title": words.title, "detail": words.detail, "again": words.again, "do": list(words.do)},
        "suggestion": detail.suggestion,
        "attempts_log": [_attempt_shape(attempt) for attempt in detail.attempts],
        "events": [_event_shape(event) for event in detail.events],
        "body": None if body is None else json.loads(body),
    }


def preview_shape(preview: MailPreview) -> Shape:
    """Give an email as it was, or would be, written."""
    ics = preview.calendar_file
    return {
        "subject": preview.subject,
        "from": preview.sender or None,
        "html": preview.html,
        "text": preview.text,
        "ics": None if ics is None else ics.decode(errors="replace"),
        "frozen": preview.frozen,
    }


def suppression_shape(found: Suppression, *, client: bool) -> Shape:
    """Give an address that the provider does not send to; ``client``: one of the clients has it."""
    return {
        "address": found.address,
        "origin": found.origin,
        "since": to_text(found.since),
        "provider_id": found.provider_id,
        "client": client,
    }


def pause_shape(standstill: Standstill | None) -> Shape:
    """Say whether a person holds everything, and why nothing is sent now."""
    held = standstill is not None and standstill.reason is MailReason.HOLD_ALL
    return {
        "hold_all": held,
        "pause": standstill
        and {
            "reason": standstill.reason.value,
            "title": group_title(standstill.reason),
            "since": to_text(standstill.since),
            "until": _maybe(standstill.until),
        },
    }


def summary_shape(
    summary: MailSummary,
    causes: Sequence[tuple[str, MailCause]],
    *,
    target: float,
    days: int,
    today: date,
) -> Shape:
    """Give all groups in numbers; ``causes`` are (group, cause), ``days`` is how far back the rate looks."""
    counts = summary.counts
    rate, first = counts.rate, today - timedelta(days=len(summary.per_day) - 1)
    return {
        "email_delivery_rate": {
            "value": rate,
            "target": target,
            "met": None if rate is None else rate >= target,
            "window": f"{days}d",
            "delivered": counts.delivered,
            "final": counts.final,
        },
        "groups": {
            "failed": counts.failed,
            "retrying": counts.retrying,
            "due": counts.due,
            "planned": counts.planned,
            "sent": counts.sent,
            "settled": counts.settled,
            "skipped": counts.skipped,
        },
        "states": dict(counts.by_state),
        "causes": [
            {"group": group, "reason": cause.reason, "title": cause.title, "count": cause.how_many}
            for group, cause in causes
        ],
        **pause_shape(summary.standstill),
        "next_at": _maybe(summary.next_at),
        "per_day": [
            {"day": str(first + timedelta(days=number)), "delivered": delivered, "final": final}
            for number, (delivered, final) in enumerate(summary.per_day)
        ],
    }


def _error_shape(email: Email, words: MailWords) -> Shape:
    status = email.last_status
    if status is not None and status < 400 and email.provider_id is not None:
        status = None  # the answer to handing it over was well; what went wrong was said later
    return {
        "status": status,
        "name": email.last_name,
        "message": email.last_message,
        "explanation": f"{words.title} {words.detail}",
    }


def _attempt_shape(attempt: Attempt) -> Shape:
    return {
        "number": attempt.number,
        "started_at": to_text(attempt.started_at),
        "ended_at": _maybe(attempt.ended_at),
        "phase": attempt.phase,
        "status": attempt.status,
        "name": attempt.name,
        "message": attempt.message or None,
        "raw": attempt.raw or None,
        "idempotency_key": attempt.idempotency_key,
        "batch_id": attempt.batch_id,
    }


def _event_shape(event: EmailEvent) -> Shape:
    return {
        "at": to_text(event.at),
        "kind": event.kind,
        "provider_id": event.provider_id,
        "recipient": event.recipient,
        "detail": event.detail,
        "source": event.source,
        "event_id": event.event_id,
    }


def _maybe(instant: datetime | None) -> str | None:
    return None if instant is None else to_text(instant)
