"""Our webhook at Resend: seeing that it leads here, and fetching what it could not deliver.

An account has webhooks of other programs too, even at the same path, and of other homes of this one. Ours are those we
made; none but these is changed, deleted, or has its log read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import msgspec

from booking_tui.ports.mail import (
    BeginWebhook,
    BegunWebhook,
    KnownEvents,
    MailRefused,
    MissedEvent,
    MissedEvents,
    OwnWebhooks,
    WebhookKept,
)
from booking_tui.providers.calcom.fields import Fields, text_of
from booking_tui.providers.resend.answers import is_unknown, one_id
from booking_tui.providers.resend.conversation import Conversation
from booking_tui.providers.resend.reader import instant

if TYPE_CHECKING:
    from resend import WebhookEvent

OUR_PATH = "/webhooks/resend"
KINDS = (
    *("email.sent", "email.scheduled", "email.delivered", "email.delivery_delayed", "email.bounced"),
    *("email.complained", "email.failed", "email.suppressed"),
    *("suppression.added", "suppression.removed", "domain.updated"),
)
"""What our webhook asks for. Opened and clicked are not among them: nobody is watched."""
_URL_LIMIT = 2_000
_LEAST_S = 1.0
"""With less than this left, no further event is fetched."""


@dataclass(frozen=True, slots=True)
class _Hook:
    id: str
    endpoint: str
    enabled: bool
    kinds: frozenset[str]

    def leads_to(self, url: str) -> bool:
        return self.endpoint.rstrip("/") == url.rstrip("/")

    def is_right(self, url: str) -> bool:
        return self.enabled and self.leads_to(url) and self.kinds == frozenset(KINDS)


class _Event(msgspec.Struct):
    payload: msgspec.Raw


def keep_webhook(talk: Conversation, url: str, own: OwnWebhooks, begin: BeginWebhook) -> WebhookKept:
    """See that exactly one enabled webhook of ours leads to ``url``. Raises MailRefused."""
    import resend

    there = _listed(talk)
    ours = sorted(_ours(talk, there, own), key=lambda hook: (not hook.leads_to(url), not hook.enabled))
    if not ours:
        # The answer to it may be lost: what leads to this address afterwards, and did not before, is ours.
        begin(BegunWebhook(url, frozenset(hook.id for hook in there)))
        return _create(talk, url)
    kept, *surplus = ours
    changed = not kept.is_right(url)
    if changed:
        kinds = cast("list[WebhookEvent]", list(KINDS))
        params = resend.Webhooks.UpdateParams(webhook_id=kept.id, endpoint=url, events=kinds, status="enabled")
        talk.question(lambda: resend.Webhooks.update(params))
    for hook in surplus:
        _remove(talk, hook)
    return WebhookKept(kept.id, created=False, changed=changed, secret=_secret_of(talk, kept))


def missed_events(talk: Conversation, since: datetime, own: OwnWebhooks, known: KnownEvents) -> MissedEvents:
    """Give what did not reach us, oldest first; only the first part when time or rate does not allow for more.

    Raises MailRefused when not even the first could be fetched.
    """
    waiting: dict[str, tuple[datetime, str]] = {}
    for hook in _ours(talk, _listed(talk), own):
        for event_id, at in _undelivered(talk, hook, since):
            waiting[event_id] = (at, hook.id)
    for event_id in known(list(waiting)):
        waiting.pop(event_id, None)
    found: list[MissedEvent] = []
    for event_id, (at, hook_id) in sorted(waiting.items(), key=lambda item: (item[1][0], item[0])):
        if found and talk.left_s < _LEAST_S:
            return MissedEvents(tuple(found), complete=False)
        try:
            body = _payload(talk, hook_id, event_id)
        except MailRefused:
            if not found:
                raise
            return MissedEvents(tuple(found), complete=False)
        if body is not None:
            found.append(MissedEvent(event_id, body, at))
    return MissedEvents(tuple(found), complete=True)


def _listed(talk: Conversation) -> list[_Hook]:
    import resend

    pages = talk.pages(resend.Webhooks.list)
    return [hook for page in pages for fields in page if (hook := _hook_of(fields)) is not None]


def _ours(talk: Conversation, there: Sequence[_Hook], own: OwnWebhooks) -> list[_Hook]:
    """Pick out ours: by the ids that were kept, else by their signing secrets. Raises MailRefused."""
    begun = own.begun
    ours = [
        hook
        for hook in there
        if hook.id in own.ids or (begun and hook.id not in begun.beside and hook.leads_to(begun.endpoint))
    ]
    if ours or not own.secrets:
        return ours
    # Made before ids were kept, or by hand for us: whose secret we have, and nobody else's.
    secrets = {_bare(secret) for secret in own.secrets}
    mine: list[_Hook] = []
    for hook in there:
        secret = _asked_secret(talk, hook) if _path_of(hook.endpoint) == OUR_PATH else None
        if secret is not None and _bare(secret) in secrets:
            mine.append(hook)
    return mine


def _bare(secret: str) -> str:
    return secret.strip().removeprefix("whsec_")


def _hook_of(fields: Fields) -> _Hook | None:
    ids = one_id(fields)
    if not ids:
        return None
    kinds = fields.get("events")
    return _Hook(
        id=ids[0],
        endpoint=text_of(fields, "endpoint", _URL_LIMIT) or "",
        enabled=fields.get("status") == "enabled",
        kinds=frozenset(kind for kind in kinds if isinstance(kind, str)) if isinstance(kinds, list) else frozenset(),
    )


def _path_of(endpoint: str) -> str:
    try:
        return urlsplit(endpoint).path.rstrip("/")
    except ValueError:
        return ""


def _create(talk: Conversation, url: str) -> WebhookKept:
    import resend

    params = resend.Webhooks.CreateParams(endpoint=url, events=cast("list[WebhookEvent]", list(KINDS)))
    made = talk.question(lambda: resend.Webhooks.create(params))
    ids = one_id(made.fields)
    if not ids:
        raise MailRefused(made.answer)
    return WebhookKept(ids[0], created=True, changed=False, secret=text_of(made.fields, "signing_secret"))


def _remove(talk: Conversation, hook: _Hook) -> None:
    import resend

    try:
        talk.question(lambda: resend.Webhooks.remove(hook.id))
    except MailRefused as refused:
        if not is_unknown(refused.answer):
            raise


def _secret_of(talk: Conversation, hook: _Hook) -> str | None:
    """Ask for the signing secret; the webhook is right without that too."""
    try:
        return _asked_secret(talk, hook)
    except MailRefused:
        return None


def _asked_secret(talk: Conversation, hook: _Hook) -> str | None:
    """Ask for the signing secret (GET /webhooks/{id} tells it); None when the webhook is gone. Raises MailRefused."""
    import resend

    try:
        told = talk.question(lambda: resend.Webhooks.get(hook.id))
    except MailRefused as refused:
        if is_unknown(refused.answer):
            return None
        raise
    return text_of(told.fields, "signing_secret")


def _undelivered(talk: Conversation, hook: _Hook, since: datetime) -> Iterator[tuple[str, datetime]]:
    """Go through a webhook's log, most recent first (resend.com/docs/api-reference/webhooks/list-events)."""
    import resend

    for page in talk.pages(partial(resend.Webhooks.list_events, hook.id)):
        times = [instant(event.get("created_at")) for event in page]
        for event, at in zip(page, times, strict=True):
            ids = one_id(event)
            if ids and at is not None and at >= since and event.get("status") != "success":
                yield ids[0], at
        if any(at is not None and at < since for at in times):
            return


def _payload(talk: Conversation, hook_id: str, event_id: str) -> bytes | None:
    """Fetch one event's payload; None when it is no longer there or is no object."""
    import resend

    try:
        told = talk.question(lambda: resend.Webhooks.get_event(hook_id, event_id))
        payload = bytes(msgspec.json.decode(told.content, type=_Event).payload)
    except MailRefused as refused:
        if is_unknown(refused.answer):
            return None
        raise
    except msgspec.MsgspecError:
        return None
    return payload if payload.startswith(b"{") else None
