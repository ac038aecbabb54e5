"""Mail: what went out, what will, and what failed, with its cause in plain words and what helps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from booking_tui.domain.mail.groups import group_of
from booking_tui.services.mail_queries import MailSummary
from booking_tui.tui.commands import Command
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.views import mail_commands as deeds
from booking_tui.tui.views.booking_links import named
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.mail_empty import empty_notice
from booking_tui.tui.views.mail_head import read_summary, stopped_words
from booking_tui.tui.views.mail_list import MailSource, mail_columns
from booking_tui.tui.views.mail_moves import MailMoves
from booking_tui.tui.views.mail_panes import TALL
from booking_tui.tui.views.mail_reading import MailReading, read_mail
from booking_tui.tui.views.mail_why import choice_word
from booking_tui.tui.views.mail_words import mail_ready
from booking_tui.tui.widgets.filter_bar import FilterBar
from booking_tui.tui.work import run_in_thread

if TYPE_CHECKING:
    from booking_tui.services.facts import Fact

NARROW = 100
NO_SETUP_IN_DEMO = "the demo sends to a simulator; in a home of your own, i sets sending up"


class MailView(MailMoves):
    """The triage of emails."""

    NUMBER = 5
    TITLE = "Mail"
    STYLE = "mail.tcss"
    HELP = (
        "Every email by how it fares: failed, tried again by itself, planned, sent, left out. Beside the list stands "
        "why an email is where it is, whether trying again helps, and what to do, the best first: ⏎ there does it. "
        "Below are its tries with what was answered, and the email itself. What you send leaves after five seconds; "
        "until then u stops it. w lists the causes, * marks all that are listed, and a key then does it to all."
    )
    COMMANDS: ClassVar[tuple[Command, ...]] = deeds.MAIL_COMMANDS

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.stand
        yield self.filter
        with Horizontal(id="mail-halves"):
            yield self.mails
            yield self.side

    def on_mount(self) -> None:
        self.side.setup = self.context.mail_setup is not None
        self.side.ready = lambda: mail_ready(self.context)
        self.table.use_signs(glyphs(self.context.look))
        self.stand.read(None)
        self._fit()
        self.open_list()
        self.side.show(None, self.eye)
        self.count()

    def on_unmount(self) -> None:
        self.looked_at.remove()

    def first_focus(self) -> None:
        self.screen.set_focus(self.table)

    # -- the list

    def open_list(self, select: str | None = None) -> None:
        self._say_empty()
        self.table.use_columns(mail_columns(self.context, self.head.group))
        self.table.open_source(self._source(), select=select)
        self.tell()

    def _source(self) -> MailSource:
        return MailSource(self.context.queries, self.head.group, self.filter.chosen, self.bar.known)

    def _say_empty(self) -> None:
        self.table.refresh()
        filtered = not self.filter.chosen.empty
        going = self.grace.going
        self.table.notice = empty_notice(
            self.context, self.head.group, self.summary, filtered=filtered, leaving=len(going.ids) if going else 0
        )

    @property
    def beside(self) -> Widget:
        return self.side.first

    @property
    def one_at_a_time(self) -> bool:
        return self.side.narrow

    def tell(self) -> None:
        self.mails.tell(self.head.group, filtered=not self.filter.chosen.empty, rows=app_of(self).size.height)

    @on(FilterBar.Changed)
    def filtered(self, message: FilterBar.Changed) -> None:
        """Show what passes the filter, standing on the same email if it passes."""
        message.stop()
        self.table.unmark_all()
        self.open_list(self.standing)

    # -- the counts

    def count(self) -> None:

        def done(summary: MailSummary) -> None:
            self.summary = self.head.summary = summary
            self.head.refresh()
            self.stand.read(summary)
            self._say_empty()
            stopped = stopped_words(self.context, summary)
            if stopped != self.side.stopped:
                self.side.stopped = stopped
                self.show_side(keep=True)

        run_in_thread(
            self,
            lambda: read_summary(self.context.queries),
            done,
            group="summary",
            description="count emails",
            failed=lambda _: None,
        )

    # -- the detail

    def read_detail(self) -> None:
        row = self.row
        if row is None:
            self._show_reading(None)
            return
        run_in_thread(
            self,
            lambda: read_mail(self.context.queries, row.id),
            self._show_reading,
            group="detail",
            description="read an email",
            failed=lambda words: self.flash(f"the email could not be read: {words}", "error"),
        )

    def _show_reading(self, reading: MailReading | None) -> None:
        same = self.reading is not None and reading is not None and self.reading.email.id == reading.email.id
        self.reading = reading
        if reading is None and self.side.focused is not None:
            # The last one of a list has left it: there is nothing beside the list any more.
            self.remove_class("-full")
            self.table.focus()
        self.show_side(keep=same)
        self.post_message(self.OfferChanged())

    def show_side(self, *, keep: bool = False) -> None:
        self.side.show(self.reading, self.eye, keep=keep)

    def read_again(self) -> None:
        self.table.reread()
        self.count()
        self.read_detail()

    # -- facts, looks, sizes

    def facts_arrived(self, facts: Sequence[Fact]) -> None:
        kinds = {fact.kind for fact in facts}
        keys = {fact.key for fact in facts}
        self.hear_of({fact.key for fact in facts if fact.kind == "mail"})
        if kinds & {"mail", "forgot", "refresh", "booking"}:
            self.table.reread()
            self.count_soon()
        shown = self.reading.email if self.reading is not None else None
        if shown is not None and ("refresh" in kinds or keys & {shown.id, shown.booking_uid}):
            self.read_detail()
        if kinds & {"health", "refresh"}:
            self.count_soon()

    def look_changed(self) -> None:
        self.table.use_signs(glyphs(self.context.look))
        self.head.refresh()
        self.stand.refresh()
        self.filter.chips.refresh()
        self.tell()
        self.show_side(keep=True)

    def minute_passed(self) -> None:
        self.table.use_signs(glyphs(self.context.look))
        self.show_side(keep=True)
        self.count()

    def on_resize(self, _: events.Resize) -> None:
        self._fit()
        self.tell()
        self.show_side(keep=True)

    def _fit(self) -> None:
        size = app_of(self).size
        self.side.fit(narrow=size.width < NARROW, short=size.height < TALL)
        if not self.side.narrow:
            self.remove_class("-full")

    # -- what can be done

    def why_not(self, command_id: str) -> str | None:
        if command_id in deeds.NEED_AN_EMAIL and self.row is None:
            return "no email is selected"
        if command_id == deeds.COPY.id and len(self.table.marks):
            return None
        read = self.reading is not None and self.row is not None and self.reading.email.id == self.row.id
        if command_id in deeds.NEED_IT_READ and command_id != deeds.EDIT.id and not read:
            return "the email is still being read"
        if command_id == deeds.UNDO.id and not self.grace.deeds:
            return "there is nothing to undo"
        if command_id in {deeds.EDIT.id, deeds.EDITOR.id} and self.row is not None and group_of(self.row) == "skipped":
            return "it was never sent and no longer makes sense, so there is nothing to correct"
        if command_id == deeds.BOOKING.id and self.read_row.email.booking_uid is None:
            return "it belongs to no booking"
        if command_id == deeds.SETUP.id and self.context.mail_setup is None:
            return (
                NO_SETUP_IN_DEMO if self.context.demo else "here the README tells how: RESEND_API_KEY and resend.from"
            )
        if command_id == deeds.MAILBOX.id and self.context.mailbox_url() is None:
            return "there is a page of a mailbox only in the demo, whose emails go to a simulator"
        if command_id == deeds.UNSUPPRESS.id and self.read_row.email.reason != "suppressed":
            return "this address is not on Resend's list, as far as is known"
        return None

    def offered(self) -> Sequence[Command]:
        if not self.table.has_focus:
            text = self.side.focused
            word = choice_word(text.target if text is not None else None) or self._size_word()
            side = tuple(deeds.SEND_NOW if one is deeds.RETRY and self.ahead_of_time else one for one in deeds.IN_SIDE)
            return (named(deeds.OPEN, word), *side) if word else side
        if self.row is None:
            return self._offered_without()
        if len(self.table.marks):
            return deeds.WITH_MARKS[self.head.group]
        first, *others = deeds.IN_LIST[self.head.group]
        # Where there is no room for all boxes, Enter goes to the one that is turned to.
        return (named(first, self.side.tab) if self.side.narrow else first, *others)

    def _offered_without(self) -> Sequence[Command]:
        """Offer what can be done where no email is listed."""
        found = [] if self.filter.chosen.empty else [deeds.FILTER]
        if self.context.mail_setup is not None and not mail_ready(self.context):
            found.append(named(deeds.SETUP, "Set up sending"))
        return [*found, deeds.NEXT_TAB, deeds.UNDO]

    def _size_word(self) -> str:
        """Say what Enter does in the email itself."""
        if self.side.narrow or not self.side.letter.text.has_focus:
            return ""
        return "Smaller" if self.side.enlarged else "Enlarge"
