"""The filter over the emails: what follows a booking through its moves stands there by a name and a date."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from booking_tui.domain.filter import Filter, Term
from booking_tui.tui.context import Context
from booking_tui.tui.dates import day_word
from booking_tui.tui.text import person
from booking_tui.tui.widgets.filter_bar import ChipLine, FilterBar
from booking_tui.tui.widgets.line import Part


class Followed(NamedTuple):
    """A booking with all that it was moved from and to: ``who`` and ``when`` name it."""

    uids: tuple[str, ...]
    who: str
    when: str


def followed(context: Context, uid: str) -> Followed:
    """Read a booking's chain, and how it is named."""
    detail = context.queries.booking_detail(uid)
    if detail is None:
        return Followed((uid,), uid, "")
    booking = detail.booking
    guest = booking.attendees[0] if booking.attendees else None
    who = (guest.name or guest.email) if guest is not None else booking.title
    local = booking.start.astimezone(context.zone) if booking.start is not None else None
    when = f"{day_word(local.date(), context.queries.today())} {local:%H:%M}" if local is not None else ""
    return Followed(tuple(dict.fromkeys((uid, *(one.uid for one in detail.chain)))), who, when)


def each_booking(chosen: Filter, known: Mapping[str, Followed]) -> list[Filter]:
    """Give the filters that together let through a whole chain, where one of its bookings is asked for."""
    for number, term in enumerate(chosen.terms):
        if term.key is None and not term.negated and term.value in known:
            before, behind = chosen.terms[:number], chosen.terms[number + 1 :]
            uids = known[term.value].uids
            return [replace(chosen, terms=(*before, replace(term, value=uid), *behind)) for uid in uids]
    return [chosen]


class MailChips(ChipLine):
    """The terms of the filter; a booking is named by its guest and its start."""

    def __init__(self, private: Callable[[], bool], known: Mapping[str, Followed]) -> None:
        super().__init__(private)
        self._known = known

    def left_parts(self, width: int) -> Sequence[Part]:
        parts = list(super().left_parts(width))
        for number, term in enumerate(self.terms):
            if term.key is None and term.value in self._known:
                at = next(n for n, part in enumerate(parts) if part.choice == str(number))
                parts[at] = parts[at]._replace(text=f" {self._said(term)} ×")
        return parts

    def _said(self, term: Term) -> str:
        named = self._known[term.value]
        who = person(named.who, privacy=self._private())
        return f"all about {who}{f', {named.when}' if named.when else ''}"


class MailFilter(FilterBar):
    """Knows the bookings that were asked for from elsewhere."""

    def __init__(self, context: Context, hint: str) -> None:
        self.known: dict[str, Followed] = {}
        super().__init__(context.queries.filter, private=lambda: context.look.privacy, hint=hint, id="mail-filter")
        self.chips = MailChips(lambda: context.look.privacy, self.known)
