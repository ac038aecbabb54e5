"""Getting about in the Mail view: lists, panes, causes, and the way to the booking."""

from __future__ import annotations

from textual import on

from booking_tui.domain.filter import Filter
from booking_tui.domain.mail.email import Email
from booking_tui.domain.mail.groups import PLANNED, group_of
from booking_tui.services.mail_queries import MailCause
from booking_tui.tui.context import Context
from booking_tui.tui.dialogs.picker import Choice, PickerDialog, narrowed
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.mail_filter import MailFilter, followed
from booking_tui.tui.views.mail_head import MailHead, StandLine
from booking_tui.tui.views.mail_list import cause_of
from booking_tui.tui.views.mail_out import MailOut
from booking_tui.tui.views.mail_tries import Raw, raw_of
from booking_tui.tui.views.mail_why import BOOKING, DEED, EMAIL
from booking_tui.tui.views.mail_words import ALL, GROUPS, group_word
from booking_tui.tui.widgets.line import FrameLine
from booking_tui.tui.widgets.lines_view import LinesView
from booking_tui.tui.work import Trouble, attempt, run_in_thread

FILTER_HINT = "words  why:rate  kind:reminder  state:held  who:ada  from:today  !test"
UNKNOWN_CAUSE = "!has:reason"
OF_BOOKING = "booking:"
"""Begins what ``show_target`` takes for all emails of a booking."""


class MailMoves(MailOut):
    """What changes nothing but what is looked at."""

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(context, id=id)
        self.head = MailHead(context)
        self.stand = StandLine(context)
        self.bar = MailFilter(context, FILTER_HINT)
        self.filter = self.bar
        self._visit = ""
        """The filter that came along from another view; one step back leads there again."""
        self._before_visit = self.head.group
        """The list that was shown before: a visit leaves it as it was."""
        self._stood: dict[str, Email] = {}
        """Where one stood in each list when it was left."""

    def open_list(self, select: str | None = None) -> None:
        """Show the chosen list anew, on one of its first rows if that is named and in it."""
        raise NotImplementedError

    def show_side(self, *, keep: bool = False) -> None:
        """Draw the email under the cursor again."""
        raise NotImplementedError

    @property
    def ahead_of_time(self) -> bool:
        return self.head.group == PLANNED

    @property
    def standing(self) -> str | None:
        return self.row.id if self.row is not None else None

    # -- lists

    def choose_group(self, group: str) -> None:
        """Look at another list, standing where one stood in it before."""
        if group == self.head.group:
            return
        if self.row is not None:
            self._stood[self.head.group] = self.row
        self.head.group = group
        self.head.refresh()
        self.table.unmark_all()
        row = self._stood.get(group)
        self.open_list(row.id if row is not None else None)

    @on(FrameLine.Chosen, "MailHead")
    def group_clicked(self, message: FrameLine.Chosen) -> None:
        """Look at the list that was clicked."""
        message.stop()
        self.choose_group(message.choice)

    @on(FrameLine.Chosen, "StandLine")
    def stand_clicked(self, message: FrameLine.Chosen) -> None:
        """Do by a click what helps."""
        message.stop()
        self.action_command(f"mail.{message.choice}")

    def do_previous_tab(self) -> None:
        self._turn(-1)

    def do_next_tab(self) -> None:
        self._turn(1)

    def _turn(self, by: int) -> None:
        """Turn to the next inner tab where one stands beside the list, else to the next list."""
        if self.table.has_focus:
            groups = [group for group, _ in GROUPS]
            self.choose_group(groups[(groups.index(self.head.group) + by) % len(groups)])
            return
        self.side.turn(by)
        self.show_side()

    def do_filter(self) -> None:
        self.filter.open()

    def do_causes(self) -> None:
        group, chosen = self.head.group, self.filter.chosen
        # The cause that is chosen already does not narrow down what there is to choose from.
        base = Filter() if cause_of(chosen) is not None else chosen
        run_in_thread(
            self,
            lambda: self.context.queries.mail_causes(group, base),
            lambda causes: self._choose_cause(causes, filtered=not chosen.empty),
            group="causes",
            description="count causes",
            failed=self.refused,
        )

    def _choose_cause(self, causes: list[MailCause], *, filtered: bool) -> None:
        if not causes:
            self.flash("there is nothing here that has a cause", "plain")
            return
        choices = [Choice(each.reason or UNKNOWN_CAUSE, each.title, f"{each.how_many:,}") for each in causes]
        if filtered:
            choices.append(Choice("", "All causes", "take the filter away"))

        def chosen(reason: str | None) -> None:
            if reason is None:
                return
            self.filter.set_text(f"why:{reason}" if reason and reason != UNKNOWN_CAUSE else reason)
            self.table.focus()
            if reason:
                self.flash("* marks them all; a key then does it to all of them", "plain")

        dialog = PickerDialog(
            f"{group_word(self.head.group)} by cause", "a cause", lambda text: narrowed(choices, text), steady=False
        )
        app_of(self).push_screen(dialog, chosen)

    def stand_on(self, email_id: str) -> None:
        email = attempt(lambda: self.context.queries.email(email_id))
        if not isinstance(email, Email) or not self.filter.chosen.empty:
            return
        if self.head.group in {group_of(email), ALL}:
            self.table.go_to_key(email.id, self.context.queries.mail_key(email))

    # -- panes

    def do_history(self) -> None:
        if self.side.shows_tries() is not None:
            self.do_back()
            return
        text = self.side.go_to_tries()
        self.show_side()
        text.focus()

    def do_back(self) -> None:
        if not self.table.has_focus:
            self.remove_class("-full")
            self.side.enlarge(enlarged=False)
            self.table.focus()
        elif self._visit and self._visit == self.filter.chosen.text and self.came_from and not len(self.table.marks):
            self.head.group = self._before_visit
            self.head.refresh()
            self.filter.set_text("")
            self.post_message(self.WentBack())
        else:
            self.leave_list()

    @on(LinesView.Chosen)
    def line_chosen(self, message: LinesView.Chosen) -> None:
        """Do what a line names, or go where it leads."""
        message.stop()
        target = message.target
        if self.row is None or self.reading is None or self.reading.email.id != self.row.id:
            self.flash("that email is still being read", "plain")
        elif target.startswith(DEED):
            self.action_command(target.removeprefix(DEED))
        elif target.startswith(BOOKING):
            self.post_message(self.WentTo("booking", target.removeprefix(BOOKING)))
        elif target.startswith(EMAIL):
            self.show_target(target.removeprefix(EMAIL))
        else:
            self.do_payload()

    @on(LinesView.Entered)
    def text_entered(self, message: LinesView.Entered) -> None:
        """Give the email the whole side, and its part of it again."""
        message.stop()
        if message.view is self.side.letter.text and not self.side.narrow:
            self.side.enlarge(enlarged=not self.side.enlarged)
            self.post_message(self.OfferChanged())

    def do_open(self) -> None:
        text = self.side.focused
        if text is None:
            self.table.action_open()
        else:
            text.action_choose()

    def do_booking(self) -> None:
        uid = self.read_row.email.booking_uid
        if uid is not None:
            self.post_message(self.WentTo("booking", uid))

    def do_payload(self) -> None:
        """Show what was answered to the chosen try, or last; what a webhook brought as it came."""
        tries = self.side.shows_tries()
        raw = raw_of(self.read_row, tries.target if tries is not None else None)
        if raw is None:
            self.flash("nothing was answered yet: it was not tried", "plain")
            return
        if raw.event_id is not None and self.context.look.privacy:
            # There it is shown without what names people.
            self.post_message(self.WentTo("event", raw.event_id))
            return
        from booking_tui.tui.dialogs.mail_raw import MailRawDialog

        def left(event_id: str | None) -> None:
            if event_id is not None:
                self.post_message(self.WentTo("event", event_id))

        app_of(self).push_screen(MailRawDialog(self._as_it_came(raw)), left)

    def _as_it_came(self, raw: Raw) -> Raw:
        """Put the webhook that brought an answer in the place of what was kept of it, as long as it is kept."""
        queries, event_id = self.context.queries, raw.event_id
        event = attempt(lambda: queries.event(event_id)) if event_id is not None else None
        if event is None or isinstance(event, Trouble):
            return raw._replace(event_id=None)
        return raw._replace(text=queries.masked_body(event).decode("utf-8", "replace"))

    # -- from elsewhere

    def show_target(self, target_id: str) -> None:
        """Select an email by its id; a list's name goes to its first one, ``booking:<uid>`` lists a booking's."""
        if target_id in dict(GROUPS):
            self._show_list(target_id)
            return
        if target_id.startswith(OF_BOOKING):
            self._show_booking(target_id.removeprefix(OF_BOOKING))
            return
        email = attempt(lambda: self.context.queries.email(target_id))
        if not isinstance(email, Email):
            self.flash("that email is not kept any more", "warning")
            return
        self._show_list(group_of(email))
        self.table.go_to_key(email.id, self.context.queries.mail_key(email))

    def _show_booking(self, uid: str) -> None:
        """List what was sent about a booking, before and after its moves as well."""
        if not self._visit:
            self._before_visit = self.head.group
        chain = attempt(lambda: followed(self.context, uid))
        if not isinstance(chain, Trouble):
            self.bar.known[uid] = chain
        self._show_list(ALL, uid)

    def _show_list(self, group: str, text: str = "") -> None:
        """Show a whole list, or what a text leaves of it, from its top."""
        self.head.group = group
        self.head.refresh()
        self.remove_class("-full")
        self.table.unmark_all()
        self.filter.drop()
        self._visit = f'"{text}"' if text else ""
        if text:
            self.filter.set_text(self._visit)
        else:
            self.open_list()
        self.table.focus()
