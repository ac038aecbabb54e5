"""Today: the day's agenda, what comes next, what needs a person, what comes in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.widget import Widget

from booking_tui.tui.commands import Command
from booking_tui.tui.lamp_words import LAMP
from booking_tui.tui.text import cut
from booking_tui.tui.views import today_commands as deeds
from booking_tui.tui.views import today_links as links
from booking_tui.tui.views.booking_links import browse_word, copy_word, named
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.today_look import TodayLook
from booking_tui.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from booking_tui.domain.booking import Booking


class TodayView(TodayLook):
    """The first screen of the day."""

    NUMBER = 1
    TITLE = "Today"
    STYLE = "today.tcss"
    HELP = (
        "The agenda shows the day as it runs: the line marks now, muted rows are over, gaps between appointments are "
        "free time. Beside it: what comes next with the guest's own notes, what needs you, and what has just come in. "
        "Enter goes to the booking or the request under the cursor."
    )
    COMMANDS: ClassVar[tuple[Command, ...]] = deeds.TODAY_COMMANDS

    @on(LineList.Opened)
    def open_line(self, message: LineList.Opened) -> None:
        """Go to what the line is about."""
        self._go(message.line_list)

    def _go(self, line_list: LineList) -> None:
        if line_list is self.agenda.list and line_list.key is not None:
            self.post_message(self.WentTo("booking", line_list.key))
        elif line_list is self.needs.list and (need := self.needs.at) is not None:
            self.post_message(self.WentTo(need.target_kind, need.target_id))
        elif line_list is self.live.list and (line := self.live.at) is not None:
            target = line.booking_uid or line.event_id or ""
            self.post_message(self.WentTo("booking" if line.booking_uid else "event", target))

    # -- commands

    def offered(self) -> Sequence[Command]:
        if self.pane is self.needs:
            undo = (deeds.UNDO,) if self.needs.dismissed else ()
            return (deeds.OPEN, deeds.DISMISS, *undo)
        if self.pane is self.live:
            return (deeds.OPEN, deeds.PAUSE)
        again = (deeds.AGAIN,) if self.chosen_day is not None else ()
        booking = self._subject()
        if booking is None:
            url = (named(deeds.COPY, "Copy URL"),) if self._webhook_url() is not None else ()
            return (*url, deeds.NEXT, *again)
        browse, copy = named(deeds.BROWSE, browse_word(booking)), named(deeds.COPY, copy_word(booking))
        return (deeds.OPEN, browse, copy, deeds.NEXT, *again, deeds.MAIL)

    def help_text(self) -> str:
        if self.pane is self.needs:
            return "What waits for you: requests to answer, deliveries that were refused or could not be applied."
        if self.pane is self.live:
            return "What has just come in and what it changed, the newest at the bottom. P holds it still."
        return self.HELP or ""

    def why_not(self, command_id: str) -> str | None:
        if command_id == deeds.OPEN.id:
            return None if self._target_key() else "there is nothing under the cursor to open"
        if command_id in {deeds.BROWSE.id, deeds.COPY.id}:
            if command_id == deeds.COPY.id and self._webhook_url() is not None:
                return None
            return links.why_no_link(self._subject(), copying=command_id == deeds.COPY.id)
        if command_id == deeds.MAIL.id:
            return None if self._emails() is not None else "no booking is selected"
        if command_id == deeds.DISMISS.id:
            return self._why_not_dismiss()
        if command_id == deeds.UNDO.id:
            return None if self.needs.dismissed else "nothing was dismissed"
        if command_id == deeds.AGAIN.id:
            return None if self.chosen_day is not None else "the agenda shows today already"
        if command_id in {deeds.PREVIOUS_TAB.id, deeds.NEXT_TAB.id} and not self.folded:
            return "all panes are on the screen already"
        return None

    def _why_not_dismiss(self) -> str | None:
        if self.pane is not self.needs:
            return "d dismisses a line of Needs you: go there first (tab)"
        if self.needs.at is not None and self.needs.at.kind == LAMP:
            return "this line goes by itself once it is mended"
        return None if self.needs.at is not None else "nothing needs you, so there is nothing to dismiss"

    def _webhook_url(self) -> str | None:
        """Give the address for webhooks while the agenda shows it in the place of bookings."""
        return self.context.webhook_url() if self.reading is not None and self.reading.brand_new else None

    def _target_key(self) -> str | None:
        pane = self.pane
        if pane is self.next:
            return self.reading.next_up.uid if self.reading and self.reading.next_up else None
        return self._list_of(pane).key

    def _list_of(self, pane: Widget) -> LineList:
        lists: dict[Widget, LineList] = {self.needs: self.needs.list, self.live: self.live.list}
        return lists.get(pane, self.agenda.list)

    def _subject(self) -> Booking | None:
        """Give the booking that Join and Copy are about: the next one in its own pane, else the one below."""
        in_next = self.pane is self.next and self.reading is not None
        detail = self.reading.next_detail if in_next and self.reading else self.detail_at_cursor()
        return None if detail is None else detail.booking

    def do_open(self) -> None:
        if self.pane is self.next and self.reading is not None and self.reading.next_up is not None:
            self.post_message(self.WentTo("booking", self.reading.next_up.uid))
        else:
            self._go(self._list_of(self.pane))

    def do_browse(self) -> None:
        booking = self._subject()
        if booking is not None:
            self.post_message(self.Flashed(*links.browsed(app_of(self), booking)))

    def do_copy(self) -> None:
        news = links.copied(app_of(self), self._subject(), self._webhook_url())
        if news is not None:
            self.post_message(self.Flashed(*news))

    def _emails(self) -> str | None:
        """Name the emails that one can go to from here: the one that needs somebody, or all of a booking."""
        need = self.needs.at if self.pane is self.needs else None
        if need is not None and need.target_kind == "email":
            return need.target_id
        booking = self._subject()
        return None if booking is None else f"booking:{booking.uid}"

    def do_mail(self) -> None:
        emails = self._emails()
        if emails is not None:
            self.post_message(self.WentTo("email", emails))

    def do_dismiss(self) -> None:
        dismissed = self.needs.dismiss(self.scene)
        if dismissed is not None:
            self.post_message(self.Flashed(f"dismissed: {cut(dismissed.text, 60)}", "success"))
            self.name_folds()

    def do_undo(self) -> None:
        back = self.needs.bring_back(self.scene)
        if back is not None:
            self.post_message(self.Flashed(f"back again: {cut(back.text, 60)}", "success"))
            self.name_folds()

    def do_pause(self) -> None:
        self.live.turn(self.scene)
        self.post_message(self.Flashed("held still; P follows again" if self.live.paused else "following", "plain"))

    def do_previous_day(self) -> None:
        self._turn_to(self.day - timedelta(days=1))

    def do_next_day(self) -> None:
        self._turn_to(self.day + timedelta(days=1))

    def do_today_again(self) -> None:
        self._turn_to(None)

    def _turn_to(self, day: date | None) -> None:
        today = self.scene.now.astimezone(self.context.zone).date()
        self.chosen_day = None if day == today else day
        self.agenda.list.forget_place()
        self.read()
