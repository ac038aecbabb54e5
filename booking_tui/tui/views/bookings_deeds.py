"""What the Bookings view does with a booking: notes with undo, copying, opening."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking_tui.domain.booking import Booking
from booking_tui.domain.instants import to_text
from booking_tui.domain.safe_text import clean
from booking_tui.services.queries import BookingDetail
from booking_tui.tui import editing
from booking_tui.tui.context import Context
from booking_tui.tui.copying import copy_words
from booking_tui.tui.dates import day_word
from booking_tui.tui.dialogs.picker import Choice, PickerDialog, narrowed
from booking_tui.tui.opening import open_words
from booking_tui.tui.text import cut, person
from booking_tui.tui.views.booking_links import NO_PAGE, page_of, reach_of
from booking_tui.tui.views.bookings_panes import DetailPane, ListPane
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.listing import ListView
from booking_tui.tui.work import run_in_thread


class NoteEdit(NamedTuple):
    """A note that was changed, so that it can be put back."""

    uid: str
    who: str
    old: str
    new: str


class BookingDeeds(ListView):
    """The deeds; the view itself shows."""

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(context, id=id)
        self.list = ListPane(context)
        self.side = DetailPane(context)
        self.detail: BookingDetail | None = None
        self.drafts: dict[str, str] = {}
        """Notes that were typed and not saved, by uid."""
        self.edits: list[NoteEdit] = []
        """Notes saved in this session, the last one last."""
        self.undone = False
        """Whether a note was put back in this session."""

    @property
    def open_detail(self) -> BookingDetail:
        """The booking that is shown; only asked for where ``why_not`` made sure that there is one."""
        assert self.detail is not None  # noqa: S101
        return self.detail

    def who_of(self, booking: Booking) -> str:
        """Name whose booking it is, as the look wants it."""
        first = booking.attendees[0] if booking.attendees else None
        return person(first.name or first.email, privacy=self.context.look.privacy) if first else "this booking"

    # -- notes

    def do_edit(self) -> None:
        from booking_tui.tui.dialogs.note import NoteAnswer, NoteDialog

        detail = self.open_detail
        uid, old = detail.booking.uid, detail.private_note or ""

        def answered(answer: NoteAnswer | None) -> None:
            if answer is None:
                return
            if answer.save:
                self.save_note(detail, answer.text)
            elif answer.text.strip() != old.strip():
                self.drafts[uid] = answer.text
                self.show_side(keep=True)
                self.flash("draft kept, not saved; e goes on with it", "plain")
            else:
                self.drafts.pop(uid, None)
                self.show_side(keep=True)

        text = self.drafts.get(uid, old)
        draft = text.strip() != old.strip()
        app_of(self).push_screen(NoteDialog(self.who_of(detail.booking), text, draft=draft), answered)

    def do_editor(self) -> None:
        detail = self.open_detail
        uid = detail.booking.uid
        try:
            text = editing.edit_text(app_of(self), self.drafts.get(uid, detail.private_note or ""), ".txt")
        except editing.EditorError as error:
            self.flash(str(error), "error")
            return
        if text is None:
            self.flash("the note is as it was", "plain")
        else:
            self.save_note(detail, text.rstrip("\n"))

    def save_note(self, detail: BookingDetail, text: str) -> None:
        """Write a note for good; what was typed is kept when that fails."""
        uid, old = detail.booking.uid, detail.private_note or ""
        text = text.strip()
        if text == old.strip():
            self.drafts.pop(uid, None)
            self.flash("the note is as it was", "plain")
            return
        self.drafts[uid] = text
        who = self.who_of(detail.booking)

        def done(_: None) -> None:
            self.drafts.pop(uid, None)
            self.edits.append(NoteEdit(uid, who, old, text))
            self.flash(f"note of {cut(who, 30)} {'saved' if text else 'removed'}; u undoes it")
            self.note_written()

        run_in_thread(
            self,
            lambda: self.context.desk.write_note(uid, text),
            done,
            group="note",
            description="write a note",
            failed=lambda words: self.flash(f"{words}; what you typed is kept, e goes on with it", "error"),
        )

    def do_undo(self) -> None:
        edit = self.edits[-1]

        def put_back() -> bool:
            now = self.context.queries.booking_detail(edit.uid)
            if now is None or (now.private_note or "") != edit.new:
                return False
            self.context.desk.write_note(edit.uid, edit.old)
            return True

        def done(undone: bool) -> None:
            self.edits.remove(edit)
            self.undone = True
            if undone:
                self.flash(f"undone: the note of {cut(edit.who, 30)} is as it was before")
                self.note_written()
            else:
                self.flash(f"the note of {cut(edit.who, 30)} has changed since, so it was left alone", "warning")

        run_in_thread(
            self,
            put_back,
            done,
            group="note",
            description="undo a note",
            failed=lambda words: self.flash(words, "error"),
        )

    def show_side(self, *, keep: bool = False) -> None:
        """Draw the booking under the cursor again; ``keep`` leaves the eye where it is."""
        raise NotImplementedError

    def note_written(self) -> None:
        """Show the note that was just written."""
        raise NotImplementedError

    # -- copying, opening

    @property
    def marked(self) -> tuple[str, ...]:
        """The uids of the marked bookings."""
        return self.list.table.marks.ids

    def do_copy(self) -> None:
        if self.marked:
            self._copy_marked(self.marked)
            return
        booking = self.open_detail.booking
        if reach := reach_of(booking):
            self._copy(reach.text, reach.what)

    def _copy_marked(self, uids: tuple[str, ...]) -> None:
        """Copy one line for each marked booking: when, who, and the link or the email."""

        def read() -> list[str]:
            details = (self.context.queries.booking_detail(uid) for uid in uids)
            return [booking_line(detail.booking, self.context.zone) for detail in details if detail is not None]

        def done(lines: list[str]) -> None:
            count = len(lines)
            self._copy("\n".join(lines), f"{count:,} booking{'' if count == 1 else 's'}, one line each")

        run_in_thread(self, read, done, group="copy", description="copy the marked bookings")

    def _copy(self, text: str, what: str) -> None:
        self.flash(copy_words(app_of(self), text, what=what))

    def do_copy_which(self) -> None:
        detail = self.open_detail
        booking, hide = detail.booking, self.context.look.privacy
        texts: dict[str, tuple[str, str, str]] = {}
        if booking.meeting_url:
            texts["link"] = ("Link of the call", booking.meeting_url, "the call's link")
        for number, guest in enumerate(booking.attendees):
            if guest.email:
                label = "Email of the guest" if number == 0 else f"Email of guest {number + 1}"
                texts[f"email-{number}"] = (label, guest.email, "the guest's email")
        if booking.booking_page:
            texts["page"] = ("Booking's page at Cal.com", booking.booking_page, "the booking's page at Cal.com")
        texts["uid"] = ("Uid", booking.uid, "the uid")
        texts["json"] = ("Everything as JSON", booking_json(detail), "the booking as JSON")
        choices = [Choice(key, label, _note(key, text, hide=hide)) for key, (label, text, _) in texts.items()]

        def chosen(key: str | None) -> None:
            if key is not None:
                self._copy(texts[key][1], texts[key][2])

        dialog = PickerDialog("Copy", "what to copy", lambda text: narrowed(choices, text))
        app_of(self).push_screen(dialog, chosen)

    def do_browse(self) -> None:
        url = page_of(self.open_detail.booking)
        if url is None:
            self.flash(NO_PAGE, "warning")
        else:
            self.flash(*open_words(app_of(self), url))


def _note(key: str, text: str, *, hide: bool) -> str:
    """Say what a choice would copy; not while names are hidden."""
    return "" if key == "json" or (hide and key != "uid") else text


def booking_line(booking: Booking, zone: ZoneInfo) -> str:
    """Write a booking on one line: when, who, and the call's link or else the guest's email."""
    first = booking.attendees[0] if booking.attendees else None
    when = "no time known"
    if booking.start is not None:
        local = booking.start.astimezone(zone)
        when = f"{day_word(local.date())} {local.year} {local:%H:%M}"
    who = (first.name or first.email) if first else "nobody"
    reach = reach_of(booking)
    return clean(f"{when}  {who}  {reach.text if reach else booking.uid}", one_line=True)


def booking_json(detail: BookingDetail) -> str:
    """Write a booking and its note as JSON; what decides about the order of events is left out."""
    fields = asdict(detail.booking)
    del fields["memory"]
    fields["private_note"] = detail.private_note

    def plain(value: object) -> str:
        return to_text(value) if isinstance(value, datetime) else str(value)

    return json.dumps(fields, indent=2, ensure_ascii=False, default=plain)
