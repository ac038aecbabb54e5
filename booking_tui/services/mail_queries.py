"""Questions about emails."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, cast

from booking_tui.domain.filter import Filter
from booking_tui.services.hook_queries import HookQueries
from booking_tui.services.reading import EVERYTHING

if TYPE_CHECKING:
    from booking_tui.domain.booking import Booking
    from booking_tui.domain.mail.email import Attempt, Email, EmailEvent
    from booking_tui.domain.mail.words import MailWords
    from booking_tui.ports.mail import MailParts, MailWriting
    from booking_tui.services.mail.pauses import Standstill
    from booking_tui.store.bookings import BookingRecord
    from booking_tui.store.mail_log import KnownSuppression
    from booking_tui.store.outbox import MailCounts, MailKey

RATE_DAYS = 30
"""The delivery rate is that of so many days."""
SPARK_DAYS = 14
TARGET_RATE = 0.99


class MailDetail(NamedTuple):
    """Everything about one email. ``suggestion`` is the address that was most likely meant, None when none is likely.

    ``older`` and ``newer`` are the revisions before and after it.
    """

    email: Email
    words: MailWords
    why: str
    """Why it exists: ``24 h before the start``."""
    attempts: tuple[Attempt, ...]
    events: tuple[EmailEvent, ...]
    record: BookingRecord | None
    older: Email | None = None
    newer: Email | None = None
    suggestion: str | None = None


class MailSummary(NamedTuple):
    """All groups in numbers. ``standstill`` is why nothing is sent now, if so.

    ``per_day`` holds the delivered and the final emails of the last days, oldest first; ``next_at`` is when the next
    email is due.
    """

    counts: MailCounts
    standstill: Standstill | None
    per_day: tuple[tuple[int, int], ...]
    next_at: datetime | None


class MailCause(NamedTuple):
    """Emails of a group that share a cause: ``reason`` as in the outbox, ``title`` in words."""

    reason: str | None
    title: str
    how_many: int


class MailPreview(NamedTuple):
    """An email as it is or would be. ``frozen``: these are the bytes that were or will be handed over.

    ``sender`` is empty while it is not frozen.
    """

    subject: str
    html: str
    text: str
    calendar_file: bytes | None
    frozen: bool
    sender: str = ""


class MailQueries(HookQueries):
    """Lists and details of emails. Pages are quick; counts, anchors, causes and previews may be slow."""

    mail_writing: Callable[[], MailWriting] | None = None
    """Gives what writes emails, for previews."""

    def mail_page(
        self,
        group: str = "all",
        chosen: Filter = EVERYTHING,
        *,
        after: MailKey | None = None,
        before: MailKey | None = None,
        limit: int,
    ) -> list[Email]:
        """Give emails of a group (``failed retrying planned sent skipped all``) that follow or lead up to a key.

        Planned ones begin with what comes next, the others with what came last, ``all`` with the newest made.
        """
        return self.records.outbox.page(group, chosen, after=after, before=before, limit=limit)

    def mail_count(self, group: str = "all", chosen: Filter = EVERYTHING) -> int:
        """Count a group. May be slow: not for the screen's thread."""
        return self.records.outbox.count(group, chosen)

    def mail_anchors(self, group: str = "all", chosen: Filter = EVERYTHING, *, step: int) -> list[MailKey]:
        """Give the key of every ``step``-th email. May be slow: not for the screen's thread."""
        return self.records.outbox.anchors(group, chosen, step)

    @staticmethod
    def mail_key(email: Email) -> MailKey:
        """Give an email's place in the list of its group."""
        from booking_tui.store.outbox_pages import key_of

        return key_of(email)

    def email(self, prefix: str) -> Email | None:
        """Give an email by its id, or the beginning or end of one. Raises AmbiguousPrefix."""
        return self.records.outbox.find(prefix)

    def mails_of(self, uid: str) -> list[Email]:
        """Give all emails of a booking, oldest first."""
        return self.records.outbox.for_booking(uid)

    def mail_detail(self, email_id: str) -> MailDetail | None:
        """Give everything about one email, by its exact id."""
        from booking_tui.domain.mail.typos import suggest
        from booking_tui.domain.mail.words import words_of

        with self.records.database.reader():
            email = self.records.outbox.email(email_id)
            if email is None:
                return None
            record = None if email.booking_uid is None else self.records.bookings.record(email.booking_uid)
            return MailDetail(
                email=email,
                words=words_of(email, self.now()),
                why=self.records.outbox.why(email_id),
                attempts=tuple(self.records.outbox.attempts(email_id)),
                events=tuple(self.records.outbox.events(email_id)),
                record=record,
                older=None if email.revises is None else self.records.outbox.email(email.revises),
                newer=self.records.outbox.revision_of(email_id),
                suggestion=suggest(email.to, self._client_domains()) if email.failed else None,
            )

    def mail_suggestion(self, address: str) -> str | None:
        """Give the address that was most likely meant; None when this one looks right."""
        from booking_tui.domain.mail.typos import suggest

        return suggest(address, self._client_domains())

    def mail_summary(self) -> MailSummary:
        """Count everything. May be slow: not for the screen's thread."""
        from booking_tui.services.mail.pauses import Pauses

        now, today = self.now(), self.today()
        first = today - timedelta(days=SPARK_DAYS - 1)
        days = [self.day_bounds(first + timedelta(days=number))[0] for number in range(SPARK_DAYS)]
        with self.records.database.reader():
            return MailSummary(
                self.records.outbox.counts(now, now - timedelta(days=RATE_DAYS)),
                Pauses(self.records).standstill(now),
                tuple(self.records.outbox.per_day(days)),
                self.records.outbox.next_at(),
            )

    def mail_causes(self, group: str = "failed", chosen: Filter = EVERYTHING) -> list[MailCause]:
        """Give the causes in a group, the most frequent first. May be slow: not for the screen's thread."""
        from booking_tui.domain.mail.words import group_title

        found = self.records.outbox.causes(group, chosen)
        return [MailCause(reason, group_title(reason), count) for reason, count in found]

    def mail_preview(self, email_id: str) -> MailPreview | None:
        """Give an email as it was frozen, or as it would be written now; None when there is none or no writing.

        Raises TemplateBroken when it cannot be written.
        """
        body = self.records.outbox.body(email_id)
        if body:
            return _frozen(body)
        email = self.records.outbox.email(email_id)
        if email is None or self.mail_writing is None:
            return None
        from booking_tui.services.mail.freezing import matter_of

        matter = matter_of(email, _Bookings(self), max(self.now(), email.send_at))
        parts: MailParts = self.mail_writing().write(matter)
        return MailPreview(parts.subject, parts.html, parts.text, parts.calendar_file, frozen=False)

    def suppressions(self) -> list[KnownSuppression]:
        """Give the addresses that the provider does not send to, the newest first."""
        return self.records.mail_log.suppressions()

    def _client_domains(self) -> Mapping[str, int]:
        names = self.records.mail_log.domains()
        return {name: count for name, count in names if count > 1}


class _Bookings:
    """The bookings as an email's matter asks for them."""

    def __init__(self, queries: MailQueries) -> None:
        self._bookings = queries.records.bookings

    def booking(self, uid: str) -> Booking | None:
        return self._bookings.get(uid)


def _frozen(body: bytes) -> MailPreview:
    import base64

    values = cast("dict[str, object]", json.loads(body))
    attached = cast("list[dict[str, str]]", values.get("attachments") or [])
    return MailPreview(
        subject=str(values.get("subject", "")),
        html=str(values.get("html", "")),
        text=str(values.get("text", "")),
        calendar_file=base64.b64decode(attached[0]["content"]) if attached else None,
        frozen=True,
        sender=str(values.get("from", "")),
    )
