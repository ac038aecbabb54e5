"""What is wrong with a setting, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

HIDDEN = "•••"


class Problem(NamedTuple):
    """One setting that cannot be used; ``value`` is hidden already when it may be a secret."""

    key: str
    value: str | None
    where: str
    wrong: str
    allowed: str
    nearest: str | None = None

    def sentence(self) -> str:
        """Give one line: key, value, place, what is wrong, what is allowed, what was probably meant."""
        value = f" = {self.value}" if self.value is not None else ""
        meant = f"; did you mean {self.nearest}?" if self.nearest else ""
        return f"{self.key}{value} ({self.where}): {self.wrong}; allowed: {self.allowed}{meant}"


class SettingsError(ValueError):
    """The settings cannot be used; ``problems`` has all of them, the text is one line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - 1
        rest = f" (and {more} more, see: booking-tui config check)" if more > 0 else ""
        super().__init__(f"{self.problems[0].sentence()}{rest}")
