"""The switch that holds all emails, and whether anything is sent at all."""

from __future__ import annotations

from booking_tui.cli.email_shapes import pause_shape
from booking_tui.cli.email_words import say
from booking_tui.cli.output import emit_json, emit_line
from booking_tui.cli.session import Session
from booking_tui.ports.mail_desk import HOLD_ALL, MailOrder


def nobody_sends(session: Session) -> bool:
    """Say whether no process works on this home, so that nothing goes out by itself."""
    from booking_tui import wiring

    return wiring.holder_desk(session.home) is None


def turn_switch(session: Session, *, on: bool, said: bool) -> None:
    """Turn the switch for everything, and say how things stand then; loudly where it was not said in so many words."""
    from booking_tui.services.mail.pauses import Pauses

    alone = nobody_sends(session)
    with session.desk() as desk:
        desk.mail(MailOrder(HOLD_ALL, on=on))
    with session.queries() as queries:
        standstill = Pauses(queries.records).standstill(queries.now())
        shape = pause_shape(standstill)
    if session.json:
        emit_json(shape)
    elif on:
        emit_line(f"All emails are held: nothing is sent until {session.program} emails release.")
    else:
        emit_line("Nothing is held as a whole any more: emails go out at their time.")
    if on and not said:
        say(
            f"No email was named, so ALL emails are held; {session.program} emails release takes that back."
            f" A single one is held by {session.program} emails hold ID."
        )
    if not on and standstill is not None:
        say(f"Sending still pauses for another reason: {session.program} emails summary says which.")
    elif not on and alone:
        say("Nothing runs on this home: they go out when booking-tui or booking-tui serve runs.")
