"""How the Mail view says who, which email, when and how it stands: always a glyph and a word, never colour alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from booking_tui.domain.mail.email import FAILED, Email, EmailState, Settled
from booking_tui.domain.mail.groups import PLANNED, group_of
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.words import kind_name, words_of
from booking_tui.tui.context import Context, Look
from booking_tui.tui.dates import day_word, weekday
from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.text import hide_names, person
from booking_tui.tui.views.eye import Said

ALL = "all"
GROUPS: tuple[tuple[str, str], ...] = (
    ("failed", "Failed"),
    ("retrying", "Retrying"),
    ("planned", "Planned"),
    ("sent", "Sent"),
    ("settled", "Settled"),
    ("skipped", "Skipped"),
    (ALL, "All"),
)
_ORDER = {
    "failed": "newest first",
    "retrying": "tried again by themselves",
    "planned": "next first",
    "sent": "newest first",
    "settled": "mended, tried again or kept, newest first",
    "skipped": "never sent",
    ALL: "newest first",
}
_WHEN = {"failed": "since", "retrying": "again", "planned": "due", ALL: "made"}
_WEEK = 7
_PLAIN_SIGNS: dict[EmailState, tuple[str, str]] = {
    EmailState.SCHEDULED: ("idle", "plain"),
    EmailState.SENDING: ("busy", "accent"),
    EmailState.RETRYING: ("busy", "warn"),
    EmailState.ACCEPTED: ("ok", "plain"),
    EmailState.DELIVERED: ("done", "good"),
    EmailState.DELAYED: ("busy", "warn"),
    EmailState.UNKNOWN: ("waiting", "warn"),
    EmailState.HELD: ("held", "warn"),
    EmailState.SKIPPED: ("ignored", "muted"),
    EmailState.CANCELLED: ("ignored", "muted"),
}


def group_word(group: str) -> str:
    """Name a list."""
    return dict(GROUPS)[group]


def order_word(group: str) -> str:
    """Say in which order a list stands."""
    return _ORDER[group]


def when_title(group: str) -> str:
    """Name the column of times."""
    return _WHEN.get(group, "when")


def stand_said(email: Email, now: datetime, signs: Glyphs) -> Said:
    """Say at a glance how an email stands: ✗ where it must be changed, ▲ and ? where somebody must decide."""
    words = words_of(email, now)
    if email.settled is not None:
        sign = signs.done if email.settled is Settled.FIXED else signs.ignored
        return Said(sign, words.short, "good" if email.settled is Settled.FIXED else "muted")
    if email.state in _PLAIN_SIGNS:
        name, tone = _PLAIN_SIGNS[email.state]
        return Said(str(getattr(signs, name)), words.short, tone)
    if email.state in FAILED and "edit" not in words.do[:2]:
        return Said(signs.warn, words.short, "warn")
    return Said(signs.fail, words.short, "bad")


def waits_for_its_turn(email: Email, now: datetime) -> bool:
    """Say whether nothing of its own keeps an email back: it goes as soon as emails are sent."""
    waits = email.state in {EmailState.SCHEDULED, EmailState.RETRYING} and not email.handed_over
    return waits and email.next_at is not None and email.next_at <= now


def who_said(email: Email, look: Look) -> str:
    """Name to whom an email goes, as the look wants it."""
    return person(email.to_name.strip() or email.to or "nobody", privacy=look.privacy)


def address_said(address: str, look: Look) -> str:
    """Write an address, as the look wants it."""
    return person(address, privacy=look.privacy) if address else "no address"


def hidden(text: str, email: Email, look: Look) -> str:
    """Write a sentence that may name somebody, as the look wants it."""
    if not look.privacy:
        return text
    domain = email.to.rpartition("@")[2]
    text = hide_names(text, _names(email))
    return text.replace(domain, "…") if domain else text


def _names(email: Email) -> Iterable[str]:
    name = email.to_name.strip()
    return (name, email.to, *(part for part in name.split() if len(part) > 1))


def moment(email: Email, group: str) -> datetime:
    """Give the instant that a list shows of an email."""
    if group == ALL:
        # By which this list is sorted.
        return email.created_at
    if group == "retrying" and email.next_at is not None:
        return email.next_at
    return email.send_at if group_of(email) == PLANNED else email.updated_at


def time_said(instant: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Write an instant: ``09:33`` today, ``Thu 09:33`` within a week, else ``4 Mar 09:33``."""
    local, today = instant.astimezone(zone), now.astimezone(zone).date()
    away = (local.date() - today).days
    if away == 0:
        return f"{local:%H:%M}"
    if abs(away) < _WEEK:
        return f"{weekday(local.date())} {local:%H:%M}"
    _, day, month = day_word(local.date()).split(" ")
    return f"{day} {month} {local:%H:%M}" if local.year == today.year else f"{day} {month} {local.year}"


def row_time(instant: datetime, now: datetime, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """Write an instant in at most nine cells; of another week the day alone. ``seconds`` are told of today."""
    local, today = instant.astimezone(zone), now.astimezone(zone).date()
    if seconds and local.date() == today:
        return f"{local:%H:%M:%S}"
    if abs((local.date() - today).days) < _WEEK:
        return time_said(instant, now, zone)
    _, day, month = day_word(local.date()).split(" ")
    return f"{day} {month}" if local.year == today.year else f"{month} {local.year}"


def start_time(instant: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Write when a meeting starts, in at most twelve cells, always with its time of day."""
    local, today = instant.astimezone(zone), now.astimezone(zone).date()
    if abs((local.date() - today).days) < _WEEK:
        return time_said(instant, now, zone)
    _, day, month = day_word(local.date()).split(" ")
    return f"{day} {month} {local:%H:%M}"


def mail_said(kind: str) -> str:
    """Name an email in a column."""
    return kind_name(kind)


def tries_said(email: Email) -> str:
    """Write how often an email was tried."""
    return str(email.attempts) if email.attempts else ""


def mail_ready(context: Context) -> bool:
    """Say whether it is set how to send."""
    if context.mail_ready is not None:
        return context.mail_ready()
    resend = context.settings.resend
    return bool(resend.api_key and resend.from_)


def may_be_twice(email: Email) -> bool:
    """Say whether an email may have arrived already, so that sending it again must be asked for."""
    return email.state is EmailState.UNKNOWN


STOPPED: dict[MailReason, str] = {
    MailReason.HOLD_ALL: "You hold everything",
    MailReason.NOT_CONFIGURED: "What waited for set-up is being taken up",
    MailReason.KEY_REFUSED: "Resend refuses the key",
    MailReason.KEY_RESTRICTED: "The key may not send from here",
    MailReason.ACCOUNT_SUSPENDED: "Resend has suspended the account",
    MailReason.DOMAIN_NOT_VERIFIED: "The sending domain is not verified",
    MailReason.DAILY_QUOTA: "Today's emails are used up",
    MailReason.MONTHLY_QUOTA: "This month's emails are used up",
    MailReason.RATE_LIMITED: "Resend asks to go slower",
    MailReason.OFFLINE: "There is no way to Resend",
    MailReason.PROVIDER_DOWN: "Resend has trouble of its own",
}
"""Why nothing is sent, as the line over the list says it."""
