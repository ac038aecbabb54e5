"""What is ordered of emails, and what came of it in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from booking_tui.ports.mail_desk import CANCEL, EDIT, HOLD, KEEP, RELEASE, RETRY, SNOOZE, UNDO, MailDone, MailOrder

if TYPE_CHECKING:
    from booking_tui.ports import Desk


class DeedWords(NamedTuple):
    """How a deed is said: while it is asked for (``Retry``), and once it is done (``held``)."""

    ask: str
    done: str
    meaning: str
    """What it means for many, for the question before it."""


DEEDS: dict[str, DeedWords] = {
    RETRY: DeedWords("Retry", "sending", "Each is sent again after five seconds; what is not sure is not sent twice."),
    EDIT: DeedWords("Send", "sending", ""),
    HOLD: DeedWords("Hold", "held", "None of them is sent until you let it go."),
    RELEASE: DeedWords("Let go", "let go", "Each goes out at its time; what is due goes after five seconds."),
    CANCEL: DeedWords("Call off", "called off", "None of them is sent. Their bookings stay as they are."),
    KEEP: DeedWords("Keep", "kept", "They stay as they are and stop asking for you."),
    SNOOZE: DeedWords("Put off", "put off", "Each is sent at the time you chose, if it still makes sense then."),
}
SEND_NOW = DeedWords("Send", "sending", "Each goes out after five seconds, ahead of its time.")
"""Retrying what has never been sent."""
ASKED_FROM = 11
"""More than ten at once are asked for by a typed word; holding back does no harm and is not."""
LEAVING = frozenset({RETRY, EDIT, RELEASE})
"""Deeds after which something may leave the machine."""


AT_ONCE = 500
"""Emails in one order: each is one transaction, and others write as well."""


class Outcome(NamedTuple):
    """What came of an order that may have been given in parts."""

    done: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    made: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    leaves_at: datetime | None = None
    readdressed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    likely: str | None = None
    """The address that was probably meant, where the typed one was refused for that."""


def carry_out(desk: Desk, order: MailOrder) -> Outcome:
    """Have an order done, in parts where it is long. What fails after the first part leaves that part done."""
    parts = [replace(order, ids=order.ids[at : at + AT_ONCE]) for at in range(0, len(order.ids), AT_ONCE)]
    return _together([desk.mail(part) for part in parts])


def take_back(desk: Desk, tokens: Sequence[str]) -> Outcome:
    """Undo a deed, its last part first."""
    return _together([desk.mail(MailOrder(UNDO, undo=token)) for token in reversed(tokens)])


def _together(parts: Sequence[MailDone]) -> Outcome:
    return Outcome(
        tuple(each for part in parts for each in part.done),
        tuple(each for part in parts for each in part.refused),
        tuple(each for part in parts for each in part.made),
        tuple(part.undo for part in parts if part.undo is not None),
        next((part.leaves_at for part in parts if part.leaves_at is not None), None),
        tuple(uid for part in parts for uid in part.readdressed),
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        next((part.likely for part in parts if part.likely is not None), None),
    )


def asks(order: MailOrder) -> bool:
    """Say whether an order must be asked for first."""
    return len(order.ids) >= ASKED_FROM and order.deed != HOLD


def count_words(count: int) -> str:
    """Write a number of emails."""
    return f"{count:,} email{'' if count == 1 else 's'}"


def done_words(order: MailOrder, done: Outcome, who: str) -> str:
    """Say what was done: ``held the 24 h reminder to Fay Nguyen``, ``called off 12 emails``."""
    one = len(done.done) == 1
    what = who if one else count_words(len(done.done))
    if order.deed == KEEP:
        return f"kept {what} as {'it is' if one else 'they are'}"
    if one and order.deed in {RETRY, EDIT}:
        return f"sending to {who}"
    return f"{DEEDS[order.deed].done} {what}"


def refused_words(refused: Sequence[tuple[str, str]]) -> str:
    """Say why some stayed as they were, the commonest reason first."""
    if not refused:
        return ""
    reasons: dict[str, int] = {}
    for _, why in refused:
        reasons[why] = reasons.get(why, 0) + 1
    why, _ = max(reasons.items(), key=lambda pair: pair[1])
    count = len(refused)
    more = " (and other reasons)" if len(reasons) > 1 else ""
    return f"{count:,} {'was' if count == 1 else 'were'} refused: {why}{more}"
