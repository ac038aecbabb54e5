"""JSON lines to rotating files, one file a role; nothing ever to a screen that the dashboard owns.

Formatting happens in the listener thread, so that a full disk or a slow one holds up nobody else.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import re
import sys
import threading
from collections.abc import Generator, Iterable
from contextvars import ContextVar
from copy import copy
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import MemoryHandler, QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from booking_tui.domain.instants import to_text
from booking_tui.domain.safe_text import clean

FILES: Final = 5
FILE_BYTES: Final = 2_000_000
LEVELS: Final = ("debug", "info", "warning", "error")
_NEVER = logging.CRITICAL + 1
_corr: ContextVar[str | None] = ContextVar("corr", default=None)
_EMAIL = re.compile(r"\b([A-Za-z0-9])[A-Za-z0-9._%+'-]*@(?=[A-Za-z0-9-]+\.)")
_TOKEN = re.compile(r"\b(?:cal_(?:live_|test_)?|whsec_|re_|GOCSPX-|ya29\.|Bearer )[A-Za-z0-9_./+=-]{8,}")


@contextlib.contextmanager
def correlated(corr: str) -> Generator[None]:
    """Give every line logged inside the block, in this thread or task, the id of what it is about."""
    token = _corr.set(corr)
    try:
        yield
    finally:
        _corr.reset(token)


class Masking:
    """Takes secrets and email addresses out of a text. Known secrets go whole; others by the look of their prefix."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # Longest first: a secret that begins with another one must not leave its tail behind.
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Give the text with ``•••`` in the place of what must not be read."""
        for secret in self._secrets:
            text = text.replace(secret, "•••")
        return _EMAIL.sub(r"\1•••@", _TOKEN.sub("•••", text))


class JsonLines(logging.Formatter):
    """One JSON object a line: ``at level logger thread corr message`` and ``error`` where there was one."""

    def __init__(self, mask: Masking) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Give one line without control characters."""
        line = {
            "at": to_text(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "thread": record.threadName,
            "corr": getattr(record, "corr", None),
            "message": self._mask(record.getMessage()),
        }
        if record.exc_text:
            line["error"] = self._mask(record.exc_text)
        return json.dumps(line, ensure_ascii=True)


class PlainLines(logging.Formatter):
    """One line for people: time, level, logger, message; the error's traceback beneath."""

    def __init__(self, mask: Masking) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Give the line with strangers' control characters shown, never obeyed."""
        at = datetime.fromtimestamp(record.created, UTC)
        message = clean(self._mask(record.getMessage()))
        line = f"{at:%H:%M:%S}Z {record.levelname:<8} {record.name}: {message}"
        return f"{line}\n{clean(self._mask(record.exc_text), one_line=False)}" if record.exc_text else line


class _PrivateFile(RotatingFileHandler):
    """A rotating file that only its owner can read."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return open(descriptor, "a", encoding="utf-8")  # noqa: PTH123 - a Path cannot open a descriptor


class _Hand(QueueHandler):
    """Passes records on with all that the listener thread cannot know: the correlation and the traceback."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        record = copy(record)
        record.msg, record.args = record.getMessage(), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None
        if not hasattr(record, "corr"):
            record.corr = _corr.get()
        return record


class Logging:
    """Logging switched on for one role of this process, until ``stop``. Use it as a context manager."""

    def __init__(
        self, role: str, folder: Path, *, level: str = "info", stderr: bool = False, secrets: Iterable[str] = ()
    ) -> None:
        mask = Masking(secrets)
        file = _PrivateFile(
            folder / f"{role}.log", maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8", delay=True
        )
        file.setFormatter(JsonLines(mask))
        handlers: list[logging.Handler] = [file]
        self._held: MemoryHandler | None = None
        if stderr:
            stream = logging.StreamHandler(sys.stderr)
            stream.setFormatter(PlainLines(mask))
            self._held = MemoryHandler(10_000, flushLevel=_NEVER, target=stream, flushOnClose=False)
            handlers.append(self._held)
        records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        self.path = folder / f"{role}.log"
        self._handlers = handlers
        self._hand = _Hand(records)
        self._listener = QueueListener(records, *handlers)
        self._level = level.upper()

    def release_stderr(self) -> None:
        """Let stderr have what was logged so far and from now on. Until then a failure to start is one line there."""
        if self._held is not None:
            self._held.flushLevel = logging.NOTSET
            self._held.flush()

    def __enter__(self) -> Self:
        root = logging.getLogger()
        self._before = (root.handlers[:], root.level, logging.lastResort, logging.raiseExceptions)
        self._hooks = (sys.excepthook, threading.excepthook)
        root.handlers[:] = [self._hand]
        root.setLevel(self._level)
        # Neither a handler's own failure nor a logger without one may write into a screen.
        logging.lastResort, logging.raiseExceptions = None, False
        logging.captureWarnings(capture=True)
        for chatty in ("httpx", "httpcore", "asyncio"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        sys.excepthook, threading.excepthook = _log_uncaught, _log_uncaught_in_thread
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.excepthook, threading.excepthook = self._hooks
        logging.captureWarnings(capture=False)
        root = logging.getLogger()
        handlers, level, last_resort, raise_exceptions = self._before
        root.handlers[:] = handlers
        root.setLevel(level)
        self._listener.stop()
        for handler in self._handlers:
            handler.close()
        logging.lastResort, logging.raiseExceptions = last_resort, raise_exceptions


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("booking_tui").critical("uncaught error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is SystemExit or args.exc_value is None:
        return
    name = args.thread.name if args.thread else "?"
    found = (args.exc_type, args.exc_value, args.exc_traceback)
    logging.getLogger("booking_tui").critical("uncaught error in thread %s", name, exc_info=found)
