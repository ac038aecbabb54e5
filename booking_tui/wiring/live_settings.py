"""Settings as the files say now: what is set while the program runs counts without a restart."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Lock

from booking_tui.paths import Home
from booking_tui.settings import Settings, load_anyway
from booking_tui.settings.leaves import leaves
from booking_tui.wiring.file_marks import Marks, marks_of

logger = logging.getLogger(__name__)

LOOK_S = 1.0
"""How often the files are looked at, at most."""
_ENVIRONMENT = " in the environment"


class LiveSettings:
    """Gives the settings of now. Safe to use from any thread.

    Without a ``home`` they stay as given (a demo's do). What the environment said at the start wins for as long as the
    process runs. Sections that cannot be used stay as they last could, and that is logged once.
    """

    def __init__(
        self,
        settings: Settings,
        home: Home | None = None,
        sections: tuple[str, ...] = (),
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``sections`` are those that whoever asks is interested in: only they are taken over."""
        self._given = settings
        self._home = home
        self._sections = sections
        self._monotonic = monotonic
        self._lock = Lock()
        self._now = settings
        self._next = monotonic() + LOOK_S
        self._seen = self._marks()

    def __call__(self) -> Settings:
        """Give the settings of now; the files are looked at once a second at most."""
        if self._home is not None and self._monotonic() >= self._next:
            self.look()
        return self._now

    def look(self) -> Settings:
        """Look at the files at once."""
        if self._home is None:
            return self._now
        with self._lock:
            self._next = self._monotonic() + LOOK_S
            found = self._marks()
            if found != self._seen:
                self._seen = found
                self._read(self._home)
        return self._now

    def _read(self, home: Home) -> None:
        # An empty environment: what it said at the start is kept in the settings given.
        settings, problems = load_anyway(home.root, {})
        files = {home.env.name, home.config.name}
        wrong = [each for each in problems if each.key.partition(".")[0] in self._sections or each.key in files]
        if wrong:
            words = "; ".join(problem.sentence() for problem in wrong)
            logger.warning("the settings changed and cannot be used, they stay as they were: %s", words)
            return
        self._now = with_environment(settings, self._given, self._sections)

    def _marks(self) -> Marks:
        return () if self._home is None else marks_of((self._home.env, self._home.config))


def with_environment(settings: Settings, given: Settings, sections: Sequence[str]) -> Settings:
    """Give settings as the files say them, with what the environment said of these sections when ``given`` was read."""
    for key, where in given.origins.items():
        if where.endswith(_ENVIRONMENT) and key.partition(".")[0] in sections:
            leaf = leaves()[key]
            value = getattr(getattr(given, leaf.section), leaf.attribute)
            settings = settings.with_values(leaf.section, **{leaf.attribute: value})
    return settings
