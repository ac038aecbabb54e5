"""The boxes of the Mail view."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import Glyphs, glyphs
from booking_tui.tui.redraw import entitle, tell
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.eye import Eye
from booking_tui.tui.views.mail_letter import calendar_lines, change_lines, letter_lines
from booking_tui.tui.views.mail_list import MailTable, mail_columns
from booking_tui.tui.views.mail_orders import count_words
from booking_tui.tui.views.mail_reading import MailReading
from booking_tui.tui.views.mail_tries import tries_lines
from booking_tui.tui.views.mail_why import DEED, title_of, why_lines
from booking_tui.tui.views.mail_words import group_word, order_word, stand_said
from booking_tui.tui.widgets.flow import Piece, flowed
from booking_tui.tui.widgets.lines_view import Build, LinesView

WHY, TRIES, TEXT, CALENDAR, CHANGES = "Why", "Tries", "Text", ".ics", "Changes"
LEGEND_ROWS = 32
TALL = 30


class MailPane(Vertical):
    """The list of emails, and below it what the signs mean."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="mails", classes="pane")
        self._given = context
        self.table = MailTable(mail_columns(context, "failed"), id="mail-list")
        self.legend = Static(id="mail-legend", markup=False)

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.legend

    def tell(self, group: str, *, filtered: bool, rows: int) -> None:
        """Write the list's name, its length and the marks into the frame; the legend where there is room."""
        signs, table = glyphs(self._given.look), self.table
        words = [group_word(group)]
        if table.trouble:
            words.append(f"{signs.fail} cannot be read")
        elif filtered:
            words.append(signs.busy if table.total is None else count_words(table.total))
        elif table.total != 0:
            words.append(order_word(group))
        marked = len(table.marks)
        marks = styled(f"{signs.mark} {marked:,} marked", "$text-accent") if marked else plain("")
        entitle(self, plain(" · ".join(words)), marks)
        shown = rows >= LEGEND_ROWS and bool(table.total) and group in {"failed", "retrying", "planned"}
        self.legend.display = shown
        if shown:
            tell(self.legend, _legend(signs, group))


def _legend(signs: Glyphs, group: str) -> Content:
    """Explain the signs of the list, and what is never done."""
    waiting = (
        (signs.idle, "$text-muted", "goes out at its time"),
        (signs.held, "$text-warning", "is held: it waits until you let it go"),
    )
    failed = (
        (signs.fail, "$text-error", "needs you: address or text must change"),
        (signs.warn, "$text-warning", "needs you: all tries used, or a setting is wrong"),
        (signs.waiting, "$text-warning", "needs you: it may have arrived, nobody knows"),
        (signs.held, "$text-warning", "waits until something is set up or mended"),
        (signs.busy, "$text-warning", "is tried again by itself"),
    )
    said = waiting if group == "planned" else failed
    lines = [
        Content.assemble(styled(glyph, style), styled(f"  {words}", "$text-muted")) for glyph, style, words in said
    ]
    lines += [plain(""), styled("No email goes out once it is of no use any more, and none twice.", "$text-muted")]
    return Content("\n").join(lines)


class WhyText(LinesView):
    """Why an email stands where it stands: one stands on the first deed, so that Enter does what helps most."""

    def show(self, build: Build, *, keep: bool = False) -> None:
        before = self.target if keep else None
        super().show(build, keep=keep)
        wanted = next((n for n, line in enumerate(self.lines) if before and line.target == before), None)
        if wanted is None:
            wanted = next((n for n, line in enumerate(self.lines) if line.target.startswith(DEED)), self.cursor)
        self.cursor = wanted

    def on_focus(self, _: events.Focus) -> None:
        if self.cursor is not None:
            self._bring_to_sight(self.cursor)


class TriesText(LinesView):
    """The timeline: one stands on what happened last, and sees what comes next."""

    def show(self, build: Build, *, keep: bool = False) -> None:
        super().show(build, keep=keep)
        if not keep:
            stand_on_last(self)


def stand_on_last(text: LinesView) -> None:
    """Stand on the last entry of a timeline, with what stands below it in sight as far as there is room."""
    last = next((line.target for line in reversed(text.lines) if line.target), None)
    if last is not None:
        text.stand_on(last)
        first = next(number for number, line in enumerate(text.lines) if line.target == last)
        lowest = max(0, len(text.lines) - text.size.height)
        text.scroll_to(y=min(first, lowest), animate=False, force=True)


class SidePane(Vertical):
    """One box of text beside the list."""

    def __init__(self, name: str, text: type[LinesView] = LinesView) -> None:
        super().__init__(id=f"mail-{name}", classes="pane")
        self.text = text(id=f"mail-{name}-text")

    def compose(self) -> ComposeResult:
        yield self.text


class MailSide(Vertical):
    """Why, tries and the email itself: three boxes where there is room, else inner tabs of the last."""

    def __init__(self) -> None:
        super().__init__(id="mail-side")
        self.why = SidePane("why", WhyText)
        self.tries = SidePane("tries", TriesText)
        self.letter = SidePane("letter")
        self.tab = TEXT
        self.narrow = False
        self.short = False
        self.enlarged = False
        """Whether the email itself has the whole side."""
        self.stopped: str | None = None
        """Why nothing is sent now, in words; None while sending goes on."""
        self._filled = False
        self.setup = False
        """Whether how to send can be set up from here."""
        self.ready: Callable[[], bool] = lambda: False
        """Says whether it is set how to send."""

    def compose(self) -> ComposeResult:
        yield self.why
        yield self.tries
        yield self.letter

    @property
    def tabs(self) -> tuple[str, ...]:
        """The inner tabs that there are now."""
        before = (WHY, TRIES) if self.narrow else (TRIES,) if self.short else ()
        return (*before, TEXT, CALENDAR, CHANGES)

    @property
    def first(self) -> LinesView:
        """Where one goes from the list."""
        return self.letter.text if self.narrow else self.why.text

    def turn(self, by: int) -> None:
        """Choose the next inner tab."""
        at = self.tabs.index(self.tab) if self.tab in self.tabs else 0
        self.tab = self.tabs[(at + by) % len(self.tabs)]

    @property
    def focused(self) -> LinesView | None:
        """The text that has the focus."""
        return next((box.text for box in (self.why, self.tries, self.letter) if box.text.has_focus), None)

    def enlarge(self, *, enlarged: bool) -> None:
        """Give the email the whole side, or its part of it."""
        self.enlarged = enlarged
        self._share_out()

    def go_to_tries(self) -> LinesView:
        """Bring the tries to sight and give their text."""
        if self.enlarged:
            self.enlarge(enlarged=False)
        if self.tries.display:
            return self.tries.text
        self.tab = TRIES
        return self.letter.text

    def shows_tries(self) -> LinesView | None:
        """Give the text that shows the tries and has the focus; None when neither is so."""
        if self.tries.text.has_focus:
            return self.tries.text
        return self.letter.text if self.tab == TRIES and self.letter.text.has_focus else None

    def fit(self, *, narrow: bool, short: bool) -> None:
        """Show as many boxes as there is room for."""
        if narrow and not self.narrow:
            self.tab = WHY
        self.narrow, self.short = narrow, short
        if self.tab not in self.tabs:
            self.tab = TEXT
        self._share_out()

    def _share_out(self) -> None:
        """Show the boxes that there is room for, and one alone while nothing is selected; the focus stays in sight."""
        had_focus = next((box for box in (self.why, self.tries, self.letter) if box.text.has_focus), None)
        alone = self.narrow or (self.enlarged and self._filled)
        self.why.display = not alone
        self.tries.display = self._filled and not alone and not self.short
        self.letter.display = self._filled or self.narrow
        self.display = self._filled or not self.narrow
        if had_focus is not None and not had_focus.display:
            if had_focus is self.tries and self._filled:
                self.tab = TRIES
            elif had_focus is self.why:
                self.tab = WHY
            (self.letter.text if self.letter.display else self.why.text).focus()

    def show(self, reading: MailReading | None, eye: Eye, *, keep: bool = False) -> None:
        """Draw an email; ``keep`` leaves the eye where it is, for the same one read again."""
        self._filled = reading is not None
        self._share_out()
        entitle(self.letter, subtitle=self._tab_words() if self._filled else plain(""))
        if reading is None:
            for box, title in ((self.why, "Why"), (self.tries, "Tries"), (self.letter, "Email")):
                entitle(box, plain(title), plain(""))
                box.text.show(lambda _: ())
            shown = self.letter if self.narrow else self.why
            shown.text.show(lambda width: flowed((Piece("Nothing is selected.", "muted"),), width))
            return
        title = title_of(reading.email, eye)
        stand = stand_said(reading.email, eye.now, eye.signs)
        entitle(self.why, plain(f"{title} · {stand.word}", 60), plain(""))
        entitle(self.tries, plain("Tries"), plain("p raw answer"))
        entitle(self.letter, plain(f"{title} · {stand.word}" if self.narrow else "Email", 70))
        self.why.text.show(self._why(reading, eye, brief=self.short), keep=keep)
        self.tries.text.show(tries_lines(reading, eye, self.stopped), keep=keep)
        self.letter.text.show(self._lines(reading, eye), keep=keep)
        if self.tab == TRIES and not keep:
            stand_on_last(self.letter.text)

    def _why(self, reading: MailReading, eye: Eye, *, brief: bool) -> Build:
        return why_lines(reading, eye, setup=self.setup, brief=brief, ready=self.ready(), stopped=self.stopped)

    def _lines(self, reading: MailReading, eye: Eye) -> Build:
        if self.tab == WHY:
            return self._why(reading, eye, brief=True)
        if self.tab == TRIES:
            return tries_lines(reading, eye, self.stopped)
        if self.tab == CALENDAR:
            return calendar_lines(reading, eye)
        return change_lines(reading, eye) if self.tab == CHANGES else letter_lines(reading, eye)

    def _tab_words(self) -> Content:
        parts = [styled("< ", "$text-accent")]
        parts += [
            styled(f"[{tab}] ", "bold $text-primary") if tab == self.tab else plain(f"{tab} ") for tab in self.tabs
        ]
        return Content.assemble(*parts, styled(">", "$text-accent"))
