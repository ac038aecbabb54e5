"""A box to tick: its words on one line, space or a click turns it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from booking_tui.tui.text import plain, styled


class Tick(Static, can_focus=True):
    """``[x]`` or ``[ ]``, a title, and what it means."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "turn", show=False)]
    DEFAULT_CSS = """
    Tick { height: auto; }
    Tick:focus { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
    """

    @dataclass
    class Turned(Message):
        """The tick was set or taken away."""

        tick: Tick

    ticked: reactive[bool] = reactive(default=False)

    def __init__(self, title: str, about: str, *, ticked: bool, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._title = title
        self._about = about
        self.set_reactive(Tick.ticked, ticked)

    def render(self) -> Content:
        about = plain(self._about) if self.has_focus else styled(self._about, "$text-muted")
        return Content.assemble(plain(f"[{'x' if self.ticked else ' '}] {self._title}  "), about)

    def action_turn(self) -> None:
        """Tick it, or take the tick away."""
        self.ticked = not self.ticked
        self.post_message(self.Turned(self))

    def on_click(self) -> None:
        self.action_turn()
