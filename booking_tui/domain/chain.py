"""What is derived from several bookings together: the links of a chain, the doubts about a series."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from booking_tui.domain.booking import Attendee, Booking, BookingStatus
from booking_tui.domain.history import Plain
from booking_tui.domain.registers import STAMP_WIDTH, Draft, person_key

STANDING = frozenset({BookingStatus.PENDING, BookingStatus.ACCEPTED})


def gather_people(draft: Draft, corrected: Callable[[str, str], str]) -> None:
    """Set the attendees from the registers: all who joined a group booking, else the latest list.

    ``corrected`` gives the right address for the one that events brought with a name: the registers keep what the
    events said.

    A meeting's own list is not a group booking's: each event of a group speaks of one newcomer only.
    """
    people = {key: value for key, _, value in draft.kept_under("seat:") if isinstance(value, list)}
    if draft.booking.seats is None:
        listed = draft.kept("list")
        keys = [str(key) for key in (listed if isinstance(listed, list) else [])]
        keys = [key for key in dict.fromkeys(keys) if key in people]
    else:
        keys = sorted(people, key=lambda key: (draft.memory.get(f"first:{key}", ""), key))
    attendees = tuple(_person(draft, key, people[key], corrected) for key in keys)
    draft.put(attendees=attendees, zone=attendees[0].zone if attendees else None)


def _person(draft: Draft, key: str, kept: list[Plain], corrected: Callable[[str, str], str]) -> Attendee:
    name, email, zone, phone, locale = (None if value is None else str(value) for value in kept)
    absent = draft.kept(f"absent:{key}") is True
    right = corrected(email, name or "") if email else ""
    return Attendee(name or "", right, zone, phone, locale, absent=absent)


def relink(group: Sequence[Draft]) -> None:
    """Set the links and the effective status of all bookings that share an iCalendar UID.

    A link that an event named holds for ever. Where none was named, a booking that opened with a raised sequence
    number follows the one with the greatest number below; this is worked out anew whenever one of them changes, so
    that a middle one may come late.
    """
    origins = {draft.uid: _named_origin(draft) for draft in group}
    inferred = {draft.uid: _predecessor(draft, group) for draft in group if origins[draft.uid] is None}
    for draft in group:
        followers = sorted(uid for uid, origin in inferred.items() if origin == draft.uid)
        successor = _named_successor(draft) or next(iter(followers), None)
        status = BookingStatus(draft.status) if draft.status else BookingStatus.PENDING
        draft.put(
            rescheduled_from=origins[draft.uid] or inferred.get(draft.uid),
            rescheduled_to=successor,
            status=BookingStatus.RESCHEDULED if successor else status,
        )


def _named_origin(draft: Draft) -> str | None:
    origin = draft.kept("origin")
    return origin if isinstance(origin, str) else None


def _named_successor(draft: Draft) -> str | None:
    named = [(stamp, uid) for uid, stamp, _ in draft.kept_under("to:")]
    return max(named)[1] if named else None


def _predecessor(draft: Draft, group: Sequence[Draft]) -> str | None:
    if not draft.opened or not _infers(draft):
        return None
    opened = draft.opened
    earlier = [(other.opened, other.uid) for other in group if other.opened is not None and _infers(other)]
    earlier = [(number, uid) for number, uid in earlier if number < opened]
    nearest = [uid for number, uid in earlier if number == max(earlier)[0]]
    return nearest[0] if len(nearest) == 1 else None


def _infers(draft: Draft) -> bool:
    booking = draft.booking
    return booking.ical_uid is not None and booking.seats is None and not booking.recurring


def doubt(draft: Draft, series: Sequence[Draft] = ()) -> None:
    """Set whether the booking wants reading again.

    Cal.com cancels all later occurrences of a series with a single event: those that start after a cancelled one
    and still stand here are in doubt, until something newer than that cancellation says otherwise.
    """
    if draft.booking.status not in STANDING:
        draft.put(needs_reread=False)
        return
    own = draft.memory.get("reread")
    voices: list[tuple[str, bool]] = [(own[:STAMP_WIDTH], bool(draft.kept("reread")))] if own else []
    voices += [(other.memory["cancelled"], True) for other in series if _ends_before(other, draft)]
    draft.put(needs_reread=max(voices)[1] if voices else False)


def weighs(booking: Booking | None) -> bool:
    """Whether a booking may cast doubt on other occurrences of its series."""
    return booking is not None and booking.recurring and booking.status is BookingStatus.CANCELLED


def _ends_before(other: Draft, draft: Draft) -> bool:
    if other.booking.status is not BookingStatus.CANCELLED or "cancelled" not in other.memory:
        return False
    theirs, ours = other.booking.start, draft.booking.start
    return theirs is not None and ours is not None and theirs < ours


def series_key(booking: Booking | None) -> tuple[int, str] | None:
    """Give what the occurrences of one series share (event type, booker's address); None outside a series."""
    if booking is None or not booking.recurring or booking.event_type_id is None or not booking.attendees:
        return None
    return booking.event_type_id, person_key(booking.attendees[0])
