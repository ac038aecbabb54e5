"""Emails handed over to Resend by its SDK, over a connection of our own."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, cast

import msgspec

from booking_tui.domain.instants import to_text
from booking_tui.domain.mail.answer import Answer, Phase, RemoteEmail
from booking_tui.domain.mail.email import Suppression
from booking_tui.ports import Clock
from booking_tui.ports.mail import BeginWebhook, KnownEvents, MailRefused, MissedEvents, OwnWebhooks, WebhookKept
from booking_tui.providers.calcom.fields import Fields, text_of
from booking_tui.providers.resend import hooks
from booking_tui.providers.resend.answers import Secrecy, batch_ids, is_id, is_unknown, one_id
from booking_tui.providers.resend.conversation import PAGE, Ask, Line
from booking_tui.providers.resend.http import PooledTransport, Timeouts
from booking_tui.providers.resend.remote import email_of, suppression_of

API: Final = "https://api.resend.com"

_KEY = re.compile(r"[!-~](?:[ -~]{0,254}[!-~])?")
_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f@]+@[^\s\x00-\x1f\x7f@]+")


class ResendProvider:
    """One account at Resend. Implements ``MailProvider``; several may live in one process.

    The SDK is imported with the first call. ``pause`` waits so many seconds, between requests of one call only.
    """

    def __init__(
        self,
        api_key: str,
        clock: Clock,
        base_url: str = API,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - a frozen value
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = PooledTransport(base_url, api_key, timeouts, clock.monotonic)
        self._line = Line(self._transport, Secrecy(api_key), clock, pause, timeouts.total_s)

    def send(self, body: bytes, idempotency_key: str) -> Answer:
        """Hand over one email (POST /emails)."""
        if not _is_key(idempotency_key):
            return _never("invalid_idempotency_key")
        import resend

        nothing = cast("resend.Emails.SendParams", {})
        options = resend.Emails.SendOptions(idempotency_key=idempotency_key)
        return self._line.conversation().hand_over(lambda: resend.Emails.send(nothing, options), one_id, body)

    def send_batch(self, body: bytes, idempotency_key: str) -> Answer:
        """Hand over up to 100 emails at once (POST /emails/batch), all or none."""
        if not _is_key(idempotency_key):
            return _never("invalid_idempotency_key")
        import resend

        options = resend.Batch.SendOptions(idempotency_key=idempotency_key, batch_validation="strict")
        ids_of = batch_ids(_count(body))
        return self._line.conversation().hand_over(lambda: resend.Batch.send([], options), ids_of, body)

    def cancel(self, provider_id: str) -> Answer:
        """Call off a scheduled email (POST /emails/{id}/cancel)."""
        import resend

        return self._about(provider_id, lambda: resend.Emails.cancel(provider_id))

    def reschedule(self, provider_id: str, at: datetime) -> Answer:
        """Move a scheduled email (PATCH /emails/{id})."""
        if at.tzinfo is None:
            return _never("validation_error")
        import resend

        params = resend.Emails.UpdateParams(id=provider_id, scheduled_at=to_text(at))
        return self._about(provider_id, lambda: resend.Emails.update(params))

    def read(self, provider_id: str) -> RemoteEmail | None:
        """Give an email (GET /emails/{id}); None when Resend knows none of that id."""
        if not is_id(provider_id):
            raise MailRefused(_never("validation_error"))
        import resend

        try:
            reply = self._line.conversation().question(lambda: resend.Emails.get(provider_id))
        except MailRefused as refused:
            if is_unknown(refused.answer):
                return None
            raise
        email = email_of(reply.fields)
        if email is None or email.id != provider_id:
            raise MailRefused(reply.answer)
        return email

    def latest(self, limit: int = PAGE, *, after: str | None = None) -> list[RemoteEmail]:
        """Give emails, newest first (GET /emails)."""
        if limit < 1:
            return []
        if after is not None and not is_id(after):
            raise MailRefused(_never("validation_error"))
        import resend

        found: list[RemoteEmail] = []
        for page in self._line.conversation().pages(resend.Emails.list, limit=min(limit, PAGE), after=after):
            found += [email for fields in page if (email := email_of(fields)) is not None]
            if len(found) >= limit:
                break
        return found[:limit]

    def suppressions(self) -> list[Suppression]:
        """Give the whole suppression list (GET /suppressions)."""
        import resend

        pages = self._line.conversation().pages(resend.Suppressions.list)
        return [found for page in pages for fields in page if (found := suppression_of(fields)) is not None]

    def unsuppress(self, address: str) -> None:
        """Take an address off the list (DELETE /suppressions/{address}); that it is not on it is right too."""
        if not _is_address(address):
            raise MailRefused(_never("validation_error"))
        import resend

        try:
            self._line.conversation().question(lambda: resend.Suppressions.remove(address))
        except MailRefused as refused:
            if not is_unknown(refused.answer):
                raise

    def missed_events(self, since: datetime, own: OwnWebhooks, known: KnownEvents) -> MissedEvents:
        """Give the webhooks of ours that did not reach us, oldest first; the first part when there are very many."""
        return hooks.missed_events(self._line.conversation(), since, own, known)

    def keep_webhook(self, url: str, own: OwnWebhooks, begin: BeginWebhook) -> WebhookKept:
        """See that one enabled webhook of ours leads to ``url``."""
        return hooks.keep_webhook(self._line.conversation(), url, own, begin)

    def domains(self) -> dict[str, str]:
        """Give the sending domains with their status (GET /domains)."""
        import resend

        pages = self._line.conversation().pages(resend.Domains.list)
        return {
            name: text_of(fields, "status", 100) or ""
            for page in pages
            for fields in page
            if (name := text_of(fields, "name")) is not None
        }

    @property
    def knows_key(self) -> bool:
        """Whether Resend has shown, since this was made, that it knows the key."""
        return self._line.known.is_set()

    def close(self) -> None:
        """Let go of connections."""
        self._transport.close()

    def _about(self, provider_id: str, ask: Ask) -> Answer:
        """Change a scheduled email; only its own id in the answer says that it worked."""
        if not is_id(provider_id):
            return _never("validation_error")

        def ids_of(document: Fields) -> tuple[str, ...]:
            return tuple(found for found in one_id(document) if found == provider_id)

        return self._line.conversation().hand_over(ask, ids_of)


def _never(name: str) -> Answer:
    """Refuse what must not even be asked, by the API's own word for it."""
    return Answer(Phase.NEVER_SENT, name=name)


def _is_key(text: str) -> bool:
    """Say whether a text may be an Idempotency-Key: 1 to 256 characters (POST /emails) that a header can hold."""
    return _KEY.fullmatch(text) is not None


def _is_address(text: str) -> bool:
    return len(text) <= 320 and _ADDRESS.fullmatch(text) is not None


def _count(body: bytes) -> int | None:
    """Count the emails of a batch; None when the body is no list, which the API may then say."""
    try:
        return len(msgspec.json.decode(body, type=list[msgspec.Raw]))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
