"""Finding the emails that a person means, by ids or by a filter, and the subjects of those that are not written yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from booking_tui.cli.lists import PAGE, chosen_filter, take
from booking_tui.cli.session import Failure
from booking_tui.domain.filter import Filter, Term
from booking_tui.domain.mail.email import WAITING, Email
from booking_tui.ports.mail_desk import CANCEL, HOLD, KEEP, RELEASE, RETRY, SNOOZE
from booking_tui.services.queries import Queries

if TYPE_CHECKING:
    from booking_tui.domain.booking import Booking
    from booking_tui.ports.mail import MailSubjectMatter

ALL = "all"
_HELD = Term("state", "held")
_SCHEDULED = Term("state", "scheduled")
_PLANNED = Term("state", "planned")
_MEANT: dict[str, tuple[tuple[str, tuple[Term, ...]], ...]] = {
    RETRY: (("failed", ()), ("retrying", ())),
    RELEASE: (("planned", (_HELD,)), ("failed", (_HELD,))),
    CANCEL: (("planned", ()), ("retrying", ()), ("failed", (_HELD,))),
    KEEP: (("failed", ()),),
    **dict.fromkeys((HOLD, SNOOZE), (("planned", (_SCHEDULED,)), ("retrying", ()))),
}
"""Where a deed on a filter looks: nobody who retries what failed wants next week's reminders sent now,
or what is held let go by putting it off."""
_KINDS_MEANT = {
    RETRY: "email that failed or is tried again",
    RELEASE: "held email",
    CANCEL: "email that is still to be sent",
    KEEP: "failed email",
    **dict.fromkeys((HOLD, SNOOZE), "email that waits for its time or is tried again"),
}


def find_email(queries: Queries, prefix: str) -> Email:
    """Give the email with this id, or with an id that begins or ends so. Raises Failure, AmbiguousPrefix."""
    wanted = prefix.strip()
    email = queries.email(wanted) if wanted else None
    if email is None:
        raise Failure(f"no email has the id {prefix!r}; booking-tui emails list shows all")
    return email


def ids_meant(queries: Queries, deed: str, prefixes: Sequence[str], filter_text: str) -> list[str]:
    """Give the whole ids before anything is changed: by the ids given, or those that the filter leaves of a deed's.

    One unknown id, or a filter that leaves none, raises Failure.
    """
    if bool(prefixes) == bool(filter_text.strip()):
        raise click.UsageError("give the ids of emails, or --filter TEXT for several at once")
    if prefixes:
        return list(dict.fromkeys(find_email(queries, prefix).id for prefix in prefixes))
    chosen = chosen_filter(queries, filter_text)
    ids: list[str] = []
    for group, terms in _MEANT[deed]:
        ids += [email.id for email in emails_of(queries, group, Filter((*chosen.terms, *terms), chosen.text))[0]]
    if not ids:
        raise Failure(
            f"no {_KINDS_MEANT[deed]} matches {filter_text!r}; nothing was changed; "
            "booking-tui emails list --filter TEXT shows what a filter finds"
        )
    return ids


def emails_of(queries: Queries, group: str, chosen: Filter, limit: int = 0) -> tuple[list[Email], bool]:
    """Give up to ``limit`` emails (0 = all) of a group, newest first, and whether there are more."""
    if group == "planned":  # its own order begins with what comes next
        group, chosen = ALL, Filter((*chosen.terms, _PLANNED), chosen.text)
    return take(
        limit,
        lambda after, wanted: queries.mail_page(group, chosen, after=after, limit=wanted),
        queries.mail_key,
    )


class _Bookings:
    """The bookings as an email's matter asks for them."""

    def __init__(self, queries: Queries) -> None:
        self._bookings = queries.records.bookings

    def booking(self, uid: str) -> Booking | None:
        return self._bookings.get(uid)


def matter(queries: Queries, email: Email, now: datetime) -> MailSubjectMatter:
    """Give what an email is about, as it would be written at an instant."""
    from booking_tui.services.mail.freezing import matter_of

    return matter_of(email, _Bookings(queries), now)


def planned_subjects(queries: Queries, emails: Sequence[Email]) -> dict[str, str]:
    """Write the subjects of emails that are still to be written, by id; a broken template leaves them out.

    Not for lists of more than a page, which would take long.
    """
    unwritten = [email for email in emails if email.state in WAITING and not (email.subject or email.own_subject)]
    if queries.mail_writing is None or not unwritten or len(emails) > PAGE:
        return {}
    from booking_tui.ports.mail import TemplateBroken

    writing, now = queries.mail_writing(), queries.now()
    found: dict[str, str] = {}
    with queries.records.database.reader():
        for email in unwritten:
            try:
                found[email.id] = writing.subject(matter(queries, email, max(now, email.send_at)))
            except (TemplateBroken, OSError):
                continue
    return found
