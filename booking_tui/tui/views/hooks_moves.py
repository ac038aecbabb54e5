"""Getting about in the Hooks view: marks, tabs, searching, copying, and the way back."""

from __future__ import annotations

from textual import on
from textual.widgets import Input

from booking_tui.tui.context import Context
from booking_tui.tui.dialogs.picker import Choice, PickerDialog, narrowed
from booking_tui.tui.views import hooks_commands as deeds
from booking_tui.tui.views.hooks_copying import curl, editable
from booking_tui.tui.views.hooks_deeds import HookDeeds
from booking_tui.tui.views.hooks_list import EventTable
from booking_tui.tui.views.hooks_panes import WhyPane
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.way_in_words import is_local
from booking_tui.tui.widgets.filter_bar import FilterBar
from booking_tui.tui.widgets.line import FrameLine
from booking_tui.tui.widgets.lines_view import LinesView

FILTER_HINT = "words  verdict:signed  trigger:created  state:parked  from:today  !ping"


class HookMoves(HookDeeds):
    """What changes nothing but what is looked at."""

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(context, id=id)
        self.why = WhyPane()
        self.filter = FilterBar(
            context.queries.filter, private=lambda: self.context.look.privacy, hint=FILTER_HINT, id="hook-filter"
        )

    def show_tab(self) -> None:
        """Draw the inner tab that was turned to."""
        raise NotImplementedError

    def why_not(self, command_id: str) -> str | None:
        if command_id in deeds.NEED_A_REQUEST and self.table.cursor_row is None:
            return "no request is selected: t sends a test event"
        if command_id in deeds.NEED_IT_READ and self.reading is None:
            return "the request is still being read"
        if command_id == deeds.SIGNING.id and self.reading is not None and self.reading.why is None:
            return f"nobody here knows how {self.reading.event.source} signs"
        if command_id == deeds.TEST.id and not self.context.stories():
            return "the catalogue of test events is not available here"
        if command_id == deeds.EXPORT.id and self.context.fixture is None:
            return "exporting is not available here; booking-tui events export does it"
        return None

    @property
    def standing(self) -> str | None:
        row = self.table.cursor_row
        return row.id if row is not None else None

    @on(LinesView.Chosen)
    def line_chosen(self, message: LinesView.Chosen) -> None:
        """Go to the booking that a line names."""
        kind, _, target = message.target.partition(":")
        row, reading = self.table.cursor_row, self.reading
        if kind != "booking":
            return
        message.stop()
        if row is None or reading is None or reading.event.id != row.id:
            self.flash("that request is still being read", "plain")
        else:
            self.post_message(self.WentTo("booking", target))

    def on_descendant_focus(self) -> None:
        """Hold the list still while one of its requests is being looked at."""
        looked_at = self.why.text.has_focus or self.payload.has_focus_within
        if looked_at != self.table.held:
            self.table.held = looked_at
            self.post_message(EventTable.Counted(self.table))

    def do_info(self) -> None:
        from booking_tui.tui.dialogs.way_in import WayInDialog

        app_of(self).push_screen(WayInDialog(self.context))

    def do_pause(self) -> None:
        follows = self.table.toggle_follow()
        self.flash("following the newest" if follows else "held still; P follows the newest again", "plain")

    def do_filter(self) -> None:
        if self.payload.shown.has_focus:
            self.payload.search.display = True
            self.screen.set_focus(self.payload.search)
        else:
            self.filter.open()

    @on(Input.Changed, "#search")
    def search(self, event: Input.Changed) -> None:
        """Light up what is found while it is typed."""
        event.stop()
        self.payload.shown.find(event.value)

    @on(Input.Submitted, "#search")
    def searched(self, event: Input.Submitted) -> None:
        """Go back to the text, where ; goes on to the next match."""
        event.stop()
        found = self.payload.shown.find(event.value)
        self.flash(
            f"{found} line{'' if found == 1 else 's'} found; ; goes to the next" if found else "not found", "plain"
        )
        self.payload.shown.focus()
        self.payload.search.display = False

    def do_next_match(self) -> None:
        if not self.payload.shown.next_match():
            self.flash("nothing is searched for: / in the payload looks for a text", "plain")

    def do_payload(self) -> None:
        if self.payload.shown.has_focus:
            self.do_back()
        else:
            self.table.action_open()

    def do_previous_tab(self) -> None:
        self._turn(-1)

    def do_next_tab(self) -> None:
        self._turn(1)

    def _turn(self, by: int) -> None:
        self.payload.turn(by)
        self.show_tab()

    def do_back(self) -> None:
        if self.payload.search.has_focus:
            self.payload.search.value = ""
            self.payload.search.display = False
            self.payload.shown.focus()
        elif self.has_class("-full") or not self.table.has_focus:
            self.remove_class("-full")
            self.table.focus()
        else:
            self.leave_list()

    def do_copy(self) -> None:
        if self.payload.shown.has_focus and self.reading is not None:
            self.copy(editable(self.reading.event), "the payload with its true bytes")
        elif (url := self.context.webhook_url()) is not None:
            status = self.context.tunnel()
            down = status is not None and status.url is None and not is_local(url)
            self.copy(url, "the address; it does not lead here just now" if down else "the address to send to")
        else:
            self.flash("there is no address yet: nothing listens on this home", "warning")

    def do_copy_which(self) -> None:
        choices = [Choice("url", "Address to send to", self.send_url)]
        if (reading := self.reading) is not None:
            event = reading.event
            choices += [
                Choice("id", "Id of the request", event.id),
                Choice("json", "Payload", "the true bytes, secrets included"),
                Choice("curl", "curl that sends it again", "the true bytes, secrets included"),
            ]
            choices += [Choice("uid", "Uid of the booking", event.booking_uid)] if event.booking_uid else []
        dialog = PickerDialog("Copy", "what to copy", lambda text: narrowed(choices, text))
        app_of(self).push_screen(dialog, self._copy_choice)

    def _copy_choice(self, choice: str | None) -> None:
        if choice == "url":
            self.copy(self.send_url, "the address to send to")
        elif choice is not None and self.reading is not None:
            event = self.reading.event
            texts = {
                "id": (event.id, "the id"),
                "uid": (event.booking_uid or "", "the booking's uid"),
                "json": (editable(event), "the payload with its true bytes"),
                "curl": (curl(event, self.send_url), "a curl with the true bytes"),
            }
            self.copy(*texts[choice])

    @on(FrameLine.Chosen, "AddressLine")
    def address_clicked(self, message: FrameLine.Chosen) -> None:
        """Follow a click on the address or its keys."""
        message.stop()
        self.action_command(message.choice)
