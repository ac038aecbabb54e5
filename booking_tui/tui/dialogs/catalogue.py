"""The catalogue of test events: choose a story and how it is signed, and it is sent by real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from booking_tui.ports import TestRequest
from booking_tui.tui.context import Story
from booking_tui.tui.dialogs.picker import NOTHING, Choice, line
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.text import fit_text, plain, styled

SIGNINGS: tuple[tuple[str | None, str, str], ...] = (
    (None, "signed", "as Cal.com signs it; accepted with 200"),
    ("bad-signature", "bad signature", "another secret; refused with 401 and kept"),
    ("no-sign", "no signature", "as without a secret; refused with 401 and kept"),
)
LACKING = "no webhook secret is set, so it would be refused"
MAKE_FIRST = "Enter makes one first"
TITLE_CELLS = 26
ROWS = 30


class CatalogueDialog(Sheet[TestRequest | None]):
    """Type to narrow down, arrows to choose, left and right to change the signature, Enter to send."""

    KEYS: ClassVar[KeyWords] = (("⏎", "send"), ("←→", "signature"), ("Esc", "leave"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(8)", show=False, priority=True),
        Binding("pageup", "move(-8)", show=False, priority=True),
        Binding("left", "sign(-1)", show=False, priority=True),
        Binding("right,tab", "sign(1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    CatalogueDialog .sheet { padding: 0 2; }
    CatalogueDialog .sheet Input { margin-bottom: 0; }
    CatalogueDialog OptionList { min-height: 1; }
    CatalogueDialog #about { height: auto; max-height: 7; padding: 0 1; margin-top: 1; }
    CatalogueDialog #signing { height: auto; padding: 0 1; }
    """

    def __init__(
        self,
        stories: Sequence[Story],
        *,
        last: str | None = None,
        signable: Callable[[], bool] = lambda: True,
        make_secret: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        """``signable`` says whether a secret is set to sign with; ``make_secret`` makes one, then calls back."""
        super().__init__()
        self._signable = signable
        self._make_secret = make_secret
        self._stories = {story.name: story for story in stories}
        self._last = last
        self._shown: list[str | None] = []
        """The stories in the list, None for a heading."""
        self._signing = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.styles.height, sheet.styles.max_height = "92%", ROWS
            sheet.border_title = plain("Send a test event")
            sheet.border_subtitle = plain(key_line(self.KEYS))
            yield Input(placeholder="type to narrow down: moved, late, repeated …", select_on_focus=False, compact=True)
            options = OptionList(markup=False)
            options.styles.height, options.styles.max_height = "1fr", "100%"
            yield options
            yield Static(id="about", markup=False)
            yield Static(id="signing", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._narrow("")
        self._say_signing()

    def on_resize(self, _: Resize) -> None:
        self._narrow(self.query_one(Input).value)

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        """Narrow down at each letter."""
        self._narrow(event.value)

    def _narrow(self, text: str) -> None:
        column = min(TITLE_CELLS, max((len(story.title) for story in self._stories.values()), default=0))
        choices = [Choice(story.name, story.title.ljust(column), story.about) for story in self._stories.values()]
        found = [choice for choice in choices if fits(self._stories[choice.id], text)]
        found.sort(key=lambda choice: rank(self._stories[choice.id], text))
        options = self.query_one(OptionList)
        width = (options.size.width or min(78, self.size.width - 6)) - 3
        rows: list[tuple[str | None, Option]] = []
        group = ""
        for choice in found:
            story = self._stories[choice.id]
            if story.group != group and not text.strip():
                group = story.group
                rows.append((None, Option(styled(fit_text(group, width), "bold $text-muted"), disabled=True)))
            rows.append((choice.id, Option(line(choice, width))))
        self._shown = [name for name, _ in rows]
        found_names = [name for name in self._shown if name]
        options.clear_options()
        options.add_options([option for _, option in rows])
        wanted = self._last if self._last in found_names and not text.strip() else next(iter(found_names), None)
        options.highlighted = self._shown.index(wanted) if wanted is not None else None
        self._say_about()

    @property
    def chosen(self) -> str | None:
        """The story under the highlight."""
        at = self.query_one(OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    @on(OptionList.OptionHighlighted)
    def looked_at(self) -> None:
        """Tell more about the story."""
        self._say_about()

    def _say_about(self) -> None:
        story = self._stories.get(self.chosen or "")
        about = self.query_one("#about", Static)
        if story is None:
            about.update(styled(NOTHING, "$text-muted"))
            return
        about.update(
            Content.assemble(
                styled(story.title, "bold"), styled(f"  {story.name}", "$text-muted"), "\n", plain(story.about)
            )
        )

    def _say_signing(self) -> None:
        parts = [styled("Signature  ", "$text-muted")]
        for number, (_, word, _) in enumerate(SIGNINGS):
            here = number == self._signing
            parts.append(styled(f"[{word}]" if here else f" {word} ", "bold $text-primary" if here else "$text-muted"))
            parts.append(plain(" "))
        words, tone = SIGNINGS[self._signing][2], "$text-muted"
        if self._lacks_secret:
            words = LACKING if self._make_secret is None else f"{LACKING}: {MAKE_FIRST}"
            tone = "$text-warning"
        self.query_one("#signing", Static).update(Content.assemble(*parts, "\n", styled(words, tone)))

    @property
    def _lacks_secret(self) -> bool:
        """Whether what is chosen would be refused for want of a secret."""
        return SIGNINGS[self._signing][0] is None and not self._signable()

    def action_move(self, by: int) -> None:
        """Go to another story without leaving the text."""
        options = self.query_one(OptionList)
        open_ones = [number for number, name in enumerate(self._shown) if name]
        if not open_ones:
            return
        at = open_ones.index(options.highlighted) if options.highlighted in open_ones else 0
        there = (at + by) % len(open_ones) if abs(by) == 1 else max(0, min(len(open_ones) - 1, at + by))
        options.highlighted = open_ones[there]

    def action_sign(self, by: int) -> None:
        """Choose another way to sign."""
        self._signing = (self._signing + by) % len(SIGNINGS)
        self._say_signing()

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def send(self) -> None:
        """Send what is chosen; without a secret to sign with, make one first."""
        if self._lacks_secret and self._make_secret is not None:
            self._make_secret(self._say_signing)
        elif self.chosen is not None:
            self.dismiss(TestRequest(scenario=self.chosen, fault=SIGNINGS[self._signing][0]))

    def action_leave(self) -> None:
        """Send nothing."""
        self.dismiss(None)


def fits(story: Story, text: str) -> bool:
    """Say whether every word typed stands in a story's name, title, group or description."""
    searched = f"{story.name} {story.title} {story.group} {story.about}".casefold()
    return all(word in searched for word in text.casefold().split())


def rank(story: Story, text: str) -> int:
    """Put first what is named so, then what has a word beginning so, then what merely mentions it."""
    wanted = text.casefold().strip()
    if not wanted:
        return 0
    names = f"{story.name} {story.title}".casefold()
    title = story.title.casefold()
    if names.startswith(wanted) or title.startswith(wanted):
        return 0
    parts = names.replace("-", " ").split()
    if wanted in title.split():
        return 1
    if wanted in parts:
        return 2
    if any(part.startswith(wanted) for part in parts):
        return 3
    return 4 if wanted in names else 5
