"""The dashboard: ties the main screen to the engine, the clock and the person's settings."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.driver import Driver
from textual.events import Key
from textual.filter import LineFilter

from booking_tui.tui import theme
from booking_tui.tui.ascii_only import AsciiSigns, speaks_unicode
from booking_tui.tui.context import Context
from booking_tui.tui.leaving import Leaving, minding
from booking_tui.tui.main_screen import STYLES, MainScreen
from booking_tui.tui.pulse import FactSource, Pulse
from booking_tui.tui.work import run_in_thread

if TYPE_CHECKING:
    from booking_tui.services.status import EngineStatus
    from booking_tui.tui.setup import Setup

DEMO = "demo"
SWITCH_S = 0.001


class BookingApp(App[object]):
    """Gives ``demo`` when the person wants to look around first, else None.

    ``start`` is run in a thread after the first frame; what it raises is shown and does not end the dashboard.
    """

    CSS_PATH: ClassVar[str] = str(STYLES / "app.tcss")  # pyright: ignore[reportIncompatibleVariableOverride]
    ENABLE_COMMAND_PALETTE = False
    TITLE = "booking"

    def __init__(
        self,
        context: Context,
        *,
        facts: FactSource | None = None,
        start: Callable[[], None] | None = None,
        status: Callable[[], EngineStatus | None] = lambda: None,
        setup: Setup | None = None,
        welcome: bool = False,
        last_resort: Callable[[], None] = lambda: None,
    ) -> None:
        self._leaving = Leaving(self._leave, self._end_at_last)
        self._broke: Exception | None = None
        self.last_resort = last_resort
        """What must be done before the process ends if the screen hangs when its terminal is gone."""
        super().__init__()
        self.context = context
        self.setup = setup
        self._start = start
        self._status = status
        self._welcome = welcome
        self._pulse = Pulse(self, context.clock, facts)
        look, ui = context.look, context.settings.ui
        look.ascii = look.ascii or ui.ascii or not speaks_unicode(os.environ)
        look.compact = look.compact or ui.compact
        look.privacy = look.privacy or ui.privacy
        self._ascii_signs = AsciiSigns(lambda: look.ascii)
        self.theme = theme.register(self, ui.theme)
        self.set_keymap(dict(ui.keymap))

    def open(self) -> str | None:
        """Run in the terminal until the person leaves. Raises what broke the screen, once the terminal is as it was."""
        # The writer gives the interpreter up at every statement and must not wait long for drawing to give it back.
        sys.setswitchinterval(SWITCH_S)
        with self._leaving.on_signals():
            answer = self.run(mouse=self.context.settings.ui.mouse)
        if self._broke is not None:
            raise self._broke
        return answer if isinstance(answer, str) else None

    def _leave(self) -> None:
        """Leave, from whatever thread; before the loop runs there is nothing to leave but the program."""
        loop = self._loop
        if loop is None:
            raise SystemExit(0)
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self.exit)

    def _end_at_last(self) -> None:
        self.last_resort()

    def get_driver_class(self) -> type[Driver]:
        return minding(super().get_driver_class(), self._leaving.ask, self._input_broke)

    def _input_broke(self, error: Exception) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._handle_exception, error)

    def _handle_exception(self, error: Exception) -> None:
        self._broke = self._broke or error
        super()._handle_exception(error)

    def panic(self, *renderables: object) -> None:  # noqa: ARG002 - Textual's own shape
        self._fatal_error()

    def _fatal_error(self) -> None:
        """End without Textual's traceback: it prints what the locals hold, which are clients' names and secrets."""
        self._close_messages_no_wait()

    def on_key(self, event: Key) -> None:
        """Hand a key on that was sent before a field took the focus: it is the field's, and must not be a deed."""
        field = self.focused
        if field is not None and field.check_consume_key(event.key, event.character):
            event.stop()
            event.prevent_default()
            field.post_message(Key(event.key, event.character))

    def get_line_filters(self) -> Sequence[LineFilter]:
        return (*super().get_line_filters(), self._ascii_signs)

    def get_default_screen(self) -> MainScreen:
        return MainScreen(self.context, self._status)

    @property
    def main(self) -> MainScreen:
        """The main screen, below whatever dialog is open."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)  # noqa: S101 - the default screen is always this one
        return screen

    def on_mount(self) -> None:
        self._pulse.start(self.main.facts_arrived, self.main.minute_passed)
        self.theme_changed_signal.subscribe(self, lambda _: self.main.look_changed())
        ui = self.context.settings.ui
        if ui.keymap or ui.theme:
            self.call_after_refresh(self._check_wishes)
        self.call_after_refresh(_let_collector_go)
        if self._start is not None:
            self.call_after_refresh(self._begin, self._start)
        if self._welcome:
            self.call_after_refresh(self.show_welcome)

    def on_unmount(self) -> None:
        self._pulse.stop()

    def _check_wishes(self) -> None:
        """Say what of the person's theme and keys cannot be had."""
        from booking_tui.tui.wishes import ui_problems

        if problems := ui_problems(self.context.settings):
            words = "\n".join(problem.sentence() for problem in problems)
            self.main.footer.flash(words, "warning", beside=True)

    def _begin(self, start: Callable[[], None]) -> None:
        """Start the engine once the first frame stands."""

        def failed(words: str) -> None:
            self.main.strip.trouble = words
            self.main.engine_started()
            self.main.footer.flash(words, "error")

        run_in_thread(
            self.main,
            start,
            lambda _: self.main.engine_started(),
            group="engine",
            description="start the engine",
            failed=failed,
        )

    def show_welcome(self) -> None:
        """Show the first steps over the desk."""
        from booking_tui.tui.dialogs.welcome import WelcomeDialog

        self.push_screen(WelcomeDialog(self.context, self.setup), self._welcomed)

    def _welcomed(self, answer: str | None) -> None:
        if answer == DEMO:
            self.exit(answer)

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:  # noqa: ARG002
        """Say which of the person's own keys got in each other's way."""
        names = ", ".join(sorted(binding.id or binding.description for binding in clashed_bindings))
        self.main.footer.flash(f"one key is set for more than one command: {names}", "warning")


def _let_collector_go() -> None:
    """Let the garbage collector run that the start held back; what stands now is mostly code, and set aside."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
