"""The first steps: look around, connect Cal.com, or open the empty desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from booking_tui.services.facts import REFRESH, Fact
from booking_tui.settings import Settings
from booking_tui.tui.context import Context
from booking_tui.tui.copying import copy_words
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.dialogs.signing import rows_inside
from booking_tui.tui.dialogs.welcome_lines import (
    CONNECT,
    DEMO,
    DESK,
    WelcomeScene,
    choice_lines,
    next_lines,
    scene_of,
    secret_lines,
    why_no_connecting,
)
from booking_tui.tui.keys_in_hand import KeyWords, ascii_key, key_line
from booking_tui.tui.redraw import entitle
from booking_tui.tui.text import plain
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.widgets.flow import TextLine
from booking_tui.tui.widgets.lines_view import LinesView
from booking_tui.tui.work import Trouble, attempt

if TYPE_CHECKING:
    from booking_tui.tui.app import BookingApp
    from booking_tui.tui.setup import Setup

SECOND_S = 1.0
ROOMY_ROWS = 24
WAYS = (DEMO, CONNECT, DESK)
CHOICES, SECRET, NEXT = "choices", "secret", "next"


class WelcomeText(LinesView):
    """The lines of the sheet; one click on a way takes it."""

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        place = -1 if offset is None else offset.y + self.scroll_offset.y
        if 0 <= place < len(self.lines) and (target := self.lines[place].target):
            event.stop().prevent_default()
            self.stand_on(target)
            self.action_choose()


class WelcomeDialog(Sheet[str | None]):
    """Gives ``demo`` to look around, None for the desk as it is.

    With an ``errand`` it begins with the secret: the words say what that is needed for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        *(Binding(str(number), f"take('{way}')", show=False) for number, way in enumerate(WAYS, 1)),
        Binding("y", "copy", show=False),
        Binding("s", "set_up", show=False),
        Binding("w", "steps", show=False),
        Binding("enter", "go_on", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    WelcomeDialog LinesView { height: auto; background: $panel; }
    """

    def __init__(self, context: Context, setup: Setup | None, *, errand: str = "") -> None:
        super().__init__()
        self.context = context
        self.page = CHOICES
        self._setup = setup
        self._errand = errand
        self._trouble = ""
        self._news = ""
        """What copying came to; it stands in the place of the keys until the page is turned."""
        self._saved_in: str | None = None
        """The file that the secret was written to, once it was."""
        self._text = WelcomeText()
        self._shown: Sequence[TextLine] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = plain("Welcome")
            yield self._text

    def on_mount(self) -> None:
        self._text.focus()
        self.set_interval(SECOND_S, self.look)
        self._turn(SECRET if self._errand and self._setup is not None else CHOICES)

    def on_resize(self, event: events.Resize) -> None:
        # A compact sheet has no air above and below.
        spare = 2 if app_of(self).has_class("-compact") else 0
        self._text.styles.max_height = rows_inside(event.size.height, -spare)
        self.look()

    # -- showing

    @property
    def scene(self) -> WelcomeScene:
        """What drawing needs to know now."""
        elsewhere = None
        if self._setup is None:
            elsewhere = "settings are written in the window that does the work, not in this one"
        return replace(
            scene_of(self.context),
            roomy=self.size.height >= ROOMY_ROWS,
            elsewhere=elsewhere,
            saved_in=self._saved_in,
            errand=self._errand,
            trouble=self._trouble,
        )

    def _turn(self, page: str) -> None:
        self.page = page
        self._trouble = self._news = ""
        self._shown = ()
        self.look()
        self._text.scroll_home(animate=False)

    def facts_arrived(self, facts: Sequence[Fact]) -> None:
        """Follow the way in while it is spoken of."""
        if {fact.kind for fact in facts} & {"health", "refresh"}:
            self.look()

    def look(self) -> None:
        """Draw again what changed."""
        if self.page == SECRET and self._saved_in is None and self.context.secret_set:
            self._turn(NEXT)
            return
        scene = self.scene
        lines = self._lines(scene, max(10, self._text.scrollable_content_region.width))
        if lines != self._shown:
            self._shown = lines
            self._text.show(lambda width: self._lines(scene, width), keep=True)
        words = f"{self._news} · ⏎ save · Esc back" if self._news else key_line(self._keys())
        entitle(self.query_one(".sheet"), subtitle=plain(ascii_key(words) if self.context.look.ascii else words))

    def _lines(self, scene: WelcomeScene, width: int) -> list[TextLine]:
        if self.page == CHOICES:
            return choice_lines(scene, width)
        if self.page == SECRET and self._setup is not None:
            return secret_lines(scene, self._setup.secret, width)
        return next_lines(scene, width)

    def _keys(self) -> KeyWords:
        if self.page == CHOICES:
            return ("1 2 3", "or ⏎ choose"), ("Esc", "the desk")
        if self.page == SECRET:
            return ("y", "copy it"), ("⏎", "save"), ("Esc", "back")
        return ("s", "set up"), ("w", "four steps"), ("⏎", "go on")

    # -- the three ways

    @on(LinesView.Chosen)
    def choose(self, message: LinesView.Chosen) -> None:
        """Take the way that was chosen."""
        message.stop()
        self.action_take(message.target)

    def action_take(self, way: str) -> None:
        """Take one of the three ways."""
        if self.page != CHOICES:
            return
        if way == DESK:
            self.dismiss(None)
        elif way == DEMO and not self.context.demo:
            self.dismiss(DEMO)
        elif way == CONNECT and why_no_connecting(self.scene) is None:
            self._turn(NEXT if self.context.secret_set else SECRET)

    # -- the secret

    def action_copy(self) -> None:
        """Copy the secret."""
        if self.page == SECRET and self._setup is not None:
            self._news = copy_words(app_of(self), self._setup.secret, what="the secret")
            self.look()

    def action_go_on(self) -> None:
        """Take the way under the cursor, write the settings, or go on to the desk."""
        if self.page == CHOICES:
            self._text.action_choose()
        elif self.page == NEXT:
            self.dismiss(None)
        elif self._setup is not None:
            self._save(self._setup)

    def _save(self, setup: Setup) -> None:
        outcome = attempt(lambda: setup.save(setup.secret))
        if isinstance(outcome, Trouble):
            self._turn(SECRET)
            self._trouble = outcome.words
            self.look()
            return
        self._saved_in = outcome
        self.context.settings = _with_secret(self.context.settings, setup.secret)
        setup.saved()
        main = cast("BookingApp", app_of(self)).main
        main.facts_arrived([Fact(REFRESH, "", self.context.clock.now())])
        self._turn(NEXT)

    # -- the next step: the way in

    def action_set_up(self) -> None:
        """Set up the way in, which is the next step."""
        from booking_tui.tui.dialogs.tunnel_setup import TunnelSetupDialog

        def back(answer: str | None) -> None:
            self.look()
            if answer is not None:
                self.action_steps()

        if self.page == NEXT:
            app_of(self).push_screen(TunnelSetupDialog(self.context), back)

    def action_steps(self) -> None:
        """Show the four steps at Cal.com."""
        from booking_tui.tui.dialogs.way_in import STEPS, WayInDialog

        if self.page == NEXT:
            app_of(self).push_screen(WayInDialog(self.context, STEPS), lambda _: self.look())

    def action_back(self) -> None:
        """Go back to the three ways, and from there to the desk."""
        if self.page == CHOICES or self._saved_in is not None or self._errand:
            self.dismiss(None)
        else:
            self._turn(CHOICES)


def _with_secret(settings: Settings, secret: str) -> Settings:
    """Give the settings as they are once the secret is written."""
    changed = settings.with_values("calcom", webhook_secrets=(secret,))
    values: dict[str, Any] = {name: getattr(changed, name) for name in changed.__struct_fields__}
    values["configured"] = True
    return Settings(**values)
