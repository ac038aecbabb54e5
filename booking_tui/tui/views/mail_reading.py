"""One email, read whole: what its panes show. Not for the screen's thread."""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.mail.addresses import address_key
from booking_tui.domain.mail.email import TAKEN, Email, EmailState
from booking_tui.ports.mail import TemplateBroken
from booking_tui.services.mail_queries import MailDetail, MailPreview
from booking_tui.services.queries import Queries

_UNDERWAY = frozenset({EmailState.SENDING, EmailState.ACCEPTED, EmailState.DELAYED})
_ARRIVED = frozenset({EmailState.DELIVERED, EmailState.COMPLAINED})


class MailReading(NamedTuple):
    """An email with all around it. ``problem`` is why there is no preview."""

    detail: MailDetail
    preview: MailPreview | None
    problem: str | None
    before: MailPreview | None
    """The revision before it, as it was sent."""
    deeds: tuple[HistoryEntry, ...]
    """What people did with it and with the revision before it, first one first."""
    arrived: tuple[Email, ...]
    """The emails of the same booking to this guest that arrived, first one first."""
    underway: tuple[Email, ...] = ()
    """Those that the provider has, and of which it is not known yet."""
    tried: bool = True
    """Whether any of them was ever handed over, or tried to be."""

    @property
    def email(self) -> Email:
        """The email itself."""
        return self.detail.email


def read_mail(queries: Queries, email_id: str) -> MailReading | None:
    """Read everything about one email; None when it is not kept any more."""
    detail = queries.mail_detail(email_id)
    if detail is None:
        return None
    preview, problem = _preview(queries, email_id)
    before = _preview(queries, detail.older.id)[0] if detail.older is not None else None
    uid = detail.email.booking_uid
    deeds: tuple[HistoryEntry, ...] = ()
    theirs: list[Email] = [detail.email]
    if uid is not None:
        booking = queries.booking_detail(uid)
        wanted = {detail.email.id, detail.older.id if detail.older is not None else ""}
        history = booking.history if booking is not None else ()
        deeds = tuple(entry for entry in history if entry.actor == "you" and entry.email_id in wanted)
        deeds = tuple(sorted(deeds, key=lambda entry: entry.at))
        theirs = [one for one in queries.mails_of(uid) if one.to_name == detail.email.to_name]
    return MailReading(
        detail,
        preview,
        problem,
        before,
        deeds,
        arrived=tuple(one for one in theirs if one.state in _ARRIVED),
        underway=tuple(one for one in theirs if one.state in _UNDERWAY),
        tried=any(one.attempts or one.first_attempt_at or one.state in TAKEN for one in theirs),
    )


def phone_of(reading: MailReading) -> str | None:
    """Give the phone number of the guest whom an email goes to, as the booking has it."""
    email, record = reading.email, reading.detail.record
    guests = [] if record is None else [guest for guest in record.booking.attendees if guest.phone]
    by_address = (guest.phone for guest in guests if address_key(guest.email) == address_key(email.to))
    by_name = (guest.phone for guest in guests if guest.name.strip() == email.to_name.strip())
    return next(chain(by_address, by_name), None)


def _preview(queries: Queries, email_id: str) -> tuple[MailPreview | None, str | None]:
    try:
        preview = queries.mail_preview(email_id)
    except TemplateBroken as error:
        return None, f"it cannot be written: {error}"
    except ValueError as error:
        return None, f"it cannot be written: {error}"
    return preview, None if preview is not None else "it is written when it is sent"
