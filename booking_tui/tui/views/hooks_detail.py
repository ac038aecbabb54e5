"""What the panes of the Hooks view say about one request, as lines of text for a width."""

from __future__ import annotations

import re

from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.webhook import EventState, is_private_header
from booking_tui.domain.words import history_sentence, status_word
from booking_tui.tui.dates import day_word
from booking_tui.tui.text import person
from booking_tui.tui.views.eye import Eye
from booking_tui.tui.views.hooks_reading import Comparison, EventReading, without_people
from booking_tui.tui.views.hooks_words import moment_said
from booking_tui.tui.views.today_words import clock
from booking_tui.tui.widgets.flow import BLANK, Piece, TextLine, field, flowed
from booking_tui.tui.widgets.json_diff import diff_lines, differences
from booking_tui.tui.widgets.json_text import JsonValue, json_lines
from booking_tui.tui.widgets.lines_view import Build

_CONTROLS = re.compile(rb"\\\\(?:u00(?:0[0-8b-f]|1[0-9a-f]|7f|[89][0-9a-f])|b)", re.IGNORECASE)
"""Escapes in JSON source that stand for control characters, line breaks and tabs aside."""


def booking_words(reading: EventReading, eye: Eye) -> tuple[Piece, ...]:
    """Name the booking that a request is about: who, when, how it stands."""
    booking = reading.booking
    if booking is None:
        return ()
    first = booking.attendees[0] if booking.attendees else None
    who = person(first.name or first.email, privacy=eye.look.privacy) if first else "nobody"
    pieces = [Piece(who, "strong")]
    if booking.start is not None:
        local = booking.start.astimezone(eye.zone)
        pieces.append(Piece(f" · {day_word(local.date(), eye.now.date())} {clock(booking.start, eye.zone)}"))
    return (*pieces, Piece(f" · {status_word(booking.status)}", "muted"))


def body_lines(reading: EventReading, eye: Eye) -> Build:
    """Draw the body as JSON, or as the text it is."""
    if reading.not_json is not None:
        return raw_lines(reading, eye, f"this is no JSON: {reading.not_json}")
    value = shown_value(reading.value, eye)
    controls = _CONTROLS.search(reading.body) is not None

    def build(width: int) -> list[TextLine]:
        lines = json_lines(value, width)
        if controls:
            note = f"{eye.signs.warn} a text in it holds control characters; they are shown, never sent to the terminal"
            lines += [BLANK, *flowed((Piece(note, "warn"),), width, 2)]
        return lines

    return build


def shown_value(value: JsonValue, eye: Eye) -> JsonValue:
    """Give the document as the look wants it."""
    return without_people(value) if eye.look.privacy else value


def raw_lines(reading: EventReading, eye: Eye, problem: str = "") -> Build:
    """Draw the bytes as received: text as text, anything else as bytes."""

    def build(width: int) -> list[TextLine]:
        head = [Piece(f"{reading.event.body_bytes:,} bytes as received, secrets blotted out", "muted")]
        lines = flowed(head, width)
        if problem:
            lines += flowed((Piece(f"{eye.signs.warn} {problem}", "warn"),), width, 2)
        lines.append(BLANK)
        if eye.look.privacy:
            return [*lines, *flowed((Piece("hidden while names are hidden; H shows them", "muted"),), width)]
        try:
            text = reading.body.decode()
        except UnicodeDecodeError:
            return lines + _hex_lines(reading.body, width)
        for part in text.split("\n"):
            lines += flowed((Piece(part),), width)
        return lines or [BLANK]

    return build


def _hex_lines(body: bytes, width: int) -> list[TextLine]:
    """Draw bytes as hexadecimal with what is printable beside it."""
    per_line = max(4, (width - 8) // 4)
    lines: list[TextLine] = []
    for start in range(0, min(len(body), 4096), per_line):
        chunk = body[start : start + per_line]
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in chunk)
        numbers = (Piece(f"{start:04x}  ", "muted"), Piece(chunk.hex(" ").ljust(per_line * 3)))
        lines.append(TextLine((*numbers, Piece(shown, "muted"))))
    return lines


def header_lines(reading: EventReading) -> Build:
    """Draw the headers in their order; what opens doors is blotted out."""

    def build(width: int) -> list[TextLine]:
        lines: list[TextLine] = []
        for name, value in reading.event.headers:
            shown = "•••" if is_private_header(name) else value
            lines += flowed((Piece(f"{name}: ", "name"), Piece(shown)), width, 4)
        return lines or flowed((Piece("no headers were kept", "muted"),), width)

    return build


def diff_text(comparison: Comparison | None, eye: Eye) -> Build:
    """Draw what differs between two requests."""

    def build(width: int) -> list[TextLine]:
        if comparison is None or comparison.older is None:
            return flowed(
                (Piece("Nothing to compare with. Mark two requests with space to set them side by side.", "muted"),),
                width,
            )
        head = [
            Piece(moment_said(comparison.older.received_at, eye.now, eye.zone), "strong"),
            Piece(f" {eye.signs.moved} ", "muted"),
            Piece(moment_said(comparison.newer.received_at, eye.now, eye.zone), "strong"),
            Piece(f"  {comparison.relation}", "muted"),
        ]
        lines = flowed(head, width)
        if comparison.problem:
            return [*lines, BLANK, *flowed((Piece(f"Not compared: {comparison.problem}", "warn"),), width)]
        found = list(differences(shown_value(comparison.old_value, eye), shown_value(comparison.new_value, eye)))
        if not found:
            return [*lines, BLANK, *flowed((Piece("No difference: the same JSON.", "muted"),), width)]
        lines += flowed((Piece(f"{len(found)} place{'s differ' if len(found) != 1 else ' differs'}", "muted"),), width)
        return [*lines, BLANK, *diff_lines(found, width)]

    return build


def effect_lines(reading: EventReading, eye: Eye) -> Build:
    """Draw what a request changed; Enter on it goes to the booking."""
    booking = reading.booking

    def build(width: int) -> list[TextLine]:
        lines: list[TextLine] = []
        if booking is not None:
            lines += field("Booking", booking_words(reading, eye), width, target=f"booking:{booking.uid}")
            lines.append(BLANK)
        for entry in reading.effects:
            target = f"booking:{entry.booking_uid}" if entry.booking_uid else ""
            lines += field(entry.actor, change_words(entry, eye), width, target=target)
        if not reading.effects:
            lines += flowed((Piece(_no_effect(reading), "muted"),), width)
        if booking is not None:
            lines += [BLANK, *flowed((Piece(f"{eye.signs.enter} in this pane goes to the booking", "muted"),), width)]
        return lines

    return build


def change_words(entry: HistoryEntry, eye: Eye) -> str:
    """Say what an entry records; without the texts in it while names are hidden."""
    if eye.look.privacy:
        return entry.action.replace("_", " ")
    return history_sentence(entry, eye.zone.key)


def _no_effect(reading: EventReading) -> str:
    return {
        EventState.PROCESSED: "Nothing changed: all that it says was known already.",
        EventState.DUPLICATE: "Nothing: the first delivery had the effect.",
        EventState.QUARANTINED: "Nothing: what is refused never has an effect. r replays it once the secret is right.",
    }.get(reading.event.state, "Nothing so far.")
