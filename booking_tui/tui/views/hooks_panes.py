"""The boxes of the Hooks view."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from booking_tui.services.queries import InboxSummary
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import Glyphs, glyphs
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.eye import Eye
from booking_tui.tui.views.hooks_detail import (
    body_lines,
    diff_text,
    effect_lines,
    header_lines,
    raw_lines,
    shown_value,
)
from booking_tui.tui.views.hooks_list import EventTable, event_columns
from booking_tui.tui.views.hooks_reading import Comparison, EventReading
from booking_tui.tui.views.hooks_why import why_lines
from booking_tui.tui.views.hooks_words import moment_said, ms_said, sparkline, verdict_said
from booking_tui.tui.widgets.flow import Piece, flowed
from booking_tui.tui.widgets.json_tree import JsonTree
from booking_tui.tui.widgets.lines_view import Build, LinesView

TABS = ("Tree", "JSON", "Raw", "Headers", "Diff", "Effects")
SHORT = {"Headers": "Head", "Effects": "Eff."}
"""The names of tabs where there is little room."""
LEGEND_ROWS = 34


class RequestsPane(Vertical):
    """The list of requests, with how busy it was and what the signs mean below it."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="requests", classes="pane")
        self._given = context
        self.table = EventTable(event_columns(context), follows=True, id="events")
        self.vitals = Static(id="vitals", markup=False)
        self._said: tuple[Content, Content] | None = None

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.vitals

    def tell(self, summary: InboxSummary | None, *, filtered: bool) -> None:
        """Write counts, following and marks into the frame."""
        signs, table = glyphs(self._given.look), self.table
        words = ["Requests"]
        if table.trouble:
            words.append(f"{signs.fail} cannot be read")
        elif filtered:
            words.append(f"{signs.busy} counting" if table.total is None else f"{table.total:,} match")
        elif summary is not None:
            today = summary.today
            words += [f"{today.total:,} today", f"{today.ok:,} ok"]
            words += [f"{today.refused:,} refused"] if today.refused else []
            words += [f"{today.parked:,} parked"] if today.parked else []
            words += [f"{today.duplicates:,} again"] if today.duplicates else []
        said = (plain(" · ".join(words)), self._subtitle(signs))
        if said != self._said:
            self._said = said
            self.border_title, self.border_subtitle = said

    def _subtitle(self, signs: Glyphs) -> Content:
        table = self.table
        bits: list[Content] = []
        if marked := len(table.marks):
            bits.append(styled(f"{signs.mark} {marked:,} marked", "$text-accent"))
        if table.new_above:
            most = "999+" if table.new_above >= 1000 else str(table.new_above)
            bits.append(styled(f"{most} new {signs.up}", "bold $text-warning"))
        if table.paused:
            bits.append(styled("paused", "$text-warning"))
        elif table.following and not table.trouble:
            bits.append(styled(f"{signs.ok} following", "$text-success"))
        return Content(" · ").join(bits)

    def show_vitals(self, summary: InboxSummary | None, rows: int) -> None:
        """Draw arrivals by minute, the latencies, and the legend where there is room."""
        signs = glyphs(self._given.look)
        if summary is None:
            self.vitals.update("")
            return
        label = "per minute  "
        width = max(10, (self.vitals.content_size.width or self.size.width - 4) - len(label) - 2)
        lines = [
            Content.assemble(
                styled(label, "$text-muted"), styled(sparkline(summary.per_minute, width, signs), "$text-primary")
            )
        ]
        if summary.latency is not None:
            lines.append(_latencies(summary.latency))
        if rows >= LEGEND_ROWS:
            lines += [plain(""), *_legend(signs)]
        self.vitals.update(Content("\n").join(lines))


def _latencies(latency: tuple[float, float, float]) -> Content:
    parts = [styled("answered    ", "$text-muted")]
    for name, value in zip(("p50", "p95", "worst"), latency, strict=True):
        parts += [styled(f"{name} ", "$text-muted"), plain(f"{ms_said(value)} ms   ")]
    return Content.assemble(*parts)


def _legend(signs: Glyphs) -> list[Content]:
    """Explain the signs of the list."""
    said = (
        (
            (signs.done, "$text-success", "signed, applied"),
            (signs.duplicate, "$text-muted", "seen before"),
        ),
        ((signs.refused, "$text-error", "refused, kept"), (signs.parked, "$text-warning", "parked: see why")),
        ((signs.ignored, "$text-muted", "not for us"), (signs.busy, "$text-warning", "not applied yet")),
    )
    lines: list[Content] = []
    for number, row in enumerate(said):
        parts = [styled("legend      " if number == 0 else " " * 12, "$text-muted")]
        for glyph, style, words in row:
            parts += [styled(glyph, style), styled(f" {words}".ljust(19), "$text-muted")]
        lines.append(Content.assemble(*parts))
    return lines


class WhyPane(Vertical):
    """The verdict in plain words, and what helps."""

    def __init__(self) -> None:
        super().__init__(id="why", classes="pane")
        self.text = LinesView(id="why-text")

    def compose(self) -> ComposeResult:
        yield self.text


class PayloadPane(Vertical):
    """One request from all sides, in inner tabs."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="payload", classes="pane")
        self._given = context
        self.text = LinesView(id="payload-text")
        self.outline = JsonTree(id="payload-tree")
        self.search = Input(placeholder="find in this text", id="search", select_on_focus=False, compact=True)
        self.tab = "JSON"
        self.with_why = False
        """Whether the verdict is a tab of its own here, as it is on narrow screens."""

    def compose(self) -> ComposeResult:
        yield self.text
        yield self.outline
        yield self.search

    def on_mount(self) -> None:
        self.search.display = False
        self.outline.display = False

    @property
    def tabs(self) -> tuple[str, ...]:
        """The inner tabs there are now."""
        return ("Why", *TABS) if self.with_why else TABS

    @property
    def shown(self) -> LinesView:
        """What is shown of the two ways to draw."""
        return self.outline if self.tab == "Tree" else self.text

    def turn(self, by: int) -> None:
        """Choose the next inner tab."""
        at = self.tabs.index(self.tab) if self.tab in self.tabs else 0
        self.tab = self.tabs[(at + by) % len(self.tabs)]

    def show(self, reading: EventReading | None, comparison: Comparison | None, eye: Eye) -> None:
        """Draw the chosen tab of a request."""
        if self.tab not in self.tabs:
            self.tab = "JSON"
        had_focus = self.text.has_focus or self.outline.has_focus
        is_tree = self.tab == "Tree" and reading is not None and reading.not_json is None
        self.outline.display, self.text.display = is_tree, not is_tree
        self.border_subtitle = self._tab_words()
        if reading is None:
            self.border_title = plain("Payload")
            self.text.show(lambda width: flowed((Piece("Nothing is selected.", "muted"),), width))
            return
        self.border_title = self._title(reading, comparison, eye)
        if is_tree:
            self.outline.ascii = eye.look.ascii
            self.outline.show_value(shown_value(reading.value, eye))
        else:
            self.text.show(self._lines(reading, comparison, eye))
        if had_focus:
            (self.outline if is_tree else self.text).focus()

    def _title(self, reading: EventReading, comparison: Comparison | None, eye: Eye) -> Content:
        """Name the request that is shown, or the two that are compared."""
        event = reading.event
        if self.tab == "Diff" and comparison is not None and comparison.older is not None:
            pair = (comparison.older, comparison.newer)
            old, new = (moment_said(each.received_at, eye.now, eye.zone) for each in pair)
            return plain(f"{old} {eye.signs.moved} {new} · {comparison.relation}", 60)
        moment = moment_said(event.received_at, eye.now, eye.zone)
        return plain(f"{moment} · {event.trigger or 'no trigger'} · {verdict_said(event, eye.signs).text}", 60)

    def _lines(self, reading: EventReading, comparison: Comparison | None, eye: Eye) -> Build:
        if self.tab == "Why":
            return why_lines(reading, eye, brief=True)
        if self.tab == "Raw":
            return raw_lines(reading, eye)
        if self.tab == "Headers":
            return header_lines(reading)
        if self.tab == "Diff":
            return diff_text(comparison, eye)
        if self.tab == "Effects":
            return effect_lines(reading, eye)
        return body_lines(reading, eye)

    def _tab_words(self) -> Content:
        short = 0 < self.size.width < len(" ".join(self.tabs)) + 10
        parts = [styled("< ", "$text-accent")]
        for tab in self.tabs:
            word = SHORT.get(tab, tab) if short else tab
            parts.append(styled(f"[{word}] ", "bold $text-primary") if tab == self.tab else plain(f"{word} "))
        return Content.assemble(*parts, styled(">", "$text-accent"))
