"""The stories that bookings live: made, asked for, moved, cancelled, paid, kept or missed."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking_tui.sandbox.calcom import wire_more
from booking_tui.sandbox.calcom.model import VIDEO_LOCATION
from booking_tui.sandbox.calcom.signing import VERSION_WITH_ICS
from booking_tui.sandbox.people import (
    ASK_AGAIN_TEXTS,
    CANCEL_REASONS,
    DECLINE_REASONS,
    FIRST_TALK,
    GROUP,
    MOVE_REASONS,
    ONLINE,
    OTHER_ROOM,
    ROOM,
    SUPERVISION,
    THERAPY,
)
from booking_tui.sandbox.stage import Stage

_DAYS_AGO = timedelta(days=4)


def booking_created(stage: Stage) -> None:
    """Play: a guest books a session that stands at once."""
    stage.created(stage.random.choice((THERAPY, ONLINE)), ago=timedelta(milliseconds=400))


def booking_requested(stage: Stage) -> None:
    """Play: a guest asks for a first talk; it waits for your yes or no."""
    stage.created(FIRST_TALK, ago=timedelta(milliseconds=400))


def request_confirmed(stage: Stage) -> None:
    """Play: a request comes in and you say yes: the same uid, now accepted."""
    booking = stage.created(FIRST_TALK)
    stage.say(stage.account.confirm(booking.uid), "you say yes")


def request_rejected(stage: Stage) -> None:
    """Play: a request comes in and you decline it with a reason."""
    booking = stage.created(FIRST_TALK)
    stage.say(stage.account.reject(booking.uid, stage.random.choice(DECLINE_REASONS)), "you decline")


def booking_rescheduled(stage: Stage) -> None:
    """Play: a guest moves a session: a new uid, linked to the old one."""
    booking = stage.created()
    reason = stage.random.choice(MOVE_REASONS)
    moved = stage.account.reschedule(booking.uid, stage.time_ahead(12), reason=reason, by=booking.booker.email)
    stage.say(moved, f"{booking.booker.name} moves it")


def moved_twice(stage: Stage) -> None:
    """Play: a guest moves a session and then moves it again."""
    booking = stage.created()
    first = stage.account.reschedule(booking.uid, stage.time_ahead(12), reason=MOVE_REASONS[0])
    stage.say(first, f"{booking.booker.name} moves it")
    second = stage.account.reschedule(first.booking.uid, stage.time_ahead(19), reason=MOVE_REASONS[1])
    stage.say(second, f"{booking.booker.name} moves it again")


def reschedule_requested(stage: Stage) -> None:
    """Play: a guest wants another time for something that needs your yes."""
    booking = stage.created(FIRST_TALK)
    if booking.status == "PENDING":
        stage.say(stage.account.confirm(booking.uid), "you say yes")
    moved = stage.account.reschedule(booking.uid, stage.time_ahead(12), by=booking.booker.email)
    stage.say(moved, f"{booking.booker.name} asks for another time")


def booking_cancelled(stage: Stage) -> None:
    """Play: a guest cancels a session and says why."""
    booking = stage.created()
    deed = stage.account.cancel(booking.uid, stage.random.choice(CANCEL_REASONS), by=booking.booker.email)
    stage.say(deed, f"{booking.booker.name} cancels")


def host_asks_reschedule(stage: Stage) -> None:
    """Play: you cancel a session and ask the guest to choose again."""
    booking = stage.created()
    deed = stage.account.ask_to_reschedule(booking.uid, stage.random.choice(ASK_AGAIN_TEXTS))
    stage.say(deed, "you ask for another time")


def seat_joined(stage: Stage) -> None:
    """Play: a second person joins a group: the same uid, only the newcomer named."""
    booking = stage.created(GROUP)
    newcomer = stage.person()
    stage.say(stage.account.book(GROUP, booking.start, newcomer), f"{newcomer.name} joins the group")


def seat_left(stage: Stage) -> None:
    """Play: one of three leaves a group: it says cancelled, but the group goes on."""
    booking = stage.created(GROUP)
    for _ in range(2):
        newcomer = stage.person()
        stage.say(stage.account.book(GROUP, booking.start, newcomer), f"{newcomer.name} joins the group")
    leaver = booking.booker
    deed = stage.account.leave_seat(booking.uid, leaver.email, "I cannot come this week.")
    stage.say(deed, f"{leaver.name} leaves the group; it goes on")


def series_created(stage: Stage) -> None:
    """Play: a guest books four weeks: four bookings, four webhooks."""
    guest = stage.person()
    stage.say(stage.account.book_series(THERAPY, stage.time_ahead(), guest, count=4), f"{guest.name} books four weeks")


def series_cancelled(stage: Stage) -> None:
    """Play: a guest cancels a whole series: one webhook for four bookings."""
    guest = stage.person()
    stage.rewind(timedelta(seconds=40))
    deed = stage.account.book_series(THERAPY, stage.time_ahead(), guest, count=4)
    stage.say(deed, f"{guest.name} books four weeks")
    stage.rewind(timedelta(milliseconds=400))
    ended = stage.account.cancel_series(deed.booking.uid, "I am moving to another town.", all_remaining=True)
    stage.say(ended, "cancels all of them: one webhook, the other three go silently")


def payment_initiated(stage: Stage) -> None:
    """Play: a guest starts to pay; the webhook says accepted, but nothing is paid."""
    guest = stage.person()
    stage.say(stage.account.book(SUPERVISION, stage.time_ahead(), guest), f"{guest.name} starts to pay")


def booking_paid(stage: Stage) -> None:
    """Play: a guest pays, and the booking stands."""
    guest = stage.person()
    stage.rewind(timedelta(seconds=40))
    deed = stage.account.book(SUPERVISION, stage.time_ahead(), guest)
    stage.say(deed, f"{guest.name} starts to pay")
    stage.rewind(timedelta(milliseconds=400))
    stage.say(stage.account.pay(deed.booking.uid), f"{guest.name} has paid")


def no_show_set(stage: Stage) -> None:
    """Play: a guest did not come, and is marked."""
    booking = stage.created(start=_twenty_minutes_ago(stage), ago=_DAYS_AGO)
    deed = stage.account.mark_absent(booking.uid, booking.booker.email)
    stage.say(deed, f"{booking.booker.name} did not come")


def no_show_cleared(stage: Stage) -> None:
    """Play: a guest is marked as absent, and then comes after all."""
    booking = stage.created(start=_twenty_minutes_ago(stage), ago=_DAYS_AGO)
    email = booking.booker.email
    stage.say(stage.account.mark_absent(booking.uid, email), f"{booking.booker.name} did not come")
    stage.say(stage.account.mark_absent(booking.uid, email, absent=False), "and came after all")


def location_updated(stage: Stage) -> None:
    """Play: a session takes place elsewhere, under the same uid."""
    booking = stage.created()
    place = next(place for place in (VIDEO_LOCATION, OTHER_ROOM, ROOM) if place != booking.location)
    stage.say(stage.account.move_place(booking.uid, place), "it takes place elsewhere")


def meeting_started(stage: Stage) -> None:
    """Play: the flat webhook without an envelope that a timer sends at the start."""
    booking = stage.created(ONLINE, start=stage.now.replace(second=0, microsecond=0), ago=_DAYS_AGO)
    stage.say(wire_more.meeting("MEETING_STARTED", booking), "it begins")


def meeting_ended(stage: Stage) -> None:
    """Play: the flat webhook without an envelope that a timer sends at the end."""
    booking = stage.created(ONLINE, start=_just_over(stage), ago=_DAYS_AGO)
    stage.say(wire_more.meeting("MEETING_ENDED", booking), "it is over")


def meeting_ended_wrapped(stage: Stage) -> None:
    """Play: the same in an envelope, as newer servers send it."""
    booking = stage.created(ONLINE, start=_just_over(stage), ago=_DAYS_AGO)
    stage.say(wire_more.meeting("MEETING_ENDED", booking, wrapped_at=stage.clock()), "it is over, told in an envelope")


def recording_ready(stage: Stage) -> None:
    """Play: the recording of a call can be fetched; the link is a secret."""
    booking = stage.created(ONLINE, start=_just_over(stage), ago=_DAYS_AGO)
    stage.say(wire_more.recording_ready(booking, stage.account.token(), stage.clock()), "its recording can be fetched")


def _twenty_minutes_ago(stage: Stage) -> datetime:
    return stage.now.replace(second=0, microsecond=0) - timedelta(minutes=20)


def _just_over(stage: Stage) -> datetime:
    return stage.now.replace(second=0, microsecond=0) - ONLINE.length


def out_of_office(stage: Stage) -> None:
    """Play: you enter two days out of office in Cal.com."""
    start = stage.time_ahead(14).replace(hour=0)
    end = start + timedelta(days=2, seconds=-1)
    host = stage.account.host
    entry = stage.random.randrange(1000, 9999)
    stage.say(
        wire_more.out_of_office(host, entry, start, end, notes="Training in family therapy", at=stage.clock()),
        "you are away for two days",
    )


def ping(stage: Stage) -> None:
    """Play: what the test button in Cal.com's webhook settings sends."""
    stage.say(wire_more.ping(stage.clock()), "the test button in Cal.com's settings")


def with_calendar_file(stage: Stage) -> None:
    """Play: book, move, cancel in the payload version that carries calendar texts."""
    stage.version = VERSION_WITH_ICS
    booking = stage.created()
    moved = stage.account.reschedule(booking.uid, stage.time_ahead(12))
    stage.say(moved, f"{booking.booker.name} moves it")
    stage.say(stage.account.cancel(moved.booking.uid, CANCEL_REASONS[0]), f"{booking.booker.name} cancels")
