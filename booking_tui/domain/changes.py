"""Which history entries an event is worth: one for each thing that really changed, none for what did not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.event import BookingEvent, EventKind, Leaving
from booking_tui.domain.history import Change, Changes, Plain
from booking_tui.domain.registers import Draft, key_of, plain

_PLACE = ("location", "meeting_url")
_TOLD = (
    "status",
    "title",
    "event_type",
    "event_title",
    "start",
    "end",
    "zone",
    "attendees",
    *_PLACE,
    "notes",
    "answers",
    "cancellation_reason",
    "reschedule_requested",
    "rescheduled_from",
    "rescheduled_to",
    "organizer_email",
    "seats",
    "recurring",
    "failed_apps",
    "needs_reread",
    "test",
)
_TRANSITION = {
    BookingStatus.PENDING: "requested",
    BookingStatus.ACCEPTED: "confirmed",
    BookingStatus.REJECTED: "rejected",
    BookingStatus.CANCELLED: "cancelled",
}


def label(person: Attendee) -> str:
    """Name someone in a history entry: ``Name <address>``, or what there is of it."""
    if person.name and person.email:
        return f"{person.name} <{person.email}>"
    return person.name or person.email or person.phone or ""


def describe(event: BookingEvent, changed: Iterable[Draft], sheet: Mapping[str, Draft]) -> tuple[Change, ...]:
    """Give the entries for an event, its own booking's first. The sheet holds every booking that was looked at.

    A move is told once, by the new booking; the one it closes stays silent.
    """
    entries: list[Change] = []
    for draft in sorted(changed, key=lambda draft: (draft.uid != event.uid, draft.uid)):
        if draft.uid == event.uid:
            entries += _own(event, draft, sheet)
        elif event.origin is not None and draft.uid == event.origin.uid:
            entries += _left_behind(event, draft)
        else:
            entries += _kin(draft, sheet)
    return tuple(entries)


def _differences(draft: Draft) -> Changes:
    old, new = draft.before or Booking(uid=draft.uid), draft.booking
    differing = [name for name in _TOLD if getattr(old, name) != getattr(new, name)]
    pairs = {name: (_shown(old, name), _shown(new, name)) for name in differing}
    fields = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if _newly_standing(draft):
        fields = {"status": (None, str(draft.booking.status)), **{k: v for k, v in fields.items() if k != "status"}}
    return fields


def _shown(booking: Booking, name: str) -> Plain:
    if name == "attendees":
        return [label(person) for person in booking.attendees]
    if name == "answers":
        # Labels differ by the path an event took; only what was answered counts.
        return {answer.slug: answer.value for answer in booking.answers}
    return plain(getattr(booking, name))


def _newly_standing(draft: Draft) -> bool:
    """Say whether an event vouches for a status for the first time."""
    return draft.status is not None and draft.first_status is None


def _own(event: BookingEvent, draft: Draft, sheet: Mapping[str, Draft]) -> list[Change]:
    fields = _differences(draft)
    entries = _turn(event, draft, fields, sheet)
    entries += _seats(event, draft, fields)
    known = draft.before is not None and not draft.before.is_shell
    place = {name: fields.pop(name) for name in _PLACE if name in fields} if known else {}
    if place:
        entries.append(_entry(draft, "location_changed", place))
    entries += [*_money(draft), *_attendance(draft), *_meeting(event, draft)]
    return entries + _rest(draft, fields, entries, known=known)


def _rest(draft: Draft, fields: Changes, entries: list[Change], *, known: bool) -> list[Change]:
    """Tell what no other entry told; what comes along with a booking's first event goes into that event's entry."""
    if fields and entries and not known:
        entries[0].changes.update({name: pair for name, pair in fields.items() if name not in entries[0].changes})
        return []
    doubt = fields.pop("needs_reread", None)
    if fields:
        return [_entry(draft, "details_changed", fields)]
    if doubt is not None and doubt[1] and not entries:
        return [_entry(draft, "needs_reread", {"needs_reread": doubt})]
    return []


def _turn(event: BookingEvent, draft: Draft, fields: Changes, sheet: Mapping[str, Draft]) -> list[Change]:
    """Tell that the booking became known, climbed to another status, or turned out to follow another one."""
    action = _turn_action(event, draft, fields)
    if action is None:
        return []
    linked = fields.get("rescheduled_from")
    taken = dict(fields)
    fields.clear()
    if draft.booking.seats is not None and not _newly_standing(draft) and "attendees" in taken:
        fields["attendees"] = taken.pop("attendees")
    if _newly_standing(draft):
        # A move may have hinted at the times before; whoever reads of the booking wants them here.
        taken.update({name: (None, _shown(draft.booking, name)) for name in ("start", "end")})
    if linked is not None and linked[0] is None:
        taken.update(_moved_times(draft, sheet))
    return [_entry(draft, action, {name: pair for name, pair in taken.items() if pair[0] != pair[1]})]


def _turn_action(event: BookingEvent, draft: Draft, fields: Changes) -> str | None:
    status = draft.booking.status
    first, linked = _newly_standing(draft), fields.get("rescheduled_from", ("", None))[0] is None
    climbed = "status" in fields and BookingStatus.RESCHEDULED not in fields["status"]
    open_ended = status in {BookingStatus.ACCEPTED, BookingStatus.RESCHEDULED}
    if "reschedule_requested" in fields:
        return "reschedule_requested"
    if linked and (open_ended or not (first or climbed)):
        return "requested" if status is BookingStatus.PENDING else "moved"
    if first and open_ended:
        return _first_words(event, draft)
    if first or climbed:
        return _TRANSITION[status]
    return None


def _first_words(event: BookingEvent, draft: Draft) -> str:
    if event.kind is EventKind.MOVED and not event.seat_moved:
        return "moved"
    return "requested" if draft.status == BookingStatus.PENDING else "created"


def _moved_times(draft: Draft, sheet: Mapping[str, Draft]) -> Changes:
    """Give start and end as the move changed them: from the old booking's times to the new one's."""
    old = sheet.get(draft.booking.rescheduled_from or "")
    if old is None or old.booking.start is None or draft.booking.start is None:
        return {}
    return {
        "start": (plain(old.booking.start), plain(draft.booking.start)),
        "end": (plain(old.booking.end), plain(draft.booking.end)),
    }


def _seats(event: BookingEvent, draft: Draft, fields: Changes) -> list[Change]:
    if draft.booking.seats is None or not _other_people(fields):
        return []
    fields.pop("zone", None)  # the booker's, and told with the people
    theirs = ("attendees", "needs_reread", "notes", "answers")
    taken: Changes = {name: fields.pop(name) for name in theirs if name in fields}
    left = event.leaving is Leaving.SEAT
    if left and event.details.reason:
        taken["cancellation_reason"] = (None, event.details.reason)
    return [_entry(draft, "seat_left" if left else "seat_joined", taken)]


def _other_people(fields: Changes) -> bool:
    old, new = fields.get("attendees", ([], []))
    return isinstance(old, list) and isinstance(new, list) and sorted(map(str, old)) != sorted(map(str, new))


def _money(draft: Draft) -> list[Change]:
    old = draft.before.payment if draft.before else None
    new = draft.booking.payment
    if new is None or new == old:
        return []
    action = "paid" if new.state == "paid" else "payment_started"
    if old is not None and old.state == new.state:
        action = "details_changed"
    return [_entry(draft, action, {"payment": (plain(old), plain(new))})]


def _attendance(draft: Draft) -> list[Change]:
    """Tell marks that were set or cleared, also when the booking itself is not known yet."""
    names = {key_of(person.email): label(person) for person in draft.booking.attendees}
    old, new = draft.first_marks, draft.marks()
    if old == new:
        return []
    before: list[Plain] = [names.get(email, email) for email in sorted(old)]
    after: list[Plain] = [names.get(email, email) for email in sorted(new)]
    return [_entry(draft, "no_show_set" if new - old else "no_show_cleared", {"no_shows": (before, after)})]


def _meeting(event: BookingEvent, draft: Draft) -> list[Change]:
    old, new = draft.before or Booking(uid=draft.uid), draft.booking
    entries = [
        _entry(draft, name, {name: (False, True)})
        for name in ("meeting_started", "meeting_ended")
        if getattr(new, name) and not getattr(old, name)
    ]
    known, kinds = ([recording.kind for recording in booking.recordings] for booking in (old, new))
    if kinds != known:
        entries.append(_entry(draft, "recording_ready", {"recordings": (plain(known), plain(kinds))}))
    if event.missed_by is not None and f"missed:{event.missed_by}" not in dict(old.memory):
        entries.append(_entry(draft, "video_no_show", {"missed_by": (None, event.missed_by)}))
    return entries


def _left_behind(event: BookingEvent, draft: Draft) -> list[Change]:
    """Tell that one seat moved away from a group booking."""
    fields = _differences(draft)
    if not event.seat_moved or "attendees" not in fields:
        return []
    return [_entry(draft, "seat_left", {k: fields[k] for k in ("attendees", "needs_reread") if k in fields})]


def _kin(draft: Draft, sheet: Mapping[str, Draft]) -> list[Change]:
    """Tell what an event about one booking showed about another."""
    fields = _differences(draft)
    if "rescheduled_from" in fields:
        changes: Changes = {"rescheduled_from": fields["rescheduled_from"]}
        if fields["rescheduled_from"][0] is None:
            return [_entry(draft, "moved", {**changes, **_moved_times(draft, sheet)})]
        return [_entry(draft, "details_changed", changes)]
    if "status" in fields and draft.booking.status is not BookingStatus.RESCHEDULED:
        return [_entry(draft, "details_changed", {"status": fields["status"]})]
    doubt = fields.get("needs_reread")
    if doubt is not None and doubt[1]:
        return [_entry(draft, "needs_reread", {"needs_reread": doubt})]
    return []


def _entry(draft: Draft, action: str, changes: Changes) -> Change:
    return Change(draft.uid, "cal.com", action, changes)
