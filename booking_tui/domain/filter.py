"""The filter grammar, the same on every screen and command.

Blank-separated terms that must all hold: ``word``, ``"two words"``, ``key:value``, ``key:"two words"``; ``!`` negates.
A date without a key and without quotes is that day: ``2026-11-22``, ``today``, ``tomorrow``, ``yesterday``, ``+7d``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_tui.domain.booking import BookingStatus
from booking_tui.domain.instants import cut
from booking_tui.domain.webhook import EventState, Verdict

T = TypeVar("T")

KEYS = ("status", "trigger", "verdict", "state", "who", "from", "to", "has", "kind", "why")
MAIL_STATES = (
    *("scheduled", "sending", "accepted", "delivered", "delayed", "bounced", "complained", "suppressed"),
    *("retrying", "unknown", "held", "dead", "skipped", "cancelled"),
    *("failed", "planned", "sent", "due"),
)
"""The states of emails, and the words for several of them. Written out: the first frame does without the emails."""
STATUS_ALIASES = {
    "confirmed": BookingStatus.ACCEPTED,
    "waiting": BookingStatus.PENDING,
    "moved": BookingStatus.RESCHEDULED,
    "declined": BookingStatus.REJECTED,
    "canceled": BookingStatus.CANCELLED,
}

VERDICT_ALIASES = {
    "signed": Verdict.VALID,
    **dict.fromkeys(("bad", "bad-sig", "badsig", "refused"), Verdict.INVALID),
    **dict.fromkeys(("unsigned", "no-sig", "nosig"), Verdict.MISSING),
}
STATE_ALIASES = {
    "applied": EventState.PROCESSED,
    "refused": EventState.QUARANTINED,
    "again": EventState.DUPLICATE,
    **dict.fromkeys(("waiting", "in-line"), EventState.STORED),
}
HAS = (
    *("note", "notes", "payment", "link", "location", "seats", "guests", "answers", "reason", "recording", "error"),
    *("reread", "test", "series", "absent", "no-show", "moved", "booking", "replay", "duplicate", "latency"),
)
"""What ``has:`` can ask for, of bookings or of events."""

_TERM = re.compile(r'(?P<not>!*)(?:(?P<key>[A-Za-z_]+):)?(?:"(?P<quoted>[^"]*)(?P<closed>"?)|(?P<bare>\S*))')
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_RELATIVE = re.compile(r"(?P<sign>[+-])(?P<days>\d{1,6})d")
_VERDICTS = tuple(str(verdict) for verdict in Verdict)
_STATES = tuple(dict.fromkeys((*(str(state) for state in EventState), *MAIL_STATES)))
_NAMED_DAYS = {"today": 0, "tomorrow": 1, "yesterday": -1}
_LAST = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)


class FilterError(ValueError):
    """A filter that cannot be understood; the text is a sentence for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. Without a key the value is looked for in any text.

    ``instant`` (UTC) is set for dates: ``from`` holds at and after it, ``to`` holds before it; with ``until`` the term
    has no key and is the day between the two. ``bare`` marks a word typed without quotes: one that names a status, a
    state or a verdict means that as well as the text.
    """

    key: str | None
    value: str
    negated: bool = False
    instant: datetime | None = None
    until: datetime | None = None
    bare: bool = field(default=False, compare=False)

    @property
    def status(self) -> BookingStatus | None:
        """The status that a bare word names."""
        return _named(self, {str(each): each for each in BookingStatus} | STATUS_ALIASES)

    @property
    def state(self) -> EventState | None:
        """The state of an event that a bare word names."""
        return _named(self, {str(each): each for each in EventState} | STATE_ALIASES)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that a bare word names."""
        return _named(self, {str(each): each for each in Verdict} | VERDICT_ALIASES)


def _named(term: Term, words: Mapping[str, T]) -> T | None:
    return words.get(term.value.lower()) if term.bare else None


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all hold, and the text they were read from."""

    terms: tuple[Term, ...] = ()
    text: str = ""

    @property
    def empty(self) -> bool:
        """Whether everything passes."""
        return not self.terms


def parse(text: str, today: date, zone: str) -> Filter:
    """Read a filter. ``today`` is the local date in ``zone``, in which days are read too.

    Raises FilterError with a sentence that names what is wrong and what is allowed.
    """
    terms = [_term(match, today, zone) for match in _TERM.finditer(text) if match[0]]
    return Filter(tuple(terms), text.strip())


def _term(match: re.Match[str], today: date, zone: str) -> Term:
    key, negated = match["key"], len(match["not"]) % 2 == 1
    if match["quoted"] is not None and not match["closed"]:
        raise FilterError(f'a closing " is missing after “{match["quoted"]}”')
    value: str = match["quoted"] if match["quoted"] is not None else match["bare"]
    if key is None:
        if not value.strip():
            raise FilterError("there is nothing to look for after !" if negated else 'there is nothing between the ""')
        bare = match["quoted"] is None
        if bare and _names_a_day(value.lower()):
            first, last = (_boundary("", value.lower(), today, zone, days) for days in (0, 1))
            return Term(None, value, negated, first, last, bare=True)
        return Term(None, value, negated, bare=bare)
    key = key.lower()
    if key not in KEYS:
        raise FilterError(_unknown_key(key, value))
    if not value.strip():
        raise FilterError(f"{key}: needs a value")
    if key in {"from", "to"}:
        return Term(key, value, negated, _boundary(key, value.lower(), today, zone, int(key == "to")))
    return Term(key, _known_value(key, value), negated)


def _unknown_key(key: str, value: str) -> str:
    near = [] if value.startswith("//") else get_close_matches(key, KEYS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}:?" if near else f'to look for the text, write "{key}:{value}"'
    return f"there is no key {key}: ({', '.join(KEYS)}); {hint}"


def _known_value(key: str, value: str) -> str:
    lowered = value.lower()
    if key == "status":
        lowered = str(STATUS_ALIASES.get(lowered, lowered))
        return _one_of(key, lowered, tuple(str(status) for status in BookingStatus), (*STATUS_ALIASES,))
    if key == "verdict":
        if lowered in set(EventState):
            raise FilterError(f"verdict:{lowered} is a state, not a verdict; did you mean state:{lowered}?")
        return _one_of(key, str(VERDICT_ALIASES.get(lowered, lowered)), _VERDICTS, (*VERDICT_ALIASES,))
    if key == "state":
        return _one_of(key, str(STATE_ALIASES.get(lowered, lowered)), _STATES, (*STATE_ALIASES,))
    return _one_of(key, lowered, HAS) if key == "has" else value


def _one_of(key: str, value: str, allowed: tuple[str, ...], aliases: tuple[str, ...] = ()) -> str:
    if value in allowed:
        return value
    near = get_close_matches(value, (*allowed, *aliases), n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise FilterError(f"{key}:{value} is not known ({', '.join((*allowed, *aliases))}){hint}")


def _names_a_day(value: str) -> bool:
    return value in _NAMED_DAYS or bool(_DATE.fullmatch(value) or _RELATIVE.fullmatch(value))


def _boundary(key: str, value: str, today: date, zone: str, days_later: int) -> datetime:
    """Give the first instant of a day, or of the day after it."""
    day = _day(key, value, today)
    if days_later and day == date.max:
        return _LAST
    try:
        day += timedelta(days=days_later)
        # A midnight that the clock skips is the instant of the switch; one that comes twice is the first.
        return cut(datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC))
    except OverflowError:
        if days_later:
            return _LAST
        raise FilterError(f"{_written(key, value)} is too far away") from None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise FilterError(f"the time zone {zone} is not known on this machine") from None


def _written(key: str, value: str) -> str:
    return f"{key}:{value}" if key else value


def _day(key: str, value: str, today: date) -> date:
    relative = _RELATIVE.fullmatch(value)
    try:
        if value in _NAMED_DAYS:
            return today + timedelta(days=_NAMED_DAYS[value])
        if relative is not None:
            return today + timedelta(days=int(relative["sign"] + relative["days"]))
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except OverflowError:
        raise FilterError(f"{_written(key, value)} is too far away") from None
    except ValueError:
        text = "" if key else f'; to look for the text, write "{value}"'
        raise FilterError(f"{_written(key, value)} is not a day of the calendar{text}") from None
    near = get_close_matches(value, _NAMED_DAYS, n=1, cutoff=0.6)
    meant = f" did you mean {near[0]}? Dates are" if near else ""
    raise FilterError(
        f"{key}:{value} is not a date;{meant or ' write'} 2026-11-22, today, tomorrow, yesterday, +7d or -30d"
    )
