"""The table of scenarios: name, story, title, and what it is about, chapter by chapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from booking_tui.sandbox import mishaps, stories
from booking_tui.sandbox.stage import Stage

Play = Callable[[Stage], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One entry of the catalogue; `on_booking` says that it can also play on a booking that exists."""

    name: str
    title: str
    about: str
    group: str
    play: Play
    on_booking: bool = False


_CHAPTERS: Mapping[str, tuple[tuple[str, Play, str, str], ...]] = {
    "bookings": (
        ("booking-created", stories.booking_created, "A booking", "A guest books a session that stands at once."),
        (
            "booking-requested",
            stories.booking_requested,
            "A request",
            "A guest asks for a first talk; it waits for your yes or no.",
        ),
        (
            "request-confirmed",
            stories.request_confirmed,
            "A request, confirmed",
            "A request comes in and you say yes: the same uid, now accepted.",
        ),
        (
            "request-rejected",
            stories.request_rejected,
            "A request, declined",
            "A request comes in and you decline it with a reason.",
        ),
        (
            "booking-rescheduled",
            stories.booking_rescheduled,
            "A move",
            "A guest moves a session: a new uid, linked to the old one.",
        ),
        ("moved-twice", stories.moved_twice, "Two moves", "A guest moves a session and then moves it again."),
        (
            "reschedule-requested",
            stories.reschedule_requested,
            "A move that waits",
            "A guest wants another time for something that needs your yes.",
        ),
        ("booking-cancelled", stories.booking_cancelled, "A cancellation", "A guest cancels a session and says why."),
        (
            "host-asks-reschedule",
            stories.host_asks_reschedule,
            "You ask for another time",
            "You cancel a session and ask the guest to choose again.",
        ),
    ),
    "groups": (
        (
            "seat-joined",
            stories.seat_joined,
            "A seat taken",
            "A second person joins a group: the same uid, only the newcomer named.",
        ),
        (
            "seat-left",
            stories.seat_left,
            "A seat given up",
            "One of three leaves a group: it says cancelled, but the group goes on.",
        ),
        (
            "series-created",
            stories.series_created,
            "A series",
            "A guest books four weeks: four bookings, four webhooks.",
        ),
        (
            "series-cancelled",
            stories.series_cancelled,
            "A series ended",
            "A guest cancels a whole series: one webhook for four bookings.",
        ),
    ),
    "money": (
        (
            "payment-initiated",
            stories.payment_initiated,
            "A payment begun",
            "A guest starts to pay; the webhook says accepted, but nothing is paid.",
        ),
        ("booking-paid", stories.booking_paid, "A payment made", "A guest pays, and the booking stands."),
    ),
    "meetings": (
        ("no-show-set", stories.no_show_set, "A no-show", "A guest did not come, and is marked."),
        (
            "no-show-cleared",
            stories.no_show_cleared,
            "A no-show taken back",
            "A guest is marked as absent, and then comes after all.",
        ),
        (
            "location-updated",
            stories.location_updated,
            "Another place",
            "A session takes place elsewhere, under the same uid.",
        ),
        (
            "meeting-started",
            stories.meeting_started,
            "A meeting begins",
            "The flat webhook without an envelope that a timer sends at the start.",
        ),
        (
            "meeting-ended",
            stories.meeting_ended,
            "A meeting ends",
            "The flat webhook without an envelope that a timer sends at the end.",
        ),
        (
            "meeting-ended-wrapped",
            stories.meeting_ended_wrapped,
            "A meeting ends, wrapped",
            "The same in an envelope, as newer servers send it.",
        ),
        (
            "recording-ready",
            stories.recording_ready,
            "A recording",
            "The recording of a call can be fetched; the link is a secret.",
        ),
    ),
    "other": (
        ("out-of-office", stories.out_of_office, "Days off", "You enter two days out of office in Cal.com."),
        ("ping", stories.ping, "The test button", "What the test button in Cal.com's webhook settings sends."),
        (
            "unknown-trigger",
            mishaps.unknown_trigger,
            "An unknown trigger",
            "Something a newer Cal.com might send; it is accepted and ignored.",
        ),
        (
            "version-2026-07-27",
            stories.with_calendar_file,
            "With calendar files",
            "Book, move, cancel in the payload version that carries calendar texts.",
        ),
    ),
    "signature": (
        (
            "bad-signature",
            mishaps.bad_signature,
            "A wrong signature",
            "Signed with a secret nobody knows; it is refused.",
        ),
        (
            "no-secret",
            mishaps.no_secret,
            "A webhook without secret",
            "The header says that no secret was set; it is refused.",
        ),
        (
            "missing-signature",
            mishaps.missing_signature,
            "No signature",
            "The header is missing altogether; it is refused.",
        ),
        (
            "old-secret",
            mishaps.old_secret,
            "The old secret",
            "A forgotten second webhook still signs with the secret before this one.",
        ),
        (
            "reserialised-body",
            mishaps.reserialised_body,
            "Changed on the way",
            "Something on the way pretty-printed the body, so the signature fails.",
        ),
        (
            "truncated-body",
            mishaps.truncated_body,
            "Cut off on the way",
            "The last third of the body is lost, so the signature fails.",
        ),
    ),
    "order": (
        ("repeated", mishaps.repeated, "The same twice", "One delivery arrives twice; only one has an effect."),
        ("late", mishaps.late, "Two days late", "A booking and its cancellation, both from two days ago."),
        ("out-of-order", mishaps.out_of_order, "The wrong order", "A move arrives before the booking that it moves."),
    ),
    "body": (
        (
            "broken-template",
            mishaps.broken_template,
            "A broken template",
            "A quote in a name breaks a custom template: the body is the word false.",
        ),
        ("not-json", mishaps.not_json, "Not JSON", "A custom template that is plain text, correctly signed."),
        ("deep-json", mishaps.deep_json, "Too deep", "Twenty thousand arrays inside each other, correctly signed."),
    ),
    "text": (
        (
            "hostile-name",
            mishaps.hostile_name,
            "A hostile name",
            "A name with terminal codes, markup, right-to-left tricks or worse.",
        ),
        ("emoji-name", mishaps.emoji_name, "A wide name", "A name of emoji, of another script, or of stacked marks."),
        (
            "long-text",
            mishaps.long_text,
            "A very long text",
            "A name of a hundred letters and a note of four hundred lines.",
        ),
    ),
}
_ON_BOOKING = frozenset(
    {
        "request-confirmed",
        "request-rejected",
        "booking-rescheduled",
        "moved-twice",
        "reschedule-requested",
        "booking-cancelled",
        "host-asks-reschedule",
        "no-show-set",
        "no-show-cleared",
        "location-updated",
        "meeting-started",
        "meeting-ended",
        "meeting-ended-wrapped",
        "recording-ready",
        "version-2026-07-27",
    }
)

GROUPS = tuple(_CHAPTERS)
"""The catalogue's chapters, in order."""

SCENARIOS: Mapping[str, Scenario] = {
    name: Scenario(name, title, about, group, play, name in _ON_BOOKING)
    for group, rows in _CHAPTERS.items()
    for name, play, title, about in rows
}
"""Every scenario by name, in the catalogue's order."""
