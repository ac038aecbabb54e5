"""What the sheets of the way in ask of the desk, with a refusal as an answer like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.content import Content

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.ports import DeedRefused, Desk
from booking_tui.services.tunnel_deeds import AS_IT_WAS
from booking_tui.settings import Settings
from booking_tui.tui.dialogs.tunnel_setup_fields import KEYS
from booking_tui.tui.dialogs.tunnel_setup_words import FAILED, TOKEN_PAGE, going_words, is_fresh
from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.keys_in_hand import KeyWords
from booking_tui.tui.text import styled
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.work import Trouble, run_in_thread

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from booking_tui.tui.app import BookingApp
    from booking_tui.tui.main_screen import MainScreen

T = TypeVar("T")


@dataclass
class Trying:
    """How far the sheet is with what was chosen."""

    since: datetime | None = None
    """When the present try began; None while nothing is being tried."""
    writing: bool = False
    written_only: bool = False
    """Whether the choice was written and no engine runs that could open it."""
    former: Settings | None = None
    """The settings as they were before anything was tried on this sheet: one can go back to them."""
    worked: bool = False
    """Whether the way in stood by them."""
    wrote_at: datetime | None = None

    def begin(self, status: TunnelStatus | None, settings: Settings, now: datetime) -> None:
        """Begin to write a choice."""
        up = status is not None and status.state is TunnelState.UP
        if self.former is None or up:
            self.former, self.worked = settings, up
        self.since, self.writing, self.written_only = now, True, False

    def written(self, status: TunnelStatus | None) -> None:
        """Note that it is written; without a status there is no engine."""
        self.writing, self.written_only, self.wrote_at = False, status is None, self.since

    def refused(self) -> None:
        """Note that nothing was written."""
        self.writing, self.since = False, None

    def works(self, status: TunnelStatus | None, kind: str, now: datetime) -> bool:
        """Say whether what was tried last stands as it was wanted."""
        if self.since is None or self.writing:
            return False
        if status is None or self.written_only:
            return self.written_only
        good = status.state is (TunnelState.OFF if kind == "none" else TunnelState.UP)
        return good and is_fresh(status, self.since, now)

    def failed(self, status: TunnelStatus | None, now: datetime) -> bool:
        """Say whether what was written does not work, so that leaving goes back to what was set before."""
        if self.former is None or self.wrote_at is None or self.writing or status is None:
            return False
        return status.state in FAILED and is_fresh(status, self.wrote_at, now)

    @property
    def keys_back(self) -> KeyWords:
        """The keys of the sheet where a try failed: Esc leads back."""
        return (*KEYS[:-1], ("Esc", "back to the way in of before" if self.worked else "take it back"))

    @property
    def _back_words(self) -> str:
        """Where Esc leads to, in a sentence."""
        if self.worked:
            return "Esc goes back to the way in of before, which worked."
        return "Esc takes it back: what was set before this sheet is set again."

    @property
    def back_said(self) -> str:
        """What is said once one is back there."""
        return "the way in of before is opened again" if self.worked else "taken back: it is set as it was before"

    def said(self, status: TunnelStatus | None, now: datetime, signs: Glyphs) -> Content:
        """Say how the try is going, a line for each part."""
        shown = None if self.writing else status
        lines = going_words(shown, self.since or now, now, signs, written_only=self.written_only)
        if self.failed(status, now):
            lines = (*lines, styled(self._back_words, "$text-muted"))
        return Content("\n").join(lines)

    def page(self, status: TunnelStatus | None, kind: str) -> str | None:
        """Give the page that helps now: the one that a problem names, or else the one with the authtoken."""
        problem = status.problem if status is not None and self.since is not None else None
        return (problem.page if problem is not None else None) or (TOKEN_PAGE if kind == "ngrok" else None)


def asked(deed: Callable[[], T]) -> T | Trouble:
    """Ask for a deed; what the desk refuses comes back in its words, and is no error of this program."""
    try:
        return deed()
    except DeedRefused as refused:
        return Trouble(str(refused))


def ask_in_thread(
    widget: Widget, deed: Callable[[], T], done: Callable[[T], None], *, does: str, failed: Callable[[str], None]
) -> None:
    """Ask for a deed off the screen's thread; a refusal goes to ``failed`` without being taken for an error."""

    def answered(outcome: T | Trouble) -> None:
        if not isinstance(outcome, Trouble):
            done(outcome)

    run_in_thread(widget, lambda: asked(deed), answered, group=does, description=does, failed=failed)


def main_of(sheet: Screen[Any]) -> MainScreen:
    """Give the screen below all sheets."""
    return cast("BookingApp", app_of(sheet)).main


def go_back(main: MainScreen, desk: Desk, said: str) -> None:
    """Set again what was set before the last tries, and say so; the sheet may be gone by then."""
    footer = main.footer
    ask_in_thread(
        main,
        lambda: desk.set_up_tunnel(AS_IT_WAS),
        lambda _: footer.flash(said, "success"),
        does="go back to the way in of before",
        failed=lambda words: footer.flash(words, "error"),
    )
