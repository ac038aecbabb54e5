"""Short words for people: the same on screens, in tables and in emails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_tui.domain.booking import BookingStatus
from booking_tui.domain.history import UNREADABLE, Changes, HistoryEntry, Plain
from booking_tui.domain.instants import from_text
from booking_tui.domain.mail_sentences import mail_sentence

_STATUS: Mapping[str, str] = {
    BookingStatus.PENDING: "waiting",
    BookingStatus.ACCEPTED: "confirmed",
    BookingStatus.REJECTED: "declined",
    BookingStatus.CANCELLED: "cancelled",
    BookingStatus.RESCHEDULED: "moved",
}
_TRIGGERS: Mapping[str, str] = {
    "BOOKING_CREATED": "booking created",
    "BOOKING_REQUESTED": "booking requested",
    "BOOKING_REJECTED": "booking declined",
    "BOOKING_RESCHEDULED": "booking moved",
    "BOOKING_CANCELLED": "booking cancelled",
    "BOOKING_PAYMENT_INITIATED": "payment started",
    "BOOKING_PAID": "payment received",
    "BOOKING_NO_SHOW_UPDATED": "no-show marked",
    "BOOKING_LOCATION_UPDATED": "place changed",
    "BOOKING_REASSIGNED": "host changed",
    "MEETING_STARTED": "meeting started",
    "MEETING_ENDED": "meeting ended",
    "RECORDING_READY": "recording ready",
    "RECORDING_TRANSCRIPTION_GENERATED": "transcript ready",
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW": "host missed the call",
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW": "guest missed the call",
    "OOO_CREATED": "out of office",
    "PING": "test ping",
}
_FIELDS: Mapping[str, str] = {
    "event_type": "event type",
    "event_title": "kind of meeting",
    "zone": "guest's time zone",
    "attendees": "guests",
    "location": "place",
    "meeting_url": "meeting link",
    "notes": "guest's notes",
    "private_note": "private note",
    "answers": "answers",
    "cancellation_reason": "reason",
    "rescheduled_from": "moved from",
    "rescheduled_to": "moved to",
    "organizer_email": "host",
    "failed_apps": "failed apps",
    "needs_reread": "wants reading again",
    "recurring": "series",
    "test": "made by a test",
}
_PLAIN_ACTIONS: Mapping[str, str] = {
    "confirmed": "confirmed",
    "rejected": "declined",
    "cancelled": "cancelled",
    "reschedule_requested": "cancelled, and the guest was asked to pick another time",
    "meeting_started": "the meeting started",
    "meeting_ended": "the meeting ended",
    "needs_reread": "in doubt: wants reading again at Cal.com",
}


def status_word(status: str) -> str:
    """Give a status in a person's word: accepted is ``confirmed``, pending ``waiting``, rescheduled ``moved``."""
    return _STATUS.get(status, status)


def trigger_words(trigger: str | None) -> str:
    """Give a trigger in words; an unknown one in its own, lower case."""
    if not trigger:
        return "no trigger"
    return _TRIGGERS.get(trigger, trigger.replace("_", " ").lower())


def field_word(field: str) -> str:
    """Give a booking's field in words."""
    return _FIELDS.get(field, field.replace("_", " "))


def history_sentence(entry: HistoryEntry, zone: str) -> str:
    """Say in one plain sentence, without markup, what an entry records; times are shown in ``zone``.

    The text holds what strangers typed: it must be made safe like any other before it is shown.
    """
    if UNREADABLE in entry.changes:
        action = entry.action.replace("_", " ")
        return f"{action}: what it says is damaged; {_new(entry.changes, UNREADABLE)}"
    words = _BY_ACTION.get(entry.action)
    if words is not None:
        return words(entry.changes, zone)
    if (about_mail := mail_sentence(entry.action, entry.changes, lambda at: instant_words(at, zone))) is not None:
        return about_mail
    base = _PLAIN_ACTIONS.get(entry.action, entry.action.replace("_", " "))
    reason = _new(entry.changes, "cancellation_reason")
    return f"{base}: {reason}" if isinstance(reason, str) and reason else base


def instant_words(text: Plain, zone: str) -> str:
    """Give an instant's text as ``Thu 4 Mar 11:00`` in a zone; UTC, and saying so, when the zone is unknown."""
    try:
        instant = from_text(text) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        instant = None
    if instant is None:
        return "an unknown time"
    try:
        return _day_and_time(instant.astimezone(ZoneInfo(zone)))
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return f"{_day_and_time(instant)} UTC"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day_and_time(local: datetime) -> str:
    # Not strftime: its names follow the machine's locale, and blanks for zeros differ by system.
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local:%H:%M}"


def _old(changes: Changes, field: str) -> Plain:
    return changes[field][0] if field in changes else None


def _new(changes: Changes, field: str) -> Plain:
    return changes[field][1] if field in changes else None


def _names(people: Plain) -> str:
    listed = people if isinstance(people, list) else []
    return ", ".join(str(person).partition(" <")[0] for person in listed)


def _added(changes: Changes, field: str) -> str:
    old, new = _old(changes, field), _new(changes, field)
    known = old if isinstance(old, list) else []
    return _names([item for item in new if item not in known] if isinstance(new, list) else [])


def _removed(changes: Changes, field: str) -> str:
    return _added({field: (_new(changes, field), _old(changes, field))}, field)


def _opened(word: str) -> Callable[[Changes, str], str]:
    def words(changes: Changes, zone: str) -> str:
        start = _new(changes, "start")
        if _old(changes, "start") is not None:
            return f"asked to move from {instant_words(_old(changes, 'start'), zone)} to {instant_words(start, zone)}"
        return f"{word} for {instant_words(start, zone)}" if start is not None else word

    return words


def _moved(changes: Changes, zone: str) -> str:
    old, new = _old(changes, "start"), _new(changes, "start")
    if new is None:
        return "moved"
    since = f"from {instant_words(old, zone)} " if old is not None else ""
    return f"moved {since}to {instant_words(new, zone)}"


def _seat(verb: str, pick: Callable[[Changes, str], str]) -> Callable[[Changes, str], str]:
    def words(changes: Changes, _zone: str) -> str:
        reason = _new(changes, "cancellation_reason")
        tail = f": {reason}" if isinstance(reason, str) and reason else ""
        return f"{pick(changes, 'attendees') or 'a guest'} {verb} the group{tail}"

    return words


def _paid(verb: str) -> Callable[[Changes, str], str]:
    def words(changes: Changes, _zone: str) -> str:
        payment = _new(changes, "payment")
        return " ".join(part for part in ("payment", money_words(payment), verb) if part)

    return words


# Currencies whose smallest unit is not a hundredth (ISO 4217).
_NO_DECIMALS = frozenset(
    {
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    }
)
_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def money_words(payment: Plain) -> str:
    """Give the amount of a payment, such as ``10.00 USD``; empty when it is not known."""
    if not isinstance(payment, dict) or not isinstance(payment.get("amount_minor"), int):
        return ""
    minor, currency = int(str(payment["amount_minor"])), str(payment.get("currency") or "")
    places = 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    amount = f"{minor // 10**places}.{minor % 10**places:0{places}d}" if places else str(minor)
    return f"{amount} {currency}".strip()


def _absent(changes: Changes, _zone: str) -> str:
    return f"{_added(changes, 'no_shows') or 'the guest'} did not come"


def _came(changes: Changes, _zone: str) -> str:
    return f"{_removed(changes, 'no_shows') or 'the guest'} came after all"


def _placed(changes: Changes, _zone: str) -> str:
    place = _new(changes, "location") or _new(changes, "meeting_url")
    return f"place changed to {place}" if place else "the meeting link was taken away"


def _recorded(changes: Changes, _zone: str) -> str:
    added = _added(changes, "recordings").split(", ")
    words = [word for word, kind in (("recording", "recording"), ("transcript", "transcript_")) if _any(added, kind)]
    return f"{' and '.join(words) or 'recording'} ready"


def _any(kinds: list[str], start: str) -> bool:
    return any(kind.startswith(start) for kind in kinds)


def _missed(changes: Changes, _zone: str) -> str:
    return f"the {_new(changes, 'missed_by') or 'guest'} did not join the video call"


def _away(changes: Changes, zone: str) -> str:
    span = f"from {instant_words(_new(changes, 'start'), zone)} to {instant_words(_new(changes, 'end'), zone)}"
    return f"out of office {span}: {_new(changes, 'summary')}"


def _noted(changes: Changes, _zone: str) -> str:
    old, new = _old(changes, "private_note"), _new(changes, "private_note")
    if "private_note" not in changes or (old and new):
        return "private note changed"
    return "private note written" if new else "private note removed"


def _details(changes: Changes, _zone: str) -> str:
    if not changes:
        return "details changed"
    return f"{', '.join(field_word(field) for field in changes)} changed"


_BY_ACTION: Mapping[str, Callable[[Changes, str], str]] = {
    "created": _opened("booked"),
    "requested": _opened("asked"),
    "moved": _moved,
    "seat_joined": _seat("joined", _added),
    "seat_left": _seat("left", _removed),
    "payment_started": _paid("started"),
    "paid": _paid("received"),
    "no_show_set": _absent,
    "no_show_cleared": _came,
    "location_changed": _placed,
    "recording_ready": _recorded,
    "video_no_show": _missed,
    "out_of_office": _away,
    "details_changed": _details,
    "note_changed": _noted,
}
