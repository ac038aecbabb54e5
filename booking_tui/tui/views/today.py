"""Today: the day's agenda, what comes next, what needs a person, what comes in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.events import DescendantFocus, Resize
from textual.timer import Timer
from textual.widget import Widget

from booking_tui.tui.commands import Command
from booking_tui.tui.context import Context
from booking_tui.tui.text import cut
from booking_tui.tui.views import today_commands as deeds
from booking_tui.tui.views import today_links as links
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.today_layout import TodayLayout
from booking_tui.tui.views.today_pace import WholePace
from booking_tui.tui.views.today_reading import TodayReading, read_needs, read_newest, read_today
from booking_tui.tui.widgets.line_list import LineList
from booking_tui.tui.work import Trouble, attempt, run_in_thread

if TYPE_CHECKING:
    from booking_tui.domain.booking import Booking
    from booking_tui.services.facts import Fact
    from booking_tui.services.queries import BookingDetail, Need

PAUSE_BEFORE_DETAIL_S = 0.06


class TodayView(TodayLayout):
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

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(context, id=id)
        self._day: date | None = None
        self._reading: TodayReading | None = None
        self._detail: BookingDetail | None = None
        self._waiting: Timer | None = None
        self._whole: Timer | None = None
        self._pace = WholePace()

    def on_mount(self) -> None:
        self.unfold()
        self.read()

    # -- reading

    @property
    def day(self) -> date:
        """The day that the agenda shows; it moves on at midnight unless another day was chosen."""
        return self._day or self.scene.now.astimezone(self.context.zone).date()

    def read(self) -> None:
        """Read everything again and draw it."""
        self._pace.begin(self.context.clock.monotonic())
        outcome = attempt(lambda: read_today(self.context.queries, self.day, privacy=self.context.look.privacy))
        if isinstance(outcome, Trouble):
            self._show_trouble(outcome.words)
            return
        self.trouble.tell(None)
        self._reading = outcome
        self._detail = None
        self._draw()
        self._pace.end(self.context.clock.monotonic())
        run_in_thread(
            self,
            lambda: read_needs(self.context.queries),
            self._show_needs,
            group="needs",
            description="read what needs a person",
            failed=self._show_trouble,
        )

    def _show_trouble(self, words: str) -> None:
        """Keep what was read before and say that it may be old; with nothing read, say so in the agenda's place."""
        if self._reading is not None:
            self.trouble.tell(words, self.scene)
            return
        self.agenda.show_trouble(words, self.scene)
        self.next.show_trouble()
        self.needs.show_trouble()
        self.live.show_trouble()
        self.selected.set_class(True, "-gone")  # noqa: FBT003 - Textual's own order
        self.post_message(self.OfferChanged())

    def _draw(self) -> None:
        reading = self._reading
        if reading is None:
            return
        scene = self.scene
        configured = self.context.settings.configured
        self.agenda.show(reading, scene, self.context.webhook_url(), configured=configured)
        self.next.show(reading, scene)
        self.live.show(reading.feed, scene)
        self.selected.set_class(reading.brand_new, "-gone")
        self._ask_detail()

    def _show_needs(self, needs: list[Need]) -> None:
        self.needs.show(needs, self.scene)
        self.name_folds()
        self.post_message(self.OfferChanged())

    def facts_arrived(self, facts: Sequence[Fact]) -> None:  # noqa: ARG002 - a day is read whole or not at all
        left = self._pace.left(self.context.clock.monotonic())
        if left <= 0:
            self.read()
            return
        self._read_feed()
        if self._whole is None:
            self._whole = self.set_timer(left, self._read_whole)

    def _read_whole(self) -> None:
        self._whole = None
        self.read()

    def _read_feed(self) -> None:
        """Read the newest live lines alone."""
        reading = self._reading
        if reading is None:
            return
        privacy = self.context.look.privacy
        outcome = attempt(lambda: read_newest(self.context.queries, reading.feed, privacy=privacy))
        if isinstance(outcome, Trouble):
            self._show_trouble(outcome.words)
            return
        self._reading = reading._replace(feed=outcome)
        self.live.show(outcome, self.scene)

    def look_changed(self) -> None:
        self.needs.redraw(self.scene)
        self._detail = None
        self.read()

    def minute_passed(self) -> None:
        self.needs.redraw(self.scene)
        self.read()

    def show_target(self, target_id: str) -> None:
        self.agenda.list.choose(target_id)

    # -- what is selected

    @on(DescendantFocus)
    @on(LineList.Highlighted)
    def _ask_detail(self) -> None:
        """Show details once the cursor rests."""
        self.post_message(self.OfferChanged())
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(PAUSE_BEFORE_DETAIL_S, self._show_detail)

    def _show_detail(self) -> None:
        self._waiting = None
        if self.pane is self.needs and (need := self.needs.at) is not None:
            self.selected.show_need(need, self.scene)
            return
        self.selected.show(self._detail_at_cursor(), self.scene)
        self.post_message(self.OfferChanged())

    def _detail_at_cursor(self) -> BookingDetail | None:
        """Give the details of the booking under the agenda's cursor, read at most once while it rests there."""
        uid = self.agenda.list.key
        known = self._reading.next_detail if self._reading is not None else None
        if uid is None:
            self._detail = None
        elif known is not None and known.booking.uid == uid:
            self._detail = known
        elif self._detail is None or self._detail.booking.uid != uid:
            found = attempt(lambda: self.context.queries.booking_detail(uid))
            self._detail = None if isinstance(found, Trouble) else found
        return self._detail

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
        return (deeds.OPEN, deeds.BROWSE, deeds.COPY, deeds.NEXT)

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
        if command_id == deeds.DISMISS.id:
            return self._why_not_dismiss()
        if command_id == deeds.UNDO.id:
            return None if self.needs.dismissed else "nothing was dismissed"
        if command_id == deeds.AGAIN.id:
            return None if self._day is not None else "the agenda shows today already"
        if command_id in {deeds.PREVIOUS_TAB.id, deeds.NEXT_TAB.id} and not self.folded:
            return "all panes are on the screen already"
        return None

    def _why_not_dismiss(self) -> str | None:
        if self.pane is not self.needs:
            return "d dismisses a line of Needs you: go there first (tab)"
        return None if self.needs.at is not None else "nothing needs you, so there is nothing to dismiss"

    def _webhook_url(self) -> str | None:
        """Give the address for webhooks while the agenda shows it in the place of bookings."""
        return self.context.webhook_url() if self._reading is not None and self._reading.brand_new else None

    def _target_key(self) -> str | None:
        pane = self.pane
        if pane is self.next:
            return self._reading.next_up.uid if self._reading and self._reading.next_up else None
        return self._list_of(pane).key

    def _list_of(self, pane: Widget) -> LineList:
        lists: dict[Widget, LineList] = {self.needs: self.needs.list, self.live: self.live.list}
        return lists.get(pane, self.agenda.list)

    def _subject(self) -> Booking | None:
        """Give the booking that Join and Copy are about: the next one in its own pane, else the selected one."""
        in_next = self.pane is self.next and self._reading is not None
        detail = self._reading.next_detail if in_next and self._reading else self._detail_at_cursor()
        return None if detail is None else detail.booking

    def do_open(self) -> None:
        if self.pane is self.next and self._reading is not None and self._reading.next_up is not None:
            self.post_message(self.WentTo("booking", self._reading.next_up.uid))
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
        self._day = None if day == today else day
        self.agenda.list.forget_place()
        self.read()

    def on_resize(self, event: Resize) -> None:  # noqa: ARG002 - Textual looks at the arguments
        """Draw again what is made for a width."""
        self.call_after_refresh(self._drawn_anew)

    def _drawn_anew(self) -> None:
        self.name_folds()
        self._draw()
        self.needs.redraw(self.scene)
