"""How the Bookings view says when, how long, who and in which state."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_tui.domain.booking import Booking, BookingStatus
from booking_tui.domain.rows import BookingRow
from booking_tui.domain.words import money_words
from booking_tui.tui.context import Look
from booking_tui.tui.dates import day_word, weekday
from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.standing import standing_of_row, test_words
from booking_tui.tui.text import masked_name, person
from booking_tui.tui.views.today_words import clock
from booking_tui.tui.widgets.table_columns import Cell

HIDDEN = "hidden; H shows it"


def when_said(start: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Write a start in at most 17 cells: ``Thu  4 Mar 10:00``, in another year with that instead of the weekday."""
    local = start.astimezone(zone)
    _, day, month = day_word(local.date()).split(" ")
    if local.year == now.astimezone(zone).year:
        return f"{weekday(local.date())} {day:>2} {month} {local:%H:%M}"
    return f"{day:>2} {month} {local.year} {local:%H:%M}"


def day_said(instant: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Write a day in at most 11 cells; of today also the time."""
    local, today = instant.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"today {local:%H:%M}"
    return when_said(instant, now, zone).rpartition(" ")[0]


def length_said(start: datetime, end: datetime) -> str:
    """Write a length in at most five cells: ``50m``, ``1h30``, ``2h``, ``3d``."""
    minutes = int((end - start).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes}m"
    if minutes >= 24 * 60:
        return f"{minutes // (24 * 60)}d"
    hours, rest = divmod(minutes, 60)
    return f"{hours}h{rest:02d}" if rest else f"{hours}h"


def state_cell(row: BookingRow, now: datetime, signs: Glyphs) -> Cell:
    """Say how a booking stands now: a glyph and a word; what a test made says so."""
    standing = standing_of_row(row, now)
    if row.test:
        return Cell(f"{signs.test} {test_words(standing)}", "accent")
    return Cell(standing.said(signs), standing.tone)


def marks_cell(row: BookingRow, signs: Glyphs) -> Cell:
    """Say in a few signs and words what else there is to know."""
    words: list[str] = []
    if row.rescheduled_from and row.status is not BookingStatus.RESCHEDULED:
        words.append("new time")
    if row.has_private_note:
        words.append(f"{signs.note} note")
    if row.payment:
        words.append(row.payment if row.payment == "paid" else "unpaid")
    if row.has_notes:
        words.append("wrote")
    return Cell(" ".join(words), "muted")


def who_cell(row: BookingRow, look: Look, tone: str = "strong") -> Cell:
    """Name who booked; of a group also how many places are taken, which stays when the name is cut."""
    name = person(row.who or row.email or "nobody", privacy=look.privacy)
    if row.seats is not None:
        return Cell(name, tone, f" {row.guests}/{row.seats}")
    return Cell(name, tone, f" +{row.guests - 1}" if row.guests > 1 else "")


def kind_said(row: BookingRow, look: Look) -> str:
    """Name the kind of meeting; a title may hold a name, so it is not shown while names are hidden."""
    return row.event_type or ("" if look.privacy else row.title)


def zone_of(name: str | None, fallback: ZoneInfo) -> ZoneInfo:
    """Give a guest's zone, the practice's where it is not known on this machine."""
    try:
        return ZoneInfo(name) if name else fallback
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return fallback


def span_said(booking: Booking, zone: ZoneInfo, now: datetime) -> str:
    """Write day and span in a zone: ``Thu 4 Mar 14:00 – 14:50``, with the end's day where it is another."""
    if booking.start is None or booking.end is None:
        return "not known yet"
    start, end = booking.start.astimezone(zone), booking.end.astimezone(zone)
    last = (
        clock(booking.end, zone) if start.date() == end.date() else f"{day_word(end.date())} {clock(booking.end, zone)}"
    )
    return f"{day_word(start.date(), now.astimezone(zone).date())}  {clock(booking.start, zone)} – {last}"


def city(zone: ZoneInfo) -> str:
    """Give the short name of a zone: ``Berlin``."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def email_said(email: str, look: Look) -> str:
    """Write an email, hidden where names are hidden."""
    return masked_name(email) if look.privacy else email


def payment_said(booking: Booking) -> str:
    """Say what is known about money."""
    payment = booking.payment
    if payment is None:
        return ""
    amount = money_words({"amount_minor": payment.amount_minor, "currency": payment.currency})
    word = {"paid": "paid", "initiated": "begun, not paid yet"}.get(payment.state, payment.state)
    return f"{word}  {amount}".strip()
