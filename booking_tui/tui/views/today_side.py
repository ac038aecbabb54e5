"""The panes beside the agenda: what comes next, what needs a person, what comes in, what is selected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from booking_tui.domain.booking import Booking
from booking_tui.domain.rows import BookingRow
from booking_tui.tui.dates import day_word, weekday
from booking_tui.tui.glyphs import Sign
from booking_tui.tui.history_words import entry_words
from booking_tui.tui.lamp_words import LAMP
from booking_tui.tui.status import minutes_age
from booking_tui.tui.text import fit, person, plain, styled
from booking_tui.tui.views.today_agenda import Scene
from booking_tui.tui.views.today_words import about_words, clock, in_words, minutes_of, place_words, who_words
from booking_tui.tui.widgets.line_list import Line

if TYPE_CHECKING:
    from booking_tui.services.queries import BookingDetail, DayLoad, Month, Need

FULL_DAY_MIN = 8 * 60
LABEL_CELLS = 10
LABEL_MOST = 18
AGE_CELLS = 7
WIDE_FEED = 60
WEEKDAY_ENOUGH = 6
"""So many days back a weekday says which day is meant."""
HIDDEN = "hidden; H shows it"


# -- next up


def countdown(row: BookingRow, now: datetime) -> str:
    """Give what the big digits show, hours and minutes until the start; nothing from a day ahead on."""
    ahead = row.start - now
    if ahead <= timedelta() or ahead >= timedelta(days=1):
        return ""
    minutes = int(-(-ahead.total_seconds() // 60))
    return f"{minutes // 60}:{minutes % 60:02d}"


def next_title(row: BookingRow | None, scene: Scene) -> str:
    """Give the pane's title."""
    if row is None:
        return "Next up"
    if row.start <= scene.now:
        return "Now" if row.end > scene.now else "Next up"
    return f"Next up · {in_words(row.start - scene.now)}"


def next_head(row: BookingRow, scene: Scene, width: int) -> tuple[Content, str | None]:
    """Give three lines beside the digits: who, what, when; and the place where these cells have no room for it."""
    start, end = clock(row.start, scene.zone), clock(row.end, scene.zone)
    day = row.start.astimezone(scene.zone).date()
    today = scene.now.astimezone(scene.zone).date()
    when = f"{start} – {end}" if day == today else f"{day_word(day, today)}  {start} – {end}"
    where = place_words(row.location, row.meeting_url, privacy=scene.look.privacy)
    about = about_words(row, privacy=scene.look.privacy)
    what = f"{about} {scene.signs.dot} {minutes_of(row)} min" if about else f"{minutes_of(row)} min"
    both = f"{when} {scene.signs.dot} {where}" if where else when
    fits = cell_len(both) <= width
    who = who_words(row, privacy=scene.look.privacy)
    name = f"{who} {scene.signs.dot} test" if row.test else who
    lines = (styled(name, "bold"), plain(what), styled(both if fits else when, "$text-muted"))
    return Content("\n").join(lines), None if fits else where


def next_notes(detail: BookingDetail | None, scene: Scene, width: int, rows: int, place: str | None = None) -> Content:
    """Give what the guest wrote and answered, as far as it fits; ``place`` had no room above."""
    if detail is None:
        return plain("")
    where = [("Where", place)] if place else []
    return Content("\n").join(_facts([*where, *_said(detail, scene)][:rows], width))


def _said(detail: BookingDetail, scene: Scene) -> Iterator[tuple[str, str]]:
    booking = detail.booking
    if booking.notes:
        yield "Notes", HIDDEN if scene.look.privacy else booking.notes
    known = {booking.notes, *(text for guest in booking.attendees for text in (guest.name, guest.email, guest.phone))}
    for answer in booking.answers:
        if answer.value and answer.value not in known:
            yield answer.label or answer.slug, HIDDEN if scene.look.privacy else answer.value
    if detail.private_note:
        yield "Yours", HIDDEN if scene.look.privacy else detail.private_note
    if len(detail.chain) > 1:
        yield "Origin", f"moved {_times(len(detail.chain) - 1)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _facts(pairs: Sequence[tuple[str, str]], width: int) -> list[Content]:
    """Draw labels and values in two columns."""
    labels = min(LABEL_MOST, width // 3, max([LABEL_CELLS, *(cell_len(label) + 1 for label, _ in pairs)]))
    return [
        Content.assemble(fit(label, labels - 1, "$text-muted"), " ", plain(value, max(4, width - labels)))
        for label, value in pairs
    ]


# -- needs you


def need_key(need: Need) -> str:
    """Give what tells one need from another, also after newer ones came."""
    return f"{need.kind}:{need.target_kind}:{need.target_id}"


def need_text(need: Need, scene: Scene) -> str:
    """Say a need with its cause first: that is what tells it from the others where the line is cut."""
    what, colon, cause = need.text.partition(": ")
    if colon and need.kind in {"refused", "parked"}:
        return f"{cause} {scene.signs.dot} {what}"
    if colon and need.kind == "mail":
        who = f"{person(need.who, privacy=scene.look.privacy)}, " if need.who else ""
        return f"{cause.removeprefix('the ')}: {who}{what}"
    return _whose(need, scene)


def _whose(need: Need, scene: Scene) -> str:
    """Say a need with whose it is; "Ada waits for your yes" is a sentence, of the rest the name is a heading."""
    who = person(need.who, privacy=scene.look.privacy) if need.who else ""
    mark = "" if need.kind == "waiting" else ":"
    return f"{who}{mark} {need.text}" if who else need.text


def need_line(need: Need, scene: Scene) -> Line:
    """Draw one need: sign, who and what, age on the right."""
    signs = scene.signs
    sign = Sign(signs.waiting, "$text-warning") if need.kind == "waiting" else Sign(signs.warn, "$text-warning")
    if need.kind == LAMP:
        sign = Sign(signs.fail, "$text-error")
    elif need.kind in {"refused", "parked"}:
        sign = Sign(signs.fail if need.kind == "refused" else signs.warn, "$text-error")
    words = need_text(need, scene)

    def draw(width: int) -> Content:
        age = minutes_age(need.at, scene.now)
        return Content.assemble(
            styled(f"{sign.glyph} ", sign.style),
            fit(words, max(4, width - 2 - AGE_CELLS)),
            fit(age, AGE_CELLS, "$text-muted", right=True),
        )

    return Line(need_key(need), draw)


def quiet_line(text: str) -> Line:
    """Draw a muted line that is only there to be read."""
    return Line(None, lambda width: styled(text, "$text-muted", width))


def need_words(need: Need, scene: Scene) -> Content:
    """Say one need in full."""
    when = need.at.astimezone(scene.zone)
    return Content("\n").join(
        [
            plain(_whose(need, scene)),
            styled(f"since {day_word(when.date())} {when:%H:%M}, {minutes_age(need.at, scene.now)}", "$text-muted"),
        ]
    )


# -- how full it is


def load_words(week: Sequence[DayLoad], month: Month, scene: Scene, width: int) -> Content:
    """Draw the week's load as a bar under each day, and the last thirty days in a line."""
    signs = scene.signs
    column = max(5, min(9, (width - LABEL_CELLS) // 7))
    bar = column - 2
    full = max([FULL_DAY_MIN, *(load.minutes for load in week)])
    today = scene.now.astimezone(scene.zone).date()
    names = [fit("Week", LABEL_CELLS, "$text-muted")]
    bars = [fit(f"{sum(load.minutes for load in week) / 60:.1f} h", LABEL_CELLS, "$text-muted")]
    for load in week:
        filled = max(1, round(bar * load.minutes / full)) if load.minutes else 0
        names.append(fit(f"{weekday(load.day)}", column, "bold $text-primary" if load.day == today else "$text-muted"))
        bars.append(styled(signs.full * filled, "$text-primary" if load.day >= today else "$text-muted"))
        bars.append(styled(signs.empty * (bar - filled) + " " * (column - bar), "$text-disabled"))
    last = Content.assemble(fit("30 days", LABEL_CELLS, "$text-muted"), month_words(month))
    lines = (Content.assemble(*names), Content.assemble(*bars), last)
    return Content("\n").join([line.truncate(width) for line in lines])


def month_words(month: Month) -> Content:
    """Say what became of the last thirty days."""
    if month.kept_share is None:
        return styled("nothing ended yet", "$text-muted")
    share = f"{month.kept} of {month.total} kept = {month.kept_share:.0%}"
    return Content.assemble(
        plain(share), styled(f"    no-shows {month.no_shows}    cancelled {month.cancelled}", "$text-muted")
    )


# -- selected

_PLANS = frozenset({"emails_planned", "emails_dropped"})
"""What is going to be sent follows from the booking; the booking's own page tells it."""


def selected_title(booking: Booking, scene: Scene) -> str:
    """Give the title of the pane about the selected booking."""
    if booking.start is None or booking.end is None:
        return "Selected"
    who = booking.attendees[0].name or booking.attendees[0].email if booking.attendees else booking.title
    local = booking.start.astimezone(scene.zone)
    start, end = clock(booking.start, scene.zone), clock(booking.end, scene.zone)
    name = person(who, privacy=scene.look.privacy)
    name = f"{scene.signs.test} test {scene.signs.dot} {name}" if booking.test else name
    about = booking.event_title or (HIDDEN if scene.look.privacy else booking.title)
    return f"{name} · {about} · {day_word(local.date())} {start} – {end}"


def selected_words(detail: BookingDetail, scene: Scene, width: int, rows: int) -> Content:
    """Say the most of a booking in a few lines."""
    pairs = [*_about(detail, scene)]
    names = [text for guest in detail.booking.attendees for text in (guest.name, guest.email)]
    history = [
        f"{moment_words(entry.at, scene)} {entry_words(entry, scene.zone.key, names, privacy=scene.look.privacy)}"
        for entry in [each for each in detail.history if each.action not in _PLANS][:3]
    ]
    said = [*_said(detail, scene)]
    room = max(0, rows - len(pairs) - (1 if history else 0))
    pairs += said[:room]
    if history:
        pairs.append(("History", f" {scene.signs.dot} ".join(history)))
    return Content("\n").join(_facts(pairs[:rows], width))


def moment_words(instant: datetime, scene: Scene) -> str:
    """Write a past moment: the weekday alone stands only for the last days, so that it cannot mean another week."""
    day, today = instant.astimezone(scene.zone).date(), scene.now.astimezone(scene.zone).date()
    near = timedelta() <= today - day <= timedelta(days=WEEKDAY_ENOUGH)
    return f"{weekday(day) if near else day_word(day, today)} {clock(instant, scene.zone)}"


def _about(detail: BookingDetail, scene: Scene) -> Iterator[tuple[str, str]]:
    booking = detail.booking
    guest = booking.attendees[0] if booking.attendees else None
    if guest is not None:
        bits = [person(guest.email, privacy=scene.look.privacy), guest.zone or "", ""]
        if guest.phone and not scene.look.privacy:
            bits[2] = guest.phone
        if guest.zone and guest.zone != scene.zone.key and booking.start is not None:
            bits[1] = f"{guest.zone}{_their_time(booking.start, guest.zone)}"
        yield "Guest", f" {scene.signs.dot} ".join(bit for bit in bits if bit)
    where = booking.meeting_url or booking.location
    if where:
        yield "Where", HIDDEN if scene.look.privacy else where


def _their_time(start: datetime, zone: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return f" ({start.astimezone(ZoneInfo(zone)):%H:%M} there)"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
