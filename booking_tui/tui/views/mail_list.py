"""The list of emails: where its rows come from, and its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from booking_tui.domain.filter import Filter
from booking_tui.domain.mail.email import Email, EmailState
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.services.queries import Queries
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.views.mail_filter import Followed, each_booking
from booking_tui.tui.views.mail_words import (
    ALL,
    mail_ready,
    mail_said,
    moment,
    row_time,
    stand_said,
    start_time,
    tries_said,
    when_title,
    who_said,
)
from booking_tui.tui.views.reading_aside import Reads
from booking_tui.tui.widgets.table import VirtualTable
from booking_tui.tui.widgets.table_columns import Cell, Column
from booking_tui.tui.widgets.table_rows import Extent

if TYPE_CHECKING:
    from booking_tui.services.mail_queries import MailKey

MANY = 2**62
MOST = 1000
"""Emails of one booking and its moves; there are never so many."""
_RISING = "planned"


class MailTable(VirtualTable[Email, "MailKey"]):
    """The table of emails, each group in the order in which one wants to read it."""


def cause_of(chosen: Filter) -> str | None:
    """Give the one cause that a filter asks for by its exact name; None when it asks for none, or in other words."""
    causes = [term.value for term in chosen.terms if term.key == "why" and not term.negated]
    known = {str(reason) for reason in MailReason}
    return causes[0] if len(causes) == 1 and causes[0] in known else None


class MailSource:
    """Emails of one group that pass a filter. One that names a cause exactly leaves only that cause."""

    def __init__(
        self, queries: Queries, group: str, chosen: Filter, known: Mapping[str, Followed] | None = None
    ) -> None:
        self._queries = queries
        self._parts = each_booking(chosen, known or {})
        """Several where a booking was moved: each of its chain is asked for, and what is found stands in one list."""
        self._group = group
        self._chosen = chosen
        self._cause = cause_of(chosen)
        self._reads = Reads(queries)
        self.slow = not chosen.empty

    def row_id(self, row: Email) -> str:
        return row.id

    def key_of(self, row: Email) -> MailKey:
        return self._queries.mail_key(row)

    def page(self, *, after: MailKey | None = None, before: MailKey | None = None, limit: int) -> Sequence[Email]:
        return self._reads.run(lambda: self._page(after, before, limit))

    def _page(self, after: MailKey | None, before: MailKey | None, limit: int) -> list[Email]:
        """Read on until there are enough of the cause; the filter's words alone let through what only speaks of it."""
        found: list[Email] = []
        while True:
            rows = self._read(after, before, limit)
            kept = [row for row in rows if self._cause is None or row.reason == self._cause]
            found = kept + found if before is not None else found + kept
            if len(found) >= limit or len(rows) < limit:
                return found[-limit:] if before is not None else found[:limit]
            if before is not None:
                before = self.key_of(rows[0])
            else:
                after = self.key_of(rows[-1])

    def _read(self, after: MailKey | None, before: MailKey | None, limit: int) -> list[Email]:
        if len(self._parts) == 1:
            return self._queries.mail_page(self._group, self._chosen, after=after, before=before, limit=limit)
        pages = (
            self._queries.mail_page(self._group, part, after=after, before=before, limit=limit) for part in self._parts
        )
        found = {row.id: row for page in pages for row in page}
        rows = sorted(found.values(), key=self._order, reverse=self._group != _RISING)
        return rows[-limit:] if before is not None else rows[:limit]

    def _order(self, row: Email) -> tuple[str | int, int]:
        # The list of all stands in the order in which the emails were made.
        return (row.seq, row.seq) if self._group == ALL else self.key_of(row)

    def last(self, limit: int) -> Sequence[Email]:
        first = self.page(limit=1)
        if not first:
            return ()
        ends = ("9", MANY) if self._group == _RISING else ("", 0)
        return self.page(before=self.key_of(first[0])._replace(at=ends[0], seq=ends[1]), limit=limit)

    def extent(self, step: int) -> Extent[MailKey]:
        return self._reads.run(lambda: self._extent(step))

    def _extent(self, step: int) -> Extent[MailKey]:
        if len(self._parts) > 1:
            return Extent(len(self._page(None, None, MOST)), (), step)
        if self._cause is None:
            anchors = self._queries.mail_anchors(self._group, self._chosen, step=step)
            return Extent(self._queries.mail_count(self._group, self._chosen), tuple(anchors), step)
        causes = self._queries.mail_causes(self._group, self._chosen)
        return Extent(next((each.how_many for each in causes if each.reason == self._cause), 0), (), step)

    def stop(self) -> None:
        self._reads.stop()


def mail_columns(context: Context, group: str) -> tuple[Column[Email], ...]:
    """Give the columns of a list; cells are drawn for the look, the zone and the day of the moment."""

    def cell(words: Callable[[Email], str], tone: str = "plain") -> Callable[[Email], Cell]:
        return lambda email: Cell(words(email), tone)

    def stand(email: Email) -> Cell:
        signs = glyphs(context.look)
        said = stand_said(email, context.clock.now(), signs)
        if email.state is EmailState.HELD and email.reason == MailReason.NOT_CONFIGURED and mail_ready(context):
            return Cell(f"{signs.busy} being taken up", "muted")
        return Cell(said.text, said.tone)

    def brief_stand(email: Email) -> Cell:
        whole = stand(email)
        held = email.state is EmailState.HELD
        return Cell(f"{glyphs(context.look).held} held", whole.tone) if held else whole

    def when(email: Email) -> str:
        return row_time(moment(email, group), context.clock.now(), context.zone, seconds=group == "retrying")

    def starts(email: Email) -> Cell:
        if email.starts is None:
            return Cell("")
        return Cell(start_time(email.starts, context.clock.now(), context.zone), "muted")

    middle = Column("tries", "tries", 5, cell(tries_said, "muted"), fold=1, right=True)
    if group == "planned":
        middle = Column("starts", "starts", 12, starts, fold=1)
    why = Column("why", "why", 16, stand, least=14)
    if group == "planned":
        why = Column("why", "why", 11, brief_stand, least=9)
    return (
        Column("who", "who", 19, cell(lambda email: who_said(email, context.look)), least=15, grow=3, most=34),
        Column("mail", "mail", 14, cell(lambda email: mail_said(email.kind)), least=13),
        Column("when", when_title(group), 9, cell(when, "muted")),
        middle,
        why,
    )
