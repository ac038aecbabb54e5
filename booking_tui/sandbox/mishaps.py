"""The stories in which something is wrong: with the signature, the order, the body, or the text in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from booking_tui.sandbox import faults
from booking_tui.sandbox.calcom import wire_more
from booking_tui.sandbox.calcom.model import Person
from booking_tui.sandbox.calcom.signing import WireRequest, mis_sign, re_sign, unsign
from booking_tui.sandbox.people import ONLINE, THERAPY
from booking_tui.sandbox.stage import Finish, Stage

_JUST_NOW = timedelta(milliseconds=400)

HOSTILE_NAMES = (
    "Hal \x1b[31m[bold red]Roy[/]\x1b[0m",
    "\x1b]0;owned\x07\x1b[2J\x1b[HMallory",
    "\u202eecila\u202c \u2066Bob\u2069",
    "[/][@click=app.quit]Quit[/] Doe",
    '=HYPERLINK("http://example.com";"x")',
    "Robert'); DROP TABLE booking;--",
    "Line\nbreak\ttab\r\nBcc: all@example.com",
    '<script>alert(1)</script> & "quotes"',
    "nul\x00 bell\x07 del\x7f c1\x9b31m",
    "zero\u200bwidth\u200d\ufeff joined",
)
EMOJI_NAMES = (
    "Zoë 🌻 Ångström",
    "👩‍👩‍👧‍👦 Family Rivera",
    "🇺🇦 Оксана Шевчук",
    "山田 太郎",
    "مريم الخطيب",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘ Smith",
    "👍🏽 Kim",
)


def _without_secret(change: Callable[[WireRequest], WireRequest]) -> Finish:
    return lambda request, _secret: change(request)


def _one(stage: Stage, finish: Finish, note: str, *, settable: bool = True) -> None:
    """Book something and spoil the webhook that says so."""
    guest = stage.person()
    deed = stage.account.book(ONLINE, stage.time_ahead(), guest, notes=stage.note())
    stage.say(deed, note, finish=finish, settable=settable)


def bad_signature(stage: Stage) -> None:
    """Play: signed with a secret nobody knows; it is refused."""
    _one(stage, _without_secret(mis_sign), "signed with a secret nobody knows")


def no_secret(stage: Stage) -> None:
    """Play: the header says that no secret was set; it is refused."""
    _one(stage, _without_secret(unsign), "from a webhook without a secret")


def missing_signature(stage: Stage) -> None:
    """Play: the header is missing altogether; it is refused."""
    _one(stage, _without_secret(faults.drop_signature), "without the signature header")


def old_secret(stage: Stage) -> None:
    """Play: a forgotten second webhook still signs with the secret before this one."""
    retired = stage.old_secret
    _one(stage, lambda request, _secret: re_sign(request, retired), "signed with the secret before this one")


def reserialised_body(stage: Stage) -> None:
    """Play: something on the way pretty-printed the body, so the signature fails."""
    _one(stage, _without_secret(faults.reserialise), "pretty-printed by something on the way")


def truncated_body(stage: Stage) -> None:
    """Play: the last third of the body is lost, so the signature fails."""
    _one(stage, _without_secret(faults.truncate), "cut off on the way")


def repeated(stage: Stage) -> None:
    """Play: one delivery arrives twice; only one has an effect."""
    stage.created(ago=_JUST_NOW)
    line = stage.lines[-1]
    stage.say(line.message, "the very same delivery again")


def late(stage: Stage) -> None:
    """Play: a booking and its cancellation, both from two days ago."""
    ago = timedelta(days=2, hours=3)
    booking = stage.created(start=stage.time_ahead(), ago=ago)
    stage.rewind(ago - timedelta(minutes=5))
    stage.say(stage.account.cancel(booking.uid, "Too late for me."), "cancelled two days ago, told only now")


def out_of_order(stage: Stage) -> None:
    """Play: a move arrives before the booking that it moves."""
    booking = stage.created(ago=timedelta(seconds=5))
    stage.say(stage.account.reschedule(booking.uid, stage.time_ahead(12)), "the move arrives before the booking")
    stage.lines.reverse()


def broken_template(stage: Stage) -> None:
    """Play: a quote in a name breaks a custom template: the body is the word false."""
    _one(stage, faults.broken_template, "a quote in a name broke the custom template", settable=False)


def not_json(stage: Stage) -> None:
    """Play: a custom template that is plain text, correctly signed."""
    _one(stage, faults.not_json, "a custom template that is plain text", settable=False)


def deep_json(stage: Stage) -> None:
    """Play: twenty thousand arrays inside each other, correctly signed."""
    _one(stage, faults.deep_json, f"{faults.DEPTH:,} arrays inside each other")


def unknown_trigger(stage: Stage) -> None:
    """Play: something a newer Cal.com might send; it is accepted and ignored."""
    stage.say(wire_more.unknown("BOOKING_TELEPORTED", stage.clock()), "a trigger of the future")


def hostile_name(stage: Stage) -> None:
    """Play: a name with terminal codes, markup, right-to-left tricks or worse."""
    name = stage.random.choice(HOSTILE_NAMES)
    guest = Person(name, "mallory@example.com", stage.zone)
    deed = stage.account.book(THERAPY, stage.time_ahead(), guest, notes=f"I am {name}, open \x1b]8;;http://x\x07me")
    stage.say(deed, "a guest whose name attacks the terminal")


def emoji_name(stage: Stage) -> None:
    """Play: a name of emoji, of another script, or of stacked marks."""
    guest = Person(stage.random.choice(EMOJI_NAMES), "zoe@example.com", stage.zone)
    stage.say(stage.account.book(THERAPY, stage.time_ahead(), guest), "a guest with a wide name")


def long_text(stage: Stage) -> None:
    """Play: a name of a hundred letters and a note of four hundred lines."""
    guest = Person("Wolfeschlegelstein" * 6, "long@example.com", stage.zone)
    notes = "\n".join(f"{line}. I have thought about this for a long time." for line in range(1, 401))
    stage.say(stage.account.book(THERAPY, stage.time_ahead(), guest, notes=notes), "a guest who writes a lot")
