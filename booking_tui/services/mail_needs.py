"""Emails among what wants a person: one line for each that failed, one for each cause of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_tui.services.reading import EVERYTHING
from booking_tui.store.mail_glance import any_failed

if TYPE_CHECKING:
    from booking_tui.domain.mail.email import Email
    from booking_tui.services.mail_queries import MailQueries
    from booking_tui.services.needs import Need

READ = 100
SINGLY = 3
"""So many of one cause are told one by one."""


def mail_needs(queries: MailQueries) -> list[Need]:
    """Give the failed emails that nobody has settled; those that only lack a key are one line."""
    if not any_failed(queries.records.database):
        return []
    failed = queries.mail_page("failed", EVERYTHING, limit=READ)
    by_cause: dict[str | None, list[Email]] = {}
    for email in failed:
        by_cause.setdefault(email.reason, []).append(email)
    needs: list[Need] = []
    for emails in by_cause.values():
        many = len(emails) > SINGLY or emails[0].reason == "not_configured"
        needs += [_many(emails)] if many else [_one(queries, email) for email in emails]
    return needs


def _one(queries: MailQueries, email: Email) -> Need:
    from booking_tui.domain.mail.words import kind_name, words_of
    from booking_tui.services.needs import Need

    words = words_of(email, queries.now())
    text = f"{kind_name(email.kind)}: {words.title.rstrip('.').lower()}"
    return Need("mail", text, email.to_name or email.to, email.updated_at, "email", email.id)


def _many(emails: list[Email]) -> Need:
    from booking_tui.domain.mail.words import group_title
    from booking_tui.services.needs import Need

    number = f"{len(emails)} emails" if len(emails) != 1 else "1 email"
    if len(emails) == READ:
        number = f"{READ} emails or more"
    text = f"{number}: {group_title(emails[0].reason).rstrip('.').lower()}"
    return Need("mail", text, None, emails[0].updated_at, "email", emails[0].id, len(emails))
