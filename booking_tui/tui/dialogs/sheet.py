"""What every dialog is: a screen over the desk that can be left once."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType

STYLES = Path(__file__).parent.parent / "styles"


class Sheet(ModalScreen[ScreenResultType]):
    """A modal screen. Keys come in bunches: a second one that would leave it again finds it left, and does nothing."""

    CSS_PATH: ClassVar[str] = str(STYLES / "sheets.tcss")  # pyright: ignore[reportIncompatibleVariableOverride]
    """Read with the first dialog that opens: the first frame does without."""
    _left = False

    def on_screen_suspend(self) -> None:
        """Step back behind another sheet: of two over one another nobody reads the edges of the lower one."""
        self.add_class("-behind")

    def on_screen_resume(self) -> None:
        self.remove_class("-behind")

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        if self._left or not self.is_current:
            return AwaitComplete.nothing()
        self._left = True
        return super().dismiss(result)
