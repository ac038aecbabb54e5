"""The filter over a list: typed live, shown as chips when it stands, and what is wrong with it in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from booking_tui.domain.filter import Filter, FilterError, Term
from booking_tui.tui.text import styled
from booking_tui.tui.widgets.line import FrameLine, Part

SCREEN_WORDS = {
    ("status", "accepted"): "confirmed",
    ("status", "pending"): "waiting",
    ("status", "rejected"): "declined",
    ("status", "rescheduled"): "moved",
    ("verdict", "valid"): "signed",
    ("verdict", "invalid"): "bad-sig",
    ("verdict", "missing"): "no-sig",
    ("state", "processed"): "applied",
    ("state", "quarantined"): "refused",
    ("state", "stored"): "in-line",
    ("state", "duplicate"): "again",
}
"""What the lists call a value that the filter knows by another name."""
MOST = 500
"""Letters of a filter."""
PAUSE_S = 0.12
"""So long after the last letter the list is filtered anew."""


def term_text(term: Term) -> str:
    """Write a term as a person would type it."""
    value = f'"{term.value}"' if not term.value or any(letter.isspace() for letter in term.value) else term.value
    return f"{'!' if term.negated else ''}{term.key + ':' if term.key else ''}{value}"


def chip_text(term: Term, *, private: bool = False) -> str:
    """Write a term in the words that the lists use; what may name somebody is left out while names are hidden."""
    value = SCREEN_WORDS.get((term.key or "", term.value))
    if private and term.key in {None, "who"} and not (term.status or term.state or term.verdict or term.until):
        value = "•••"
    return term_text(term if value is None else replace(term, value=value))


class ChipLine(FrameLine):
    """The terms of the filter; a click takes one away."""

    def __init__(self, private: Callable[[], bool]) -> None:
        super().__init__()
        self._private = private
        self.terms: Sequence[Term] = ()

    def left_parts(self, width: int) -> Sequence[Part]:  # noqa: ARG002 - the base class asks for it
        parts = [Part(" / ", "bold $text-accent", "edit")]
        for number, term in enumerate(self.terms):
            style = "$text-warning on $panel" if term.negated else "$foreground on $panel"
            parts += [Part(f" {chip_text(term, private=self._private())} ×", style, str(number)), Part(" ")]
        return parts


class FilterInput(Input):
    """Where the filter is typed."""

    class Full(Message):
        """What was typed or pasted does not fit."""

    def on_key(self, event: events.Key) -> None:
        """Drop a second slash in the empty line: it is a slip of the finger, no text."""
        if event.key == "slash" and not self.value:
            event.prevent_default().stop()

    def on_paste(self, event: events.Paste) -> None:
        """Take no part of what does not fit: half a filter would find something else."""
        if len(event.text.strip()) > MOST - len(self.value) + len(self.selected_text):
            event.prevent_default().stop()
            self.restricted()

    def restricted(self) -> None:
        self.post_message(self.Full())


class FilterBar(Vertical):
    """One line that is there while a filter stands or is typed. ``read`` turns text into a filter."""

    DEFAULT_CSS = """
    FilterBar { height: auto; background: $background; }
    FilterBar ChipLine { height: 1; }
    FilterBar Horizontal { height: 1; background: $panel; }
    FilterBar #slash { width: 4; height: 1; padding: 0; }
    FilterBar Input { padding: 0; width: 1fr; background: $panel; }
    FilterBar Static { height: auto; padding: 0 1; color: $text-error; }
    """
    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (("⏎", "keep filter"), ("↓", "to the list"), ("Esc", "clear"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "Clear the filter", show=False, priority=True),
        Binding("down", "leave", "To the list", show=False, priority=True),
    ]

    @dataclass
    class Changed(Message):
        """Another filter stands."""

        bar: FilterBar
        chosen: Filter

    class Left(Message):
        """The person goes back to the list."""

    def __init__(
        self,
        read: Callable[[str], Filter],
        *,
        private: Callable[[], bool] = lambda: False,
        hint: str = "words  status:confirmed  from:today  who:ada  !cancelled",
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self._read = read
        self.chosen = Filter()
        self.chips = ChipLine(private)
        self.input = FilterInput(placeholder=hint, compact=True, max_length=MOST)
        self.error = Static(markup=False)
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield self.chips
        with Horizontal():
            yield Static(styled(" /  ", "bold $text-accent"), id="slash")
            yield self.input
        yield self.error

    def on_mount(self) -> None:
        self.error.display = False
        self._fit(editing=False)

    @property
    def wrong(self) -> str | None:
        """What is wrong with the text that stands there; None when it is understood."""
        return str(self.error.content) or None

    def open(self) -> None:
        """Begin to type."""
        self._fit(editing=True)
        # At once, not at the next turn: what is typed right behind the key belongs here.
        self.screen.set_focus(self.input)

    def drop(self) -> None:
        """Take the filter away without telling: whoever asks for it opens the list anew."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        with self.input.prevent(Input.Changed):
            self.input.value = ""
        self._say("")
        self.chosen = Filter()
        self.chips.terms = ()
        self._fit(editing=False)

    def set_text(self, text: str) -> None:
        """Let another filter stand."""
        self.input.value = text
        self._apply()
        self._fit(editing=self.input.has_focus)

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        """Filter after a short pause."""
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE_S, self._apply)

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        """Filter now and go to the list."""
        event.stop()
        self._apply()
        if self.wrong is None:
            self.action_leave()

    @on(FilterInput.Full)
    def full(self, event: FilterInput.Full) -> None:
        """Say why nothing more is taken, until the text is changed."""
        event.stop()
        self._apply()
        self._say(f"a filter has at most {MOST} letters; nothing was added")

    def on_descendant_blur(self, _: events.DescendantBlur) -> None:
        self._apply()
        self._fit(editing=False)

    def action_leave(self) -> None:
        """Go to the list with the filter as it is."""
        self.post_message(self.Left())

    def action_clear(self) -> None:
        """Take the filter away and go to the list."""
        self.input.value = ""
        self._apply()
        self.post_message(self.Left())

    @on(FrameLine.Chosen)
    def chip_clicked(self, message: FrameLine.Chosen) -> None:
        """Take a term away, or edit the whole."""
        message.stop()
        if message.choice == "edit":
            self.open()
            return
        kept = [term for number, term in enumerate(self.chosen.terms) if str(number) != message.choice]
        self.set_text(" ".join(term_text(term) for term in kept))

    def _apply(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        try:
            chosen = self._read(self.input.value)
        except FilterError as error:
            self._say(str(error))
            return
        self._say("")
        if chosen != self.chosen:
            self.chosen = chosen
            self.chips.terms = chosen.terms
            self.chips.refresh()
            self.post_message(self.Changed(self, chosen))

    def _say(self, words: str) -> None:
        self.error.update(styled(words, "$text-error") if words else "")
        self.error.display = bool(words)

    def _fit(self, *, editing: bool) -> None:
        self.input.display = editing
        if isinstance(line := self.input.parent, Horizontal):
            line.display = editing
        self.chips.display = not editing
        self.display = editing or bool(self.chosen.terms) or self.wrong is not None
