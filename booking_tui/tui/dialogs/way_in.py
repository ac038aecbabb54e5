"""The way in from outside on one sheet: how it is doing, live; on its second page the four steps at Cal.com."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.services.tunnel_words import not_set_up
from booking_tui.tui.context import Context
from booking_tui.tui.copying import copy_words
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.dialogs.signing import rows_inside
from booking_tui.tui.dialogs.way_in_lines import WEBHOOKS_PAGE, WayInScene, scene_of, state_lines, step_lines
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.keys_in_hand import KeyWords, key_line
from booking_tui.tui.opening import open_words
from booking_tui.tui.redraw import entitle, tell
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.widgets.flow import TextLine
from booking_tui.tui.widgets.key_line import KeyLine, SheetKey
from booking_tui.tui.widgets.line import FrameLine
from booking_tui.tui.widgets.lines_view import LinesView
from booking_tui.tui.work import run_in_thread

if TYPE_CHECKING:
    from booking_tui.services.facts import Fact

SECOND_S = 1.0
FRAME_ROWS = 3
"""The rows of the sheet below the text: air, news, keys."""
STATE, STEPS = "state", "steps"
_NO_ENGINE = "nothing listens on this home"
_TONES = {"success": "$text-success", "warning": "$text-warning", "error": "$text-error", "plain": "$text-muted"}


class WayInDialog(Sheet[None]):
    """Follows the way in while it is open: by the facts that the main screen hands on, and second by second."""

    KEYS: ClassVar[KeyWords] = (("Esc", "close"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i", "leave", show=False),
        Binding("tab,shift+tab,less_than_sign,greater_than_sign,left,right,w", "do('turn')", show=False, priority=True),
        *(Binding(key, f"do('{name}')", show=False) for key, name in (("y", "copy"), ("Y", "secret"), ("t", "test"))),
        *(Binding(key, f"do('{name}')", show=False) for key, name in (("R", "anew"), ("s", "set_up"), ("o", "browse"))),
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
        scene = scene_of(self.context)
        build = self._builder(scene)
        lines = build(max(10, self._text.scrollable_content_region.width))
        if lines != self._shown:
            self._shown = lines
            self._text.show(build, keep=True)
        self._keys.offer(self._offered(scene))
        words = ("Now", "Four steps")
        now, steps = (f"[{word}]" if here else f" {word} " for word, here in zip(words, self._here, strict=True))
        quiet = "$text-muted not bold"
        now_style, steps_style = ("", quiet) if self.page == STATE else (quiet, "")
        entitle(
            self.query_one(".sheet"),
            Content.assemble("The way in · ", styled(now, now_style), styled(steps, steps_style)),
        )

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

    # -- keys

    def _offered(self, scene: WayInScene) -> tuple[SheetKey, ...]:
        copy = SheetKey("y", "copy", "copy", "copy", None if scene.url else "there is no address yet")
        set_up = SheetKey("s", "set up", "set up", "set_up")
        if self.page == STEPS:
            none = None if scene.secret_from else "no secret is set: the welcome sheet makes one"
            return (
                copy._replace(word="copy address", brief="address"),
                SheetKey("Y", "copy secret", "secret", "secret", none),
                SheetKey("o", "open cal.com", "cal.com", "browse"),
                set_up,
                SheetKey("w", "how it is doing", "now", "turn"),
            )
        opens, off = _page_of(scene.status)
        word = "inspector" if scene.status is not None and opens and opens == scene.status.inspector else "open page"
        return (
            copy,
            SheetKey("t", "test now", "test", "test", self._no_test(scene.status)),
            SheetKey("R", "open anew", "anew", "anew", _no_restart(scene.status)),
            set_up,
            SheetKey("o", word if opens else "inspector", "open", "browse", off),
            SheetKey("w", "four steps", "steps", "turn"),
        )

    def _no_test(self, status: TunnelStatus | None) -> str | None:
        if self._testing:
            return "a test is on its way"
        if status is None:
            return _NO_ENGINE
        return None if status.url else "there is no address from outside to test"

    @on(FrameLine.Chosen, "KeyLine")
    def clicked(self, message: FrameLine.Chosen) -> None:
        """Do what was clicked."""
        message.stop()
        self.action_do(message.choice)

    def action_do(self, choice: str) -> None:
        """Do what a key stands for on this page, or say why not."""
        key = next((known for known in self._offered(scene_of(self.context)) if known.choice == choice), None)
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
        tell(self.query_one("#news", Static), plain(""))

    def do_copy(self) -> None:
        """Copy the address to send to."""
        scene = scene_of(self.context)
        what = "the address to send to" if scene.reachable else "the address; it is this machine's own"
        words = copy_words(app_of(self), scene.url or "", what=what)
        self._say(words, "success" if scene.reachable else "warning")

    def do_secret(self) -> None:
        """Copy the secret that Cal.com signs with; it is shown nowhere."""
        self._say(copy_words(app_of(self), self.context.secrets[0], what="the secret"), "success")

    def do_browse(self) -> None:
        """Open Cal.com's page, the page that a problem names, or the agent's inspector."""
        url = WEBHOOKS_PAGE if self.page == STEPS else _page_of(self.context.tunnel())[0]
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

    def _in_thread(self, deed: Callable[[], TunnelStatus], done: Callable[[TunnelStatus], None], does: str) -> None:
        run_in_thread(self, deed, done, group=does, description=does, failed=self._refused)

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
            self.look()

        app_of(self).push_screen(TunnelSetupDialog(self.context), back)


def _no_restart(status: TunnelStatus | None) -> str | None:
    if status is None:
        return _NO_ENGINE
    if status.state is TunnelState.OFF or not_set_up(status):
        return "there is nothing to open yet: s sets it up"
    return None


def _page_of(status: TunnelStatus | None) -> tuple[str | None, str | None]:
    """Give the page to open: the problem's, or else the inspector; without one, why there is none."""
    if status is None:
        return None, _NO_ENGINE
    page = (status.problem.page if status.problem is not None else None) or status.inspector
    if page is not None:
        return page, None
    if status.kind == "ngrok":
        return None, "the inspector is off: s can switch it on"
    return None, "only ngrok's agent has an inspector"
