"""What leaves the Mail view by the clipboard, the browser or an editor, and what concerns the account."""

from __future__ import annotations

from booking_tui.ports.mail_desk import UNSUPPRESS, MailOrder
from booking_tui.tui import editing
from booking_tui.tui.context import Context
from booking_tui.tui.copying import copy_words
from booking_tui.tui.dialogs.picker import Choice, PickerDialog, narrowed
from booking_tui.tui.opening import open_page, open_words
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.mail_copying import LookedAt, email_line, letter_of, text_message
from booking_tui.tui.views.mail_deeds import MailDeeds
from booking_tui.tui.views.mail_reading import MailReading, phone_of
from booking_tui.tui.views.mail_tries import Raw
from booking_tui.tui.views.mail_words import address_said
from booking_tui.tui.work import attempt, run_in_thread


class MailOut(MailDeeds):
    """What is copied, opened, or asked of the provider."""

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(context, id=id)
        self.looked_at = LookedAt()

    @property
    def read_row(self) -> MailReading:
        """The email that is shown whole; only asked for where ``why_not`` made sure that there is one."""
        assert self.reading is not None  # noqa: S101
        return self.reading

    # -- out of the screen

    def do_browse(self) -> None:
        reading = self.read_row
        if reading.preview is None:
            self.flash(reading.problem or "there is nothing to look at yet", "warning")
            return
        try:
            page = self.looked_at.write(reading.email, reading.preview.html)
        except OSError as error:
            self.refused(f"the page cannot be written: {error.strerror or error}")
            return
        words, tone = open_page(app_of(self), page)
        if tone == "success":
            self.flash(words)
            return
        from booking_tui.tui.dialogs.mail_raw import MailRawDialog

        # No news that covers the list for as long as one needs the path: it stands until it is left.
        raw = Raw("there is no browser here", f"{page}\n\nIt is removed when you leave the program.")
        app_of(self).push_screen(MailRawDialog(raw, "Page"))

    def do_editor(self) -> None:
        from booking_tui.tui.dialogs.mail_edit import greeting

        email = self.read_row.email
        draft = self.drafts.get(email.id)
        words = draft.words if draft is not None else email.own_text or ""
        letter = attempt(lambda: words or letter_of(self.context.queries, email))
        words = letter if isinstance(letter, str) and letter else greeting(email)
        try:
            text = editing.edit_text(app_of(self), words, ".txt")
        except editing.EditorError as error:
            self.refused(str(error))
            return
        if text is None:
            self.flash("the text is as it was", "plain")
        else:
            self.edit(text.rstrip("\n"))

    def do_message(self) -> None:
        reading = self.read_row
        email, phone = reading.email, phone_of(reading)
        way = f"to be sent to {phone}" if phone and not self.context.look.privacy else "to be sent another way"
        run_in_thread(
            self,
            lambda: text_message(self.context.queries, email),
            lambda text: self.copy(text, f"a text message of {len(text):,} letters, {way}"),
            group="copy",
            description="write a text message",
            failed=lambda words: self.refused(f"it cannot be written: {words}"),
        )

    def do_copy(self) -> None:
        marked = self.table.marks.ids
        if not marked:
            self.copy(self.read_row.email.to, "the address")
            return

        def read() -> list[str]:
            emails = (self.context.queries.email(each) for each in marked)
            return [email_line(email) for email in emails if email is not None]

        def done(lines: list[str]) -> None:
            count = len(lines)
            self.copy("\n".join(lines), f"{count:,} email{'' if count == 1 else 's'}, one line each")

        run_in_thread(self, read, done, group="copy", description="copy the marked emails", failed=self.refused)

    def copy(self, text: str, what: str) -> None:
        """Copy and say so."""
        self.flash(copy_words(app_of(self), text, what=what))

    def do_copy_which(self) -> None:
        reading, look = self.read_row, self.context.look
        email, preview = reading.email, reading.preview
        texts = {"to": ("Address", email.to, address_said(email.to, look))}
        if preview is not None:
            texts["subject"] = ("Subject", preview.subject, "" if look.privacy else preview.subject)
            texts["text"] = ("Text", preview.text, "as it is or will be sent")
            if preview.calendar_file is not None:
                texts["ics"] = ("Calendar file", preview.calendar_file.decode("utf-8", "replace"), "the .ics")
        texts["id"] = ("Id here", email.id, email.id)
        if email.provider_id:
            texts["provider"] = ("Id at Resend", email.provider_id, email.provider_id)
        texts["key"] = ("Idempotency key", email.idempotency_key, email.idempotency_key)
        choices = [Choice(key, label, note) for key, (label, _, note) in texts.items()]

        def chosen(key: str | None) -> None:
            if key is not None:
                label, text, _ = texts[key]
                self.copy(text, f"the {label[0].lower()}{label[1:]}")

        dialog = PickerDialog("Copy", "what to copy", lambda text: narrowed(choices, text))
        app_of(self).push_screen(dialog, chosen)

    # -- the account

    def do_unsuppress(self) -> None:
        address = self.read_row.email.to
        shown = address_said(address, self.context.look)
        self.flash(f"asking Resend to send to {shown} again …", "plain")
        self.aside(
            lambda: self.context.desk.mail(MailOrder(UNSUPPRESS, to=address)),
            lambda _: self.flash(f"{shown} is off Resend's list; r sends the email again"),
        )

    def do_mailbox(self) -> None:
        self.flash(*open_words(app_of(self), self.context.mailbox_url()))

    def do_setup(self) -> None:
        if self.context.mail_setup is not None:
            # What is set counts at once: it must not be said any longer that it is not.
            self.context.mail_setup(app_of(self), self.read_again)
