"""An email's body, rendered once from the booking as it is in the claiming transaction."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from booking_tui.domain.booking import Attendee, Booking
from booking_tui.domain.mail.email import Email, EmailState
from booking_tui.ports.mail import MailAccount, MailSubjectMatter
from booking_tui.services.mail.body import frozen_body
from booking_tui.services.mail.times import zone_named
from booking_tui.services.mail.view import guest_zone
from booking_tui.store.email_rows import StoredEmail, kept

HANDOFF_FROM = timedelta(minutes=5)
"""What is due sooner than that is not worth scheduling at the provider."""
_FOR_LATER = b'"scheduled_at":'
"""In JSON a quote inside a text is escaped: only the key itself looks like this."""
_TOLD = ("title", "event_title", "start", "end", "location", "meeting_url", "booking_page", "cancellation_reason")
"""What emails say of a booking."""


class KnowsBookings(Protocol):
    """Where the booking of an email is read."""

    def booking(self, uid: str) -> Booking | None:
        """Give the booking with this uid."""
        ...


class Order(NamedTuple):
    """All that an email is written from, as it was read in one transaction."""

    email: Email
    matter: MailSubjectMatter
    early: bool
    """It is handed over before its time."""
    day: date
    """The guest's day on which it will be read: emails say ``tomorrow``."""

    def same(self, other: Order) -> bool:
        """Say whether the same would be written."""
        now = self.matter.now
        mine, others = ((each.email.to, each.email.to_name, each.email.send_at, each.day) for each in (self, other))
        return mine == others and self.early == other.early and self.matter == replace(other.matter, now=now)


def order_of(
    email: Email, account: MailAccount, world: KnowsBookings, now: datetime, *, heard: Booking | None = None
) -> Order:
    """Read what an email is written from; ``heard`` is the booking as the guest was told of it last."""
    early = goes_early(email, account, now)
    matter = matter_of(email, world, email.send_at if early else now, heard=heard)
    return Order(email, matter, early, day_of(matter, matter.now, account))


def write(order: Order, account: MailAccount) -> tuple[bytes, str]:
    """Give the body to be frozen, and its subject. Raises TemplateBroken, or ValueError for a wrong address."""
    email = order.email
    parts = account.writing.write(order.matter)
    body = frozen_body(
        parts,
        sender=account.sender,
        to_name=email.to_name,
        to=email.to,
        reply_to=account.reply_to,
        email_id=email.id,
        kind=email.kind,
        scheduled_at=email.send_at if order.early else None,
    )
    return body, parts.subject


def day_of(matter: MailSubjectMatter, instant: datetime, account: MailAccount) -> date:
    """Give the day that it is for the guest, in the practice's zone where theirs is not known."""
    zone = guest_zone(matter.recipient, matter.booking) or zone_named(account.zone) or ZoneInfo("UTC")
    try:
        return instant.astimezone(zone).date()
    except OverflowError:  # at the ends of the calendar
        return instant.date()


def told_by(booking: Booking | None) -> str | None:
    """Give what stands for all that emails say of a booking: another one when they would say something else."""
    if booking is None:
        return None
    said = [kept(getattr(booking, name)) for name in _TOLD]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def matter_of(email: Email, world: KnowsBookings, now: datetime, *, heard: Booking | None = None) -> MailSubjectMatter:
    """Give what an email is about; ``now`` is when it will be read."""
    booking = None if email.booking_uid is None else world.booking(email.booking_uid)
    before, *earlier = moved_from(booking, world) or (None,)
    return MailSubjectMatter(
        kind=email.kind,
        recipient=recipient_of(email.to_name, email.to, booking),
        booking=booking,
        now=now,
        before=before,
        own_subject=email.own_subject,
        own_text=email.own_text,
        earlier=tuple(earlier),
        heard=heard,
    )


def moved_from(booking: Booking | None, world: KnowsBookings) -> list[Booking]:
    """Give the bookings that a booking stands for now, the latest first, as far back as they are known."""
    found: list[Booking] = []
    seen = set[str]() if booking is None else {booking.uid}
    while booking is not None and (uid := booking.rescheduled_from) is not None and uid not in seen:
        seen.add(uid)
        booking = world.booking(uid)
        if booking is not None:
            found.append(booking)
    return found


def goes_early(email: Email, account: MailAccount, now: datetime) -> bool:
    """Say whether an email is handed over before its time, for the provider to send then."""
    return account.handoff and email.is_reminder and email.send_at - now >= HANDOFF_FROM


def is_for_later(body: bytes) -> bool:
    """Say whether a frozen body asks the provider to send it at a later time."""
    return _FOR_LATER in body


def fresh_key(stored: StoredEmail) -> str:
    """Give the key of another body: the provider refuses a known key with other content."""
    return f"{stored.email.kind}/{stored.id}/{stored.tries}"


def as_never_handed_over(stored: StoredEmail) -> dict[str, object]:
    """Give the columns of an email that was called off at the provider, and is planned here once more."""
    return {
        "state": EmailState.SCHEDULED,
        "reason": None,
        "handed_over": False,
        "call_off": False,
        "provider_id": None,
        **unwritten(stored),
        "certain": True,
        "first_attempt_at": None,
        "account": None,
        "attempts": 0,
    }


def unwritten(stored: StoredEmail) -> dict[str, object]:
    """Give the columns of an email that is to be written anew: another body needs another key."""
    gone = dict.fromkeys(("body", "body_sha256", "subject", "batch_id", "told", "written_for"))
    return {**gone, "idempotency_key": fresh_key(stored)}


def recipient_of(name: str, address: str, booking: Booking | None) -> Attendee:
    """Give the guest of a booking that an email goes to, with zone and language; else what is known of them."""
    for guest in booking.attendees if booking is not None else ():
        if guest.email.casefold() == address.casefold():
            return guest
    first = booking.attendees[0] if booking is not None and booking.attendees else None
    return Attendee(name, address, first.zone if first else None, locale=first.locale if first else None)
