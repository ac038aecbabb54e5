"""The agenda's lines: bookings, busy stretches and free gaps in the order of the day, with a line for now."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from textual.content import Content

from booking_tui.domain.booking import BookingStatus
from booking_tui.domain.rows import BookingRow, BusyRow
from booking_tui.tui.context import Look
from booking_tui.tui.dates import day_word
from booking_tui.tui.glyphs import Glyphs, glyphs
from booking_tui.tui.text import cut, fit, person, plain, styled
from booking_tui.tui.views.today_words import (
    OFF,
    about_words,
    clock,
    minutes_of,
    place_words,
    span_words,
    state_sign,
    state_words,
    who_words,
)
from booking_tui.tui.way_in_words import is_local
from booking_tui.tui.widgets.line_list import Line

if TYPE_CHECKING:
    from booking_tui.services.queries import Agenda

SHORTEST_GAP_MIN = 15
NEXT_DAY_ROWS = 3
WRAP_CELLS = 66


class Scene(NamedTuple):
    """What drawing needs to know besides the rows."""

    now: datetime
    zone: ZoneInfo
    look: Look
    secret_set: bool = True
    """Whether a webhook secret is set, without which nothing can come in."""

    @property
    def signs(self) -> Glyphs:
        """The signs of the present look."""
        return glyphs(self.look)


class Stretch(NamedTuple):
    """A taken stretch of the day: a booking or something busy."""

    start: datetime
    end: datetime
    row: BookingRow | BusyRow


def stretches(agenda: Agenda) -> list[Stretch]:
    """Give what is on the day, by start, and what was on it until it was cancelled."""
    cancelled = [row for row in agenda.cancelled if row.status is BookingStatus.CANCELLED]
    found = [Stretch(row.start, row.end, row) for row in (*agenda.rows, *cancelled)]
    found += [Stretch(row.start, row.end, row) for row in agenda.busy]
    return sorted(found, key=lambda stretch: (stretch.start, stretch.end))


def counted_words(agenda: Agenda) -> list[str]:
    """Say how many bookings are sure, how many want an answer first, and how many a test made."""
    own = [row for row in agenda.rows if not row.test]
    booked = sum(row.status is BookingStatus.ACCEPTED for row in own)
    asked, tests = len(own) - booked, len(agenda.rows) - len(own)
    words = [f"{booked} booked"] if booked else []
    words += [f"{asked} want{'s' if asked == 1 else ''} your yes"] if asked else []
    words += ["1 test" if tests == 1 else f"{tests} tests"] if tests else []
    return words


def free_minutes(taken: Sequence[Stretch]) -> int:
    """Add up the gaps between the first and the last appointment."""
    return sum(minutes for _, minutes in _gaps(taken))


def _gaps(taken: Sequence[Stretch]) -> list[tuple[datetime, int]]:
    """Give (start, minutes) of each gap that is long enough to matter."""
    held = [one for one in taken if not (isinstance(one.row, BookingRow) and one.row.status in OFF)]
    gaps: list[tuple[datetime, int]] = []
    until: datetime | None = None
    for stretch in held:
        if until is not None and stretch.start > until:
            minutes = int((stretch.start - until).total_seconds() // 60)
            if minutes >= SHORTEST_GAP_MIN:
                gaps.append((until, minutes))
        until = stretch.end if until is None else max(until, stretch.end)
    return gaps


def title_words(agenda: Agenda, scene: Scene) -> str:
    """Give the pane's title: the day, how much is booked, how much is free between."""
    free = free_minutes(stretches(agenda))
    today = scene.now.astimezone(scene.zone).date()
    counted = counted_words(agenda)
    counted += [f"{span_words(free)} free"] if free else []
    day = f"Agenda · {day_word(agenda.day, today)}"
    return f"{day} · {', '.join(counted)}" if counted else day


def day_lines(agenda: Agenda, scene: Scene) -> list[Line]:
    """Give the lines of the day itself."""
    taken = stretches(agenda)
    marks: list[tuple[datetime, int, Line]] = [(one.start, 1, _stretch_line(one, scene)) for one in taken]
    marks += [(start, 2, _gap_line(start, minutes, scene)) for start, minutes in _gaps(taken)]
    if agenda.day == scene.now.astimezone(scene.zone).date() and taken:
        marks.append((scene.now, 3, Line(None, lambda width: now_rule(scene, width))))
    return [line for _, _, line in sorted(marks, key=lambda mark: (mark[0], mark[1]))]


def next_days_lines(agendas: Sequence[Agenda], scene: Scene) -> list[Line]:
    """Give the beginnings of the days that follow."""
    lines: list[Line] = []
    for agenda in agendas:
        rows = agenda.rows
        if not rows:
            continue
        lines.append(BLANK)
        lines.append(_heading(f"{day_word(agenda.day)} · {', '.join(counted_words(agenda))}"))
        shown = rows[:NEXT_DAY_ROWS]
        lines += [_booking_line(row, scene) for row in shown]
        if len(rows) > len(shown):
            lines.append(_note(f"{'':13}{scene.signs.more} {len(rows) - len(shown)} more"))
    return lines


def now_rule(scene: Scene, width: int) -> Content:
    """Draw the line that says where the day stands."""
    rule = scene.signs.rule
    words = f" {clock(scene.now, scene.zone)} now "
    return styled(rule * 4 + words + rule * max(0, width - 5 - len(words)), "$text-accent")


def _heading(text: str) -> Line:
    return Line(None, lambda width: styled(text, "bold $text-secondary", width))


def _note(text: str) -> Line:
    return Line(None, lambda width: styled(text, "$text-muted", width))


BLANK = Line(None, lambda _: plain(""))


def _gap_line(start: datetime, minutes: int, scene: Scene) -> Line:
    text = f"{clock(start, scene.zone)}         free {span_words(minutes)}"
    return Line(None, lambda width: styled(text, "$text-muted", width))


def _stretch_line(stretch: Stretch, scene: Scene) -> Line:
    if isinstance(stretch.row, BusyRow):
        return _busy_line(stretch.row, scene)
    return _booking_line(stretch.row, scene)


def _busy_line(row: BusyRow, scene: Scene) -> Line:
    minutes = int((row.end - row.start).total_seconds() // 60)
    length = "all day" if minutes >= 60 * 24 else f"{minutes:>3}m"

    def draw(width: int) -> Content:
        head = f"{clock(row.start, scene.zone)}  {length:<6}{scene.signs.busy_block} "
        summary = "busy" if scene.look.privacy else (row.summary or "busy")
        return styled(f"{head}{summary} {scene.signs.dot} {row.source}", "$text-muted", width)

    return Line(None, draw)


def _booking_line(row: BookingRow, scene: Scene) -> Line:
    over = row.end <= scene.now or row.status in OFF

    def draw(width: int) -> Content:
        sign = state_sign(row, scene.now, scene.signs)
        state = state_words(row, scene.now)
        wide = width >= 60
        state_cells = 14 if width >= 46 else 0
        head = (
            f"{clock(row.start, scene.zone)}  {minutes_of(row):>3}m  "
            if width >= 40
            else f"{clock(row.start, scene.zone)} "
        )
        room = width - len(head) - 2 - state_cells - (1 if state_cells else 0)
        who_cells = min(24, max(8, room // 2)) if wide else room
        type_cells = max(0, room - who_cells - 2) if wide else 0
        more = f" +{row.guests - 1}" if row.seats and row.guests > 1 else ""
        who = cut(who_words(row, privacy=scene.look.privacy), who_cells - len(more)) + more
        tone = "$text-muted" if over else ""
        bold = "bold $text-accent" if sign.glyph == scene.signs.ok else tone
        parts = [
            styled(head, tone),
            styled(f"{sign.glyph} ", sign.style),
            fit(who, who_cells, bold),
        ]
        if type_cells:
            place = place_words(row.location, row.meeting_url, privacy=scene.look.privacy)
            words = (about_words(row, privacy=scene.look.privacy), place)
            about = f" {scene.signs.dot} ".join(word for word in words if word)
            parts += [plain("  "), fit(about, type_cells, "$text-muted")]
        if state_cells:
            parts += [plain(" "), fit(state, state_cells, tone if over or not wide else sign.style)]
        return Content.assemble(*parts)

    return Line(row.uid, draw)


def empty_lines(agenda: Agenda, following: BookingRow | None, scene: Scene) -> list[Line]:
    """Say that the day is free and when it goes on; ``following`` is the first booking after that day."""
    today = scene.now.astimezone(scene.zone).date()
    when = "today" if agenda.day == today else f"on {day_word(agenda.day, today)}"
    lines = [BLANK, _note(f"No bookings {when}.")]
    if following is not None:
        there = following.start.astimezone(scene.zone)
        who = person(following.who or following.email, privacy=scene.look.privacy)
        lines.append(_note(f"Next on {day_word(there.date(), today)} at {there:%H:%M}: {who}"))
    return lines


def first_steps_lines(url: str | None, scene: Scene, *, configured: bool) -> list[Line]:
    """Say to somebody brand-new how the first booking gets here."""
    day: date = scene.now.astimezone(scene.zone).date()

    def step(key: str, text: str) -> Line:
        return Line(
            None,
            lambda width: Content.assemble(fit(key, 5, "bold $text-accent"), plain(text)).truncate(
                width, ellipsis=True
            ),
        )

    test = "sends a test event through the whole desk"
    if scene.secret_set:
        steps = [step("4 t", test), step(scene.signs.done, "a secret is set; Cal.com has sent nothing yet")]
    else:
        lacking = "welcome: no webhook secret is set; this makes one"
        first = lacking if configured else "welcome: connect Cal.com in a few steps"
        steps = [step(":", first), step("4 t", "sends a test event, once a secret is set")]
    return [
        BLANK,
        Line(None, lambda width: styled(f"{day_word(day)}, and nothing in the book yet.", "bold $text-primary", width)),
        _note("Your first booking appears here within seconds."),
        BLANK,
        *steps,
        step("q", "then booking-tui demo: a full, invented practice"),
        BLANK,
        *_address_lines(url),
    ]


def _address_lines(url: str | None) -> list[Line]:
    if url is None:
        return [_note("The address for webhooks shows here once the listener is up.")]
    if not is_local(url):
        return [_note("Webhooks go to (y copies it)"), _text(url)]
    return [
        _note("Here it listens at (y copies it)"),
        _text(url),
        _note("Cal.com cannot reach this machine yet: press 4, i and s to set up"),
        _note("the way in, and see it work."),
    ]


def trouble_lines(words: str, scene: Scene) -> list[Line]:
    """Say that nothing can be read, why, and what helps."""
    sign = scene.signs.fail
    return [
        BLANK,
        Line(None, lambda width: styled(f"{sign} The bookings cannot be read.", "bold $text-error", width)),
        *(_text(part) for part in _wrapped(words)),
        BLANK,
        _note("Nothing that came in is lost by this, and nothing was changed."),
        _note("ctrl+r tries again. If it stays: leave with q, see to the disk,"),
        _note("and start again."),
    ]


def _text(text: str) -> Line:
    return Line(None, lambda width: plain(text, width))


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(words, WRAP_CELLS) or [""]
