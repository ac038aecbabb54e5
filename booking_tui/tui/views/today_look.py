"""What the Today view shows: read at once, again when facts come, and in detail where the cursor rests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from textual import on
from textual.events import DescendantFocus, Resize
from textual.timer import Timer

from booking_tui.tui.context import Context
from booking_tui.tui.views.today_layout import TodayLayout
from booking_tui.tui.views.today_pace import WholePace
from booking_tui.tui.views.today_reading import TodayReading, read_needs, read_newest, read_today
from booking_tui.tui.widgets.line_list import LineList
from booking_tui.tui.work import Trouble, attempt, run_in_thread

if TYPE_CHECKING:
    from booking_tui.services.facts import Fact
    from booking_tui.services.queries import BookingDetail, Need

PAUSE_BEFORE_DETAIL_S = 0.06


class TodayLook(TodayLayout):
    """Reads the day and keeps it drawn; what a person can do with it is the view's own."""

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(context, id=id)
        self.chosen_day: date | None = None
        """The day that was turned to; None while the agenda goes with today."""
        self.reading: TodayReading | None = None
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
        return self.chosen_day or self.scene.now.astimezone(self.context.zone).date()

    def read(self) -> None:
        """Read everything again and draw it."""
        self._pace.begin(self.context.clock.monotonic())
        outcome = attempt(lambda: read_today(self.context.queries, self.day, privacy=self.context.look.privacy))
        if isinstance(outcome, Trouble):
            self._show_trouble(outcome.words)
            return
        self.trouble.tell(None)
        self.reading = outcome
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
        if self.reading is not None:
            self.trouble.tell(words, self.scene)
            return
        self.agenda.show_trouble(words, self.scene)
        self.next.show_trouble()
        self.needs.show_trouble()
        self.live.show_trouble()
        self.selected.set_class(True, "-gone")  # noqa: FBT003 - Textual's own order
        self.post_message(self.OfferChanged())

    def _draw(self) -> None:
        reading = self.reading
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
        reading = self.reading
        if reading is None:
            return
        privacy = self.context.look.privacy
        outcome = attempt(lambda: read_newest(self.context.queries, reading.feed, privacy=privacy))
        if isinstance(outcome, Trouble):
            self._show_trouble(outcome.words)
            return
        self.reading = reading._replace(feed=outcome)
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
        if self.pane is self.live and (line := self.live.at) is not None and line.booking_uid is None:
            self.selected.show_line(line, self.scene)
        else:
            self.selected.show(self.detail_at_cursor(), self.scene)
        self.post_message(self.OfferChanged())

    def _uid_at_cursor(self) -> str | None:
        """Name the booking that the pane with the focus stands on; the agenda's for a pane that stands on none."""
        if self.pane is self.live and (line := self.live.at) is not None:
            return line.booking_uid
        if self.pane is self.needs and (need := self.needs.at) is not None:
            return need.target_id if need.target_kind == "booking" else None
        return self.agenda.list.key

    def detail_at_cursor(self) -> BookingDetail | None:
        """Give the details of the booking under the cursor, read at most once while it rests there."""
        uid = self._uid_at_cursor()
        known = self.reading.next_detail if self.reading is not None else None
        if uid is None:
            self._detail = None
        elif known is not None and known.booking.uid == uid:
            self._detail = known
        elif self._detail is None or self._detail.booking.uid != uid:
            found = attempt(lambda: self.context.queries.booking_detail(uid))
            self._detail = None if isinstance(found, Trouble) else found
        return self._detail

    def on_resize(self, event: Resize) -> None:  # noqa: ARG002 - Textual looks at the arguments
        """Draw again what is made for a width."""
        self.call_after_refresh(self._drawn_anew)

    def _drawn_anew(self) -> None:
        self.name_folds()
        self._draw()
        self.needs.redraw(self.scene)
