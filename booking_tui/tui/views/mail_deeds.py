"""What the Mail view does with emails: send again, correct, keep, hold, put off, call off, and take it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from booking_tui.domain.mail.email import WAITING, Email, EmailState
from booking_tui.ports.mail_desk import (
    CANCEL,
    EDIT,
    GRACE_S,
    HOLD,
    HOLD_ALL,
    KEEP,
    RELEASE,
    RETRY,
    SNOOZE,
    MailDone,
    MailOrder,
)
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.mail_doing import MailDoing
from booking_tui.tui.views.mail_grace import Undoable
from booking_tui.tui.views.mail_orders import Outcome, count_words, take_back
from booking_tui.tui.views.mail_words import time_said
from booking_tui.tui.work import Trouble, attempt

if TYPE_CHECKING:
    from booking_tui.tui.dialogs.mail_edit import MailEdit


LOOKED_AT = 200
"""Of so many marked emails it is looked at until when they can be put off."""


class MailDeeds(MailDoing):
    """The deeds; the view itself shows."""

    # -- orders

    def do_retry(self) -> None:
        self.order(MailOrder(RETRY, self.chosen_ids, grace_s=GRACE_S))

    def do_keep(self) -> None:
        self.order(MailOrder(KEEP, self.chosen_ids))

    def do_cancel(self) -> None:
        self.order(MailOrder(CANCEL, self.chosen_ids))

    def do_hold(self) -> None:
        """Hold back what waits; let go when the first of what is meant is held."""
        ids = self.chosen_ids
        first = attempt(lambda: self.context.queries.email(ids[0]))
        held = isinstance(first, Email) and first.state is EmailState.HELD
        self.order(MailOrder(RELEASE, ids, grace_s=GRACE_S) if held else MailOrder(HOLD, ids))

    def do_snooze(self) -> None:
        from booking_tui.tui.dialogs.mail_snooze import snooze_dialog, snooze_time

        ids, now, zone = self.chosen_ids, self.context.clock.now(), self.context.zone
        waiting, due, end = self._snoozable(ids)
        if not waiting:
            self.flash("only what waits can be put off", "warning")
            return
        if end is not None and end <= max(due, now):
            self.flash(f"it cannot be put off: from {time_said(end, now, zone)} on it is of no use any more", "warning")
            return

        def chosen(answer: str | None) -> None:
            until = None if answer is None else snooze_time(answer)
            if until is not None:
                self.order(MailOrder(SNOOZE, ids, until=until))

        app_of(self).push_screen(snooze_dialog(now, zone, count_words(len(ids)), due=due, end=end), chosen)

    def _snoozable(self, ids: Sequence[str]) -> tuple[list[Email], datetime, datetime | None]:
        """Give what can be put off, after which instant, and before which it has to be."""
        found = [attempt(lambda each=each: self.context.queries.email(each)) for each in ids[:LOOKED_AT]]
        emails = [one for one in found if isinstance(one, Email) and one.state in WAITING and not one.handed_over]
        now = self.context.clock.now()
        due = max([now, *(one.send_at for one in emails)])
        ends = [one.useful_until for one in emails if one.useful_until is not None]
        if len(emails) > 1 and ends and min(ends) <= due:
            # There is no time that suits all of them: those that refuse the one that is chosen say so.
            due, ends = min(one.send_at for one in emails), [max(ends)]
        return emails, due, min(ends) if ends else None

    # -- correct and send

    def do_edit(self) -> None:
        self.edit()

    def edit(self, text: str | None = None) -> None:
        """Ask what is to be sent; ``text`` is what was written in an editor."""
        from booking_tui.tui.dialogs.mail_edit import MailEditDialog, as_it_is

        row, reading = self.row, self.reading
        if row is None:
            return
        if reading is None or reading.email != row:
            reading = None
        detail = reading.detail if reading else attempt(lambda: self.context.queries.mail_detail(row.id))
        if detail is None or isinstance(detail, Trouble):
            self.refused(detail.words if isinstance(detail, Trouble) else "that email is not kept any more")
            return
        preview = reading.preview if reading else None
        draft = self.drafts.get(detail.email.id)
        if text is not None:
            draft = (draft or as_it_is(detail.email, detail.suggestion))._replace(words=text)
        dialog = MailEditDialog(detail, self.context, preview=preview, draft=draft)
        app_of(self).push_screen(dialog, lambda answer: self._edited(detail.email, answer))

    def _edited(self, email: Email, answer: MailEdit | None) -> None:
        if answer is None:
            self.drafts.pop(email.id, None)
            return
        self.drafts[email.id] = answer
        if not answer.send:
            self.flash("not sent; what you typed is kept, e goes on with it", "plain")
            return
        to, subject, text = answer.changes(email)
        self.carry_out(MailOrder(EDIT, (email.id,), to, subject, text, grace_s=GRACE_S))

    # -- the switch for everything

    def do_stop_all(self) -> None:
        summary = self.summary
        standstill = summary.standstill if summary is not None else None
        held = standstill is not None and standstill.reason == HOLD_ALL
        due = summary.counts.due if summary is not None else 0
        if not held or not due:
            self._stop_all(on=not held)
            return
        from booking_tui.tui.dialogs.confirm import Confirm

        are = "is" if due == 1 else "are"
        body = f"{count_words(due)} {are} due and will be sent at once. The others go at their time."
        dialog = Confirm("Go on sending?", body, "Go on sending")
        app_of(self).push_screen(dialog, lambda yes: self._stop_all(on=False) if yes else None)

    def _stop_all(self, *, on: bool, undoing: bool = False) -> None:
        words = "nothing is sent from now on" if on else "sending goes on"

        def done(_: MailDone) -> None:
            self.flash(f"{words}; {'S goes on' if on else 'u holds everything again'}", "warning" if on else "success")
            if not undoing:
                self.grace.begin(Undoable(words, stopped=on))
            self.read_again()

        self.aside(lambda: self.context.desk.mail(MailOrder(HOLD_ALL, on=on)), done)

    # -- taking back

    def do_undo(self) -> None:
        deed = self.grace.take()
        if deed is None:
            return
        self.watched = None
        if deed.stopped is not None:
            self._stop_all(on=not deed.stopped, undoing=True)
            return

        def done(result: Outcome) -> None:
            late = len(result.refused)
            if not late:
                self.flash(f"taken back: {deed.words}")
            elif not result.done:
                self.flash(f"too late to take it back, it has left: {deed.words}", "warning")
            else:
                self.flash(f"{count_words(len(result.done))} taken back; too late for {late:,}, which left", "warning")
            self.read_again()
            if len(result.done) == 1:
                self.stand_on(result.done[0])

        self.aside(lambda: take_back(self.context.desk, deed.tokens), done)

    def stand_on(self, email_id: str) -> None:
        """Stand on an email again if the list that is shown has it."""
        raise NotImplementedError
