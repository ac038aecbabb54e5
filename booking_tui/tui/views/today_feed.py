"""The live pane of the Today view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from booking_tui.tui.context import Context
from booking_tui.tui.redraw import entitle
from booking_tui.tui.text import plain
from booking_tui.tui.views.today_agenda import Scene
from booking_tui.tui.views.today_side import feed_line, quiet_line
from booking_tui.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from booking_tui.services.queries import FeedLine


class FeedPane(Vertical):
    """What comes in and what it changes, newest at the bottom."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="live", classes="pane")
        self.list = LineList(context.look, id="live-list", follow=True)
        self.paused = False
        self._feed: tuple[FeedLine, ...] = ()
        self._held: tuple[FeedLine, ...] = ()
        self._tabs: str | None = None

    def compose(self) -> ComposeResult:
        yield self.list

    @property
    def at(self) -> FeedLine | None:
        """The line under the cursor."""
        key = self.list.key
        return None if key is None else next((line for line in self._held if _feed_key(line, key)), None)

    def show(self, feed: Sequence[FeedLine], scene: Scene) -> None:
        """Draw what was read, unless the pane is held still."""
        self._feed = tuple(feed)
        if not self.paused:
            self._held = self._feed
        lines = [feed_line(line, scene) for line in self._held]
        self.list.set_lines(lines or [quiet_line("Nothing has come in yet.")], at=lines[-1].key if lines else None)
        known = set(self._held)
        fresh = sum(line not in known for line in self._feed)
        signs = scene.signs
        state = f"{fresh} new {signs.down}" if self.paused else signs.ok
        title = f"Live · held · {state}" if self.paused else f"Live {state}"
        entitle(self, plain(title), plain(self._tabs or ("P follow" if self.paused else "P pause")))

    def show_trouble(self) -> None:
        """Say that it is not known what came in."""
        entitle(self, plain("Live"))
        self.list.set_lines([quiet_line("not known")])

    def turn(self, scene: Scene) -> None:
        """Hold still, or follow again."""
        self.paused = not self.paused
        self.list.follow = not self.paused
        self.show(self._feed, scene)

    def name_tabs(self, words: str | None) -> None:
        """Show the inner tabs of narrow screens in the border."""
        self._tabs = words
        if words is not None:
            entitle(self, subtitle=plain(words))


def _feed_key(line: FeedLine, key: str) -> bool:
    return key.endswith(f"@{line.at.isoformat()}/{line.source}/{line.text}")
