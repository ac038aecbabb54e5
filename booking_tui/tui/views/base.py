"""What a view is: a focusable place with commands, fed by facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.widget import Widget

from booking_tui.tui.commands import Command
from booking_tui.tui.context import Context

if TYPE_CHECKING:
    from booking_tui.services.facts import Fact


class View(Container):
    """One of the numbered places. Commands run ``do_<verb>``; ``why_not`` names what stands in the way.

    The bindings come from ``COMMANDS`` by themselves. ``STYLE`` names a file in ``tui/styles`` that is read when the
    view is first shown.
    """

    NUMBER: ClassVar[int] = 0
    TITLE: ClassVar[str] = ""
    STYLE: ClassVar[str | None] = None
    HELP: ClassVar[str | None] = None
    """Two or three sentences about the place, for the help page."""
    COMMANDS: ClassVar[tuple[Command, ...]] = ()

    @dataclass
    class Flashed(Message):
        """Small news for the footer line. ``tone`` is one of success, warning, error, plain."""

        text: str
        tone: str = "plain"

    @dataclass
    class WentTo(Message):
        """The person wants to see something elsewhere: ``kind`` is booking, event, email or view."""

        kind: str
        target_id: str

    class WentBack(Message):
        """The person wants to go back to the view that led here."""

    class OfferChanged(Message):
        """What can be done has changed (another pane, another row): the footer must be drawn again."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, type(self))

    def __init_subclass__(cls) -> None:
        commands: tuple[Command, ...] = cls.__dict__.get("COMMANDS", ())
        own: list[BindingType] = list(cls.__dict__.get("BINDINGS", ()))
        bindings: list[BindingType] = [*own, *(command.binding() for command in commands if command.keys)]
        cls.BINDINGS = bindings
        super().__init_subclass__()

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.context = context
        self.came_from: tuple[str, str | None] | None = None
        """The view that led here, and what stood selected there."""

    @property
    def standing(self) -> str | None:
        """The id of what is selected here."""
        return None

    def why_not(self, command_id: str) -> str | None:  # noqa: ARG002 - for views to override
        """Say in one sentence why a command cannot run now; None when it can."""
        return None

    def offered(self) -> Sequence[Command]:
        """Give the commands of the pane that has the focus, most used first; the footer shows those with a word."""
        return [command for command in self.COMMANDS if command.footer is not None]

    def help_text(self) -> str:
        """Say in plain words what the pane with the focus is for."""
        return self.HELP or ""

    def panes(self) -> Sequence[Widget]:
        """Give the places that jump mode (``g``) lights on, in their order on the screen."""
        return [child for child in self.query("*") if child.focusable and child.region.area > 0]

    def first_focus(self) -> None:
        """Put the focus where work begins in this view; at once, for the next key may be waiting already."""

    def facts_arrived(self, facts: Sequence[Fact]) -> None:
        """Read again what these facts speak of. Called in batches, on the screen's own thread."""

    def look_changed(self) -> None:
        """Draw again with the present look (privacy, ascii, theme)."""

    def minute_passed(self) -> None:
        """Draw again what depends on the time of day."""

    def show_target(self, target_id: str) -> None:
        """Select and show one item of this view."""

    def flash(self, words: str, tone: str = "success") -> None:
        """Say small news."""
        self.post_message(self.Flashed(words, tone))

    def action_command(self, command_id: str) -> None:
        """Run a command of this view, or say why not."""
        if reason := self.why_not(command_id):
            self.post_message(self.Flashed(reason, "warning"))
            return
        verb = next(command.verb for command in self.COMMANDS if command.id == command_id)
        getattr(self, f"do_{verb}")()
        self.post_message(self.OfferChanged())
