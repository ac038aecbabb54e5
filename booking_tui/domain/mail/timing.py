"""Which kinds are wanted, when they are due, until when they make sense, and which of several reminders goes out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar

from booking_tui.domain.mail.email import CANCELLED, CUSTOM, FOLLOW_UP, REMINDER

FOLLOW_UP_AFTER = timedelta(hours=1)
"""After the end of the meeting."""
FOLLOW_UP_FOR = timedelta(days=3)
"""After the end: later, nobody remembers well enough to be asked."""
_LATEST = timedelta(hours=2)
"""A reminder of a day or more still helps this long before the start; a shorter one a sixth of its offset before."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class MailPolicy(NamedTuple):
    """What the settings want."""

    notices: bool = True
    """Of a confirmation, a request, a move, a cancellation, a refusal."""
    reminders: tuple[str, ...] = ("24h", "1h")
    """Offsets before the start as the settings write them: ``30m``, ``1h``, ``24h``, ``7d``."""
    follow_up: bool = False


class Reminding(Protocol):
    """What tells reminders of one meeting to one guest: an ``Email`` is one."""

    @property
    def kind(self) -> str: ...
    @property
    def booking_uid(self) -> str | None: ...
    @property
    def to(self) -> str: ...
    @property
    def starts(self) -> datetime | None: ...
    @property
    def revision(self) -> int: ...


_Reminding = TypeVar("_Reminding", bound=Reminding)


def offset_of(kind_or_text: str) -> timedelta:
    """Read ``24h``, or the offset in a reminder's kind (``reminder_24h``). Raises ValueError for anything else."""
    text = kind_or_text.removeprefix(REMINDER)
    if not re.fullmatch(r"[0-9]{1,5}[mhd]", text):
        raise ValueError(f"{text!r} is not a number with m, h or d")
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def offset_words(kind_or_text: str, *, day: str = "d") -> str:
    """Give an offset as people read it: ``30 min``, ``24 h``, ``7 d``; empty for none."""
    text = kind_or_text.removeprefix(REMINDER)
    unit = {"m": "min", "h": "h", "d": day}.get(text[-1:], text[-1:])
    return f"{text[:-1]} {unit}".strip()


def reminder_kind(offset_text: str) -> str:
    """Give the kind of a reminder by its offset as the settings write it."""
    return f"{REMINDER}{offset_text}"


def reminder_kinds(offsets: Sequence[str]) -> tuple[str, ...]:
    """Give the kinds of reminders that the settings want; of two that mean the same time (24h, 1d) the first."""
    by_time: dict[timedelta, str] = {}
    for text in offsets:
        by_time.setdefault(offset_of(text), reminder_kind(text))
    return tuple(by_time.values())


def useful_until(kind: str, start: datetime, end: datetime) -> datetime | None:
    """Give the instant from which on an email of this kind makes no sense any more; None: always useful."""
    if kind.startswith(REMINDER):
        offset = offset_of(kind)
        return shifted(start, -min(_LATEST, offset / 6))
    if kind == FOLLOW_UP:
        return shifted(end, FOLLOW_UP_FOR)
    if kind == CUSTOM:
        return None
    return end if kind == CANCELLED else start


def coalesce(due: Sequence[_Reminding]) -> tuple[_Reminding, ...]:
    """Give those to fold of what is due now: of several reminders of one meeting to one guest all but the nearest.

    Of two for the same time the one that a person has revised stays. Give only what would really be sent: nothing may
    be folded into a reminder that is itself too late.
    """
    reminders = [email for email in due if email.kind.startswith(REMINDER)]
    reminders.sort(key=lambda email: (offset_of(email.kind), -email.revision))
    kept: dict[tuple[str | None, datetime | None, str], _Reminding] = {}
    for email in reminders:
        kept.setdefault(_same(email), email)
    return tuple(email for email in reminders if kept[_same(email)] is not email)


def _same(email: Reminding) -> tuple[str | None, datetime | None, str]:
    return email.booking_uid, email.starts, email.to.strip().casefold()


def shifted(instant: datetime, by: timedelta) -> datetime:
    """Add to an instant; what lies beyond the calendar becomes its first or last instant."""
    try:
        return instant + by
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if by < timedelta() else datetime.max.replace(tzinfo=UTC)
