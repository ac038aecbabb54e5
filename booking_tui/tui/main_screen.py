"""The one main screen: frame lines around the views, which are mounted when they are first shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, cast, runtime_checkable

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import DescendantFocus, Resize
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from booking_tui.services.status import EngineStatus
from booking_tui.tui.commands import Command, first_key
from booking_tui.tui.context import Context
from booking_tui.tui.keys_in_hand import ascii_key, keys_in_hand
from booking_tui.tui.lamp_words import LAMP, lamp_sentence
from booking_tui.tui.places import PLACES, place
from booking_tui.tui.shell_commands import SHELL_COMMANDS
from booking_tui.tui.views.base import View
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.widgets.footer import FooterBar, Hint
from booking_tui.tui.widgets.line import FrameLine
from booking_tui.tui.widgets.strip import HealthStrip
from booking_tui.tui.widgets.tabs import Tab, TopLine
from booking_tui.tui.work import attempt

if TYPE_CHECKING:
    from textual.signal import Signal

    from booking_tui.services.facts import Fact

STYLES = Path(__file__).parent / "styles"
SHORT_ROWS = 30
_ALWAYS = tuple(command for command in SHELL_COMMANDS if command.footer is not None)


@runtime_checkable
class FollowsFacts(Protocol):
    """A sheet over the main screen that shows what may change while it is open."""

    def look(self) -> None:
        """Draw again what changed."""
        ...

    def facts_arrived(self, facts: Sequence[Fact]) -> None:
        """Look again when these facts speak of what is shown."""
        ...


class MainScreen(Screen[None]):
    """Top line, health strip, the present view, footer."""

    BINDINGS: ClassVar[list[BindingType]] = [command.binding() for command in SHELL_COMMANDS if command.keys]
    # Plain attributes, as in Textual, which declares them as such.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-mid"), (140, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (SHORT_ROWS, "-tall")]  # noqa: RUF012

    def __init__(self, context: Context, status: Callable[[], EngineStatus | None]) -> None:
        super().__init__(id="main")
        self.context = context
        context.lamps = lambda: self.strip.lamps
        self.top = TopLine(context, [Tab(known.name, known.number, known.title) for known in PLACES])
        self.strip = HealthStrip(context, status)
        self.footer = FooterBar(context)
        self.recent: list[str] = []
        """Ids of the commands chosen in the palette, the latest first."""
        self._switcher = ContentSwitcher(id="views")
        self._left_from: dict[str, Widget] = {}

    def compose(self) -> ComposeResult:
        yield self.top
        yield self.strip
        yield self._switcher
        yield self.footer

    async def on_mount(self) -> None:
        self.strip.read()
        self.look_changed()
        # A sheet over another sheet neither suspends nor resumes this screen, and has keys of its own.
        changed = cast("Signal[object]", app_of(self).screen_change_signal)  # pyright: ignore[reportUnknownMemberType]
        changed.subscribe(self, lambda _: self.refresh_footer())
        await self.show_view("today")

    # -- views

    @property
    def views(self) -> Sequence[View]:
        """The views that have been shown so far."""
        return [child for child in self._switcher.children if isinstance(child, View)]

    @property
    def view(self) -> View | None:
        """The present view; None before the first one stands."""
        return next((view for view in self.views if view.id == self._switcher.current), None)

    async def show_view(self, name: str) -> View:
        """Show a view, mounting it the first time, with the focus where it was left."""
        before = self.view
        if before is not None and before.id and self.focused is not None:
            self._left_from[before.id] = self.focused
        view = next((known for known in self.views if known.id == name), None)
        if view is None:
            view = await self._mount_view(name)
        if before is not view:
            view.came_from = None
            self.footer.calm()
        self._switcher.current = name
        self.top.show(name)
        self._focus_in(view, name)
        self.refresh_footer()
        return view

    async def _mount_view(self, name: str) -> View:
        kind = place(name).load()
        if kind.STYLE is not None:
            self._read_style(STYLES / kind.STYLE)
        view = kind(self.context, id=name)
        await self._switcher.add_content(view)
        return view

    def _read_style(self, path: Path) -> None:
        """Add a view's own rules when the view is first wanted: rules that are not read cost nothing."""
        sheet = app_of(self).stylesheet
        if not sheet.has_source(str(path), ""):
            sheet.read(path)
            sheet.reparse()

    def _focus_in(self, view: View, name: str) -> None:
        kept = self._left_from.get(name)
        if kept is not None and kept.is_attached and kept.focusable:
            self.set_focus(kept)
        else:
            view.first_focus()

    # -- what the views say

    @on(View.Flashed)
    def flash_news(self, message: View.Flashed) -> None:
        """Show small news in the footer."""
        self.footer.flash(message.text, message.tone)

    @on(View.OfferChanged)
    def refresh_footer(self) -> None:
        """Draw the footer for the pane that has the focus now."""
        if not app_of(self).screen_stack:
            return  # the program ends, and something is still told
        keymap = self.context.settings.ui.keymap
        ascii_only = self.context.look.ascii
        view = self.view
        if (keys := keys_in_hand(app_of(self).screen, self)) is not None:
            self.footer.offer([Hint("", ascii_key(key) if ascii_only else key, word) for key, word in keys], ())
            return

        def hint(command: Command, reason: str | None) -> Hint:
            key = first_key(command, keymap, ascii_only=ascii_only)
            return Hint(command.id, key, command.footer or command.title, reason is not None)

        offered = [] if view is None else [hint(command, view.why_not(command.id)) for command in view.offered()]
        self.footer.offer(offered, [hint(command, None) for command in _ALWAYS])

    @on(View.WentTo)
    async def go_to(self, message: View.WentTo) -> None:
        """Show a booking, a request, a view, or what a lamp is about."""
        if message.kind == LAMP:
            await self.show_lamp(message.target_id)
            return
        if message.kind == "event" and attempt(lambda: self.context.queries.event_row(message.target_id)) is None:
            self.footer.flash("that request is not kept any more", "warning")
            return
        name = {"booking": "bookings", "event": "hooks", "email": "mail"}.get(message.kind, message.target_id)
        before = self.view
        view = await self.show_view(name)
        if before is not None and before is not view and before.id:
            view.came_from = (before.id, before.standing)
        if message.kind != "view":
            view.show_target(message.target_id)

    @on(View.WentBack)
    async def go_back(self) -> None:
        """Show the view that led to the present one, on what stood selected there."""
        if (here := self.view) is None or here.came_from is None:
            return
        (name, row), earlier = here.came_from, {view.id: view.came_from for view in self.views}
        here.came_from = None
        view = await self.show_view(name)
        view.came_from = earlier.get(name)
        if row is not None and view.standing != row:
            view.show_target(row)

    def on_screen_suspend(self) -> None:
        """End small news when a dialog opens, and name the dialog's keys."""
        self.footer.calm()
        self.refresh_footer()

    def on_screen_resume(self) -> None:
        self.refresh_footer()

    def on_descendant_focus(self, event: DescendantFocus) -> None:  # noqa: ARG002 - Textual looks at the arguments
        """Keep the footer true wherever the focus goes."""
        self.refresh_footer()

    # -- what the frame says

    @on(FrameLine.Chosen)
    async def choose_part(self, message: FrameLine.Chosen) -> None:
        """Follow a click on a tab, a lamp or a key of the footer."""
        if message.line is self.top:
            await self.show_view(message.choice)
        elif message.line is self.strip:
            await self.show_lamp(message.choice)
        else:
            await self.run_command(message.choice)

    async def show_lamp(self, key: str) -> None:
        """Go where a lamp is explained, and say its sentence."""
        from booking_tui.services.status import LampLevel
        from booking_tui.tui.status import view_of

        lamp = next((lamp for lamp in self.strip.lamps if lamp.key == key), None)
        if lamp is None:
            return
        if key == "tunnel":
            self._show_way_in()
            return
        view = await self.show_view(view_of(lamp))
        if key == "mail" and lamp.level in {LampLevel.BAD, LampLevel.WARN}:
            view.show_target("failed")
        tone = {LampLevel.BAD: "error", LampLevel.WARN: "warning"}.get(lamp.level, "plain")
        self.footer.flash(lamp_sentence(lamp), tone)

    def _show_way_in(self) -> None:
        from booking_tui.tui.dialogs.way_in import WayInDialog

        app_of(self).push_screen(WayInDialog(self.context))

    # -- commands

    async def run_command(self, command_id: str) -> None:
        """Run any command by its id: one of the frame's own, or one of a view, which is then shown first."""
        name = command_id.partition(".")[0]
        if name == "app":
            await self.action_command(command_id)
            return
        present = self.view
        owners = [known for known in PLACES if any(row.id == command_id for row in known.load().COMMANDS)]
        if present is not None and any(known.name == present.id for known in owners):
            present.action_command(command_id)
        elif owners:
            (await self.show_view(owners[0].name)).action_command(command_id)

    async def action_command(self, command_id: str) -> None:
        """Run one of the frame's own commands."""
        from booking_tui.tui import shell_deeds

        await shell_deeds.DEEDS[command_id](self)

    # -- time, facts, looks

    def facts_arrived(self, facts: Sequence[Fact]) -> None:
        """Hand a batch of facts to everything that shows them."""
        self.strip.read()
        for view in self.views:
            view.facts_arrived(facts)
        for sheet in app_of(self).screen_stack:
            if isinstance(sheet, FollowsFacts):
                sheet.facts_arrived(facts)
        self.refresh_footer()

    def engine_started(self) -> None:
        """Read again what names the engine's address."""
        from booking_tui.services.facts import REFRESH, Fact

        self.facts_arrived([Fact(REFRESH, "", self.context.clock.now())])

    def minute_passed(self) -> None:
        """Draw again what depends on the time of day."""
        self.strip.read()
        self.top.refresh()
        for view in self.views:
            view.minute_passed()

    def look_changed(self) -> None:
        """Draw again with the present look."""
        look = self.context.look
        app_of(self).set_class(look.ascii, "-ascii")
        app_of(self).set_class(look.compact or app_of(self).size.height < SHORT_ROWS, "-compact")
        self.strip.read()
        self.top.refresh()
        self.refresh_footer()
        for view in self.views:
            view.look_changed()

    def on_resize(self, event: Resize) -> None:
        """Be compact by itself where there are few rows."""
        app_of(self).set_class(self.context.look.compact or event.size.height < SHORT_ROWS, "-compact")
