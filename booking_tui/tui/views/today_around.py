"""What stands around the halves of the Today view: the banner above and the selected thing below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from booking_tui.tui.redraw import entitle, tell
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.today_agenda import Scene
from booking_tui.tui.views.today_side import moment_words, need_words, selected_title, selected_words

if TYPE_CHECKING:
    from booking_tui.services.queries import BookingDetail, FeedLine, Need


class TroubleLine(Static):
    """The banner over the view when it cannot read again; what was read before stays below it."""

    def __init__(self) -> None:
        super().__init__(id="trouble")
        self.display = False

    def tell(self, words: str | None, scene: Scene | None = None) -> None:
        """Show trouble in words with what helps, or take it away."""
        self.display = words is not None
        if words is not None:
            sign = f"{scene.signs.fail} " if scene else ""
            self.update(
                Content.assemble(
                    styled(f"{sign}This cannot be read again: ", "bold $text-error"),
                    plain(words, 160),
                    styled("  What stands below may be old. ctrl+r tries again.", "$text-muted"),
                )
            )


class SelectedPane(Static):
    """The most about what is under the cursor."""

    def __init__(self) -> None:
        super().__init__(id="selected", classes="pane")

    def show(self, detail: BookingDetail | None, scene: Scene) -> None:
        """Draw a booking, or that there is none."""
        if detail is None:
            entitle(self, plain("Selected"), plain(""))
            tell(self, styled("Nothing is selected.", "$text-muted"))
            return
        entitle(
            self, plain(selected_title(detail.booking, scene)), plain(f"{scene.signs.enter} full detail and history")
        )
        size = self.content_size
        tell(self, selected_words(detail, scene, max(10, size.width), max(1, size.height)))

    def show_line(self, line: FeedLine, scene: Scene) -> None:
        """Draw one thing that came in and concerns no booking."""
        entitle(self, plain("Live"), plain(f"{scene.signs.enter} go to the request" if line.event_id else ""))
        tell(self, Content("\n").join([plain(line.text), styled(moment_words(line.at, scene), "$text-muted")]))

    def show_need(self, need: Need, scene: Scene) -> None:
        """Draw one need in full."""
        entitle(self, plain("Needs you"), plain(f"{scene.signs.enter} go to it"))
        tell(self, need_words(need, scene))
