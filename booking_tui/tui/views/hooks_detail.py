"""What the panes of the Hooks view say about one request, as lines of text for a width."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.webhook import EventState, Verdict
from booking_tui.domain.words import history_sentence, status_word
from booking_tui.tui.context import Look
from booking_tui.tui.dates import day_word
from booking_tui.tui.glyphs import Glyphs, glyphs
from booking_tui.tui.text import person
from booking_tui.tui.views.hooks_outcome import replay_helps
from booking_tui.tui.views.hooks_reading import HIDDEN_HEADERS, Comparison, EventReading, without_people
from booking_tui.tui.views.hooks_words import moment_said, short_hex, verdict_said
from booking_tui.tui.views.today_words import clock
from booking_tui.tui.widgets.flow import BLANK, Piece, TextLine, field, flowed
from booking_tui.tui.widgets.json_diff import diff_lines, differences
from booking_tui.tui.widgets.json_text import JsonValue, json_lines

Build = Callable[[int], Sequence[TextLine]]


@dataclass(frozen=True)
class Eye:
    """Who looks: when, from which zone, and with which look."""

    now: datetime
    zone: ZoneInfo
    look: Look

    @property
    def signs(self) -> Glyphs:
        """The signs of the look."""
        return glyphs(self.look)


_CONTROLS = re.compile(rb"\\\\(?:u00(?:0[0-8b-f]|1[0-9a-f]|7f|[89][0-9a-f])|b)", re.IGNORECASE)
"""Escapes in JSON source that stand for control characters, line breaks and tabs aside."""
_BECAME = {
    EventState.PROCESSED: "applied",
    EventState.IGNORED: "authentic, but nothing in it is for us",
    EventState.STORED: "durable, and will be applied in a moment",
    EventState.PARKED: "authentic, but cannot be applied now",
    EventState.QUARANTINED: "kept here, and without any effect",
    EventState.DUPLICATE: "came before, so it was not applied again",
}


def headline(reading: EventReading, eye: Eye) -> Piece:
    """Say the verdict in one short sentence."""
    event = reading.event
    said = verdict_said(event, eye.signs)
    if event.state is EventState.DUPLICATE:
        words = "Seen before, not applied twice"
    elif event.verdict is Verdict.INVALID:
        words = "Signature does not match"
    elif event.verdict is Verdict.MISSING:
        words = "No signature"
    elif event.state is EventState.PARKED:
        words = "Authentic, but parked"
    elif event.state is EventState.STORED:
        words = "Authentic, applied in a moment"
    elif event.verdict is Verdict.UNSIGNED_ALLOWED:
        words = "Admitted without a signature"
    elif event.verdict is Verdict.PULLED:
        words = "Read from the sender, not received"
    elif event.state is EventState.IGNORED:
        words = "Authentic, and not for us"
    else:
        words = "Signed and applied"
    return Piece(f"{said.glyph} {words}", said.tone if said.tone != "muted" else "strong")


def why_lines(reading: EventReading, eye: Eye, *, brief: bool = False) -> Build:
    """Say why a request stands where it stands, and what helps; what helps comes first where there is little room."""
    event = reading.event
    refused = event.verdict in {Verdict.INVALID, Verdict.MISSING}

    def build(width: int) -> list[TextLine]:
        lines = flowed((headline(reading, eye),), width, 2)
        if refused:
            advice, proof = _advice(reading, width), _proof(reading, width)
            lines += advice + proof if brief else proof + advice
        else:
            became = _became(reading)
            lines += field("Became", became, width)
        if event.error:
            lines += field("Because", event.error, width)
        if event.state is EventState.PARKED and replay_helps(event.error):
            lines += field("Do", "r replays it once the cause is gone", width)
        if reading.booking is not None:
            lines += field("Booking", booking_words(reading, eye), width, target=f"booking:{reading.booking.uid}")
        return lines + field("From", _origin(reading), width, tone="muted")

    return build


def _advice(reading: EventReading, width: int) -> list[TextLine]:
    """Give the likely cause of a refusal, and what to do."""
    why = reading.why
    if why is None:
        return []
    return field("Likely", _sentence(why.likely), width) + field("Do", _sentence(why.do), width)


def _proof(reading: EventReading, width: int) -> list[TextLine]:
    """Give the signature as it came and as it should have been."""
    event, why = reading.event, reading.why
    got = why.got if why is not None else None
    lines = field("got", (Piece(short_hex(got) if got else "no signature header", "bad"),), width)
    wanted = why.expected if why is not None else ()
    if not wanted:
        lines += field("want", "no secret is set here", width, tone="warn")
    for secret_id, expected in wanted:
        lines += field("want", (Piece(short_hex(expected), "good"), Piece(f"  by secret {secret_id}", "muted")), width)
    size = f"{event.body_bytes:,} bytes, hashed as received"
    if event.body_bytes > len(event.body):
        size += f"; the first {len(event.body):,} are kept"
    return lines + field("body", size, width, tone="muted")


def _became(reading: EventReading) -> tuple[Piece, ...]:
    event = reading.event
    pieces = [Piece(_BECAME[event.state])]
    if event.state is EventState.PROCESSED:
        count = len(reading.effects)
        pieces = [Piece("applied, "), Piece("no change" if not count else f"{count} change{'s' if count > 1 else ''}")]
    if event.duplicate_of:
        pieces.append(Piece(f" (the first: {event.duplicate_of[-8:]})", "muted"))
    if event.replay_of:
        pieces.append(Piece(f" · a replay of {event.replay_of[-8:]}", "accent"))
    if event.test:
        pieces.append(Piece(" · a test", "accent"))
    return tuple(pieces)


def _origin(reading: EventReading) -> str:
    event = reading.event
    secret = f" · secret {event.secret_id}" if event.secret_id else ""
    return f"{event.peer or 'unknown'}{secret} · {event.body_bytes:,} bytes · id {event.id[-8:]}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


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
            shown = "•••" if name.lower() in HIDDEN_HEADERS else value
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
            lines += [BLANK, *flowed((Piece(f"{eye.signs.enter} goes to the booking", "muted"),), width)]
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
