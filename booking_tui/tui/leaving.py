"""Leaving when the terminal is gone: by a signal, by its end of file, or by an error on it, whichever comes first."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, TYPE_CHECKING, cast

from textual.driver import Driver

if TYPE_CHECKING:
    from textual.app import App

PATIENCE_S = 5.0
"""How long the screen may take to leave by itself."""
SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Leaving:
    """The one way out of a running screen when nobody is there any more; asking twice changes nothing.

    ``last_resort`` is called from a thread, before the process ends, when the screen did not leave in time.
    """

    def __init__(
        self,
        leave: Callable[[], None],
        last_resort: Callable[[], None],
        *,
        patience_s: float = PATIENCE_S,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        self._leave = leave
        self._last_resort = last_resort
        self._patience_s = patience_s
        self._end = end
        self._asked = threading.Event()
        self._left = threading.Event()

    def ask(self) -> None:
        """Leave; what cannot leave is ended. May be called from any thread and from a signal handler."""
        if self._asked.is_set():
            return
        self._asked.set()
        threading.Thread(target=self._watch, name="leaving", daemon=True).start()
        self._leave()

    def left(self) -> None:
        """Say that the screen has left: nothing need be ended any more."""
        self._left.set()

    def _watch(self) -> None:
        if self._left.wait(self._patience_s):
            return
        try:
            self._last_resort()
        finally:
            self._end(0)

    @contextmanager
    def on_signals(self) -> Generator[None]:
        """Leave by a signal too while the block runs. Of several signals the first counts, also after the block."""
        if threading.current_thread() is not threading.main_thread():
            try:
                yield
            finally:
                self.left()
            return
        before = {number: signal.getsignal(number) for number in SIGNALS}

        def heard(_number: int, _frame: FrameType | None) -> None:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            self.ask()

        for number in SIGNALS:
            signal.signal(number, heard)
        try:
            yield
        finally:
            self.left()
            if not self._asked.is_set():
                for number, handler in before.items():
                    signal.signal(number, handler)


class ForgivingFile:
    """A file that takes what is written to a terminal that is gone, and drops it."""

    def __init__(self, file: IO[str], gone: Callable[[], None]) -> None:
        self._file = file
        self._gone = gone

    def write(self, text: str) -> int:
        """Write, or drop."""
        try:
            return self._file.write(text)
        except (OSError, ValueError):
            self._gone()
            return len(text)

    def flush(self) -> None:
        """Flush, or drop."""
        try:
            self._file.flush()
        except (OSError, ValueError):
            self._gone()

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def _hung_up(fileno: int) -> bool:
    """Sleep until the other side of a terminal is closed; False when it cannot be watched."""
    with suppress(OSError, ValueError):
        poll = select.poll()
        poll.register(fileno, 0)
        return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll())
    return False


def minding(base: type[Driver], gone: Callable[[], None], broke: Callable[[Exception], None]) -> type[Driver]:
    """Give a driver that calls ``gone`` when its terminal is; other kinds of driver are left as they are.

    ``broke`` is called in the thread that reads keys, with an error of ours that ended it.
    """
    if sys.platform == "win32":
        return base
    from textual.drivers.linux_driver import LinuxDriver

    from booking_tui.tui.terminal_input import mind_keys

    if base is not LinuxDriver:
        return base

    class MindingDriver(LinuxDriver):
        """Textual's own reads an end of file again and again, presses keys for what is pasted, and dies of errors."""

        def __init__(
            self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
        ) -> None:
            # Textual leaves the type of its app open.
            super().__init__(app, debug=debug, mouse=mouse, size=size)  # pyright: ignore[reportUnknownMemberType]
            self._file = cast("IO[str]", ForgivingFile(self._file, self._ended))

        def start_application_mode(self) -> None:
            super().start_application_mode()
            threading.Thread(target=self._mind, name="terminal-end", daemon=True).start()

        def run_input_thread(self) -> None:
            mind_keys(self.fileno, self.exit_event, self.process_message, self._ended, broke)

        def _mind(self) -> None:
            if _hung_up(self.fileno):
                self._ended()

        def _ended(self) -> None:
            self.exit_event.set()
            gone()

    return MindingDriver
