"""Why a request stands where it stands: the verdict in words, the proof, and what helps."""

from __future__ import annotations

from booking_tui.domain.webhook import EventState, Verdict
from booking_tui.tui.views.eye import Eye
from booking_tui.tui.views.hooks_detail import booking_words
from booking_tui.tui.views.hooks_outcome import replay_helps
from booking_tui.tui.views.hooks_reading import EventReading
from booking_tui.tui.views.hooks_words import short_hex, verdict_said
from booking_tui.tui.widgets.flow import Piece, TextLine, field, flowed
from booking_tui.tui.widgets.lines_view import Build

_REFUSED = frozenset({Verdict.INVALID, Verdict.MISSING})
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
    elif event.verdict in _REFUSED and event.test:
        words = _test_refused(reading)
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
    refused = event.verdict in _REFUSED

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


def _test_refused(reading: EventReading) -> str:
    """Say why a test of one's own was refused, which is no fault."""
    if reading.why is not None and not reading.why.expected:
        return "This was a test, and no secret is set here"
    if reading.event.verdict is Verdict.INVALID:
        return "This was a test, sent with a wrong signature on purpose"
    return "This was a test, sent without a signature on purpose"


def _advice(reading: EventReading, width: int) -> list[TextLine]:
    """Give the likely cause of a refusal, and what to do."""
    why = reading.why
    if why is None:
        return []
    if reading.event.test:
        if not why.expected:
            return field("Do", "t offers to make a secret, and then sends another", width)
        return field("So", "It was to be refused, and was: there is nothing to mend", width)
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
