"""What the agent says on its standard output, as pyngrok hands it over line by line."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from booking_tui.domain.secret_words import redact
from booking_tui.providers.tunnel.words import code_in, one_line

if TYPE_CHECKING:
    from pyngrok.log import NgrokLog

TAIL_LINES: Final = 50
LINE_MOST: Final = 400
_MOST_NEWS: Final = 256
_MOST_ERRORS: Final = 10
_RAW_MOST: Final = 2048
_LOST: Final = (
    "heartbeat timeout, terminating session",
    "session closed, starting reconnect loop",
    "failed to reconnect session",
)
"""What these messages begin with; a warning about a single connection may have some of the words as well."""
_BACK: Final = ("tunnel session started", "client session established")


class News(NamedTuple):
    """A line that changes what is known of the agent; lines about single connections are none."""

    message: str
    error: str
    at: float = 0.0


class AgentLog:
    """Takes lines from pyngrok's thread, by being called, and gives what they mean to the one thread that asks.

    A call never raises and never waits: an exception would end pyngrok's thread, the pipe would fill, and the agent
    would stop answering. Both queues are bounded; the oldest goes first.
    """

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        self.secrets = secrets
        self._lines: deque[str] = deque(maxlen=TAIL_LINES)
        self._news: deque[News] = deque(maxlen=_MOST_NEWS)
        self._errors: deque[str] = deque(maxlen=_MOST_ERRORS)
        self._raw: deque[str] = deque(maxlen=_MOST_ERRORS)
        self.lost = False
        """Whether the agent had lost its session when it was last read."""
        self.lost_at = 0.0
        """When a line that said so last came, by ``time.monotonic``."""

    def __call__(self, log: NgrokLog) -> None:
        with contextlib.suppress(Exception):
            self._lines.append(log.line[:_RAW_MOST])
            message, error = str(log.msg or "")[:_RAW_MOST], str(log.err or "")[:_RAW_MOST]
            if log.lvl in {"ERROR", "CRITICAL"} or message.startswith((*_LOST, *_BACK)):
                self._news.append(News(message, error, time.monotonic()))
            elif log.line and "lvl=" not in log.line:
                self._raw.append(log.line[:_RAW_MOST])

    def read(self) -> None:
        """Bring ``lost`` and the errors up to date."""
        while self._news:
            news = self._news.popleft()
            if news.message.startswith(_LOST):
                self.lost = True
                self.lost_at = news.at
            elif news.message.startswith(_BACK):
                self.lost = False
            if news.error and news.error not in {"nil", "<nil>"}:
                self._errors.append(news.error)

    def found_online(self) -> None:
        """Note that the session is there, whatever a line said before."""
        self.lost = False

    def last_error(self) -> str:
        """Give the last error of the agent as it stands, token and all; of several the last one with a code."""
        self.read()
        coded = [error for error in self._errors if code_in(error)]
        return (coded or [*self._errors] or [""])[-1]

    def last_words(self) -> str:
        """Give what was said last outside the agent's log: its complaints on stderr, token and all, or the shell's."""
        return "\n".join(self._raw.copy())[-_RAW_MOST:]

    def tail(self) -> tuple[str, ...]:
        """Give the last lines, oldest first, without secrets."""
        return tuple(one_line(redact(line, self.secrets), LINE_MOST) for line in self._lines.copy())
