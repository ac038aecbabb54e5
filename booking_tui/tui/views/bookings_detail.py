"""What the panes of the Bookings view say about one booking, as lines of text for a width."""

from __future__ import annotations

from datetime import date

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.history import HistoryEntry
from booking_tui.services.queries import BookingDetail
from booking_tui.tui.dates import day_word
from booking_tui.tui.history_words import entry_words
from booking_tui.tui.standing import standing_of
from booking_tui.tui.text import person
from booking_tui.tui.views.bookings_words import HIDDEN, city, email_said, payment_said, span_said, zone_of
from booking_tui.tui.views.eye import Eye
from booking_tui.tui.views.today_words import place_words
from booking_tui.tui.widgets.flow import BLANK, Piece, TextLine, field, flowed
from booking_tui.tui.widgets.lines_view import Build

COLUMN = 12
_CALLING_OFF = frozenset({"cancelled", "rejected", "reschedule_requested"})


def title_of(detail: BookingDetail, eye: Eye) -> str:
    """Name a booking for the frame of its pane."""
    booking = detail.booking
    first = booking.attendees[0] if booking.attendees else None
    who = person(first.name or first.email, privacy=eye.look.privacy) if first else "nobody"
    kind = booking.event_title or booking.event_type
    return f"{who} · {kind}" if kind else who


def detail_lines(detail: BookingDetail, eye: Eye, *, draft: bool = False) -> Build:
    """Say everything about one booking; ``draft`` says that a note was typed and not saved."""

    def build(width: int) -> list[TextLine]:
        return [
            *_when(detail.booking, eye, width),
            *_where(detail.booking, eye, width),
            *_guests(detail.booking, eye, width),
            *_state(detail, eye, width),
            *_money_and_trouble(detail.booking, eye, width),
            *_texts(detail, eye, width, draft=draft),
        ]

    return build


def _when(booking: Booking, eye: Eye, width: int) -> list[TextLine]:
    pieces = (Piece(span_said(booking, eye.zone, eye.now), "strong"), Piece(f"  {city(eye.zone)}", "muted"))
    lines = field("When", pieces, width, column=COLUMN)
    first = booking.attendees[0] if booking.attendees else None
    theirs = zone_of((first.zone if first else None) or booking.zone, eye.zone)
    if theirs.key != eye.zone.key:
        words = (Piece(span_said(booking, theirs, eye.now)), Piece(f"  {city(theirs)}", "muted"))
        lines += field("Their clock", words, width, column=COLUMN)
    return lines


def _where(booking: Booking, eye: Eye, width: int) -> list[TextLine]:
    place = place_words(booking.location, booking.meeting_url)
    link = booking.meeting_url or ""
    if eye.look.privacy and place not in {"online", "phone", ""}:
        place = HIDDEN
    words = [Piece(place or "not said")]
    if place == "phone" and booking.location:
        words.append(Piece(f"  {HIDDEN if eye.look.privacy else booking.location}", "muted"))
    lines = field("Where", words, width, column=COLUMN)
    if link:
        lines += field("", HIDDEN, width, column=COLUMN) if eye.look.privacy else _link(link, width)
    return lines


def _guests(booking: Booking, eye: Eye, width: int) -> list[TextLine]:
    if not booking.attendees:
        return field("Guest", "nobody is named", width, column=COLUMN, tone="muted")
    lines: list[TextLine] = []
    for number, guest in enumerate(booking.attendees):
        lines += field("Guest" if number == 0 else "", _guest(guest, eye), width, column=COLUMN)
        if guest.phone:
            lines += field("", HIDDEN if eye.look.privacy else guest.phone, width, column=COLUMN, tone="muted")
    if booking.seats is not None:
        lines += field("Group", f"{len(booking.attendees)} of {booking.seats} places taken", width, column=COLUMN)
    return lines


def _guest(guest: Attendee, eye: Eye) -> tuple[Piece, ...]:
    pieces = [Piece(person(guest.name or guest.email, privacy=eye.look.privacy), "strong")]
    if guest.email:
        pieces.append(Piece(f"  {email_said(guest.email, eye.look)}"))
    if guest.absent:
        pieces.append(Piece(f"  {eye.signs.fail} did not come", "warn"))
    return tuple(pieces)


def _state(detail: BookingDetail, eye: Eye, width: int) -> list[TextLine]:
    booking = detail.booking
    standing = standing_of(booking, eye.now)
    pieces = [Piece(standing.said(eye.signs), standing.tone)]
    if off := next((entry.at for entry in detail.history if _calls_off(entry, booking)), None):
        local = off.astimezone(eye.zone)
        pieces.append(Piece(f"  {day_word(local.date(), eye.now.astimezone(eye.zone).date())} {local:%H:%M}", "muted"))
    if booking.test:
        pieces.append(Piece("  made by a test", "accent"))
    if booking.recurring:
        pieces.append(Piece("  part of a series", "muted"))
    if booking.cancellation_reason:
        reason = HIDDEN if eye.look.privacy else booking.cancellation_reason
        pieces.append(Piece(f"  “{reason}”"))
    lines = field("State", pieces, width, column=COLUMN)
    lines += field("Uid", booking.uid, width, column=COLUMN, tone="muted")
    if len(detail.chain) > 1:
        lines += _chain(detail, eye, width)
    return lines


def _calls_off(entry: HistoryEntry, booking: Booking) -> bool:
    off = booking.status in {BookingStatus.CANCELLED, BookingStatus.REJECTED}
    return off and entry.booking_uid == booking.uid and entry.action in _CALLING_OFF


def _chain(detail: BookingDetail, eye: Eye, width: int) -> list[TextLine]:
    """List the versions of a booking that was moved; Enter goes to one of them."""
    lines: list[TextLine] = []
    for number, version in enumerate(detail.chain, start=1):
        here = version.uid == detail.booking.uid
        pieces = (
            Piece(f"v{number} ", "accent" if here else "muted"),
            Piece(_start(version, eye), "plain" if here else "muted"),
            Piece("  this one" if here else f"  {standing_of(version, eye.now).said(eye.signs)}", "muted"),
        )
        target = "" if here else f"booking:{version.uid}"
        lines += field("Versions" if number == 1 else "", pieces, width, column=COLUMN, target=target)
    return lines


def _start(booking: Booking, eye: Eye) -> str:
    if booking.start is None:
        return "not known yet"
    local = booking.start.astimezone(eye.zone)
    return f"{day_word(local.date(), eye.now.astimezone(eye.zone).date())} {local:%H:%M}"


def _money_and_trouble(booking: Booking, eye: Eye, width: int) -> list[TextLine]:
    lines: list[TextLine] = []
    if payment := payment_said(booking):
        lines += field("Payment", payment, width, column=COLUMN)
    if booking.failed_apps:
        apps = ", ".join(booking.failed_apps)
        words = f"{eye.signs.warn} Cal.com could not serve {apps}: no event or link was made there"
        lines += field("Trouble", words, width, column=COLUMN, tone="warn")
    if booking.needs_reread:
        words = (
            f"{eye.signs.warn} what Cal.com sent does not fit together or is not all here, so time or state may be "
            "wrong: compare it with Cal.com"
        )
        lines += field("In doubt", words, width, column=COLUMN, tone="warn")
        lines += _at_calcom(booking, eye, width)
    elif booking.status is BookingStatus.PENDING:
        lines += field("Answer", "waits for your yes or no: answer at Cal.com", width, column=COLUMN, tone="warn")
        lines += _at_calcom(booking, eye, width)
    if booking.reschedule_requested:
        lines += field("Asked", "the guest was asked to pick another time", width, column=COLUMN)
    for recording in booking.recordings:
        lines += field("Recorded", recording.kind, width, column=COLUMN)
    return lines


def _at_calcom(booking: Booking, eye: Eye, width: int) -> list[TextLine]:
    """Give the way to the booking's page."""
    if booking.booking_page is None:
        return field("", "no page of it is known; Cal.com lists it under Bookings", width, column=COLUMN, tone="muted")
    lines = field("", "o opens its page", width, column=COLUMN, tone="muted")
    return lines if eye.look.privacy else lines + _link(booking.booking_page, width)


def _link(url: str, width: int) -> list[TextLine]:
    """Put an address on a line of its own: at the margin where it would not fit beside the labels."""
    column = COLUMN if len(url) <= width - COLUMN else 0
    return flowed((Piece(" " * column), Piece(url, "name")), width, column)


def _texts(detail: BookingDetail, eye: Eye, width: int, *, draft: bool) -> list[TextLine]:
    booking, hide = detail.booking, eye.look.privacy
    lines: list[TextLine] = []
    known = {_digits(guest.phone) for guest in booking.attendees if guest.phone}
    known |= {guest.email.casefold() for guest in booking.attendees if guest.email}
    answers = [each for each in booking.answers if not {each.value.casefold(), _digits(each.value)} & known]
    for number, answer in enumerate(answers):
        question = Piece(f"{answer.label or answer.slug}  ", "muted")
        value = Piece(HIDDEN if hide else answer.value)
        lines += field("Answers" if number == 0 else "", (question, value), width, column=COLUMN)
    if booking.notes:
        lines += field("Wrote", HIDDEN if hide else booking.notes, width, column=COLUMN)
    lines.append(BLANK)
    if detail.private_note:
        note = HIDDEN if hide else detail.private_note
        lines += field(f"{eye.signs.note} Note", note, width, column=COLUMN, tone="accent")
    elif not draft:
        words = (Piece("none; e writes one, it stays on this machine", "muted"),)
        lines += field(f"{eye.signs.note} Note", words, width, column=COLUMN)
    if draft:
        words = (Piece("a draft is kept, not saved yet; e goes on with it", "warn"),)
        lines += field("" if detail.private_note else f"{eye.signs.note} Note", words, width, column=COLUMN)
    return lines


def _digits(text: str) -> str:
    """Give the digits of a phone number, by which two spellings of it are the same; other text gives itself."""
    bare = "".join(letter for letter in text if letter not in " -()/.")
    return bare if bare.lstrip("+").isdigit() else text


def history_lines(detail: BookingDetail, eye: Eye) -> Build:
    """Draw the timeline over all versions, newest first; Enter or p on an entry goes to the request behind it."""
    names = [text for each in detail.chain for guest in each.attendees for text in (guest.name, guest.email)]
    tests = {each.uid for each in (detail.booking, *detail.chain) if each.test}

    def build(width: int) -> list[TextLine]:
        lines: list[TextLine] = []
        day: date | None = None
        for entry in detail.history:
            local = entry.at.astimezone(eye.zone)
            if local.date() != day:
                day = local.date()
                lines.append(TextLine((Piece(day_word(day, eye.now.astimezone(eye.zone).date()), "muted"),)))
            words = entry_words(entry, eye.zone.key, names, privacy=eye.look.privacy)
            by = "test" if entry.booking_uid in tests and entry.actor != "you" else entry.actor
            lines += _entry(entry, (f"{local:%H:%M}", by, words), eye, width)
        return lines or flowed((Piece("nothing was recorded yet", "muted"),), width)

    return build


def _entry(entry: HistoryEntry, said: tuple[str, str, str], eye: Eye, width: int) -> list[TextLine]:
    time, actor, words = said
    mine = entry.actor == "you"
    dot = Piece(f" {eye.signs.ok if mine else eye.signs.idle} ", "accent" if mine else "name")
    erased = not entry.changes and entry.action == "note_changed"
    words = f"{words}; what it said was erased" if erased else words
    pieces = (Piece(f"  {time}", "muted"), dot, Piece(f"{actor:<8}", "muted"), Piece(words))
    return flowed(pieces, width, 18, f"entry:{entry.seq}")
