"""The live pane of the Today view."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from booking_tui.tui.context import Context
from booking_tui.tui.redraw import entitle
from booking_tui.tui.text import fit, plain, styled
from booking_tui.tui.views.today_agenda import Scene
from booking_tui.tui.views.today_side import WIDE_FEED, moment_words, quiet_line
from booking_tui.tui.widgets.line_list import Line, LineList

if TYPE_CHECKING:
    from booking_tui.services.queries import FeedLine


_OF_MAIL = re.compile(
    r"(?P<who>.+?): (?P<what>[^:]*(?:confirmation|reminder|notice|cancellation|follow-up|own message|email)"
    r"(?: to \S+)?) "
    r"(?P<outcome>did not arrive|may or may not have been sent|not sent|sent again|sent|delivered|called off|held)"
    r"(?:: (?P<why>.+))?"
)


def feed_words(text: str) -> str:
    """Say what became of an email first, for where the line is cut: ``did not arrive: Ada Roy, confirmation``."""
    found = _OF_MAIL.fullmatch(text)
    if found is None:
        return text
    why = f" ({found['why']})" if found["why"] else ""
    return f"{found['outcome']}: {found['who']}, {found['what']}{why}"


def feed_line(line: FeedLine, scene: Scene) -> Line:
    """Draw one thing that happened; lines of other days carry the day."""
    local = line.at.astimezone(scene.zone)
    same_day = local.date() == scene.now.astimezone(scene.zone).date()
    key = f"event:{line.event_id}" if line.event_id else f"booking:{line.booking_uid}" if line.booking_uid else None
    unique = None if key is None else f"{key}@{line.at.isoformat()}/{line.source}/{line.text}"

    def draw(width: int) -> Content:
        head = f"{local:%H:%M:%S} " if same_day else f"{moment_words(line.at, scene)} "
        head = f"{head:<10}"
        source = fit(line.source, 8, "$text-secondary") if width >= WIDE_FEED else plain("")
        tone = "$text-muted" if line.ok and line.source == "calcom" else ""
        sign = plain("") if line.ok else styled(f"{scene.signs.fail} ", "$text-error")
        sign = Content.assemble(sign, styled(f"{scene.signs.test} test ", "$text-accent")) if line.test else sign
        room = width - len(head) - source.cell_length - sign.cell_length
        return Content.assemble(
            styled(head, "$text-muted"), source, sign, styled(feed_words(line.text), tone, max(4, room))
        )

    return Line(unique, draw)


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

    def on_resize(self) -> None:
        """Keep the newest line in sight when the pane comes to sight, or gets another height."""
        if not self.paused:
            self.call_after_refresh(self.list.scroll_end, animate=False)

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
