"""Having something done with emails: asked first where it is much, told in one sentence, followed when it leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from booking_tui.domain.mail.email import FAILED, TAKEN, Email, EmailState
from booking_tui.domain.mail.words import kind_name, words_of
from booking_tui.ports.mail_desk import EDIT, HOLD_ALL, RETRY, SNOOZE, MailOrder
from booking_tui.services.mail_queries import MailSummary
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.text import cut
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.mail_asking import MailAsking
from booking_tui.tui.views.mail_grace import Grace, Undoable
from booking_tui.tui.views.mail_orders import (
    DEEDS,
    LEAVING,
    SEND_NOW,
    Outcome,
    asks,
    carry_out,
    done_words,
    refused_words,
)
from booking_tui.tui.views.mail_panes import MailPane, MailSide
from booking_tui.tui.views.mail_reading import MailReading
from booking_tui.tui.views.mail_words import address_said, mail_ready, time_said, who_said
from booking_tui.tui.work import attempt, run_in_thread

if TYPE_CHECKING:
    from booking_tui.tui.dialogs.mail_edit import MailEdit
    from booking_tui.tui.views.mail_list import MailTable

T = TypeVar("T")
WHO_CELLS = 60


class MailDoing(MailAsking):
    """Carries orders out; the deeds say which."""

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(context, id=id)
        self.mails = MailPane(context)
        self.side = MailSide()
        self.reading: MailReading | None = None
        self.summary: MailSummary | None = None
        self.drafts: dict[str, MailEdit] = {}
        """Corrections that were typed and not sent, by the id of the email."""
        self.grace = Grace(self, context, self._count_down, self._left)
        self._asides = 0
        self.watched: str | None = None
        """The email that has just left, of which one wants to hear what came of it."""

    @property
    def table(self) -> MailTable:
        """The list of emails."""
        return self.mails.table

    @property
    def main_list(self) -> MailTable:
        return self.mails.table

    @property
    def row(self) -> Email | None:
        """The email under the cursor."""
        return self.table.cursor_row

    @property
    def chosen_ids(self) -> tuple[str, ...]:
        """What a deed is for: the marked emails, or else the one under the cursor."""
        return self.table.marks.ids or ((self.row.id,) if self.row is not None else ())

    def flash(self, words: str, tone: str = "success") -> None:
        self.grace.quiet()
        super().flash(words, tone)

    def refused(self, words: str) -> None:
        """Say why a deed was not done."""
        self.flash(words, "error")

    # -- orders

    def order(self, order: MailOrder) -> None:
        """Have something done, asking first where it is much."""
        if not asks(order):
            self.carry_out(order)
            return
        from booking_tui.tui.dialogs.mail_many import ManyDialog

        words = SEND_NOW if order.deed == RETRY and self.ahead_of_time else DEEDS[order.deed]
        dialog = ManyDialog(words.ask, len(order.ids), words.meaning)
        app_of(self).push_screen(dialog, lambda yes: self.carry_out(order) if yes else None)

    @property
    def ahead_of_time(self) -> bool:
        """Whether the list that is shown holds what waits for its time."""
        raise NotImplementedError

    def carry_out(self, order: MailOrder) -> None:
        """Have something done, and say what came of it."""
        who = cut(self._who(order), WHO_CELLS)
        self.aside(
            lambda: carry_out(self.context.desk, order),
            lambda done: self._done(order, done, who),
            failed=lambda words: self._not_done(order, words),
        )

    def aside(
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None] | None = None
    ) -> None:
        """Do something on another thread; one deed never takes the place of another."""
        self._asides += 1
        group = f"deed-{self._asides}"
        run_in_thread(self, work, done, group=group, description="a deed on emails", failed=failed or self.refused)

    def _who(self, order: MailOrder) -> str:
        """Name what an order on one email is about: the one it goes to, or the email itself."""
        email = self.row if self.row is not None and self.row.id in order.ids else None
        if order.to is not None:
            return address_said(order.to, self.context.look)
        if email is None:
            return "it"
        who = who_said(email, self.context.look)
        return who if order.deed in {RETRY, EDIT} else f"the {kind_name(email.kind)} to {who}"

    def _not_done(self, order: MailOrder, words: str) -> None:
        kept = "; what you typed is kept, e goes on with it" if order.deed == EDIT else ""
        self.refused(f"{words}{kept}")

    def _done(self, order: MailOrder, done: Outcome, who: str) -> None:
        """Say what came of an order, and remember how it is taken back."""
        twice, nowhere = self.to_be_asked(order, done)
        asked = {*twice, *nowhere} if done.likely is None else {email_id for email_id, _ in done.refused}
        refused = [pair for pair in done.refused if pair[0] not in asked]
        if done.done:
            if order.deed == EDIT:
                self.drafts.pop(order.ids[0], None)
            self.table.unmark_all()
            self._tell_done(order, done, who, refused_words(refused))
            self.read_again()
        elif refused:
            self.flash(refused[0][1] if len(refused) == 1 else refused_words(refused), "warning")
        if done.likely is not None:
            self.ask_mistyped(order, done.likely)
        if twice:
            self.ask_twice(order, twice, who)
        if nowhere:
            self.ask_nowhere(order, nowhere, who)

    def _tell_done(self, order: MailOrder, done: Outcome, who: str, refused: str) -> None:
        words = done_words(order, done, who) + (f", {refused}" if refused else "")
        words += "".join(f"; {note}" for note in done.notes)
        waits = self._waits(order, done)
        leaves = done.leaves_at if order.deed in LEAVING and waits is None else None
        deed = Undoable(words, done.undo, leaves, done.made or done.done)
        if leaves is None:
            back = "; u undoes it" if done.undo else ""
            self.flash(f"{words}{f': {waits}' if waits else ''}{back}", "warning" if refused or waits else "success")
        if done.undo:
            self.grace.begin(deed)

    def _waits(self, order: MailOrder, done: Outcome) -> str | None:
        """Say why nothing leaves in five seconds, or at its new time, all the same; None when it does."""
        if order.deed == SNOOZE and len(done.done) == 1:
            email = attempt(lambda: self.context.queries.email(done.done[0]))
            held = isinstance(email, Email) and email.state is EmailState.HELD
            return "you hold it; P lets it go at that time" if held else None
        if order.deed not in LEAVING:
            return None
        if not mail_ready(self.context):
            return "it waits, for it is not set yet how to send"
        standstill = self.summary.standstill if self.summary is not None else None
        if standstill is not None and standstill.reason == HOLD_ALL:
            return "it waits, for you hold everything; S goes on"
        if done.leaves_at is None or len(done.done) != 1:
            return None
        email = attempt(lambda: self.context.queries.email((done.made or done.done)[0]))
        if isinstance(email, Email) and email.next_at is not None and email.next_at > done.leaves_at:
            return f"it goes out {time_said(email.next_at, self.context.clock.now(), self.context.zone)}"
        return None

    # -- news of what leaves

    def _count_down(self, words: str) -> None:
        if self.display and app_of(self).screen is self.screen:
            self.post_message(self.Flashed(words, "plain"))

    def _left(self, deed: Undoable) -> None:
        """Say that it goes now, and listen for what comes of it."""
        self.watched = deed.ids[0] if len(deed.ids) == 1 else None
        if self.display:
            self.post_message(self.Flashed(f"{deed.words} now", "plain"))

    def hear_of(self, ids: set[str]) -> None:
        """Tell what came of the email that has just left."""
        watched = self.watched
        if watched is None or watched not in ids or self.grace.going is not None:
            return
        email = attempt(lambda: self.context.queries.email(watched))
        if not isinstance(email, Email) or email.state in {EmailState.SENDING, EmailState.SCHEDULED}:
            return
        self.watched = None
        signs, who = glyphs(self.context.look), address_said(email.to, self.context.look)
        if email.state in TAKEN - FAILED:
            self.flash(f"Resend has it {signs.dot} {who}")
        else:
            self.flash(f"{who}: {words_of(email, self.context.clock.now()).short}", "warning")

    def read_again(self) -> None:
        """Read the list, the counts and the email under the cursor again."""
        raise NotImplementedError
