"""The way in from outside on one sheet: how it is doing, live; on its second page the four steps at Cal.com."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.timer import Timer
from textual.widgets import Static

from booking_tui.domain.tunnel import TunnelStatus
from booking_tui.services.tunnel_deeds import CALCOM_KNOWS
from booking_tui.tui.context import Context
from booking_tui.tui.copying import copy_words
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.dialogs.signing import rows_inside
from booking_tui.tui.dialogs.tunnel_setup_deeds import ask_in_thread
from booking_tui.tui.dialogs.way_in_keys import STATE, STEPS, offered, page_of, standing
from booking_tui.tui.dialogs.way_in_lines import WayInScene, scene_of, state_lines
from booking_tui.tui.dialogs.way_in_steps import WEBHOOKS_PAGE, step_lines
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.opening import open_words
from booking_tui.tui.redraw import entitle, tell
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.widgets.flow import TextLine
from booking_tui.tui.widgets.key_line import KeyLine
from booking_tui.tui.widgets.line import FrameLine
from booking_tui.tui.widgets.lines_view import LinesView

if TYPE_CHECKING:
    from booking_tui.services.facts import Fact

SECOND_S = 1.0
FRAME_ROWS = 3
"""The rows of the sheet below the text: air, news, keys."""
NEWS_S = 8.0
T = TypeVar("T")
_TONES = {"success": "$text-success", "warning": "$text-warning", "error": "$text-error", "plain": "$text-muted"}


class WayInDialog(Sheet[None]):
    """Follows the way in while it is open: by the facts that the main screen hands on, and second by second."""

    KEYS: ClassVar[KeyWords] = (("Esc", "close"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i", "leave", show=False),
        Binding("tab,shift+tab,less_than_sign,greater_than_sign,left,right,w", "do('turn')", show=False, priority=True),
        *(Binding(key, f"do('{name}')", show=False) for key, name in (("y", "copy"), ("Y", "secret"), ("t", "test"))),
        *(Binding(key, f"do('{name}')", show=False) for key, name in (("R", "anew"), ("s", "set_up"), ("o", "browse"))),
        Binding("d", "do('known')", show=False),
    ]
    DEFAULT_CSS = """
    WayInDialog LinesView { height: auto; background: $panel; }
    WayInDialog #news { height: 1; margin-top: 1; }
    """

    def __init__(self, context: Context, page: str = STATE) -> None:
        super().__init__()
        self.context = context
        self.page = page
        self._text = LinesView()
        self._keys = KeyLine()
        self._shown: Sequence[TextLine] = ()
        self._testing = False
        self._news_of: object = None
        """How things stood when the news was said: once they are otherwise, it is no news any more."""
        self._news_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_subtitle = plain(key_line(self.KEYS))
            yield self._text
            yield Static(id="news")
            yield self._keys

    def on_mount(self) -> None:
        self._text.focus()
        self.set_interval(SECOND_S, self.look)
        self.look()

    def on_resize(self, event: Resize) -> None:
        # A compact sheet has no air above and below.
        spare = 3 if app_of(self).has_class("-compact") else 0
        self._text.styles.max_height = rows_inside(event.size.height, FRAME_ROWS - spare)

    # -- showing

    def facts_arrived(self, facts: Sequence[Fact]) -> None:
        """Look again when something is told of the health, or when something came in."""
        if {fact.kind for fact in facts} & {"health", "event", "refresh"}:
            self.look()

    def look(self) -> None:
        """Draw again what changed, the ages among it."""
        scene = self._scene
        if self._news_of is not None and self._news_of != standing(scene.status) and not self._testing:
            self._calm()
        build = self._builder(scene)
        lines = build(max(10, self._text.scrollable_content_region.width))
        if lines != self._shown:
            self._shown = lines
            self._text.show(build, keep=True)
        self._keys.offer(offered(self.page, scene, testing=self._testing))
        words = ("Now", "Four steps")
        now, steps = (f"[{word}]" if here else f" {word} " for word, here in zip(words, self._here, strict=True))
        quiet = "$text-muted not bold"
        now_style, steps_style = ("", quiet) if self.page == STATE else (quiet, "")
        entitle(
            self.query_one(".sheet"),
            Content.assemble("The way in · ", styled(now, now_style), styled(steps, steps_style)),
        )

    @property
    def _scene(self) -> WayInScene:
        return scene_of(self.context, roomy=not app_of(self).has_class("-compact"))

    @property
    def _here(self) -> tuple[bool, bool]:
        return self.page == STATE, self.page == STEPS

    def _builder(self, scene: WayInScene) -> Callable[[int], list[TextLine]]:
        make = state_lines if self.page == STATE else step_lines
        return lambda width: make(scene, width)

    def _say(self, words: str, tone: str = "plain") -> None:
        signs = glyphs(self.context.look)
        glyph = {"success": signs.done, "warning": signs.warn, "error": signs.fail}.get(tone, signs.dot)
        tell(self.query_one("#news", Static), styled(f"{glyph} {words}", _TONES[tone], max(10, self._keys.size.width)))
        self._news_of = standing(self.context.tunnel())
        if self._news_timer is not None:
            self._news_timer.stop()
        # A test ends with news of its own.
        self._news_timer = None if self._testing else self.set_timer(NEWS_S, self._calm)

    def _calm(self) -> None:
        """Take the news away."""
        self._news_of = None
        tell(self.query_one("#news", Static), plain(""))

    # -- keys

    @on(FrameLine.Chosen, "KeyLine")
    def clicked(self, message: FrameLine.Chosen) -> None:
        """Do what was clicked."""
        message.stop()
        self.action_do(message.choice)

    def action_do(self, choice: str) -> None:
        """Do what a key stands for on this page, or say why not."""
        key = next(
            (known for known in offered(self.page, self._scene, testing=self._testing) if known.choice == choice), None
        )
        if key is None:
            return
        if key.off is not None:
            self._say(key.off, "warning")
            return
        getattr(self, f"do_{choice}")()
        self.look()

    def action_leave(self) -> None:
        """Close the sheet."""
        self.dismiss(None)

    # -- deeds

    def do_turn(self) -> None:
        """Turn to the other page."""
        self.page = STEPS if self.page == STATE else STATE
        self._text.scroll_home(animate=False)
        self._calm()

    def do_copy(self) -> None:
        """Copy the address to send to."""
        scene = self._scene
        what, tone = "the address to send to", "success"
        if scene.demo:
            what, tone = "the demo's address, which only this machine reaches", "warning"
        elif not scene.reachable:
            what, tone = "the address; it is this machine's own", "warning"
        elif scene.down:
            what, tone = "the address; it does not lead here just now", "warning"
        self._say(copy_words(app_of(self), scene.url or "", what=what), tone)

    def do_known(self) -> None:
        """Take the person's word that Cal.com has the new address."""
        self._in_thread(
            lambda: self.context.desk.set_up_tunnel(CALCOM_KNOWS),
            lambda _: self._say("noted: Cal.com sends to this address", "success"),
            "note that Cal.com has the address",
        )

    def do_secret(self) -> None:
        """Copy the secret that Cal.com signs with; it is shown nowhere."""
        self._say(copy_words(app_of(self), self.context.secrets[0], what="the secret"), "success")

    def do_browse(self) -> None:
        """Open Cal.com's page, the page that a problem names, or the agent's inspector."""
        url = WEBHOOKS_PAGE if self.page == STEPS else page_of(self._scene)[0]
        self._say(*open_words(app_of(self), url))

    def do_test(self) -> None:
        """Send a request round through the public address."""
        self._testing = True
        self._say(f"{glyphs(self.context.look).busy} testing: a request goes round through the public address")
        asked = self.context.clock.now()
        self._in_thread(self.context.desk.test_tunnel, lambda status: self._tested(status, asked), "test the way in")

    def _tested(self, status: TunnelStatus, asked: datetime) -> None:
        self._testing = False
        test = status.self_test
        if test is None or test.at < asked:
            self._say("it could not be tested just now: it is being opened or closed", "warning")
        elif test.passed:
            self._say(f"it came back in {test.round_trip_ms or 0:,.0f} ms", "success")
        else:
            self._say(test.why or "it did not come back", "error")
        self.look()

    def do_anew(self) -> None:
        """Open it anew."""
        self._say("opening it anew", "plain")
        self._in_thread(self.context.desk.restart_tunnel, lambda _: self.look(), "open the way in anew")

    def _in_thread(self, deed: Callable[[], T], done: Callable[[T], None], does: str) -> None:
        ask_in_thread(self, deed, done, does=does, failed=self._refused)

    def _refused(self, words: str) -> None:
        self._testing = False
        self._say(words, "error")
        self.look()

    def do_set_up(self) -> None:
        """Choose another way in."""
        from booking_tui.tui.dialogs.tunnel_setup import TunnelSetupDialog

        def back(answer: str | None) -> None:
            if answer is not None:
                self.page = answer
            self._calm()
            self.look()

        app_of(self).push_screen(TunnelSetupDialog(self.context), back)
