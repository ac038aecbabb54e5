"""What to tell a person about an email: what happened, what it means, whether to try again, what helps.

The words hold what strangers typed (names, addresses): like any other such text they go through the one door for it
before they are drawn.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from booking_tui.domain.mail import causes, failures
from booking_tui.domain.mail.causes import BY_ITSELF, NOT_NEEDED, Cause
from booking_tui.domain.mail.email import (
    CANCELLED,
    CONFIRMATION,
    CUSTOM,
    DECLINED,
    FOLLOW_UP,
    MOVED,
    REMINDER,
    REQUESTED,
    Email,
    EmailState,
    Settled,
)
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.timing import offset_words

DEEDS = frozenset({"edit", "retry", "keep", "text", "release", "cancel", "hold", "settings", "open_booking"})
"""What ``MailWords.do`` may name: correct and resend, try now, stop asking, copy a text to send another way, let go,
call off, hold back, go to the settings, go to the booking."""


class MailWords(NamedTuple):
    """An email's case in plain words."""

    short: str
    """For a table's column: 14 characters at most."""
    title: str
    detail: str
    again: str
    """Whether to try again."""
    do: tuple[str, ...]
    """Deeds that help, the best first."""


_KINDS: dict[str, tuple[str, str]] = {
    CONFIRMATION: ("confirmation", "confirm"),
    REQUESTED: ("request notice", "request"),
    MOVED: ("move notice", "move"),
    CANCELLED: ("cancellation", "cancel"),
    DECLINED: ("decline notice", "decline"),
    FOLLOW_UP: ("follow-up", "after"),
    CUSTOM: ("own message", "own"),
}
_STATES: dict[EmailState, Cause] = {
    EmailState.SCHEDULED: Cause(
        "planned",
        "Planned",
        "It waits for its time.",
        "The {mail} to {who} is looked at once more right before it goes: what no longer holds is not sent.",
        BY_ITSELF,
        ("hold", "edit", "retry", "cancel", "open_booking"),
    ),
    EmailState.SENDING: Cause(
        "sending",
        "Being sent",
        "It is being sent.",
        "The {mail} to {who} is on its way to Resend.",
        NOT_NEEDED,
        (),
    ),
    EmailState.ACCEPTED: Cause(
        "handed over",
        "Handed over",
        "Resend has it.",
        "Nothing is known yet of its delivery to {who}; that follows within minutes, most often.",
        NOT_NEEDED,
        ("open_booking",),
    ),
    EmailState.DELIVERED: Cause(
        "delivered",
        "Delivered",
        "It was delivered.",
        "The server of {domain} has taken it for {to}. Whether it lies in the inbox or among the spam cannot be seen "
        "from here.",
        NOT_NEEDED,
        ("open_booking",),
    ),
    EmailState.RETRYING: Cause(
        "retrying",
        "Tried again by itself",
        "A try failed, and another follows.",
        "The {mail} to {who} is handed over again, with a key that keeps it from going out twice.",
        BY_ITSELF,
        ("retry", "text", "hold", "cancel"),
    ),
    EmailState.HELD: Cause(
        "held",
        "Held",
        "It is held.",
        "The {mail} to {who} is not sent until it is let go.",
        "Yes, as soon as it is let go.",
        ("release", "edit", "cancel"),
    ),
    EmailState.DEAD: Cause(
        "failed",
        "Failed",
        "It failed.",
        "The {mail} to {who} could not be sent.",
        "Yes, once its cause is mended.",
        ("edit", "retry", "text", "open_booking", "keep"),
    ),
    EmailState.SKIPPED: Cause(
        "skipped",
        "Skipped",
        "It no longer made sense and was never sent.",
        "The {mail} to {who} was left out.",
        NOT_NEEDED,
        ("open_booking",),
    ),
    EmailState.CANCELLED: Cause(
        "cancelled",
        "Called off",
        "It is no longer wanted and was not sent.",
        "The {mail} to {who} was called off.",
        NOT_NEEDED,
        ("open_booking",),
    ),
}
_CAUSE_OF_STATE: dict[EmailState, MailReason] = {
    EmailState.DELAYED: MailReason.DELAYED,
    EmailState.BOUNCED: MailReason.BOUNCED,
    EmailState.COMPLAINED: MailReason.COMPLAINED,
    EmailState.SUPPRESSED: MailReason.SUPPRESSED,
    EmailState.UNKNOWN: MailReason.NO_ANSWER,
}
"""What a state means where no reason is known, or none that this version knows."""
_WELL = frozenset({EmailState.SCHEDULED, EmailState.SENDING, EmailState.ACCEPTED, EmailState.DELIVERED})
"""States that need no cause: one that is left over from before no longer counts."""
_AT_RESEND = Cause(
    "at Resend",
    "Waiting at Resend",
    "It waits at Resend for its time.",
    "Resend sends the {mail} to {who} by itself, also while this machine is off. It is called off there when the "
    "booking changes.",
    NOT_NEEDED,
    ("cancel", "open_booking"),
)
_TABLES = (
    *(causes.SKIPPED, causes.CANCELLED, causes.HELD, causes.RETRYING),
    *(failures.UNKNOWN, failures.DEAD, failures.SAID_LATER),
)
_EVENT = "email."
"""Begins what the provider tells of an email, in the place of why it refused a request."""
_NEW_HANDOVER = ("edit", "retry", "release")
"""Deeds that would send it after all."""
_SUPERSEDED = {
    Settled.FIXED: ("you fixed", "Settled: a corrected version took its place."),
    Settled.RETRIED: ("tried again", "Settled: a further try took its place."),
}
_SOMEONE = "the guest"
_ASKS_BY_ITSELF = "It is asked about by itself{wait}, with the same key, so that it cannot arrive twice."


def words_of(email: Email, now: datetime) -> MailWords:
    """Say what is the case with an email."""
    cause = _cause(email, now)
    again, do = _again(email, cause, now), tuple(deed for deed in cause.do if _makes_sense(deed, email, now))
    values = {
        "who": email.to_name.strip() or email.to or _SOMEONE,
        "to": email.to or "no address",
        "domain": email.to.rpartition("@")[2] or _SOMEONE,
        "mail": kind_name(email.kind),
        "wait": f", {wait_words(email.next_at, now)}" if email.next_at is not None else "",
    }
    title, detail, again = (_sentence(text, values) for text in (cause.title, cause.detail, again))
    match email.settled:
        case Settled.FIXED | Settled.RETRIED:
            short, took = _SUPERSEDED[email.settled]
            return MailWords(short, title, detail, took, tuple(deed for deed in do if deed == "open_booking"))
        case Settled.KEPT:
            kept = tuple(deed for deed in do if deed != "keep")
            return MailWords("kept as is", title, detail, "Settled: you keep it as it is.", kept)
        case None:
            return MailWords(cause.short, title, detail, again, do)


def group_title(reason: str | None) -> str:
    """Name a cause for a group of emails."""
    cause = _known(reason)
    return "No cause known" if cause is None else cause.group


def kind_name(kind: str) -> str:
    """Name a kind: ``24 h reminder``, ``move notice``."""
    if kind.startswith(REMINDER):
        return f"{offset_words(kind, day='day')} reminder".strip()
    return _KINDS[kind][0] if kind in _KINDS else kind.replace("_", " ")


def kind_short(kind: str) -> str:
    """Name a kind in a narrow column: ``24 h``, ``move``."""
    if kind.startswith(REMINDER):
        return offset_words(kind) or "reminder"
    return _KINDS[kind][1] if kind in _KINDS else kind.replace("_", " ")


def state_word(state: str) -> str:
    """Give a state in a person's word: scheduled is ``planned``, dead ``failed``."""
    try:
        known = EmailState(state)
    except ValueError:
        return state
    return _STATES[known].short if known in _STATES else known.value


def wait_words(until: datetime, now: datetime) -> str:
    """Give the time until an instant: ``in 40 s``, ``in 5 min``, ``in 3 h``, ``in 4 days``, ``now``."""
    left = until - now
    if left <= timedelta():
        return "now"
    seconds = -(-left // timedelta(seconds=1))
    if seconds < 60:
        return f"in {seconds} s"
    if seconds < 90 * 60:
        return f"in {round(seconds / 60)} min"
    return f"in {round(seconds / 3600)} h" if seconds < 36 * 3600 else f"in {round(seconds / 86400)} days"


def _sentence(text: str, values: dict[str, str]) -> str:
    said = text.format_map(values)
    return said[0].upper() + said[1:] if said.startswith(_SOMEONE) else said


def _known(reason: str | None) -> Cause | None:
    try:
        known = MailReason(reason or "")
    except ValueError:
        return None
    return next(table[known] for table in _TABLES if known in table)


def _cause(email: Email, now: datetime) -> Cause:
    at_resend = email.handed_over and email.state in {EmailState.SCHEDULED, EmailState.ACCEPTED}
    if at_resend and now < email.send_at:
        return _AT_RESEND
    if email.reason == MailReason.CANCEL_FAILED and (email.last_name or "").startswith(_EVENT):
        return failures.SENT_ALL_THE_SAME
    cause = None if email.state in _WELL else _known(email.reason) or _known(_CAUSE_OF_STATE.get(email.state))
    if cause is None or (email.state is EmailState.RETRYING and cause not in causes.RETRYING.values()):
        return _STATES[email.state]
    if email.state is EmailState.UNKNOWN and cause not in failures.UNKNOWN.values():
        # What usually means "not sent" came while nobody knew whether it was.
        over = cause in (*causes.SKIPPED.values(), *causes.CANCELLED.values())
        known = failures.DOUBTFUL if over else failures.IN_DOUBT
        return known._replace(detail=known.detail.replace("{since}", cause.title))
    return cause


def _again(email: Email, cause: Cause, now: datetime) -> str:
    if _too_late(email, now) and any(deed in cause.do for deed in _NEW_HANDOVER):
        return "No, it would come too late now."
    asks = email.state is EmailState.UNKNOWN and email.next_at is not None
    return _ASKS_BY_ITSELF if asks else cause.again


def _too_late(email: Email, now: datetime) -> bool:
    return email.useful_until is not None and email.useful_until <= now


def _makes_sense(deed: str, email: Email, now: datetime) -> bool:
    """Say whether a deed that helps in general helps here: none that sends what has become useless."""
    if deed == "open_booking":
        return email.booking_uid is not None
    if deed == "text":
        over = email.starts is not None and email.starts <= now
        return not over or email.kind in {CANCELLED, FOLLOW_UP, CUSTOM}
    if deed in _NEW_HANDOVER:
        return not _too_late(email, now)
    return True
