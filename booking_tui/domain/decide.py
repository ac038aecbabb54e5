"""How events change bookings. Pure: the end state depends on the set of events, not on their order or number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from booking_tui.domain.booking import Attendee, Booking, BookingStatus, Payment
from booking_tui.domain.chain import doubt, gather_people, relink, series_key, weighs
from booking_tui.domain.changes import describe
from booking_tui.domain.decision import FOR_GOOD, Decision, World
from booking_tui.domain.event import BookingEvent, Details, EventKind, Leaving, Origin, OutOfOffice
from booking_tui.domain.history import Change, Plain
from booking_tui.domain.registers import Draft, Stamper, join, key_of, leave, person_key, plain

_PAYMENT_RANK = {None: 0, "initiated": 1, "paid": 2}


class _Sheet:
    """The drafts of one decision, laid over the world."""

    def __init__(self, world: World, *, test: bool) -> None:
        self._world = world
        self._test = test
        self.drafts: dict[str, Draft] = {}

    def draft(self, uid: str) -> Draft:
        """Give the draft of a uid, from the world or new."""
        return self._over(uid, self._world.booking(uid))

    def written(self, uid: str) -> Draft:
        """Give the draft of a uid that the event itself writes to.

        A real event begins anew where only tests have written: what they said must not outlive them.
        """
        known = self._world.booking(uid)
        if not self._test and known is not None and known.test and uid not in self.drafts:
            self.drafts[uid] = Draft(uid, None)
        draft = self.draft(uid)
        draft.put(test=self._test)
        return draft

    def _over(self, uid: str, known: Booking | None) -> Draft:
        if uid not in self.drafts:
            self.drafts[uid] = Draft(uid, known)
        return self.drafts[uid]

    def _overlaid(self, known: Iterable[Booking]) -> list[Draft]:
        loaded = [self._over(booking.uid, booking) for booking in known]
        return list({draft.uid: draft for draft in (*loaded, *self.drafts.values())}.values())

    def settle(self) -> None:
        """Work out everything that is derived, for the drafts written to and for their kin."""
        for draft in list(self.drafts.values()):
            gather_people(draft, self._world.corrected)
        for ical_uid in self._ical_uids():
            kin = self._overlaid(self._world.bookings_by_ical_uid(ical_uid))
            for test in (False, True):
                relink([d for d in kin if d.booking.ical_uid == ical_uid and d.booking.test is test])
        for draft in list(self.drafts.values()):
            if draft.booking.ical_uid is None:
                relink([draft])
            doubt(draft)
        for key in self._series_keys():
            # Only a cancelled occurrence casts doubt on others: without one among the drafts, those stay as they are.
            stirred = any(
                weighs(booking) for draft in self.drafts.values() for booking in (draft.before, draft.booking)
            )
            kin = self._overlaid(self._world.bookings_of_series(*key, cancelled_only=not stirred))
            members = [draft for draft in kin if series_key(draft.booking) == key]
            for draft in members:
                doubt(draft, [other for other in members if other.booking.test is draft.booking.test])

    def _ical_uids(self) -> list[str]:
        bookings = [booking for draft in self.drafts.values() for booking in (draft.before, draft.booking) if booking]
        return sorted({booking.ical_uid for booking in bookings if booking.ical_uid})

    def _series_keys(self) -> list[tuple[int, str]]:
        keys = {series_key(booking) for draft in self.drafts.values() for booking in (draft.before, draft.booking)}
        return sorted(key for key in keys if key is not None)


def decide(world: World, event: BookingEvent | OutOfOffice, *, test: bool = False) -> Decision:
    """Say what an event does to the bookings.

    Applying the same events in any order, and any of them repeatedly, ends in the same bookings. ``test`` marks an
    event made for trying: it never changes a booking that is real.
    """
    if isinstance(event, OutOfOffice):
        return _block(world, event, test=test)
    touched = [event.uid] + ([event.origin.uid] if event.origin else [])
    for uid in touched:
        known = world.booking(uid)
        if test and known is not None and not known.test:
            return Decision(
                booking_uid=event.uid,
                trigger=event.trigger,
                parked=f"a test event speaks of the real booking {uid}; tests never change real bookings{FOR_GOOD}",
            )
    sheet = _Sheet(world, test=test)
    _write(sheet, event)
    sheet.settle()
    finished = {uid: draft.finished() for uid, draft in sheet.drafts.items()}
    changed = [uid for uid, draft in sheet.drafts.items() if finished[uid] != draft.before]
    return Decision(
        bookings=tuple(finished[uid] for uid in changed),
        changes=describe(event, [sheet.drafts[uid] for uid in changed], sheet.drafts),
        booking_uid=event.uid,
        trigger=event.trigger,
        at=event.at,
    )


def readdress(world: World, booking: Booking) -> Booking:
    """Give a booking with its guests' addresses as they are corrected now."""
    draft = Draft(booking.uid, booking)
    gather_people(draft, world.corrected)
    return draft.finished()


def as_brought(booking: Booking) -> tuple[Attendee, ...]:
    """Give a booking's guests with the addresses that the events brought."""
    draft = Draft(booking.uid, booking)
    gather_people(draft, lambda email, _: email)
    return draft.booking.attendees


def _block(world: World, event: OutOfOffice, *, test: bool) -> Decision:
    block = event.block
    if test:
        return Decision(trigger=event.trigger, ignored="a test out-of-office entry blocks no time here")
    if world.has_busy_block(block.id):
        return Decision(trigger=event.trigger)
    fields: dict[str, tuple[Plain, Plain]] = {
        "start": (None, plain(block.start)),
        "end": (None, plain(block.end)),
        "summary": (None, block.summary),
    }
    change = Change(None, "cal.com", "out_of_office", fields)
    return Decision(changes=(change,), busy_blocks=(block,), trigger=event.trigger)


def _write(sheet: _Sheet, event: BookingEvent) -> None:
    draft = sheet.written(event.uid)
    stamper = Stamper.of(event.at, event.sequence, weak=event.weak)
    if event.sequence is not None:
        draft.note_sequence(event.sequence)
    details = event.details
    if event.leaving is not Leaving.WHOLE:
        # What one leaver wrote or why they left is not the group's.
        details = replace(details, notes=None, answers=(), reason=None)
    _write_details(draft, stamper, details, whereabouts=event.kind is EventKind.LOCATION_CHANGED)
    _write_status(draft, stamper.by_time(), event)
    _write_people(draft, stamper, event)
    _write_money(draft, stamper, event)
    _write_happenings(draft, event)
    for recording in event.recordings:
        others = tuple(known for known in draft.booking.recordings if known.kind != recording.kind)
        everyone = tuple(sorted((*others, recording), key=lambda known: known.kind))
        draft.write(f"recording:{recording.kind}", stamper.by_time().stamp(recording.url), recordings=everyone)
    if event.origin is not None and event.origin.uid != event.uid:
        _write_origin(sheet.written(event.origin.uid), draft, stamper, event, event.origin)


def _write_details(draft: Draft, stamper: Stamper, details: Details, *, whereabouts: bool) -> None:
    if details.start is not None and details.end is not None:
        times = (details.start, details.end)
        draft.write("times", stamper.stamp(times), start=details.start, end=details.end)
    single: dict[str, object] = {
        "title": details.title,
        "event_title": details.event_title,
        "event_type_id": details.event_type_id,
        "organizer_email": details.organizer_email,
        "location": details.location,
        "notes": details.notes,
        "answers": details.answers or None,
        "cancellation_reason": details.reason,
        "ical_uid": details.ical_uid,
        "seats": details.seats,
        "failed_apps": details.failed_apps,
        "booking_page": details.booking_page,
    }
    for name, value in single.items():
        if value is not None:
            draft.write(name, stamper.stamp(value), **{name: value})
    if details.event_type is not None:
        naming = stamper.weakened() if details.event_type_is_title else stamper
        draft.write("event_type", naming.stamp(details.event_type), event_type=details.event_type)
    # A new place without a link of its own takes the old link away; any other event only ever brings one.
    if details.meeting_url is not None or (whereabouts and details.location is not None):
        draft.write("meeting_url", stamper.stamp(details.meeting_url), meeting_url=details.meeting_url)
    if details.recurring:
        draft.put(recurring=True)


def _write_status(draft: Draft, stamper: Stamper, event: BookingEvent) -> None:
    if event.leaving is not Leaving.WHOLE:
        draft.keep("reread", stamper.stamp(value=True), value=True)
        return
    if event.status is not None:
        draft.raise_status(event.status)
    if event.status is BookingStatus.CANCELLED:
        draft.memory["cancelled"] = max(draft.memory.get("cancelled", ""), stamper.stamp(None))
    if event.reschedule_requested:
        draft.put(reschedule_requested=True)


def _write_people(draft: Draft, stamper: Stamper, event: BookingEvent) -> None:
    people = event.details.attendees
    if event.leaving is Leaving.SEAT:
        for person in people:
            leave(draft, stamper, person_key(person))
    elif event.leaving is Leaving.WHOLE:
        for place, person in enumerate(people):
            join(draft, stamper, person, place)
        if people and event.details.seats is None:
            keys: list[Plain] = [person_key(person) for person in people]
            draft.keep("list", stamper.stamp(keys), keys)
    for email, absent in event.attendance:
        draft.keep(f"absent:{key_of(email)}", stamper.by_time().stamp(absent), absent)


def _write_money(draft: Draft, stamper: Stamper, event: BookingEvent) -> None:
    state = {EventKind.PAYMENT_STARTED: "initiated", EventKind.PAID: "paid"}.get(event.kind)
    if state is None:
        return
    known = draft.booking.payment or Payment(state)
    payment = Payment(
        max(state, known.state, key=lambda s: _PAYMENT_RANK.get(s, 0)), known.amount_minor, known.currency
    )
    draft.put(payment=payment)
    price = (event.money.amount_minor, event.money.currency)
    if price[0] is not None:
        draft.write("price", stamper.stamp(price), payment=Payment(payment.state, *price))


def _write_happenings(draft: Draft, event: BookingEvent) -> None:
    if event.kind is EventKind.MEETING_STARTED:
        draft.put(meeting_started=True)
    elif event.kind is EventKind.MEETING_ENDED:
        draft.put(meeting_ended=True)
    elif event.kind is EventKind.VIDEO_NO_SHOW:
        draft.memory[f"missed:{event.missed_by}"] = "1"


def _write_origin(old: Draft, draft: Draft, stamper: Stamper, event: BookingEvent, origin: Origin) -> None:
    if event.seat_moved:
        for person in event.details.attendees:
            leave(old, stamper, person_key(person))
        old.keep("reread", stamper.by_time().stamp(value=True), value=True)
        return
    draft.keep("origin", stamper.stamp(origin.uid), origin.uid)
    old.keep(f"to:{event.uid}", stamper.stamp(event.uid), None)
    hearsay = stamper.weakened()
    details = event.details
    hints = Details(
        title=details.title,
        event_type=details.event_type,
        event_type_is_title=details.event_type_is_title,
        event_title=details.event_title,
        event_type_id=details.event_type_id,
        start=origin.start,
        end=origin.end,
        organizer_email=details.organizer_email,
    )
    _write_details(old, hearsay, hints, whereabouts=False)
    for place, person in enumerate(details.attendees):
        join(old, hearsay, person, place)
    if details.attendees:
        keys: list[Plain] = [person_key(person) for person in details.attendees]
        old.keep("list", hearsay.stamp(keys), keys)
