"""Work off the screen's thread, and trouble in words: the one recipe for both."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from textual.widget import Widget
from textual.worker import get_current_worker  # pyright: ignore[reportUnknownVariableType] - Textual leaves it open

from booking_tui.ports import DeedRefused
from booking_tui.services.queries import Interrupted

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Trouble(NamedTuple):
    """What went wrong, in a sentence for people."""

    words: str


def in_words(error: BaseException) -> str:
    """Give a sentence for an error; what carries a ``reason`` says it itself."""
    reason = getattr(error, "reason", None)
    text = reason if isinstance(reason, str) and reason else str(error).strip()
    name = type(error).__name__
    return text or f"something failed without saying why ({name})"


def attempt(read: Callable[[], T]) -> T | Trouble:
    """Call a reader or a deed; whatever it raises is logged and comes back as words instead of ending the screen."""
    try:
        return read()
    except DeedRefused as refused:
        logger.info("refused: %s", refused)
        return Trouble(str(refused))
    except Interrupted as called_off:
        # On purpose: the list was opened anew, or the program ends.
        logger.debug("%s", called_off)
        return Trouble(str(called_off))
    except Exception as error:
        logger.exception("a screen could not read")
        return Trouble(in_words(error))


def run_in_thread(
    widget: Widget,
    work: Callable[[], T],
    done: Callable[[T], None],
    *,
    group: str,
    description: str,
    failed: Callable[[str], None] | None = None,
) -> None:
    """Run ``work`` in a thread and ``done`` with its result on the screen's thread.

    A newer piece of work of the same widget and group replaces an older one, whose result is then dropped. Errors go
    to ``failed`` as words, or else become a flash line. Nothing is delivered to a widget that has left the screen.
    """

    def deliver(outcome: T | Trouble) -> None:
        if not widget.is_attached:
            return
        if isinstance(outcome, Trouble):
            (failed or _flash(widget))(outcome.words)
        else:
            done(outcome)

    def task() -> None:
        worker = get_current_worker()  # pyright: ignore[reportUnknownVariableType] - as above
        outcome = attempt(work)
        if not worker.is_cancelled:
            widget.call_later(deliver, outcome)

    widget.run_worker(task, thread=True, exclusive=True, group=group, description=description, exit_on_error=False)


def _flash(widget: Widget) -> Callable[[str], None]:
    """Give the usual way to tell a failure: the flash line."""
    from booking_tui.tui.views.base import View

    def tell(words: str) -> None:
        widget.post_message(View.Flashed(words, "error"))

    return tell
